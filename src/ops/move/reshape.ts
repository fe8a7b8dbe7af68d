/** The same numbers under another shape: reshape, transpose, expand. */

import { defineOp } from '../../graph/op.js'
import type { Dtype } from '../../tensor/dtype.js'
import { dtypes, numberDtypes } from '../../tensor/dtype.js'
import { ShapeError } from '../../tensor/errors.js'
import { axisOf, type Shape, sameShape, showShape, sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { sum } from '../reduce/sum.js'

const toShape = defineOp({
  name: 'reshape',
  kernels: dtypes,
  args: (x: Tensor, shape: Shape) => [[x], { shape }],
  spec: ([x], { shape }) => ({ shape, dtype: x!.dtype }),
  vjp: (g, { inputs: [x] }) => [reshape(g, x!.shape)],
  onnx: (e, [x], { shape }) => e('Reshape', [x, e.ints(shape)]),
})

/**
 * x under another shape with as many elements, in row-major order; one size may be −1 and follows from the rest.
 * Throws ShapeError when the elements do not fit.
 */
export function reshape<D extends Dtype>(x: Tensor<D>, shape: Shape): Tensor<D>
export function reshape(x: Tensor, shape: Shape): Tensor {
  const open = shape.indexOf(-1)
  const known = shape.reduce((n, d, i) => (i === open ? n : n * d), 1)
  const filled = open < 0 ? [...shape] : shape.map((d, i) => (i === open ? x.size / known : d))
  if (shape.lastIndexOf(-1) !== open || filled.some((d) => !Number.isInteger(d) || d < 0) || sizeOf(filled) !== x.size)
    throw new ShapeError(`reshape: ${showShape(x.shape)} has ${x.size} elements, which do not fill ${showShape(shape)}`)
  return sameShape(filled, x.shape) ? x : toShape(x, filled)
}

/** Adds axes of size 1 at the given places of the result. */
export function unsqueeze<D extends Dtype>(x: Tensor<D>, ...axes: number[]): Tensor<D>
export function unsqueeze(x: Tensor, ...axes: number[]): Tensor {
  const rank = x.rank + axes.length
  const at = axes.map((a) => axisOf(a, rank, 'unsqueeze'))
  const rest = [...x.shape]
  return reshape(
    x,
    Array.from({ length: rank }, (_, i) => (at.includes(i) ? 1 : rest.shift()!)),
  )
}

/** Removes the given axes of size 1, or all of them. Throws ShapeError when one is longer. */
export function squeeze<D extends Dtype>(x: Tensor<D>, ...axes: number[]): Tensor<D>
export function squeeze(x: Tensor, ...axes: number[]): Tensor {
  const at = axes.length > 0 ? axes.map((a) => axisOf(a, x.rank, 'squeeze')) : x.shape.flatMap((d, i) => (d === 1 ? [i] : []))
  for (const a of at)
    if (x.shape[a] !== 1) throw new ShapeError(`squeeze: axis ${a} of ${showShape(x.shape)} has size ${x.shape[a]}, not 1`)
  return reshape(
    x,
    x.shape.filter((_, i) => !at.includes(i)),
  )
}

/** Axes `from` to `to` (inclusive) as one; all when missing. */
export function flatten<D extends Dtype>(x: Tensor<D>, from?: number, to?: number): Tensor<D>
export function flatten(x: Tensor, from = 0, to = -1): Tensor {
  if (x.rank === 0) return reshape(x, [1])
  const [a, b] = [axisOf(from, x.rank, 'flatten'), axisOf(to, x.rank, 'flatten')]
  return reshape(x, [...x.shape.slice(0, a), sizeOf(x.shape.slice(a, b + 1)), ...x.shape.slice(b + 1)])
}

const permute: (x: Tensor, order: readonly number[]) => Tensor = defineOp({
  name: 'transpose',
  kernels: dtypes,
  args: (x: Tensor, order: readonly number[]) => [[x], { order }],
  spec: ([x], { order }) => ({ shape: order.map((a) => x!.shape[a]!), dtype: x!.dtype }),
  vjp: (g, { attrs: { order } }) => [
    permute(
      g,
      order.map((_, i) => order.indexOf(i)),
    ),
  ],
  onnx: (e, [x], { order }) => e('Transpose', [x], { perm: order }),
})

/**
 * x with its axes in another order; without arguments the last two change places, with two the named ones do, with a list the axes take that order.
 * Throws ShapeError when the list is not a permutation.
 */
export function transpose<D extends Dtype>(x: Tensor<D>, a?: number | readonly number[], b?: number): Tensor<D>
export function transpose(x: Tensor, a?: number | readonly number[], b?: number): Tensor {
  const order = x.shape.map((_, i) => i)
  if (Array.isArray(a)) {
    const list = (a as readonly number[]).map((i) => axisOf(i, x.rank, 'transpose'))
    if (list.length !== x.rank || new Set(list).size !== x.rank)
      throw new ShapeError(`transpose: ${showShape(a as readonly number[])} is no order of the ${x.rank} axes of ${showShape(x.shape)}`)
    return list.every((v, i) => v === i) ? x : permute(x, list)
  }
  if (x.rank < 2 && a === undefined) throw new ShapeError(`transpose: ${showShape(x.shape)} has no two axes to exchange`)
  const [i, j] = [axisOf((a as number | undefined) ?? -2, x.rank, 'transpose'), axisOf(b ?? -1, x.rank, 'transpose')]
  order[i] = j
  order[j] = i
  return i === j ? x : permute(x, order)
}

const stretchTo = defineOp({
  name: 'expand',
  kernels: ['bool', ...numberDtypes],
  args: (x: Tensor, shape: Shape) => [[x], { shape }],
  spec: ([x], { shape }) => ({ shape, dtype: x!.dtype }),
  vjp: (g, { inputs: [x] }) => {
    const extra = g.rank - x!.rank
    const axes = g.shape.flatMap((d, i) => (i < extra || (x!.shape[i - extra] === 1 && d !== 1) ? [i] : []))
    return [reshape(sum(g, axes, { keep: true }), x!.shape)]
  },
  onnx: (e, [x], { shape }) => e('Expand', [x, e.ints(shape)]),
})

/** x repeated along axes of size 1 to fill `shape`; new axes come first; −1 keeps a size. Throws ShapeError when a longer axis would change. */
export function expand<D extends Dtype>(x: Tensor<D>, shape: Shape): Tensor<D>
export function expand(x: Tensor, shape: Shape): Tensor {
  const extra = shape.length - x.rank
  const full = shape.map((d, i) => (d === -1 && i >= extra ? x.shape[i - extra]! : d))
  if (extra < 0 || full.some((d, i) => i >= extra && x.shape[i - extra] !== 1 && x.shape[i - extra] !== d))
    throw new ShapeError(`expand: ${showShape(x.shape)} does not stretch to ${showShape(shape)}`)
  return sameShape(full, x.shape) ? x : stretchTo(x, full)
}
