/** Activations with an exponential for negative numbers. */

import { defineOp } from '../../graph/op.js'
import { div, mul } from '../../ops/elementwise/arithmetic.js'
import { greater, less } from '../../ops/elementwise/compare.js'
import { real } from '../../ops/elementwise/real.js'
import { where } from '../../ops/elementwise/select.js'
import { exp } from '../../ops/elementwise/unary.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Fractional } from '../../tensor/dtypes.js'
import { HebbError } from '../../tensor/errors.js'
import { sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'

/** `scale`·x above 0, below it `depth`·(eˣ − 1). */
const exponential = defineOp({
  name: 'elu',
  args: (x: Tensor, scale: number, depth: number) => [[real(x)], { scale, depth }],
  spec: ([x]) => x!,
  vjp: (g, { inputs: [x], attrs: { scale, depth } }) => {
    // at 0 itself the curve counts as straight: its second derivative there is 0
    const slope = exp(where(less(x!, 0), x!, 0))
    if (scale === depth) return [mul(g, scale === 1 ? slope : mul(slope, scale))]
    return [mul(g, where(greater(x!, 0), scale, mul(slope, depth)))]
  },
  onnx: (e, [x], { scale, depth }, node) => {
    const { dtype } = node.outputs[0]!
    const times = (v: string, by: number): string => (by === 1 ? v : e('Mul', [v, e.scalar(by, dtype)]))
    const zero = e.scalar(0, dtype)
    // with t = tanh(x/2), eˣ − 1 = 2t / (1 − t): exact near 0, and faster than the Elu node
    const t = e('Tanh', [e('Mul', [e('Min', [x, zero]), e.scalar(0.5, dtype)])])
    const negative = e('Div', [e('Add', [t, t]), e('Sub', [e.scalar(1, dtype), t])])
    return e('Add', [times(e('Max', [x, zero]), scale), times(negative, depth)])
  },
  flops: (node) => 8 * sizeOf(node.outputs[0]!.shape),
})

/** x above 0, α(eˣ − 1) below; α is `alpha`, default 1 [Clevert 2016]. */
export function elu<D extends Dtype>(x: Tensor<D>, options?: { alpha?: number | undefined }): Tensor<Fractional[D]>
export function elu(x: Tensor, { alpha = 1 }: { alpha?: number | undefined } = {}): Tensor {
  return exponential(x, 1, alpha)
}

const seluScale = 1.0507009873554805
const seluAlpha = 1.6732632423543772

/** λ·elu(x, α) with the λ ≈ 1.0507 and α ≈ 1.6733 that keep mean 0 and variance 1 from layer to layer [Klambauer 2017]. */
export function selu<D extends Dtype>(x: Tensor<D>): Tensor<Fractional[D]>
export function selu(x: Tensor): Tensor {
  return exponential(x, seluScale, seluScale * seluAlpha)
}

/** x above 0, α(e^(x/α) − 1) below, smooth for every α (default 1) [Barron 2017]. Throws HebbError for α = 0. */
export function celu<D extends Dtype>(x: Tensor<D>, options?: { alpha?: number | undefined }): Tensor<Fractional[D]>
export function celu(x: Tensor, { alpha = 1 }: { alpha?: number | undefined } = {}): Tensor {
  if (alpha === 0) throw new HebbError('celu: alpha is 0, which divides x: give another')
  return alpha === 1 ? elu(x) : mul(elu(div(real(x), alpha)), alpha)
}
