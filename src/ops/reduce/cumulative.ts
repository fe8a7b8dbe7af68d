/** Running sums and products, and the product of whole axes. */
import { defineOp } from '../../graph/op.js'
import { computeDtype, wideDtypes } from '../../tensor/dtype.js'
import { axisOf, reducedShape, sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { mul } from '../elementwise/arithmetic.js'
import { cast } from '../elementwise/cast.js'
import { concat } from '../move/concat.js'
import { reshape, transpose } from '../move/reshape.js'
import { slice, split } from '../move/slice.js'
import { type Axes, type ReduceOptions, reduceArgs } from './axes.js'

/** Booleans and bytes count in i32, half floats in f32. */
const counted = (x: Tensor): Tensor => cast(x, x.dtype === 'bool' || x.dtype === 'u8' ? 'i32' : computeDtype(x.dtype))

/** How a running sum goes. */
export interface CumulativeOptions {
  /** from the last element to the first; default false */
  reverse?: boolean
  /** without the element itself, so that the first is 0; default false */
  exclusive?: boolean
}

/** Σ of x up to and including each element along an axis. */
export const cumsum: (x: Tensor, axis: number, options?: CumulativeOptions) => Tensor = defineOp({
  name: 'cumsum',
  kernels: wideDtypes,
  args: (x: Tensor, axis: number, { reverse = false, exclusive = false }: CumulativeOptions = {}) => [
    [counted(x)],
    { axis: axisOf(axis, x.rank, 'cumsum'), reverse, exclusive },
  ],
  spec: ([x]) => x!,
  vjp: (g, { attrs: { axis, reverse, exclusive } }) => [cumsum(g, axis, { reverse: !reverse, exclusive })],
  onnx: (e, [x], { axis, reverse, exclusive }) =>
    e('CumSum', [x, e.scalar(axis, 'i64')], { reverse: reverse ? 1 : 0, exclusive: exclusive ? 1 : 0 }),
  flops: (node) => sizeOf(node.inputs[0]!.shape),
})

/**
 * Π of x up to and including each element along an axis. In log₂ n steps, each multiplying by what lies 1, 2, 4, … before:
 * products only, so that gradients are right at zeros.
 */
export function cumprod(x: Tensor, axis: number): Tensor {
  const along = axisOf(axis, x.rank, 'cumprod')
  const size = x.shape[along]!
  const from = (t: Tensor, start: number, stop: number): Tensor =>
    slice(
      t,
      t.shape.map((_, i) => (i === along ? [start, stop] : null)),
    )
  let y = counted(x)
  for (let step = 1; step < size; step *= 2) y = concat([from(y, 0, step), mul(from(y, step, size), from(y, 0, size - step))], along)
  return y
}

/** Π over the last axis as a tree of products. */
function treeProduct(x: Tensor): Tensor {
  let y = x
  while (y.shape.at(-1)! > 1) {
    const half = Math.floor(y.shape.at(-1)! / 2)
    const [a, b, rest] = split(y, y.shape.at(-1)! === 2 * half ? [half, half] : [half, half, 1], -1)
    y = rest ? concat([mul(a!, b!), rest], -1) : mul(a!, b!)
  }
  return reshape(y, y.shape.slice(0, -1))
}

const product: (x: Tensor, axes: Axes, options?: ReduceOptions) => Tensor = defineOp({
  name: 'prod',
  kernels: wideDtypes,
  empty: 1,
  args: (x: Tensor, axes: Axes, options?: ReduceOptions) => reduceArgs('prod')(x, axes, options),
  spec: ([x], { axes, keep }) => ({ shape: reducedShape(x!.shape, axes, keep), dtype: x!.dtype }),
  vjp: (g, { inputs: [x], attrs: { axes }, pullback }) => {
    // division by the element fails at zeros; the same product as a tree needs none
    const rest = x!.shape.flatMap((_, i) => (axes.includes(i) ? [] : [i]))
    const kept = rest.map((i) => x!.shape[i]!)
    const row = sizeOf(axes.map((i) => x!.shape[i]!))
    if (row === 0 || x!.size === 0) return [undefined]
    const y = treeProduct(reshape(transpose(x!, [...rest, ...axes]), [...kept, row]))
    return pullback([y], [reshape(g, kept)], [x!])
  },
  onnx: (e, [x], { axes, keep }) =>
    axes.length === 0 ? e('Identity', [x]) : e('ReduceProd', [x, e.ints(axes)], { keepdims: keep ? 1 : 0 }),
  flops: (node) => sizeOf(node.inputs[0]!.shape),
})

/** Π x over the axes (all when missing), 1 where there are none; booleans and bytes in i32. The gradient is right at zeros. */
export const prod = (x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor => product(counted(x), axes, options)
