/** Spam or ham: a yes-or-no question about a mail, by binary cross-entropy over its words. */
import { Dataset } from '../../data/index.js'
import { binaryCrossEntropyWithLogits } from '../../loss/index.js'
import { classScores, confusionMatrix, rocAuc, rocCurve } from '../../metrics/index.js'
import { Linear } from '../../nn/index.js'
import { adamW, cosine } from '../../optim/index.js'
import { curvesOf } from '../../report/curves/journal.js'
import { save } from '../../saving/index.js'
import * as sets from '../../sets/index.js'
import type { Tensor } from '../../tensor/index.js'
import { type WordBag, wordBag } from '../../tokenize/index.js'
import { predict } from '../../train/index.js'
import { loading } from '../loading.js'
import { count } from '../options.js'
import { defineRecipe, type Recipe } from '../recipe.js'
import { recipeReport } from '../report.js'
import { train } from '../training.js'

/** One weight per word and a bias: the logarithm of the odds that a mail is spam, x (N, V) → (N). */
export class SpamFilter {
  readonly words: Linear
  constructor(vocabulary: number) {
    this.words = new Linear(vocabulary, 1)
  }
  forward(x: Tensor): Tensor {
    return this.words.forward(x).reshape([-1])
  }
}

const classes = ['ham', 'spam']

/** `hebb train spam` */
export const spamRecipe: Recipe = defineRecipe({
  name: 'spam',
  summary: 'spam or ham: 6,046 real mails, a weight per word, binary cross-entropy, and the words that decide',
  options: {
    epochs: count(30, 'times through the training mails'),
    words: count(6000, 'how many of the commonest words to look at', { least: 10 }),
  },
  quick: { epochs: 5, words: 500 },
  async run(context) {
    const { seed, epochs, words } = context.settings
    const mails = await loading(context, 'SpamAssassin', (options) => sets.spamAssassin({ ...options, seed }))
    const bag = wordBag(textsOf(mails.train), { maxTokens: words, minCount: 3, weighing: 'tfidf' })
    const [learn, test] = [mails.train, mails.test].map((part) => setOf(part, bag))
    const model = new SpamFilter(bag.tokenizer.size)
    const batchSize = 64
    const training = await train(context, model, learn!, {
      loss: binaryCrossEntropyWithLogits,
      optimizer: adamW({ lr: cosine({ lr: 0.03, steps: Math.ceil(learn!.length / batchSize) * epochs }), weightDecay: 0.01 }),
      epochs,
      batchSize,
      validation: test!,
      unit: 'mails',
    })
    if (!training) return undefined
    await save(model, context.path('model.safetensors'), { recipe: 'spam', seed: String(seed) })
    const chances = Array.from(await (await predict(model, test!)).sigmoid().data())
    const truth = mails.test.map(({ label }) => label)
    const confusion = confusionMatrix(
      truth,
      chances.map((p) => (p > 0.5 ? 1 : 0)),
      2,
    )
    const spam = classScores(confusion)[1]!
    const accuracy = (confusion.counts[0]![0]! + confusion.counts[1]![1]!) / confusion.total
    const auc = rocAuc(chances, truth)
    const ham = truth.filter((label) => label === 0).length / truth.length
    const weights = Array.from(await model.words.weight.data(), (weight, id) => ({
      weight,
      word: bag.tokenizer.tokens[id]!,
    }))
    const ranked = weights.filter((_, id) => id > 1).sort((a, b) => b.weight - a.weight)
    await recipeReport(context, {
      title: 'Spam or ham',
      description: `${learn!.length} mails to learn from, ${test!.length} held out, no text on both sides. Headers but subject and sender are not shown to the filter.`,
      tiles: [
        { label: 'Test accuracy', value: accuracy, format: 'percent', note: `of ${truth.length} mails` },
        { label: 'Precision', value: spam.precision, format: 'percent', note: 'of those called spam, are spam' },
        { label: 'Recall', value: spam.recall, format: 'percent', note: 'of the spam, is found' },
        { label: 'Area under the ROC curve', value: auc },
        { label: 'Training', value: training.seconds, format: 'seconds' },
      ],
      ...curvesOf(training.journal, { validation: 'test' }),
      classification: {
        classes,
        counts: confusion.counts.map((row) => Array.from(row)),
        of: 'test mails',
      },
      sections: [
        {
          title: 'The words that decide',
          text: 'Each word of a mail adds its weight, rarer words more; above 0 the sum says spam. These weigh most on either side.',
          figures: [
            { kind: 'bars', title: 'For spam', bars: ranked.slice(0, 20).map(({ word, weight }) => ({ label: word, value: weight })) },
            {
              kind: 'bars',
              title: 'For ham',
              bars: ranked
                .slice(-20)
                .reverse()
                .map(({ word, weight }) => ({ label: word, value: weight })),
            },
          ],
        },
        {
          title: 'Where to draw the line',
          text: 'A lower threshold finds more spam and loses more ham. For mail, losing ham is the worse mistake, so one would choose a point at the left.',
          figures: [
            {
              kind: 'lines',
              title: 'Spam found against ham lost, for every threshold',
              x: { title: 'share of the ham called spam' },
              y: { title: 'share of the spam found', scale: 'percent' },
              series: [
                { name: 'filter', points: rocCurve(chances, truth).map((p) => ({ x: p.falsePositiveRate, y: p.truePositiveRate })) },
                { name: 'guessing', style: 'dashed', points: [0, 1].map((x) => ({ x, y: x })) },
              ],
            },
          ],
        },
        { title: 'The worst mistakes', figures: [mistakes(mails.test, chances)] },
      ],
      config: { recipe: 'spam', batchSize, optimizer: 'adamW, cosine from 0.03', weighing: 'tfidf' },
    })
    return {
      headline: `${(100 * accuracy).toFixed(2)} % of the held-out mails right (precision ${(100 * spam.precision).toFixed(1)} %, recall ${(100 * spam.recall).toFixed(1)} %)`,
      baseline: `${(100 * ham).toFixed(2)} % by always saying ham`,
      numbers: {
        testAccuracy: accuracy,
        precision: spam.precision,
        recall: spam.recall,
        f1: spam.f1,
        auc,
        seconds: training.seconds,
        epochs,
        seed,
      },
    }
  },
})

const textsOf = (mails: readonly sets.Mail[]): string[] => mails.map(({ text }) => text)

const setOf = (mails: readonly sets.Mail[], bag: WordBag): Dataset<'x' | 'y'> =>
  new Dataset({
    x: bag.column(textsOf(mails)),
    y: { data: Float32Array.from(mails, ({ label }) => label), shape: [], dtype: 'f32' },
  })

function mistakes(mails: readonly sets.Mail[], chances: readonly number[]) {
  const wrong = mails
    .map(({ subject, group, label }, i) => ({ subject, group, label, chance: chances[i]! }))
    .filter(({ label, chance }) => (chance > 0.5 ? 1 : 0) !== label)
    .sort((a, b) => Math.abs(b.chance - b.label) - Math.abs(a.chance - a.label))
  return {
    kind: 'table' as const,
    title: `${wrong.length} mails taken for the other kind, the surest first`,
    columns: ['is', 'chance of spam', 'part of the collection', 'subject'],
    rows: wrong
      .slice(0, 15)
      .map(({ subject, group, label, chance }) => [classes[label]!, Number(chance.toFixed(4)), group, subject.slice(0, 80)]),
  }
}
