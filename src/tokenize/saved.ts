/** Tokenizers read from JSON. */
import { HebbError } from '../tensor/index.js'
import { bpeFrom } from './bpe.js'
import { characters } from './characters.js'
import type { ListedTokenizer, SavedTokenizer } from './tokenizer.js'
import { wordsFrom } from './words.js'

/**
 * The tokenizer that was saved: the same text gives the same ids. Takes what `JSON.parse` gives of what `JSON.stringify(tokenizer)` wrote.
 * Throws HebbError for anything else.
 *
 * @example
 * const text = JSON.stringify(characters('hello'))
 * tokenizerFrom(JSON.parse(text)).encode('hole') // Int32Array [1, 3, 2, 0]
 */
export function tokenizerFrom(saved: SavedTokenizer): ListedTokenizer {
  const wrong = (why: string): HebbError =>
    new HebbError(`tokenizerFrom: ${why}: give what JSON.parse makes of what JSON.stringify(tokenizer) wrote`)
  if (!listOf(saved?.special, isText)) throw wrong('there are no special ids')
  switch (saved.kind) {
    case 'characters':
      if (!listOf(saved.tokens, isText)) throw wrong('its tokens are no list of texts')
      return characters(saved.tokens, { special: saved.special })
    case 'words':
      if (!listOf(saved.tokens, isText)) throw wrong('its tokens are no list of texts')
      return wordsFrom(saved)
    case 'bpe':
      if (saved.characters !== undefined && !listOf(saved.characters, isText)) throw wrong('its characters are no list of texts')
      if (!listOf(saved.merges, isPair)) throw wrong('its merges are no pairs of ids')
      return bpeFrom(saved)
    default:
      saved satisfies never
      throw wrong('its kind is none of characters, words, bpe')
  }
}

const isText = (value: unknown): boolean => typeof value === 'string'

const isPair = (value: unknown): boolean => listOf(value, Number.isInteger) && value.length === 2

const listOf = (value: unknown, is: (item: unknown) => boolean): value is readonly unknown[] => Array.isArray(value) && value.every(is)
