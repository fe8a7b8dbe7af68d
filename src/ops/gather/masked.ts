/** Elements by mask, where how many there are depends on the numbers: nonzero, maskedSelect, maskedScatter. */

import { describe } from '../../graph/leaf.js'
import type { Dtype } from '../../tensor/dtype.js'
import { computeDtype } from '../../tensor/dtype.js'
import type { Computed } from '../../tensor/dtypes.js'
import { DtypeError, HebbError } from '../../tensor/errors.js'
import { broadcast } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { add } from '../elementwise/arithmetic.js'
import { cast } from '../elementwise/cast.js'
import { and, greaterEqual, less } from '../elementwise/compare.js'
import { where } from '../elementwise/select.js'
import { stack } from '../move/concat.js'
import { arange, full, zeros } from '../move/create.js'
import { expand, reshape } from '../move/reshape.js'
import { slice } from '../move/slice.js'
import { cumsum } from '../reduce/cumulative.js'
import { scatter } from './along.js'
import { truePlaces } from './indexing.js'
import { take } from './take.js'

/** A result whose size is given, because a graph's shapes are fixed. */
export interface FixedSize {
  /** how many are kept: the first ones */
  size: number
  /** what fills the rest */
  fill?: number | undefined
}

function checkSize(op: string, size: number): void {
  if (!Number.isInteger(size) || size < 0) throw new HebbError(`${op}: size ${size} is no count: give a whole number from 0 on`)
}

/** Before how many true elements each one stands. */
const rankOf = (mask: Tensor): Tensor => cast(cumsum(cast(mask, 'i32'), 0, { exclusive: true }), 'i32')

/** Places in a list of `size`, in order, of those that are true; the others and those past the end go to place `size`. */
function slots(mask: Tensor, size: number): Tensor {
  const rank = rankOf(mask)
  return where(and(mask, less(rank, size)), rank, size)
}

/** `values` (n) of the first `size` elements that are true, `fill` for those missing. */
const compacted = (values: Tensor, at: Tensor, size: number, fill: number): Tensor =>
  slice(scatter(full([size + 1], fill, { dtype: 'i32' }), at, values, 0), [[0, size]])

/**
 * The indices of elements that are not 0 (or are true), in row-major order, i32: x (…) → (count, rank). How many there are is known only when x is
 * computed, so the answer is awaited; with `size` it is part of the graph: the first `size` ones, rows of `fill` (default −1) for those missing.
 * No gradient.
 *
 * @example await nonzero(tensor([3, 0, 5])) // [[0], [2]]
 * @example nonzero(tensor([3, 0, 5]), { size: 3 }) // [[0], [2], [-1]]
 */
export function nonzero(x: Tensor): Promise<Tensor<'i32'>>
export function nonzero(x: Tensor, options: FixedSize): Tensor<'i32'>
export function nonzero(x: Tensor, options?: FixedSize): Tensor | Promise<Tensor> {
  const mask = cast(x, 'bool')
  if (options === undefined)
    return mask.data().then((values) => {
      const places = truePlaces(values, x.shape)
      if (places.length > 0) return stack(places, 1)
      return zeros([Number(values[0]) !== 0 ? 1 : 0, 0], { dtype: 'i32' })
    })
  const { size, fill = -1 } = options
  checkSize('nonzero', size)
  if (x.size === 0 || x.rank === 0) return x.rank === 0 ? zeros([size, 0], { dtype: 'i32' }) : full([size, x.rank], fill, { dtype: 'i32' })
  const where = slots(reshape(mask, [x.size]), size)
  const columns = x.shape.map((d, axis) => {
    const along = reshape(
      arange(d),
      x.shape.map((_, i) => (i === axis ? d : 1)),
    )
    return compacted(reshape(expand(along, x.shape), [x.size]), where, size, fill)
  })
  return stack(columns, 1)
}

function bothFlat(op: string, x: Tensor, mask: Tensor): { flat: Tensor; chosen: Tensor; n: number } {
  if (mask.dtype !== 'bool') throw new DtypeError(`${op}: the mask is ${describe(mask)}, not bool: compare it first, as in x.greater(0)`)
  const shape = broadcast([x.shape, mask.shape], op)
  const n = shape.reduce((a, d) => a * d, 1)
  return { flat: reshape(expand(x, shape), [n]), chosen: reshape(expand(mask, shape), [n]), n }
}

/**
 * The elements of x where the mask is true, in row-major order: x and mask (bool) broadcast, → (count). Awaited, because the count is known only
 * when the mask is computed; the elements themselves stay part of x's graph and carry gradients to it. With `size` nothing is awaited: the
 * first `size` elements, `fill` (default 0) for those missing. Throws DtypeError unless the mask is bool.
 *
 * @example await maskedSelect(tensor([1, -2, 3]), tensor([true, false, true])) // [1, 3]
 */
export function maskedSelect<D extends Dtype>(x: Tensor<D>, mask: Tensor): Promise<Tensor<Computed[D]>>
export function maskedSelect<D extends Dtype>(x: Tensor<D>, mask: Tensor, options: FixedSize): Tensor<Computed[D]>
export function maskedSelect(x: Tensor, mask: Tensor, options?: FixedSize): Tensor | Promise<Tensor> {
  const { flat, chosen, n } = bothFlat('maskedSelect', x, mask)
  if (options === undefined) return chosen.data().then((values) => take(flat, truePlaces(values, [n])[0]!))
  const { size, fill = 0 } = options
  checkSize('maskedSelect', size)
  if (n === 0) return full([size], fill, { dtype: x.dtype })
  const places = compacted(arange(n), slots(chosen, size), size, -1)
  const found = greaterEqual(places, 0)
  return where(
    found,
    cast(take(flat, where(found, places, 0)), computeDtype(x.dtype)),
    full([size], fill, { dtype: computeDtype(x.dtype) }),
  )
}

/**
 * x with its elements where the mask is true replaced, in row-major order, by those of the source from its first on; x and mask broadcast.
 * Throws DtypeError unless the mask is bool and dtypes agree; a run fails when the source has too few.
 *
 * @example maskedScatter(tensor([1, 2, 3]), tensor([true, false, true]), tensor([7, 8])) // [7, 2, 8]
 */
export function maskedScatter<D extends Dtype>(x: Tensor<D>, mask: Tensor, source: Tensor): Tensor<Computed[D]>
export function maskedScatter(x: Tensor, mask: Tensor, source: Tensor): Tensor {
  if (source.dtype !== x.dtype) throw new DtypeError(`maskedScatter: x is ${x.dtype}, the source ${source.dtype}: cast one of them`)
  const { flat, chosen, n } = bothFlat('maskedScatter', x, mask)
  const shape = broadcast([x.shape, mask.shape])
  if (n === 0) return reshape(flat, shape)
  const none = source.size === 0
  const rank = rankOf(chosen)
  // with an empty source every element that is asked for lies outside
  const from = none ? zeros([1], { dtype: source.dtype }) : reshape(source, [source.size])
  const places = where(chosen, none ? add(rank, 1) : rank, 0)
  return reshape(where(chosen, take(from, places), flat), shape)
}
