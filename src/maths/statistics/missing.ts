/** Reductions that pass over NaN. */

import { describe } from '../../graph/leaf.js'
import { div, maximum, sub } from '../../ops/elementwise/arithmetic.js'
import { cast } from '../../ops/elementwise/cast.js'
import { equal, less } from '../../ops/elementwise/compare.js'
import { real } from '../../ops/elementwise/real.js'
import { where } from '../../ops/elementwise/select.js'
import { sqrt, square } from '../../ops/elementwise/unary.js'
import type { Axes, ReduceOptions } from '../../ops/reduce/axes.js'
import { prod } from '../../ops/reduce/cumulative.js'
import { max, min } from '../../ops/reduce/extremes.js'
import { sum } from '../../ops/reduce/sum.js'
import type { Dtype } from '../../tensor/dtype.js'
import { isFloat } from '../../tensor/dtype.js'
import type { Computed, Fractional, Summed } from '../../tensor/dtypes.js'
import { ShapeError } from '../../tensor/errors.js'
import { axesOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'

type Reduction<T extends Record<Dtype, Dtype>> = <D extends Dtype>(x: Tensor<D>, axes?: Axes, options?: ReduceOptions) => Tensor<T[D]>

/** A reduction whose errors about axes have its own name. */
const named =
  <T extends Record<Dtype, Dtype>>(op: string, f: (x: Tensor, axes: readonly number[], keep: boolean) => Tensor): Reduction<T> =>
  <D extends Dtype>(x: Tensor<D>, axes?: Axes, { keep = false }: ReduceOptions = {}) =>
    f(x, axesOf(axes, x.rank, op), keep) as Tensor<T[D]>

/** x with `value` in place of NaN; integers have none. */
const filled = (x: Tensor, value: number): Tensor => (isFloat(x.dtype) ? where(equal(x, x), x, value) : x)

/** How many elements over the axes are not NaN, in the dtype of fractions. */
const present = (x: Tensor, axes: Axes, keep: boolean): Tensor => sum(cast(equal(x, x), x.dtype), axes, { keep })

/** Σ over the axes (all when missing) of what is not NaN; 0 where there is nothing. */
export const nanSum: Reduction<Summed> = named('nanSum', (x, axes, keep) => sum(filled(x, 0), axes, { keep }))

/** Π over the axes (all when missing) of what is not NaN; 1 where there is nothing. */
export const nanProd: Reduction<Summed> = named('nanProd', (x, axes, keep) => prod(filled(x, 1), axes, { keep }))

/** The mean over the axes (all when missing) of what is not NaN; NaN where there is nothing. */
export const nanMean: Reduction<Fractional> = named('nanMean', (x, axes, keep) => {
  const y = real(x)
  return div(sum(filled(y, 0), axes, { keep }), present(y, axes, keep))
})

const extreme = (op: string, f: typeof max, neutral: number): Reduction<Computed> =>
  named(op, (x, axes, keep) => {
    const empty = axes.find((a) => x.shape[a] === 0)
    if (empty !== undefined) throw new ShapeError(`${op}: ${describe(x)} has nothing to choose from along axis ${empty}`)
    if (!isFloat(x.dtype)) return f(x, axes, { keep })
    const y = real(x)
    return where(equal(present(y, axes, keep), 0), Number.NaN, f(filled(y, neutral), axes, { keep }))
  })

/** The largest over the axes (all when missing) of what is not NaN, NaN where all are; equal ones share the gradient. Throws ShapeError where there are no elements. */
export const nanMax: Reduction<Computed> = extreme('nanMax', max, Number.NEGATIVE_INFINITY)

/** The smallest over the axes (all when missing) of what is not NaN, NaN where all are; equal ones share the gradient. Throws ShapeError where there are no elements. */
export const nanMin: Reduction<Computed> = extreme('nanMin', min, Number.POSITIVE_INFINITY)

/** `variance` over the axes (all when missing) of what is not NaN: Σ (x − mean)² / (n − correction), correction 1 by default; NaN where n is not above it. */
export function nanVariance<D extends Dtype>(
  x: Tensor<D>,
  axes?: Axes,
  options?: ReduceOptions & { correction?: number | undefined },
): Tensor<Fractional[D]>
export function nanVariance(
  x: Tensor,
  axes?: Axes,
  { keep = false, correction = 1 }: ReduceOptions & { correction?: number | undefined } = {},
): Tensor {
  const y = real(x)
  const over = axesOf(axes, x.rank, 'nanVariance')
  const there = equal(y, y)
  const count = present(y, over, true)
  const centre = div(sum(filled(y, 0), over, { keep: true }), maximum(count, 1))
  const squares = sum(where(there, square(sub(where(there, y, 0), centre)), 0), over, { keep })
  const free = sub(present(y, over, keep), correction)
  const none = less(free, 1e-12)
  return where(none, Number.NaN, div(squares, where(none, 1, free)))
}

/** √nanVariance; the gradient where all are equal is 0. */
export function nanStd<D extends Dtype>(
  x: Tensor<D>,
  axes?: Axes,
  options?: ReduceOptions & { correction?: number | undefined },
): Tensor<Fractional[D]>
export function nanStd(x: Tensor, axes?: Axes, options?: ReduceOptions & { correction?: number | undefined }): Tensor {
  const spread = nanVariance(x, axes, options)
  const none = equal(spread, 0)
  return where(none, 0, sqrt(where(none, 1, spread)))
}
