/** Packed files: single members of a .tar.gz, and .gz, with a bound on what they may unpack to. */
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { gunzip as gunzipCallback, gunzipSync, inflateSync, type ZlibOptions } from 'node:zlib'
import { Parser, type ReadEntry } from 'tar'
import { codeOf } from '../../files/fileError.js'
import { HebbError } from '../../tensor/errors.js'

/** A member of an archive. */
export interface Member {
  readonly name: string
  readonly bytes: Uint8Array
}

/** Members larger than this are refused: no data set Hebb knows has one, and a hostile archive could fill memory (bytes). */
const largest = 1 << 30

/**
 * The members of the .tar.gz (or .tar) at `path` whose names `wanted` has, or says true to, one by one, in the archive's order.
 * Nothing is ever written to a path the archive names.
 * Throws HebbError for an archive that is torn, or a member larger than 1 GiB.
 */
export async function* membersOf(
  path: string,
  wanted: ReadonlySet<string> | ((name: string) => boolean),
): AsyncGenerator<Member, void, undefined> {
  // a piece is unpacked in one go, and may be a thousand times as large then
  const packed = createReadStream(path, { highWaterMark: 1 << 15 })
  const parser = new Parser({ strict: true })
  // the parser waits while an entry is not read, so at most one waits here
  const entries = new Readable({ objectMode: true, read: () => {} })
  // an entry cut off by an error never ends by itself: whoever reads it waits for this as well
  let fail: (error: Error) => void = () => {}
  const failure = new Promise<never>((_, reject) => {
    fail = (error) => {
      reject(error)
      entries.destroy(error)
    }
  })
  failure.catch(() => {})
  parser.on('entry', (entry) => entries.push(entry))
  parser.on('end', () => entries.push(null))
  parser.on('error', fail)
  packed.on('error', fail)
  packed.pipe(parser)
  const left = typeof wanted === 'function' ? undefined : new Set(wanted)
  const wants = typeof wanted === 'function' ? wanted : (name: string): boolean => left!.has(name)
  try {
    for await (const entry of entries as AsyncIterable<ReadEntry>) {
      const name = entry.path
      if ((entry.type !== 'File' && entry.type !== 'OldFile') || !wants(name)) {
        entry.resume()
        continue
      }
      if (entry.size > largest) throw new HebbError(`${name} in the archive has ${entry.size} bytes: more than ${largest} are not unpacked`)
      const bytes = await Promise.race([entry.concat(), failure])
      if (bytes.length !== entry.size)
        throw new HebbError(`the archive is damaged: ${name} ends after ${bytes.length} of ${entry.size} bytes`)
      yield { name, bytes }
      left?.delete(name)
      if (left?.size === 0) return
    }
  } catch (error) {
    if (error instanceof HebbError) throw error
    throw new HebbError(`the archive is damaged (${codeOf(error) || (error as Error).message})`, { cause: error })
  } finally {
    packed.destroy()
    entries.destroy()
  }
}

/** Most bytes that a .gz of at most `most` bytes may have: packing makes a thousandth more of what cannot be packed, and a name or a remark may stand before it. */
export const mostPacked = (most = largest): number => Math.ceil(most * 1.01) + (1 << 20)

/** Unpacks .gz bytes to at most `most` bytes. Throws HebbError when they are damaged or unpack to more. */
export function gunzip(packed: Uint8Array, most = largest): Uint8Array {
  try {
    return gunzipSync(packed, { maxOutputLength: Math.max(most, 1) })
  } catch (error) {
    throw gzipProblem(error, most)
  }
}

/** {@link gunzip} aside from the event loop. */
export async function gunzipAside(packed: Uint8Array, most = largest): Promise<Uint8Array> {
  const unpack = promisify<Uint8Array, ZlibOptions, Uint8Array>(gunzipCallback)
  try {
    return await unpack(packed, { maxOutputLength: Math.max(most, 1) })
  } catch (error) {
    throw gzipProblem(error, most)
  }
}

const gzipProblem = (error: unknown, most: number): HebbError =>
  codeOf(error) === 'ERR_BUFFER_TOO_LARGE'
    ? new HebbError(`unpacks to more than the ${most} bytes that were expected`, { cause: error })
    : new HebbError(`is no whole gzip file (${codeOf(error)})`, { cause: error })

/** Unpacks a zlib stream of known length. Throws HebbError when it is damaged or unpacks to another length. */
export function inflate(packed: Uint8Array, size: number): Uint8Array {
  try {
    const bytes = inflateSync(packed, { maxOutputLength: Math.max(size, 1) })
    if (bytes.length === size) return bytes
    throw new HebbError(`unpacks to ${bytes.length} bytes, should be ${size}`)
  } catch (error) {
    if (error instanceof HebbError) throw error
    throw new HebbError(`is no whole zlib stream (${codeOf(error)})`, { cause: error })
  }
}
