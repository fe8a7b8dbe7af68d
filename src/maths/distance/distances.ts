/** Distances between vectors, in pairs and each to each. */
import { describe } from '../../graph/leaf.js'
import { add, mul, sub } from '../../ops/elementwise/arithmetic.js'
import { operands } from '../../ops/elementwise/broadcasting.js'
import { equal } from '../../ops/elementwise/compare.js'
import { real } from '../../ops/elementwise/real.js'
import { clamp, where } from '../../ops/elementwise/select.js'
import { sqrt, square } from '../../ops/elementwise/unary.js'
import { transpose, unsqueeze } from '../../ops/move/reshape.js'
import { matmul } from '../../ops/products/matmul.js'
import { norm } from '../../ops/reduce/norm.js'
import { sum } from '../../ops/reduce/sum.js'
import { HebbError, ShapeError } from '../../tensor/errors.js'
import { broadcast, sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'

/** From so many differences on Euclidean distances are taken from products, which need no room for them. */
const manyDifferences = 2 ** 24

function checkOrder(op: string, order: number): void {
  if (!(order >= 0)) throw new HebbError(`${op}: order ${order} is no p of a norm: give 0, 1, 2, ∞ or any number above 0`)
}

/**
 * Distances of every row of x to every row of `other`: (…, P, D) and (…, R, D) → (…, P, R), (Σ |x − y|ᵖ)^(1/p) with p = `order` (default 2); ∞ the
 * largest difference, 0 how many differ. The gradient at equal rows is 0. Leading axes broadcast. Euclidean ones of more than 2²⁴ differences
 * follow from √(‖x‖² + ‖y‖² − 2 x·y), less exact for rows that are close. Throws ShapeError unless both are rows of one length.
 *
 * @example cdist(tensor([[0, 0]]), tensor([[3, 4], [0, 1]])) // [[5, 1]]
 */
export function cdist(x: Tensor, other: Tensor, { order = 2 }: { order?: number | undefined } = {}): Tensor {
  checkOrder('cdist', order)
  if (x.rank < 2 || other.rank < 2 || x.shape.at(-1) !== other.shape.at(-1))
    throw new ShapeError(`cdist: needs rows of one length, (…, P, D) and (…, R, D)\n  inputs: ${describe(x)}, ${describe(other)}`)
  const batch = broadcast([x.shape.slice(0, -2), other.shape.slice(0, -2)], 'cdist')
  const differences = sizeOf(batch) * x.shape.at(-2)! * other.shape.at(-2)! * x.shape.at(-1)!
  const [a, b] = operands(real(x), real(other))
  if (order !== 2 || differences <= manyDifferences) return norm(sub(unsqueeze(a, -2), unsqueeze(b, -3)), -1, { order })
  const squares = add(sum(square(a), -1, { keep: true }), unsqueeze(sum(square(b), -1), -2))
  const apart = clamp(sub(squares, mul(matmul(a, transpose(b)), 2)), { min: 0 })
  const none = equal(apart, 0)
  return where(none, 0, sqrt(where(none, 1, apart)))
}

/** Settings of `pairwiseDistance`. */
export interface PairwiseOptions {
  /** p of the norm; default 2 */
  order?: number | undefined
  /** added to each difference, so that no gradient is lost at 0; default 1e-6 */
  epsilon?: number | undefined
  /** keep the axis with size 1; default false */
  keep?: boolean | undefined
}

/**
 * ‖x − y + ε‖ₚ along the last axis, broadcasting: the distance of each vector to its partner.
 *
 * @example pairwiseDistance(tensor([0, 0]), tensor([3, 4]), { epsilon: 0 }) // 5
 */
export function pairwiseDistance(x: Tensor, other: Tensor, { order = 2, epsilon = 1e-6, keep = false }: PairwiseOptions = {}): Tensor {
  checkOrder('pairwiseDistance', order)
  const [a, b] = operands(real(x), real(other))
  return norm(add(sub(a, b), epsilon), -1, { order, keep })
}
