/**
 * A checksum inside a safetensors file: the SHA-256 of all its bytes, header included, with zeros where the checksum itself stands.
 * It is kept as a text of the metadata, so every other reader of the format finds a file like any other.
 */

import { breathe } from '../../host/pace.js'
import { FileError } from '../fileError.js'
import { digester } from '../files.js'
import { prefixBytes } from './header.js'

const key = 'hebb.checksum'
const none = `sha256 ${'0'.repeat(64)}`
const field = (value: string): string => `${JSON.stringify(key)}:${JSON.stringify(value)}`
const isChecksum = (value: string): boolean => /^sha256 [0-9a-f]{64}$/.test(value)

/** Bytes digested between two pauses: about 4 ms. */
const pieceBytes = 1 << 22

/** Texts of the metadata with room for the checksum. */
export const withRoom = (metadata: Readonly<Record<string, string>>): Record<string, string> => ({ ...metadata, [key]: none })

/** The texts without the checksum: what was given to be written. */
export function withoutChecksum(metadata: Readonly<Record<string, string>>): Record<string, string> {
  const { [key]: _, ...rest } = metadata
  return rest
}

/** Whether these texts hold a checksum, or something that was one. */
export const isSealed = (metadata: Readonly<Record<string, string>>): boolean => Object.values(metadata).some(isChecksum) || key in metadata

interface Digester {
  update(bytes: Uint8Array): void
}

/** Gives bytes to a digest in pieces, with pauses for other work. */
export async function feed(to: Digester, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    to.update(bytes.subarray(at, at + pieceBytes))
    if (bytes.length > pieceBytes) await breathe()
  }
}

/** Writes the checksum into the header of a file in pieces, of which the first is the header with room for it. */
export async function seal(pieces: readonly Uint8Array[]): Promise<void> {
  const [header] = pieces
  const hash = digester()
  for (const piece of pieces) await feed(hash, piece)
  place(header!, field(none), `sha256 ${hash.hex()}`)
}

/**
 * What checks a file as it is read: gets the header (length and text), then all further bytes in order, and is asked at the end.
 * Undefined for a file without a checksum.
 * @throws FileError where the checksum itself is damaged; `end` where the bytes are not those it was made from
 */
export function checker(
  file: string,
  header: Uint8Array,
  metadata: Readonly<Record<string, string>>,
): (Digester & { end(): void }) | undefined {
  const wrong = (): never => {
    throw new FileError(
      `cannot read ${file}: it is damaged: its bytes are not those its checksum was made from. Write or copy it again; if another program changed it on purpose, remove ${key} from its metadata.`,
      file,
    )
  }
  const stated = metadata[key]
  if (stated === undefined) return Object.values(metadata).some(isChecksum) ? wrong() : undefined
  if (!isChecksum(stated)) return wrong()
  const blank = header.slice()
  if (!place(blank, field(stated), none)) return wrong()
  const hash = digester()
  hash.update(blank)
  return {
    update: (bytes) => hash.update(bytes),
    end: () => {
      if (`sha256 ${hash.hex()}` !== stated) wrong()
    },
  }
}

/** Puts `value` where the field `known` stands in the text of a header; false where it does not. */
function place(header: Uint8Array, known: string, value: string): boolean {
  const text = new TextDecoder('latin1').decode(header.subarray(prefixBytes))
  const at = text.indexOf(known)
  if (at < 0) return false
  header.set(new TextEncoder().encode(field(value)), prefixBytes + at)
  return true
}
