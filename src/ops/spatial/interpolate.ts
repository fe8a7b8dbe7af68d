/** Images and sequences at another size. */
import { describe } from '../../graph/leaf.js'
import { isFloat } from '../../tensor/dtype.js'
import { DtypeError, ShapeError } from '../../tensor/errors.js'
import { showShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { real } from '../elementwise/real.js'
import { perAxis } from './geometry.js'
import { resample, type Weighted, weightedTable } from './resample.js'

/** How positions between pixels are filled: `linear`, `bilinear` and `trilinear` are one method for one, two and three spatial axes. */
export type InterpolateMode = 'nearest' | 'nearestExact' | 'linear' | 'bilinear' | 'trilinear' | 'bicubic'

/** Options of interpolate: `size` or `scale`. */
export interface InterpolateOptions {
  /** sizes of the spatial axes of the result */
  readonly size?: number | readonly number[]
  /** factors instead of sizes: ⌊S·scale⌋ */
  readonly scale?: number | readonly number[]
  /** default 'nearest' */
  readonly mode?: InterpolateMode
  /** whether the corner pixels of both grids fall on each other, instead of their outer edges; for the linear and cubic modes; default false */
  readonly alignCorners?: boolean
}

const ranks: Readonly<Partial<Record<InterpolateMode, number>>> = { linear: 1, bilinear: 2, trilinear: 3, bicubic: 2 }

/** Where result pixel p lies among the source's pixels, and which of those it mixes. `round` is the precision of the arithmetic. */
function tableFor(
  size: number,
  out: number,
  scale: number | undefined,
  mode: InterpolateMode,
  alignCorners: boolean,
  round: (v: number) => number,
): Weighted {
  const step = alignCorners
    ? out > 1
      ? round((size - 1) / (out - 1))
      : 0
    : scale !== undefined && scale > 0
      ? round(1 / scale)
      : round(size / out)
  const inside = (i: number): number => Math.min(Math.max(i, 0), size - 1)
  if (mode === 'nearest') return weightedTable(size, out, (p) => [[inside(Math.floor(round(p * step))), 1]])
  if (mode === 'nearestExact') return weightedTable(size, out, (p) => [[inside(Math.floor(round(round(p + 0.5) * step))), 1]])
  const source = (p: number): number => (alignCorners ? round(p * step) : round(round(step * round(p + 0.5)) - 0.5))
  if (mode === 'bicubic')
    return weightedTable(size, out, (p) => {
      const at = source(p)
      const first = Math.floor(at)
      return cubic(at - first).map((w, k) => [inside(first - 1 + k), w])
    })
  return weightedTable(size, out, (p) => {
    const at = Math.max(source(p), 0)
    const first = Math.min(Math.floor(at), size - 1)
    const rest = Math.min(round(at - first), 1)
    return [
      [first, 1 - rest],
      [inside(first + 1), rest],
    ]
  })
}

/** Weights of four neighbours for a point a fraction t behind the second; Keys' kernel with a = −3/4. */
function cubic(t: number): number[] {
  const a = -0.75
  const near = (d: number): number => ((a + 2) * d - (a + 3)) * d * d + 1
  const far = (d: number): number => ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
  return [far(t + 1), near(t), near(1 - t), far(2 - t)]
}

/**
 * x (N, C, …S) with its spatial axes stretched or shrunk to `size`, or by `scale`. Pixels are squares whose outer edges meet, unless
 * `alignCorners`. 'nearest' takes pixel ⌊p·S/P⌋, 'nearestExact' the one under the centre, the linear modes mix two neighbours per axis,
 * 'bicubic' four. Every dtype for the nearest modes, f32 and f64 for the others.
 *
 * Throws ShapeError when neither or both of size and scale are given, or the mode is for another number of axes.
 *
 * @example interpolate(images, { scale: 2, mode: 'bilinear' })
 */
export function interpolate(x: Tensor, { size, scale, mode = 'nearest', alignCorners = false }: InterpolateOptions): Tensor {
  const rank = x.rank - 2
  const input = `\n  input: ${describe(x)}`
  if (rank < 1 || x.size === 0)
    throw new ShapeError(`interpolate: needs x (N, C, …) with at least one spatial axis and no empty one${input}`)
  if ((size === undefined) === (scale === undefined)) throw new ShapeError(`interpolate: give either size or scale${input}`)
  const nearest = mode === 'nearest' || mode === 'nearestExact'
  if (!nearest && ranks[mode] !== rank)
    throw new ShapeError(
      `interpolate: mode '${mode}' is for ${ranks[mode]} spatial axes, and x has ${rank}: use ${rank === 1 ? "'linear'" : rank === 2 ? "'bilinear'" : rank === 3 ? "'trilinear'" : "'nearest'"}${input}`,
    )
  if (nearest && alignCorners)
    throw new ShapeError(`interpolate: alignCorners goes with the linear and cubic modes, not with '${mode}'${input}`)
  if (!nearest && !isFloat(x.dtype))
    throw new DtypeError(`interpolate: mode '${mode}' mixes numbers, and x is ${x.dtype}: cast it first, as in x.cast('f32')${input}`)
  const factors = typeof scale === 'number' ? new Array<number>(rank).fill(scale) : scale
  if (factors && (factors.length !== rank || factors.some((f) => !(f > 0))))
    throw new ShapeError(`interpolate: scale ${showShape(factors)} needs one positive factor for each of ${rank} spatial axes${input}`)
  const sizes = x.shape.slice(2)
  const out = perAxis(factors ? sizes.map((s, a) => Math.floor(s * factors[a]!)) : size!, rank, 'interpolate: size', 1)
  const y = isFloat(x.dtype) ? real(x) : x
  const round = y.dtype === 'f64' && !nearest ? (v: number) => v : Math.fround
  return sizes.reduce((t, s, a) => resample(t, a + 2, tableFor(s, out[a]!, factors?.[a], mode, alignCorners, round)), y)
}
