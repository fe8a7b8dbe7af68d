/** Who sits where: rows of keys and values for the texts under way, in bounded memory, and what is known of how they begin. */
import { keptWidth } from '../../functional/index.js'
import { bucket } from '../../runtime/buckets.js'
import { HebbError } from '../../tensor/errors.js'
import { powerOf2 } from '../../text/decode/reading/rows.js'
import { TextBatch, type TextReader } from '../../text/decode/reading/textReader.js'
import type { CachingLanguageModel } from '../../text/languageModel.js'
import type { ServedAdapter, ServedAdapters } from '../adapters/adapters.js'
import type { Text } from './order.js'
import { blockSize, Prefixes } from './prefixes.js'

/** places a row has at least: room that grows is another program, which takes a moment to compile */
const fewestPlaces = 512

/** The rows of the texts under way. */
export class Seats {
  readonly #batch: TextBatch
  readonly #adapterOf = new Map<TextReader, ServedAdapter>()
  readonly #prefixes: Prefixes
  readonly #most: number
  /** bytes of one place of one text */
  readonly #placeBytes: number
  readonly #longest: number
  readonly context: number

  constructor(
    model: CachingLanguageModel,
    { cacheBytes, prefixBytes }: { readonly cacheBytes: number; readonly prefixBytes: number },
    readonly adapters: ServedAdapters | undefined,
  ) {
    const { layers, heads, width, stretched } = model.cache
    this.#placeBytes = 8 * layers * heads * keptWidth(width)
    this.#most = cacheBytes
    this.#longest = model.context
    let places = model.context
    if (places * this.#placeBytes > cacheBytes) places = 2 ** Math.floor(Math.log2(cacheBytes / this.#placeBytes))
    if (places < Math.min(16, model.context))
      throw new HebbError(`serve: cacheBytes ${cacheBytes}: a token takes ${this.#placeBytes} bytes; give room for some hundred at least`)
    this.context = places
    // of texts whose angles depend on how long they are, nothing is alike
    this.#prefixes = new Prefixes(stretched ? 0 : prefixBytes)
    this.#batch = new TextBatch(model, {
      places: Math.min(fewestPlaces, places),
      beside: (readers, rows) =>
        adapters?.beside(
          readers.map((reader) => this.#adapterOf.get(reader)),
          rows,
        ),
    })
  }

  get memory(): { readonly cache: number; readonly prefixes: number } {
    const { rows, places } = this.#batch.room
    return { cache: rows * places * this.#placeBytes, prefixes: this.#prefixes.bytes }
  }

  open(text: Text): void {
    text.reader = this.#batch.open()
    if (text.order.adapter) this.#adapterOf.set(text.reader, text.order.adapter)
  }

  /** Lets a text out; what was read of it is kept for others that begin alike. */
  close(text: Text): void {
    const { reader, writer } = text
    if (!reader) return
    this.#prefixes.keep(this.#whose(text), writer.ids, reader.length, (from, to) => reader.kept(from, to))
    reader.close()
    this.#adapterOf.delete(reader)
    text.reader = undefined
    text.read = 0
    text.scores = undefined
  }

  /** Whether another text can come in without one of those there having to go. */
  fits(texts: readonly Text[], another: Text | undefined): boolean {
    return another !== undefined && (texts.length === 0 || this.#fits([...texts, another]))
  }

  /** Makes those leave that came last until the others have room for what they read next; those that had to leave. */
  makeRoom(texts: readonly Text[]): Text[] {
    const left: Text[] = []
    const stay = [...texts].sort((a, b) => a.asked - b.asked)
    while (stay.length > 1 && !this.#fits(stay)) left.push(stay.pop()!)
    for (const text of left) this.close(text)
    return left
  }

  #fits(texts: readonly Text[]): boolean {
    const places = Math.max(fewestPlaces, ...texts.map(({ writer }) => writer.ids.length + 1))
    const needed = bucket(places, Math.max(places, this.#longest))
    const bytes = (rows: number, most: number): number => rows * most * this.#placeBytes
    const { rows, places: there } = this.#batch.room
    const wanted = powerOf2(texts.length)
    if (bytes(Math.max(rows, wanted), Math.max(there, needed)) <= this.#most) return true
    if (bytes(wanted, needed) > this.#most) return false
    // there is room that long texts have left
    this.#batch.trim()
    return true
  }

  /** Reads the last token of each. */
  async readLast(texts: readonly Text[]): Promise<void> {
    const scores = await this.#batch.read(texts.map(({ reader, writer }) => ({ reader: reader!, ids: [writer.ids.at(-1)!] })))
    for (const [i, text] of texts.entries()) {
      text.read++
      text.scores = scores[i]!
    }
  }

  /** Reads a text on by so many ids at most, once what is known of it has been taken over; how many were read, and how many taken over. */
  async readOn(text: Text, most: number): Promise<{ readonly read: number; readonly reused: number }> {
    const { reader, writer } = text
    const before = text.read
    if (before % blockSize === 0)
      for (const places of this.#prefixes.find(this.#whose(text), writer.ids, before)) {
        reader!.restore(places)
        text.read += blockSize
      }
    const reused = text.read - before
    text.reused += Math.min(reused, Math.max(0, writer.prompt.length - before))
    // whole blocks, so that the next piece can be one that another has read
    const piece = text.left <= most ? text.left : Math.max(blockSize, most - (most % blockSize))
    const ids = writer.ids.slice(text.read, text.read + piece)
    const scores = await reader!.read(ids)
    text.read += ids.length
    if (text.left === 0) text.scores = scores
    this.#prefixes.keep(this.#whose(text), writer.ids, text.read, (from, to) => reader!.kept(from, to))
    return { read: ids.length, reused }
  }

  /** Whose keys and values they are. */
  #whose(text: Text): object {
    return text.order.adapter ?? this
  }
}
