/** A key–value memory: vectors with a label each, added at any time, found again by nearness. */

import { softmax } from '../functional/normal/softmax.js'
import { describe } from '../graph/leaf.js'
import { scan } from '../ops/control/scan.js'
import { add, div, neg } from '../ops/elementwise/arithmetic.js'
import { cast } from '../ops/elementwise/cast.js'
import { scatterAdd, takeAlong } from '../ops/gather/along.js'
import { take } from '../ops/gather/take.js'
import { concat } from '../ops/move/concat.js'
import { arange, full, zeros } from '../ops/move/create.js'
import { expand } from '../ops/move/reshape.js'
import { linear } from '../ops/products/matmul.js'
import type { Found } from '../ops/reduce/extremes.js'
import { topK } from '../ops/sort/sort.js'
import { HebbError, ShapeError } from '../tensor/errors.js'
import { fromData, type Tensor, tensor } from '../tensor/tensor.js'
import { checkDistance, checkTemperature, distancesFrom, type MemoryDistance, slotsRead } from './nearest.js'
import type { Neighbours } from './neighbours.js'
import { type SearchOptions, searchKeys } from './search.js'

/** What a memory is made for. */
export interface KeyValueMemoryOptions {
  /** default `squaredEuclidean` */
  readonly distance?: MemoryDistance | undefined
  /** slots there is room for at once; more are made as they are needed. Default 1024 */
  readonly capacity?: number | undefined
}

/** Which slots are searched, and how. */
export interface NearestOptions extends SearchOptions {
  /** first slot; default 0 */
  readonly from?: number | undefined
  /** the one after the last; default all */
  readonly to?: number | undefined
}

/** Slots compared with in one step of the loop inside a graph. */
const stepSlots = 4096

/**
 * Slots of a key (D numbers) and a label (a whole number, as a token's id). Reading is attention: softmax(−d(q, k) / τ) over the k nearest
 * slots says how likely each label is [Khandelwal 2020]. The search is exact: every key is compared with.
 *
 * Shapes: keys (S, D), values (S); queries (Q, D) → neighbours (Q, k). Memory: 4 (D + 2) bytes a slot, and 32 MB while a search runs.
 * Throws HebbError for sizes that are none, keys and labels that do not fit each other, and reading while it is empty.
 *
 * @example
 * const memory = new KeyValueMemory(2)
 * memory.append(Float32Array.of(0, 0, 3, 4), Int32Array.of(7, 9))
 * (await memory.nearest(Float32Array.of(3, 3), 1)).indices // Int32Array [1]
 */
export class KeyValueMemory {
  readonly distance: MemoryDistance
  #filled = 0
  #allKeys: Float32Array
  #allValues: Int32Array
  /** what is added to q·k so that the highest is the nearest */
  #offsets: Float32Array

  constructor(
    readonly width: number,
    { distance = 'squaredEuclidean', capacity = 1024 }: KeyValueMemoryOptions = {},
  ) {
    checkDistance('KeyValueMemory', distance)
    for (const [name, n] of Object.entries({ width, capacity }))
      if (!Number.isInteger(n) || n < 1) throw new HebbError(`KeyValueMemory: ${name} is ${n}: give a whole number of 1 or more`)
    this.distance = distance
    this.#allKeys = new Float32Array(capacity * width)
    this.#allValues = new Int32Array(capacity)
    this.#offsets = new Float32Array(capacity)
  }

  /** slots that are filled, S */
  get size(): number {
    return this.#filled
  }

  /** the keys as they lie in memory, (S, D) */
  get keys(): Float32Array {
    return this.#allKeys.subarray(0, this.#filled * this.width)
  }

  /** the labels as they lie in memory, (S) */
  get values(): Int32Array {
    return this.#allValues.subarray(0, this.#filled)
  }

  /** Adds slots: keys (n, D), labels (n). All or none: throws HebbError when numbers do not fit, or a key is not finite. */
  append(keys: Float32Array, values: ArrayLike<number>): void {
    const { width } = this
    const filled = this.#filled
    if (keys.length !== values.length * width)
      throw new HebbError(
        `KeyValueMemory.append: ${keys.length} numbers are no ${values.length} keys of ${width}: give D numbers for each label`,
      )
    const offsets = new Float32Array(values.length)
    for (let n = 0; n < values.length; n++) {
      let square = 0
      for (let d = n * width; d < (n + 1) * width; d++) square += keys[d]! * keys[d]!
      offsets[n] = -square / 2
      if (!Number.isFinite(offsets[n]))
        throw new HebbError(`KeyValueMemory.append: key ${n} has a length that is no f32 number: nothing is near to NaN or infinity`)
      if (!Number.isInteger(values[n]) || Math.abs(values[n]!) > 0x7fffffff)
        throw new HebbError(`KeyValueMemory.append: label ${n} is ${values[n]}: give whole numbers of 32 bits`)
    }
    this.#reserve(filled + values.length)
    this.#allKeys.set(keys, filled * width)
    this.#allValues.set(values, filled)
    if (this.distance !== 'dot') this.#offsets.set(offsets, filled)
    this.#filled += values.length
  }

  /**
   * The k nearest slots of each query, nearest first, of equally near ones the first; all slots where k is more. On all cores, in bounded memory.
   * Throws HebbError when the memory (or the part from `from` to `to`) is empty, k is no count, or queries are not D numbers each.
   */
  async nearest(queries: Float32Array, k: number, { from = 0, to = this.#filled, ...options }: NearestOptions = {}): Promise<Neighbours> {
    const { width, distance } = this
    const [keys, offsets] = [this.#allKeys, this.#offsets]
    if (queries.length % width !== 0)
      throw new HebbError(`KeyValueMemory.nearest: ${queries.length} numbers are no queries of ${width}: give D numbers for each`)
    const broken = queries.findIndex((x) => !Number.isFinite(x))
    if (broken >= 0)
      throw new HebbError(`KeyValueMemory.nearest: query ${Math.floor(broken / width)} holds ${queries[broken]}: nothing is near to it`)
    if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || to > this.#filled || from > to)
      throw new HebbError(`KeyValueMemory.nearest: there are no slots ${from} to ${to} in a memory of ${this.#filled}`)
    const most = slotsRead('KeyValueMemory.nearest', k, this.#needSlots('nearest', to - from))
    return searchKeys({ keys, offsets, width, distance, from, to }, queries, most, options)
  }

  /**
   * The same as part of a graph: queries (Q, D) → distances and places (Q, k). A loop over the keys, slower than {@link nearest} where
   * queries are many. Slots that are added later are not seen by graphs made before.
   * Throws ShapeError when queries are no (Q, D), HebbError when the memory is empty or k no count.
   */
  nearestSlots(queries: Tensor, k: number): Found {
    const { width, distance } = this
    if (queries.rank !== 2 || queries.shape[1] !== width)
      throw new ShapeError(`KeyValueMemory.nearestSlots: queries ${describe(queries)} are not (Q, ${width})`)
    const most = slotsRead('KeyValueMemory.nearestSlots', k, this.#needSlots('nearestSlots', this.#filled))
    const steps = Math.floor(this.#filled / stepSlots)
    const none: { readonly scores: Tensor; readonly places: Tensor } = {
      scores: full([queries.shape[0]!, most], Number.NEGATIVE_INFINITY),
      places: full([queries.shape[0]!, most], -1, { dtype: 'i32' }),
    }
    const better = (best: typeof none, keys: Tensor, offsets: Tensor, first: Tensor): typeof none => {
      const scores = linear(queries, keys, offsets)
      const { values, indices } = topK(concat([best.scores, scores], 1), most, 1)
      return {
        scores: values,
        places: takeAlong(concat([best.places, expand(add(arange(keys.shape[0]!), first), scores.shape)], 1), indices, 1),
      }
    }
    // slots are only ever added: what is filled may be read in place
    const part = (from: number, slots: number, shape: readonly number[]): [Tensor, Tensor] => [
      fromData(this.#allKeys.subarray(from * width, (from + slots) * width), [...shape, width], 'f32'),
      fromData(this.#offsets.subarray(from, from + slots), shape, 'f32'),
    ]
    let best = none
    if (steps > 0) {
      const [keys, offsets] = part(0, steps * stepSlots, [steps, stepSlots])
      const first = tensor(Int32Array.from({ length: steps }, (_, i) => i * stepSlots))
      best = scan((carry, x) => [better(carry, x.keys, x.offsets, x.first), []], none, { keys, offsets, first }).carry
    }
    const done = steps * stepSlots
    if (done < this.#filled) {
      const [keys, offsets] = part(done, this.#filled - done, [this.#filled - done])
      best = better(best, keys, offsets, tensor(Int32Array.of(done)))
    }
    return { values: distancesFrom(best.scores, queries, distance), indices: cast(best.places, 'i32') }
  }

  /**
   * p(y) = Σₙ wₙ [labelₙ = y], w = softmax(−d / τ) over the k nearest slots, as part of a graph: queries (Q, D) → (Q, classes).
   * Throws as {@link nearestSlots}, and HebbError for labels outside 0 … classes − 1.
   */
  read(
    queries: Tensor,
    { classes, k, temperature = 1 }: { readonly classes: number; readonly k: number; readonly temperature?: number | undefined },
  ): Tensor {
    checkTemperature('KeyValueMemory.read', temperature)
    const outside = this.values.find((label) => label < 0 || label >= classes)
    if (outside !== undefined) throw new HebbError(`KeyValueMemory.read: label ${outside} is not in 0 … ${classes - 1}`)
    const { values: distances, indices } = this.nearestSlots(queries, k)
    const weights = softmax(div(neg(distances), temperature))
    return scatterAdd(zeros([queries.shape[0]!, classes]), take(tensor(this.values), cast(indices, 'i32')), weights, 1)
  }

  #needSlots(method: string, slots: number): number {
    if (slots === 0) throw new HebbError(`KeyValueMemory.${method}: there are no slots to read: append keys and labels first`)
    return slots
  }

  #reserve(slots: number): void {
    const room = this.#allValues.length
    if (slots <= room) return
    const more = Math.max(slots, Math.ceil(room * 1.5))
    const grown = <A extends Float32Array | Int32Array>(old: A, next: A): A => {
      next.set(old)
      return next
    }
    this.#allKeys = grown(this.#allKeys, new Float32Array(more * this.width))
    this.#allValues = grown(this.#allValues, new Int32Array(more))
    this.#offsets = grown(this.#offsets, new Float32Array(more))
  }
}
