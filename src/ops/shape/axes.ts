/** The same numbers with other axes: movedim, rot90, unflatten, atLeast1d, atLeast2d, atLeast3d. */

import { describe } from '../../graph/leaf.js'
import type { Dtype } from '../../tensor/dtype.js'
import { HebbError, ShapeError } from '../../tensor/errors.js'
import { axisOf, type Shape, showShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { flip } from '../move/order.js'
import { reshape, transpose } from '../move/reshape.js'

const listed = (axes: number | readonly number[], rank: number, op: string): number[] => {
  const all = (typeof axes === 'number' ? [axes] : axes).map((a) => axisOf(a, rank, op))
  if (new Set(all).size !== all.length) throw new ShapeError(`${op}: axes ${showShape(all)} name one axis twice`)
  return all
}

/**
 * x with axes moved to other places, the rest in their order. Throws ShapeError when there are not as many places as axes, or one is named twice.
 * Two axes change places by `transpose(a, b)`.
 *
 * @example movedim(zeros([2, 3, 4]), 0, -1).shape // [3, 4, 2]
 */
export function movedim<D extends Dtype>(x: Tensor<D>, from: number | readonly number[], to: number | readonly number[]): Tensor<D>
export function movedim(x: Tensor, from: number | readonly number[], to: number | readonly number[]): Tensor {
  const [source, target] = [listed(from, x.rank, 'movedim'), listed(to, x.rank, 'movedim')]
  if (source.length !== target.length) throw new ShapeError(`movedim: ${source.length} axes for ${target.length} places`)
  const rest = x.shape.map((_, i) => i).filter((i) => !source.includes(i))
  const order = x.shape.map((_, i) => (target.includes(i) ? source[target.indexOf(i)]! : rest.shift()!))
  return transpose(x, order)
}

/**
 * x turned k times by 90° in the plane of two axes (default the first two), from the first axis to the second. Throws ShapeError when they are the same.
 *
 * @example rot90(tensor([[1, 2], [3, 4]])) // [[2, 4], [1, 3]]
 */
export function rot90<D extends Dtype>(x: Tensor<D>, k?: number, axes?: readonly [number, number]): Tensor<D>
export function rot90(x: Tensor, k = 1, axes: readonly [number, number] = [0, 1]): Tensor {
  if (!Number.isInteger(k)) throw new HebbError(`rot90: ${k} is no number of turns: give a whole number`)
  const [a, b] = listed(axes, x.rank, 'rot90') as [number, number]
  const turns = ((k % 4) + 4) % 4
  if (turns === 0) return x
  if (turns === 2) return flip(x, [a, b])
  return turns === 1 ? flip(transpose(x, a, b), a) : flip(transpose(x, a, b), b)
}

/**
 * One axis as several of these sizes, of which one may be −1: the opposite of `flatten`. Throws ShapeError when they do not multiply to its size.
 *
 * @example unflatten(zeros([2, 6]), 1, [2, -1]).shape // [2, 2, 3]
 */
export function unflatten<D extends Dtype>(x: Tensor<D>, axis: number, sizes: Shape): Tensor<D>
export function unflatten(x: Tensor, axis: number, sizes: Shape): Tensor {
  const along = axisOf(axis, x.rank, 'unflatten')
  const size = x.shape[along]!
  const known = sizes.reduce((n, d) => (d === -1 ? n : n * d), 1)
  const open = sizes.indexOf(-1)
  const full = sizes.map((d, i) => (i === open ? size / known : d))
  const fits = full.length > 0 && full.every((d) => Number.isInteger(d) && d >= 0) && full.reduce((n, d) => n * d, 1) === size
  if (!fits) throw new ShapeError(`unflatten: sizes ${showShape(sizes)} do not multiply to ${size}, axis ${axis} of ${describe(x)}`)
  return reshape(x, [...x.shape.slice(0, along), ...full, ...x.shape.slice(along + 1)])
}

/** x with one axis or more: a scalar becomes (1). */
export function atLeast1d<D extends Dtype>(x: Tensor<D>): Tensor<D>
export function atLeast1d(x: Tensor): Tensor {
  return x.rank === 0 ? reshape(x, [1]) : x
}

/** x with two axes or more, new ones first: a scalar becomes (1, 1), (n) becomes (1, n). */
export function atLeast2d<D extends Dtype>(x: Tensor<D>): Tensor<D>
export function atLeast2d(x: Tensor): Tensor {
  return x.rank < 2 ? reshape(x, [1, x.size]) : x
}

/** x with three axes or more, as NumPy adds them: () becomes (1, 1, 1), (n) becomes (1, n, 1), (n, m) becomes (n, m, 1). */
export function atLeast3d<D extends Dtype>(x: Tensor<D>): Tensor<D>
export function atLeast3d(x: Tensor): Tensor {
  return x.rank < 2 ? reshape(x, [1, x.size, 1]) : x.rank === 2 ? reshape(x, [...x.shape, 1]) : x
}
