/** English to Spanish: an encoder–decoder Transformer on Bible verses. */

import { countParameters } from '../../nn/index.js'
import { adam, cosineWithWarmup } from '../../optim/index.js'
import { curvesOf } from '../../report/curves/journal.js'
import { save } from '../../saving/index.js'
import * as sets from '../../sets/index.js'
import {
  bleu,
  nextTokenAccuracy,
  nextTokenCrossEntropy,
  packPairs,
  type SequencePair,
  TransformerSeq2Seq,
  translate,
  wordTranslations,
} from '../../text/index.js'
import { bpe, type ListedTokenizer, splitWords } from '../../tokenize/index.js'
import { loading } from '../loading.js'
import { count, positive } from '../options.js'
import { defineRecipe, type Recipe } from '../recipe.js'
import { recipeReport } from '../report.js'
import { train } from '../training.js'

const heads = 4
const shown = 12

/** Words and punctuation marks, each a token of BLEU. */
const tokensOf = (text: string): string[] => splitWords(text).map((word) => word.replace('▁', ''))

/** The pairs short enough, with their ids. */
function numbered(
  pairs: readonly sets.VersePair[],
  [english, spanish]: readonly [ListedTokenizer, ListedTokenizer],
  length: number,
): (SequencePair & sets.VersePair)[] {
  return pairs
    .map((pair) => ({ ...pair, source: english.encode(pair.english), target: spanish.encode(pair.spanish) }))
    .filter(({ source, target }) => source.length > 0 && source.length <= length && target.length <= length)
}

/** `hebb train translate` */
export const translateRecipe: Recipe = defineRecipe({
  name: 'translate',
  summary: 'English to Spanish: an encoder–decoder Transformer on Bible verses, judged by BLEU on chapters it never saw',
  options: {
    epochs: count(8, 'times through the training pairs'),
    pairs: count(30_000, 'how many of the verses to learn from, those that are short enough'),
    length: count(32, 'pieces of words a verse may have in each language', { least: 4 }),
    vocabulary: count(2000, 'pieces of words of each language', { least: 200 }),
    width: count(128, 'width of the model'),
    layers: count(2, 'layers of encoder and decoder each'),
    dropout: positive(0.1, 'probability of each dropout', { zero: true, most: 0.9 }),
    beams: count(4, 'translations kept while searching'),
    measured: count(300, 'test verses to translate'),
  },
  quick: { epochs: 1, pairs: 1200, length: 24, vocabulary: 300, width: 32, layers: 1, beams: 2, measured: 12 },
  async run(context) {
    const { seed, epochs, pairs, length, vocabulary, width, layers, dropout, beams, measured } = context.settings
    const data = await loading(context, 'verses', sets.verses)
    const texts = data.train.slice(0, pairs)
    const pieces = { size: vocabulary, of: 'characters' } as const
    const english = bpe(
      texts.map((pair) => pair.english),
      pieces,
    )
    const spanish = bpe(
      texts.map((pair) => pair.spanish),
      pieces,
    )
    const { pad, bos, eos } = spanish.special
    const maskPadding = { ignoreIndex: pad }
    const [known, held] = [texts, data.test].map((part) => numbered(part, [english, spanish], length)) as [
      (SequencePair & sets.VersePair)[],
      (SequencePair & sets.VersePair)[],
    ]
    const test = held.slice(0, measured)
    const model = new TransformerSeq2Seq({
      vocabularies: [english.size, spanish.size],
      places: [length, length + 1],
      width,
      heads,
      layers,
      hidden: 2 * width,
      dropout,
    })
    const packing = { places: model.places, bos, eos }
    const batchSize = 32
    const steps = Math.ceil(known.length / batchSize) * epochs
    const training = await train(context, model, packPairs(known, packing), {
      loss: (logits, y) => nextTokenCrossEntropy(logits, y, { ...maskPadding, labelSmoothing: 0.1 }),
      metrics: { accuracy: (logits, y) => nextTokenAccuracy(logits, y, maskPadding) },
      optimizer: adam({ lr: cosineWithWarmup({ lr: 2e-3, warmup: Math.min(200, Math.ceil(steps / 4)), steps }), beta2: 0.98 }),
      clip: { norm: 1 },
      epochs,
      batchSize,
      validation: packPairs(test, packing),
      unit: 'verses',
    })
    if (!training) return undefined
    const { journal, seconds } = training
    await save(model, context.path('model.safetensors'), { recipe: 'translate', seed: String(seed) })
    const sources = test.map(({ source }) => source)
    const written = async (width: number): Promise<string[]> =>
      (await translate(model, sources, { bos, eos, beams: width, signal: context.signal })).map((ids) => spanish.decode(ids))
    const greedy = await written(1)
    const searched = beams > 1 ? await written(beams) : greedy
    if (context.signal.aborted) return undefined
    const references = test.map(({ spanish: text }) => [tokensOf(text)])
    const dictionary = wordTranslations(known.map((pair) => ({ source: tokensOf(pair.english), target: tokensOf(pair.spanish) })))
    const wordByWord = test.map((pair) => tokensOf(pair.english).map((word) => dictionary.translate(word) ?? word))
    const scores = {
      beams: bleu(searched.map(tokensOf), references),
      greedy: bleu(greedy.map(tokensOf), references),
      words: bleu(wordByWord, references),
    }
    const { total } = countParameters(model)
    await recipeReport(context, {
      title: 'Translation: English to Spanish, verse by verse',
      description: `${layers} + ${layers} layers, ${width} wide, learned from ${known.length.toLocaleString('en')} verses of at most ${length} pieces; tested on ${test.length} of chapters it never saw.`,
      tiles: [
        { label: `BLEU, ${beams} beams`, value: scores.beams.score },
        { label: 'BLEU, greedy', value: scores.greedy.score },
        { label: 'BLEU, word by word', value: scores.words.score, note: 'the likeliest Spanish word for each English one' },
        { label: 'Training', value: seconds, format: 'seconds' },
        { label: 'Parameters', value: total, format: 'count' },
      ],
      ...curvesOf(journal, { validation: 'test' }),
      sections: [
        {
          title: 'What it writes',
          text: 'Test verses, the human translation, and those of the model: with several beams it keeps the likeliest beginnings side by side, greedily it takes the likeliest piece each time.',
          figures: [
            {
              kind: 'table',
              title: `Translations with ${beams} beams`,
              columns: ['English', 'Spanish, 1909', 'model'],
              rows: test.slice(0, shown).map((pair, i) => [`${pair.reference} ${pair.english}`, pair.spanish, searched[i]!]),
            },
            {
              kind: 'table',
              title: 'The same verses in simpler ways',
              columns: ['greedy', 'word by word'],
              rows: test.slice(0, shown).map((_, i) => [greedy[i]!, wordByWord[i]!.join(' ')]),
            },
          ],
        },
        {
          title: 'Runs of words shared with the human translation',
          text: 'BLEU multiplies the shares of single words, pairs, triples and fours that are in the human translation, as often as there, and asks that the whole be no shorter.',
          figures: [
            {
              kind: 'table',
              title: 'What BLEU is made of',
              columns: ['', 'words', 'pairs', 'triples', 'fours', 'brevity', 'BLEU'],
              rows: Object.entries({
                [`model, ${beams} beams`]: scores.beams,
                'model, greedy': scores.greedy,
                'word by word': scores.words,
              }).map(([name, s]) => [
                name,
                ...s.precisions.map((p) => `${(100 * p).toFixed(1)} %`),
                s.brevity.toFixed(3),
                s.score.toFixed(2),
              ]),
            },
            {
              kind: 'table',
              title: 'Words in pieces',
              note: '▁ marks the blank before a word. Common words are one piece, rare ones several.',
              columns: ['English', 'Spanish'],
              rows: test.slice(0, 4).map(({ source, target }) => [piecesOf(english, source), piecesOf(spanish, target)]),
            },
          ],
        },
      ],
      config: {
        recipe: 'translate',
        optimizer: 'adam, beta2 0.98',
        schedule: 'warm-up, then a cosine from 2e-3',
        labelSmoothing: 0.1,
        batchSize,
      },
    })
    return {
      headline: `BLEU ${scores.beams.score.toFixed(1)} on ${test.length} verses of chapters never seen`,
      baseline: `${scores.words.score.toFixed(1)} word by word with the likeliest translations`,
      numbers: {
        bleu: scores.beams.score,
        greedyBleu: scores.greedy.score,
        wordByWordBleu: scores.words.score,
        seconds,
        epochs,
        pairs: known.length,
        seed,
        parameters: total,
      },
    }
  },
})

const piecesOf = ({ tokens }: ListedTokenizer, ids: ArrayLike<number>): string => Array.from(ids, (id) => tokens[id]!).join(' · ')
