/** Each number divided by what its channel and those beside it hold. */

import { describe } from '../../graph/leaf.js'
import { real } from '../../ops/elementwise/real.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Fractional } from '../../tensor/dtypes.js'
import { HebbError, ShapeError } from '../../tensor/errors.js'
import type { Tensor } from '../../tensor/tensor.js'
import { resample } from '../spatial/resampling/resample.js'
import { weightedTable } from '../spatial/resampling/tables.js'

/** Options of localResponseNorm. */
export interface LocalResponseNormOptions {
  /** default 1e-4 */
  readonly alpha?: number | undefined
  /** default 0.75 */
  readonly beta?: number | undefined
  /** default 1 */
  readonly k?: number | undefined
}

/**
 * x / (k + α/size · Σ x²)^β, the sum over `size` channels around each, those beyond the first and the last counting as 0 [Krizhevsky 2012].
 * α is divided by the size, as in PyTorch and unlike the paper. Of an even size one more stands before the channel than behind.
 *
 * x (N, C, …) → the same. Throws ShapeError below rank 2, HebbError for a size below 1.
 */
export function localResponseNorm<D extends Dtype>(x: Tensor<D>, size: number, options?: LocalResponseNormOptions): Tensor<Fractional[D]>
export function localResponseNorm(x: Tensor, size: number, { alpha = 1e-4, beta = 0.75, k = 1 }: LocalResponseNormOptions = {}): Tensor {
  if (x.rank < 2) throw new ShapeError(`localResponseNorm: needs x (N, C, …)\n  input: ${describe(x)}`)
  if (!Number.isInteger(size) || size < 1)
    throw new HebbError(`localResponseNorm: ${size} is no number of channels: give a whole number from 1`)
  const y = real(x)
  const channels = x.shape[1]!
  const table = weightedTable(channels, channels, (c) =>
    Array.from({ length: size }, (_, i) => c - Math.floor(size / 2) + i)
      .filter((i) => i >= 0 && i < channels)
      .map((i) => [i, 1 / size]),
  )
  return y.div(resample(y.square(), 1, table).mul(alpha).add(k).pow(beta))
}
