/** Photographs of ten things: a residual network of 20 layers on CIFAR-10. */

import type { JournalEvent } from '../../files/index.js'
import { crossEntropy } from '../../loss/index.js'
import { countParameters, initialize, sequential } from '../../nn/index.js'
import { oneCycle, sgd } from '../../optim/index.js'
import { exportOnnx, save } from '../../saving/index.js'
import * as sets from '../../sets/index.js'
import { evaluate } from '../../train/index.js'
import { MirrorAverage, Normalize, RandomCrop, RandomHorizontalFlip, resnet20 } from '../../vision/index.js'
import { classificationReport, probabilitiesOf } from '../classification.js'
import { loading } from '../loading.js'
import { percent } from '../numbers.js'
import { count, positive } from '../options.js'
import { defineRecipe, type Recipe } from '../recipe.js'
import { train } from '../training.js'
import { lookingInside } from './looking.js'

const batchSize = 64
/** how much of each label is spread over all classes */
const labelSmoothing = 0.05
/** height and width of what the first epochs see of each picture */
const part = 24

/** pixels to mean 0 and deviation 1 over the training set */
export const normalize = new Normalize([0.4914, 0.4822, 0.4465], [0.247, 0.2435, 0.2616])

/** `hebb train cifar10` */
export const cifar10Recipe: Recipe = defineRecipe({
  name: 'cifar10',
  summary: 'photographs of ten things: ResNet-20 on CIFAR-10, and what it looks at',
  options: {
    epochs: count(16, 'times through the training set, whole pictures'),
    partEpochs: count(4, `epochs before those, on random parts of ${part} × ${part} pixels, which take half the time`, { least: 0 }),
    examples: count(50_000, 'how many of the training pictures to learn from'),
    lr: positive(0.1, 'the highest learning rate'),
    looks: count(100, 'steps that make each picture of what a channel likes'),
  },
  quick: { epochs: 1, partEpochs: 0, examples: 384, looks: 2 },
  async run(context) {
    const { seed, epochs, partEpochs, examples, lr, looks } = context.settings
    const { train: all, test: whole } = await loading(context, 'CIFAR-10', sets.cifar10)
    const [trainSet, test] = [all.take(examples), whole.take(Math.min(whole.length, examples))]
    const net = resnet20()
    initialize(net, { seed })
    const perEpoch = Math.ceil(trainSet.length / batchSize)
    const cycle = oneCycle({ lr, steps: perEpoch * (partEpochs + epochs), rise: 0.25, shape: 'linear' })
    const runs = [
      { part: 'parts', epochs: partEpochs, crop: new RandomCrop(0, { size: part }), from: 0 },
      { part: 'whole', epochs, crop: new RandomCrop(4), from: partEpochs * perEpoch },
    ].filter((run) => run.epochs > 0)
    const journal: JournalEvent[] = []
    let seconds = 0
    for (const { part, epochs, crop, from } of runs) {
      const model = sequential(normalize, crop, new RandomHorizontalFlip(), net)
      const training = await train(context, model, trainSet, {
        part,
        loss: (logits, y) => crossEntropy(logits, y, { labelSmoothing }),
        optimizer: sgd({ lr: (t) => cycle(from + t), momentum: 0.9, nesterov: true, weightDecay: 5e-4 }),
        epochs,
        batchSize,
        validation: test,
        unit: 'img',
      })
      if (!training) return undefined
      for (const e of training.journal) journal.push({ ...e, step: e.step + from })
      seconds += training.seconds
    }
    const model = sequential(normalize, net)
    const averaged = new MirrorAverage(model)
    const once = await evaluate(model, test, { loss: crossEntropy })
    await save(net, context.path('model.safetensors'), { recipe: 'cifar10', seed: String(seed) })
    await exportOnnx(averaged, context.path('model.onnx'), { input: [3, 32, 32], names: { input: 'x', output: 'logits' } })
    const { accuracy, loss } = await classificationReport(context, {
      title: 'CIFAR-10: photographs of ten things, ResNet-20',
      description: `A residual network of 20 layers, trained on ${trainSet.length.toLocaleString('en')} photographs of 32 × 32 pixels and tested on ${test.length.toLocaleString('en')} it never saw. Each answer is the mean over the photograph and its mirror image; seen once, ${percent(once.accuracy!)} are right. The curves' losses are of labels smoothed by ${labelSmoothing}, the test loss is not.`,
      data: test,
      probabilities: await probabilitiesOf(averaged, test),
      journal,
      seconds,
      sections: await lookingInside({
        model,
        test,
        classes: test.classes!,
        kernels: net.conv1.weight,
        layers: [
          { path: '1.conv1', title: 'First convolution' },
          { path: '1.layer1', title: 'Layer 7' },
          { path: '1.layer2', title: 'Layer 13' },
          { path: '1.layer3', title: 'Layer 19' },
        ],
        steps: looks,
      }),
      model: net,
      config: {
        recipe: 'cifar10',
        batchSize,
        optimizer: 'sgd, nesterov 0.9, weight decay 5e-4',
        schedule: 'oneCycle, linear',
        labelSmoothing,
      },
    })
    return {
      headline: `${percent(accuracy)} of the test photographs right after ${partEpochs + epochs} epochs, each seen with its mirror image (${percent(once.accuracy!)} seen once)`,
      baseline: '10 % by guessing',
      numbers: {
        testAccuracy: accuracy,
        testAccuracyOnce: once.accuracy!,
        testLoss: loss,
        seconds,
        epochs,
        partEpochs,
        seed,
        parameters: countParameters(net).trainable,
      },
    }
  },
})
