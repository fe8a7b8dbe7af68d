/** Attention within a window, in time and memory that grow with the length, not with its square. */
import { scaledDotProductAttention } from '../../functional/attention.js'
import { pad } from '../../functional/pad.js'
import { add, mul, sub } from '../../ops/elementwise/arithmetic.js'
import { and, greaterEqual, less } from '../../ops/elementwise/compare.js'
import { abs } from '../../ops/elementwise/unary.js'
import { concat } from '../../ops/move/concat.js'
import { arange } from '../../ops/move/create.js'
import { expand, reshape, transpose, unsqueeze } from '../../ops/move/reshape.js'
import { slice } from '../../ops/move/slice.js'
import { ShapeError } from '../../tensor/errors.js'
import type { Tensor } from '../../tensor/tensor.js'
import { checkWindow, paddingMask, slidingWindowMask, type WindowOptions } from './masks.js'

/** Options of slidingWindowAttention. */
export interface SlidingWindowOptions extends WindowOptions {
  /** factor of the scores; default 1/√D */
  readonly scale?: number | undefined
  /** c: scores become c · tanh(score / c) before anything is hidden; default none */
  readonly softCap?: number | undefined
  /** bool (N, T): true for keys that are there */
  readonly keyMask?: Tensor | undefined
  /** given the weights before they average the values; dropout in training */
  readonly onWeights?: ((weights: Tensor) => Tensor) | undefined
}

/** Queries per block at least: smaller blocks make products too small to be quick. */
const smallestBlock = 32

/**
 * {@link scaledDotProductAttention} where query t sees only keys s with |t − s| < window, and s ≤ t when causal [Beltagy 2020].
 * Queries are taken in blocks of a window's length, each with its own block of keys and the neighbours': O(T · window) instead of O(T²).
 *
 * Shapes: q (N, H, T, D), k and v (N, G, T, D or E), where G divides H → (N, H, T, E).
 * Throws ShapeError unless there are as many keys as queries, HebbError for a window below 1.
 *
 * @example slidingWindowAttention(q, k, v, { window: 256 })
 */
export function slidingWindowAttention(q: Tensor, k: Tensor, v: Tensor, options: SlidingWindowOptions): Tensor {
  const { window, causal = true, scale = 1 / Math.sqrt(q.shape.at(-1) ?? 1), softCap, keyMask, onWeights } = options
  checkWindow(window)
  const { N, T, D } = q.sizes('N H T D', 'slidingWindowAttention: q')
  k.sizes(`${N} G ${T} ${D}`, 'slidingWindowAttention: k')
  v.sizes(`${N} G ${T} E`, 'slidingWindowAttention: v')
  const more = { scale, softCap, onWeights }
  const [batch, heads, steps, width] = q.shape as readonly [number, number, number, number]
  const size = Math.max(window - 1, smallestBlock)
  if (steps <= 2 * size) {
    const near = slidingWindowMask(steps, steps, { window, causal })
    return scaledDotProductAttention(q, k, v, { ...more, mask: keyMask ? and(near, paddingMask(keyMask)) : near })
  }
  const groups = k.shape[1]!
  if (groups === 0 || heads % groups !== 0 || v.shape[1] !== groups)
    throw new ShapeError(`slidingWindowAttention: ${heads} heads of queries are no multiple of ${groups} of keys and values`)
  const blocks = Math.ceil(steps / size)
  const layout = { size, blocks, after: !causal }
  const shared = heads / groups
  // queries that share keys stand in one block: (N, H, T, D) → (N, G, blocks, H/G · size, D)
  const whole = reshape(toEnd(q, blocks * size), [batch, groups, shared, blocks, size, width])
  const asked = reshape(transpose(whole, 2, 3), [batch, groups, blocks, shared * size, width])
  const mask = visible(layout, { steps, window, causal, shared, keyMask })
  const y = scaledDotProductAttention(asked, neighbours(k, layout), neighbours(v, layout), { ...more, mask })
  const apart = transpose(reshape(y, [batch, groups, blocks, shared, size, v.shape[3]!]), 2, 3)
  return slice(reshape(apart, [batch, heads, blocks * size, v.shape[3]!]), [null, null, [0, steps]])
}

interface Layout {
  readonly size: number
  readonly blocks: number
  /** whether the block behind is looked at, too */
  readonly after: boolean
}

/** x (N, G, T, D) with zeros behind, up to `length` places. */
const toEnd = (x: Tensor, length: number): Tensor =>
  pad(x, [
    [0, 0],
    [0, 0],
    [0, length - x.shape[2]!],
    [0, 0],
  ])

/** Each block with the one before it, and the one after: (N, G, T, D) → (N, G, blocks, 2 or 3 · size, D). */
function neighbours(x: Tensor, { size, blocks, after }: Layout): Tensor {
  const [batch, groups, steps, width] = x.shape as readonly [number, number, number, number]
  const [front, back] = [size, blocks * size - steps + (after ? size : 0)]
  const cut = reshape(
    pad(x, [
      [0, 0],
      [0, 0],
      [front, back],
      [0, 0],
    ]),
    [batch, groups, -1, size, width],
  )
  const shifted = [0, 1, ...(after ? [2] : [])].map((n) => slice(cut, [null, null, [n, n + blocks]]))
  return concat(shifted, 3)
}

/** Which keys of its block and the neighbours each query may see: (…, blocks, H/G · size, keys of a block). */
function visible(
  { size, blocks, after }: Layout,
  {
    steps,
    window,
    causal,
    shared,
    keyMask,
  }: { steps: number; window: number; causal: boolean; shared: number; keyMask: Tensor | undefined },
): Tensor {
  const span = (after ? 3 : 2) * size
  const ahead = sub(unsqueeze(arange(size), 1), sub(arange(span), size))
  const near = causal ? and(greaterEqual(ahead, 0), less(ahead, window)) : less(abs(ahead), window)
  const place = add(unsqueeze(mul(arange(blocks), size), 1), sub(arange(span), size))
  const there = and(greaterEqual(place, 0), less(place, steps))
  const local = and(near, unsqueeze(there, 1))
  const mask = reshape(expand(unsqueeze(local, 1), [blocks, shared, size, span]), [blocks, shared * size, span])
  if (!keyMask) return mask
  const batch = paddingMask(keyMask).shape[0]!
  const real = neighbours(reshape(keyMask, [batch, 1, steps, 1]), { size, blocks, after })
  return and(mask, reshape(real, [batch, 1, blocks, 1, span]))
}
