/** Addressing of a memory: where heads look, by what stands there and by where they looked before, and how they read and write. */

import { softmax } from '../functional/normal/softmax.js'
import { describe } from '../graph/leaf.js'
import { add, div, mul, sub } from '../ops/elementwise/arithmetic.js'
import { log } from '../ops/elementwise/unary.js'
import { roll } from '../ops/move/order.js'
import { reshape, transpose } from '../ops/move/reshape.js'
import { chunk } from '../ops/move/slice.js'
import { matmul } from '../ops/products/matmul.js'
import { norm } from '../ops/reduce/norm.js'
import { ShapeError } from '../tensor/errors.js'
import type { Tensor } from '../tensor/tensor.js'

/** What is taken for 0 beside a length or a weight. */
const tiny = 1e-8

/**
 * softmaxₛ(β cos(k, Mₛ)): heads weigh slots by how much their content points where the key points [Graves 2014].
 *
 * Shapes: memory (N, S, W), keys (N, H, W), strengths (N, H, 1), 0 or more → (N, H, S), each row sums to 1.
 * Throws ShapeError when they do not fit.
 *
 * @example contentWeights(memory, keys, softplus(strengths))
 */
export function contentWeights(memory: Tensor, keys: Tensor, strengths: Tensor): Tensor {
  if (memory.rank !== 3 || keys.rank !== 3 || memory.shape[0] !== keys.shape[0] || memory.shape[2] !== keys.shape[2])
    throw new ShapeError(
      `contentWeights: a key is not as wide as a slot, or batches differ\n  inputs: memory ${describe(memory)}, keys ${describe(keys)}`,
    )
  const lengths = mul(norm(keys, -1, { keep: true }), transpose(norm(memory, -1, { keep: true }), [0, 2, 1]))
  const cosines = div(matmul(keys, transpose(memory, [0, 2, 1])), add(lengths, tiny))
  return softmax(mul(strengths, cosines))
}

/** g w + (1 − g) w₋: by content where the gate is open, else where the head looked before. All (N, H, S), gates (N, H, 1) in 0 … 1. */
export const interpolateWeights = (content: Tensor, before: Tensor, gates: Tensor): Tensor => add(before, mul(gates, sub(content, before)))

/**
 * Moves weights along the slots, around the ends: w′ₛ = Σⱼ pⱼ wₛ₋ⱼ over the steps j = −K … K, a circular convolution [Graves 2014].
 *
 * Shapes: weights (N, H, S), shifts (N, H, 2K + 1), each row summing to 1, the step −K first → (N, H, S).
 * Throws ShapeError when the number of shifts is even.
 */
export function shiftWeights(weights: Tensor, shifts: Tensor): Tensor {
  const count = shifts.shape[2] ?? 0
  if (shifts.rank !== 3 || count % 2 === 0)
    throw new ShapeError(`shiftWeights: shifts ${describe(shifts)} are not (N, H, 2K + 1): as many steps back as forward, and none`)
  const reach = (count - 1) / 2
  return chunk(shifts, count, 2)
    .map((share, i) => mul(share, i === reach ? weights : roll(weights, i - reach, 2)))
    .reduce((a, b) => add(a, b))
}

/** wᵞ / Σ wᵞ: takes back what shifting blurs. weights (N, H, S), powers γ (N, H, 1), 1 or more. */
export const sharpenWeights = (weights: Tensor, powers: Tensor): Tensor => softmax(mul(powers, log(add(weights, 1e-16))))

/** Σₛ wₛ Mₛ: memory (N, S, W), weights (N, H, S) → (N, H, W). */
export const readMemory = (memory: Tensor, weights: Tensor): Tensor => matmul(weights, memory)

/**
 * Mₛ ∏ₕ(1 − wₕₛ eₕ) + Σₕ wₕₛ aₕ: each head first erases, then adds [Graves 2014].
 * Shapes: memory (N, S, W), weights (N, H, S), erase in 0 … 1 and add (N, H, W) → (N, S, W).
 */
export function writeMemory(memory: Tensor, weights: Tensor, erase: Tensor, added: Tensor): Tensor {
  const [n, heads, slots] = weights.shape as [number, number, number]
  const width = memory.shape[2]!
  const places = chunk(weights, heads, 1).map((w) => reshape(w, [n, slots, 1]))
  const wiped = chunk(erase, heads, 1)
    .map((e, h) => mul(places[h]!, reshape(e, [n, 1, width])))
    .reduce((m, e) => sub(m, mul(m, e)), memory)
  return add(wiped, matmul(transpose(weights, [0, 2, 1]), added))
}
