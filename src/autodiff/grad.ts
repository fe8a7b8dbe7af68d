/** Derivatives of functions: grad, valueAndGrad, vjp. */

import { literal } from '../graph/leaf.js'
import { defineOp } from '../graph/op.js'
import { expand } from '../ops/move/reshape.js'
import { type Dtype, dtypes, isFloat } from '../tensor/dtype.js'
import { DtypeError, ShapeError } from '../tensor/errors.js'
import { showShape } from '../tensor/shape.js'
import type { Tensor } from '../tensor/tensor.js'
import { leavesOf, rebuild, type Tree } from '../tensor/tree.js'
import { pullback } from './vjp.js'

/** The same value as a node of its own, so that a gradient can stop exactly there. */
export const alias: (x: Tensor) => Tensor = defineOp({
  name: 'alias',
  kernels: dtypes,
  passes: true,
  args: (x: Tensor) => [[x], {}],
  spec: ([x]) => x!,
  vjp: (g) => [g],
  onnx: (_, [x]) => x!,
})

/** x, through which no gradient passes. */
export const stopGradient: <D extends Dtype>(x: Tensor<D>) => Tensor<D> = defineOp({
  name: 'stopGradient',
  kernels: dtypes,
  passes: true,
  args: (x: Tensor) => [[x], {}],
  spec: ([x]) => x!,
  onnx: (_, [x]) => x!,
})

/** Zeros of x's shape and dtype. */
export const zerosLike = (x: Tensor): Tensor => expand(literal(0, x.dtype), x.shape)

/** Gradients of a scalar with respect to tensors of its graph; zeros where it does not depend on one. Throws ShapeError unless it is scalar. */
export function gradients(loss: Tensor, wrt: readonly Tensor[]): Tensor[] {
  if (loss.size !== 1)
    throw new ShapeError(`grad: the function gave ${showShape(loss.shape)}; a gradient needs one number: reduce it with sum() or mean()`)
  if (!isFloat(loss.dtype)) throw new DtypeError(`grad: the function gave ${loss.dtype}, which has no gradient: use a float`)
  for (const t of wrt) if (!isFloat(t.dtype)) throw new DtypeError(`grad: an argument is ${t.dtype}, which has no gradient: cast it to f32`)
  const one = expand(literal(1, loss.dtype), loss.shape)
  return pullback([loss], [one], wrt).map((g, i) => g ?? zerosLike(wrt[i]!))
}

/**
 * The function and its gradient with respect to its first argument, a tensor or nested tensors.
 * Further arguments are held fixed.
 *
 * @example const [y, dy] = valueAndGrad((x: Tensor) => x.mul(x).sum())(tensor([1, 2, 3]))
 */
export function valueAndGrad<T extends Tree, R extends readonly unknown[]>(
  f: (x: T, ...rest: R) => Tensor,
): (x: T, ...rest: R) => [Tensor, T] {
  return (x, ...rest) => {
    const inputs = leavesOf(x).map(alias)
    const value = f(rebuild(x, inputs), ...rest)
    return [value, rebuild(x, gradients(value, inputs))]
  }
}

/**
 * ∇f: the gradient of a scalar function with respect to its first argument, in that argument's form. Apply it twice for second derivatives.
 *
 * @example await grad((x: Tensor) => x.mul(x).sum())(tensor([1, 2, 3])).data() // [2, 4, 6]
 */
export function grad<T extends Tree, R extends readonly unknown[]>(f: (x: T, ...rest: R) => Tensor): (x: T, ...rest: R) => T {
  const both = valueAndGrad(f)
  return (x, ...rest) => both(x, ...rest)[1]
}
