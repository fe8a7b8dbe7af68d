/** Handwritten digits: a small convolutional network on all of MNIST. */

import { relu } from '../../functional/index.js'
import { crossEntropy } from '../../loss/index.js'
import { Conv2d, countParameters, Dropout, Linear, MaxPool2d, sequential } from '../../nn/index.js'
import { flatten } from '../../ops/index.js'
import { adam, oneCycle } from '../../optim/index.js'
import { exportOnnx, save } from '../../saving/index.js'
import * as sets from '../../sets/index.js'
import type { Tensor } from '../../tensor/index.js'
import { classificationReport, probabilitiesOf } from '../classification.js'
import { loading } from '../loading.js'
import { count } from '../options.js'
import { defineRecipe, type Recipe } from '../recipe.js'
import { train } from '../training.js'

const batchSize = 128

/** Two convolutions and two dense layers, 421,642 parameters; pixels come in [0, 1] and are normalised inside. */
export class MnistNet {
  readonly features = sequential(
    new Conv2d(1, 32, 3, { padding: 1 }),
    relu,
    new MaxPool2d(2),
    new Conv2d(32, 64, 3, { padding: 1 }),
    relu,
    new MaxPool2d(2),
  )
  readonly classifier = sequential(new Dropout(0.25), new Linear(64 * 7 * 7, 128), relu, new Dropout(0.5), new Linear(128, 10))

  /** x (N, 1, 28, 28) in [0, 1] → logits (N, 10) */
  forward(x: Tensor): Tensor {
    return flatten(
      x
        .sub(0.1307)
        .mul(1 / 0.3081)
        .pipe(this.features),
      1,
    ).pipe(this.classifier)
  }
}

/** `hebb train mnist` */
export const mnistRecipe: Recipe = defineRecipe({
  name: 'mnist',
  summary: 'handwritten digits: a small CNN on all of MNIST, 99 % and more on the test set',
  options: {
    epochs: count(2, 'times through the training set'),
    examples: count(60_000, 'how many of the training images to learn from'),
  },
  quick: { epochs: 1, examples: 2000 },
  async run(context) {
    const { seed, epochs, examples } = context.settings
    const { train: all, test } = await loading(context, 'MNIST', sets.mnist)
    const trainSet = all.take(examples)
    const model = new MnistNet()
    const { total } = countParameters(model)
    const steps = Math.ceil(trainSet.length / batchSize) * epochs
    const training = await train(context, model, trainSet, {
      loss: crossEntropy,
      optimizer: adam({ lr: oneCycle({ lr: 4e-3, steps }) }),
      epochs,
      batchSize,
      validation: test,
      unit: 'img',
    })
    if (!training) return undefined
    const { journal, seconds } = training
    await save(model, context.path('model.safetensors'), { recipe: 'mnist', seed: String(seed) })
    await exportOnnx(model, context.path('model.onnx'), { input: [1, 28, 28], names: { input: 'x', output: 'logits' } })
    const { accuracy, loss } = await classificationReport(context, {
      title: 'MNIST: handwritten digits, small CNN',
      description: `Two convolutions and two dense layers, trained on ${trainSet.length.toLocaleString('en')} images and tested on 10,000 it never saw.`,
      data: test,
      probabilities: await probabilitiesOf(model, test),
      journal,
      seconds,
      model,
      config: { recipe: 'mnist', batchSize, optimizer: 'adam', schedule: 'oneCycle to 4e-3' },
    })
    return {
      headline: `${(100 * accuracy).toFixed(2)} % of the test digits right`,
      baseline: '11.35 % by always saying 1, the most frequent digit',
      numbers: { testAccuracy: accuracy, testLoss: loss, seconds, epochs, seed, parameters: total },
    }
  },
})
