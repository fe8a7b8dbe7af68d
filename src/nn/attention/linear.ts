/** Linear attention: a kernel in place of the softmax, so that keys and values are summed once for all queries. */

import { elu } from '../../functional/activation/exponential.js'
import { pad } from '../../functional/pad.js'
import { describe } from '../../graph/leaf.js'
import { add, div, mul } from '../../ops/elementwise/arithmetic.js'
import { cast } from '../../ops/elementwise/cast.js'
import { equal } from '../../ops/elementwise/compare.js'
import { real } from '../../ops/elementwise/real.js'
import { where } from '../../ops/elementwise/select.js'
import { reshape, transpose } from '../../ops/move/reshape.js'
import { slice } from '../../ops/move/slice.js'
import { tril } from '../../ops/move/triangle.js'
import { matmul } from '../../ops/products/matmul.js'
import { cumsum } from '../../ops/reduce/cumulative.js'
import { sum } from '../../ops/reduce/sum.js'
import { HebbError, ShapeError } from '../../tensor/errors.js'
import type { Tensor } from '../../tensor/tensor.js'
import { paddingMask } from './masks.js'

/** Options of linearAttention. */
export interface LinearAttentionOptions {
  /** whether query t sees keys 0 … t only; default false */
  readonly causal?: boolean | undefined
  /** φ, positive; default elu(x) + 1 */
  readonly feature?: ((x: Tensor) => Tensor) | undefined
  /** bool (N, S): true for keys that are there */
  readonly keyMask?: Tensor | undefined
  /** steps taken at once in the causal form; it changes the time, not the result. Default 64 */
  readonly chunk?: number | undefined
}

/**
 * y = φ(q) Σ φ(k)ᵀ v / (φ(q) · Σ φ(k)), sums over all keys, or those up to t when causal [Katharopoulos 2020]: O(T · D · E), where
 * softmax attention takes O(T² · D). The causal form carries the sums from chunk to chunk and is quadratic only within one.
 *
 * Shapes: q (N, H, T, D), k (N, H, S, D), v (N, H, S, E) → (N, H, T, E); causal needs S = T. Where no key is seen y is 0.
 * Throws ShapeError when shapes do not fit, HebbError for a chunk below 1.
 *
 * @example linearAttention(q, k, v, { causal: true })
 */
export function linearAttention(q: Tensor, k: Tensor, v: Tensor, options: LinearAttentionOptions = {}): Tensor {
  const { causal = false, feature = (x: Tensor) => add(elu(x), 1), keyMask, chunk = 64 } = options
  check(q, k, v, causal)
  if (!Number.isInteger(chunk) || chunk < 1)
    throw new HebbError(`linearAttention: chunks of ${chunk} steps: give a whole number of 1 or more`)
  const queries = feature(real(q))
  const bare = feature(real(k))
  const keys = keyMask ? mul(bare, cast(transpose(paddingMask(keyMask)), bare.dtype)) : bare
  const values = real(v)
  if (causal) return inChunks(queries, keys, values, chunk)
  return normalised(matmul(queries, matmul(transpose(keys), values)), sum(mul(queries, sum(keys, 2, { keep: true })), -1, { keep: true }))
}

/** Sums up to the chunk before, and the triangle within the chunk. */
function inChunks(q: Tensor, k: Tensor, v: Tensor, chunk: number): Tensor {
  const [batch, heads, steps, width] = q.shape as readonly [number, number, number, number]
  const size = Math.min(chunk, steps)
  const count = Math.ceil(steps / size)
  const cut = (x: Tensor): Tensor =>
    reshape(
      pad(x, [
        [0, 0],
        [0, 0],
        [0, count * size - steps],
        [0, 0],
      ]),
      [batch, heads, count, size, x.shape[3]!],
    )
  const [queries, keys, values] = [cut(q), cut(k), cut(v)]
  const before = cumsum(matmul(transpose(keys), values), 2, { exclusive: true })
  const weightBefore = cumsum(sum(keys, 3), 2, { exclusive: true })
  const within = tril(matmul(queries, transpose(keys)))
  const numerator = add(matmul(queries, before), matmul(within, values))
  const denominator = add(matmul(queries, reshape(weightBefore, [batch, heads, count, width, 1])), sum(within, -1, { keep: true }))
  const y = reshape(normalised(numerator, denominator), [batch, heads, count * size, v.shape[3]!])
  return slice(y, [null, null, [0, steps]])
}

/** n / d, and 0 where nothing was seen. */
const normalised = (n: Tensor, d: Tensor): Tensor => div(n, where(equal(d, 0), 1, d))

function check(q: Tensor, k: Tensor, v: Tensor, causal: boolean): void {
  const inputs = `\n  inputs: q ${describe(q)}, k ${describe(k)}, v ${describe(v)}`
  const { N, H, T, D } = q.sizes('N H T D', 'linearAttention: q')
  const { S } = k.sizes(`${N} ${H} S ${D}`, 'linearAttention: k')
  v.sizes(`${N} ${H} ${S} E`, 'linearAttention: v')
  if (causal && S !== T) throw new ShapeError(`linearAttention: causal needs as many keys as queries${inputs}`)
}
