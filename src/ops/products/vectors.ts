/** Products of vectors, and the trace. */

import { describe } from '../../graph/leaf.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Computed, Promoted, Summed } from '../../tensor/dtypes.js'
import { ShapeError } from '../../tensor/errors.js'
import { axisOf, broadcast } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { mul, sub } from '../elementwise/arithmetic.js'
import { roll } from '../move/order.js'
import { unsqueeze } from '../move/reshape.js'
import { diagonal } from '../move/triangle.js'
import { sum } from '../reduce/sum.js'
import { matmul } from './matmul.js'

function needVectors(op: string, x: Tensor, other: Tensor): void {
  if (x.rank !== 1 || other.rank !== 1) throw new ShapeError(`${op}: needs two vectors\n  inputs: ${describe(x)}, ${describe(other)}`)
}

/** Σ xᵢ yᵢ of two vectors. Throws ShapeError unless both have one axis of one size. */
export function dot<D extends Dtype, E extends Dtype>(x: Tensor<D>, other: Tensor<E>): Tensor<Computed[Promoted[D][E]]>
export function dot(x: Tensor, other: Tensor): Tensor {
  needVectors('dot', x, other)
  return matmul(x, other)
}

/** xᵢ yⱼ of two vectors: (n), (m) → (n, m). Throws ShapeError unless both have one axis. */
export function outer<D extends Dtype, E extends Dtype>(x: Tensor<D>, other: Tensor<E>): Tensor<Computed[Promoted[D][E]]>
export function outer(x: Tensor, other: Tensor): Tensor {
  needVectors('outer', x, other)
  return mul(unsqueeze(x, 1), other)
}

/** The sum of the main diagonal of the last two axes: (…, n, m) → (…). Throws ShapeError below rank 2. */
export function trace<D extends Dtype>(x: Tensor<D>): Tensor<Summed[D]>
export function trace(x: Tensor): Tensor {
  return sum(diagonal(x), -1)
}

/**
 * Σ x·y along an axis (default the last); the others broadcast, and the axis is counted in the common shape.
 * Throws ShapeError when shapes do not fit.
 *
 * @example vecdot(tensor([[1, 2], [3, 4]]), tensor([1, -1])) // [-1, -1]
 */
export function vecdot<D extends Dtype, E extends Dtype>(x: Tensor<D>, other: Tensor<E>, axis?: number): Tensor<Summed[Promoted[D][E]]>
export function vecdot(x: Tensor, other: Tensor, axis = -1): Tensor {
  const shape = broadcast([x.shape, other.shape], 'vecdot')
  const along = axisOf(axis, shape.length, 'vecdot') - shape.length
  if (x.shape.at(along) !== other.shape.at(along))
    throw new ShapeError(`vecdot: axis ${axis} differs in size\n  inputs: ${describe(x)}, ${describe(other)}`)
  return sum(mul(x, other), along)
}

/**
 * The vector at right angles to both, (x₁y₂ − x₂y₁, x₂y₀ − x₀y₂, x₀y₁ − x₁y₀), along an axis of size 3 (default the last); the others broadcast.
 * Throws ShapeError when an axis has another size.
 *
 * @example cross(tensor([1, 0, 0]), tensor([0, 1, 0])) // [0, 0, 1]
 */
export function cross<D extends Dtype, E extends Dtype>(x: Tensor<D>, other: Tensor<E>, axis?: number): Tensor<Computed[Promoted[D][E]]>
export function cross(x: Tensor, other: Tensor, axis = -1): Tensor {
  const shape = broadcast([x.shape, other.shape], 'cross')
  const along = axisOf(axis, shape.length, 'cross') - shape.length
  if (x.shape.at(along) !== 3 || other.shape.at(along) !== 3)
    throw new ShapeError(`cross: needs 3 numbers on axis ${axis}\n  inputs: ${describe(x)}, ${describe(other)}`)
  const [next, last] = [(t: Tensor): Tensor => roll(t, -1, along), (t: Tensor): Tensor => roll(t, 1, along)]
  return sub(mul(next(x), last(other)), mul(last(x), next(other)))
}
