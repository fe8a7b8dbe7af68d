/** Numbers to places and back: the gradient of max pools, which know where each of their results came from. */

import { defineOp, type Emit } from '../../../graph/op.js'
import type { Dtype } from '../../../tensor/dtype.js'
import { dtypes, numberDtypes } from '../../../tensor/dtype.js'
import { type Shape, sizeOf } from '../../../tensor/shape.js'
import type { Tensor } from '../../../tensor/tensor.js'
import type { Table } from '../geometry.js'

/** Places count row-major through a whole tensor. `apart`: per spatial axis, how many windows on are free of the first one's positions. */
interface Scatter {
  readonly shape: Shape
  readonly apart: readonly number[]
  readonly [key: string]: unknown
}

/** How far apart two windows must be to share no position, per axis. */
export const separation = (tables: readonly Table[]): number[] => tables.map(apart)

function apart({ windows, taps, index }: Table): number {
  const bounds = Array.from({ length: windows }, (_, p) => index.slice(p * taps, (p + 1) * taps).filter((i) => i >= 0))
  for (let step = 1; step < windows; step++)
    if (bounds.every((own, p) => p + step >= windows || Math.max(...own) < Math.min(...bounds[p + step]!))) return step
  return Math.max(windows, 1)
}

/** Zeros of `shape` with each number of g added at its place. */
export const scatter: (g: Tensor, places: Tensor, shape: Shape, apart: readonly number[]) => Tensor = defineOp({
  name: 'poolScatter',
  kernels: numberDtypes,
  empty: 0,
  args: (g: Tensor, places: Tensor, shape: Shape, apart: readonly number[]) => [[g, places], { shape, apart } as Scatter],
  spec: ([g], { shape }) => ({ shape, dtype: g!.dtype }),
  vjp: (h, { inputs: [, places], attrs }) => [gather(h, places!, attrs.shape, attrs.apart), undefined],
  onnx: (e, [g, places], { shape, apart }, node) =>
    node.outputs[0]!.dtype === 'f32' && sizeOf(apart) <= 16
      ? unpool(e, g!, places!, shape, node.inputs[1]!.shape.slice(2), apart)
      : addEach(e, g!, places!, shape, node.outputs[0]!.dtype),
})

/** The numbers of h at the places. */
export const gather: (h: Tensor, places: Tensor, shape: Shape, apart: readonly number[]) => Tensor = defineOp({
  name: 'poolGather',
  kernels: dtypes,
  args: (h: Tensor, places: Tensor, shape: Shape, apart: readonly number[]) => [[h, places], { shape, apart } as Scatter],
  spec: ([h, places]) => ({ shape: places!.shape, dtype: h!.dtype }),
  vjp: (g, { inputs: [, places], attrs }) => [scatter(g, places!, attrs.shape, attrs.apart), undefined],
  onnx: (e, [h, places]) => e('Gather', [e('Reshape', [h, e.ints([-1])]), places]),
})

/** MaxUnpool writes each number to its place, which is adding as long as no two meet: so it takes windows far enough apart, in several turns. */
function unpool(e: Emit, g: string, places: string, shape: Shape, windows: Shape, apart: readonly number[]): string {
  const space = apart.map((_, a) => a)
  const turns = space.reduce<number[][]>((list, a) => list.flatMap((own) => Array.from({ length: apart[a]! }, (_, s) => [...own, s])), [[]])
  const parts = turns.map((start) => {
    const some = (v: string): string =>
      turns.length === 1 ? v : e('Slice', [v, e.ints(start), e.ints(windows), e.ints(space.map((a) => a + 2)), e.ints(apart)])
    return e('MaxUnpool', [some(g), some(places), e.ints(shape)], { kernel_shape: space.map(() => 1) })
  })
  return parts.length === 1 ? parts[0]! : e('Sum', parts)
}

function addEach(e: Emit, g: string, places: string, shape: Shape, dtype: Dtype): string {
  const zeros = e('Expand', [e.scalar(0, dtype), e.ints([sizeOf(shape)])])
  const flat = (v: string): string => e('Reshape', [v, e.ints([-1])])
  return e('Reshape', [e('ScatterElements', [zeros, flat(places), flat(g)], { reduction: 'add' }), e.ints(shape)])
}
