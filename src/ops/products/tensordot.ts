/** Products over several axes, and of every pair: tensordot, kron. */

import { describe } from '../../graph/leaf.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Computed, Promoted } from '../../tensor/dtypes.js'
import { HebbError, ShapeError } from '../../tensor/errors.js'
import { axisOf, sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { mul } from '../elementwise/arithmetic.js'
import { reshape, transpose } from '../move/reshape.js'
import { matmul } from './matmul.js'

/**
 * Σ over axes of both: the last `axes` of x with the first of `other` (default 2), or the named ones of each in pairs. The result has the other axes
 * of x, then those of `other`. Throws ShapeError when axes that meet differ in size.
 *
 * @example tensordot(ones([2, 3, 4]), ones([3, 4, 5])).shape // [2, 5]
 */
export function tensordot<D extends Dtype, E extends Dtype>(
  x: Tensor<D>,
  other: Tensor<E>,
  axes?: number | readonly [number | readonly number[], number | readonly number[]],
): Tensor<Computed[Promoted[D][E]]>
export function tensordot(
  x: Tensor,
  other: Tensor,
  axes: number | readonly [number | readonly number[], number | readonly number[]] = 2,
): Tensor {
  if (typeof axes === 'number' && !(Number.isInteger(axes) && axes >= 0 && axes <= Math.min(x.rank, other.rank)))
    throw new HebbError(`tensordot: ${axes} axes are not there\n  inputs: ${describe(x)}, ${describe(other)}`)
  const pair: readonly (number | readonly number[])[] =
    typeof axes === 'number' ? [Array.from({ length: axes }, (_, i) => x.rank - axes + i), Array.from({ length: axes }, (_, i) => i)] : axes
  const named = (a: number | readonly number[], rank: number): number[] =>
    (typeof a === 'number' ? [a] : a).map((i) => axisOf(i, rank, 'tensordot'))
  const [a, b] = [named(pair[0]!, x.rank), named(pair[1]!, other.rank)]
  if (
    a.length !== b.length ||
    new Set(a).size !== a.length ||
    new Set(b).size !== b.length ||
    a.some((i, k) => x.shape[i] !== other.shape[b[k]!])
  )
    throw new ShapeError(
      `tensordot: axes (${a.join(', ')}) and (${b.join(', ')}) do not meet in pairs of one size\n  inputs: ${describe(x)}, ${describe(other)}`,
    )
  const [left, right] = [x.shape.map((_, i) => i).filter((i) => !a.includes(i)), other.shape.map((_, i) => i).filter((i) => !b.includes(i))]
  const [rows, columns] = [left.map((i) => x.shape[i]!), right.map((i) => other.shape[i]!)]
  const inner = sizeOf(a.map((i) => x.shape[i]!))
  const p = reshape(transpose(x, [...left, ...a]), [sizeOf(rows), inner])
  const q = reshape(transpose(other, [...b, ...right]), [inner, sizeOf(columns)])
  return reshape(matmul(p, q), [...rows, ...columns])
}

/**
 * Every element of x times all of `other`, block by block: sizes multiply, axis by axis, the shorter shape with ones in front.
 *
 * @example kron(tensor([1, 10]), tensor([1, 2])) // [1, 2, 10, 20]
 */
export function kron<D extends Dtype, E extends Dtype>(x: Tensor<D>, other: Tensor<E>): Tensor<Computed[Promoted[D][E]]>
export function kron(x: Tensor, other: Tensor): Tensor {
  const rank = Math.max(x.rank, other.rank)
  const lift = (t: Tensor): number[] => [...Array.from({ length: rank - t.rank }, () => 1), ...t.shape]
  const [a, b] = [lift(x), lift(other)]
  const product = mul(
    reshape(
      x,
      a.flatMap((d) => [d, 1]),
    ),
    reshape(
      other,
      b.flatMap((d) => [1, d]),
    ),
  )
  return reshape(
    product,
    a.map((d, i) => d * b[i]!),
  )
}
