/** What each token of a tokenizer adds to a text, in bytes: parts of characters among them. */

import { bytesOfToken } from '../../../tokenize/published/steps/bytes.js'
import type { PublishedTokenizer, SavedTokenizer, Tokenizer } from '../../../tokenize/tokenizer.js'

const known = new WeakMap<Tokenizer, readonly (Uint8Array | undefined)[]>()

/** The bytes of each id where it stands within a text; undefined for ids that stand for none. */
export function tokenBytes(tokenizer: Tokenizer): readonly (Uint8Array | undefined)[] {
  let found = known.get(tokenizer)
  if (!found) {
    found = learnedBytes(tokenizer) ?? decodedBytes(tokenizer)
    known.set(tokenizer, found)
  }
  return found
}

const isPublished = (tokenizer: Tokenizer): tokenizer is PublishedTokenizer => 'tokenOf' in tokenizer && 'isSpecial' in tokenizer

/** Pieces that were learned from bytes are bytes joined. */
function learnedBytes(tokenizer: Tokenizer): (Uint8Array | undefined)[] | undefined {
  const saved = 'toJSON' in tokenizer ? (tokenizer.toJSON as () => SavedTokenizer)() : undefined
  if (saved?.kind !== 'bpe' || saved.characters) return undefined
  const out: (Uint8Array | undefined)[] = saved.special.map(() => undefined)
  for (let byte = 0; byte < 256; byte++) out.push(Uint8Array.of(byte))
  for (const [a, b] of saved.merges) out.push(Uint8Array.of(...out[a]!, ...out[b]!))
  return out
}

/** What a token adds behind a letter: at the beginning of a text some tokenizers leave a blank out. */
function decodedBytes(tokenizer: Tokenizer): (Uint8Array | undefined)[] {
  const special = new Set(Object.values(tokenizer.special))
  const published = isPublished(tokenizer) ? tokenizer : undefined
  const toBytes = new TextEncoder()
  const before = letterOf(tokenizer)
  const start = before === undefined ? '' : tokenizer.decode([before])
  return Array.from({ length: tokenizer.size }, (_, id) => {
    if (special.has(id) || published?.isSpecial(id)) return undefined
    const token = published?.tokenOf(id)
    if (published && token === undefined) return undefined
    const text = tokenizer.decode(before === undefined ? [id] : [before, id])
    if (text.startsWith(start) && !text.includes('\ufffd')) return toBytes.encode(text.slice(start.length))
    const byte = /^<0x([0-9A-Fa-f]{2})>$/.exec(token ?? '')
    if (byte) return Uint8Array.of(Number.parseInt(byte[1]!, 16))
    // a part of a character
    return token === undefined ? undefined : bytesOfToken(token)
  }).map((bytes) => (bytes && bytes.length > 0 ? bytes : undefined))
}

function letterOf(tokenizer: Tokenizer): number | undefined {
  for (const letter of ['a', 'e', 't', '0'])
    try {
      const ids = tokenizer.encode(letter)
      if (ids.length > 0 && tokenizer.decode(ids.subarray(-1)).trim() === letter) return ids.at(-1)
    } catch {
      // a tokenizer of few characters knows another
    }
  return undefined
}
