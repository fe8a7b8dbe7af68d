/** Lengths of vectors, and the logarithm of sums of exponentials. */

import { defineOp } from '../../graph/op.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Fractional } from '../../tensor/dtypes.js'
import { HebbError } from '../../tensor/errors.js'
import { reducedShape, sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { mul, pow, sub } from '../elementwise/arithmetic.js'
import { cast } from '../elementwise/cast.js'
import { equal, notEqual } from '../elementwise/compare.js'
import { real } from '../elementwise/real.js'
import { where } from '../elementwise/select.js'
import { abs, exp, sqrt, square } from '../elementwise/unary.js'
import { type Axes, awayFromZero, type ReduceOptions, reduceArgs, stretch } from './axes.js'
import { max, min } from './extremes.js'
import { emitLogSumExp } from './stages.js'
import { sum } from './sum.js'

/**
 * (Σ |x|ᵖ)^(1/p) over the axes (all when missing), with p = `order` (default 2); ∞ gives the largest |x|, −∞ the smallest, 0 how many are not 0.
 * The gradient where all are 0 is 0.
 */
export function norm<D extends Dtype>(
  x: Tensor<D>,
  axes?: Axes,
  options?: ReduceOptions & { order?: number | undefined },
): Tensor<Fractional[D]>
export function norm(x: Tensor, axes?: Axes, { order = 2, keep = false }: ReduceOptions & { order?: number | undefined } = {}): Tensor {
  if (Number.isNaN(order)) throw new HebbError('norm: the order is NaN')
  const y = real(x)
  if (order === Number.POSITIVE_INFINITY) return max(abs(y), axes, { keep })
  if (order === Number.NEGATIVE_INFINITY) return min(abs(y), axes, { keep })
  if (order === 0) return sum(cast(notEqual(y, 0), y.dtype), axes, { keep })
  if (order === 1) return sum(abs(y), axes, { keep })
  if (order === 2) return awayFromZero(sum(square(y), axes, { keep }), sqrt)
  if (order > 0) {
    const total = sum(
      awayFromZero(abs(y), (a) => pow(a, order)),
      axes,
      { keep },
    )
    return awayFromZero(total, (a) => pow(a, 1 / order))
  }
  // one 0 makes the whole norm 0, however the others move
  const none = equal(y, 0)
  const total = sum(where(none, Number.POSITIVE_INFINITY, pow(where(none, 1, abs(y)), order)), axes, { keep })
  const zero = equal(total, Number.POSITIVE_INFINITY)
  return where(zero, 0, pow(where(zero, 1, total), 1 / order))
}

const logSum: <D extends Dtype>(x: Tensor<D>, axes?: Axes, options?: ReduceOptions) => Tensor<Fractional[D]> = defineOp({
  name: 'logSumExp',
  empty: Number.NEGATIVE_INFINITY,
  args: (x: Tensor, axes?: Axes, options?: ReduceOptions) => reduceArgs('logSumExp')(real(x), axes, options),
  spec: ([x], { axes, keep }) => ({ shape: reducedShape(x!.shape, axes, keep), dtype: x!.dtype }),
  vjp: (g, { inputs: [x], out, attrs: { axes } }) => [mul(stretch(g, x!, axes), exp(sub(x!, stretch(out, x!, axes))))],
  onnx: (e, [x], { axes, keep }, node) => {
    if (axes.length === 0) return e('Identity', [x])
    return emitLogSumExp(e, x!, node.inputs[0]!.shape, axes, keep, node.outputs[0]!.dtype)
  },
  flops: (node) => 3 * sizeOf(node.inputs[0]!.shape),
})

/** log Σ eˣ over the axes (all when missing), without overflow; −∞ where all are −∞ (the gradient there is NaN, as in PyTorch) or there are none. */
export const logSumExp: typeof logSum = logSum
