/** Bytes of a file from its start on, as many as have been read: who reads them asks for more by a yield. */
import type { ByteSource } from '../../files/files.js'

/** Bytes read at once. */
const pieceBytes = 1 << 20
/** Longer headers than this are refused: the largest vocabularies take some 10 MB. */
export const mostHeaderBytes = 1 << 28

/** Reading that stops where bytes are missing: each yield is how many are needed from the start on. */
export type Reading<T> = Generator<number, T, undefined>

/** A place in the bytes of a file that moves on as values are read. Numbers are little-endian. */
export class Cursor {
  at = 0
  #bytes = new Uint8Array(0)
  #view = new DataView(this.#bytes.buffer)

  readonly #source: ByteSource

  constructor(
    source: ByteSource,
    /** makes the error of what is wrong, and throws it */
    readonly refuse: (problem: string) => never,
  ) {
    this.#source = source
  }

  /** bytes behind the place, read or not */
  get left(): number {
    return this.#source.size - this.at
  }

  /** Sees to it that `count` bytes are here; `what` is told where the file has fewer. */
  *need(count: number | bigint, what: string): Reading<void> {
    if (count > this.left) this.refuse(`${what} takes ${count} bytes at byte ${this.at}, and ${this.left} are left`)
    const end = this.at + Number(count)
    if (end > mostHeaderBytes)
      this.refuse(`${what} takes ${count} bytes at byte ${this.at}: headers of more than ${mostHeaderBytes} bytes are not read`)
    if (end > this.#bytes.length) yield end
  }

  /** Reads on, up to `end` at least. */
  async fill(end: number): Promise<void> {
    const have = this.#bytes.length
    const size = Math.min(this.#source.size, mostHeaderBytes, Math.max(end, 2 * have, pieceBytes))
    const bytes = new Uint8Array(size)
    bytes.set(this.#bytes)
    await this.#source.readInto(have, bytes.subarray(have))
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer)
  }

  /** the next `count` bytes, which are here: memory that is used again */
  take(count: number): Uint8Array {
    this.at += count
    return this.#bytes.subarray(this.at - count, this.at)
  }

  *u32(what: string): Reading<number> {
    yield* this.need(4, what)
    this.at += 4
    return this.#view.getUint32(this.at - 4, true)
  }

  *u64(what: string): Reading<bigint> {
    yield* this.need(8, what)
    this.at += 8
    return this.#view.getBigUint64(this.at - 8, true)
  }

  /** a text with its length before it */
  *text(what: string): Reading<string> {
    const length = yield* this.u64(`the length of ${what}`)
    yield* this.need(length, what)
    return decoder.decode(this.take(Number(length)))
  }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** What `read` reads, with more of the file whenever it asks for it. */
export async function reading<T>(cursor: Cursor, read: Reading<T>): Promise<T> {
  for (;;) {
    const { done, value } = read.next()
    if (done) return value
    await cursor.fill(value)
  }
}
