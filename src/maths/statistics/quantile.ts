/** Where numbers stand in order: median, quantile, kthValue, mode. */

import { describe } from '../../graph/leaf.js'
import { add, maximum, mul, sub } from '../../ops/elementwise/arithmetic.js'
import { cast } from '../../ops/elementwise/cast.js'
import { equal, notEqual } from '../../ops/elementwise/compare.js'
import { real } from '../../ops/elementwise/real.js'
import { where } from '../../ops/elementwise/select.js'
import { ceil, floor, round } from '../../ops/elementwise/unary.js'
import { takeAlong } from '../../ops/gather/along.js'
import { full } from '../../ops/move/create.js'
import { expand, reshape, squeeze, transpose, unsqueeze } from '../../ops/move/reshape.js'
import { slice } from '../../ops/move/slice.js'
import type { ReduceOptions } from '../../ops/reduce/axes.js'
import { argmax, type Found } from '../../ops/reduce/extremes.js'
import { sum } from '../../ops/reduce/sum.js'
import { sort } from '../../ops/sort/sort.js'
import type { Dtype } from '../../tensor/dtype.js'
import { computeDtype, isFloat } from '../../tensor/dtype.js'
import type { Computed, Fractional, Ranked } from '../../tensor/dtypes.js'
import { HebbError, ShapeError } from '../../tensor/errors.js'
import { axisOf } from '../../tensor/shape.js'
import { Tensor, tensor } from '../../tensor/tensor.js'
import { searchSorted } from '../search/searchSorted.js'

/** What lies between two elements: on the line between them, the lower, the higher, the middle, or the nearer (halves to the even place). */
export type Interpolation = 'linear' | 'lower' | 'higher' | 'midpoint' | 'nearest'

/** Settings of quantiles. */
export interface QuantileOptions extends ReduceOptions {
  /** default all elements */
  axis?: number | undefined
  /** default 'linear' */
  interpolation?: Interpolation | undefined
}

/** x in order along its last axis: the axis asked for, or all as one. */
function rows(op: string, x: Tensor, axis: number | undefined): Tensor {
  const flat = axis === undefined || x.rank === 0 ? reshape(x, [x.size]) : x
  const along = axis === undefined ? 0 : axisOf(axis, Math.max(1, x.rank), op)
  if (flat.shape[along] === 0)
    throw new ShapeError(`${op}: ${describe(x)} has nothing to put in order${axis === undefined ? '' : ` along axis ${axis}`}`)
  const rest = flat.shape.flatMap((_, i) => (i === along ? [] : [i]))
  return transpose(flat, [...rest, along])
}

/** A result without its last axis, put where x's axis was if that is kept. */
const placed = (y: Tensor, x: Tensor, axis: number | undefined, keep: boolean): Tensor => {
  if (!keep) return y
  return axis === undefined || x.rank === 0
    ? reshape(
        y,
        x.shape.map(() => 1),
      )
    : unsqueeze(y, axisOf(axis, x.rank))
}

/** Elements of sorted rows at places with fractions, which are f64 so that no place is off; of each row its own. */
function between(sorted: Tensor, place: Tensor, interpolation: Interpolation): Tensor {
  const at = (p: Tensor): Tensor => takeAlong(sorted, cast(p, 'i32'), -1)
  if (interpolation === 'lower') return at(floor(place))
  if (interpolation === 'higher') return at(ceil(place))
  if (interpolation === 'nearest') return at(round(place))
  const [low, high] = [at(floor(place)), at(ceil(place))]
  const weight = interpolation === 'midpoint' ? undefined : cast(sub(place, floor(place)), sorted.dtype)
  // equal ends, infinite ones too, have nothing between them
  const same = equal(low, high)
  const span = where(same, 0, sub(high, low))
  if (!weight) return where(equal(floor(place), ceil(place)), low, add(low, mul(span, 0.5)))
  return where(equal(weight, 0), low, add(low, mul(span, weight)))
}

type Quantile = <D extends Dtype>(x: Tensor<D>, q: number | readonly number[] | Tensor, options?: QuantileOptions) => Tensor<Fractional[D]>

function quantiles(op: string, ignore: boolean): (x: Tensor, q: number | readonly number[] | Tensor, options?: QuantileOptions) => Tensor {
  return (
    x: Tensor,
    q: number | readonly number[] | Tensor,
    { axis, interpolation = 'linear', keep = false }: QuantileOptions = {},
  ): Tensor => {
    if (!['linear', 'lower', 'higher', 'midpoint', 'nearest'].includes(interpolation))
      throw new HebbError(`${op}: '${interpolation}' is no interpolation: give 'linear', 'lower', 'higher', 'midpoint' or 'nearest'`)
    const shares = q instanceof Tensor ? cast(q, 'f64') : tensor(typeof q === 'number' ? q : [...q], { dtype: 'f64' })
    if (shares.rank > 1) throw new ShapeError(`${op}: shares ${describe(shares)} are no number and no row`)
    for (const v of shares.value ?? [])
      if (!(Number(v) >= 0 && Number(v) <= 1)) throw new HebbError(`${op}: ${v} is no share: give numbers from 0 to 1`)
    const source = rows(op, real(x), axis)
    const sorted = sort(source).values
    const size = source.shape.at(-1)!
    const good = sum(cast(equal(source, source), 'i32'), -1, { keep: true })
    const last = ignore ? maximum(sub(cast(good, 'f64'), 1), 0) : tensor([size - 1], { dtype: 'f64' })
    const list = reshape(shares, [shares.size])
    const place = mul(last, list)
    const shape = [...source.shape.slice(0, -1), list.size]
    const found = between(sorted, expand(place, shape), interpolation)
    const y = where(ignore ? equal(good, 0) : notEqual(cast(good, 'i32'), size), Number.NaN, found)
    if (shares.rank === 0) return placed(squeeze(y, -1), x, axis, keep)
    const order = y.shape.map((_, i) => i)
    const first = transpose(y, [order.length - 1, ...order.slice(0, -1)])
    if (!keep) return first
    return axis === undefined || x.rank === 0
      ? reshape(first, [list.size, ...x.shape.map(() => 1)])
      : unsqueeze(first, axisOf(axis, x.rank) + 1)
  }
}

/**
 * What a share q of the elements lies below, along an axis or of all: at place q · (n − 1) of the sorted row, between two elements as
 * `interpolation` says. For a row of shares the results come along a new first axis. NaN among the elements gives NaN. Gradients go to
 * the elements that made the result. Throws ShapeError where there are no elements, HebbError for shares outside [0, 1].
 *
 * @example quantile(tensor([1, 2, 3, 5]), [0.25, 0.5]) // [1.75, 2.5]
 */
export const quantile: Quantile = quantiles('quantile', false) as Quantile

/** {@link quantile} of the elements that are not NaN; NaN where there are none. */
export const nanQuantile: Quantile = quantiles('nanQuantile', true) as Quantile

/** Settings of `median`. */
export interface MedianOptions extends ReduceOptions {
  /** default all elements */
  axis?: number | undefined
}

type Median = <D extends Dtype>(x: Tensor<D>, options?: MedianOptions) => Tensor<Ranked[D]>

const middle =
  (op: string, ignore: boolean) =>
  (x: Tensor, { axis, keep = false }: MedianOptions = {}): Tensor => {
    if (axis === undefined && x.size === 0 && isFloat(x.dtype))
      return full(keep ? x.shape.map(() => 1) : [], Number.NaN, { dtype: computeDtype(x.dtype) })
    const source = rows(op, x.dtype === 'bool' ? cast(x, 'u8') : x, axis)
    const { values } = sort(source)
    const size = source.shape.at(-1)!
    const cut = (i: number): Tensor => slice(values, [...source.shape.slice(0, -1).map(() => null), [i, i + 1]])
    if (!isFloat(x.dtype)) return placed(squeeze(cut(Math.floor((size - 1) / 2)), -1), x, axis, keep)
    const good = sum(cast(equal(source, source), 'i32'), -1, { keep: true })
    const place = cast(floor(mul(maximum(sub(cast(good, 'f64'), 1), 0), 0.5)), 'i32')
    const y = ignore ? takeAlong(values, place, -1) : where(equal(good, size), cut(Math.floor((size - 1) / 2)), Number.NaN)
    return placed(squeeze(y, -1), x, axis, keep)
  }

/**
 * The element in the middle of the sorted row, along an axis or of all; of an even number the lower of the two, as in PyTorch
 * (NumPy's, the mean of both, is `quantile(x, 0.5)`). NaN among the elements gives NaN. The gradient goes to that element.
 * NaN for no elements at all; throws ShapeError where an axis has none, and for no integers.
 *
 * @example median(tensor([4, 1, 3, 2])) // 2
 */
export const median: Median = middle('median', false) as Median

/** {@link median} of the elements that are not NaN; NaN where there are none. */
export const nanMedian: Median = middle('nanMedian', true) as Median

/** A place in order, from which on it is found in x as well. */
function picked(values: Tensor, indices: Tensor, place: Tensor, x: Tensor, axis: number, keep: boolean): Found {
  const one = (t: Tensor): Tensor => placed(squeeze(takeAlong(t, place, -1), -1), x, axis, keep)
  return { values: one(values), indices: cast(one(indices), 'i32') }
}

const scalarRow = (x: Tensor): Tensor => (x.rank === 0 ? reshape(x, [1]) : x)
const asScalars = ({ values, indices }: Found): Found => ({ values: reshape(values, []), indices: reshape(indices, []) })

/**
 * The k-th smallest element along an axis (default the last), k from 1, and where it was; NaN counts as larger than ∞.
 * Throws ShapeError when the axis has fewer.
 *
 * @example kthValue(tensor([5, 1, 3]), 2).values // 3
 */
export function kthValue<D extends Dtype>(x: Tensor<D>, k: number, axis?: number, options?: ReduceOptions): Found<Computed[D]>
export function kthValue(x: Tensor, k: number, axis = -1, { keep = false }: ReduceOptions = {}): Found {
  if (x.rank === 0) return asScalars(kthValue(scalarRow(x), k, 0))
  const along = axisOf(axis, x.rank, 'kthValue')
  const size = x.shape[along]!
  if (!Number.isInteger(k) || k < 1 || k > size)
    throw new ShapeError(`kthValue: axis ${axis} of ${describe(x)} has no ${k}. element: it has ${size}`)
  const { values, indices } = sort(x, along)
  const cut = (t: Tensor): Tensor => {
    const y = slice(t, [...x.shape.slice(0, along).map(() => null), [k - 1, k]])
    return keep ? y : squeeze(y, along)
  }
  return { values: cut(values), indices: cast(cut(indices), 'i32') }
}

/**
 * The element that appears most often along an axis (default the last), the smallest of those, and where it is first.
 * Throws ShapeError where there are none.
 *
 * @example mode(tensor([3, 1, 3, 2])).values // 3
 */
export function mode<D extends Dtype>(x: Tensor<D>, axis?: number, options?: ReduceOptions): Found<Computed[D]>
export function mode(x: Tensor, axis = -1, { keep = false }: ReduceOptions = {}): Found {
  if (x.rank === 0) return asScalars(mode(scalarRow(x), 0))
  const along = axisOf(axis, x.rank, 'mode')
  const source = rows('mode', x, along)
  const { values, indices } = sort(source)
  const frequency = sub(searchSorted(values, values, { right: true }), searchSorted(values, values))
  return picked(values, indices, argmax(frequency, -1, { keep: true }), x, along, keep)
}
