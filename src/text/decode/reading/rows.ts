/** Texts in the rows of one cache: who stands where, and which of them one run of a program reads. */
import { keptWidth } from '../../../functional/index.js'
import { initialize } from '../../../nn/index.js'
import { bucket } from '../../../runtime/buckets.js'
import { HebbError } from '../../../tensor/index.js'
import type { CachingLanguageModel } from '../../languageModel.js'
import { KeyValueCache } from './cache.js'
import { type Asked, Grown } from './grown.js'
import { type Beside, readTexts } from './readProgram.js'

/** More of one text; `Text` is whoever reads it. */
export interface Piece<Text> {
  readonly reader: Text
  readonly ids: ArrayLike<number>
}

/** A piece whose ids are known to be right; `at` is its place among those asked for. */
interface Checked<Text = object> extends Asked {
  readonly text: Text
  readonly row: number
  readonly at: number
  /** how many of the ids were read before, and are only read again */
  readonly known: number
}

/** Where scores go: those after the last id of each piece by its number, or those after each id of the only one. */
type Wanted = { readonly last: Float32Array[] } | { readonly each: Float32Array[] }

/** So many ids of a text are read in one run at most: what attention takes beside the weights stays bounded. */
const longest = 512
/** as many, where the scores after each of them are wanted */
const longestEach = 32

/** What the rows of a batch are. */
export interface RoomOptions<Text> {
  /** places there is room for from the beginning: room that grows is another program. Default 16 */
  readonly places?: number | undefined
  /** what is read beside the texts of a run of so many rows, by who stands in the first of them */
  readonly beside?: ((texts: readonly Text[], rows: number) => Beside | undefined) | undefined
}

/** Texts that are open, and what was read of them. */
export class Rows<Text extends object> {
  /** the texts by row: they fill the first rows */
  readonly texts: Text[] = []
  #kept: KeyValueCache
  #reading = false
  readonly #grown: Grown<Text> | undefined

  constructor(
    readonly model: CachingLanguageModel,
    private readonly room: RoomOptions<Text> = {},
  ) {
    initialize(model)
    this.#kept = new KeyValueCache(model.cache)
    const { stretched } = model.cache
    if (stretched) this.#grown = new Grown(stretched)
  }

  /** Takes a text in; with `like` as one that has read the same. */
  open(text: Text, like?: Text): void {
    this.#rest()
    const row = this.texts.length
    if (row >= this.#kept.rows) this.#kept.reserve(powerOf2(row + 1), 0)
    if (like) this.#kept.copy(this.#rowOf(like), row)
    this.texts.push(text)
    this.#grown?.open(text, like)
  }

  /** Lets a text out; the last one takes its row. */
  close(text: Text): void {
    this.#rest()
    const row = this.#rowOf(text)
    this.#grown?.close(text)
    const last = this.texts.pop()!
    if (this.texts.length === 0) {
      this.#kept = new KeyValueCache(this.model.cache)
      return
    }
    if (last !== text) {
      this.#kept.copy(this.texts.length, row)
      this.texts[row] = last
    }
    this.#kept.clear(this.texts.length)
  }

  /** rows and places there is room for */
  get size(): { readonly rows: number; readonly places: number } {
    return { rows: this.#kept.rows, places: this.#kept.places }
  }

  /** Gives back rows that nobody stands in, and places that no text has come to. */
  trim(): void {
    this.#rest()
    let most = Math.max(1, this.room.places ?? 0)
    for (let row = 0; row < this.texts.length; row++) most = Math.max(most, this.#kept.lengths[row]! + 1)
    const { context } = this.model
    this.#kept.shrink(powerOf2(this.texts.length), bucket(most, most <= context ? context : Number.POSITIVE_INFINITY))
  }

  lengthOf(text: Text): number {
    return this.#kept.lengths[this.#rowOf(text)]!
  }

  /** Copies of the keys and values of the places `from` … `to − 1` of a text. */
  kept(text: Text, from: number, to: number): Float32Array {
    return this.#kept.read(this.#rowOf(text), from, to)
  }

  /** Goes on with places of another text that had read the same before: see {@link kept}. */
  restore(text: Text, places: Float32Array): void {
    this.#rest()
    const row = this.#rowOf(text)
    const { layers, heads, width } = this.model.cache
    this.#reserve(this.#kept.lengths[row]! + places.length / (2 * layers * heads * keptWidth(width)))
    this.#kept.write(row, places)
  }

  rewind(text: Text, length: number): void {
    const row = this.#rowOf(text)
    const read = this.#kept.lengths[row]!
    if (!Number.isInteger(length) || length < 0 || length > read)
      throw new HebbError(`TextReader: cannot go back to ${length} tokens: ${read} have been read`)
    this.#rest()
    this.#kept.lengths[row] = length
    this.#grown?.rewind(text, length)
  }

  /** Reads pieces of several texts; the scores (V) after each, in the order of the pieces. */
  async read(pieces: readonly Piece<Text>[]): Promise<Float32Array[]> {
    this.#rest()
    const checked = pieces.map(({ reader, ids }, at) => this.#checked(reader, ids, at))
    const rows = checked.map(({ row }) => row)
    const twice = rows.findIndex((row, i) => rows.indexOf(row) !== i)
    if (twice >= 0) throw new HebbError(`TextBatch: piece ${twice} is more of a text that is read already: join its ids with the others`)
    const singles = checked.filter(({ ids }) => ids.length === 1)
    const others = checked.filter(({ ids }) => ids.length > 1).flatMap((piece) => cut(piece, longest).map((part) => [part]))
    const scores = Array<Float32Array>(checked.length)
    await this.#alone(checked, async () => {
      for (const run of singles.length > 0 ? [singles, ...others] : others) await this.#run(run, { last: scores })
    })
    return scores
  }

  /** Reads a piece of one text; the scores (V) after each of its ids. */
  async readEach(text: Text, ids: ArrayLike<number>): Promise<Float32Array[]> {
    this.#rest()
    const piece = this.#checked(text, ids, 0)
    const scores: Float32Array[] = []
    await this.#alone([piece], async () => {
      for (const part of cut(piece, longestEach)) await this.#run([part], { each: scores })
    })
    return scores
  }

  /** Reads a piece of one text: {@link read} without lists, for tokens of some microseconds. */
  async readOne(text: Text, ids: ArrayLike<number>): Promise<Float32Array> {
    this.#rest()
    const piece = this.#checked(text, ids, 0)
    const scores: Float32Array[] = []
    const before = this.#kept.lengths[piece.row]!
    this.#reading = true
    try {
      if (piece.again) this.#kept.lengths[piece.row] = 0
      if (piece.ids.length === 1) await this.#run([piece], { last: scores })
      else for (const part of cut(piece, longest)) await this.#run([part], { last: scores })
      this.#grown?.done(text, piece)
      return scores[0]!
    } catch (error) {
      this.#kept.lengths[piece.row] = before
      this.#grown?.spoil(text)
      throw error
    } finally {
      this.#reading = false
    }
  }

  #rest(): void {
    if (this.#reading)
      throw new HebbError(
        'TextReader: this text is being read, or another of its batch: await that, use a reader for each text, or read the texts of a batch together',
      )
  }

  #rowOf(text: Text): number {
    const row = this.texts.indexOf(text)
    if (row < 0) throw new HebbError('TextReader: this text was closed, or is of another batch: open a new one')
    return row
  }

  // the ids that are checked are the ids that are read, whoever writes into the list meanwhile
  #checked(text: Text, given: ArrayLike<number>, at: number): Checked<Text> {
    const { context, vocabulary } = this.model
    const row = this.#rowOf(text)
    const ids = Array.from(given)
    const read = this.#kept.lengths[row]!
    if (ids.length === 0) throw new HebbError('TextReader: nothing to read: give at least one id')
    if (read + ids.length > context)
      throw new HebbError(`TextReader: ${read} tokens read and ${ids.length} more are beyond the context of ${context}: rewind first`)
    for (let i = 0; i < ids.length; i++)
      if (!Number.isInteger(ids[i]) || ids[i]! < 0 || ids[i]! >= vocabulary)
        throw new HebbError(`TextReader: id ${ids[i]} at place ${read + i} is not in 0 … ${vocabulary - 1}`)
    const asked = this.#grown?.asked(text, ids) ?? { ids, again: false, whole: read + ids.length }
    return { ...asked, text, row, at, known: asked.ids.length - ids.length }
  }

  /** Reads while nobody else does. Where that fails, nothing has been read. */
  async #alone(all: readonly Checked<Text>[], read: () => Promise<void>): Promise<void> {
    const before = this.#kept.lengths.slice()
    this.#reading = true
    try {
      for (const { row, again } of all) if (again) this.#kept.lengths[row] = 0
      await read()
      for (const piece of all) this.#grown?.done(piece.text, piece)
    } catch (error) {
      this.#kept.lengths.set(before)
      for (const { text } of all) this.#grown?.spoil(text)
      throw error
    } finally {
      this.#reading = false
    }
  }

  /** One run: a piece, or pieces of one id each. */
  #run(pieces: readonly Checked[], into: Wanted): Promise<void> {
    const kept = this.#kept
    const each = 'each' in into
    const [first, texts] = this.#window(pieces)
    const { length } = pieces[0]!.ids
    const steps = each ? near(length) : length === 1 ? 1 : bucket(length, Math.min(longest, this.model.context))
    // rows in between are given an id as well, which counts for nothing, and is written behind what counts
    let most = 0
    for (let n = 0; n < texts; n++) most = Math.max(most, kept.lengths[first + n]! + steps)
    this.#reserve(most)
    const ids: (readonly number[])[] = []
    const wholes: number[] = []
    for (const { row, ids: own, whole } of pieces) [ids[row - first], wholes[row - first]] = [own, whole]
    return readTexts(
      this.model,
      { texts, steps, places: kept.places, each: each && steps > 1 },
      ids,
      { lengths: kept.lengths, wholes, first, arrays: kept.view(first, texts) },
      (all) => {
        const V = this.model.vocabulary
        for (const { row, ids, at, known } of pieces) {
          kept.lengths[row]! += ids.length
          const n = row - first
          if ('last' in into) into.last[at] = all.slice(n * V, (n + 1) * V)
          else for (let t = known; t < ids.length; t++) into.each.push(all.slice((n * steps + t) * V, (n * steps + t + 1) * V))
        }
      },
      this.room.beside?.(this.texts.slice(first, first + texts), texts),
    )
  }

  /** Makes room for so many places of each text. */
  #reserve(places: number): void {
    const { context } = this.model
    const most = Math.max(places, Math.min(this.room.places ?? 0, context))
    this.#kept.reserve(0, bucket(most, most <= context ? context : Number.POSITIVE_INFINITY))
  }

  /** The 1, 2, 4, … rows side by side that hold those asked for: the first one, and how many. */
  #window(pieces: readonly Checked[]): [first: number, texts: number] {
    let [low, high] = [this.#kept.rows, 0]
    for (const { row } of pieces) [low, high] = [Math.min(low, row), Math.max(high, row)]
    const texts = powerOf2(high - low + 1)
    return [Math.min(low, this.#kept.rows - texts), texts]
  }
}

/** The least power of 2 that is so much; rows come in such numbers. */
export const powerOf2 = (n: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, n)))

/** The next of 1, 2, 3, 4, 6, 8, 12, 16, …: of a few places each one counts. */
const near = (length: number): number => {
  const power = 2 ** Math.ceil(Math.log2(length))
  return length <= 0.75 * power && power > 3 ? 0.75 * power : power
}

/** A piece in parts of at most so many ids. */
const cut = (piece: Checked, most: number): Checked[] =>
  Array.from({ length: Math.ceil(piece.ids.length / most) }, (_, i) => ({
    ...piece,
    ids: piece.ids.slice(i * most, (i + 1) * most),
    known: Math.max(0, piece.known - i * most),
  }))
