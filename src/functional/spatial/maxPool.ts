/** Maxima over windows. */

import type { Dtype } from '../../tensor/dtype.js'
import type { Ranked } from '../../tensor/dtypes.js'
import type { Tensor } from '../../tensor/tensor.js'
import type { PerAxis } from './geometry.js'
import { adaptiveOf, ordered, type PoolOptions, poolOf } from './pooling.js'
import { windowMax } from './resampling/windowMax.js'

/** Options of maxPool. */
export interface MaxPoolOptions extends PoolOptions {
  /** positions from one number of a window to the next; default 1 */
  readonly dilation?: PerAxis | undefined
}

/**
 * Largest number of windows of `size` positions (a number for all spatial axes, or one for each). Padding never wins; NaN does.
 * The gradient goes to the first of equal numbers.
 *
 * x (N, C, …S) or (C, …S) → (N, C, …P), P = ⌊(S + 2·padding − dilation·(size−1) − 1) / stride⌋ + 1.
 * Throws ShapeError when no window fits.
 *
 * @example maxPool(images, 2) // half the height and width
 */
export function maxPool<D extends Dtype>(x: Tensor<D>, size: PerAxis, options?: MaxPoolOptions): Tensor<Ranked[D]>
export function maxPool(x: Tensor, size: PerAxis, options: MaxPoolOptions = {}): Tensor {
  const { images, restore, pool } = poolOf('maxPool', ordered(x), size, options)
  return restore(windowMax(images, { pool }))
}

/**
 * Largest numbers of windows chosen so that `size` of them (a number, or one per spatial axis; null keeps an axis) share each axis
 * evenly, as in adaptiveAvgPool.
 *
 * x (N, C, …S) or (C, …S) → (N, C, …size). Throws ShapeError for a size below 1.
 */
export function adaptiveMaxPool<D extends Dtype>(x: Tensor<D>, size: number | readonly (number | null)[]): Tensor<Ranked[D]>
export function adaptiveMaxPool(x: Tensor, size: number | readonly (number | null)[]): Tensor {
  const { images, restore, sizes, out } = adaptiveOf('adaptiveMaxPool', ordered(x), size)
  if (sizes.some((s, a) => s % out[a]! !== 0)) return restore(windowMax(images, { adaptive: out }))
  return restore(
    maxPool(
      images,
      sizes.map((s, a) => s / out[a]!),
    ),
  )
}
