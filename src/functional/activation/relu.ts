/** Activations made of straight pieces. */

import { defineOp, float } from '../../graph/op.js'
import { mul, sub } from '../../ops/elementwise/arithmetic.js'
import { real } from '../../ops/elementwise/real.js'
import { clamp } from '../../ops/elementwise/select.js'
import { abs } from '../../ops/elementwise/unary.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Fractional } from '../../tensor/dtypes.js'
import { HebbError } from '../../tensor/errors.js'
import { sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { gate } from './gate.js'

/** max(x, 0) [Nair 2010]; the gradient at 0 is 0. */
export const relu: <D extends Dtype>(x: Tensor<D>) => Tensor<Fractional[D]> = defineOp({
  name: 'relu',
  args: (x: Tensor) => [[real(x)], {}],
  spec: ([x]) => x!,
  vjp: (g, { out }) => [gate(g, out)],
  onnx: (e, [x]) => e('Relu', [x]),
  flops: (node) => sizeOf(node.outputs[0]!.shape),
})

const leaky = defineOp({
  name: 'leakyRelu',
  args: (x: Tensor, slope: number) => [[real(x)], { slope }],
  spec: ([x]) => x!,
  vjp: (g, { inputs: [x], attrs: { slope } }) => [gate(g, x!, slope)],
  onnx: (e, [x], { slope }, node) => {
    const { dtype } = node.outputs[0]!
    if (dtype === 'f32') return e('LeakyRelu', [x], { alpha: float(slope) })
    return e('Where', [e('Greater', [x, e.scalar(0, dtype)]), x, e('Mul', [x, e.scalar(slope, dtype)])])
  },
  flops: (node) => sizeOf(node.outputs[0]!.shape),
})

/** x where it is positive, elsewhere `slope`·x (default 0.01) [Maas 2013]; the gradient at 0 is `slope`. */
export function leakyRelu<D extends Dtype>(x: Tensor<D>, options?: { slope?: number | undefined }): Tensor<Fractional[D]>
export function leakyRelu(x: Tensor, { slope = 0.01 }: { slope?: number | undefined } = {}): Tensor {
  return leaky(x, slope)
}

/** x limited to [min, max]; the gradient is 0 at and beyond the limits, where that of `clamp` still passes at them. */
const saturate = defineOp({
  name: 'hardTanh',
  args: (x: Tensor, min: number, max: number) => [[x], { min, max }],
  spec: ([x]) => x!,
  // (y − min)(max − y) is positive strictly inside
  vjp: (g, { out, attrs: { min, max } }) => [gate(g, mul(sub(out, min), sub(max, out)))],
  onnx: (e, [x], { min, max }, node) => {
    const { dtype } = node.outputs[0]!
    return e('Clip', [x, e.scalar(min, dtype), e.scalar(max, dtype)])
  },
  flops: (node) => sizeOf(node.outputs[0]!.shape),
})

/**
 * x limited to [min, max], by default [−1, 1]; the gradient is 0 at both limits.
 * Throws HebbError unless min < max.
 */
export function hardTanh<D extends Dtype>(
  x: Tensor<D>,
  options?: { min?: number | undefined; max?: number | undefined },
): Tensor<Fractional[D]>
export function hardTanh(x: Tensor, { min = -1, max = 1 }: { min?: number | undefined; max?: number | undefined } = {}): Tensor {
  if (!(min < max)) throw new HebbError(`hardTanh: min ${min} is not below max ${max}`)
  return saturate(real(x), min, max)
}

/** min(max(x, 0), 6) [Howard 2017]; the gradient at 0 and 6 is 0. */
export function relu6<D extends Dtype>(x: Tensor<D>): Tensor<Fractional[D]>
export function relu6(x: Tensor): Tensor {
  return hardTanh(x, { min: 0, max: 6 })
}

/** x/6 + ½ limited to [0, 1], a sigmoid of straight pieces [Courbariaux 2015]; the gradient at ±3 is 0. */
export const hardSigmoid: <D extends Dtype>(x: Tensor<D>) => Tensor<Fractional[D]> = defineOp({
  name: 'hardSigmoid',
  args: (x: Tensor) => [[real(x)], {}],
  spec: ([x]) => x!,
  vjp: (g, { inputs: [x] }) => [gate(mul(g, 1 / 6), sub(9, mul(x!, x!)))],
  onnx: (e, [x], _, node) => {
    const { dtype } = node.outputs[0]!
    if (dtype === 'f32') return e('HardSigmoid', [x], { alpha: float(1 / 6), beta: float(0.5) })
    const line = e('Add', [e('Div', [x, e.scalar(6, dtype)]), e.scalar(0.5, dtype)])
    return e('Clip', [line, e.scalar(0, dtype), e.scalar(1, dtype)])
  },
  flops: (node) => sizeOf(node.outputs[0]!.shape),
})

/** x where |x| > `threshold` (default 0.5), else 0. */
export function hardShrink<D extends Dtype>(x: Tensor<D>, options?: { threshold?: number | undefined }): Tensor<Fractional[D]>
export function hardShrink(x: Tensor, { threshold = 0.5 }: { threshold?: number | undefined } = {}): Tensor {
  const y = real(x)
  return gate(y, sub(abs(y), threshold))
}

/** x moved toward 0 by `threshold` (default 0.5), and 0 within it. */
export function softShrink<D extends Dtype>(x: Tensor<D>, options?: { threshold?: number | undefined }): Tensor<Fractional[D]>
export function softShrink(x: Tensor, { threshold = 0.5 }: { threshold?: number | undefined } = {}): Tensor {
  const y = real(x)
  return sub(y, clamp(y, { min: -threshold, max: threshold }))
}
