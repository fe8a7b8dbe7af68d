/** Axes made longer, or shorter, at their ends. */

import { describe } from '../graph/leaf.js'
import { defineOp } from '../graph/op.js'
import { real } from '../ops/elementwise/real.js'
import { full } from '../ops/move/create.js'
import type { Dtype } from '../tensor/dtype.js'
import { isFloat, numberDtypes } from '../tensor/dtype.js'
import type { Computed } from '../tensor/dtypes.js'
import { ShapeError } from '../tensor/errors.js'
import { showShape } from '../tensor/shape.js'
import type { Tensor } from '../tensor/tensor.js'
import { type Table, tableOf } from './spatial/geometry.js'
import { resample } from './spatial/resampling/resample.js'
import { transposed } from './spatial/resampling/tables.js'

/** What stands outside: one value, or the inside again: mirrored without the border, the border itself, or from the other end. */
export type PadMode = 'constant' | 'reflect' | 'replicate' | 'circular'

/** Options of pad. */
export interface PadOptions {
  /** default 'constant' */
  readonly mode?: PadMode | undefined
  /** of the new places in mode 'constant'; default 0 */
  readonly value?: number | undefined
}

interface Ends {
  readonly before: readonly number[]
  readonly after: readonly number[]
  readonly value: number
  readonly [key: string]: unknown
}

const withConstant: (x: Tensor, ends: Ends) => Tensor = defineOp({
  name: 'pad',
  kernels: ['bool', ...numberDtypes],
  empty: (_, { value }, [spec]) => [full(spec!.shape, value as number, spec)],
  args: (x: Tensor, ends: Ends) => [[x], ends],
  spec: ([x], { before, after }) => ({ shape: x!.shape.map((d, a) => d + before[a]! + after[a]!), dtype: x!.dtype }),
  vjp: (g, { attrs: { before, after } }) => [
    withConstant(g, { before: before.map((v) => -v || 0), after: after.map((v) => -v || 0), value: 0 }),
  ],
  onnx: (e, [x], { before, after, value }, node) => {
    return e('Pad', [x, e.ints([...before, ...after]), e.scalar(value, node.outputs[0]!.dtype)])
  },
})

/** Which position of an axis of `size` stands at place `i`, which may lie outside of it. */
const source: Readonly<Record<Exclude<PadMode, 'constant'>, (i: number, size: number) => number>> = {
  reflect: (i, size) => (i < 0 ? -i : i >= size ? 2 * size - 2 - i : i),
  replicate: (i, size) => Math.min(Math.max(i, 0), size - 1),
  circular: (i, size) => (i + size) % size,
}
/** The most that one pass over an axis of `size` can give at one end. */
const reach: Readonly<Record<Exclude<PadMode, 'constant'>, (size: number) => number>> = {
  reflect: (size) => size - 1,
  replicate: (size) => (size > 0 ? Number.POSITIVE_INFINITY : 0),
  circular: (size) => size,
}
const nodeMode = { reflect: 'reflect', replicate: 'edge', circular: 'wrap' } as const

interface Mirror {
  readonly before: readonly number[]
  readonly after: readonly number[]
  readonly mode: Exclude<PadMode, 'constant'>
  readonly [key: string]: unknown
}

const mirrorTable = (size: number, before: number, after: number, mode: Mirror['mode']): Table =>
  tableOf(size, size + before + after, 1, (p) => source[mode](p - before, size))

const mirrored: (x: Tensor, mirror: Mirror) => Tensor = defineOp({
  name: 'padMirrored',
  kernels: numberDtypes,
  args: (x: Tensor, mirror: Mirror) => [[x], mirror],
  spec: ([x], { before, after }) => ({ shape: x!.shape.map((d, a) => d + before[a]! + after[a]!), dtype: x!.dtype }),
  vjp: (g, { inputs: [x], attrs: { before, after, mode } }) => [
    x!.shape.reduce(
      (t, size, a) =>
        before[a] === 0 && after[a] === 0 ? t : resample(t, a, transposed(mirrorTable(size, before[a]!, after[a]!, mode)), true),
      g,
    ),
  ],
  onnx: (e, [x], { before, after, mode }) => e('Pad', [x, e.ints([...before, ...after])], { mode: nodeMode[mode] }),
})

/**
 * x with places added in front of and behind its last axes: one entry of `amounts` for each, a number for both ends or
 * [before, after]; negative amounts cut off, before anything goes round in 'circular'. 'reflect' takes at most size − 1 places,
 * 'circular' at most what is left of the size.
 * Throws ShapeError when there are more entries than axes, too little to mirror, or less than nothing left.
 *
 * @example pad(images, [1, [0, 2]]) // a row above and below, two columns at the right
 */
export function pad<D extends Dtype>(
  x: Tensor<D>,
  amounts: readonly (number | readonly [number, number])[],
  options?: PadOptions,
): Tensor<Computed[D]>
export function pad(
  x: Tensor,
  amounts: readonly (number | readonly [number, number])[],
  { mode = 'constant', value = 0 }: PadOptions = {},
): Tensor {
  const first = x.rank - amounts.length
  if (first < 0)
    throw new ShapeError(`pad: ${amounts.length} amounts for ${x.rank} axes: give at most one for each\n  input: ${describe(x)}`)
  const ends = x.shape.map((_, a): readonly [number, number] => {
    const own = amounts[a - first] ?? 0
    return typeof own === 'number' ? [own, own] : own
  })
  x.shape.forEach((size, a) => {
    const [before, after] = ends[a]!
    if (!Number.isInteger(before) || !Number.isInteger(after))
      throw new ShapeError(`pad: ${before} and ${after} on axis ${a} are not whole numbers`)
    if (size + before + after < 0 || -before > size || -after > size)
      throw new ShapeError(
        `pad: cutting ${Math.max(-before, 0)} and ${Math.max(-after, 0)} places off axis ${a} of ${showShape(x.shape)} leaves less than nothing`,
      )
    const room = mode === 'circular' ? size + Math.min(before, 0) + Math.min(after, 0) : size
    if (mode !== 'constant' && Math.max(before, after) > 0 && Math.max(before, after) > reach[mode](room))
      throw new ShapeError(
        `pad: mode '${mode}' gives at most ${reach[mode](room)} places at each end of an axis of ${room}, not ${Math.max(before, after)}\n  input: ${describe(x)}`,
      )
  })
  const y = isFloat(x.dtype) ? real(x) : x
  if (ends.every(([b, a]) => b === 0 && a === 0)) return y
  const [before, after] = [ends.map((v) => v[0]), ends.map((v) => v[1])]
  if (mode === 'constant') return withConstant(y, { before, after, value })
  const [front, back] = [before.map((v) => Math.max(v, 0)), after.map((v) => Math.max(v, 0))]
  const cut = ends.some((v) => Math.min(...v) < 0)
  if (!cut) return mirrored(y, { before, after, mode })
  if (mode === 'circular') {
    const rest = withConstant(y, { before: before.map((v) => Math.min(v, 0)), after: after.map((v) => Math.min(v, 0)), value: 0 })
    return mirrored(rest, { before: front, after: back, mode })
  }
  // what is cut off at one end still shows in the mirror at the other
  return x.shape.reduce(
    (t, size, a) => (before[a] === 0 && after[a] === 0 ? t : resample(t, a, mirrorTable(size, before[a]!, after[a]!, mode))),
    y,
  )
}
