/** Scores to probabilities: softmax and its logarithm. */

import { defineOp, type Emit } from '../../graph/op.js'
import { mul, sub } from '../../ops/elementwise/arithmetic.js'
import { real } from '../../ops/elementwise/real.js'
import { exp } from '../../ops/elementwise/unary.js'
import { emitSum } from '../../ops/reduce/stages.js'
import { sum } from '../../ops/reduce/sum.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Fractional } from '../../tensor/dtypes.js'
import { axisOf, sizeOf } from '../../tensor/shape.js'
import type { Spec, Tensor } from '../../tensor/tensor.js'

/** axes longer than this are summed in stages: the kernel's own sum of 10⁶ exponentials is off by 5e-5 */
const longAxis = 65536

/** x less its largest element along an axis, as exponentials, and their sum. */
function emitParts(e: Emit, x: string, axis: number, { shape, dtype }: Spec): { below: string; exponentials: string; total: string } {
  const below = e('Sub', [x, e('ReduceMax', [x, e.ints([axis])])])
  const exponentials = e('Exp', [below])
  return { below, exponentials, total: emitSum(e, exponentials, shape, [axis], true, dtype) }
}
const isLong = (e: Emit, { shape }: Spec, axis: number): boolean => e.native && shape[axis]! > longAxis

/**
 * exp(x) / Σ exp(x) along `axis` (default the last), computed without overflow.
 *
 * x (…, C, …) → the same, each slice sums to 1; a slice of −∞ alone is NaN.
 */
export const softmax: <D extends Dtype>(x: Tensor<D>, axis?: number) => Tensor<Fractional[D]> = defineOp({
  name: 'softmax',
  args: (x: Tensor, axis?: number) => [[real(x)], { axis: axisOf(axis ?? -1, x.rank, 'softmax') }],
  spec: ([x]) => x!,
  vjp: (g, { out: y, attrs: { axis } }) => [mul(sub(g, sum(mul(g, y), axis, { keep: true })), y)],
  onnx: (e, [x], { axis }, node) => {
    const out = node.outputs[0]!
    if (!isLong(e, out, axis)) return e('Softmax', [x], { axis })
    const { exponentials, total } = emitParts(e, x!, axis, out)
    return e('Div', [exponentials, total])
  },
  flops: (node) => 5 * sizeOf(node.outputs[0]!.shape),
})

/**
 * log softmax(x) along `axis` (default the last): x − log Σ exp(x), computed without overflow.
 *
 * x (…, C, …) → the same.
 */
export const logSoftmax: <D extends Dtype>(x: Tensor<D>, axis?: number) => Tensor<Fractional[D]> = defineOp({
  name: 'logSoftmax',
  args: (x: Tensor, axis?: number) => [[real(x)], { axis: axisOf(axis ?? -1, x.rank, 'logSoftmax') }],
  spec: ([x]) => x!,
  vjp: (g, { out: y, attrs: { axis } }) => [sub(g, mul(exp(y), sum(g, axis, { keep: true })))],
  onnx: (e, [x], { axis }, node) => {
    const out = node.outputs[0]!
    if (isLong(e, out, axis)) {
      const { below, total } = emitParts(e, x!, axis, out)
      return e('Sub', [below, e('Log', [total])])
    }
    const y = e('LogSoftmax', [x], { axis })
    if (out.dtype === 'f32') return y
    // in f64 the runtime gives −∞ beside ∞, where f32 and PyTorch have NaN
    const top = e('ReduceMax', [x, e.ints([axis])])
    return e('Add', [y, e('Sub', [top, top])])
  },
  flops: (node) => 5 * sizeOf(node.outputs[0]!.shape),
})
