/** Bytes as characters that can be seen: what byte-level tokenizers write their vocabularies in [Radford 2019]. */

/** Bytes that stand for themselves: those of Latin-1 that are seen. The others take the characters from U+0100 on, in order. */
const seen = (byte: number): boolean => (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae

/** the character of each byte */
export const byteCharacters: readonly string[] = (() => {
  let hidden = 0
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(seen(byte) ? byte : 256 + hidden++))
})()

const bytesOf = new Map(byteCharacters.map((character, byte) => [character, byte]))
const toBytes = new TextEncoder()
const fromBytes = new TextDecoder('utf-8', { ignoreBOM: true })

/** A text as the characters of its bytes of UTF-8. */
export function byteText(text: string): string {
  let out = ''
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit >= 0x80) {
      for (const byte of toBytes.encode(text.slice(i))) out += byteCharacters[byte]!
      return out
    }
    out += byteCharacters[unit]!
  }
  return out
}

/** The bytes that the characters of a token stand for; its own bytes of UTF-8 when one of them stands for none. */
export function bytesOfToken(token: string): Uint8Array {
  const out = new Uint8Array(token.length)
  for (let i = 0; i < token.length; i++) {
    const byte = bytesOf.get(token[i]!)
    if (byte === undefined) return toBytes.encode(token)
    out[i] = byte
  }
  return out
}

/** Bytes one after the other as text; U+FFFD for what is no character. */
export function textOfBytes(parts: readonly Uint8Array[]): string {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return fromBytes.decode(whole)
}
