/** Great or not: a Transformer encoder on reviews, beside a bag of words. */
import { Dataset } from '../../data/index.js'
import { crossEntropy } from '../../loss/index.js'
import { accuracy as accuracyOf } from '../../metrics/confusion.js'
import { classScores, confusionMatrix, rocAuc } from '../../metrics/index.js'
import { countParameters, type Layer, Linear } from '../../nn/index.js'
import { adam, adamW, noDecay } from '../../optim/index.js'
import { seriesOf } from '../../report/curves/journal.js'
import type { Figure } from '../../report/index.js'
import { save } from '../../saving/index.js'
import * as sets from '../../sets/index.js'
import { tensor } from '../../tensor/index.js'
import { TextClassifier } from '../../text/index.js'
import { wordBag, words } from '../../tokenize/index.js'
import { earlyStopping, predict } from '../../train/index.js'
import { loading } from '../loading.js'
import { percent } from '../numbers.js'
import { count, positive } from '../options.js'
import { defineRecipe, type Recipe } from '../recipe.js'
import { recipeReport } from '../report.js'
import { train } from '../training.js'

const great = 1

/** Reviews as ids (T), cut and filled up with 0, and labels. */
function asIds(texts: readonly sets.Review[], encode: (text: string) => Int32Array, length: number): Dataset<'x' | 'y'> {
  const data = new Int32Array(texts.length * length)
  texts.forEach(({ text }, i) => {
    data.set(encode(text).subarray(0, length), i * length)
  })
  return new Dataset({ x: { data, shape: [length], dtype: 'i32' }, y: labelsOf(texts) })
}

const labelsOf = (texts: readonly sets.Review[]) =>
  ({ data: Int32Array.from(texts, ({ label }) => label), shape: [], dtype: 'i32' }) as const

interface Judged {
  readonly name: string
  readonly accuracy: number
  readonly auc: number
  readonly f1: number
  /** p(great) of each test review */
  readonly probabilities: Float32Array
}

async function judge(name: string, model: Layer, test: Dataset<'x' | 'y'>, truth: readonly number[]): Promise<Judged> {
  const both = await (await predict(model, test)).softmax(1).cast('f32').data()
  const probabilities = Float32Array.from(truth, (_, i) => both[2 * i + great]!)
  const confusion = confusionMatrix(
    truth,
    Array.from(probabilities, (p) => (p > 0.5 ? 1 : 0)),
    2,
  )
  return { name, accuracy: accuracyOf(confusion), auc: rocAuc(probabilities, truth), f1: classScores(confusion)[great]!.f1, probabilities }
}

/** `hebb train sentiment` */
export const sentimentRecipe: Recipe = defineRecipe({
  name: 'sentiment',
  summary: 'great or not: a Transformer encoder on 4,000 reviews of food, beside logistic regression on a bag of words',
  options: {
    epochs: count(12, 'times through the reviews at most; the best by held-out reviews is kept'),
    examples: count(4000, 'reviews to learn from', { least: 20 }),
    length: count(100, 'words of a review, the rest is cut off'),
    width: count(64, 'width of the model'),
    layers: count(2, 'layers of the encoder'),
    dropout: positive(0.3, 'probability of each dropout', { zero: true, most: 0.9 }),
    measured: count(1000, 'test reviews'),
  },
  quick: { epochs: 1, examples: 300, length: 40, width: 32, layers: 1, measured: 100 },
  async run(context) {
    const { seed, epochs, examples, length, width, layers, dropout, measured } = context.settings
    const data = await loading(context, 'reviews', sets.reviews)
    const known = data.train.slice(0, examples)
    const held = Math.ceil(known.length / 10)
    const [learned, watched, tested] = [known.slice(held), known.slice(0, held), data.test.slice(0, measured)]
    const truth = tested.map(({ label }) => label)
    const textsOf = (some: readonly sets.Review[]): string[] => some.map(({ text }) => text)
    const tokenizer = words(textsOf(learned), { minCount: 2 })
    const ids = (texts: readonly sets.Review[]): Dataset<'x' | 'y'> => asIds(texts, (text) => tokenizer.encode(text), length)
    const model = new TextClassifier({ vocabulary: tokenizer.size, classes: 2, width, heads: 4, layers, hidden: 2 * width, dropout })
    const training = await train(context, model, ids(learned), {
      part: 'transformer',
      loss: crossEntropy,
      optimizer: adamW({ lr: 5e-4, weightDecay: 0.05, groups: [noDecay] }),
      clip: { norm: 1 },
      epochs,
      batchSize: 32,
      validation: ids(watched),
      stop: earlyStopping({ patience: 3 }),
      unit: 'reviews',
    })
    if (!training) return undefined
    const bag = wordBag(textsOf(learned), { minCount: 2, weighing: 'tfidf' })
    const bagged = (texts: readonly sets.Review[]): Dataset<'x' | 'y'> => new Dataset({ x: bag.column(textsOf(texts)), y: labelsOf(texts) })
    const linear = new Linear(bag.tokenizer.size, 2)
    const counting = await train(context, linear, bagged(learned), {
      part: 'words',
      loss: crossEntropy,
      optimizer: adam({ lr: 3e-3 }),
      epochs: Math.max(1, 2 * epochs),
      batchSize: 32,
      validation: bagged(watched),
      stop: earlyStopping({ patience: 3 }),
      unit: 'reviews',
    })
    if (!counting) return undefined
    await save(model, context.path('model.safetensors'), { recipe: 'sentiment', seed: String(seed) })
    const attention = await judge('Transformer', model, ids(tested), truth)
    const counted = await judge('bag of words', linear, bagged(tested), truth)
    const most = truth.filter((t) => t === great).length / truth.length
    const guess = Math.max(most, 1 - most)
    const { total } = countParameters(model)
    const encode = (text: string): Int32Array => tokenizer.encode(text).subarray(0, length)
    await recipeReport(context, {
      title: 'Sentiment: great, or something else',
      description: `An encoder of ${layers} ${layers === 1 ? 'layer' : 'layers'}, ${width} wide, on ${learned.length.toLocaleString('en')} reviews; tested on ${tested.length.toLocaleString('en')} as their collectors held them out.`,
      tiles: [
        {
          label: 'Transformer',
          value: attention.accuracy,
          format: 'percent',
          note: `area under the ROC curve ${attention.auc.toFixed(3)}`,
        },
        { label: 'Bag of words', value: counted.accuracy, format: 'percent', note: `area under the ROC curve ${counted.auc.toFixed(3)}` },
        { label: 'Always the same', value: guess, format: 'percent' },
        { label: 'Training', value: training.seconds, format: 'seconds' },
        { label: 'Parameters', value: total, format: 'count' },
      ],
      curves: [
        {
          title: 'Loss',
          series: [
            seriesOf('Transformer, training', training.journal, 'loss', 'epoch'),
            seriesOf('Transformer, held out', training.journal, 'validation.loss'),
          ],
        },
      ],
      sections: [
        {
          title: 'Beside counting words',
          text: 'Logistic regression knows which words a review has, weighed by how rare they are, and not their order. With a few thousand reviews that is hard to beat: the encoder could tell "not good" from "good", but has to learn every word from the same few texts.',
          figures: [
            {
              kind: 'table',
              title: 'On the test reviews',
              columns: ['model', 'right', 'F1 of great', 'area under ROC'],
              rows: [attention, counted].map((j) => [j.name, percent(j.accuracy, 1), j.f1.toFixed(3), j.auc.toFixed(3)]),
            },
          ],
        },
        {
          title: 'Which words count',
          text: 'Each word of a review is taken away by itself: how much does the log-odds of "great" fall? To the right: the word speaks for great.',
          figures: await Promise.all(
            chosen(attention.probabilities, truth).map(async (i) =>
              wordsThatCount(model, encode(tested[i]!.text), tokenizer.tokens, attention.probabilities[i]!, truth[i]!),
            ),
          ),
        },
      ],
      classification: {
        classes: [...data.classes],
        counts: [0, 1].map((t) =>
          [0, 1].map((p) => truth.filter((y, i) => y === t && (attention.probabilities[i]! > 0.5 ? 1 : 0) === p).length),
        ),
        of: 'test reviews, by the Transformer',
      },
      config: { recipe: 'sentiment', optimizer: 'adamW 5e-4, weight decay 0.05', batchSize: 32, vocabulary: tokenizer.size },
    })
    return {
      headline: `${percent(attention.accuracy, 1)} of the test reviews right, area under the ROC curve ${attention.auc.toFixed(3)}`,
      baseline: `${percent(counted.accuracy, 1)} and ${counted.auc.toFixed(3)} by logistic regression on a bag of words, ${percent(guess, 1)} always saying the same`,
      numbers: {
        testAccuracy: attention.accuracy,
        testAuc: attention.auc,
        wordsAccuracy: counted.accuracy,
        wordsAuc: counted.auc,
        seconds: training.seconds + counting.seconds,
        seed,
        parameters: total,
      },
    }
  },
})

/** The surest right verdicts of either kind, and the worst mistake. */
function chosen(probabilities: Float32Array, truth: readonly number[]): number[] {
  const order = [...truth.keys()].sort((a, b) => probabilities[b]! - probabilities[a]!)
  const mistake = order.find((i) => truth[i] !== great)
  return [...new Set([order.find((i) => truth[i] === great), order.findLast((i) => truth[i] !== great), mistake])].filter(
    (i) => i !== undefined,
  )
}

/** How much the log-odds fall when a word is taken away, for the words that matter most. */
async function wordsThatCount(
  model: Layer,
  ids: Int32Array,
  tokens: readonly string[],
  probability: number,
  label: number,
): Promise<Figure> {
  const T = ids.length
  const rows = new Int32Array((T + 1) * T)
  for (let i = 0; i <= T; i++) {
    rows.set(ids, i * T)
    if (i < T) rows[i * T + i] = 0
  }
  const logits = await (await predict(model, tensor(rows, { shape: [T + 1, T] }))).cast('f32').data()
  const odds = (i: number): number => logits[2 * i + great]! - logits[2 * i]!
  const falls = Array.from(ids, (id, i) => ({ label: `${i + 1} ${tokens[id]!}`, value: odds(T) - odds(i) }))
  const top = falls.toSorted((a, b) => Math.abs(b.value) - Math.abs(a.value)).slice(0, 12)
  return {
    kind: 'bars',
    title: `${label === great ? 'Great' : 'Not great'}; the model says great with ${(100 * probability).toFixed(1)} %`,
    note: `The twelve words of ${T} that count most, numbered as they stand: ${Array.from(ids.subarray(0, 24), (id) => tokens[id]!).join(' ')}${T > 24 ? ' …' : ''}`,
    bars: top,
  }
}
