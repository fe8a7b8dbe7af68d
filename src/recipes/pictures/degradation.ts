/** What depth costs where nothing leads around it [He 2016]: plain nets of 20 and 32 layers against residual ones. */

import { Dataset } from '../../data/index.js'
import type { JournalEvent } from '../../files/index.js'
import { crossEntropy } from '../../loss/index.js'
import { initialize, sequential } from '../../nn/index.js'
import { oneCycle, sgd } from '../../optim/index.js'
import { seriesOf } from '../../report/curves/journal.js'
import type { LinesFigure } from '../../report/index.js'
import * as sets from '../../sets/index.js'
import { arrayOf } from '../../tensor/index.js'
import { evaluate } from '../../train/index.js'
import { type CifarResNet, plain20, plain32, RandomCrop, RandomHorizontalFlip, resnet20, resnet32 } from '../../vision/index.js'
import { loading } from '../loading.js'
import { percent } from '../numbers.js'
import { count } from '../options.js'
import { defineRecipe, type Recipe } from '../recipe.js'
import { recipeReport } from '../report.js'
import { train } from '../training.js'
import { normalize } from './cifar10.js'

const batchSize = 128
const nets: Readonly<Record<string, (options: { width: number }) => CifarResNet>> = {
  'plain-20': plain20,
  'plain-32': plain32,
  'resnet-20': resnet20,
  'resnet-32': resnet32,
}

/** `hebb train degradation` */
export const degradationRecipe: Recipe = defineRecipe({
  name: 'degradation',
  summary: 'plain nets of 20 and 32 layers against residual ones: deeper is worse, until something leads around',
  options: {
    epochs: count(6, 'times through the training set, for each of the four nets'),
    examples: count(10_000, 'how many of the training photographs to learn from'),
    width: count(8, 'channels of the first third of each net; the paper has 16'),
  },
  quick: { epochs: 1, examples: 256, width: 4 },
  async run(context) {
    const { seed, epochs, examples, width } = context.settings
    const { train: all, test: whole } = await loading(context, 'CIFAR-10', sets.cifar10)
    const [trainSet, test] = [halved(all.take(examples)), halved(whole.take(Math.min(whole.length, examples)))]
    const steps = Math.ceil(trainSet.length / batchSize) * epochs
    const results: Result[] = []
    for (const [name, make] of Object.entries(nets)) {
      const net = make({ width })
      initialize(net, { seed })
      const model = sequential(normalize, new RandomCrop(2), new RandomHorizontalFlip(), net)
      const training = await train(context, model, trainSet, {
        part: name,
        loss: crossEntropy,
        optimizer: sgd({ lr: oneCycle({ lr: 0.1, steps, rise: 0.2, shape: 'linear' }), momentum: 0.9, weightDecay: 1e-4 }),
        epochs,
        batchSize,
        validation: test,
        unit: 'img',
      })
      if (!training) return undefined
      const own = await evaluate(model, trainSet, { loss: crossEntropy })
      const held = await evaluate(model, test, { loss: crossEntropy })
      results.push({ name, trainLoss: own.loss, trainAccuracy: own.accuracy!, testAccuracy: held.accuracy!, journal: training.journal })
    }
    const [p20, p32, r20, r32] = results as [Result, Result, Result, Result]
    await recipeReport(context, {
      title: 'Depth, and a way around it',
      description: `Four nets on ${trainSet.length.toLocaleString('en')} photographs at half size (16 × 16), ${epochs} epochs each, tested on ${test.length.toLocaleString('en')} they never saw.`,
      tiles: results.map(({ name, testAccuracy }) => ({
        label: `${name}, test error`,
        value: 1 - testAccuracy,
        format: 'percent' as const,
      })),
      sections: [
        {
          title: 'The degradation, and its cure',
          text: 'A deeper plain net fits its own training pictures worse than a shallower one: that is no over-fitting, as over-fitting would fit them better. The layers that are too many would only have to pass their input on, and do not learn it. With shortcuts passing on is what a layer does by itself.',
          figures: [curves('Training loss', results, 'step', 'loss'), curves('Test error', results, 'epoch', 'validation.accuracy')],
        },
        {
          title: 'In numbers',
          figures: [
            {
              kind: 'table',
              title: 'After training',
              note: 'Training loss and error are measured in evaluation mode, without augmentation.',
              columns: ['Net', 'Training loss', 'Training error', 'Test error'],
              rows: results.map((r) => [r.name, r.trainLoss.toFixed(4), percent(1 - r.trainAccuracy), percent(1 - r.testAccuracy)]),
            },
          ],
        },
      ],
      config: { recipe: 'degradation', batchSize, optimizer: 'sgd, momentum 0.9, weight decay 1e-4', schedule: 'oneCycle to 0.1, linear' },
    })
    return {
      headline: `12 more layers: test error ${percent(1 - p20.testAccuracy)} → ${percent(1 - p32.testAccuracy)} plain, ${percent(1 - r20.testAccuracy)} → ${percent(1 - r32.testAccuracy)} with shortcuts`,
      baseline: '90 % by guessing; the same layers, data and steps on both sides of each arrow',
      numbers: Object.fromEntries([
        ...results.flatMap(({ name, trainLoss, testAccuracy }) => [
          [`${name} train loss`, trainLoss],
          [`${name} test accuracy`, testAccuracy],
        ]),
        ['epochs', epochs],
        ['examples', trainSet.length],
        ['seed', seed],
      ]),
    }
  },
})

interface Result {
  readonly name: string
  readonly trainLoss: number
  readonly trainAccuracy: number
  readonly testAccuracy: number
  readonly journal: readonly JournalEvent[]
}

function curves(
  title: string,
  results: readonly { readonly name: string; readonly journal: readonly JournalEvent[] }[],
  kind: 'step' | 'epoch',
  field: string,
): LinesFigure {
  const errors = field === 'validation.accuracy'
  return {
    kind: 'lines',
    title,
    x: { title: 'step' },
    y: errors ? { scale: 'percent' } : {},
    series: results.map(({ name, journal }) => ({
      name,
      style: name.startsWith('plain') ? 'dashed' : 'line',
      points: smooth(
        seriesOf(name, journal, field, kind).points.map(({ step, value }) => ({ x: step, y: errors ? 1 - value : value })),
        kind === 'step' ? 5 : 1,
      ),
    })),
  }
}

/** Means over runs of points. */
const smooth = (points: readonly { x: number; y: number }[], size: number): { x: number; y: number }[] =>
  Array.from({ length: Math.ceil(points.length / size) }, (_, i) => {
    const run = points.slice(i * size, (i + 1) * size)
    return { x: run.at(-1)!.x, y: run.reduce((s, p) => s + p.y, 0) / run.length }
  })

/** Photographs at half their height and width: means of 2 × 2 pixels. */
function halved(data: Dataset<'x' | 'y'>): Dataset<'x' | 'y'> {
  const { x, y } = data.columns
  const [C, Y, X] = x.shape as [number, number, number]
  const [height, width] = [Y / 2, X / 2]
  const out = new Uint8Array(data.length * C * height * width)
  const bytes = arrayOf(x.data, 'u8')
  let to = 0
  for (let plane = 0; plane < data.length * C; plane++)
    for (let i = 0; i < height; i++)
      for (let j = 0; j < width; j++) {
        const at = plane * Y * X + 2 * i * X + 2 * j
        out[to++] = Math.round((bytes[at]! + bytes[at + 1]! + bytes[at + X]! + bytes[at + X + 1]!) / 4)
      }
  return new Dataset({ x: { data: out, shape: [C, height, width], dtype: 'u8', scale: 1 / 255 }, y }, { classes: data.classes })
}
