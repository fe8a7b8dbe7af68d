/** Metrics: one classifier that is too sure of itself, measured in every way, then made honest with one number. */
import type { Dataset } from '../../data/index.js'
import { relu } from '../../functional/index.js'
import { crossEntropy } from '../../loss/index.js'
import {
  averagePrecision,
  averageScores,
  balancedAccuracy,
  brierScore,
  type Calibration,
  calibration,
  classScores,
  cohenKappa,
  confusionMatrix,
  fitTemperature,
  matthewsCorrelation,
  predictedClasses,
  rocAuc,
  topKAccuracy,
  wilsonInterval,
} from '../../metrics/index.js'
import { Flatten, Linear, sequential } from '../../nn/index.js'
import { adam } from '../../optim/index.js'
import { curvesOf } from '../../report/curves/journal.js'
import * as sets from '../../sets/index.js'
import { tensor } from '../../tensor/index.js'
import { predict } from '../../train/index.js'
import { loading } from '../loading.js'
import { mean, percent } from '../numbers.js'
import { count } from '../options.js'
import { defineRecipe, type Recipe } from '../recipe.js'
import { recipeReport } from '../report.js'
import { train } from '../training.js'

const classes = 10

/** `hebb train metrics` */
export const metricsRecipe: Recipe = defineRecipe({
  name: 'metrics',
  summary: 'how good is it? accuracy, precision, recall, F1, AUC, calibration and more, and how to mend a network that is too sure',
  options: {
    epochs: count(30, 'times through the training examples: many, so that it learns them by heart'),
    examples: count(3000, 'how many images of MNIST to learn from', { least: 100 }),
  },
  quick: { epochs: 3, examples: 1000 },
  async run(context) {
    const { seed, epochs, examples } = context.settings
    const all = await loading(context, 'MNIST', sets.mnist)
    const learn = all.train.take(examples)
    const validation = all.train.slice(50_000, 52_000)
    const { test } = all
    const model = sequential(new Flatten(), new Linear(784, 256), relu, new Linear(256, classes))
    const training = await train(context, model, learn, {
      loss: crossEntropy,
      optimizer: adam({ lr: 2e-3 }),
      epochs,
      batchSize: 64,
      validation: test,
      unit: 'img',
    })
    if (!training) return undefined
    const logitsOf = async (set: Dataset<'x' | 'y'>): Promise<Float32Array> => (await predict(model, set)).cast('f32').data()
    const labelsOf = (set: Dataset<'x' | 'y'>): number[] => Array.from(set.columns.y.data as ArrayLike<number>, Number)
    const truth = labelsOf(test)
    const temperature = fitTemperature(await logitsOf(validation), labelsOf(validation), classes)
    const logits = await logitsOf(test)
    const chances = async (T: number): Promise<Float32Array> =>
      tensor(logits, { shape: [truth.length, classes] })
        .div(T)
        .softmax(1)
        .data()
    const [raw, cooled] = [await chances(1), await chances(temperature)]
    const predicted = predictedClasses(logits, classes)
    const confusion = confusionMatrix(truth, predicted, classes)
    const scores = classScores(confusion)
    const hits = truth.filter((t, i) => t === predicted[i]).length
    const accuracy = hits / truth.length
    const [low, high] = wilsonInterval(hits, truth.length)
    const [macro, weighted] = [averageScores(scores, 'macro'), averageScores(scores, 'weighted')]
    const areas = Array.from({ length: classes }, (_, c) => {
      const own = truth.map((_, i) => raw[i * classes + c]!)
      const is = truth.map((t) => (t === c ? 1 : 0))
      return { auc: rocAuc(own, is), average: averagePrecision(own, is) }
    })
    const nll = (p: Float32Array): number => mean(truth.map((t, i) => -Math.log(Math.max(p[i * classes + t]!, 1e-38))))
    const [before, after] = [calibration(raw, truth, classes), calibration(cooled, truth, classes)]
    const row = (name: string, value: number, meaning: string): [string, number, string] => [name, Number(value.toPrecision(4)), meaning]
    await recipeReport(context, {
      title: 'Metrics: how good is it?',
      description: `A small network trained on ${learn.length.toLocaleString('en')} digits until it knows them by heart, measured on ${truth.length.toLocaleString('en')} it never saw.`,
      tiles: [
        { label: 'Test accuracy', value: accuracy, format: 'percent', note: `95 % sure between ${percent(low)} and ${percent(high)}` },
        { label: 'Calibration error before', value: before.expectedError, format: 'percent' },
        { label: 'after', value: after.expectedError, format: 'percent', note: `temperature ${temperature.toFixed(2)}` },
      ],
      ...curvesOf(training.journal, { validation: 'test' }),
      classification: {
        classes: Array.from({ length: classes }, (_, c) => String(c)),
        counts: confusion.counts.map((counts) => Array.from(counts)),
        of: 'test set',
        calibration: before,
      },
      sections: [
        {
          title: 'One number each',
          figures: [
            {
              kind: 'table',
              title: 'Measured on the test set',
              columns: ['metric', 'value', 'what it says'],
              rows: [
                row('accuracy', accuracy, 'share of right answers'),
                row('balanced accuracy', balancedAccuracy(confusion), 'mean over the classes: rare ones count as much'),
                row('top-2 accuracy', topKAccuracy(logits, truth, classes, 2), 'the right answer is among the two likeliest'),
                row('precision, macro', macro.precision, 'of those called c, how many are c; mean over classes'),
                row('recall, macro', macro.recall, 'of those that are c, how many are found; mean over classes'),
                row('F1, macro', macro.f1, 'harmonic mean of the two; mean over classes'),
                row('F1, weighted', weighted.f1, 'the same, classes weighted by their size'),
                row("Cohen's κ", cohenKappa(confusion), 'agreement beyond what the class sizes alone would give'),
                row('Matthews correlation', matthewsCorrelation(confusion), 'correlation of truth and answer'),
                row('area under ROC', mean(areas.map((a) => a.auc)), 'chance that a c scores above a non-c; mean over classes'),
                row('average precision', mean(areas.map((a) => a.average)), 'area under precision against recall; mean over classes'),
                row('cross-entropy', nll(raw), 'nats paid per answer'),
                row('cross-entropy, cooled', nll(cooled), 'the same after temperature scaling'),
                row('Brier score', brierScore(raw, truth, classes), 'squared distance of the probabilities from the truth'),
                row('Brier score, cooled', brierScore(cooled, truth, classes), 'the same after temperature scaling'),
                row('calibration error', before.expectedError, 'how far confidence lies from being right'),
                row('calibration error, cooled', after.expectedError, 'the same after temperature scaling'),
              ],
            },
          ],
        },
        {
          title: 'Is it as right as it says?',
          text:
            'Of the answers given with confidence p, a share p should be right: the dashed line. A network trained until it knows its examples by heart is too sure. ' +
            'Dividing its logits by one temperature, found on 2,000 other images, changes no answer and brings the two together.',
          figures: [
            {
              kind: 'lines',
              title: 'Share right against confidence',
              x: { title: 'confidence' },
              y: { title: 'share right', scale: 'percent' },
              series: [
                { name: 'as trained', style: 'both', points: reliability(before) },
                { name: `temperature ${temperature.toFixed(2)}`, style: 'both', points: reliability(after) },
                { name: 'honest', style: 'dashed', points: [0, 1].map((x) => ({ x, y: x })) },
              ],
            },
          ],
        },
        {
          title: 'By class',
          figures: [
            {
              kind: 'table',
              title: 'Precision, recall and F1 of each digit',
              columns: ['digit', 'precision', 'recall', 'F1', 'area under ROC', 'examples'],
              rows: scores.map((s, c) => [c, s.precision, s.recall, s.f1, areas[c]!.auc, s.support].map((v) => Number(v.toPrecision(4)))),
            },
          ],
        },
      ],
      config: { recipe: 'metrics', batchSize: 64, optimizer: 'adam 2e-3' },
    })
    return {
      headline: `calibration error ${percent(after.expectedError)} after temperature scaling, at ${percent(accuracy)} accuracy`,
      baseline: `${percent(before.expectedError)} as trained`,
      numbers: {
        testAccuracy: accuracy,
        macroF1: macro.f1,
        auc: mean(areas.map((a) => a.auc)),
        calibrationBefore: before.expectedError,
        calibrationAfter: after.expectedError,
        temperature,
        seconds: training.seconds,
        epochs,
        seed,
      },
    }
  },
})

const reliability = ({ bins }: Calibration): { x: number; y: number }[] =>
  bins.filter((bin) => bin.count >= 10).map((bin) => ({ x: bin.confidence, y: bin.accuracy }))
