/** Maxima over windows whose places are drawn. */

import { describe } from '../../graph/leaf.js'
import { concat } from '../../ops/move/concat.js'
import { arange, full } from '../../ops/move/create.js'
import { uniform } from '../../ops/random.js'
import { argmax } from '../../ops/reduce/extremes.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Ranked } from '../../tensor/dtypes.js'
import { HebbError, ShapeError } from '../../tensor/errors.js'
import { sameShape, showShape, sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { type PerAxis, perAxis } from './geometry.js'
import { batched, ordered } from './pooling.js'

/** Options of fractionalMaxPool: the size of the result, and where the draw comes from. */
export interface FractionalMaxPoolOptions {
  /** windows of each spatial axis; this, or `ratio` */
  readonly outputSize?: PerAxis | undefined
  /** windows as a share of each axis, between 0 and 1 */
  readonly ratio?: PerAxis | undefined
  /** names the draw, as in `random.uniform`; this, or `samples` */
  readonly key?: string | undefined
  /** numbers in [0, 1) instead of a draw, (N, C, axes): as in PyTorch the last spatial axis of pictures first, of volumes the first */
  readonly samples?: Tensor | undefined
}

/** Where `count` windows of `taps` begin on an axis: steps of ⌊α⌋ or ⌈α⌉ by chance, the last one at the end. samples (N, C) → (N, C, count) i32. */
function startsOf(samples: Tensor, size: number, count: number, taps: number): Tensor {
  const end = full([...samples.shape, 1], size - taps, { dtype: 'i32' })
  if (count === 1) return end
  const own = samples.unsqueeze(-1)
  const step = (size - taps) / (count - 1)
  const first = arange(count - 1)
    .cast(own.dtype)
    .add(own)
    .mul(step)
    .floor()
    .sub(own.mul(step).floor())
  return concat([first.cast('i32'), end], -1)
}

/**
 * Largest numbers of windows of `size` positions whose distances vary by chance, another draw for each example and channel, so that any share of an
 * axis can be kept [Graham 2014]. The gradient goes to the first of equal numbers.
 *
 * x (N, C, …S) or (C, …S) → (N, C, …P) or (C, …P). Throws ShapeError when windows do not fit, HebbError without a size or a draw.
 *
 * @example fractionalMaxPool(images, 2, { ratio: 0.7, key: 'pool' })
 */
export function fractionalMaxPool<D extends Dtype>(x: Tensor<D>, size: PerAxis, options: FractionalMaxPoolOptions): Tensor<Ranked[D]>
export function fractionalMaxPool(x: Tensor, size: PerAxis, { outputSize, ratio, key, samples }: FractionalMaxPoolOptions): Tensor {
  const rank = typeof size === 'number' ? x.rank - 2 : size.length
  const { images, restore } = batched('fractionalMaxPool', ordered(x), rank)
  const [n, c, ...sizes] = images.shape as readonly [number, number, ...number[]]
  const taps = perAxis(size, rank, 'fractionalMaxPool: window', 1)
  if ((outputSize === undefined) === (ratio === undefined)) throw new HebbError('fractionalMaxPool: give either outputSize or ratio')
  if ((key === undefined) === (samples === undefined))
    throw new HebbError("fractionalMaxPool: give either samples or a key, as in { key: 'pool' }")
  const shares = typeof ratio === 'number' ? sizes.map(() => ratio) : ratio
  if (shares && (shares.length !== rank || shares.some((v) => !(v > 0 && v < 1))))
    throw new HebbError(`fractionalMaxPool: ratio ${showShape(shares)} needs a number between 0 and 1 for each of ${rank} axes`)
  const out = perAxis(shares ? sizes.map((s, a) => Math.floor(s * shares[a]!)) : outputSize!, rank, 'fractionalMaxPool: outputSize', 1)
  if (sizes.some((s, a) => out[a]! + taps[a]! - 1 > s))
    throw new ShapeError(
      `fractionalMaxPool: ${showShape(out)} windows of ${showShape(taps)} do not fit into ${showShape(sizes)}\n  input: ${describe(x)}`,
    )
  const draws = samples ?? uniform([n, c, rank], { key: key! })
  if (!sameShape(draws.shape, [n, c, rank]))
    throw new ShapeError(`fractionalMaxPool: samples ${describe(draws)} are not (${n}, ${c}, ${rank})`)
  // row-major places of every tap of every window: (N·C, P₁, K₁, P₂, K₂, …)
  let places: Tensor = full([n * c, ...out.flatMap(() => [1, 1])], 0, { dtype: 'i32' })
  sizes.forEach((s, a) => {
    const which = rank === 2 ? 1 - a : a
    const starts = startsOf(draws.slice([null, null, [which, which + 1]]).squeeze(2), s, out[a]!, taps[a]!)
    const own = starts.reshape([n * c, out[a]!, 1]).add(arange(taps[a]!))
    places = places.mul(s).add(own.reshape([n * c, ...out.flatMap((p, b) => (b === a ? [p, taps[a]!] : [1, 1]))]))
  })
  const apart = places.transpose([0, ...out.map((_, a) => 1 + 2 * a), ...out.map((_, a) => 2 + 2 * a)])
  const ids = apart.reshape([n * c, sizeOf(out) * sizeOf(taps)])
  const read = images.reshape([n * c, sizeOf(sizes)]).takeAlong(ids, 1)
  const windows = read.reshape([n, c, ...out, sizeOf(taps)])
  // the first of equal ones takes the gradient, as in every other pool
  return restore(windows.takeAlong(argmax(windows, -1, { keep: true }), -1).squeeze(-1))
}
