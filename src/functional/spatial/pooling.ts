/** What pools share: their options, and where their windows lie. */
import { describe } from '../../graph/leaf.js'
import { cast } from '../../ops/elementwise/cast.js'
import { real } from '../../ops/elementwise/real.js'
import { reshape } from '../../ops/move/reshape.js'
import { type Dtype, isFloat } from '../../tensor/dtype.js'
import { ShapeError } from '../../tensor/errors.js'
import { showShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { extent, type PerAxis, perAxis, type Table, tableOf, type Walk } from './geometry.js'

/** Options of pools with windows of one size. */
export interface PoolOptions {
  /** positions from one window to the next; default: the window's size, so that windows do not overlap */
  readonly stride?: PerAxis | undefined
  /** positions added on both sides that hold nothing, at most half a window; default 0 */
  readonly padding?: PerAxis | undefined
  /** also take the last windows that reach over the end, if they start inside; default false */
  readonly ceilMode?: boolean | undefined
}

/** Windows of a pool over every spatial axis. */
export interface Pool extends Walk {
  readonly kernel: readonly number[]
  /** windows per axis */
  readonly out: readonly number[]
  readonly [key: string]: unknown
}

/** What can be compared: half floats in f32, booleans as bytes. */
export const ordered = (x: Tensor): Tensor => (isFloat(x.dtype) ? real(x) : x.dtype === 'bool' ? cast(x, 'u8') : x)

/** x with a batch axis, and how to take it away again. */
export function batched(name: string, x: Tensor, space: number): { images: Tensor; restore: <D extends Dtype>(y: Tensor<D>) => Tensor<D> } {
  if (space < 1 || (x.rank !== space + 2 && x.rank !== space + 1))
    throw new ShapeError(
      `${name}: ${Math.max(space, 1)} spatial ax${space > 1 ? 'es need' : 'is needs'} x of rank ${Math.max(space, 1) + 2}, (N, C, …), or one less without a batch\n  input: ${describe(x)}`,
    )
  if (x.rank === space + 2) return { images: x, restore: (y) => y }
  return { images: reshape(x, [1, ...x.shape]), restore: (y) => reshape(y, y.shape.slice(1)) }
}

/** Call arguments as windows. Throws ShapeError when no window fits. */
export function poolOf(name: string, x: Tensor, size: PerAxis, options: PoolOptions & { dilation?: PerAxis | undefined }) {
  const rank = typeof size === 'number' ? x.rank - 2 : size.length
  const { images, restore } = batched(name, x, rank)
  const kernel = perAxis(size, rank, `${name}: window`, 1)
  const stride = perAxis(options.stride ?? kernel, rank, `${name}: stride`, 1)
  const begin = perAxis(options.padding ?? 0, rank, `${name}: padding`, 0)
  const dilation = perAxis(options.dilation ?? 1, rank, `${name}: dilation`, 1)
  const spans = kernel.map((k, a) => extent(k, dilation[a]!))
  begin.forEach((p, a) => {
    if (p > spans[a]! / 2)
      throw new ShapeError(
        `${name}: padding ${p} is more than half of a window of ${spans[a]} positions: a window could lie outside altogether`,
      )
  })
  const out = images.shape.slice(2).map((n, a) => {
    const room = n + 2 * begin[a]! - spans[a]!
    const count = (options.ceilMode ? Math.ceil(room / stride[a]!) : Math.floor(room / stride[a]!)) + 1
    return options.ceilMode && (count - 1) * stride[a]! >= n + begin[a]! ? count - 1 : count
  })
  if (out.some((p) => p < 1))
    throw new ShapeError(
      `${name}: a window of ${showShape(spans)} positions does not fit into ${describe(x)} with padding ${showShape(begin)}`,
    )
  const pool: Pool = { kernel, stride, begin, dilation, out }
  return { images, restore, pool }
}

/** Windows that share an axis of `size` positions evenly between `windows`: from ⌊p·size/windows⌋ up to ⌈(p+1)·size/windows⌉. */
export function adaptiveTable(size: number, windows: number): Table {
  const from = (p: number): number => Math.floor((p * size) / windows)
  const to = (p: number): number => Math.ceil(((p + 1) * size) / windows)
  let taps = 1
  for (let p = 0; p < windows; p++) taps = Math.max(taps, to(p) - from(p))
  return tableOf(size, windows, taps, (p, k) => (from(p) + k < to(p) ? from(p) + k : -1))
}

/** x and the wanted sizes of an adaptive pool; null keeps an axis. */
export function adaptiveOf(name: string, x: Tensor, size: number | readonly (number | null)[]) {
  const rank = typeof size === 'number' ? x.rank - 2 : size.length
  const { images, restore } = batched(name, x, rank)
  const wanted = typeof size === 'number' ? new Array<number>(rank).fill(size) : size.map((s, a) => s ?? images.shape[a + 2]!)
  const out = perAxis(wanted, rank, `${name}: size`, 1)
  if (images.shape.slice(2).includes(0)) throw new ShapeError(`${name}: there is nothing to pool in ${describe(x)}`)
  return { images, restore, sizes: images.shape.slice(2), out }
}
