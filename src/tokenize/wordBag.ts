/** Bags of words: how often each word comes, their order forgotten. */
import type { Column } from '../data/index.js'
import type { ListedTokenizer } from './tokenizer.js'
import { type WordsOptions, words } from './words.js'

/** How words are weighed: 'count' c, 'binary' whether c > 0, 'tfidf' c·(ln((1+n)/(1+df)) + 1), each row then of length 1. */
export type Weighing = 'count' | 'binary' | 'tfidf'

/** Turns texts into columns of V numbers, one per id, order of words forgotten. */
export interface WordBag {
  readonly tokenizer: ListedTokenizer<'pad' | 'unk'>
  /** inverse document frequency by id, of the training texts */
  readonly idf: Float64Array
  /** Column (V) f32 with a row per text; padding and unknown tokens count 0. */
  column(texts: readonly string[]): Column
}

/** Which words count, and how. */
export interface WordBagOptions extends Omit<WordsOptions, 'special'> {
  /** default `count` */
  readonly weighing?: Weighing | undefined
}

/**
 * A bag of words made from the training texts alone: its words ({@link words}) and their document frequencies never see what is held out.
 * Throws HebbError when no word is left.
 *
 * @example
 * const bag = wordBag(train.map(({ text }) => text), { minCount: 5, weighing: 'tfidf' })
 * const set = new Dataset({ x: bag.column(test.map(({ text }) => text)), y })
 */
export function wordBag(texts: readonly string[], { weighing = 'count', ...options }: WordBagOptions = {}): WordBag {
  const tokenizer = words(texts, options)
  const within = new Float64Array(tokenizer.size)
  for (const text of texts) for (const id of new Set(tokenizer.encode(text))) within[id]!++
  const idf = within.map((df) => Math.log((1 + texts.length) / (1 + df)) + 1)
  return {
    tokenizer,
    idf,
    column(given) {
      const last = tokenizer.special.unk
      const V = tokenizer.size
      const data = new Float32Array(given.length * V)
      given.forEach((text, i) => {
        const row = data.subarray(i * V, (i + 1) * V)
        for (const id of tokenizer.encode(text)) if (id > last) row[id] = weighing === 'binary' ? 1 : row[id]! + 1
        if (weighing !== 'tfidf') return
        let squares = 0
        for (let id = last + 1; id < V; id++) {
          row[id]! *= idf[id]!
          squares += row[id]! ** 2
        }
        if (squares > 0) for (let id = last + 1; id < V; id++) row[id]! /= Math.sqrt(squares)
      })
      return { data, shape: [V], dtype: 'f32' }
    },
  }
}
