/** The map of characters that SentencePiece compiles: a trie of what is replaced, and the replacements. */
import { HebbError } from '../../../tensor/index.js'
import { type Edit, edited, type Normalizer } from './piece.js'

/** characters as people count them */
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })
const toBytes = new TextEncoder()
const fromBytes = new TextDecoder('utf-8', { ignoreBOM: true })

/** bytes of a character of several code points that is looked up as a whole */
const longest = 6

/**
 * Replaces by a compiled map, given in base64: 4 bytes with the size of the trie, a double array of 32-bit units, then the replacements, each
 * ended by a zero byte. A grapheme of fewer than 6 bytes is looked up first, else its characters one by one; of several entries that a lookup
 * begins with the shortest counts, as in SentencePiece's own reader. Throws HebbError for what is no such map.
 */
export function charsmap(base64: string, path: string): Normalizer {
  const bytes = bytesOf(base64, path)
  const view = new DataView(bytes.buffer)
  const size = bytes.length >= 4 ? view.getUint32(0, true) : -1
  if (size < 4 || size % 4 !== 0 || size + 4 > bytes.length)
    throw new HebbError(`${path} is no compiled map: its trie of ${size} bytes does not fit in ${bytes.length}`)
  const units = Uint32Array.from({ length: size / 4 }, (_, i) => view.getUint32(4 + 4 * i, true))
  const texts = bytes.subarray(4 + size)
  const offsetOf = (unit: number): number => (unit >>> 10) << ((unit & 0x200) >>> 6)

  /** Where the replacement of the shortest entry that the bytes begin with stands; -1 when there is none. */
  function find(key: Uint8Array): number {
    let at = offsetOf(units[0]!)
    for (const byte of key) {
      if (byte === 0) return -1
      at ^= byte
      const unit = units[at] ?? 0
      if ((unit & 0x800000ff) !== byte) return -1
      at ^= offsetOf(unit)
      if ((unit >>> 8) & 1) return (units[at] ?? 0) & 0x7fffffff
    }
    return -1
  }
  function replacement(text: string): string | undefined {
    const from = find(toBytes.encode(text))
    if (from < 0 || from > texts.length) return undefined
    const end = texts.indexOf(0, from)
    return fromBytes.decode(texts.subarray(from, end < 0 ? texts.length : end))
  }
  const known = new Map<string, string>()
  const ofGrapheme = (text: string): string => {
    let found = known.get(text)
    if (found === undefined) {
      const whole = toBytes.encode(text).length < longest ? replacement(text) : undefined
      found = whole ?? Array.from(text, (character) => replacement(character) ?? character).join('')
      if (known.size > 10_000) known.clear()
      known.set(text, found)
    }
    return found
  }
  return (piece) => {
    const edits: Edit[] = []
    for (const { index, segment } of graphemes.segment(piece.text)) {
      const by = ofGrapheme(segment)
      if (by !== segment) edits.push([index, index + segment.length, by])
    }
    return edits.length > 0 ? edited(piece, edits) : piece
  }
}

function bytesOf(base64: string, path: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  } catch {
    throw new HebbError(`${path} is not written in base64`)
  }
}
