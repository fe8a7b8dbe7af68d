/** Images and sequences at another size. */

import { describe } from '../../graph/leaf.js'
import { real } from '../../ops/elementwise/real.js'
import type { Dtype } from '../../tensor/dtype.js'
import { isFloat } from '../../tensor/dtype.js'
import type { Computed } from '../../tensor/dtypes.js'
import { DtypeError, ShapeError } from '../../tensor/errors.js'
import { showShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { adaptiveAvgPool } from './avgPool.js'
import { perAxis } from './geometry.js'
import { resample } from './resampling/resample.js'
import { resize } from './resampling/resize.js'
import { antialiasTable, type InterpolateMode as PixelMode } from './resampling/tables.js'

/** How pixels between pixels are found; see {@link interpolate}. */
export type InterpolateMode = PixelMode | 'area'

/** Options of interpolate: `size` or `scale`. */
export interface InterpolateOptions {
  /** sizes of the spatial axes of the result */
  readonly size?: number | readonly number[] | undefined
  /** factors instead of sizes: ⌊S·scale⌋ */
  readonly scale?: number | readonly number[] | undefined
  /** default 'nearest' */
  readonly mode?: InterpolateMode | undefined
  /** whether the corner pixels of both grids fall on each other, instead of their outer edges; for the linear and cubic modes; default false */
  readonly alignCorners?: boolean | undefined
  /** whether modes 'bilinear' and 'bicubic' mix all pixels that shrink into one, as Pillow and PyTorch do; default false */
  readonly antialias?: boolean | undefined
}

const ranks: Readonly<Partial<Record<InterpolateMode, number>>> = { linear: 1, bilinear: 2, trilinear: 3, bicubic: 2 }

/**
 * x (N, C, …S) with its spatial axes stretched or shrunk to `size`, or by `scale`. Pixels are squares whose outer edges meet, unless
 * `alignCorners`. 'nearest' takes pixel ⌊p·S/P⌋, 'nearestExact' the one under the centre, the linear modes mix two neighbours per axis,
 * 'bicubic' four, 'area' is the mean of the pixels that each shares in, as in adaptiveAvgPool. With `antialias` the filters of 'bilinear' and
 * 'bicubic' are as wide as what shrinks into one pixel, and the cubic's parameter is −½ instead of −¾ [Keys 1981].
 * Every dtype for the nearest modes, f32 and f64 for the others.
 *
 * Throws ShapeError when neither or both of size and scale are given, or the mode is for another number of axes.
 *
 * @example interpolate(images, { scale: 2, mode: 'bilinear' })
 */
export function interpolate<D extends Dtype>(x: Tensor<D>, options: InterpolateOptions): Tensor<Computed[D]>
export function interpolate(
  x: Tensor,
  { size, scale, mode = 'nearest', alignCorners = false, antialias = false }: InterpolateOptions,
): Tensor {
  const rank = x.rank - 2
  const input = `\n  input: ${describe(x)}`
  if (rank < 1 || x.size === 0)
    throw new ShapeError(`interpolate: needs x (N, C, …) with at least one spatial axis and no empty one${input}`)
  if ((size === undefined) === (scale === undefined)) throw new ShapeError(`interpolate: give either size or scale${input}`)
  const nearest = mode === 'nearest' || mode === 'nearestExact'
  if (antialias && mode !== 'bilinear' && mode !== 'bicubic')
    throw new ShapeError(`interpolate: antialias goes with modes 'bilinear' and 'bicubic', not with '${mode}'${input}`)
  if (!nearest && mode !== 'area' && ranks[mode] !== rank)
    throw new ShapeError(
      `interpolate: mode '${mode}' is for ${ranks[mode]} spatial axes, and x has ${rank}: use ${rank === 1 ? "'linear'" : rank === 2 ? "'bilinear'" : rank === 3 ? "'trilinear'" : "'nearest'"}${input}`,
    )
  if ((nearest || mode === 'area') && alignCorners)
    throw new ShapeError(`interpolate: alignCorners goes with the linear and cubic modes, not with '${mode}'${input}`)
  if (!nearest && !isFloat(x.dtype))
    throw new DtypeError(`interpolate: mode '${mode}' mixes numbers, and x is ${x.dtype}: cast it first, as in x.cast('f32')${input}`)
  const factors = typeof scale === 'number' ? new Array<number>(rank).fill(scale) : scale
  if (factors && (factors.length !== rank || factors.some((f) => !(f > 0))))
    throw new ShapeError(`interpolate: scale ${showShape(factors)} needs one positive factor for each of ${rank} spatial axes${input}`)
  const sizes = x.shape.slice(2)
  const out = perAxis(factors ? sizes.map((s, a) => Math.floor(s * factors[a]!)) : size!, rank, 'interpolate: size', 1)
  if (mode === 'area') return adaptiveAvgPool(x, out)
  const y = isFloat(x.dtype) ? real(x) : x
  if (antialias)
    // the width first, as Pillow does: rounding is then the same
    return [...sizes.entries()].reverse().reduce((t, [a, s]) => {
      const step = alignCorners ? (out[a]! > 1 ? (s - 1) / (out[a]! - 1) : 0) : factors ? 1 / factors[a]! : s / out[a]!
      return resample(t, a + 2, antialiasTable(s, out[a]!, step, mode === 'bicubic' ? 'cubic' : 'linear'))
    }, y)
  // a picture that keeps or doubles its size repeats its pixels, whatever the factor was rounded from
  const exact = factors?.map((f, a) => (mode === 'nearest' && rank === 2 && [1, 2].includes(out[a]! / sizes[a]!) ? out[a]! / sizes[a]! : f))
  return resize(y, { out, factors: exact, mode, alignCorners })
}
