/** Characters as ids. */
import { HebbError } from '../tensor/index.js'
import { checkIds, type ListedTokenizer, type SpecialName, type SpecialOptions, specialsOf, unknownText } from './tokenizer.js'

/** Options of `characters`. */
export interface CharactersOptions<Has extends SpecialName> extends SpecialOptions<Has> {
  /** characters the text lacks, such as a separator */
  readonly extra?: string | undefined
}

/**
 * A tokenizer of the characters (code points) of a text, numbered by code point; a list of characters keeps its order. Any text of these
 * characters comes back as it was. `special` names ids that stand for none of them and come first; default none. With `unk` among them a
 * character never seen becomes that, without it `encode` throws HebbError, naming the character.
 * Throws HebbError for no characters, and for a list that holds one twice or something that is not one character.
 *
 * @example characters('hello').encode('hole') // Int32Array [1, 3, 2, 0]
 */
export function characters<const Has extends SpecialName = never>(
  given: string | readonly string[],
  { special = [], extra = '' }: CharactersOptions<Has> = {},
): ListedTokenizer<Has> {
  const list = typeof given === 'string' ? sorted(given + extra) : [...given, ...extra]
  if (list.length === 0) throw new HebbError('characters: the text is empty: there are no characters')
  const wrong = list.find((character) => [...character].length !== 1)
  if (wrong !== undefined) throw new HebbError(`characters: ${JSON.stringify(wrong)} is not one character`)
  const { names, ids: specials, written } = specialsOf('characters', special)
  const first = names.length
  const ids = new Map(list.map((character, i) => [character, first + i]))
  if (ids.size !== list.length) throw new HebbError('characters: a character is in the list twice')
  const tokens = [...written, ...list]
  const tokenizer: ListedTokenizer = {
    size: tokens.length,
    special: specials,
    tokens,
    encode(text) {
      const out = new Int32Array(text.length)
      let n = 0
      for (const character of text) {
        const id = ids.get(character) ?? specials.unk
        if (id === undefined)
          throw new HebbError(
            `encode: ${JSON.stringify(character)} at character ${n} is not among the ${list.length} of the tokenizer: make it of more text, or with { special: ['unk'] }`,
          )
        out[n++] = id
      }
      return n === text.length ? out : out.slice(0, n)
    },
    decode(given) {
      checkIds(given, tokens.length)
      let text = ''
      for (let i = 0; i < given.length; i++) {
        const id = given[i]!
        if (id >= first) text += tokens[id]!
        else if (id === specials.unk) text += unknownText
      }
      return text
    },
    toJSON: () => ({ kind: 'characters', special: names, tokens: list }),
  }
  return tokenizer as ListedTokenizer<Has>
}

const sorted = (text: string): string[] => [...new Set(text)].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!)
