/** Attention that goes on: new places look at those read before, whose keys and values were kept. */

import { type AveragingOptions, capped, hidden, scaledDotProductAttention, triangle } from '../../functional/attention.js'
import { softmax } from '../../functional/normal/softmax.js'
import { literal } from '../../graph/leaf.js'
import { add, mul, sub } from '../../ops/elementwise/arithmetic.js'
import { and, greater, less } from '../../ops/elementwise/compare.js'
import { where } from '../../ops/elementwise/select.js'
import { concat } from '../../ops/move/concat.js'
import { arange } from '../../ops/move/create.js'
import { reshape, transpose, unsqueeze } from '../../ops/move/reshape.js'
import { split } from '../../ops/move/slice.js'
import { matmul } from '../../ops/products/matmul.js'
import { ShapeError } from '../../tensor/errors.js'
import { showShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { slidingWindowAttention } from './window.js'

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

/** Options of attentionAfter. */
export interface AttentionAfterOptions {
  /** how many places back a place sees, itself among them: W sees itself and the W − 1 before it. Default all */
  readonly window?: number | undefined
  /** factor of the scores; default 1/√D */
  readonly scale?: number | undefined
  /** c: scores become c · tanh(score / c) before anything is hidden; default none */
  readonly softCap?: number | undefined
}

/**
 * {@link scaledDotProductAttention}, causal, of T places that come after others: the last T rows of attention over all of them, without
 * computing anything of the others again [Shazeer 2019]. Each text of a batch has a past of its own length. The kept keys are read where they lie: scores are put side by side, keys and values are not.
 *
 * Shapes: q (N, H, T, D), k (N, G, T, D), v (N, G, T, E) where G divides H; past k (N, G, S, D), v (N, G, S, E), length (N) or (1) → (N, H, T, E).
 * A place that does not count, or lies before the window, has weight exactly 0. Throws ShapeError when shapes do not fit.
 *
 * @example attentionAfter(q, k, v, { k: keys, v: values, length: tensor([7], { dtype: 'i32' }) }, { window: 4096 })
 */
export function attentionAfter(q: Tensor, k: Tensor, v: Tensor, past?: KeptKeysValues, options: AttentionAfterOptions = {}): Tensor {
  const { window, scale = 1 / Math.sqrt(q.shape.at(-1) ?? 1), softCap } = options
  if (!past) return ownAttention(q, k, v, options)
  const [batch, heads, steps, width] = checkPast(q, k, v, past)
  const [groups, places] = [past.k.shape[1]!, past.k.shape[2]!]
  const shared = heads / groups
  // queries that share keys are rows of one product
  const asked = reshape(mul(q, scale), [batch, groups, shared * steps, width])
  const apart = [batch, groups, shared, steps]
  let before = capped(matmul(asked, transpose(past.k)), softCap)
  if (window === undefined) before = add(before, shade(less(arange(places), perText(past.length, 3)), q))
  else before = reshape(add(reshape(before, [...apart, places]), shade(within(past.length, steps, places, window), q)), before.shape)
  let now = capped(matmul(asked, transpose(k)), softCap)
  if (steps > 1) {
    let full = reshape(now, [...apart, steps])
    full = add(full, triangle(steps, steps, full))
    if (window !== undefined && window < steps) full = add(full, shade(less(sub(unsqueeze(arange(steps), 1), arange(steps)), window), q))
    now = reshape(full, now.shape)
  }
  const [far, near] = split(softmax(concat([before, now], 3)), [places, steps], 3)
  return reshape(add(matmul(far!, past.v), matmul(near!, v)), [batch, heads, steps, v.shape[3]!])
}

/** Causal attention of places that have nothing before them. */
export function ownAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { window, scale, softCap, onWeights }: AttentionAfterOptions & Pick<AveragingOptions, 'onWeights'> = {},
): Tensor {
  const how = { scale, softCap, onWeights }
  if (window !== undefined && window < q.shape[2]!) return slidingWindowAttention(q, k, v, { ...how, window })
  return scaledDotProductAttention(q, k, v, { ...how, causal: true })
}

/** Which kept places count and lie within the window of each new one: (N or none, 1, 1, T, S). */
function within(length: Tensor, steps: number, places: number, window: number): Tensor {
  const own = perText(length, 4)
  const first = add(unsqueeze(arange(steps), 1), sub(own, window))
  return and(less(arange(places), own), greater(arange(places), first))
}

const shade = (visible: Tensor, like: Tensor): Tensor => where(visible, literal(0, like.dtype), literal(hidden, like.dtype))

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
