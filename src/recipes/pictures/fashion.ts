/** Clothes: a convolutional network on Fashion-MNIST, and what it looks at. */

import { relu } from '../../functional/index.js'
import { crossEntropy } from '../../loss/index.js'
import {
  BatchNorm2d,
  Conv2d,
  countParameters,
  Dropout,
  GlobalAvgPool,
  Linear,
  MaxPool2d,
  parameters,
  type Sequential,
  sequential,
} from '../../nn/index.js'
import { adamW, noDecay, oneCycle } from '../../optim/index.js'
import { exportOnnx, save } from '../../saving/index.js'
import * as sets from '../../sets/index.js'
import type { Tensor } from '../../tensor/index.js'
import { Normalize, RandomCrop, RandomHorizontalFlip } from '../../vision/index.js'
import { classificationReport, probabilitiesOf } from '../classification.js'
import { loading } from '../loading.js'
import { count } from '../options.js'
import { defineRecipe, type Recipe } from '../recipe.js'
import { train } from '../training.js'
import { lookingInside } from './looking.js'

const batchSize = 128

const layer = (inputs: number, outputs: number): Sequential =>
  sequential(new Conv2d(inputs, outputs, 3, { padding: 1, bias: false }), new BatchNorm2d(outputs), relu)

/** Six convolutions with batch norm, two for each size of the picture, and the mean over places; pixels come in [0, 1]. */
export class FashionNet {
  readonly prepare = sequential(new Normalize([0.286], [0.353]), new RandomCrop(2), new RandomHorizontalFlip())
  readonly layer1 = sequential(layer(1, 32), layer(32, 32), new MaxPool2d(2))
  readonly layer2 = sequential(layer(32, 64), layer(64, 64), new MaxPool2d(2))
  readonly layer3 = sequential(layer(64, 128), layer(128, 128))
  readonly classifier = sequential(new GlobalAvgPool(), new Dropout(0.2), new Linear(128, 10))

  /** x (N, 1, 28, 28) in [0, 1] → logits (N, 10) */
  forward(x: Tensor): Tensor {
    return x.pipe(this.prepare, this.layer1, this.layer2, this.layer3, this.classifier)
  }
}

/** `hebb train fashion` */
export const fashionRecipe: Recipe = defineRecipe({
  name: 'fashion',
  summary: 'clothes: a CNN with batch norm on Fashion-MNIST, and what it looks at',
  options: {
    epochs: count(10, 'times through the training set'),
    examples: count(60_000, 'how many of the training pictures to learn from'),
    looks: count(100, 'steps that make each picture of what a channel likes'),
  },
  quick: { epochs: 1, examples: 1000, looks: 4 },
  async run(context) {
    const { seed, epochs, examples, looks } = context.settings
    const { train: all, test: whole } = await loading(context, 'Fashion-MNIST', sets.fashionMnist)
    const [trainSet, test] = [all.take(examples), whole.take(Math.min(whole.length, examples))]
    const model = new FashionNet()
    const { trainable } = countParameters(model)
    const steps = Math.ceil(trainSet.length / batchSize) * epochs
    const training = await train(context, model, trainSet, {
      loss: crossEntropy,
      optimizer: adamW({ lr: oneCycle({ lr: 6e-3, steps }), weightDecay: 0.05, groups: [noDecay] }),
      epochs,
      batchSize,
      validation: test,
      unit: 'img',
    })
    if (!training) return undefined
    const { journal, seconds } = training
    await save(model, context.path('model.safetensors'), { recipe: 'fashion', seed: String(seed) })
    await exportOnnx(model, context.path('model.onnx'), { input: [1, 28, 28], names: { input: 'x', output: 'logits' } })
    const classes = test.classes!
    const { accuracy, loss } = await classificationReport(context, {
      title: 'Fashion-MNIST: clothes, CNN with batch norm',
      description: `Six convolutions, trained on ${trainSet.length.toLocaleString('en')} pictures and tested on ${test.length.toLocaleString('en')} it never saw.`,
      data: test,
      probabilities: await probabilitiesOf(model, test),
      journal,
      seconds,
      sections: await lookingInside({
        model,
        test,
        classes,
        kernels: parameters(model).get('layer1.0.0.weight')!,
        layers: [
          { path: 'layer1.0', title: 'Layer 1' },
          { path: 'layer1.1', title: 'Layer 2' },
          { path: 'layer2.1', title: 'Layer 4' },
          { path: 'layer3.1', title: 'Layer 6' },
        ],
        steps: looks,
      }),
      model,
      config: { recipe: 'fashion', batchSize, optimizer: 'adamW, weight decay 0.05', schedule: 'oneCycle to 6e-3' },
    })
    return {
      headline: `${(100 * accuracy).toFixed(2)} % of the test clothes right`,
      baseline: '10 % by guessing',
      numbers: { testAccuracy: accuracy, testLoss: loss, seconds, epochs, seed, parameters: trainable },
    }
  },
})
