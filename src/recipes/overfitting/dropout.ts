/** Dropout on MNIST: the same net with and without, plain and with batch norm. */

import { crossEntropy } from '../../loss/index.js'
import { countParameters } from '../../nn/index.js'
import { adam, oneCycle } from '../../optim/index.js'
import { save } from '../../saving/index.js'
import * as sets from '../../sets/index.js'
import { type Evaluation, evaluate } from '../../train/index.js'
import { loading } from '../loading.js'
import { percent } from '../numbers.js'
import { count } from '../options.js'
import { defineRecipe, type Recipe } from '../recipe.js'
import { recipeReport } from '../report.js'
import { type Training, train } from '../training.js'
import { byEpoch, digitsMlp, errorCurves } from './nets.js'

const batchSize = 128

/** Two nets, each without and with dropout. The rates beside batch norm were chosen on the last 10,000 training digits. */
const nets = [
  { part: 'plain', name: 'plain', normed: false, lr: 2e-3, rates: {} },
  { part: 'plain-dropout', name: 'plain, dropout', normed: false, lr: 2e-3, rates: { pixels: 0.2, hidden: 0.5 } },
  { part: 'norm', name: 'batch norm', normed: true, lr: 4e-3, rates: {} },
  { part: 'norm-dropout', name: 'batch norm, dropout', normed: true, lr: 4e-3, rates: { pixels: 0.1, hidden: 0.25 } },
] as const

/** `hebb train dropout` */
export const dropoutRecipe: Recipe = defineRecipe({
  name: 'dropout',
  summary:
    'an MLP on MNIST without and with dropout, plain and with batch norm: units blanked at random, and what that does to errors and loss',
  options: {
    epochs: count(30, 'times through the training set, for each of the four nets'),
    width: count(1024, 'units of each of the two hidden layers'),
    examples: count(60_000, 'how many of the training images to learn from'),
  },
  quick: { epochs: 1, width: 128, examples: 2000 },
  async run(context) {
    const { seed, epochs, width, examples } = context.settings
    const { train: all, test } = await loading(context, 'MNIST', sets.mnist)
    const trainSet = all.take(examples)
    const steps = Math.ceil(trainSet.length / batchSize) * epochs
    const runs: Run[] = []
    for (const { part, name, normed, lr, rates } of nets) {
      const model = digitsMlp(width, { normed, ...rates })
      const training = await train(context, model, trainSet, {
        part,
        loss: crossEntropy,
        optimizer: adam({ lr: oneCycle({ lr, steps }) }),
        epochs,
        batchSize,
        validation: test,
        unit: 'img',
      })
      if (!training) return undefined
      const own = await evaluate(model, trainSet, { loss: crossEntropy })
      const held = await evaluate(model, test, { loss: crossEntropy })
      await save(model, context.path(`${part}.safetensors`), { recipe: 'dropout', seed: String(seed) })
      runs.push({ name, ...training, own, held, parameters: countParameters(model).trainable })
    }
    const [plain, plainDropped, norm, normDropped] = runs as [Run, Run, Run, Run]
    const errorOf = ({ held }: Run): number => 1 - held.accuracy!
    await recipeReport(context, {
      title: 'Dropout: MNIST without and with',
      description: `An MLP 784-${width}-${width}-10 on ${trainSet.length.toLocaleString('en')} digits, four times: plain and with batch norm, each as it is and with pixels and units blanked at random in training.`,
      tiles: [
        ...runs.map((run) => ({ label: `Test error, ${run.name}`, value: errorOf(run), format: 'percent' as const })),
        { label: 'Training', value: runs.reduce((sum, { seconds }) => sum + seconds, 0), format: 'seconds' },
        { label: 'Parameters', value: normDropped.parameters, format: 'count' },
      ],
      sections: [
        {
          title: 'Errors',
          text: 'Training errors are measured while the net learns, with dropout at work: that is why they are larger than the test errors where it is. Without it the net soon knows its training digits by heart, and what is left to learn from them is nothing.',
          figures: [
            ...[runs.slice(0, 2), runs.slice(2)].map((pair) =>
              errorCurves(`Error by epoch, ${pair[0]!.name}`, pair, {
                training: true,
                note: 'Lines in full: 10,000 test digits. Dashed: the training digits, while learning.',
              }),
            ),
            {
              kind: 'lines',
              title: 'Test loss by epoch',
              x: { title: 'epoch' },
              y: {},
              series: runs.map(({ name, journal }) => ({ name, points: byEpoch(journal, 'validation.loss') })),
              note: 'Where a net gets surer of its mistakes the loss grows, even while the error falls.',
            },
            {
              kind: 'table',
              title: 'After training',
              columns: ['Net', 'Training error', 'Training loss', 'Test error', 'Test loss'],
              rows: runs.map((r) => [
                r.name,
                percent(1 - r.own.accuracy!),
                r.own.loss.toFixed(5),
                percent(errorOf(r)),
                r.held.loss.toFixed(4),
              ]),
            },
          ],
        },
      ],
      config: { recipe: 'dropout', batchSize, optimizer: 'adam', schedule: 'oneCycle to 2e-3, with batch norm 4e-3' },
    })
    return {
      headline: `test error ${percent(errorOf(normDropped))} with batch norm and dropout, ${percent(errorOf(plainDropped))} with dropout alone`,
      baseline: `${percent(errorOf(norm))} with batch norm alone, ${percent(errorOf(plain))} with neither; the same data and steps`,
      numbers: {
        testErrorWith: errorOf(normDropped),
        testErrorWithout: errorOf(norm),
        testLossWith: normDropped.held.loss,
        testLossWithout: norm.held.loss,
        plainTestErrorWith: errorOf(plainDropped),
        plainTestErrorWithout: errorOf(plain),
        plainTestLossWith: plainDropped.held.loss,
        plainTestLossWithout: plain.held.loss,
        epochs,
        seed,
      },
    }
  },
})

interface Run extends Training {
  readonly name: string
  readonly own: Evaluation
  readonly held: Evaluation
  readonly parameters: number
}
