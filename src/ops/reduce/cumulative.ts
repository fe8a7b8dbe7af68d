/** Running sums and products, and the product of whole axes. */

import { defineOp } from '../../graph/op.js'
import type { Dtype } from '../../tensor/dtype.js'
import { computeDtype, isFloat, wideDtypes } from '../../tensor/dtype.js'
import type { Summed } from '../../tensor/dtypes.js'
import { axesOf, axisOf, reducedShape, sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { mul } from '../elementwise/arithmetic.js'
import { cast } from '../elementwise/cast.js'
import { concat } from '../move/concat.js'
import { full } from '../move/create.js'
import { reshape, transpose } from '../move/reshape.js'
import { slice, split } from '../move/slice.js'
import { type Axes, type ReduceOptions, reduceArgs } from './axes.js'

/** Booleans and integers count in i64, half floats in f32. */
const counted = (x: Tensor): Tensor => cast(x, isFloat(x.dtype) ? computeDtype(x.dtype) : 'i64')

/** from here on f32 is added or multiplied one after the other in f64: the kernel keeps what it has in the dtype of its input */
const long = 32

/** How a running sum goes. */
export interface CumulativeOptions {
  /** from the last element to the first; default false */
  reverse?: boolean | undefined
  /** without the element itself, so that the first is 0; default false */
  exclusive?: boolean | undefined
}

/** Σ of x up to and including each element along an axis; booleans and integers in i64. */
export const cumsum: <D extends Dtype>(x: Tensor<D>, axis: number, options?: CumulativeOptions) => Tensor<Summed[D]> = defineOp({
  name: 'cumsum',
  kernels: wideDtypes,
  args: (x: Tensor, axis: number, { reverse = false, exclusive = false }: CumulativeOptions = {}) => [
    [counted(x)],
    { axis: axisOf(axis, x.rank, 'cumsum'), reverse, exclusive },
  ],
  spec: ([x]) => x!,
  vjp: (g, { attrs: { axis, reverse, exclusive } }) => [cumsum(g, axis, { reverse: !reverse, exclusive })],
  onnx: (e, [x], { axis, reverse, exclusive }, node) => {
    const { shape, dtype } = node.outputs[0]!
    const run = (v: string): string => e('CumSum', [v, e.scalar(axis, 'i64')], { reverse: reverse ? 1 : 0, exclusive: exclusive ? 1 : 0 })
    return dtype === 'f32' && shape[axis]! > long ? e.cast(run(e.cast(x!, 'f64')), 'f32') : run(x!)
  },
  flops: (node) => sizeOf(node.inputs[0]!.shape),
})

/**
 * Π of x up to and including each element along an axis. In log₂ n steps, each multiplying by what lies 1, 2, 4, … before:
 * products only, so that gradients are right at zeros. Booleans and integers in i64.
 */
export function cumprod<D extends Dtype>(x: Tensor<D>, axis: number): Tensor<Summed[D]>
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

/** x with `axes` as one axis, the last. */
function asRows(x: Tensor, axes: readonly number[]): Tensor {
  const rest = x.shape.flatMap((_, i) => (axes.includes(i) ? [] : [i]))
  return reshape(transpose(x, [...rest, ...axes]), [...rest.map((i) => x.shape[i]!), sizeOf(axes.map((i) => x.shape[i]!))])
}

const product: (x: Tensor, axes: Axes, options?: ReduceOptions) => Tensor = defineOp({
  name: 'prod',
  empty: 1,
  args: (x: Tensor, axes: Axes, options?: ReduceOptions) => reduceArgs('prod')(x, axes, options),
  spec: ([x], { axes, keep }) => ({ shape: reducedShape(x!.shape, axes, keep), dtype: x!.dtype }),
  vjp: (g, { inputs: [x], attrs: { axes }, pullback }) => {
    if (x!.size === 0) return [undefined]
    // division by the element fails at zeros; the same product as a tree needs none
    const y = treeProduct(asRows(x!, axes))
    return pullback([y], [reshape(g, y.shape)], [x!])
  },
  onnx: (e, [x], { axes, keep }, node) => {
    if (axes.length === 0) return e('Identity', [x])
    const { shape, dtype } = node.inputs[0]!
    const reduce = (v: string): string => e('ReduceProd', [v, e.ints(axes)], { keepdims: keep ? 1 : 0 })
    return dtype === 'f32' && sizeOf(axes.map((a) => shape[a]!)) > long ? e.cast(reduce(e.cast(x!, 'f64')), dtype) : reduce(x!)
  },
  flops: (node) => sizeOf(node.inputs[0]!.shape),
})

/**
 * Π x over the axes (all when missing), 1 where there are none. Booleans and integers are multiplied in i64, exactly; what leaves its range wraps.
 * The gradient is right at zeros.
 */
export function prod<D extends Dtype>(x: Tensor<D>, axes?: Axes, options?: ReduceOptions): Tensor<Summed[D]>
export function prod(x: Tensor, axes?: Axes, { keep = false }: ReduceOptions = {}): Tensor {
  const y = counted(x)
  if (isFloat(y.dtype)) return product(y, axes, { keep })
  // the kernel multiplies integers as floats
  const gone = axesOf(axes, x.rank, 'prod')
  const shape = reducedShape(x.shape, gone, keep)
  return x.size === 0 ? full(shape, 1, { dtype: 'i64' }) : reshape(treeProduct(asRows(y, gone)), shape)
}
