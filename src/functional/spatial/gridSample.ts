/** Images read at any points: sampling by a grid, and grids of affine maps. */

import { describe } from '../../graph/leaf.js'
import { and, equal } from '../../ops/elementwise/compare.js'
import { real } from '../../ops/elementwise/real.js'
import { where } from '../../ops/elementwise/select.js'
import { concat } from '../../ops/move/concat.js'
import { arange, ones } from '../../ops/move/create.js'
import { type Dtype, isFloat, promote } from '../../tensor/dtype.js'
import type { Fractional, Promoted } from '../../tensor/dtypes.js'
import { DtypeError, HebbError, ShapeError } from '../../tensor/errors.js'
import type { Settled } from '../../tensor/options.js'
import { showShape, sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'

/** Options of gridSample. */
export interface GridSampleOptions {
  /** how pixels between pixels are found: from 2 neighbours per axis (default; trilinear for volumes), the nearest, or 4 per axis (pictures only) */
  readonly mode?: 'bilinear' | 'nearest' | 'bicubic' | undefined
  /** what lies outside: zeros (default), the border, or the picture mirrored at it */
  readonly padding?: 'zeros' | 'border' | 'reflection' | undefined
  /** whether −1 and 1 are the centres of the outermost pixels, instead of their outer edges; default false */
  readonly alignCorners?: boolean | undefined
}

/** One axis: its size, and where points lie on it in pixels. */
interface Axis {
  readonly size: number
  readonly at: Tensor
}

/** Limited to 0 … size − 1, without gradient at and beyond the ends. */
const clipped = (at: Tensor, size: number): Tensor => where(at.lessEqual(0), 0, where(at.greaterEqual(size - 1), size - 1, at))

/** Mirrored at the outer pixels' centres or edges until inside. */
function mirrored(at: Tensor, size: number, corners: boolean): Tensor {
  const [low, span] = corners ? [0, size - 1] : [-0.5, size]
  if (span === 0) return at.mul(0)
  const away = at.sub(low).abs()
  const turns = away.div(span).floor()
  const rest = away.sub(turns.mul(span))
  return where(equal(turns.mod(2), 0), rest, rest.neg().add(span)).add(low)
}

const inside = ({ size, at }: Axis, { padding, alignCorners }: Settled<GridSampleOptions>): Tensor => {
  if (padding === 'zeros') return at
  return clipped(padding === 'border' ? at : mirrored(at, size, alignCorners), size)
}

/** A pixel per point on one axis, and its weight: undefined for 1. */
interface Tap {
  readonly place: Tensor
  readonly weight?: Tensor | undefined
}

/** Weights of four neighbours for points a fraction t behind the second, [Keys 1981] with a = −3/4. */
function cubic(t: Tensor): Tensor[] {
  const near = (d: Tensor): Tensor => d.mul(1.25).sub(2.25).mul(d).mul(d).add(1)
  const far = (d: Tensor): Tensor => d.mul(-0.75).add(3.75).mul(d).sub(6).mul(d).add(3)
  const back = t.neg().add(1)
  return [far(t.add(1)), near(t), near(back), far(back.add(1))]
}

function tapsOf(axis: Axis, options: Settled<GridSampleOptions>): Tap[] {
  if (options.mode === 'bicubic') {
    const first = axis.at.floor()
    return cubic(axis.at.sub(first)).map((weight, k) => ({ place: inside({ ...axis, at: first.add(k - 1) }, options), weight }))
  }
  const at = inside(axis, options)
  if (options.mode === 'nearest') return [{ place: at.round() }]
  const first = at.floor()
  const rest = at.sub(first)
  return [
    { place: first, weight: rest.neg().add(1) },
    { place: first.add(1), weight: rest },
  ]
}

/**
 * The picture x read at the points of a grid: a last axis (x, y), or (x, y, z) for volumes, from −1 to 1 between the picture's ends. NaN counts as −1.
 * Gradients go to x and to the grid [Jaderberg 2015].
 *
 * x (N, C, H, W), grid (N, P, Q, 2) → (N, C, P, Q); x (N, C, D, H, W), grid (N, O, P, Q, 3) → (N, C, O, P, Q).
 * Throws ShapeError when they do not fit, DtypeError for integers.
 *
 * @example gridSample(images, affineGrid(theta, images.shape))
 */
export function gridSample<D extends Dtype, E extends Dtype>(
  x: Tensor<D>,
  grid: Tensor<E>,
  options?: GridSampleOptions,
): Tensor<Fractional[Promoted[D][E]]>
export function gridSample(
  x: Tensor,
  grid: Tensor,
  { mode = 'bilinear', padding = 'zeros', alignCorners = false }: GridSampleOptions = {},
): Tensor {
  const options = { mode, padding, alignCorners }
  const space = x.rank - 2
  const inputs = `\n  inputs: x ${describe(x)}, grid ${describe(grid)}`
  if ((space !== 2 && space !== 3) || grid.rank !== x.rank || grid.shape.at(-1) !== space || grid.shape[0] !== x.shape[0])
    throw new ShapeError(`gridSample: needs x (N, C, H, W) with a grid (N, P, Q, 2), or (N, C, D, H, W) with (N, O, P, Q, 3)${inputs}`)
  if (space === 3 && mode === 'bicubic') throw new ShapeError(`gridSample: mode 'bicubic' is for pictures, and x is a volume${inputs}`)
  if (!isFloat(x.dtype) || !isFloat(grid.dtype))
    throw new DtypeError(`gridSample: needs floats: cast them first, as in x.cast('f32')${inputs}`)
  const dtype = promote(real(x).dtype, real(grid).dtype)
  const [n, c, ...sizes] = x.shape as readonly [number, number, ...number[]]
  const out = grid.shape.slice(1, -1)
  if (sizes.includes(0)) throw new ShapeError(`gridSample: there is nothing to read${inputs}`)
  const points = sizeOf(out)
  const wide = grid.cast(dtype)
  const places = where(wide.isNaN(), -1, wide).reshape([n * points, space])
  // the last axis of x comes first in the grid
  const axes = sizes.map((size, a): Axis => {
    const own = places.slice([null, [space - 1 - a, space - a]])
    return { size, at: alignCorners ? own.add(1).mul((size - 1) / 2) : own.add(1).mul(size).sub(1).mul(0.5) }
  })
  // pixels as rows, so that a point reads all its channels at once
  const rows = x
    .cast(dtype)
    .transpose([0, ...sizes.map((_, a) => a + 2), 1])
    .reshape([n * sizeOf(sizes), c])
  const start = arange(n).mul(sizeOf(sizes)).repeat(points)
  const read = (taps: readonly Tap[]): Tensor => {
    let weight: Tensor | undefined
    let within: Tensor | undefined
    let id = start
    taps.forEach(({ place, weight: own }, a) => {
      const size = sizes[a]!
      if (own) weight = weight ? weight.mul(own) : own
      if (padding === 'zeros') {
        const here = and(place.greaterEqual(0), place.lessEqual(size - 1))
        within = within ? and(within, here) : here
      }
      const step = sizeOf(sizes.slice(a + 1))
      id = id.add(
        place
          .clamp({ min: 0, max: size - 1 })
          .cast('i32')
          .mul(step)
          .squeeze(1),
      )
    })
    const values = rows.take(id)
    const factor = within ? (weight ? where(within, weight, 0) : within.cast(dtype)) : weight
    return factor ? values.mul(factor) : values
  }
  const choices = axes.reduce<Tap[][]>((list, axis) => list.flatMap((own) => tapsOf(axis, options).map((tap) => [...own, tap])), [[]])
  const sum = choices.map(read).reduce((a, b) => a.add(b))
  return sum.reshape([n, ...out, c]).transpose([0, space + 1, ...sizes.map((_, a) => a + 1)])
}

/**
 * The points that an affine map sends the pixels of a picture to, for {@link gridSample}: theta (N, 2, 3) times (x, y, 1) of every pixel, x and y from
 * −1 to 1. `size` is the picture's, (N, C, H, W), or (N, C, D, H, W) with theta (N, 3, 4).
 *
 * theta (N, 2, 3) → (N, H, W, 2); (N, 3, 4) → (N, D, H, W, 3). Throws ShapeError when they do not fit.
 *
 * @example affineGrid(tensor([[[1, 0, 0], [0, 1, 0]]]), [1, 3, 32, 32]) // every pixel where it is
 */
export function affineGrid<D extends Dtype>(
  theta: Tensor<D>,
  size: readonly number[],
  options?: Pick<GridSampleOptions, 'alignCorners'>,
): Tensor<Fractional[D]>
export function affineGrid(
  theta: Tensor,
  size: readonly number[],
  { alignCorners = false }: Pick<GridSampleOptions, 'alignCorners'> = {},
): Tensor {
  const space = size.length - 2
  const t = real(theta)
  if (
    (space !== 2 && space !== 3) ||
    theta.rank !== 3 ||
    theta.shape[1] !== space ||
    theta.shape[2] !== space + 1 ||
    theta.shape[0] !== size[0]
  )
    throw new ShapeError(
      `affineGrid: needs theta (N, 2, 3) with a size (N, C, H, W), or (N, 3, 4) with (N, C, D, H, W), not ${describe(theta)} with ${showShape(size)}`,
    )
  const sizes = size.slice(2)
  if (sizes.some((s) => !Number.isInteger(s) || s < 0)) throw new HebbError(`affineGrid: ${showShape(size)} is no shape`)
  const columns = sizes.map((s, a) => {
    const step = s > 1 || !alignCorners ? 2 / (alignCorners ? s - 1 : s) : 0
    const first = s > 1 || !alignCorners ? (alignCorners ? -1 : 1 / s - 1) : 0
    const line = arange(s).cast(t.dtype).mul(step).add(first)
    return line.reshape(sizes.map((d, i) => (i === a ? d : 1)).concat(1)).expand([...sizes, 1])
  })
  const points = concat([...columns.reverse(), ones([...sizes, 1], { dtype: t.dtype })], space).reshape([sizeOf(sizes), space + 1])
  return points.matmul(t.transpose(1, 2)).reshape([size[0]!, ...sizes, space])
}
