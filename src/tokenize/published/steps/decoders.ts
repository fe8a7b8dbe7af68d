/** Decoders of tokenizer.json: tokens as the text they were. */
import { HebbError } from '../../../tensor/index.js'
import { Fields, type Json } from '../fields.js'
import { bytesOfToken, textOfBytes } from './bytes.js'
import { patternOf } from './pattern.js'

/** Tokens to texts, which stand one after the other. */
export type Decoder = (tokens: readonly string[]) => readonly string[]

/** Blanks before punctuation and short forms taken out, as BERT's decoder does it. */
const tidied = (text: string): string => tidy(text, [[' do not', " don't"]])

/** English as it was before its words were separated: no blank before full stops, commas, short forms. */
export function tidy(text: string, more: readonly (readonly [string, string])[] = []): string {
  const pairs: readonly (readonly [string, string])[] = [
    [' .', '.'],
    [' ?', '?'],
    [' !', '!'],
    [' ,', ','],
    [" ' ", "'"],
    [" n't", "n't"],
    [" 'm", "'m"],
    ...more,
    [" 's", "'s"],
    [" 've", "'ve"],
    [" 're", "'re"],
  ]
  return pairs.reduce((now, [from, to]) => now.replaceAll(from, to), text)
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Tokens `<0xE2>` as the characters they spell together; U+FFFD for each of them where they spell none. */
function byteFallback(tokens: readonly string[]): string[] {
  const out: string[] = []
  let bytes: number[] = []
  const spell = (): void => {
    if (bytes.length === 0) return
    try {
      out.push(strict.decode(Uint8Array.from(bytes)))
    } catch {
      out.push(...bytes.map(() => '\ufffd'))
    }
    bytes = []
  }
  for (const token of tokens) {
    const byte = /^<0x([0-9A-Fa-f]{2})>$/.exec(token)
    if (byte) bytes.push(Number.parseInt(byte[1]!, 16))
    else {
      spell()
      out.push(token)
    }
  }
  spell()
  return out
}

function strip(fields: Fields): Decoder {
  const [content, start, stop] = [fields.text('content'), fields.whole('start', 0), fields.whole('stop', 0)]
  return (tokens) =>
    tokens.map((token) => {
      const characters = [...token]
      let [from, to] = [0, characters.length]
      while (from < Math.min(start, characters.length) && characters[from] === content) from++
      while (to > from && characters.length - to < stop && characters[to - 1] === content) to--
      return characters.slice(from, to).join('')
    })
}

const kinds: Readonly<Record<string, (fields: Fields) => Decoder>> = {
  Sequence(fields) {
    const all = fields.objects('decoders').map(decoderOf)
    return (tokens) => all.reduce((now, next) => next(now), tokens)
  },
  ByteLevel: () => (tokens) => [textOfBytes(tokens.map(bytesOfToken))],
  ByteFallback: () => byteFallback,
  Fuse: () => (tokens) => [tokens.join('')],
  Strip: strip,
  Replace(fields) {
    const [pattern, content] = [patternOf(fields), fields.text('content')]
    return (tokens) => tokens.map((token) => token.replace(pattern, () => content))
  },
  Metaspace(fields) {
    const mark = fields.text('replacement', '▁')
    const prefix = fields.has('add_prefix_space') ? fields.flag('add_prefix_space') : true
    const drops = prefix && fields.text('prepend_scheme', 'always') !== 'never'
    return (tokens) => tokens.map((token, i) => token.replaceAll(mark, i === 0 && drops ? '' : ' '))
  },
  WordPiece(fields) {
    const [prefix, cleans] = [fields.text('prefix', '##'), fields.flag('cleanup', true)]
    return (tokens) =>
      tokens.map((token, i) => {
        const text = i === 0 ? token : token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`
        return cleans ? tidied(text) : text
      })
  },
  BPEDecoder(fields) {
    const suffix = fields.text('suffix', '</w>')
    return (tokens) => tokens.map((token, i) => (suffix === '' ? token : token.replaceAll(suffix, i === tokens.length - 1 ? '' : ' ')))
  },
  CTC(fields) {
    const [pad, delimiter, cleans] = [
      fields.text('pad_token', '<pad>'),
      fields.text('word_delimiter_token', '|'),
      fields.flag('cleanup', true),
    ]
    return (tokens) =>
      tokens
        .filter((token, i) => token !== tokens[i - 1])
        .map((token) => {
          const text = token.replaceAll(pad, '')
          return cleans ? tidied(text).replaceAll(delimiter, ' ') : text
        })
        .filter((text) => text !== '')
  },
}

function decoderOf(fields: Fields): Decoder {
  const type = fields.text('type')
  if (!Object.hasOwn(kinds, type))
    throw new HebbError(`${fields.path}: a decoder '${type}' is not known: there are ${Object.keys(kinds).join(', ')}`)
  return kinds[type]!(fields)
}

/** The decoder of tokenizer.json; without one tokens are joined by blanks. Throws HebbError for a kind that is not known. */
export function readDecoder(value: Json | undefined, path: string): (tokens: readonly string[]) => string {
  if ((value ?? null) === null) return (tokens) => tokens.join(' ')
  const decode = decoderOf(Fields.of(value, path))
  return (tokens) => decode(tokens).join('')
}
