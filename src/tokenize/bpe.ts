/** Byte-pair encoding: text as the pieces that are common in a text. */
import { HebbError } from '../tensor/index.js'
import { learnMerges } from './learnMerges.js'
import { Merges } from './merges.js'
import {
  checkIds,
  type ListedTokenizer,
  type SavedBpe,
  type SpecialName,
  type SpecialOptions,
  specialNames,
  specialsOf,
  unknownText,
} from './tokenizer.js'

/** The mark of a word that follows white space. */
const space = '▁'

/** Words, numbers and single marks; one that follows white space, or begins the text, carries the mark `▁`. */
export const splitWords = (text: string): string[] =>
  Array.from(text.matchAll(/[\p{L}\p{M}]+|\p{N}+|[^\s\p{L}\p{M}\p{N}]/gu), ({ index, 0: word }) =>
    index === 0 || /\s/.test(text[index - 1]!) ? space + word : word,
  )

/** Every character of a text in one of its parts: words, numbers and marks with the blank before them, and what white space is left [Radford 2019]. */
const splitAll = (text: string): string[] => text.match(/'(?:s|t|re|ve|m|ll|d)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu) ?? []

/** How pieces are learned. */
export interface BpeOptions<Has extends SpecialName = SpecialName> extends SpecialOptions<Has> {
  /** ids at most, V, the special ones included */
  readonly size: number
  /**
   * what pieces are made of at first: `bytes` of UTF-8, of which every text is made and comes back as it was [Radford 2019]; or `characters`
   * of the texts, where white space comes back as single blanks and a character never seen is unknown [Sennrich 2016]. Default `bytes`
   */
  readonly of?: 'bytes' | 'characters' | undefined
}

/**
 * A tokenizer of pieces learned from texts: single bytes (or characters) at first, then again and again the commonest pair of neighbours within
 * a word as a piece of its own, until there are `size` ids or nothing comes twice [Sennrich 2016]. Pieces do not cross words, numbers and
 * punctuation. `special` ids, by default pad, bos, eos and unk, come first.
 * With bytes `decode(encode(text))` is the text, lone surrogates apart, which are no characters.
 * Throws HebbError when there is no text, or `size` does not hold the bytes (or characters) and special ids.
 *
 * @example
 * const tokenizer = bpe(['low lower lowest'], { size: 270 })
 * tokenizer.decode(tokenizer.encode('slower')) // 'slower'
 */
export function bpe<const Has extends SpecialName = SpecialName>(texts: Iterable<string>, options: BpeOptions<Has>): ListedTokenizer<Has> {
  const { size, of = 'bytes' } = options
  const special: readonly SpecialName[] = options.special ?? specialNames
  if (of !== 'bytes' && of !== 'characters') throw new HebbError(`bpe: of '${String(of)}' is neither 'bytes' nor 'characters'`)
  const counts = new Map<string, number>()
  const split = of === 'bytes' ? splitAll : splitWords
  for (const text of texts) for (const word of split(text)) counts.set(word, (counts.get(word) ?? 0) + 1)
  if (counts.size === 0) throw new HebbError('bpe: there is no text to learn from')
  const characters =
    of === 'bytes'
      ? undefined
      : [...new Set([...counts.keys()].flatMap((word) => [...word]))].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!)
  const alphabet = alphabetOf(characters, specialsOf('bpe', special).names.length)
  const first = alphabet.end
  if (!Number.isInteger(size) || size < first)
    throw new HebbError(
      `bpe: a size of ${size} does not hold ${characters ? `${characters.length} characters` : '256 bytes'} and ${special.length} special ids`,
    )
  const symbols = [...counts].map(([word, count]) => [alphabet.symbols(word, -1), count] as const)
  return bpeFrom({
    special,
    ...(characters && { characters }),
    merges: learnMerges(symbols, { first, most: size - first }),
  }) as ListedTokenizer<Has>
}

/** What pieces are made of: ids of bytes or characters, from `first` up to `end`. */
interface Alphabet {
  readonly end: number
  /** a word as ids, `unknown` for what has none */
  symbols(word: string, unknown: number): number[]
}

const toBytes = new TextEncoder()

function alphabetOf(characters: readonly string[] | undefined, first: number): Alphabet {
  if (!characters) return { end: first + 256, symbols: (word) => Array.from(toBytes.encode(word), (byte) => first + byte) }
  const ids = new Map(characters.map((character, i) => [character, first + i]))
  if (ids.size !== characters.length) throw new HebbError('bpe: a character is in the list twice')
  return { end: first + characters.length, symbols: (word, unknown) => Array.from(word, (character) => ids.get(character) ?? unknown) }
}

/** words whose pieces are remembered at most */
const mostKnown = 100_000

/** The tokenizer of pieces learned before: the characters (none where bytes were taken), and the pairs of ids that merge, in order. */
export function bpeFrom({ special, characters, merges }: Omit<SavedBpe, 'kind'>): ListedTokenizer {
  const { names, ids: specials, written } = specialsOf('bpe', special)
  const first = names.length
  const alphabet = alphabetOf(characters, first)
  const wrong = merges.findIndex(([a, b], n) => !(a >= first && b >= first && a < alphabet.end + n && b < alphabet.end + n))
  if (wrong >= 0)
    throw new HebbError(
      `bpe: merge ${wrong} is of ids ${merges[wrong]!.join(' and ')}: ${first} … ${alphabet.end + wrong - 1} can be merged`,
    )
  // each piece as bytes or characters: a string has one unit for each byte here
  const pieces: string[] = [...written]
  if (characters) pieces.push(...characters)
  else for (let byte = 0; byte < 256; byte++) pieces.push(String.fromCharCode(byte))
  for (const [a, b] of merges) pieces.push(pieces[a]! + pieces[b]!)
  const tokens = characters ? pieces : pieces.map((piece, id) => (id < first ? piece : textOf(piece)))
  const rules = new Merges(merges.map(([a, b], n) => [a, b, alphabet.end + n]))
  const known = new Map<string, readonly number[]>()
  const idsOf = (word: string): readonly number[] => {
    let found = known.get(word)
    if (!found) {
      const ids = alphabet.symbols(word, specials.unk ?? -1)
      found = rules.apply({ ids, lengths: ids.map(() => 1) }).ids
      if (known.size >= mostKnown) known.clear()
      known.set(word, found)
    }
    return found
  }
  return {
    size: pieces.length,
    special: specials,
    tokens,
    encode(text) {
      const out: number[] = []
      for (const word of (characters ? splitWords : splitAll)(text))
        for (const id of idsOf(word)) {
          if (id < 0) throw new HebbError(`encode: '${word}' has a character that is not known, and the tokenizer no id for unknown ones`)
          out.push(id)
        }
      return Int32Array.from(out)
    },
    decode(given) {
      checkIds(given, pieces.length)
      let text = ''
      let bytes = ''
      const ended = (): void => {
        text += textOf(bytes)
        bytes = ''
      }
      for (let i = 0; i < given.length; i++) {
        const id = given[i]!
        if (id >= first) {
          if (characters) text += pieces[id]!
          else bytes += pieces[id]!
        } else if (id === specials.unk) {
          ended()
          text += unknownText
        }
      }
      ended()
      return characters ? text.replaceAll(space, ' ').replace(/^ /, '') : text
    },
    toJSON: () => ({ kind: 'bpe', special: names, ...(characters && { characters }), merges }),
  }
}

const fromBytes = new TextDecoder('utf-8', { ignoreBOM: true })

/** Bytes, one a unit of a string, as the text they are; U+FFFD for those that are none. */
const textOf = (bytes: string): string => fromBytes.decode(Uint8Array.from(bytes, (unit) => unit.charCodeAt(0)))
