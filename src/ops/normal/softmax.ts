/** Scores to probabilities: softmax and its logarithm. */
import { defineOp } from '../../graph/op.js'
import { axisOf, sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { mul, sub } from '../elementwise/arithmetic.js'
import { real } from '../elementwise/real.js'
import { exp } from '../elementwise/unary.js'
import { sum } from '../reduce/sum.js'

/**
 * exp(x) / Σ exp(x) along `axis` (default the last), computed without overflow.
 *
 * x (…, C, …) → the same, each slice sums to 1; a slice of −∞ alone is NaN.
 */
export const softmax: (x: Tensor, axis?: number) => Tensor = defineOp({
  name: 'softmax',
  args: (x: Tensor, axis = -1) => [[real(x)], { axis: axisOf(axis, x.rank, 'softmax') }],
  spec: ([x]) => x!,
  vjp: (g, { out: y, attrs: { axis } }) => [mul(sub(g, sum(mul(g, y), axis, { keep: true })), y)],
  onnx: (e, [x], { axis }) => e('Softmax', [x], { axis }),
  flops: (node) => 5 * sizeOf(node.outputs[0]!.shape),
})

/**
 * log softmax(x) along `axis` (default the last): x − log Σ exp(x), computed without overflow.
 *
 * x (…, C, …) → the same.
 */
export const logSoftmax: (x: Tensor, axis?: number) => Tensor = defineOp({
  name: 'logSoftmax',
  args: (x: Tensor, axis = -1) => [[real(x)], { axis: axisOf(axis, x.rank, 'logSoftmax') }],
  spec: ([x]) => x!,
  vjp: (g, { out: y, attrs: { axis } }) => [sub(g, mul(exp(y), sum(g, axis, { keep: true })))],
  onnx: (e, [x], { axis }, node) => {
    const y = e('LogSoftmax', [x], { axis })
    if (node.outputs[0]!.dtype === 'f32') return y
    // in f64 the runtime gives −∞ beside ∞, where f32 and PyTorch have NaN
    const top = e('ReduceMax', [x, e.ints([axis])])
    return e('Add', [y, e('Sub', [top, top])])
  },
  flops: (node) => 5 * sizeOf(node.outputs[0]!.shape),
})
