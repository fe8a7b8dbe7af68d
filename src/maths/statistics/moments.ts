/** How numbers spread together: cov, corrcoef; weighted means, both extremes at once, counts. */

import { describe } from '../../graph/leaf.js'
import { div, maximum, mul, sub } from '../../ops/elementwise/arithmetic.js'
import { cast } from '../../ops/elementwise/cast.js'
import { notEqual } from '../../ops/elementwise/compare.js'
import { real } from '../../ops/elementwise/real.js'
import { clamp } from '../../ops/elementwise/select.js'
import { sqrt } from '../../ops/elementwise/unary.js'
import { expand, reshape, transpose, unsqueeze } from '../../ops/move/reshape.js'
import { diagonal } from '../../ops/move/triangle.js'
import { matmul } from '../../ops/products/matmul.js'
import type { Axes, ReduceOptions } from '../../ops/reduce/axes.js'
import { max, min } from '../../ops/reduce/extremes.js'
import { mean, sum } from '../../ops/reduce/sum.js'
import type { Dtype } from '../../tensor/dtype.js'
import { computeDtype, isFloat } from '../../tensor/dtype.js'
import type { Computed, Fractional } from '../../tensor/dtypes.js'
import { ShapeError } from '../../tensor/errors.js'
import { axisOf, sameShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'

/** Settings of `cov`. */
export interface CovOptions {
  /** what is taken from the number of observations: 1 (default) for a sample, 0 for all there is */
  correction?: number | undefined
  /** how often each observation was made (n), whole numbers */
  frequencies?: Tensor | undefined
  /** how much each observation weighs (n) */
  weights?: Tensor | undefined
}

function perObservation(x: Tensor, w: Tensor | undefined, name: string, n: number): Tensor | undefined {
  if (!w) return undefined
  if (w.rank !== 1 || w.size !== n)
    throw new ShapeError(`cov: ${name} ${describe(w)} are not one for each of the ${n} observations of ${describe(x)}`)
  return cast(w, isFloat(x.dtype) ? computeDtype(x.dtype) : 'f32')
}

/**
 * Covariances of variables: x (variables, observations) → (variables, variables), or (observations) → () for one. Without weights
 * Σ (x − mean)(y − mean) / (n − correction); frequencies f and weights a count as w = f · a, divided by Σ w − correction · Σ w a / Σ w.
 * NaN or ∞ where nothing is left to divide by. Throws ShapeError above two axes.
 *
 * @example cov(tensor([[0, 1, 2], [2, 1, 0]])) // [[1, -1], [-1, 1]]
 */
export function cov<D extends Dtype>(x: Tensor<D>, options?: CovOptions): Tensor<Fractional[D]>
export function cov(x: Tensor, { correction = 1, frequencies, weights }: CovOptions = {}): Tensor {
  if (x.rank > 2) throw new ShapeError(`cov: ${describe(x)} has more than variables and observations: give two axes or one`)
  const y = real(x.rank === 2 ? x : reshape(x, [1, x.size]))
  const n = y.shape[1]!
  const [f, a] = [perObservation(y, frequencies, 'frequencies', n), perObservation(y, weights, 'weights', n)]
  const w = f && a ? mul(f, a) : (f ?? a)
  const flat = (c: Tensor): Tensor => (x.rank === 2 ? c : reshape(c, []))
  if (!w) {
    const centred = sub(y, mean(y, 1, { keep: true }))
    return flat(div(matmul(centred, transpose(centred)), Math.max(n - correction, 0)))
  }
  const total = sum(w)
  const centred = sub(y, div(sum(mul(y, w), 1, { keep: true }), total))
  const lost = a ? div(mul(sum(mul(w, a)), correction), total) : correction
  return flat(div(matmul(mul(centred, w), transpose(centred)), maximum(sub(total, lost), 0)))
}

/**
 * Correlations of variables, cov / (σ σᵀ), in [−1, 1]: x (variables, observations) → (variables, variables), or (observations) → ().
 * NaN for variables that do not change. Throws ShapeError above two axes.
 */
export function corrcoef<D extends Dtype>(x: Tensor<D>): Tensor<Fractional[D]>
export function corrcoef(x: Tensor): Tensor {
  const c = cov(x)
  if (c.rank === 0) return div(c, c)
  const deviation = sqrt(diagonal(c))
  return clamp(div(div(c, unsqueeze(deviation, 1)), deviation), { min: -1, max: 1 })
}

/**
 * Σ w x / Σ w over the axes (all when missing): the weights have x's shape, or are one for each place of a single axis. Without weights the mean.
 * Weights that sum to 0 give NaN or ±∞. Throws ShapeError when weights do not fit.
 *
 * @example average(tensor([1, 2, 4]), undefined, { weights: tensor([1, 0, 1]) }) // 2.5
 */
export function average<D extends Dtype>(
  x: Tensor<D>,
  axes?: Axes,
  options?: ReduceOptions & { weights?: Tensor | undefined },
): Tensor<Fractional[D]>
export function average(x: Tensor, axes?: Axes, { keep = false, weights }: ReduceOptions & { weights?: Tensor | undefined } = {}): Tensor {
  if (!weights) return mean(x, axes, { keep })
  const y = real(x)
  const axis = typeof axes === 'number' ? axes : axes?.length === 1 ? axes[0] : undefined
  let w = weights
  if (!sameShape(weights.shape, x.shape)) {
    const along = axis === undefined ? undefined : axisOf(axis, x.rank, 'average')
    if (along === undefined || weights.rank !== 1 || weights.size !== x.shape[along])
      throw new ShapeError(
        `average: weights have x's shape, or are one for each place of one axis\n  inputs: x ${describe(x)}, weights ${describe(weights)}`,
      )
    w = expand(
      reshape(
        weights,
        x.shape.map((d, i) => (i === along ? d : 1)),
      ),
      x.shape,
    )
  }
  const own = cast(w, y.dtype)
  return div(sum(mul(y, own), axes, { keep }), sum(own, axes, { keep }))
}

/** The smallest and the largest element over the axes (all when missing); equal ones share the gradient. Throws ShapeError where there are none. */
export function aminmax<D extends Dtype>(
  x: Tensor<D>,
  axes?: Axes,
  options?: ReduceOptions,
): { min: Tensor<Computed[D]>; max: Tensor<Computed[D]> }
export function aminmax(x: Tensor, axes?: Axes, options?: ReduceOptions): { min: Tensor; max: Tensor } {
  return {
    min: min(x, axes, options),
    max: max(x, axes, options),
  }
}

/** How many elements over the axes (all when missing) are not 0, i32; NaN counts. */
export function countNonzero(x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor<'i32'>
export function countNonzero(x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor {
  return cast(sum(cast(notEqual(x, 0), 'i32'), axes, options), 'i32')
}
