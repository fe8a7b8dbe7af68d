/** Handwritten digits: a small convolutional network on all of MNIST. */
import { mnist } from '../data/sets/mnist.js'
import { Conv2d } from '../nn/conv.js'
import { Dropout } from '../nn/dropout.js'
import { Linear } from '../nn/linear.js'
import { crossEntropy } from '../nn/loss/crossEntropy.js'
import { countParameters, parameters } from '../nn/module.js'
import { MaxPool2d } from '../nn/pool.js'
import { sequential } from '../nn/sequential.js'
import { relu } from '../ops/activation/relu.js'
import { flatten } from '../ops/move/reshape.js'
import { adam } from '../optim/optimizers/adam.js'
import { oneCycle } from '../optim/schedules/oneCycle.js'
import type { Tensor } from '../tensor/tensor.js'
import { exportOnnx } from '../train/exportOnnx.js'
import { openJournal, readJournal } from '../train/journal.js'
import { predict } from '../train/predict.js'
import { progress } from '../train/progress.js'
import { checkpointStep } from '../train/run/checkpoint.js'
import { type FitEvent, fit } from '../train/run/fit.js'
import { save } from '../train/save.js'
import { classificationReport } from './classification.js'
import type { Recipe, RecipeContext, RecipeResult } from './recipe.js'

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

async function run(context: RecipeContext): Promise<RecipeResult | undefined> {
  const { settings, signal, stream, resume } = context
  const { seed, epochs } = settings
  const loading = progress(stream, { label: 'MNIST' })
  const { train, test } = await mnist({
    signal,
    onProgress: (p) => loading.update({ done: p.bytes, label: `fetching MNIST, ${(p.bytes / 1e6).toFixed(1)} MB` }),
  })
  loading.done()
  const model = new MnistNet()
  const { total } = countParameters(model)
  const steps = Math.ceil(train.length / batchSize) * epochs
  const checkpoint = context.path('checkpoint.safetensors')
  const began = performance.now()
  const events = fit(model, train, {
    loss: crossEntropy,
    optimizer: adam({ lr: oneCycle({ lr: 4e-3, steps }) }),
    epochs,
    batchSize,
    seed,
    validation: test,
    every: 10,
    signal,
    checkpoint: { path: checkpoint, seconds: 15 },
    ...(resume && { resume: checkpoint }),
  })
  const bar = progress(stream, { total: epochs * train.length, label: `epoch 1/${epochs}` })
  const journal = await openJournal(
    context.path('metrics.jsonl'),
    resume ? { resume: await checkpointStep(checkpoint) } : { overwrite: true },
  )
  let last: FitEvent | undefined
  try {
    let [since, at] = [0, performance.now()]
    let rate = 0
    for await (const e of events) {
      last = e
      journal.write(recordOf(e))
      const done = e.kind === 'step' ? (e.epoch - 1) * train.length + e.examples : e.epoch * train.length
      if (performance.now() - at > 500) {
        rate = ((done - since) * 1000) / (performance.now() - at)
        since = done
        at = performance.now()
      }
      if (e.kind === 'step')
        bar.update({
          done,
          label: `epoch ${e.epoch}/${epochs}`,
          fields: { loss: e.loss, ...(e.metrics.accuracy !== undefined && { accuracy: e.metrics.accuracy }), 'img/s': rate },
        })
      else {
        bar.update({
          done,
          milestone: true,
          label: `epoch ${e.epoch}/${epochs}`,
          fields: { loss: e.loss, 'test accuracy': e.validation?.accuracy ?? Number.NaN, 'img/s': rate },
        })
        since = done
        at = performance.now()
      }
    }
  } finally {
    bar.done()
    journal.sync()
    journal.close()
  }
  if (signal.aborted) return undefined
  const seconds = last?.seconds ?? (performance.now() - began) / 1000
  await save(model, context.path('model.safetensors'), { recipe: 'mnist', seed: String(seed) })
  await exportOnnx(model, context.path('model.onnx'), { input: [1, 28, 28], names: { input: 'x', output: 'logits' } })
  const probabilities = await (await predict(model, test)).softmax(1).data()
  const { accuracy, loss } = await classificationReport(context, {
    title: 'MNIST: handwritten digits, small CNN',
    description: 'Two convolutions and two dense layers, trained on 60,000 images and tested on 10,000 it never saw.',
    data: test,
    probabilities: probabilities as Float32Array,
    journal: await readJournal(context.path('metrics.jsonl')),
    seconds,
    layers: [...parameters(model)].map(([path, p]) => ({ path, kind: 'parameter', shape: p.shape, parameters: p.trainable ? p.size : 0 })),
    parameters: total,
    config: { recipe: 'mnist', seed, epochs, batchSize, optimizer: 'adam', schedule: 'oneCycle to 4e-3' },
  })
  return { testAccuracy: accuracy, testLoss: loss, seconds, epochs, seed, parameters: total }
}

const recordOf = (e: FitEvent) =>
  e.kind === 'step'
    ? { step: e.step, kind: e.kind, epoch: e.epoch, loss: e.loss, lr: e.lr, accuracy: e.metrics.accuracy, seconds: e.seconds }
    : {
        step: e.step,
        kind: e.kind,
        epoch: e.epoch,
        loss: e.loss,
        accuracy: e.accuracy,
        validationLoss: e.validation?.loss,
        validationAccuracy: e.validation?.accuracy,
        seconds: e.seconds,
      }

/** `hebb train mnist` */
export const mnistRecipe: Recipe = {
  name: 'mnist',
  summary: 'handwritten digits: a small CNN on all of MNIST, 99 % and more on the test set',
  defaults: { seed: 0, epochs: 2 },
  run,
}
