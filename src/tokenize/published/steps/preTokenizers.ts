/** Pre-tokenizers of tokenizer.json: where a text is cut before its pieces are looked up. */
import { HebbError } from '../../../tensor/index.js'
import { Fields, type Json } from '../fields.js'
import { byteText } from './bytes.js'
import { behaviorOf, cut } from './cut.js'
import { patternOf } from './pattern.js'
import { edited, type Piece, replaced } from './piece.js'
import { scriptRuns } from './scripts.js'

/** What a piece is cut into; `first`: whether it begins the text that was given. */
export type PreTokenizer = (piece: Piece, first: boolean) => Piece[]

/** ASCII punctuation, and Unicode's */
const punctuation = /[!-/:-@[-`{-~\p{P}]/gu
const space = /\p{White_Space}/gu
/** GPT-2's words: each with the blank before it [Radford 2019] */
export const words =
  /'(?:s|t|re|ve|m|ll|d)| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu
/** letters of words as Rust's patterns have them */
const wordRuns = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]+|[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}\p{White_Space}]+/gu

const prefixed = (piece: Piece, prefix: string): Piece => edited(piece, [[0, 0, prefix]])

function byteLevel(fields: Fields): PreTokenizer {
  const [prefix, byWords] = [fields.flag('add_prefix_space', true), fields.flag('use_regex', true)]
  return (given) => {
    const piece = prefix && !given.text.startsWith(' ') ? prefixed(given, ' ') : given
    return (byWords ? cut(piece, words, 'Isolated') : [piece]).map((part) =>
      part.starts ? replaced(part, /[\s\S]/gu, byteText) : { text: byteText(part.text) },
    )
  }
}

function metaspace(fields: Fields): PreTokenizer {
  const mark = fields.text('replacement', '▁')
  let scheme = fields.text('prepend_scheme', 'always')
  if (fields.has('add_prefix_space') && !fields.flag('add_prefix_space')) scheme = 'never'
  if (!['always', 'first', 'never'].includes(scheme))
    throw new HebbError(`${fields.at('prepend_scheme')}: '${scheme}' is neither 'always' nor 'first' nor 'never'`)
  const split = fields.flag('split', true)
  const marks = new RegExp(mark.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), 'gu')
  return (given, first) => {
    const marked = replaced(given, / /g, () => mark)
    const wanted = scheme === 'always' || (scheme === 'first' && first && !given.late)
    const piece = wanted && !marked.text.startsWith(mark) ? prefixed(marked, mark) : marked
    return split ? cut(piece, marks, 'MergedWithNext') : [piece]
  }
}

const plain =
  (...steps: readonly ((piece: Piece) => Piece[])[]): PreTokenizer =>
  (piece) =>
    steps.reduce<Piece[]>((pieces, step) => pieces.flatMap(step), [piece])

const kinds: Readonly<Record<string, (fields: Fields) => PreTokenizer>> = {
  Sequence(fields) {
    const all = fields.objects('pretokenizers').map(preTokenizerOf)
    return (given, first) => {
      let pieces: Piece[] = [given]
      for (const one of all) pieces = pieces.flatMap((piece, i) => one(piece, first && i === 0))
      return pieces
    }
  },
  ByteLevel: byteLevel,
  Metaspace: metaspace,
  Split(fields) {
    const [pattern, behavior, invert] = [patternOf(fields), behaviorOf(fields), fields.flag('invert', false)]
    return plain((piece) => cut(piece, pattern, behavior, invert))
  },
  Whitespace: () => plain((piece) => cut(piece, wordRuns, 'Removed', true)),
  WhitespaceSplit: () => plain((piece) => cut(piece, space, 'Removed')),
  BertPreTokenizer: () =>
    plain(
      (piece) => cut(piece, space, 'Removed'),
      (piece) => cut(piece, punctuation, 'Isolated'),
    ),
  Punctuation(fields) {
    const behavior = behaviorOf(fields, 'Isolated')
    return plain((piece) => cut(piece, punctuation, behavior))
  },
  Digits(fields) {
    const each = fields.flag('individual_digits')
    return plain((piece) => cut(piece, /\p{N}/gu, each ? 'Isolated' : 'Contiguous'))
  },
  CharDelimiterSplit(fields) {
    const delimiter = new RegExp(fields.text('delimiter').replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), 'gu')
    return plain((piece) => cut(piece, delimiter, 'Removed'))
  },
  FixedLength(fields) {
    const length = fields.whole('length', 5)
    if (length === 0) throw new HebbError(`${fields.at('length')} is 0: pieces have at least one character`)
    const pattern = new RegExp(`[\\s\\S]{1,${length}}`, 'gu')
    return plain((piece) => cut(piece, pattern, 'Isolated'))
  },
  UnicodeScripts: () => plain(scriptRuns),
}

function preTokenizerOf(fields: Fields): PreTokenizer {
  const type = fields.text('type')
  if (!Object.hasOwn(kinds, type))
    throw new HebbError(`${fields.path}: a pre-tokenizer '${type}' is not known: there are ${Object.keys(kinds).join(', ')}`)
  return kinds[type]!(fields)
}

/** The pre-tokenizer of tokenizer.json; undefined for none. Throws HebbError for a kind that is not known. */
export const readPreTokenizer = (value: Json | undefined, path: string): PreTokenizer | undefined =>
  (value ?? null) === null ? undefined : preTokenizerOf(Fields.of(value, path))
