/** Maxima with the places they come from, and numbers put back to such places. */

import { describe } from '../../graph/leaf.js'
import { arange, zeros } from '../../ops/move/create.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Ranked } from '../../tensor/dtypes.js'
import { DtypeError, ShapeError } from '../../tensor/errors.js'
import { sameShape, showShape, sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { type PerAxis, perAxis } from './geometry.js'
import type { MaxPoolOptions } from './maxPool.js'
import { batched, ordered, type PoolOptions, poolOf } from './pooling.js'
import { windowMax, windowPlaces } from './resampling/windowMax.js'

/** Largest numbers of windows and where they stand. */
export interface Pooled<D extends Dtype = Dtype> {
  /** (N, C, …P) */
  readonly values: Tensor<D>
  /** row-major place of each in the spatial axes of its channel, i64, of the same shape */
  readonly indices: Tensor<'i64'>
}

/**
 * {@link maxPool} with the place of each number in its channel, as `maxUnpool` takes them: the first of equal ones.
 *
 * x (N, C, …S) or (C, …S) → values and indices (N, C, …P) or (C, …P). Throws ShapeError when no window fits.
 */
export function maxPoolWithIndices<D extends Dtype>(x: Tensor<D>, size: PerAxis, options?: MaxPoolOptions): Pooled<Ranked[D]>
export function maxPoolWithIndices(x: Tensor, size: PerAxis, options: MaxPoolOptions = {}): Pooled {
  const { images, restore, pool } = poolOf('maxPoolWithIndices', ordered(x), size, options)
  const [n, c, ...sizes] = images.shape as readonly [number, number, ...number[]]
  const starts = arange(n * c, undefined, 1, { dtype: 'i64' }).mul(sizeOf(sizes))
  const places = windowPlaces(images, { pool }).sub(starts.reshape([n, c, ...sizes.map(() => 1)]))
  return { values: restore(windowMax(images, { pool })), indices: restore(places.cast('i64')) }
}

/** Options of maxUnpool: those of the pool it undoes. */
export interface MaxUnpoolOptions extends Omit<PoolOptions, 'ceilMode'> {
  /** spatial sizes of the result; default (P − 1)·stride − 2·padding + size, of which pools of several sizes make P */
  readonly outputSize?: readonly number[] | undefined
}

/**
 * Zeros with each number of x at its place, as {@link maxPoolWithIndices} gives them; where places repeat, one of the numbers.
 *
 * x, indices (N, C, …P) or (C, …P) → (N, C, …S) or (C, …S). Throws ShapeError when shapes differ, DtypeError for places that are not integers;
 * a run fails when a place is outside.
 */
export function maxUnpool<D extends Dtype>(x: Tensor<D>, indices: Tensor, size: PerAxis, options?: MaxUnpoolOptions): Tensor<Ranked[D]>
export function maxUnpool(x: Tensor, indices: Tensor, size: PerAxis, options: MaxUnpoolOptions = {}): Tensor {
  const rank = typeof size === 'number' ? x.rank - 2 : size.length
  if (!sameShape(x.shape, indices.shape))
    throw new ShapeError(`maxUnpool: needs a place for each number\n  inputs: x ${describe(x)}, indices ${describe(indices)}`)
  if (indices.dtype !== 'i64' && indices.dtype !== 'i32')
    throw new DtypeError(`maxUnpool: places are ${describe(indices)}: cast them to i64`)
  const { images, restore } = batched('maxUnpool', x, rank)
  const kernel = perAxis(size, rank, 'maxUnpool: window', 1)
  const stride = perAxis(options.stride ?? kernel, rank, 'maxUnpool: stride', 1)
  const padding = perAxis(options.padding ?? 0, rank, 'maxUnpool: padding', 0)
  const [n, c, ...windows] = images.shape as readonly [number, number, ...number[]]
  const natural = windows.map((p, a) => (p - 1) * stride[a]! - 2 * padding[a]! + kernel[a]!)
  const out = options.outputSize ? perAxis(options.outputSize, rank, 'maxUnpool: outputSize', 1) : natural
  if (out.some((s, a) => s < 1 || Math.abs(s - natural[a]!) >= stride[a]!))
    throw new ShapeError(`maxUnpool: a size of ${showShape(out)} is more than a stride from ${showShape(natural)}`)
  const flat = zeros([n, c, sizeOf(out)], { dtype: images.dtype })
  const filled = flat.scatter(indices.reshape([n, c, sizeOf(windows)]), images.reshape([n, c, sizeOf(windows)]), 2)
  return restore(filled.reshape([n, c, ...out]))
}
