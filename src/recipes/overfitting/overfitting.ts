/** Over-fitting and what helps: one net on few examples, each remedy beside it. */

import type { JournalEvent } from '../../files/index.js'
import { crossEntropy } from '../../loss/index.js'
import { type Layer, sequential } from '../../nn/index.js'
import { adamW, noDecay } from '../../optim/index.js'
import type { LinesFigure } from '../../report/index.js'
import * as sets from '../../sets/index.js'
import type { Tensor } from '../../tensor/index.js'
import { type EarlyStopping, type Evaluation, earlyStopping, evaluate } from '../../train/index.js'
import { RandomCrop } from '../../vision/index.js'
import { loading } from '../loading.js'
import { percent } from '../numbers.js'
import { count } from '../options.js'
import { defineRecipe, type Recipe } from '../recipe.js'
import { recipeReport } from '../report.js'
import { train } from '../training.js'
import { byEpoch, digitsMlp, errorCurves } from './nets.js'

const batchSize = 64

/** What is done against over-fitting. */
interface Remedy {
  /** names the files of its run */
  readonly part: string
  readonly name: string
  readonly model: Layer
  readonly weightDecay?: number | undefined
  readonly smoothing?: number | undefined
  readonly stop?: EarlyStopping | undefined
}

const remedies = (width: number): readonly Remedy[] => [
  { part: 'nothing', name: 'nothing', model: digitsMlp(width) },
  { part: 'stop', name: 'early stopping', model: digitsMlp(width), stop: earlyStopping({ patience: 5 }) },
  { part: 'decay', name: 'weight decay', model: digitsMlp(width), weightDecay: 1 },
  { part: 'smoothing', name: 'label smoothing', model: digitsMlp(width), smoothing: 0.1 },
  { part: 'dropout', name: 'dropout', model: digitsMlp(width, { pixels: 0.2, hidden: 0.5 }) },
  { part: 'augmentation', name: 'augmentation', model: sequential(new RandomCrop(2), digitsMlp(width)) },
  {
    part: 'together',
    name: 'the last three together',
    model: sequential(new RandomCrop(2), digitsMlp(width, { hidden: 0.3 })),
    smoothing: 0.1,
  },
]

/** `hebb train overfitting` */
export const overfittingRecipe: Recipe = defineRecipe({
  name: 'overfitting',
  summary: 'an MLP on 2,000 digits, and what early stopping, decay, smoothing, dropout and augmentation do for it',
  options: {
    epochs: count(40, 'times through the training set, for each remedy'),
    examples: count(2000, 'how many digits to learn from, and as many to validate with; at most 30,000'),
    width: count(512, 'units of each of the two hidden layers'),
  },
  quick: { epochs: 2, examples: 300, width: 64 },
  async run(context) {
    const { seed, epochs, examples, width } = context.settings
    const { train: all, test } = await loading(context, 'MNIST', sets.mnist)
    const [trainSet, validation] = all.take(2 * examples).split(0.5, { seed })
    const runs: Run[] = []
    for (const { part, name, model, weightDecay = 0, smoothing = 0, stop } of remedies(width)) {
      const training = await train(context, model, trainSet, {
        part,
        loss: smoothed(smoothing),
        metrics: { surprise: crossEntropy },
        optimizer: adamW({ lr: 1e-3, weightDecay, groups: [noDecay] }),
        epochs,
        batchSize,
        validation,
        stop,
        unit: 'img',
      })
      if (!training) return undefined
      const loss = crossEntropy
      runs.push({
        name,
        journal: training.journal,
        own: await evaluate(model, trainSet, { loss }),
        validated: await evaluate(model, validation, { loss }),
        held: await evaluate(model, test, { loss }),
      })
    }
    const errorOf = ({ held }: Run): number => 1 - held.accuracy!
    // chosen on the validation set: the test set only measures
    const best = runs.reduce((a, b) => (b.validated.accuracy! > a.validated.accuracy! ? b : a))
    const [nothing, stopped] = runs as [Run, Run]
    await recipeReport(context, {
      title: 'Over-fitting, and what helps',
      description: `The same MLP 784-${width}-${width}-10 on the same ${trainSet.length.toLocaleString('en')} digits, seven times; ${validation.length.toLocaleString('en')} others to validate with, and the 10,000 test digits at the end.`,
      tiles: [
        { label: 'Test error, nothing done', value: errorOf(nothing), format: 'percent' },
        ...(best === nothing ? [] : [{ label: `Test error, ${best.name}`, value: errorOf(best), format: 'percent' as const }]),
      ],
      sections: [
        {
          title: 'The sign of over-fitting',
          text: 'The loss on the training digits falls towards 0; on others it turns and rises: the net gets surer of what it has learnt by heart, its mistakes included. Early stopping ends the run when validation has not got better for five epochs, and gives back the weights of the best one: the best loss, from where the error may still fall a little while the net gets ever surer of its mistakes.',
          figures: [lossCurves(nothing, byEpoch(stopped.journal, 'loss').length)],
        },
        {
          title: 'What helps',
          text: 'All remedies make it harder to learn the training set by heart: weights kept small, answers kept unsure, units that cannot rely on one another, pictures that are never twice the same. More examples would help more than any of them; augmentation is the next best thing, as it makes some.',
          figures: [
            errorCurves('Validation error by epoch', runs),
            {
              kind: 'table',
              title: 'After training',
              note: 'Losses are plain cross-entropies, whatever the net was trained with.',
              columns: ['Against over-fitting', 'Epochs', 'Training error', 'Test error', 'Training loss', 'Test loss'],
              rows: runs.map((r) => [
                r.name,
                byEpoch(r.journal, 'loss').length,
                percent(1 - r.own.accuracy!),
                percent(errorOf(r)),
                r.own.loss.toFixed(4),
                r.held.loss.toFixed(4),
              ]),
            },
          ],
        },
      ],
      config: { recipe: 'overfitting', batchSize, optimizer: 'adamW, 1e-3' },
    })
    return {
      headline: `test error ${percent(errorOf(best))} with ${best.name}`,
      baseline: `${percent(errorOf(nothing))} with nothing done against over-fitting`,
      numbers: Object.fromEntries([...runs.map((r) => [`${r.name}: test error`, errorOf(r)] as const), ['epochs', epochs], ['seed', seed]]),
    }
  },
})

interface Run {
  readonly name: string
  readonly journal: readonly JournalEvent[]
  readonly own: Evaluation
  readonly validated: Evaluation
  readonly held: Evaluation
}

const smoothed =
  (labelSmoothing: number) =>
  (logits: Tensor, y: Tensor): Tensor =>
    crossEntropy(logits, y, { labelSmoothing })

function lossCurves({ journal }: Run, stoppedAt: number): LinesFigure {
  return {
    kind: 'lines',
    title: 'Loss by epoch, nothing done',
    x: { title: 'epoch' },
    y: { scale: 'log' },
    series: [
      { name: 'training', points: byEpoch(journal, 'loss') },
      { name: 'validation', points: byEpoch(journal, 'validation.loss') },
    ],
    marks: [{ x: stoppedAt, name: 'an early stop' }],
  }
}
