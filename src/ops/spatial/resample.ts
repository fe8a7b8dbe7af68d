/** Weighted sums of chosen positions along one axis: what average pools, interpolation and mirrored padding are made of. */
import { defineOp, type Emit } from '../../graph/op.js'
import { type Dtype, isFloat } from '../../tensor/dtype.js'
import { encode } from '../../tensor/nested.js'
import { sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { type Table, tableOf } from './geometry.js'

/** Positions with a weight each; no weights means 1 wherever there is a position. */
export interface Weighted extends Table {
  readonly weight?: readonly number[]
}

/** A table of weighted positions from a rule that lists, for each window, its positions and weights. */
export function weightedTable(
  size: number,
  windows: number,
  list: (window: number) => readonly (readonly [position: number, weight: number])[],
): Weighted {
  const lists = Array.from({ length: windows }, (_, p) => list(p))
  const taps = lists.reduce((most, l) => Math.max(most, l.length), 1)
  const table = tableOf(size, windows, taps, (p, k) => lists[p]![k]?.[0] ?? -1)
  const weight = lists.flatMap((l) => Array.from({ length: taps }, (_, k) => l[k]?.[1] ?? 0))
  return weight.every((w, i) => w === (table.index[i]! < 0 ? 0 : 1)) ? table : { ...table, weight }
}

/** The table of the transposed sum: which windows each position went into. */
export function transposed({ size, windows, taps, index, weight }: Weighted): Weighted {
  const lists: [number, number][][] = Array.from({ length: size }, () => [])
  index.forEach((i, at) => {
    if (i >= 0) lists[i]!.push([Math.floor(at / taps), weight?.[at] ?? 1])
  })
  return weightedTable(windows, size, (i) => lists[i]!)
}

/** The nodes of resample: also for ops that resample without being one. */
export function emitResample(
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

interface Along extends Weighted {
  readonly axis: number
  readonly [key: string]: unknown
}

/** y[…, p, …] = Σₖ weight[p, k] · x[…, index[p, k], …] along an axis; positions −1 count as 0. Integers only without weights. */
export const resample: (x: Tensor, axis: number, table: Weighted) => Tensor = defineOp({
  name: 'resample',
  args: (x: Tensor, axis: number, table: Weighted) => [[x], { ...table, axis } as Along],
  spec: ([x], { axis, windows }) => ({ shape: x!.shape.map((d, a) => (a === axis ? windows : d)), dtype: x!.dtype }),
  vjp: (g, { attrs: { axis, ...table } }) => [resample(g, axis, transposed(table))],
  onnx: (e, [x], { axis, ...table }, node) => emitResample(e, x!, node.outputs[0]!.shape.length, axis, table, node.outputs[0]!.dtype),
  flops: (node) => (isFloat(node.outputs[0]!.dtype) ? 2 * (node.attrs.taps as number) * sizeOf(node.outputs[0]!.shape) : 0),
})
