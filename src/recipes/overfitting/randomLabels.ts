/** Nets that learn random labels by heart [Zhang 2017]: being able to fit the training set says nothing about the rest. */
import { Dataset } from '../../data/index.js'
import type { JournalEvent } from '../../files/index.js'
import { keyOf, randint } from '../../kernels/index.js'
import { crossEntropy } from '../../loss/index.js'
import { adam } from '../../optim/index.js'
import * as sets from '../../sets/index.js'
import { type Evaluation, evaluate } from '../../train/index.js'
import { loading } from '../loading.js'
import { percent } from '../numbers.js'
import { count } from '../options.js'
import { defineRecipe, type Recipe } from '../recipe.js'
import { recipeReport } from '../report.js'
import { train } from '../training.js'
import { byEpoch, digitsMlp } from './nets.js'

const batchSize = 64

/** `hebb train random-labels` */
export const randomLabelsRecipe: Recipe = defineRecipe({
  name: 'random-labels',
  summary: 'a net learns random labels by heart: all of the training set right, the test set at chance',
  options: {
    epochs: count(60, 'times through the training set'),
    examples: count(3000, 'how many digits to learn from'),
    width: count(512, 'units of each of the two hidden layers'),
  },
  quick: { epochs: 12, examples: 200, width: 128 },
  async run(context) {
    const { seed, epochs, examples, width } = context.settings
    const { train: all, test } = await loading(context, 'MNIST', sets.mnist)
    const real = all.take(examples)
    const labels = randint(keyOf(seed, 'random labels'), 0, { high: 10 }, new Int32Array(real.length))
    const random = new Dataset({ x: real.columns.x, y: { data: labels, shape: [], dtype: 'i32' } })
    const runs: Run[] = []
    for (const [name, data] of [
      ['true', real],
      ['random', random],
    ] as const) {
      const model = digitsMlp(width)
      const training = await train(context, model, data, {
        part: name,
        loss: crossEntropy,
        optimizer: adam({ lr: 1e-3 }),
        epochs,
        batchSize,
        unit: 'img',
      })
      if (!training) return undefined
      const [own, held] = [await evaluate(model, data, { loss: crossEntropy }), await evaluate(model, test, { loss: crossEntropy })]
      runs.push({ name: `${name} labels`, journal: training.journal, own, held })
    }
    const [honest, blind] = runs as [Run, Run]
    await recipeReport(context, {
      title: 'Random labels, learnt by heart',
      description: `The same MLP 784-${width}-${width}-10 on the same ${real.length.toLocaleString('en')} digits, once with their labels and once with labels drawn by lot.`,
      tiles: [
        { label: 'Random labels, training', value: blind.own.accuracy!, format: 'percent', note: 'right' },
        { label: 'Random labels, test', value: blind.held.accuracy!, format: 'percent', note: 'right; chance is 10 %' },
        { label: 'True labels, training', value: honest.own.accuracy!, format: 'percent', note: 'right' },
        { label: 'True labels, test', value: honest.held.accuracy!, format: 'percent', note: 'right' },
      ],
      sections: [
        {
          title: 'Fitting is not learning',
          text: 'There is nothing in the pictures that says a random label, so whatever the net does with them is memory. It takes longer than for true labels, which help one another, but it gets there: a net that can fit anything shows nothing by fitting. Only examples it never saw tell.',
          figures: [
            {
              kind: 'lines',
              title: 'Training accuracy by epoch',
              x: { title: 'epoch' },
              y: { scale: 'percent' },
              series: runs.map(({ name, journal }) => ({ name, points: byEpoch(journal, 'accuracy') })),
            },
            {
              kind: 'lines',
              title: 'Training loss by epoch',
              x: { title: 'epoch' },
              y: { scale: 'log' },
              series: runs.map(({ name, journal }) => ({ name, points: byEpoch(journal, 'loss') })),
            },
            {
              kind: 'table',
              title: 'After training',
              columns: ['Labels', 'Training accuracy', 'Training loss', 'Test accuracy', 'Test loss'],
              rows: runs.map((r) => [
                r.name,
                percent(r.own.accuracy!),
                r.own.loss.toFixed(5),
                percent(r.held.accuracy!),
                r.held.loss.toFixed(2),
              ]),
            },
          ],
        },
      ],
      config: { recipe: 'random-labels', batchSize, optimizer: 'adam, 1e-3' },
    })
    return {
      headline: `${percent(blind.own.accuracy!)} of ${real.length.toLocaleString('en')} random labels learnt, ${percent(blind.held.accuracy!)} of the test digits right`,
      baseline: `10 % by guessing; with true labels ${percent(honest.held.accuracy!)} of the test digits`,
      numbers: {
        trainAccuracy: blind.own.accuracy!,
        testAccuracy: blind.held.accuracy!,
        trueTrainAccuracy: honest.own.accuracy!,
        trueTestAccuracy: honest.held.accuracy!,
        epochs,
        seed,
      },
    }
  },
})

interface Run {
  readonly name: string
  readonly journal: readonly JournalEvent[]
  readonly own: Evaluation
  readonly held: Evaluation
}
