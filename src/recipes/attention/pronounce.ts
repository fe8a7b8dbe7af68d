/** From letters to sounds: soft and hard attention in an encoder–decoder, on the CMU dictionary of pronunciations. */

import type { JournalEvent } from '../../files/index.js'
import { countParameters } from '../../nn/index.js'
import { adam, cosineWithWarmup } from '../../optim/index.js'
import { seriesOf } from '../../report/curves/journal.js'
import type { HeatmapFigure } from '../../report/index.js'
import { compile } from '../../runtime/index.js'
import { save } from '../../saving/index.js'
import * as sets from '../../sets/index.js'
import { type Tensor, tensor } from '../../tensor/index.js'
import {
  type ErrorRates,
  errorRates,
  packPairs,
  RecurrentSeq2Seq,
  type SequencePair,
  translate,
  wordTranslations,
} from '../../text/index.js'
import { characters, type ListedTokenizer, tokenizerFrom } from '../../tokenize/index.js'
import { loading } from '../loading.js'
import { percent } from '../numbers.js'
import { choice, count } from '../options.js'
import { defineRecipe, type Recipe } from '../recipe.js'
import { recipeReport } from '../report.js'
import { train } from '../training.js'

const special = ['pad', 'bos', 'eos', 'unk'] as const
const letters = characters([..."abcdefghijklmnopqrstuvwxyz'"], { special })
const { bos, eos, unk } = letters.special
const places = [12, 12] as const
const kinds = ['additive', 'dot', 'hard'] as const
type Kind = (typeof kinds)[number]
const drawnWords = ['phoneme', 'knight', 'celebration', 'through']

const titles: Readonly<Record<Kind, string>> = { additive: 'additive, soft', dot: 'dot product, soft', hard: 'hard, REINFORCE' }

/** Words short enough, with their ids. */
const numbered = (words: readonly sets.Pronunciation[], sounds: ListedTokenizer): (sets.Pronunciation & SequencePair)[] =>
  words
    .filter(({ word, phonemes }) => /^[a-z']{2,12}$/.test(word) && phonemes.length < places[1])
    .map((w) => ({ ...w, source: letters.encode(w.word), target: sounds.encode(w.phonemes.join(' ')) }))

/** What ids of sounds say, each by itself. */
const said = (ids: Int32Array, sounds: ListedTokenizer): string[] => Array.from(ids, (id) => (id > unk ? sounds.tokens[id]! : '?'))

interface Trained {
  readonly kind: Kind
  readonly rates: ErrorRates
  readonly seconds: number
  readonly journal: readonly JournalEvent[]
  readonly guesses: readonly (readonly string[])[]
  readonly maps: readonly HeatmapFigure[]
}

/** `hebb train pronounce` */
export const pronounceRecipe: Recipe = defineRecipe({
  name: 'pronounce',
  summary: 'from letters to sounds: additive, dot-product and hard attention on 100,000 words, with maps of what looks where',
  options: {
    attention: choice(['all', ...kinds], 'all', 'which forms of attention'),
    examples: count(100_000, 'words to learn from'),
    epochs: count(1, 'times through them'),
    width: count(96, 'width of the recurrent nets, an even number', { least: 2 }),
    measured: count(1500, 'held-out words to pronounce'),
  },
  quick: { examples: 800, width: 32, measured: 60 },
  async run(context) {
    const { seed, attention, examples, epochs, width, measured } = context.settings
    const data = await loading(context, 'pronunciations', (options) => sets.pronunciations({ ...options, stress: false }))
    const { symbols } = data
    const sounds = tokenizerFrom({ kind: 'words', special, split: 'spaces', tokens: symbols })
    const known = numbered(data.train, sounds).slice(0, examples)
    const test = numbered(data.test, sounds).slice(0, measured)
    const references = test.map(({ phonemes, others }) => [phonemes, ...others])
    const packing = { places, bos, eos }
    const batchSize = 64
    const steps = epochs * Math.ceil(known.length / batchSize)
    const found: Trained[] = []
    let parameters = 0
    for (const kind of kinds.filter((k) => attention === 'all' || attention === k)) {
      const model = new RecurrentSeq2Seq({
        vocabularies: [letters.size, sounds.size],
        places,
        width: 2 * Math.ceil(width / 2),
        attention: kind,
      })
      parameters = Math.max(parameters, countParameters(model).trainable)
      const training = await train(context, model, packPairs(known, packing), {
        part: kind,
        loss: (output, y) => model.loss(output, y),
        optimizer: adam({ lr: cosineWithWarmup({ lr: 4e-3, warmup: Math.min(100, Math.ceil(steps / 4)), steps }) }),
        clip: { norm: 1 },
        epochs,
        batchSize,
        validation: packPairs(test, packing),
        unit: 'words',
      })
      if (!training) return undefined
      await save(model, context.path(`model-${kind}.safetensors`), {
        recipe: 'pronounce',
        seed: String(seed),
        symbols: JSON.stringify(symbols),
      })
      const written = await translate(
        model,
        test.map(({ source }) => source),
        { bos, eos, signal: context.signal },
      )
      if (context.signal.aborted) return undefined
      const guesses = written.map((ids) => said(ids, sounds))
      const maps = await alignments(model, kind, sounds)
      found.push({ kind, rates: errorRates(guesses, references), ...training, guesses, maps })
    }
    const dictionary = wordTranslations(known.slice(0, 20_000).map(({ word, phonemes }) => ({ source: [...word], target: phonemes })))
    const baseline = errorRates(
      test.map(({ word }) => [...word].map((letter) => dictionary.translate(letter) ?? '?')),
      references,
    )
    const best = found.reduce((a, b) => (b.rates.sequences < a.rates.sequences ? b : a))
    const seconds = found.reduce((sum, f) => sum + f.seconds, 0)
    await recipeReport(context, {
      title: 'Pronunciation: three ways to pay attention',
      description: `A two-way GRU reads the letters, a GRU of width ${width} writes the sounds; learned from ${known.length.toLocaleString('en')} words, tested on ${test.length.toLocaleString('en')} it never saw.`,
      tiles: [
        ...found.map(({ kind, rates }) => ({
          label: titles[kind],
          value: rates.sequences,
          format: 'percent' as const,
          note: `of words wrong; ${percent(rates.tokens, 1)} of phonemes`,
        })),
        { label: 'Training', value: seconds, format: 'seconds' },
        { label: 'Parameters', value: parameters, format: 'count' },
      ],
      curves: [
        {
          title: 'Loss, for hard attention with the terms of REINFORCE',
          series: found.map(({ kind, journal }) => seriesOf(titles[kind], journal, 'loss')),
        },
      ],
      sections: [
        {
          title: 'Who looks where',
          text: 'Each row is a sound being written, each column a letter; the lighter, the more the decoder took from it. Nobody told the nets which letters make which sound: that the maps run down along the diagonal, and that two letters share one sound, was found by learning to write the sounds.\n\nHard attention is drawn as the probabilities of its draws; written words take the likeliest letter alone.',
          figures: found.flatMap(({ maps }) => maps),
        },
        {
          title: 'How often it is wrong',
          figures: [
            {
              kind: 'table',
              title: 'Error rates',
              note: 'A word counts as right when it is said in any of the ways the dictionary knows; phonemes wrong are insertions, deletions and substitutions over all phonemes.',
              columns: ['attention', 'words wrong', 'phonemes wrong', 'seconds'],
              rows: [
                ...found.map(({ kind, rates, seconds: s }) => [
                  titles[kind],
                  percent(rates.sequences, 1),
                  percent(rates.tokens, 1),
                  Math.round(s),
                ]),
                ['each letter its likeliest sound', percent(baseline.sequences, 1), percent(baseline.tokens, 1), ''],
              ],
            },
            {
              kind: 'table',
              title: 'Held-out words',
              columns: ['word', 'dictionary', ...found.map(({ kind }) => titles[kind])],
              rows: test
                .slice(0, 15)
                .map(({ word, phonemes }, i) => [word, phonemes.join(' '), ...found.map(({ guesses }) => guesses[i]!.join(' '))]),
            },
          ],
        },
      ],
      config: { recipe: 'pronounce', optimizer: 'adam', schedule: 'warm-up, then a cosine from 4e-3', batchSize },
    })
    const rates = Object.fromEntries(
      found.flatMap(({ kind, rates: r }) => [
        [`${kind}WordErrorRate`, r.sequences],
        [`${kind}PhonemeErrorRate`, r.tokens],
      ]),
    )
    return {
      headline: `${titles[best.kind]}: ${percent(best.rates.sequences, 1)} of words and ${percent(best.rates.tokens, 1)} of phonemes wrong${
        found.length > 1
          ? `; ${found
              .filter((f) => f !== best)
              .map((f) => `${titles[f.kind]} ${percent(f.rates.sequences, 1)} and ${percent(f.rates.tokens, 1)}`)
              .join('; ')}`
          : ''
      }`,
      baseline: `${percent(baseline.sequences, 1)} and ${percent(baseline.tokens, 1)} saying each letter's likeliest sound`,
      numbers: {
        ...rates,
        baselineWordErrorRate: baseline.sequences,
        baselinePhonemeErrorRate: baseline.tokens,
        seconds,
        examples: known.length,
        seed,
        parameters,
      },
    }
  },
})

/** Maps of some words, each as the model itself pronounces it. */
async function alignments(model: RecurrentSeq2Seq, kind: Kind, sounds: ListedTokenizer): Promise<HeatmapFigure[]> {
  const sources = drawnWords.map((word) => letters.encode(word))
  const written = await translate(model, sources, { bos, eos })
  const look = compile((source: Tensor, target: Tensor) => model.alignment(target, model.encode(source), source).cast('f32'))
  const figures: HeatmapFigure[] = []
  for (const [i, word] of drawnWords.entries()) {
    const [S, T] = places
    const [source, target] = [new Int32Array(S), new Int32Array(T)]
    source.set(sources[i]!)
    target.set([bos, ...written[i]!].slice(0, T))
    const weights = await (await look(tensor(source, { shape: [1, S] }), tensor(target, { shape: [1, T] }))).data()
    const steps = [...said(written[i]!, sounds), 'end'].slice(0, T)
    figures.push({
      kind: 'heatmap',
      title: `${word}: ${titles[kind]}`,
      values: steps.map((_, t) => weights.subarray(t * S, t * S + word.length)),
      x: { title: 'letters', labels: [...word] },
      y: { title: 'sounds', labels: steps },
    })
  }
  return figures
}
