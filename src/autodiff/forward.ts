/** Derivatives along directions and whole matrices of derivatives: jvp, vjp, jacobian, hessian. */
import { scan } from '../ops/control/scan.js'
import { cast } from '../ops/elementwise/cast.js'
import { reshape } from '../ops/move/reshape.js'
import { HebbError } from '../tensor/errors.js'
import { sameShape, showShape } from '../tensor/shape.js'
import { fromData, type Tensor } from '../tensor/tensor.js'
import { leavesOf, rebuild, type Tree } from '../tensor/tree.js'
import { alias, grad, zerosLike } from './grad.js'
import { pullback } from './vjp.js'

/**
 * The value of `f` at `x` and a function from a cotangent of the value to that of `x`: gᵀ ↦ gᵀ ∂f/∂x.
 */
export function vjp<T extends Tree>(f: (x: T) => Tensor, x: T): [Tensor, (g: Tensor) => T] {
  const inputs = leavesOf(x).map(alias)
  const y = f(rebuild(x, inputs))
  return [
    y,
    (g) =>
      rebuild(
        x,
        pullback([y], [g], inputs).map((d, i) => d ?? zerosLike(inputs[i]!)),
      ),
  ]
}

/**
 * The value of `f` at `x` and its derivative along `v`: ∂f/∂x · v. Forward mode as the transpose of a transpose: the pullback is linear
 * in its cotangent, and pulling back through it gives the push forward.
 * Throws HebbError unless `v` has the form and shapes of `x`.
 */
export function jvp<T extends Tree>(f: (x: T) => Tensor, x: T, v: T): [Tensor, Tensor] {
  const inputs = leavesOf(x).map(alias)
  const directions = leavesOf(v)
  if (directions.length !== inputs.length || directions.some((d, i) => !sameShape(d.shape, inputs[i]!.shape)))
    throw new HebbError(
      `jvp: the direction ${directions.map((d) => showShape(d.shape)).join(' ')} does not match x ${inputs.map((t) => showShape(t.shape)).join(' ')}`,
    )
  const y = f(rebuild(x, inputs))
  const u = alias(zerosLike(y))
  const back = pullback([y], [u], inputs)
  const linear = back.flatMap((g, i) => (g ? [[g, directions[i]!] as const] : []))
  const [pushed] = pullback(
    linear.map(([g]) => g),
    linear.map(([, d]) => d),
    [u],
  )
  return [y, pushed ?? zerosLike(y)]
}

/**
 * ∂f/∂x, shape (…f, …x): every output differentiated by every input, one row at a time in one loop node.
 *
 * @example await jacobian((x: Tensor) => x.mul(x))(tensor([1, 2])).array() // [[2, 0], [0, 4]]
 */
export function jacobian(f: (x: Tensor) => Tensor): (x: Tensor) => Tensor {
  return (x) => {
    const input = alias(x)
    const y = f(input)
    const rows = new Float32Array(y.size * y.size)
    for (let i = 0; i < y.size; i++) rows[i * y.size + i] = 1
    const basis = cast(fromData(rows, [y.size, y.size], 'f32'), y.dtype)
    const { ys } = scan(
      (none: readonly Tensor[], row: Tensor) => [none, pullback([y], [reshape(row, y.shape)], [input])[0] ?? zerosLike(input)] as const,
      [],
      basis,
    )
    return reshape(ys, [...y.shape, ...x.shape])
  }
}

/**
 * The matrix of second derivatives of a scalar function, shape (…x, …x).
 *
 * @example await hessian((x: Tensor) => x.pow(3).sum())(tensor([1, 2])).array() // [[6, 0], [0, 12]]
 */
export const hessian = (f: (x: Tensor) => Tensor): ((x: Tensor) => Tensor) => jacobian(grad(f))
