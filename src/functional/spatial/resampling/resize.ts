/** The spatial axes of images made larger or smaller: means over windows, and pixels between pixels. */

import { defineOp, type Emit } from '../../../graph/op.js'
import { mul } from '../../../ops/elementwise/arithmetic.js'
import { emitSum } from '../../../ops/reduce/stages.js'
import type { Dtype } from '../../../tensor/dtype.js'
import { numberDtypes } from '../../../tensor/dtype.js'
import { type Shape, sizeOf } from '../../../tensor/shape.js'
import type { Tensor } from '../../../tensor/tensor.js'
import { endOf, spatialOf } from '../geometry.js'
import type { Pool } from '../pooling.js'
import { emitAlong, resampleBack } from './resample.js'
import { type InterpolateMode, interpolationTable, type Weighted, weightedTable } from './tables.js'

/** Windows to average. */
export interface Means extends Pool {
  /** whether padding counts as zeros */
  readonly includePad: boolean
}

/** Each spatial axis as weighted sums: 1/n for each of a window's n positions. */
export const meansTables = (sizes: readonly number[], { kernel, stride, begin, out, includePad }: Means): Weighted[] =>
  sizes.map((size, a) =>
    weightedTable(size, out[a]!, (p) => {
      const start = p * stride[a]! - begin[a]!
      const end = Math.min(start + kernel[a]!, size + begin[a]!)
      const [from, to] = [Math.max(start, 0), Math.min(end, size)]
      const n = includePad ? end - start : to - from
      return Array.from({ length: Math.max(to - from, 0) }, (_, k) => [from + k, 1 / n])
    }),
  )

const ends = (shape: Shape, { kernel, out, stride, begin }: Pool): number[] =>
  kernel.map((k, a) => Math.max(endOf(shape[a + 2]!, k, out[a]!, stride[a]!, 1, begin[a]!), 0))

/** Means the standard's node can form: f32, up to three axes, no window over the padded end that counts what is not there. */
const averagePool = (shape: Shape, dtype: Dtype, pool: Means): boolean =>
  dtype === 'f32' &&
  pool.out.length <= 3 &&
  pool.kernel.every((k, a) => pool.begin[a]! < k && (!pool.includePad || ends(shape, pool)[a]! <= pool.begin[a]!))

/** Windows that lie side by side and fill every axis. */
const tiles = (shape: Shape, { kernel, stride, begin, out }: Pool): boolean =>
  kernel.every((k, a) => k === stride[a] && begin[a] === 0 && out[a]! * k === shape[a + 2])

/** windows of more numbers than this are summed in stages */
const largeWindow = 1024

/** Means of windows that lie side by side: the axes inside of windows summed. */
function emitTiles(e: Emit, x: string, shape: Shape, { kernel, out }: Pool, dtype: Dtype): string {
  const split = [...shape.slice(0, 2), ...kernel.flatMap((k, a) => [out[a]!, k])]
  const inside = kernel.map((_, a) => 3 + 2 * a)
  const sums = emitSum(e, e('Reshape', [x, e.ints(split)]), split, inside, false, dtype)
  return e('Mul', [sums, e.scalar(1 / sizeOf(kernel), dtype)])
}

/** Means of the windows of x (N, C, …). */
export const windowMeans: (x: Tensor, pool: Means) => Tensor = defineOp({
  name: 'avgPool',
  args: (x: Tensor, pool: Means) => [[x], pool],
  spec: ([x], { out }) => ({ shape: [...x!.shape.slice(0, 2), ...out], dtype: x!.dtype }),
  vjp: (g, { inputs: [x], attrs }) => {
    const sizes = spatialOf(x!.shape)
    if (!tiles(x!.shape, attrs)) return [resampleBack(g, meansTables(sizes, attrs))]
    return [mul(resize(g, { out: sizes, mode: 'nearest', alignCorners: false }), 1 / sizeOf(attrs.kernel))]
  },
  onnx: (e, [x], pool, node) => {
    const { shape, dtype } = node.inputs[0]!
    if (e.native && sizeOf(pool.kernel) > largeWindow && tiles(shape, pool)) return emitTiles(e, x!, shape, pool, dtype)
    if (!averagePool(shape, dtype, pool)) return emitAlong(e, x!, shape.length, meansTables(spatialOf(shape), pool), dtype)
    const pads = [...pool.begin, ...ends(shape, pool)]
    return e('AveragePool', [x], { kernel_shape: pool.kernel, strides: pool.stride, pads, count_include_pad: pool.includePad ? 1 : 0 })
  },
  flops: (node) => sizeOf(node.outputs[0]!.shape) * sizeOf(node.attrs.kernel as number[]),
})

/** How images change their size. */
export interface Resize {
  readonly out: readonly number[]
  /** factors, where sizes follow from them: they decide where pixels lie even if a size was rounded */
  readonly factors?: readonly number[] | undefined
  readonly mode: InterpolateMode
  readonly alignCorners: boolean
  readonly [key: string]: unknown
}

function resizeTables(sizes: readonly number[], { out, factors, mode, alignCorners }: Resize, dtype: Dtype): Weighted[] {
  // pixels are counted in single precision, as everywhere, except between pixels of double precision
  const round = dtype === 'f64' && !mode.startsWith('nearest') ? (v: number): number => v : Math.fround
  return sizes.map((size, a) => interpolationTable(size, out[a]!, factors?.[a], mode, alignCorners, round))
}

/** Every pixel repeated a whole number of times. */
const repeats = (sizes: readonly number[], { out, factors, mode }: Resize): boolean =>
  mode === 'nearest' && sizes.every((s, a) => out[a]! % s === 0 && (factors === undefined || factors[a]! * s === out[a]))

/** x (N, C, …) with its spatial axes at other sizes. */
export const resize: (x: Tensor, how: Resize) => Tensor = defineOp({
  name: 'resize',
  kernels: numberDtypes,
  args: (x: Tensor, how: Resize) => [[x], how],
  spec: ([x], { out }) => ({ shape: [...x!.shape.slice(0, 2), ...out], dtype: x!.dtype }),
  vjp: (g, { inputs: [x], attrs }) => {
    const sizes = spatialOf(x!.shape)
    if (!repeats(sizes, attrs)) return [resampleBack(g, resizeTables(sizes, attrs, g.dtype))]
    const kernel = sizes.map((s, a) => attrs.out[a]! / s)
    const ones = sizes.map(() => 1)
    const sums = windowMeans(g, { kernel, stride: kernel, begin: ones.map(() => 0), dilation: ones, out: sizes, includePad: true })
    return [mul(sums, sizeOf(kernel))]
  },
  onnx: (e, [x], how, node) => {
    const { shape, dtype } = node.inputs[0]!
    const standard = dtype === 'f32' && how.out.length <= 3 && (repeats(spatialOf(shape), how) || !how.mode.startsWith('nearest'))
    if (!standard) return emitAlong(e, x!, shape.length, resizeTables(spatialOf(shape), how, dtype), dtype)
    return emitResize(e, x!, shape, how)
  },
  flops: (node) =>
    sizeOf(node.outputs[0]!.shape) * (String(node.attrs.mode).startsWith('nearest') ? 0 : 2 ** (node.inputs[0]!.shape.length - 1)),
})

/** The standard's Resize, which mixes pixels of images: one spatial axis becomes the width of an image one pixel high. */
function emitResize(e: Emit, x: string, shape: Shape, { out, factors, mode, alignCorners }: Resize): string {
  const line = out.length === 1
  const image = line ? e('Reshape', [x, e.ints([shape[0]!, shape[1]!, 1, shape[2]!])]) : x
  const how =
    mode === 'nearest'
      ? { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }
      : { mode: mode === 'bicubic' ? 'cubic' : 'linear', coordinate_transformation_mode: alignCorners ? 'align_corners' : 'half_pixel' }
  const full = line ? [1, ...out] : out
  const attrs = { ...how, axes: full.map((_, a) => a + 2) }
  const scales = factors && !alignCorners ? Float32Array.from(line ? [1, ...factors] : factors) : undefined
  const y = scales
    ? e('Resize', [image, undefined, e.constant(scales, [scales.length], 'f32')], attrs)
    : e('Resize', [image, undefined, undefined, e.ints(full)], attrs)
  return line ? e('Reshape', [y, e.ints([shape[0]!, shape[1]!, ...out])]) : y
}
