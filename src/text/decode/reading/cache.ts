/** The keys and values of several texts, in flat memory with room for more. */
import { keptWidth } from '../../../functional/index.js'
import type { CachingLanguageModel } from '../../languageModel.js'

/** Room for keys and values of some places of some texts, a row each: programs read them and write new ones where they lie. */
export class KeyValueCache {
  /** places that are filled, by row; places behind them hold finite numbers */
  lengths: Int32Array = new Int32Array(0)
  /** places there is room for in each row, S */
  places = 0
  /** keys of layer 0, values of layer 0, keys of layer 1, …: (rows, G, S, W) each */
  #arrays: readonly Float32Array[] = []
  /** some rows of each array, by first row and number of rows: the same views as long as the memory stays */
  readonly #views = new Map<number, readonly Float32Array[]>()
  readonly #shape: CachingLanguageModel['cache']

  constructor({ layers, heads, width }: CachingLanguageModel['cache']) {
    this.#shape = { layers, heads, width: keptWidth(width) }
  }

  /** rows there is room for */
  get rows(): number {
    return this.lengths.length
  }

  /** Makes room for so many rows and places; what is there stays. */
  reserve(rows: number, places: number): void {
    if (rows <= this.rows && places <= this.places) return
    this.#resize(Math.max(rows, this.rows), Math.max(places, this.places))
  }

  /** Gives back all but the first rows and places. */
  shrink(rows: number, places: number): void {
    if (rows < this.rows || places < this.places) this.#resize(Math.min(rows, this.rows), Math.min(places, this.places))
  }

  #resize(rows: number, places: number): void {
    const { layers, heads, width } = this.#shape
    const each = rows * heads * places * width
    const block = new Float32Array(2 * layers * each)
    const arrays = Array.from({ length: 2 * layers }, (_, i) => block.subarray(i * each, (i + 1) * each))
    const stay = Math.min(rows, this.rows)
    for (const [i, old] of this.#arrays.entries())
      for (let row = 0; row < stay; row++)
        copyPlaces(old, { row, size: this.places, place: 0 }, arrays[i]!, { row, size: places, place: 0 }, this.lengths[row]!, this.#shape)
    const lengths = new Int32Array(rows)
    lengths.set(this.lengths.subarray(0, stay))
    this.lengths = lengths
    this.places = places
    this.#arrays = arrays
    this.#views.clear()
  }

  /** The rows `from` … `from + count − 1` of every array. */
  view(from: number, count: number): readonly Float32Array[] {
    const key = from * (this.rows + 1) + count
    let views = this.#views.get(key)
    if (!views) {
      const { heads, width } = this.#shape
      const each = heads * this.places * width
      views = this.#arrays.map((array) => array.subarray(from * each, (from + count) * each))
      this.#views.set(key, views)
    }
    return views
  }

  /** Writes one row over another. */
  copy(from: number, to: number): void {
    const at = (row: number): Place => ({ row, size: this.places, place: 0 })
    for (const array of this.#arrays) copyPlaces(array, at(from), array, at(to), this.lengths[from]!, this.#shape)
    this.lengths[to] = this.lengths[from]!
  }

  /** A copy of some places of a row: by array and head, each (places, W). */
  read(row: number, from: number, to: number): Float32Array {
    const { heads, width } = this.#shape
    const size = (to - from) * width
    const out = new Float32Array(this.#arrays.length * heads * size)
    this.#each(row, (array, start, i) => out.set(array.subarray(start + from * width, start + to * width), i * size))
    return out
  }

  /** Puts places that were read behind those a row has. */
  write(row: number, places: Float32Array): void {
    const { heads, width } = this.#shape
    const size = places.length / (this.#arrays.length * heads)
    const from = this.lengths[row]! * width
    this.#each(row, (array, start, i) => array.set(places.subarray(i * size, (i + 1) * size), start + from))
    this.lengths[row]! += size / width
  }

  /** Where every head of a row begins in every array, counted through. */
  #each(row: number, use: (array: Float32Array, start: number, i: number) => void): void {
    const { heads, width } = this.#shape
    for (const [a, array] of this.#arrays.entries())
      for (let h = 0; h < heads; h++) use(array, (row * heads + h) * this.places * width, a * heads + h)
  }

  /** Empties a row: were what a text left behind NaN, it would spoil the next one in spite of its weight of 0. */
  clear(row: number): void {
    for (const array of this.view(row, 1)) array.fill(0)
    this.lengths[row] = 0
  }
}

/** A place in a grid (rows, G, size, W). */
interface Place {
  readonly row: number
  readonly size: number
  readonly place: number
}

/** Copies `count` places of every head of one row of a grid into a row of another. */
function copyPlaces(
  from: Float32Array,
  source: Place,
  to: Float32Array,
  target: Place,
  count: number,
  { heads, width }: CachingLanguageModel['cache'],
): void {
  for (let h = 0; h < heads; h++) {
    const start = ((source.row * heads + h) * source.size + source.place) * width
    to.set(from.subarray(start, start + count * width), ((target.row * heads + h) * target.size + target.place) * width)
  }
}
