/** Activations that bend softly: softplus, logSigmoid, softsign, tanhShrink. */

import { defineOp } from '../../graph/op.js'
import { add, div, mul, neg, sub } from '../../ops/elementwise/arithmetic.js'
import { greater } from '../../ops/elementwise/compare.js'
import { real } from '../../ops/elementwise/real.js'
import { where } from '../../ops/elementwise/select.js'
import { abs, sigmoid, square, tanh } from '../../ops/elementwise/unary.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Fractional } from '../../tensor/dtypes.js'
import { HebbError } from '../../tensor/errors.js'
import { sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { logOnePlus } from './logOnePlus.js'

/** above this, softplus(v) − v is below half of the last bit of v */
const straight = (dtype: Dtype): number => (dtype === 'f32' ? 15 : 34)

const soft = defineOp({
  name: 'softplus',
  args: (x: Tensor, beta: number, threshold: number) => [[x], { beta, threshold }],
  spec: ([x]) => x!,
  vjp: (g, { inputs: [x], attrs: { beta, threshold } }) => {
    const v = beta === 1 ? x! : mul(x!, beta)
    const slope = mul(g, sigmoid(v))
    return [threshold < straight(g.dtype) ? where(greater(v, threshold), g, slope) : slope]
  },
  onnx: (e, [x], { beta, threshold }, node) => {
    const { dtype } = node.outputs[0]!
    if (!e.native && dtype === 'f32' && beta === 1 && threshold >= straight(dtype)) return e('Softplus', [x])
    const v = beta === 1 ? x! : e('Mul', [x, e.scalar(beta, dtype)])
    const curve = e('Add', [e('Max', [v, e.scalar(0, dtype)]), logOnePlus(e, v, dtype)])
    const y = beta === 1 ? curve : e('Div', [curve, e.scalar(beta, dtype)])
    return threshold < straight(dtype) ? e('Where', [e('Greater', [v, e.scalar(threshold, dtype)]), x, y]) : y
  },
  flops: (node) => 12 * sizeOf(node.outputs[0]!.shape),
})

/**
 * log(1 + e^(βx)) / β, a smooth relu [Dugas 2001]: β is `beta`, default 1; where βx exceeds `threshold` (default 20) it is x itself.
 * Throws HebbError for β = 0.
 */
export function softplus<D extends Dtype>(
  x: Tensor<D>,
  options?: { beta?: number | undefined; threshold?: number | undefined },
): Tensor<Fractional[D]>
export function softplus(
  x: Tensor,
  { beta = 1, threshold = 20 }: { beta?: number | undefined; threshold?: number | undefined } = {},
): Tensor {
  if (beta === 0) throw new HebbError('softplus: beta is 0, which divides the result: give another')
  return soft(real(x), beta, threshold)
}

/** log σ(x) = −log(1 + e^(−x)), never −∞ for finite x. */
export const logSigmoid: <D extends Dtype>(x: Tensor<D>) => Tensor<Fractional[D]> = defineOp({
  name: 'logSigmoid',
  args: (x: Tensor) => [[real(x)], {}],
  spec: ([x]) => x!,
  vjp: (g, { inputs: [x] }) => [mul(g, sigmoid(neg(x!)))],
  onnx: (e, [x], _, node) => {
    const { dtype } = node.outputs[0]!
    return e('Sub', [e('Min', [x, e.scalar(0, dtype)]), logOnePlus(e, x!, dtype)])
  },
  flops: (node) => 12 * sizeOf(node.outputs[0]!.shape),
})

/** x / (1 + |x|) [Turian 2009] */
export const softsign: <D extends Dtype>(x: Tensor<D>) => Tensor<Fractional[D]> = defineOp({
  name: 'softsign',
  args: (x: Tensor) => [[real(x)], {}],
  spec: ([x]) => x!,
  vjp: (g, { inputs: [x] }) => [div(g, square(add(abs(x!), 1)))],
  onnx: (e, [x], _, node) => {
    const { dtype } = node.outputs[0]!
    return dtype === 'f32' ? e('Softsign', [x]) : e('Div', [x, e('Add', [e('Abs', [x]), e.scalar(1, dtype)])])
  },
  flops: (node) => 3 * sizeOf(node.outputs[0]!.shape),
})

/** x − tanh x */
export function tanhShrink<D extends Dtype>(x: Tensor<D>): Tensor<Fractional[D]>
export function tanhShrink(x: Tensor): Tensor {
  return sub(x, tanh(x))
}
