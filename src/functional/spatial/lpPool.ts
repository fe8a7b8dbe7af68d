/** Windows reduced by a norm. */

import { real } from '../../ops/elementwise/real.js'
import { where } from '../../ops/elementwise/select.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Fractional } from '../../tensor/dtypes.js'
import { HebbError } from '../../tensor/errors.js'
import { sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { avgPool } from './avgPool.js'
import { type PerAxis, perAxis } from './geometry.js'
import type { PoolOptions } from './pooling.js'

/**
 * (Σ xᵖ)^(1/p) over windows of `size` positions; order 1 is their sum. The gradient where the sum is 0 is 0.
 *
 * x (N, C, …S) or (C, …S) → (N, C, …P) or (C, …P). Throws ShapeError when no window fits, HebbError for orders that are 0 or not finite.
 */
export function lpPool<D extends Dtype>(
  x: Tensor<D>,
  order: number,
  size: PerAxis,
  options?: Omit<PoolOptions, 'padding'>,
): Tensor<Fractional[D]>
export function lpPool(x: Tensor, order: number, size: PerAxis, options: Omit<PoolOptions, 'padding'> = {}): Tensor {
  if (!Number.isFinite(order) || order === 0) throw new HebbError(`lpPool: there is no order ${order}`)
  const y = real(x)
  const rank = typeof size === 'number' ? x.rank - 2 : size.length
  const sum = avgPool(y.pow(order), size, options).mul(sizeOf(perAxis(size, rank, 'lpPool: window', 1)))
  const none = sum.equal(0)
  return where(none, 0, where(none, 1, sum).pow(1 / order))
}
