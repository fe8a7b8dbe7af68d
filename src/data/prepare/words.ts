/** Words as numbers: a simple tokenizer, a vocabulary with a place for unknown words, and columns of word counts. */
import { HebbError } from '../../tensor/errors.js'
import type { Column } from '../column.js'

/** The words of a text: lower case, letters and digits with inner apostrophes, in order. */
export const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+(?:['’][\p{L}]+)*/gu) ?? []

/** Tokens with their numbers: 0 pads, 1 stands for every token not known. */
export interface TokenVocabulary {
  /** number of ids, the two special ones included */
  readonly size: number
  /** tokens by id; `<pad>` and `<unk>` first, then by falling count */
  readonly tokens: readonly string[]
  /** Ids; 1 for a token not known. */
  encode(tokens: readonly string[]): Int32Array
  /** Tokens of ids. Throws HebbError for an id outside the vocabulary. */
  decode(ids: ArrayLike<number>): string[]
}

const special = ['<pad>', '<unk>'] as const

/** Which tokens a vocabulary keeps. */
export interface VocabularyOptions {
  /** tokens in at least this many places; 1 */
  readonly minCount?: number
  /** at most this many, the commonest; all */
  readonly maxTokens?: number
}

/**
 * The tokens of the training texts, commonest first, ties in alphabetical order. Throws HebbError when none is left.
 *
 * @example tokenVocabulary([['a', 'rose', 'is', 'a', 'rose']]).encode(['a', 'tulip']) // Int32Array [2, 1]
 */
export function tokenVocabulary(texts: Iterable<readonly string[]>, { minCount = 1, maxTokens }: VocabularyOptions = {}): TokenVocabulary {
  const counts = new Map<string, number>()
  for (const text of texts) for (const token of text) counts.set(token, (counts.get(token) ?? 0) + 1)
  const kept = [...counts]
    .filter(([token, count]) => count >= minCount && !special.includes(token as '<pad>'))
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, maxTokens)
  if (kept.length === 0) throw new HebbError(`tokenVocabulary: no token comes ${minCount} times in ${counts.size} different ones`)
  return tokenVocabularyFrom([...special, ...kept.map(([token]) => token)])
}

/** The vocabulary of tokens known before, in the order of their ids: what a saved model was trained with. */
export function tokenVocabularyFrom(tokens: readonly string[]): TokenVocabulary {
  if (special.some((token, id) => tokens[id] !== token))
    throw new HebbError(`tokenVocabularyFrom: the first tokens are ${special.join(' and ')}`)
  const ids = new Map(tokens.map((token, id) => [token, id]))
  if (ids.size !== tokens.length) throw new HebbError('tokenVocabularyFrom: a token is in the list twice')
  return {
    size: tokens.length,
    tokens: [...tokens],
    encode: (text) => Int32Array.from(text, (token) => ids.get(token) ?? 1),
    decode: (given) =>
      Array.from(given, (id, i) => {
        const token = tokens[id]
        if (token === undefined) throw new HebbError(`decode: id ${id} at place ${i} is not in 0 … ${tokens.length - 1}`)
        return token
      }),
  }
}

/** How words are weighed: 'count' c, 'binary' whether c > 0, 'tfidf' c·(ln((1+n)/(1+df)) + 1), each row then of length 1. */
export type Weighing = 'count' | 'binary' | 'tfidf'

/** Turns texts into columns of V numbers, one per id, order of words forgotten. */
export interface WordBag {
  readonly vocabulary: TokenVocabulary
  /** inverse document frequency by id, of the training texts */
  readonly idf: Float64Array
  /** Column (V) f32 with a row per text; padding and unknown tokens count 0. */
  column(texts: readonly (readonly string[])[]): Column
}

/**
 * A bag of words made from the training texts alone: vocabulary and document frequencies never see what is held out.
 * Throws what `tokenVocabulary` throws.
 *
 * @example
 * const bag = wordBag(train.map(({ text }) => wordsOf(text)), { minCount: 5, weighing: 'tfidf' })
 * const set = new Dataset({ x: bag.column(test.map(({ text }) => wordsOf(text))), y })
 */
export function wordBag(
  texts: readonly (readonly string[])[],
  { weighing = 'count', ...options }: VocabularyOptions & { readonly weighing?: Weighing } = {},
): WordBag {
  const vocabulary = tokenVocabulary(texts, options)
  const within = new Float64Array(vocabulary.size)
  for (const text of texts) for (const id of new Set(vocabulary.encode(text))) within[id]!++
  const idf = within.map((df) => Math.log((1 + texts.length) / (1 + df)) + 1)
  return {
    vocabulary,
    idf,
    column(given) {
      const V = vocabulary.size
      const data = new Float32Array(given.length * V)
      given.forEach((text, i) => {
        const row = data.subarray(i * V, (i + 1) * V)
        for (const id of vocabulary.encode(text)) if (id > 1) row[id] = weighing === 'binary' ? 1 : row[id]! + 1
        if (weighing !== 'tfidf') return
        let squares = 0
        for (let id = 2; id < V; id++) {
          row[id]! *= idf[id]!
          squares += row[id]! ** 2
        }
        if (squares > 0) for (let id = 2; id < V; id++) row[id]! /= Math.sqrt(squares)
      })
      return { data, shape: [V], dtype: 'f32' }
    },
  }
}
