/** Texts in the rows of one cache: who stands where, and which of them one run of a program reads. */
import { initialize } from '../../nn/index.js'
import { bucket } from '../../runtime/buckets.js'
import { HebbError } from '../../tensor/index.js'
import type { CachingLanguageModel } from '../languageModel.js'
import { KeyValueCache } from './cache.js'
import { readTexts } from './readProgram.js'

/** More of one text; `Text` is whoever reads it. */
export interface Piece<Text> {
  readonly reader: Text
  readonly ids: ArrayLike<number>
}

/** A piece whose ids are known to be right; `at` is its place among those asked for. */
interface Checked {
  readonly row: number
  readonly ids: readonly number[]
  readonly at: number
}

/** What one run can read: pieces that fill up to the same number of ids, all of texts that begin, or all of texts that go on. */
interface Group {
  readonly steps: number
  readonly begins: boolean
  readonly pieces: readonly Checked[]
}

/** Texts that are open, and what was read of them. */
export class Rows<Text extends object> {
  /** the texts by row: they fill the first rows */
  readonly texts: Text[] = []
  #kept: KeyValueCache
  #reading = false

  constructor(readonly model: CachingLanguageModel) {
    initialize(model)
    this.#kept = new KeyValueCache(model.cache)
  }

  /** Takes a text in; with `like` as one that has read the same. */
  open(text: Text, like?: Text): void {
    this.#rest()
    const row = this.texts.length
    if (row >= this.#kept.rows) this.#kept.reserve(2 ** Math.ceil(Math.log2(row + 1)), 0)
    if (like) this.#kept.copy(this.#rowOf(like), row)
    this.texts.push(text)
  }

  /** Lets a text out; the last one takes its row. */
  close(text: Text): void {
    this.#rest()
    const row = this.#rowOf(text)
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

  lengthOf(text: Text): number {
    return this.#kept.lengths[this.#rowOf(text)]!
  }

  rewind(text: Text, length: number): void {
    const row = this.#rowOf(text)
    const read = this.#kept.lengths[row]!
    if (!Number.isInteger(length) || length < 0 || length > read)
      throw new HebbError(`TextReader: cannot go back to ${length} tokens: ${read} have been read`)
    this.#rest()
    this.#kept.lengths[row] = length
  }

  /** Reads pieces of several texts; the scores (V) after each, in the order of the pieces. */
  async read(pieces: readonly Piece<Text>[]): Promise<Float32Array[]> {
    this.#rest()
    const checked = pieces.map(({ reader, ids }, at) => this.#checked(this.#rowOf(reader), ids, at))
    const rows = checked.map(({ row }) => row)
    const twice = rows.findIndex((row, i) => rows.indexOf(row) !== i)
    if (twice >= 0) throw new HebbError(`TextBatch: piece ${twice} is more of a text that is read already: join its ids with the others`)
    return this.#alone(this.#groups(checked), checked.length)
  }

  /** Reads a piece of one text: {@link read} without lists, for tokens of some microseconds. */
  async readOne(text: Text, ids: ArrayLike<number>): Promise<Float32Array> {
    this.#rest()
    const piece = this.#checked(this.#rowOf(text), ids, 0)
    const scores: Float32Array[] = []
    this.#reading = true
    try {
      await this.#run(this.#group([piece]), scores)
      return scores[0]!
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
  #checked(row: number, given: ArrayLike<number>, at: number): Checked {
    const { context, vocabulary } = this.model
    const ids = Array.from(given)
    const read = this.#kept.lengths[row]!
    if (ids.length === 0) throw new HebbError('TextReader: nothing to read: give at least one id')
    if (read + ids.length > context)
      throw new HebbError(`TextReader: ${read} tokens read and ${ids.length} more are beyond the context of ${context}: rewind first`)
    for (let i = 0; i < ids.length; i++)
      if (!Number.isInteger(ids[i]) || ids[i]! < 0 || ids[i]! >= vocabulary)
        throw new HebbError(`TextReader: id ${ids[i]} at place ${read + i} is not in 0 … ${vocabulary - 1}`)
    return { row, ids, at }
  }

  /** A group of pieces that go together. */
  #group(pieces: readonly Checked[]): Group {
    const { row, ids } = pieces[0]!
    // one id at the start is read like any other, after a past of which nothing counts
    const single = ids.length === 1
    return { steps: single ? 1 : bucket(ids.length, this.model.context), begins: !single && this.#kept.lengths[row] === 0, pieces }
  }

  /** Pieces by what can run together. Texts that begin need no rows side by side: they are read 1, 2, 4, … at once, none to fill up. */
  #groups(pieces: readonly Checked[]): Group[] {
    const found = new Map<string, Checked[]>()
    for (const piece of pieces) {
      const { steps, begins } = this.#group([piece])
      const alike = found.get(`${steps} ${begins}`)
      if (alike) alike.push(piece)
      else found.set(`${steps} ${begins}`, [piece])
    }
    return [...found.values()].map((alike) => this.#group(alike)).flatMap((group) => (group.begins ? halved(group) : [group]))
  }

  /** One group after the other, while nobody else reads. Where one fails, nothing has been read. */
  async #alone(groups: readonly Group[], count: number): Promise<Float32Array[]> {
    const before = this.#kept.lengths.slice()
    const scores = Array<Float32Array>(count)
    this.#reading = true
    try {
      for (const group of groups) await this.#run(group, scores)
      return scores
    } catch (error) {
      this.#kept.lengths.set(before)
      throw error
    } finally {
      this.#reading = false
    }
  }

  #run({ steps, begins, pieces }: Group, scores: Float32Array[]): Promise<void> {
    const kept = this.#kept
    let most = 0
    for (const { row, ids } of pieces) most = Math.max(most, kept.lengths[row]! + ids.length)
    kept.reserve(0, bucket(most, this.model.context))
    const [first, texts] = begins ? [0, pieces.length] : this.#window(pieces)
    /** where a piece stands in the run */
    const rank = (i: number): number => (begins ? i : pieces[i]!.row - first)
    const ids: (readonly number[])[] = []
    for (let i = 0; i < pieces.length; i++) ids[rank(i)] = pieces[i]!.ids
    const sizes = { texts, steps, places: begins ? 0 : kept.places }
    const past = begins ? undefined : { lengths: kept.lengths, first, arrays: kept.view(first, texts) }
    return readTexts(this.model, sizes, ids, past, (all, made) => {
      const V = all.length / texts
      for (let i = 0; i < pieces.length; i++) {
        const { row, ids, at } = pieces[i]!
        const n = rank(i)
        kept.append(row, made, n, steps, ids.length)
        scores[at] = all.slice(n * V, (n + 1) * V)
      }
    })
  }

  /** The 1, 2, 4, … rows side by side that hold those asked for: the first one, and how many. */
  #window(pieces: readonly Checked[]): [first: number, texts: number] {
    let [low, high] = [this.#kept.rows, 0]
    for (const { row } of pieces) [low, high] = [Math.min(low, row), Math.max(high, row)]
    const texts = 2 ** Math.ceil(Math.log2(high - low + 1))
    return [Math.min(low, this.#kept.rows - texts), texts]
  }
}

/** A group cut into groups of 1, 2, 4, … pieces. */
function halved(group: Group): Group[] {
  const parts: Group[] = []
  for (let from = 0; from < group.pieces.length; from += parts.at(-1)!.pieces.length) {
    const count = 2 ** Math.floor(Math.log2(group.pieces.length - from))
    parts.push({ ...group, pieces: group.pieces.slice(from, from + count) })
  }
  return parts
}
