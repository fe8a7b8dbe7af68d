/** Normalizers of tokenizer.json: how a text is rewritten before it is cut. */
import { HebbError } from '../../../tensor/index.js'
import { Fields, type Json } from '../fields.js'
import { byteText } from './bytes.js'
import { charsmap } from './charsmap.js'
import { patternOf } from './pattern.js'
import { edited, type Normalizer, replaced } from './piece.js'

const swap =
  (pattern: RegExp, by: string | ((match: string) => string)): Normalizer =>
  (piece) =>
    replaced(piece, pattern, typeof by === 'string' ? () => by : by)

const inTurn =
  (all: readonly Normalizer[]): Normalizer =>
  (piece) =>
    all.reduce((now, next) => next(now), piece)

/** What composes or decomposes by itself: syllables of Hangul, and a character with the marks on it. */
const clusters = /(?:[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?|[\uac00-\ud7a3][\u11a8-\u11c2]|[\s\S])\p{M}*/gu

/** One of Unicode's normal forms. */
const form =
  (name: 'NFC' | 'NFD' | 'NFKC' | 'NFKD'): Normalizer =>
  (piece) => {
    const whole = piece.text.normalize(name)
    if (whole === piece.text) return piece
    if (!piece.starts) return { text: whole }
    const parts = replaced(piece, clusters, (cluster) => cluster.normalize(name))
    return parts.text === whole ? parts : edited(piece, [[0, piece.text.length, whole]])
  }

/** Letter by letter, so that a sigma at the end of a word is one like any other. */
const lowercase = swap(/\p{Changes_When_Lowercased}/gu, (letter) => letter.toLowerCase())

const nmt = inTurn([
  swap(/(?![\0\t\n\f\r\u0080-\u008e\u0090-\u009e])\p{Cc}/gu, ''),
  swap(/[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/gu, ' '),
])

const han =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu

function bert(fields: Fields): Normalizer {
  const lower = fields.flag('lowercase', true)
  const steps: Normalizer[] = []
  if (fields.flag('clean_text', true)) steps.push(swap(/(?![\t\n\r])[\ufffd\p{Cc}\p{Cf}\p{Co}]/gu, ''), swap(/\p{White_Space}/gu, ' '))
  if (fields.flag('handle_chinese_chars', true)) steps.push(swap(han, (character) => ` ${character} `))
  if (fields.has('strip_accents') ? fields.flag('strip_accents') : lower) steps.push(form('NFD'), swap(/\p{Mn}/gu, ''))
  if (lower) steps.push(lowercase)
  return inTurn(steps)
}

function strip(fields: Fields): Normalizer {
  const steps: Normalizer[] = []
  if (fields.flag('strip_left')) steps.push(swap(/^\p{White_Space}+/gu, ''))
  if (fields.flag('strip_right')) steps.push(swap(/\p{White_Space}+$/gu, ''))
  return inTurn(steps)
}

const kinds: Readonly<Record<string, (fields: Fields) => Normalizer>> = {
  Sequence: (fields) => inTurn(fields.objects('normalizers').map(normalizerOf)),
  NFC: () => form('NFC'),
  NFD: () => form('NFD'),
  NFKC: () => form('NFKC'),
  NFKD: () => form('NFKD'),
  Lowercase: () => lowercase,
  StripAccents: () => swap(/\p{M}/gu, ''),
  Strip: strip,
  Nmt: () => nmt,
  Prepend(fields) {
    const prefix = fields.text('prepend')
    return (piece) => (piece.text === '' ? piece : edited(piece, [[0, 0, prefix]]))
  },
  Replace(fields) {
    const [pattern, content] = [patternOf(fields), fields.text('content')]
    return swap(pattern, content)
  },
  Precompiled: (fields) => charsmap(fields.text('precompiled_charsmap'), fields.at('precompiled_charsmap')),
  BertNormalizer: bert,
  ByteLevel: () => swap(/[\s\S]/gu, byteText),
}

function normalizerOf(fields: Fields): Normalizer {
  const type = fields.text('type')
  if (!Object.hasOwn(kinds, type))
    throw new HebbError(`${fields.path}: a normalizer '${type}' is not known: there are ${Object.keys(kinds).join(', ')}`)
  return kinds[type]!(fields)
}

/** The normalizer of tokenizer.json; undefined for none. Throws HebbError for a kind that is not known. */
export const readNormalizer = (value: Json | undefined, path: string): Normalizer | undefined =>
  (value ?? null) === null ? undefined : normalizerOf(Fields.of(value, path))
