/** Means over windows. */

import { describe } from '../../graph/leaf.js'
import { mul } from '../../ops/elementwise/arithmetic.js'
import { real } from '../../ops/elementwise/real.js'
import { mean } from '../../ops/reduce/sum.js'
import type { Dtype } from '../../tensor/dtype.js'
import { isFloat } from '../../tensor/dtype.js'
import type { Computed } from '../../tensor/dtypes.js'
import { DtypeError } from '../../tensor/errors.js'
import type { Tensor } from '../../tensor/tensor.js'
import { type PerAxis, spatialOf } from './geometry.js'
import { adaptiveOf, adaptiveTable, type PoolOptions, poolOf } from './pooling.js'
import { resample } from './resampling/resample.js'
import { meansTables, windowMeans } from './resampling/resize.js'
import { type Weighted, weightedTable } from './resampling/tables.js'

const along = (x: Tensor, tables: readonly Weighted[]): Tensor => tables.reduce((y, table, a) => resample(y, a + 2, table), x)

/** Options of avgPool. */
export interface AvgPoolOptions extends PoolOptions {
  /** whether padding counts as zeros (default), or windows at the border are means of fewer numbers */
  readonly countIncludePad?: boolean | undefined
  /** divides every window's sum instead of the number of positions in it */
  readonly divisor?: number | undefined
}

function floats(name: string, x: Tensor): Tensor {
  if (!isFloat(x.dtype))
    throw new DtypeError(`${name}: means of ${x.dtype} are fractions: cast x first, as in x.cast('f32')\n  input: ${describe(x)}`)
  return real(x)
}

/**
 * Mean over windows of `size` positions (a number for all spatial axes, or one for each).
 *
 * x (N, C, …S) or (C, …S) → (N, C, …P), P = ⌊(S + 2·padding − size) / stride⌋ + 1. f32 and f64.
 * Throws ShapeError when no window fits, DtypeError for integers.
 *
 * @example avgPool(images, 2) // half the height and width
 */
export function avgPool<D extends Dtype>(x: Tensor<D>, size: PerAxis, options?: AvgPoolOptions): Tensor<Computed[D]>
export function avgPool(x: Tensor, size: PerAxis, { countIncludePad = true, divisor, ...options }: AvgPoolOptions = {}): Tensor {
  const { images, restore, pool } = poolOf('avgPool', floats('avgPool', x), size, options)
  // with a divisor every window is a sum of as many positions, then scaled
  const means = { ...pool, includePad: countIncludePad }
  const sizes = spatialOf(images.shape)
  if (divisor === undefined) return restore(windowMeans(images, means))
  const sums = meansTables(sizes, means).map(({ weight: _, ...table }) => table)
  return restore(mul(along(images, sums), 1 / divisor))
}

/**
 * Mean over windows chosen so that `size` of them (a number, or one per spatial axis; null keeps an axis) share each axis evenly:
 * window p covers ⌊p·S/size⌋ up to ⌈(p+1)·S/size⌉. `adaptiveAvgPool(x, 1)` is the mean over all positions.
 *
 * x (N, C, …S) or (C, …S) → (N, C, …size). f32 and f64. Throws ShapeError for a size below 1, DtypeError for integers.
 */
export function adaptiveAvgPool<D extends Dtype>(x: Tensor<D>, size: number | readonly (number | null)[]): Tensor<Computed[D]>
export function adaptiveAvgPool(x: Tensor, size: number | readonly (number | null)[]): Tensor {
  const { images, restore, sizes, out } = adaptiveOf('adaptiveAvgPool', floats('adaptiveAvgPool', x), size)
  if (out.every((p) => p === 1))
    return restore(
      mean(
        images,
        out.map((_, a) => a + 2),
        { keep: true },
      ),
    )
  if (sizes.every((s, a) => s % out[a]! === 0))
    return restore(
      avgPool(
        images,
        sizes.map((s, a) => s / out[a]!),
      ),
    )
  const shares = sizes.map((s, a): Weighted => {
    const table = adaptiveTable(s, out[a]!)
    const rows = Array.from({ length: table.windows }, (_, p) =>
      table.index.slice(p * table.taps, (p + 1) * table.taps).filter((i) => i >= 0),
    )
    return weightedTable(s, out[a]!, (p) => rows[p]!.map((i) => [i, 1 / rows[p]!.length]))
  })
  return restore(along(images, shares))
}
