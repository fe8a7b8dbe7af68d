/** Reading a key–value memory as part of a graph: which keys lie nearest to a query, and the softmax-weighted mean of their values. */

import { softmax } from '../functional/normal/softmax.js'
import { describe } from '../graph/leaf.js'
import { div, maximum, mul, neg, sub } from '../ops/elementwise/arithmetic.js'
import { square } from '../ops/elementwise/unary.js'
import { take } from '../ops/gather/take.js'
import { reshape, unsqueeze } from '../ops/move/reshape.js'
import { linear, matmul } from '../ops/products/matmul.js'
import type { Found } from '../ops/reduce/extremes.js'
import { sum } from '../ops/reduce/sum.js'
import { topK } from '../ops/sort/sort.js'
import { HebbError, ShapeError } from '../tensor/errors.js'
import type { Tensor } from '../tensor/tensor.js'

/** How far a key is from a query: |q − k|², or −q·k, which is nearer the larger the product. */
export type MemoryDistance = 'squaredEuclidean' | 'dot'

const distances: readonly string[] = ['squaredEuclidean', 'dot'] satisfies MemoryDistance[]

/** Throws HebbError for a distance that is none of {@link MemoryDistance}. */
export function checkDistance(name: string, distance: string): asserts distance is MemoryDistance {
  if (!distances.includes(distance)) throw new HebbError(`${name}: distance '${distance}' is none of ${distances.join(', ')}`)
}

/** Throws HebbError for a temperature that is no number above 0. */
export function checkTemperature(name: string, temperature: number): void {
  if (!(temperature > 0) || temperature === Number.POSITIVE_INFINITY)
    throw new HebbError(`${name}: temperature is ${temperature}: give a number above 0`)
}

/** How many slots are read of a memory that holds `size`: `k`, or all where it holds fewer. Throws HebbError when k is no count. */
export function slotsRead(name: string, k: number, size: number): number {
  if (!Number.isInteger(k) || k < 1) throw new HebbError(`${name}: k is ${k}: give a whole number of 1 or more`)
  return Math.min(k, size)
}

/** Distances from products with keys, of which only the order matters so far: q·k − |k|²/2 (or q·k), queries (Q, D) → (Q, …). */
export function distancesFrom(scores: Tensor, queries: Tensor, distance: MemoryDistance): Tensor {
  if (distance === 'dot') return neg(scores)
  // rounding may bring the distance of a key to itself below 0
  return maximum(sub(sum(square(queries), 1, { keep: true }), mul(scores, 2)), 0)
}

function slotDistances(name: string, queries: Tensor, keys: Tensor, distance: MemoryDistance): Tensor {
  checkDistance(name, distance)
  if (queries.rank !== 2 || keys.rank !== 2 || queries.shape[1] !== keys.shape[1])
    throw new ShapeError(
      `${name}: a query is not as wide as a key: give (Q, D) and (S, D)\n  inputs: queries ${describe(queries)}, keys ${describe(keys)}`,
    )
  if (keys.shape[0] === 0) throw new ShapeError(`${name}: the memory is empty: there is no key to compare with`)
  const scores = linear(queries, keys, distance === 'dot' ? undefined : mul(sum(square(keys), 1), -0.5))
  return distancesFrom(scores, queries, distance)
}

/**
 * The `k` slots whose keys lie nearest to each query, nearest first, of equally near ones the first; `values` are the distances.
 * All distances are in memory at once: for more keys than that allows there is {@link KeyValueMemory}.
 *
 * Shapes: queries (Q, D), keys (S, D) → values and indices (Q, k); all S where k is more. Distances have gradients.
 * Throws ShapeError when widths differ or there is no key, HebbError for a k that is no count.
 *
 * @example nearestSlots(queries, keys, 8).indices
 */
export function nearestSlots(
  queries: Tensor,
  keys: Tensor,
  k: number,
  { distance = 'squaredEuclidean' }: { readonly distance?: MemoryDistance | undefined } = {},
): Found {
  const all = slotDistances('nearestSlots', queries, keys, distance)
  return topK(all, slotsRead('nearestSlots', k, keys.shape[0]!), 1, { largest: false })
}

/** How a memory is read. */
export interface ReadSlotsOptions {
  /** how many of the nearest slots are read; default all */
  readonly k?: number | undefined
  /** τ: the smaller, the more the nearest slot decides; default 1 */
  readonly temperature?: number | undefined
  /** default `squaredEuclidean` */
  readonly distance?: MemoryDistance | undefined
}

/**
 * Σₛ wₛ vₛ with w = softmaxₛ(−d(q, kₛ) / τ) over the k nearest slots, or over all: attention to a memory [Khandelwal 2020].
 * Queries, keys and values have gradients; slots that are not among the nearest have none.
 *
 * Shapes: queries (Q, D), keys (S, D), values (S, W) → (Q, W).
 * Throws ShapeError when shapes do not fit or there is no key, HebbError for a k or temperature that makes no sense.
 *
 * @example readSlots(queries, keys, values, { k: 8, temperature: 0.5 })
 */
export function readSlots(
  queries: Tensor,
  keys: Tensor,
  values: Tensor,
  { k, temperature = 1, distance = 'squaredEuclidean' }: ReadSlotsOptions = {},
): Tensor {
  checkTemperature('readSlots', temperature)
  if (values.rank !== 2 || values.shape[0] !== keys.shape[0])
    throw new ShapeError(
      `readSlots: there is not one value for each key: give (S, D) and (S, W)\n  inputs: keys ${describe(keys)}, values ${describe(values)}`,
    )
  if (k === undefined) return matmul(softmax(div(neg(slotDistances('readSlots', queries, keys, distance)), temperature)), values)
  const near = nearestSlots(queries, keys, k, { distance })
  const weights = softmax(div(neg(near.values), temperature))
  return reshape(matmul(unsqueeze(weights, 1), take(values, near.indices)), [queries.shape[0]!, values.shape[1]!])
}
