/** Losses of predicted numbers: how far from the target. */
import { defineOp } from '../graph/op.js'
import { div, mul, sub } from '../ops/elementwise/arithmetic.js'
import { real } from '../ops/elementwise/real.js'
import { clamp } from '../ops/elementwise/select.js'
import { abs, square } from '../ops/elementwise/unary.js'
import { HebbError } from '../tensor/errors.js'
import { sizeOf } from '../tensor/shape.js'
import type { Tensor } from '../tensor/tensor.js'
import { checkSame, type LossOptions, reduced } from './reduction.js'

function difference(loss: string, x: Tensor, target: Tensor): Tensor {
  checkSame(loss, x, target)
  return sub(real(x), real(target))
}

/** (x − y)², averaged. Shapes: predictions x and targets y (…) alike. Throws ShapeError when they differ. */
export const meanSquaredError = (x: Tensor, target: Tensor, { reduction }: LossOptions = {}): Tensor =>
  reduced(square(difference('meanSquaredError', x, target)), reduction)

/** |x − y|, averaged; the gradient where they are equal is 0. Shapes: (…) alike. Throws ShapeError when they differ. */
export const meanAbsoluteError = (x: Tensor, target: Tensor, { reduction }: LossOptions = {}): Tensor =>
  reduced(abs(difference('meanAbsoluteError', x, target)), reduction)

// with c the difference d limited to ±δ it is c(d − c/2), and its gradient is c
const bowl: (d: Tensor, delta: number) => Tensor = defineOp({
  name: 'huber',
  args: (d: Tensor, delta: number) => [[d], { delta }],
  spec: ([d]) => d!,
  vjp: (g, { inputs: [d], attrs: { delta } }) => [mul(g, clamp(d!, { min: -delta, max: delta }))],
  onnx: (e, [d], { delta }, node) => {
    const { dtype } = node.outputs[0]!
    const near = e('Clip', [d, e.scalar(-delta, dtype), e.scalar(delta, dtype)])
    return e('Mul', [near, e('Sub', [d, e('Mul', [near, e.scalar(0.5, dtype)])])])
  },
  flops: (node) => 4 * sizeOf(node.outputs[0]!.shape),
})

/**
 * ½d² where |d| = |x − y| is at most δ, beyond it δ(|d| − ½δ), averaged [Huber 1964]; δ is `delta`, default 1.
 *
 * Shapes: (…) alike. Throws ShapeError when they differ, HebbError unless δ > 0.
 */
export function huber(
  x: Tensor,
  target: Tensor,
  { delta = 1, reduction }: LossOptions & { readonly delta?: number | undefined } = {},
): Tensor {
  if (!(delta > 0)) throw new HebbError(`huber: delta is ${delta}: give a number above 0`)
  return reduced(bowl(difference('huber', x, target), delta), reduction)
}

/**
 * Huber divided by its δ, here called `beta` (default 1) [Girshick 2015]: ½d²/β near 0, |d| − ½β beyond. With β = 0 it is |d|.
 *
 * Shapes: (…) alike. Throws ShapeError when they differ, HebbError for β < 0.
 */
export function smoothL1(
  x: Tensor,
  target: Tensor,
  { beta = 1, reduction }: LossOptions & { readonly beta?: number | undefined } = {},
): Tensor {
  if (!(beta >= 0)) throw new HebbError(`smoothL1: beta is ${beta}: give 0 or more`)
  const d = difference('smoothL1', x, target)
  return reduced(beta === 0 ? abs(d) : beta === 1 ? bowl(d, 1) : div(bowl(d, beta), beta), reduction)
}
