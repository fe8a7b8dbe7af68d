/** What is there, each once: unique. */
import { describe } from '../../graph/leaf.js'
import { minimum, sub } from '../../ops/elementwise/arithmetic.js'
import { cast } from '../../ops/elementwise/cast.js'
import { notEqual } from '../../ops/elementwise/compare.js'
import { where } from '../../ops/elementwise/select.js'
import { scatter, scatterAdd } from '../../ops/gather/along.js'
import type { FixedSize } from '../../ops/gather/masked.js'
import { take } from '../../ops/gather/take.js'
import { concat } from '../../ops/move/concat.js'
import { full, ones, zeros } from '../../ops/move/create.js'
import { reshape, transpose } from '../../ops/move/reshape.js'
import { slice } from '../../ops/move/slice.js'
import { cumsum } from '../../ops/reduce/cumulative.js'
import { sort } from '../../ops/sort/sort.js'
import type { TypedArray } from '../../tensor/dtype.js'
import { HebbError, ShapeError } from '../../tensor/errors.js'
import { axisOf } from '../../tensor/shape.js'
import { fromData, type Tensor } from '../../tensor/tensor.js'

/** Different values and where they are. */
export interface Unique {
  /** each value once */
  readonly values: Tensor
  /** which of the values each element (or slice) is, i32: of x's shape, or of the axis' length */
  readonly inverse: Tensor
  /** how often each value appears, i32 */
  readonly counts: Tensor
}

/** Settings of `unique`. */
export interface UniqueOptions {
  /** compare whole slices along this axis; default single elements */
  axis?: number | undefined
  /** join neighbours only, in x's order, instead of sorting; default false */
  consecutive?: boolean | undefined
}

/** Rows in ascending order; NaN is larger than all, equal rows keep their order. */
function order(rows: TypedArray, count: number, width: number): number[] {
  const less = (a: number | bigint, b: number | bigint): number => {
    const [x, y] = [Number.isNaN(a), Number.isNaN(b)]
    return x || y ? Number(x) - Number(y) : a < b ? -1 : a > b ? 1 : 0
  }
  return Array.from({ length: count }, (_, i) => i).sort((i, j) => {
    for (let k = 0; k < width; k++) {
      const by = less(rows[i * width + k]!, rows[j * width + k]!)
      if (by !== 0) return by
    }
    return i - j
  })
}

const sameRow = (rows: TypedArray, width: number, i: number, j: number): boolean => {
  for (let k = 0; k < width; k++) if (rows[i * width + k] !== rows[j * width + k]) return false
  return true
}

/** Groups of equal neighbours in an order: the first of each, which group every row is in, how large groups are. */
function groups(rows: TypedArray, width: number, list: ArrayLike<number>): { firsts: number[]; inverse: Int32Array; counts: number[] } {
  const [firsts, counts, inverse] = [[] as number[], [] as number[], new Int32Array(list.length)]
  for (let n = 0; n < list.length; n++) {
    const i = list[n]!
    if (n === 0 || !sameRow(rows, width, list[n - 1]!, i)) {
      firsts.push(i)
      counts.push(0)
    }
    inverse[i] = firsts.length - 1
    counts[counts.length - 1]!++
  }
  return { firsts, inverse, counts }
}

const list = (values: ArrayLike<number>): Tensor => fromData(Int32Array.from(values), [values.length], 'i32')

/** The first `size` different values within the graph: where the sorted row changes, a new one begins. */
function fixed(x: Tensor, { size, fill = 0 }: FixedSize): Unique {
  if (!Number.isInteger(size) || size < 0) throw new HebbError(`unique: size ${size} is no count: give a whole number from 0 on`)
  const n = x.size
  const { values, indices } = sort(reshape(x, [n]))
  if (n === 0)
    return {
      values: full([size], fill, { dtype: values.dtype }),
      inverse: zeros(x.shape, { dtype: 'i32' }),
      counts: zeros([size], { dtype: 'i32' }),
    }
  const changes = cast(notEqual(slice(values, [[1]]), slice(values, [[0, -1]])), 'i32')
  const group = cast(cumsum(concat([zeros([1], { dtype: 'i32' }), changes]), 0), 'i32')
  const inverse = reshape(scatter(zeros([n], { dtype: 'i32' }), indices, group, 0), x.shape)
  // of equal ones the first stays: written backward, it comes last
  const kept = minimum(group, size)
  const whole = scatterAdd(zeros([size + 1], { dtype: 'i32' }), kept, ones([n], { dtype: 'i32' }), 0)
  const counts = slice(whole, [[0, size]])
  const starts = sub(cast(cumsum(counts, 0), 'i32'), counts)
  const there = notEqual(counts, 0)
  const firsts = take(values, where(there, starts, 0))
  return { values: where(there, firsts, full([size], fill, { dtype: values.dtype })), inverse, counts }
}

/**
 * The different values of x in ascending order (NaN last, each for itself), which of them every element is, and how often each appears; with
 * `axis` different slices, in the order of their first difference. How many there are is known only when x is computed, so the answer is awaited;
 * the values stay part of x's graph, and their gradient goes to the first element that has them. With `size` nothing is awaited: the first `size`
 * values, `fill` (default 0) and counts of 0 for those missing.
 *
 * @example const { values, counts } = await unique(tensor([3, 1, 3])) // [1, 3] and [1, 2]
 */
export function unique(x: Tensor, options?: UniqueOptions): Promise<Unique>
export function unique(x: Tensor, options: FixedSize): Unique
export function unique(x: Tensor, options: UniqueOptions & Partial<FixedSize> = {}): Unique | Promise<Unique> {
  const { axis, consecutive = false, size, fill } = options
  if (size !== undefined) {
    if (axis !== undefined || consecutive)
      throw new HebbError('unique: size goes with all elements of x in order: leave axis and consecutive away, or await the answer')
    return fixed(x, fill === undefined ? { size } : { size, fill })
  }
  if (axis !== undefined) return slices(x, axisOf(axis, x.rank, 'unique'), consecutive)
  return elements(x, consecutive)
}

async function elements(x: Tensor, consecutive: boolean): Promise<Unique> {
  const flat = reshape(x, [x.size])
  const y = flat.dtype === 'f16' || flat.dtype === 'bf16' ? cast(flat, 'f32') : flat
  const places = consecutive || x.size === 0 ? undefined : await sort(y).indices.data()
  const values = await y.data()
  const { firsts, inverse, counts } = groups(values, 1, places ? places : Int32Array.from({ length: x.size }, (_, i) => i))
  return { values: take(y, list(firsts)), inverse: fromData(inverse, x.shape, 'i32'), counts: list(counts) }
}

async function slices(x: Tensor, axis: number, consecutive: boolean): Promise<Unique> {
  const count = x.shape[axis]!
  const width = count === 0 ? 0 : x.size / count
  if (count > 0 && x.size === 0)
    throw new ShapeError(`unique: slices of ${describe(x)} along axis ${axis} are empty: nothing tells them apart`)
  const others = x.shape.flatMap((_, i) => (i === axis ? [] : [i]))
  const y = x.dtype === 'f16' || x.dtype === 'bf16' ? cast(x, 'f32') : x
  const rows = await reshape(transpose(y, [axis, ...others]), [count, width]).data()
  const { firsts, inverse, counts } = groups(
    rows,
    width,
    consecutive ? Array.from({ length: count }, (_, i) => i) : order(rows, count, width),
  )
  return { values: take(y, list(firsts), axis), inverse: fromData(inverse, [count], 'i32'), counts: list(counts) }
}
