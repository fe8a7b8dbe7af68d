/** Losses that are 0 once the right answer leads by a margin. */

import { relu } from '../functional/activation/relu.js'
import { describe } from '../graph/leaf.js'
import { add, div, mul, neg, sub } from '../ops/elementwise/arithmetic.js'
import { cast } from '../ops/elementwise/cast.js'
import { equal } from '../ops/elementwise/compare.js'
import { real } from '../ops/elementwise/real.js'
import { clamp, where } from '../ops/elementwise/select.js'
import { square } from '../ops/elementwise/unary.js'
import { takeAlong } from '../ops/gather/along.js'
import { reshape } from '../ops/move/reshape.js'
import { sum } from '../ops/reduce/sum.js'
import { HebbError, ShapeError } from '../tensor/errors.js'
import type { Tensor } from '../tensor/tensor.js'
import { idShape, idsOf, rowsOfClasses } from './classes.js'
import { note } from './facts.js'
import { checkSame, type LossOptions, reduced } from './reduction.js'

/** Options of losses with a margin. */
export interface MarginOptions extends LossOptions {
  /** the lead that is enough; the default is each loss's own */
  readonly margin?: number | undefined
}

/** max(0, x), with gradient 1 at 0 */
const above = (x: Tensor): Tensor => clamp(x, { min: 0 })

/**
 * max(0, margin − yx), averaged, for scores x and labels y of −1 or 1 [Cortes 1995]; margin 1 by default.
 *
 * Shapes: (…) alike. Throws ShapeError when they differ.
 */
export function hinge(scores: Tensor, target: Tensor, { margin = 1, reduction }: MarginOptions = {}): Tensor {
  checkSame('hinge', scores, target)
  const x = real(scores)
  return reduced(above(sub(margin, mul(x, cast(target, x.dtype)))), reduction)
}

/**
 * x where the label is 1, max(0, margin − x) where it is −1, averaged: x is a distance; margin 1 by default [Hadsell 2006].
 *
 * Shapes: (…) alike. Throws ShapeError when they differ.
 */
export function hingeEmbedding(distances: Tensor, target: Tensor, { margin = 1, reduction }: MarginOptions = {}): Tensor {
  checkSame('hingeEmbedding', distances, target)
  const x = real(distances)
  return reduced(add(where(equal(target, -1), 0, x), where(equal(target, 1), 0, above(sub(margin, x)))), reduction)
}

/**
 * max(0, margin − y(a − b)), averaged: where y is 1, a should be larger than b, where it is −1 smaller; margin 0 by default.
 *
 * Shapes: a, b and y (…) alike. Throws ShapeError when they differ.
 */
export function marginRanking(a: Tensor, b: Tensor, target: Tensor, { margin = 0, reduction }: MarginOptions = {}): Tensor {
  checkSame('marginRanking', a, b)
  checkSame('marginRanking', a, target)
  const lead = sub(real(a), real(b))
  return reduced(above(add(neg(mul(cast(target, lead.dtype), lead)), margin)), reduction)
}

/** Options of multiMargin. */
export interface MultiMarginOptions extends MarginOptions {
  /** power of each shortfall: 1 (default) or 2 */
  readonly power?: 1 | 2 | undefined
  /** one factor per class (C), that of the target counts */
  readonly weight?: Tensor | undefined
}

/**
 * Σ max(0, margin − x[y] + x[c])ᵖ / C over the classes c other than the target y, averaged [Crammer 2001]; margin 1 by default.
 *
 * Shapes: scores (N, C), class ids (N); or (C) and (). Throws ShapeError or DtypeError when they do not fit, HebbError for another power.
 */
export function multiMargin(scores: Tensor, target: Tensor, options: MultiMarginOptions = {}): Tensor {
  const { margin = 1, power = 1, weight, reduction } = options
  if (power !== 1 && power !== 2) throw new HebbError(`multiMargin: power is ${String(power)}: give 1 or 2`)
  if (scores.rank !== 1 && scores.rank !== 2)
    throw new ShapeError(`multiMargin: scores need the shape (N, C) or (C)\n  input: ${describe(scores)}`)
  const rows = rowsOfClasses(scores)
  const { ids, factors } = idsOf({ loss: 'multiMargin', scores, rows, target, weight })
  // the target's own shortfall is the margin itself, and is taken off the sum
  const short = relu(add(sub(rows, takeAlong(rows, ids, 1)), margin))
  const total = sum(power === 2 ? square(short) : short, 1, { keep: true })
  const each = div(sub(total, Math.max(margin, 0) ** power), rows.shape[1]!)
  return note(reduced(reshape(factors ? mul(each, factors) : each, idShape(scores)), reduction), {
    answers: { kind: 'ids', scores, ignoreIndex: undefined, valid: undefined },
  })
}
