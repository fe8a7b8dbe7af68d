/** Windows as columns, and columns added back to where they came from. */

import { describe } from '../../graph/leaf.js'
import type { Dtype } from '../../tensor/dtype.js'
import { ShapeError } from '../../tensor/errors.js'
import { type Shape, showShape, sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { countOf, type PerAxis, perAxis, type Table, tableOf } from './geometry.js'
import { batched } from './pooling.js'
import { resample } from './resampling/resample.js'
import { transposed } from './resampling/tables.js'

/** How windows of unfold and fold walk. */
export interface UnfoldOptions {
  /** positions from one window to the next; default 1 */
  readonly stride?: PerAxis | undefined
  /** zeros on both sides; default 0 */
  readonly padding?: PerAxis | undefined
  /** positions from one number of a window to the next; default 1 */
  readonly dilation?: PerAxis | undefined
}

/** Of each axis: which position place (k, p) of its windows reads, tap k of window p. */
function windowsOf(op: string, sizes: Shape, taps: Shape, options: UnfoldOptions): { tables: Table[]; counts: number[] } {
  const rank = taps.length
  const stride = perAxis(options.stride ?? 1, rank, `${op}: stride`, 1)
  const padding = perAxis(options.padding ?? 0, rank, `${op}: padding`, 0)
  const dilation = perAxis(options.dilation ?? 1, rank, `${op}: dilation`, 1)
  const counts = sizes.map((s, a) => countOf(s, taps[a]!, stride[a]!, dilation[a]!, 2 * padding[a]!))
  if (counts.some((p) => p < 1))
    throw new ShapeError(`${op}: windows of ${showShape(taps)} do not fit into ${showShape(sizes)} with padding ${showShape(padding)}`)
  const tables = sizes.map((s, a) =>
    tableOf(s, taps[a]! * counts[a]!, 1, (at) => {
      const [k, p] = [Math.floor(at / counts[a]!), at % counts[a]!]
      return p * stride[a]! + k * dilation[a]! - padding[a]!
    }),
  )
  return { tables, counts }
}

const apart = (taps: Shape, counts: Shape): number[] => taps.flatMap((k, a) => [k, counts[a]!])
const evens = (rank: number, from: number): number[] => Array.from({ length: rank }, (_, a) => from + 2 * a)

/**
 * The windows of `size` positions (a number for all spatial axes of x (N, C, …S), or one for each) as columns, channel after channel: im2col.
 * A convolution is its weight times these columns.
 *
 * x (N, C, …S) or (C, …S) → (N, C·ΠK, ΠP) or (C·ΠK, ΠP), P = ⌊(S + 2·padding − dilation·(K−1) − 1) / stride⌋ + 1.
 * Throws ShapeError when no window fits.
 *
 * @example unfold(images, 3, { padding: 1 }) // (N, C · 9, H · W)
 */
export function unfold<D extends Dtype>(x: Tensor<D>, size: PerAxis, options?: UnfoldOptions): Tensor<D>
export function unfold(x: Tensor, size: PerAxis, options: UnfoldOptions = {}): Tensor {
  const rank = typeof size === 'number' ? Math.max(x.rank, 3) - 2 : size.length
  const { images, restore } = batched('unfold', x, rank)
  const taps = perAxis(size, rank, 'unfold: window', 1)
  const { tables, counts } = windowsOf('unfold', images.shape.slice(2), taps, options)
  const [n, c] = images.shape as readonly [number, number]
  const places = tables.reduce((y, table, a) => resample(y, a + 2, table), images)
  const ordered = places.reshape([n, c, ...apart(taps, counts)]).transpose([0, 1, ...evens(rank, 2), ...evens(rank, 3)])
  return restore(ordered.reshape([n, c * sizeOf(taps), sizeOf(counts)]))
}

/**
 * Columns of windows added up where the windows lie, the transpose of {@link unfold}: `fold(unfold(x))` is x times how often each position was read.
 *
 * x (N, C·ΠK, ΠP) or (C·ΠK, ΠP) → (N, C, …out) or (C, …out). Throws ShapeError when rows or columns do not fit.
 */
export function fold<D extends Dtype>(x: Tensor<D>, out: readonly number[], size: PerAxis, options?: UnfoldOptions): Tensor<D>
export function fold(x: Tensor, out: readonly number[], size: PerAxis, options: UnfoldOptions = {}): Tensor {
  if (x.rank !== 2 && x.rank !== 3) throw new ShapeError(`fold: needs x (N, C·ΠK, ΠP) or (C·ΠK, ΠP)\n  input: ${describe(x)}`)
  const { images, restore } = batched('fold', x, 1)
  const rank = out.length
  const taps = perAxis(size, rank, 'fold: window', 1)
  const { tables, counts } = windowsOf('fold', perAxis(out, rank, 'fold: size', 1), taps, options)
  const [n, rows, columns] = images.shape as readonly [number, number, number]
  if (rows % sizeOf(taps) !== 0 || columns !== sizeOf(counts))
    throw new ShapeError(
      `fold: windows of ${showShape(taps)} over ${showShape(out)} are columns of a multiple of ${sizeOf(taps)} rows, ${sizeOf(counts)} in number\n  input: ${describe(x)}`,
    )
  const c = rows / sizeOf(taps)
  const order = [0, 1, ...taps.flatMap((_, a) => [2 + a, 2 + rank + a])]
  const places = images.reshape([n, c, ...taps, ...counts]).transpose(order)
  const flat = places.reshape([n, c, ...taps.map((k, a) => k * counts[a]!)])
  return restore(tables.reduce((y, table, a) => resample(y, a + 2, transposed(table)), flat))
}
