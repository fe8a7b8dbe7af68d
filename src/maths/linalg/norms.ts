/** How large matrices are, and how near they are to singular ones. */

import { describe } from '../../graph/leaf.js'
import { and } from '../../ops/elementwise/compare.js'
import { real } from '../../ops/elementwise/real.js'
import { where } from '../../ops/elementwise/select.js'
import { norm } from '../../ops/reduce/norm.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Fractional } from '../../tensor/dtypes.js'
import { HebbError, ShapeError } from '../../tensor/errors.js'
import { axisOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { svdvals } from './factor/svd.js'
import { inv } from './solve.js'

/**
 * Which norm of a matrix: 'frobenius' √Σ|x|², 'nuclear' the sum of the singular values, 2 and −2 the largest and smallest of them,
 * 1 and −1 the largest and smallest sum of a column's |x|, ∞ and −∞ of a row's.
 */
export type MatrixNormOrder = 'frobenius' | 'nuclear' | 1 | -1 | 2 | -2 | number

/** Options of matrixNorm. */
export interface MatrixNormOptions {
  /** default 'frobenius' */
  readonly order?: MatrixNormOrder | undefined
  /** rows and columns; default the last two */
  readonly axes?: readonly [number, number] | undefined
  /** keep both axes with size 1; default false */
  readonly keep?: boolean | undefined
}

/** Norms of the matrices in two axes, see {@link MatrixNormOrder}: (…, n, m) → (…). Throws ShapeError below rank 2, HebbError for other orders. */
export function matrixNorm<D extends Dtype>(x: Tensor<D>, options?: MatrixNormOptions): Tensor<Fractional[D]>
export function matrixNorm(x: Tensor, { order = 'frobenius', axes = [-2, -1], keep = false }: MatrixNormOptions = {}): Tensor {
  if (x.rank < 2) throw new ShapeError(`matrixNorm: ${describe(x)} is no matrix: it needs two axes or more`)
  const [r, c] = axes.map((a) => axisOf(a, x.rank, 'matrixNorm')) as [number, number]
  if (r === c) throw new ShapeError(`matrixNorm: axes ${axes.join(' and ')} of ${describe(x)} are the same`)
  if (order === 'frobenius') return norm(x, [r, c], { keep })
  const rest = x.shape.flatMap((_, i) => (i === r || i === c ? [] : [i]))
  const y = normOf(real(x).transpose([...rest, r, c]), order)
  return keep ? y.reshape(x.shape.map((d, i) => (i === r || i === c ? 1 : d))) : y
}

function normOf(x: Tensor, order: Exclude<MatrixNormOrder, 'frobenius'>): Tensor {
  if (order === 'nuclear') return svdvals(x).sum(-1)
  const spread = (v: Tensor): Tensor => (order > 0 ? v.max(-1) : v.min(-1))
  if (Math.abs(order) === 2) return spread(svdvals(x))
  if (Math.abs(order) === 1) return spread(x.abs().sum(-2))
  if (Math.abs(order) === Number.POSITIVE_INFINITY) return spread(x.abs().sum(-1))
  throw new HebbError(`matrixNorm: there is no order ${order}: give 'frobenius', 'nuclear', 1, -1, 2, -2, Infinity or -Infinity`)
}

/**
 * How much relative errors may grow when equations with the matrix are solved: ‖x‖·‖x⁻¹‖ in the norm `order`; by default the ratio of the
 * largest to the smallest singular value, for which matrices need not be square (−2: the smallest to the largest). (…, n, m) → (…).
 * Singular matrices have ∞. Throws ShapeError below rank 2 or when an order needs square ones.
 */
export function conditionNumber(x: Tensor, { order = 2 }: { readonly order?: MatrixNormOrder | undefined } = {}): Tensor {
  if (x.rank < 2) throw new ShapeError(`conditionNumber: ${describe(x)} is no matrix: it needs two axes or more`)
  if (order === 2 || order === -2) {
    const s = svdvals(x)
    const [most, least] = [s.max(-1), s.min(-1)]
    return order === 2 ? singular(most.div(least), x) : least.div(most)
  }
  return singular(matrixNorm(x, { order }).mul(matrixNorm(inv(x), { order })), x)
}

/** ∞ for NaN that came of no NaN in x. */
const singular = (ratio: Tensor, x: Tensor): Tensor =>
  where(and(ratio.isNaN(), real(x).isNaN().any([-2, -1]).not()), Number.POSITIVE_INFINITY, ratio)
