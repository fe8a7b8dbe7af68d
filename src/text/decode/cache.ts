/** The keys and values of one text, in flat memory with room for more. */
import type { CachingLanguageModel } from '../languageModel.js'

/** Room for keys and values of some places: written by hand between runs, read in place by the programs. */
export class KeyValueCache {
  /** places that are filled */
  length = 0
  /** places there is room for, S */
  size = 0
  /** keys of layer 0, values of layer 0, keys of layer 1, …: (H, S, D) each */
  arrays: readonly Float32Array[] = []

  constructor(private readonly shape: CachingLanguageModel['cache']) {}

  /** Makes room for `size` places; what is there stays. */
  reserve(size: number): void {
    if (size <= this.size) return
    const { layers, heads, width } = this.shape
    const block = new Float32Array(2 * layers * heads * size * width)
    const each = heads * size * width
    const arrays = Array.from({ length: 2 * layers }, (_, i) => block.subarray(i * each, (i + 1) * each))
    for (const [i, old] of this.arrays.entries()) copyPlaces(old, this.size, 0, arrays[i]!, size, 0, this.length, this.shape)
    this.arrays = arrays
    this.size = size
  }

  /** Adds the first `count` places of rows (H, steps, D), in the order of `arrays`. */
  append(rows: readonly Float32Array[], steps: number, count: number): void {
    for (const [i, row] of rows.entries()) copyPlaces(row, steps, 0, this.arrays[i]!, this.size, this.length, count, this.shape)
    this.length += count
  }
}

/** Copies `count` places of every head from one grid (H, S, D) into another. */
function copyPlaces(
  from: Float32Array,
  fromSize: number,
  fromPlace: number,
  to: Float32Array,
  toSize: number,
  toPlace: number,
  count: number,
  { heads, width }: CachingLanguageModel['cache'],
): void {
  for (let h = 0; h < heads; h++) {
    const start = (h * fromSize + fromPlace) * width
    to.set(from.subarray(start, start + count * width), (h * toSize + toPlace) * width)
  }
}
