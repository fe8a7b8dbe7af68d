/** What turns text into numbers and back: one contract for characters, words and pieces of words. */
import { HebbError } from '../tensor/index.js'

/** Ids that stand for no text: filling, begin, end, and whatever is not known. Those a tokenizer has come first, in this order. */
export const specialNames = ['pad', 'bos', 'eos', 'unk'] as const

/** `pad` fills up, `bos` begins and `eos` ends a text, `unk` stands for what is not known. */
export type SpecialName = (typeof specialNames)[number]

/** Special ids by name: those in `Has` are there, the others may be. */
export type SpecialIds<Has extends SpecialName = never> = Readonly<Record<Has, number>> & Readonly<Partial<Record<SpecialName, number>>>

/** Text as ids and back. `Has` names the special ids that are there for certain. */
export interface Tokenizer<Has extends SpecialName = never> {
  /** number of ids, V */
  readonly size: number
  /** the ids that stand for no text: `special.eos` ends one. A name that is not there has no id */
  readonly special: SpecialIds<Has>
  /** Text as ids, without `bos` and `eos`. */
  encode(text: string): Int32Array
  /** Ids as text: special ones leave no trace, but `unk`, which becomes U+FFFD. Throws HebbError for an id outside 0 … V − 1. */
  decode(ids: ArrayLike<number>): string
}

/** How a published tokenizer encodes. */
export interface EncodeOptions {
  /** whether the special tokens that the tokenizer puts around a text, such as `bos` before it, are put there; default false */
  readonly special?: boolean | undefined
  /** whether what looks like a special token in the text, such as `<|eot_id|>`, is text like any other; default false, as in Python */
  readonly asText?: boolean | undefined
}

/** How a published tokenizer decodes. */
export interface DecodeOptions {
  /** whether special tokens are written out; default false */
  readonly special?: boolean | undefined
}

/** Ids of a text, and for each of them the units `starts[i] … ends[i]` of the text it stands for; special ones around it stand for none. */
export interface Encoding {
  readonly ids: Int32Array
  readonly starts: Int32Array
  readonly ends: Int32Array
}

/** A tokenizer that others published: `bos`, `eos` … among `special`, and further special tokens. */
export interface PublishedTokenizer extends Tokenizer {
  /** tokens with a role, as `bos_token`, `eos_token`, `pad_token`: the text of each. Chat templates know them by these names */
  readonly named: Readonly<Record<string, string>>
  /** Text as ids. Throws HebbError for a character the tokenizer has no token for, where it has none for unknown ones. */
  encode(text: string, options?: EncodeOptions): Int32Array
  /** Text as ids, with the places in the text they stand for. */
  encodeWithPlaces(text: string, options?: EncodeOptions): Encoding
  /** Ids as text. Ids no token has leave no trace, as in Python: models have more of them than tokenizers at times. Throws HebbError for what is no id. */
  decode(ids: ArrayLike<number>, options?: DecodeOptions): string
  /** The id of a token; undefined where there is none. */
  idOf(token: string): number | undefined
  /** The token of an id, as the vocabulary writes it; undefined where there is none. */
  tokenOf(id: number): string | undefined
  /** Whether an id stands for no text. */
  isSpecial(id: number): boolean
}

/** A tokenizer made from texts: its tokens can be looked at, and it can be saved. */
export interface ListedTokenizer<Has extends SpecialName = never> extends Tokenizer<Has> {
  /** what each id stands for; a special one as `<pad>` */
  readonly tokens: readonly string[]
  /** What `JSON.stringify` writes, and {@link tokenizerFrom} reads. */
  toJSON(): SavedTokenizer
}

/** A tokenizer as JSON. Ids: the special ones, in the order pad, bos, eos, unk, then the tokens. */
export type SavedTokenizer = SavedCharacters | SavedWords | SavedBpe

export interface SavedCharacters {
  readonly kind: 'characters'
  readonly special: readonly SpecialName[]
  readonly tokens: readonly string[]
}

export interface SavedWords {
  readonly kind: 'words'
  readonly special: readonly SpecialName[]
  readonly split: 'words' | 'spaces'
  readonly tokens: readonly string[]
}

export interface SavedBpe {
  readonly kind: 'bpe'
  readonly special: readonly SpecialName[]
  /** what pieces are made of at first; the 256 bytes where it is missing */
  readonly characters?: readonly string[]
  /** pairs of ids, in the order they were learned: the n-th makes the n-th id after those of characters or bytes */
  readonly merges: readonly (readonly [number, number])[]
}

/** Which special ids a tokenizer has. */
export interface SpecialOptions<Has extends SpecialName> {
  readonly special?: readonly Has[] | undefined
}

/** Special ids and what they are written as: those of `wanted` in the order of {@link specialNames}. */
export function specialsOf(
  name: string,
  wanted: readonly SpecialName[],
): { readonly names: readonly SpecialName[]; readonly ids: SpecialIds; readonly written: readonly string[] } {
  const wrong = wanted.find((one) => !specialNames.includes(one))
  if (wrong !== undefined) throw new HebbError(`${name}: '${String(wrong)}' is no special id: there are ${specialNames.join(', ')}`)
  const names = specialNames.filter((one) => wanted.includes(one))
  return { names, ids: Object.fromEntries(names.map((one, id) => [one, id])), written: names.map((one) => `<${one}>`) }
}

/** Throws HebbError unless every id is one of a tokenizer. */
export function checkIds(ids: ArrayLike<number>, size: number): void {
  for (let i = 0; i < ids.length; i++)
    if (!Number.isInteger(ids[i]) || ids[i]! < 0 || ids[i]! >= size)
      throw new HebbError(`decode: id ${ids[i]} at place ${i} is not in 0 … ${size - 1}`)
}

/** What an id that stands for nothing known is read as. */
export const unknownText = '\ufffd'

/** A text with U+FFFD for halves of characters, which UTF-8 cannot write. */
export const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, unknownText)
