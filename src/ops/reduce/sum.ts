/** Sums and means over axes, and what follows from them: variance, standard deviation, norm. */

import { defineOp } from '../../graph/op.js'
import type { Dtype } from '../../tensor/dtype.js'
import { isFloat, wideDtypes } from '../../tensor/dtype.js'
import type { Fractional, Summed } from '../../tensor/dtypes.js'
import { reducedShape, sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { div, mul, sub } from '../elementwise/arithmetic.js'
import { cast } from '../elementwise/cast.js'
import { sqrt, square } from '../elementwise/unary.js'
import { type Axes, awayFromZero, type ReduceOptions, reduceArgs, stretch } from './axes.js'
import { emitIntegerSum, emitSum } from './stages.js'

const total = defineOp({
  name: 'sum',
  kernels: wideDtypes,
  empty: 0,
  args: reduceArgs('sum'),
  spec: ([x], { axes, keep }) => ({ shape: reducedShape(x!.shape, axes, keep), dtype: x!.dtype }),
  vjp: (g, { inputs: [x], attrs: { axes } }) => [stretch(g, x!, axes)],
  onnx: (e, [x], { axes, keep }, node) => {
    if (axes.length === 0) return e('Identity', [x])
    const { shape, dtype } = node.inputs[0]!
    return isFloat(dtype) ? emitSum(e, x!, shape, axes, keep, dtype) : emitIntegerSum(e, x!, shape, axes, keep)
  },
  flops: (node) => sizeOf(node.inputs[0]!.shape),
})

/**
 * Σ x over the axes (all when missing). Booleans and integers are summed in i64, exactly; what leaves its range wraps. However many floats there
 * are, rounding grows with the logarithm of their number only.
 */
export function sum<D extends Dtype>(x: Tensor<D>, axes?: Axes, options?: ReduceOptions): Tensor<Summed[D]>
export function sum(x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor {
  return total(isFloat(x.dtype) ? x : cast(x, 'i64'), axes, options)
}

/** Σ x / n over the axes, n the number of elements summed. */
export function mean<D extends Dtype>(x: Tensor<D>, axes?: Axes, options?: ReduceOptions): Tensor<Fractional[D]>
export function mean(x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor {
  const y = isFloat(x.dtype) ? x : cast(x, 'f32')
  const total = sum(y, axes, options)
  return mul(total, total.size / y.size)
}

/** The first element along the axes, through which no gradient passes: less it, equal numbers are 0 and so is their mean, to the last bit. */
const first = defineOp({
  name: 'first',
  empty: Number.NaN,
  args: (x: Tensor, axes: Axes) => reduceArgs('variance')(x, axes, { keep: true }),
  spec: ([x], { axes }) => ({ shape: reducedShape(x!.shape, axes, true), dtype: x!.dtype }),
  vjp: () => [undefined],
  onnx: (e, [x], { axes }) =>
    axes.length === 0 ? e('Identity', [x]) : e('Slice', [x, e.ints(axes.map(() => 0)), e.ints(axes.map(() => 1)), e.ints(axes)]),
})

/**
 * Σ (x − mean)² / (n − correction) over the axes. `correction` 1 (default) is the unbiased estimate of a sample,
 * 0 the variance of the values themselves; with n = correction the result is NaN.
 */
export function variance<D extends Dtype>(
  x: Tensor<D>,
  axes?: Axes,
  options?: ReduceOptions & { correction?: number | undefined },
): Tensor<Fractional[D]>
export function variance(
  x: Tensor,
  axes?: Axes,
  { keep = false, correction = 1 }: ReduceOptions & { correction?: number | undefined } = {},
): Tensor {
  const real = isFloat(x.dtype) ? x : cast(x, 'f32')
  const y = sub(real, first(real, axes))
  const centred = sub(y, mean(y, axes, { keep: true }))
  const squares = sum(square(centred), axes, { keep })
  return div(squares, Math.max(x.size / squares.size - correction, 0))
}

/** √variance; the gradient where all numbers are equal is 0. */
export function std<D extends Dtype>(
  x: Tensor<D>,
  axes?: Axes,
  options?: ReduceOptions & { correction?: number | undefined },
): Tensor<Fractional[D]>
export function std(x: Tensor, axes?: Axes, options?: ReduceOptions & { correction?: number | undefined }): Tensor {
  return awayFromZero(variance(x, axes, options), sqrt)
}
