/** Losses of embeddings: pairs and triplets that should lie near or far. */
import { describe } from '../graph/leaf.js'
import { add, div, minimum, mul, sub } from '../ops/elementwise/arithmetic.js'
import { equal } from '../ops/elementwise/compare.js'
import { real } from '../ops/elementwise/real.js'
import { clamp, where } from '../ops/elementwise/select.js'
import { sqrt, square } from '../ops/elementwise/unary.js'
import { norm } from '../ops/reduce/norm.js'
import { sum } from '../ops/reduce/sum.js'
import { ShapeError } from '../tensor/errors.js'
import { sameShape } from '../tensor/shape.js'
import type { Tensor } from '../tensor/tensor.js'
import type { MarginOptions } from './margin.js'
import { checkSame, reduced } from './reduction.js'

/** keeps the root away from 0 */
const tiny = 1e-12

/**
 * 1 − cos(a, b) where the label is 1, max(0, cos(a, b) − margin) where it is −1, averaged; margin 0 by default.
 *
 * Shapes: a and b (N, D), labels (N); or (D) and (). Throws ShapeError when they do not fit.
 */
export function cosineEmbedding(a: Tensor, b: Tensor, target: Tensor, { margin = 0, reduction }: MarginOptions = {}): Tensor {
  checkSame('cosineEmbedding', a, b)
  if (a.rank === 0 || !sameShape(target.shape, a.shape.slice(0, -1)))
    throw new ShapeError(`cosineEmbedding: needs one label per vector\n  inputs: vectors ${describe(a)}, labels ${describe(target)}`)
  const [x, y] = [real(a), real(b)]
  const length = (v: Tensor): Tensor => sqrt(add(sum(square(v), -1), tiny))
  const cosine = div(sum(mul(x, y), -1), mul(length(x), length(y)))
  const near = where(equal(target, 1), sub(1, cosine), 0)
  return reduced(add(near, where(equal(target, -1), clamp(sub(cosine, margin), { min: 0 }), 0)), reduction)
}

/** Options of tripletMargin. */
export interface TripletMarginOptions extends MarginOptions {
  /** p of the distance ‖a − b‖ₚ; default 2 */
  readonly order?: number | undefined
  /** added to each difference, so that the root has a gradient where vectors are equal; default 1e-6 */
  readonly eps?: number | undefined
  /** whether the negative counts from the positive instead where that is nearer [Balntas 2016]; default false */
  readonly swap?: boolean | undefined
}

/**
 * max(0, d(anchor, positive) − d(anchor, negative) + margin), averaged [Schroff 2015]; margin 1 by default.
 *
 * Shapes: all (N, D), or (D). Throws ShapeError when they differ.
 */
export function tripletMargin(anchor: Tensor, positive: Tensor, negative: Tensor, options: TripletMarginOptions = {}): Tensor {
  const { margin = 1, order = 2, eps = 1e-6, swap = false, reduction } = options
  checkSame('tripletMargin', anchor, positive)
  checkSame('tripletMargin', anchor, negative)
  if (anchor.rank === 0) throw new ShapeError('tripletMargin: needs vectors (N, D), not scalars')
  const distance = (a: Tensor, b: Tensor): Tensor => norm(add(sub(real(a), real(b)), eps), -1, { order })
  const apart = distance(anchor, negative)
  const farthest = swap ? minimum(apart, distance(positive, negative)) : apart
  return reduced(clamp(add(sub(distance(anchor, positive), farthest), margin), { min: 0 }), reduction)
}
