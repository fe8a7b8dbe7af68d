/** Attention that goes on: new places look at those read before, whose keys and values were kept. */

import { hidden, scaledDotProductAttention, triangle } from '../../functional/attention.js'
import { softmax } from '../../functional/normal/softmax.js'
import { literal } from '../../graph/leaf.js'
import { add, mul } from '../../ops/elementwise/arithmetic.js'
import { less } from '../../ops/elementwise/compare.js'
import { where } from '../../ops/elementwise/select.js'
import { concat } from '../../ops/move/concat.js'
import { arange } from '../../ops/move/create.js'
import { reshape, transpose } from '../../ops/move/reshape.js'
import { split } from '../../ops/move/slice.js'
import { matmul } from '../../ops/products/matmul.js'
import { ShapeError } from '../../tensor/errors.js'
import { showShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'

/** Keys and values of some places in one layer: k (N, G, S, D), v (N, G, S, E). */
export interface KeysValues {
  readonly k: Tensor
  readonly v: Tensor
}

/** Keys and values kept in memory that has room for more. */
export interface KeptKeysValues extends KeysValues {
  /** (N) i32, or (1) for all texts: how many of the S places count; the others are not looked at, whatever finite numbers stand there */
  readonly length: Tensor
}

/** One number for each text beside axes behind: (N) → (N, 1, …); that of a single text, (1), stands beside anything as it is. */
const perText = (length: Tensor, behind: number): Tensor =>
  length.size === 1 ? length : reshape(length, [length.size, ...Array.from({ length: behind }, () => 1)])

/**
 * The places of T tokens that come after those a text has, for position vectors and rotation: length + 0 … T − 1.
 *
 * Shapes: length (N) → (N, T), or (1) → (T), which stands for the one text as well.
 *
 * @example placesAfter(tensor([7, 0], { dtype: 'i32' }), 2) // [[7, 8], [0, 1]]
 */
export const placesAfter = (length: Tensor, steps: number): Tensor => add(arange(steps), perText(length, 1))

/**
 * {@link scaledDotProductAttention}, causal, of T places that come after others: the last T rows of attention over all of them, without
 * computing anything of the others again [Shazeer 2019]. Each text of a batch has a past of its own length. The kept keys are read where they lie: scores are put side by side, keys and values are not.
 *
 * Shapes: q (N, H, T, D), k (N, G, T, D), v (N, G, T, E) where G divides H; past k (N, G, S, D), v (N, G, S, E), length (N) or (1) → (N, H, T, E).
 * A place that does not count has weight exactly 0. Throws ShapeError when shapes do not fit.
 *
 * @example attentionAfter(q, k, v, { k: keys, v: values, length: tensor([7], { dtype: 'i32' }) })
 */
export function attentionAfter(q: Tensor, k: Tensor, v: Tensor, past?: KeptKeysValues): Tensor {
  if (!past) return scaledDotProductAttention(q, k, v, { causal: true })
  const [batch, heads, steps, width] = checkPast(q, k, v, past)
  const [groups, places] = [past.k.shape[1]!, past.k.shape[2]!]
  const shared = heads / groups
  // queries that share keys are rows of one product
  const asked = reshape(mul(q, 1 / Math.sqrt(width)), [batch, groups, shared * steps, width])
  const counts = where(less(arange(places), perText(past.length, 3)), literal(0, q.dtype), literal(hidden, q.dtype))
  const before = add(matmul(asked, transpose(past.k)), counts)
  let now = matmul(asked, transpose(k))
  if (steps > 1) {
    const apart = reshape(now, [batch, groups, shared, steps, steps])
    now = reshape(add(apart, triangle(steps, steps, apart)), now.shape)
  }
  const [far, near] = split(softmax(concat([before, now], 3)), [places, steps], 3)
  return reshape(add(matmul(far!, past.v), matmul(near!, v)), [batch, heads, steps, v.shape[3]!])
}

function checkPast(q: Tensor, k: Tensor, v: Tensor, past: KeptKeysValues): readonly [number, number, number, number] {
  const shapes = [q, k, v, past.k, past.v].map((x) => x.shape)
  const [batch, heads, steps, width] = q.shape as readonly [number, number, number, number]
  const [groups, places] = [past.k.shape[1] ?? 0, past.k.shape[2] ?? 0]
  const wide = v.shape[3] ?? 0
  const wanted = [q.shape, ...[steps, steps, places, places].map((s, i) => [batch, groups, s, i % 2 ? wide : width])]
  if (shapes.some((s, i) => s.length !== 4 || s.join() !== wanted[i]!.join()) || groups === 0 || heads % groups !== 0)
    throw new ShapeError(
      `attentionAfter: needs q (N, H, T, D), k and v (N, G, T, …), kept k and v (N, G, S, …), G dividing H: got ${shapes.map(showShape).join(', ')}`,
    )
  if (past.length.rank > 1 || (past.length.size !== 1 && past.length.size !== batch))
    throw new ShapeError(`attentionAfter: lengths ${showShape(past.length.shape)} of the past: give (${batch}), one a text, or (1) for all`)
  return [batch, heads, steps, width]
}
