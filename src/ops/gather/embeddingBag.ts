/** Rows of a table summed up in bags. */

import { describe } from '../../graph/leaf.js'
import { type Dtype, isFloat } from '../../tensor/dtype.js'
import type { Fractional } from '../../tensor/dtypes.js'
import { DtypeError, HebbError, ShapeError } from '../../tensor/errors.js'
import { sameShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { and } from '../elementwise/compare.js'
import { real } from '../elementwise/real.js'
import { where } from '../elementwise/select.js'
import { full, ones, zeros } from '../move/create.js'
import { indices } from './ids.js'
import { embedding } from './take.js'

/** Options of embeddingBag. */
export interface EmbeddingBagOptions {
  /** where each bag begins in one list of ids, ascending from 0, (B) i32 or i64; the last reaches to the end */
  readonly offsets?: Tensor | undefined
  /** what a bag's rows become; default 'mean'. An empty bag gives 0 */
  readonly mode?: 'sum' | 'mean' | 'max' | undefined
  /** a factor for each row, of the ids' shape; for mode 'sum' only */
  readonly weights?: Tensor | undefined
  /** a row that is in no bag, and gets no gradient */
  readonly paddingIndex?: number | undefined
  /** whether the offsets end with the number of ids, one more than there are bags; default false */
  readonly lastOffset?: boolean | undefined
}

/** The bag of each of `count` ids. */
function bagsOf(offsets: Tensor, count: number): Tensor {
  const starts = zeros([count + 1], { dtype: 'i32' }).scatterAdd(offsets, ones(offsets.shape, { dtype: 'i32' }), 0)
  return starts
    .cumsum(0)
    .slice([[0, count]])
    .cast('i32')
    .sub(1)
}

/**
 * Rows of a table, summed, averaged or their maximum for each bag of ids, without keeping them apart.
 *
 * weight (V, D), ids (B, T) → (B, D), each line a bag; or ids (T) with `offsets` (B) → (B, D). Equal maxima share the gradient.
 * Throws ShapeError when shapes do not fit, DtypeError for ids that are not integers, HebbError for weights in another mode than 'sum';
 * a run fails when an id is outside.
 *
 * @example embeddingBag(table, tensor([1, 2, 2, 5], { dtype: 'i32' }), { offsets: tensor([0, 3], { dtype: 'i32' }), mode: 'sum' }) // (2, D)
 */
export function embeddingBag<D extends Dtype>(weight: Tensor<D>, ids: Tensor, options?: EmbeddingBagOptions): Tensor<Fractional[D]>
export function embeddingBag(
  weight: Tensor,
  ids: Tensor,
  { offsets, mode = 'mean', weights, paddingIndex, lastOffset = false }: EmbeddingBagOptions = {},
): Tensor {
  const inputs = `\n  inputs: weight ${describe(weight)}, ids ${describe(ids)}`
  if (weights && mode !== 'sum') throw new HebbError(`embeddingBag: weights go with mode 'sum', not with '${mode}'`)
  if (weights && !sameShape(weights.shape, ids.shape))
    throw new ShapeError(`embeddingBag: needs a weight for each id, not ${describe(weights)}${inputs}`)
  if (ids.rank !== 1 && ids.rank !== 2) throw new ShapeError(`embeddingBag: needs ids (B, T), or (T) with offsets${inputs}`)
  if ((ids.rank === 1) !== (offsets !== undefined))
    throw new ShapeError(`embeddingBag: offsets go with one list of ids (T), and it needs them${inputs}`)
  const places = indices(ids, 'embeddingBag')
  const list = places.reshape([ids.size])
  const rows = real(embedding(weight, list, paddingIndex === undefined ? {} : { paddingIndex }))
  const row = paddingIndex !== undefined && paddingIndex < 0 ? paddingIndex + weight.shape[0]! : paddingIndex
  const counted = row === undefined ? undefined : and(list.notEqual(row), list.notEqual(row - weight.shape[0]!))
  const [count, width] = rows.shape as readonly [number, number]
  if (weights && !isFloat(weights.dtype)) throw new DtypeError(`embeddingBag: weights are ${describe(weights)}: cast them to f32`)
  const filler = mode === 'max' ? Number.NEGATIVE_INFINITY : 0
  let kept = counted ? where(counted.unsqueeze(1), rows, filler) : rows
  if (weights) kept = kept.mul(weights.reshape([count, 1]))
  const present = (counted ?? ones([count], { dtype: 'bool' })).cast(kept.dtype)
  if (offsets === undefined) {
    const [bags, length] = ids.shape as readonly [number, number]
    const grouped = kept.reshape([bags, length, width])
    if (mode === 'max') return length === 0 ? zeros([bags, width], { dtype: kept.dtype }) : settled(grouped.max(1))
    const sum = grouped.sum(1)
    return mode === 'sum' ? sum : sum.div(present.reshape([bags, length]).sum(1).maximum(1).unsqueeze(1))
  }
  if (offsets.rank !== 1) throw new ShapeError(`embeddingBag: offsets ${describe(offsets)} are no list`)
  const starts = indices(offsets, 'embeddingBag').cast('i32')
  const bags = offsets.size - (lastOffset ? 1 : 0)
  if (bags < 0) throw new ShapeError(`embeddingBag: there is no last offset in ${describe(offsets)}`)
  if (bags * count === 0) return zeros([bags, width], { dtype: kept.dtype })
  const begins = starts.slice([[0, bags]])
  const own = bagsOf(begins, count)
  const wide = own.unsqueeze(1).expand([count, width])
  const start = full([bags, width], filler, { dtype: kept.dtype })
  if (mode === 'max') return settled(start.scatterReduce(wide, kept, 'max', { axis: 0 }))
  const sum = start.scatterAdd(wide, kept, 0)
  if (mode === 'sum') return sum
  return sum.div(zeros([bags], { dtype: kept.dtype }).scatterAdd(own, present, 0).maximum(1).unsqueeze(1))
}

/** Bags without a row have no maximum: 0. */
const settled = (y: Tensor): Tensor => where(y.equal(Number.NEGATIVE_INFINITY), 0, y)
