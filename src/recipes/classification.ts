/** The report of a classifier: how good, where wrong, how sure. */

import type { Dataset } from '../data/dataset.js'
import type { JournalEvent } from '../files/journal.js'
import { calibration } from '../metrics/calibration.js'
import { accuracy as accuracyOf, confusionMatrix, predictedClasses } from '../metrics/confusion.js'
import { summarize } from '../nn/module/summarize.js'
import type { Layer } from '../nn/module.js'
import { curvesOf } from '../report/curves/journal.js'
import type { Json, Mistake, Picture } from '../report/data.js'
import type { Section } from '../report/figures/data.js'
import { arrayOf } from '../tensor/index.js'
import { predict } from '../train/evaluate/predict.js'
import type { RecipeContext } from './recipe.js'
import { recipeReport } from './report.js'

/** What the report is made from. */
export interface ClassificationRun {
  readonly title: string
  readonly description: string
  /** labelled examples the model never saw: x pictures (C, H, W) or anything else, y class ids */
  readonly data: Dataset<'x' | 'y'>
  /** (N, C), rows that sum to 1 */
  readonly probabilities: Float32Array
  readonly journal: readonly JournalEvent[]
  readonly seconds: number
  /** what was trained; it takes examples of the data as they are */
  readonly model: Layer
  /** figures of the recipe's own */
  readonly sections?: readonly Section[] | undefined
  readonly config: { readonly [key: string]: Json | undefined }
}

const shownMistakes = 24

/** Writes report.html into the run's folder; gives accuracy and mean cross entropy. */
export async function classificationReport(
  context: RecipeContext<unknown>,
  run: ClassificationRun,
): Promise<{ accuracy: number; loss: number }> {
  const { data, probabilities } = run
  const truth = Array.from(data.columns.y.data as ArrayLike<number>, Number)
  const classes = data.classes ?? [...new Set(truth)].sort((a, b) => a - b).map(String)
  const width = classes.length
  const predicted = predictedClasses(probabilities, width)
  const { layers, trainable } = summarize(run.model, { input: data.columns.x.shape })
  const confusion = confusionMatrix(truth, predicted, width)
  const accuracy = accuracyOf(confusion)
  const loss = truth.reduce((sum, t, i) => sum - Math.log(Math.max(probabilities[i * width + t]!, 1e-38)), 0) / truth.length
  const wrong = truth
    .flatMap((t, i) => (predicted[i] === t ? [] : [i]))
    .sort((a, b) => probabilities[b * width + predicted[b]!]! - probabilities[a * width + predicted[a]!]!)
  const mistakes = wrong.slice(0, shownMistakes).map(
    (i): Mistake => ({
      index: i,
      truth: classes[truth[i]!]!,
      predicted: classes[predicted[i]!]!,
      probability: probabilities[i * width + predicted[i]!]!,
      truthProbability: probabilities[i * width + truth[i]!]!,
      picture: pictureOf(data, i),
    }),
  )
  await recipeReport(context, {
    title: run.title,
    description: run.description,
    tiles: [
      {
        label: 'Test accuracy',
        value: accuracy,
        format: 'percent',
        note: `${(truth.length - wrong.length).toLocaleString('en')} of ${truth.length.toLocaleString('en')} right`,
      },
      { label: 'Test loss', value: loss },
      { label: 'Training', value: run.seconds, format: 'seconds' },
      { label: 'Parameters', value: trainable, format: 'count' },
    ],
    ...curvesOf(run.journal, { validation: 'test' }),
    sections: run.sections,
    classification: {
      classes,
      counts: confusion.counts.map((row) => Array.from(row)),
      of: 'test set',
      calibration: calibration(probabilities, truth, width),
    },
    mistakes,
    layers,
    config: run.config,
  })
  return { accuracy, loss }
}

/** The probabilities (N, C) that a model of logits gives to the classes of each example. */
export const probabilitiesOf = async (model: Layer, data: Dataset<'x' | 'y'>): Promise<Float32Array> =>
  (await predict(model, data)).softmax(1).cast('f32').data()

/** Example i as a picture. */
export function pictureOf(data: Dataset<'x' | 'y'>, i: number): Picture {
  const { shape, data: all } = data.columns.x
  const [channels = 1, height = 1, width = 1] = shape
  const size = channels * height * width
  const pixels = all.subarray(i * size, (i + 1) * size)
  return {
    width,
    height,
    channels: channels === 3 ? 3 : 1,
    pixels: pixels instanceof Uint8Array ? pixels : arrayOf(pixels, 'f32').slice(),
  }
}
