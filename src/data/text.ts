/** Text for language models: characters as ids, and windows to predict the next id in. */
import { HebbError } from '../tensor/errors.js'
import { Dataset } from './dataset.js'

/** A fixed set of characters with their numbers. */
export interface Vocabulary {
  /** number of characters, V */
  readonly size: number
  /** the characters by id, sorted by code point */
  readonly characters: readonly string[]
  /** Text as ids. Throws HebbError for a character that is not in the vocabulary. */
  encode(text: string): Int32Array
  /** Ids as text. Throws HebbError for an id outside 0 … V-1. */
  decode(ids: ArrayLike<number>): string
}

/**
 * The characters (code points) of a text. `extra` adds characters the text lacks, such as a separator.
 * Throws HebbError for an empty text.
 *
 * @example vocabularyOf('hello').encode('hole') // Int32Array [1, 3, 2, 0]
 */
export function vocabularyOf(text: string, { extra = '' }: { readonly extra?: string } = {}): Vocabulary {
  const characters = [...new Set(text + extra)].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!)
  if (characters.length === 0) throw new HebbError('vocabularyOf: the text is empty: there are no characters')
  return vocabularyFrom(characters)
}

/** The vocabulary of characters known before, in the order of their ids: what a saved model was trained with. */
export function vocabularyFrom(characters: readonly string[]): Vocabulary {
  const ids = new Map(characters.map((character, id) => [character, id]))
  if (ids.size !== characters.length) throw new HebbError('vocabularyFrom: a character is in the list twice')
  const wrong = characters.find((character) => [...character].length !== 1)
  if (wrong !== undefined) throw new HebbError(`vocabularyFrom: ${JSON.stringify(wrong)} is not one character`)
  return {
    size: characters.length,
    characters: [...characters],
    encode(text) {
      const out = new Int32Array(text.length)
      let n = 0
      for (const character of text) {
        const id = ids.get(character)
        if (id === undefined)
          throw new HebbError(
            `encode: ${JSON.stringify(character)} at character ${n} is not among the ${characters.length} of the vocabulary`,
          )
        out[n++] = id
      }
      return n === text.length ? out : out.slice(0, n)
    },
    decode(given) {
      let text = ''
      for (let i = 0; i < given.length; i++) {
        const character = characters[given[i]!]
        if (character === undefined) throw new HebbError(`decode: id ${given[i]} at place ${i} is not in 0 … ${characters.length - 1}`)
        text += character
      }
      return text
    },
  }
}

/**
 * Windows over a sequence of ids for next-id prediction: x (T) the ids from some place on, y (T) those one place later, both i32.
 * A window begins every `stride` places: 1 gives all of them, each a view of the one sequence; T covers the text once.
 * Divide the sequence before making windows, not after: neighbouring windows share their ids.
 * Throws HebbError when the sequence has no T + 1 ids.
 *
 * @example
 * const ids = vocabulary.encode(text)
 * const train = windows(ids.subarray(0, 0.9 * ids.length), 64)
 * for (const { x, y } of batches(train, 12, { seed })) …
 */
export function windows(ids: Int32Array, length: number, { stride = 1 }: { readonly stride?: number } = {}): Dataset<'x' | 'y'> {
  if (!Number.isInteger(length) || length < 1) throw new HebbError(`windows: length ${length}: give a whole number of at least 1`)
  if (!Number.isInteger(stride) || stride < 1) throw new HebbError(`windows: stride ${stride}: give a whole number of at least 1`)
  if (ids.length <= length)
    throw new HebbError(`windows: ${ids.length} ids hold no window of ${length} and the id after it: give a longer text or shorter windows`)
  const column = (data: Int32Array) => ({ data, shape: [length], dtype: 'i32', stride }) as const
  return new Dataset({ x: column(ids.subarray(0, ids.length - 1)), y: column(ids.subarray(1)) })
}
