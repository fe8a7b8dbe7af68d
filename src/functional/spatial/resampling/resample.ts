/** Weighted sums of positions along one axis. */

import { defineOp, type Emit } from '../../../graph/op.js'
import { allocate, type Dtype, isFloat, numberDtypes } from '../../../tensor/dtype.js'
import { encode } from '../../../tensor/nested.js'
import { type Shape, sizeOf } from '../../../tensor/shape.js'
import type { Tensor } from '../../../tensor/tensor.js'
import { transposed, type Weighted } from './tables.js'

/** The nodes of resample: also for ops that resample several axes at once. */
function emitGathered(
  e: Emit,
  x: string,
  rank: number,
  axis: number,
  { size, windows, taps, index, weight }: Weighted,
  dtype: Dtype,
): string {
  let y = x
  if (index.includes(-1)) {
    const ends = Array.from({ length: rank }, (_, a) => (a === axis ? 1 : 0))
    y = e('Pad', [y, e.ints([...ends.map(() => 0), ...ends]), e.scalar(0, dtype)])
  }
  const inside = Int32Array.from(index, (i) => (i < 0 ? size : i))
  y = e('Gather', [y, e.constant(inside, taps === 1 ? [windows] : [windows, taps], 'i32')], { axis })
  const behind = new Array<number>(rank - axis - 1).fill(1)
  if (weight) y = e('Mul', [y, e.constant(encode([...weight], dtype), [...(taps === 1 ? [windows] : [windows, taps]), ...behind], dtype)])
  return taps === 1 ? y : e('ReduceSum', [y, e.ints([axis + 1])], { keepdims: 0 })
}

/** The spatial axes of x (N, C, …) resampled one after the other, in the order that keeps what lies between small. */
export function emitAlong(e: Emit, x: string, rank: number, tables: readonly Weighted[], dtype: Dtype): string {
  const grows = sizeOf(tables.map((t) => t.windows)) > sizeOf(tables.map((t) => t.size))
  const order = [...tables.entries()]
  return (grows ? order.reverse() : order).reduce((y, [a, table]) => emitGathered(e, y, rank, a + 2, table, dtype), x)
}

/**
 * The same as a product with a matrix that is mostly zeros: several times faster on short axes. A number that is not finite makes NaN of all its
 * line, so this is for gradients, where one such number ends everything anyway.
 */
function emitProduct(e: Emit, x: string, shape: Shape, axis: number, table: Weighted, dtype: Dtype): string {
  const { size, windows, taps, index, weight } = table
  const last = axis === shape.length - 1
  const matrix = allocate(dtype === 'f64' ? 'f64' : 'f32', size * windows)
  index.forEach((i, at) => {
    const p = Math.floor(at / taps)
    if (i >= 0) matrix[last ? i * windows + p : p * size + i]! += weight?.[at] ?? 1
  })
  const right = e.constant(matrix, last ? [size, windows] : [windows, size], dtype)
  const after = sizeOf(shape.slice(axis + 1))
  const out = shape.with(axis, windows)
  // one product for all lines along the last axis, one for each leading place along others
  const flat = e('Reshape', [x, e.ints(last ? [-1, size] : [-1, size, after])])
  return e('Reshape', [last ? e('MatMul', [flat, right]) : e('MatMul', [right, flat]), e.ints(out)])
}

interface Along extends Weighted {
  readonly axis: number
  readonly gradient: boolean
  readonly [key: string]: unknown
}

/**
 * y[…, p, …] = Σₖ weight[p, k] · x[…, index[p, k], …] along an axis; positions −1 count as 0. Integers only without weights.
 * `gradient` allows the lowering that only spreads what is not finite further than it must.
 */
export const resample: (x: Tensor, axis: number, table: Weighted, gradient?: boolean) => Tensor = defineOp({
  name: 'resample',
  kernels: ['bool', ...numberDtypes],
  empty: 0,
  args: (x: Tensor, axis: number, table: Weighted, gradient = false) => [[x], { ...table, axis, gradient } as Along],
  spec: ([x], { axis, windows }) => ({ shape: x!.shape.map((d, a) => (a === axis ? windows : d)), dtype: x!.dtype }),
  vjp: (g, { attrs: { axis, gradient, ...table } }) => [resample(g, axis, transposed(table), !gradient)],
  onnx: (e, [x], { axis, gradient, ...table }, node) => {
    const { shape, dtype } = node.inputs[0]!
    const short = table.size <= 128 * table.taps
    if (gradient && short) return emitProduct(e, x!, shape, axis, table, dtype)
    return emitGathered(e, x!, shape.length, axis, table, dtype)
  },
  flops: (node) => (isFloat(node.outputs[0]!.dtype) ? 2 * (node.attrs.taps as number) * sizeOf(node.outputs[0]!.shape) : 0),
})

/** The gradient of spatial axes resampled by tables. */
export const resampleBack = (g: Tensor, tables: readonly Weighted[]): Tensor =>
  tables.reduce((y, table, a) => resample(y, a + 2, transposed(table), true), g)
