/** Largest and smallest, as numbers and as places. NaN is larger and smaller than everything, as in PyTorch. */

import { defineOp, type Emit } from '../../graph/op.js'
import { type Dtype, isFloat, numberDtypes } from '../../tensor/dtype.js'
import type { Computed } from '../../tensor/dtypes.js'
import { axisOf, reducedShape, type Shape, sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { div, mul } from '../elementwise/arithmetic.js'
import { cast } from '../elementwise/cast.js'
import { equal } from '../elementwise/compare.js'
import { computed } from '../elementwise/real.js'
import { reshape } from '../move/reshape.js'
import { type Axes, type ReduceOptions, reduceArgs, stretch } from './axes.js'
import { sum } from './sum.js'

type Reduction = <D extends Dtype>(x: Tensor<D>, axes?: Axes, options?: ReduceOptions) => Tensor<Computed[D]>
type Test = (x: Tensor, axes?: Axes, options?: ReduceOptions) => Tensor<'bool'>

const extreme = (name: string, onnx: 'ReduceMax' | 'ReduceMin'): Reduction =>
  defineOp({
    name,
    kernels: ['bool', ...numberDtypes],
    args: reduceArgs(name),
    spec: ([x], { axes, keep }) => ({ shape: reducedShape(x!.shape, axes, keep), dtype: x!.dtype }),
    vjp: (g, { inputs: [x], out, attrs: { axes } }) => {
      const chosen = cast(equal(x!, stretch(out, x!, axes)), g.dtype)
      return [mul(stretch(div(g, reshape(sum(chosen, axes), g.shape)), x!, axes), chosen)]
    },
    onnx: (e, [x], { axes, keep }, node) => {
      if (axes.length === 0) return e('Identity', [x])
      const { dtype } = node.inputs[0]!
      const reduce = (v: string, type: string): string => e(type, [v, e.ints(axes)], { keepdims: keep ? 1 : 0 })
      const y = reduce(x!, onnx)
      // the kernel passes over NaN
      return isFloat(dtype) ? e('Where', [reduce(e('IsNaN', [x]), 'ReduceMax'), e.scalar(Number.NaN, dtype), y]) : y
    },
    flops: (node) => sizeOf(node.inputs[0]!.shape),
  })

/**
 * The largest element over the axes (all when missing), as NumPy's `max` and PyTorch's `amax`; equal ones share the gradient. Where it stands:
 * {@link argmax}; several, with their places: `topK`. Throws ShapeError where there are none.
 *
 * @example tensor([[1, 5], [7, 2]]).max(1) // [5, 7]
 */
export const max: Reduction = extreme('max', 'ReduceMax')

/** The smallest element over the axes (all when missing), as {@link max}. */
export const min: Reduction = extreme('min', 'ReduceMin')

type Place = (x: Tensor, axis: number, keep: boolean) => Tensor<'i32'>

const place = (name: string, onnx: 'ArgMax' | 'ArgMin'): Place =>
  defineOp({
    name,
    kernels: numberDtypes,
    args: (x: Tensor, axis: number, keep: boolean) => [[computed(x)], { axis, keep }],
    spec: ([x], { axis, keep }) => ({ shape: reducedShape(x!.shape, [axis], keep), dtype: 'i32' }),
    onnx: (e, [x], { axis, keep }, node) => {
      const { dtype } = node.inputs[0]!
      return e.cast(isFloat(dtype) ? placeOrNaN(e, x!, onnx, axis, keep) : e(onnx, [x], { axis, keepdims: keep ? 1 : 0 }), 'i32')
    },
    flops: (node) => sizeOf(node.inputs[0]!.shape),
  })

/** The kernels compare with NaN as it comes; the first NaN is what PyTorch finds. */
function placeOrNaN(e: Emit, x: string, onnx: string, axis: number, keep: boolean): string {
  const keepdims = keep ? 1 : 0
  const broken = e('IsNaN', [x])
  const first = e('ArgMax', [e.cast(broken, 'u8')], { axis, keepdims })
  return e('Where', [e('ReduceMax', [broken, e.ints([axis])], { keepdims }), first, e(onnx, [x], { axis, keepdims })])
}

const argLargest: Place = place('argmax', 'ArgMax')
const argSmallest: Place = place('argmin', 'ArgMin')

/** One axis by its number, or all axes as one when it is missing. */
function along(
  x: Tensor,
  axis: number | undefined,
  keep: boolean,
  op: string,
  f: (x: Tensor, axis: number) => Tensor<'i32'>,
): Tensor<'i32'> {
  if (axis !== undefined) return f(x, axisOf(axis, x.rank, op))
  const y = f(reshape(x, [x.size]), 0)
  return reshape(y, keep ? x.shape.map(() => 1) : [])
}

/** Where the largest element is along an axis, the first of equal ones, i32; without an axis its place in row-major order. */
export const argmax = (x: Tensor, axis?: number, { keep = false }: ReduceOptions = {}): Tensor<'i32'> =>
  along(x, axis, keep, 'argmax', (y, a) => argLargest(y, a, keep && axis !== undefined))

/** Where the smallest element is along an axis, the first of equal ones, i32; without an axis its place in row-major order. */
export const argmin = (x: Tensor, axis?: number, { keep = false }: ReduceOptions = {}): Tensor<'i32'> =>
  along(x, axis, keep, 'argmin', (y, a) => argSmallest(y, a, keep && axis !== undefined))

/** Elements and where they were found, i32. */
export interface Found<D extends Dtype = Dtype> {
  readonly values: Tensor<D>
  readonly indices: Tensor<'i32'>
}

const logic = (name: string, onnx: 'ReduceMax' | 'ReduceMin', empty: number): Test =>
  defineOp({
    name,
    kernels: ['bool'],
    empty,
    args: (x: Tensor, axes?: Axes, options?: ReduceOptions) => {
      const [, attrs] = reduceArgs(name)(x, axes, options)
      return [[cast(x, 'bool')], attrs]
    },
    spec: ([x], { axes, keep }): { shape: Shape; dtype: Dtype } => ({ shape: reducedShape(x!.shape, axes, keep), dtype: 'bool' }),
    onnx: (e, [x], { axes, keep }) => (axes.length === 0 ? e('Identity', [x]) : e(onnx, [x, e.ints(axes)], { keepdims: keep ? 1 : 0 })),
  })

/** Whether any element over the axes (all when missing) is true or not 0; false where there are none. */
export const any: Test = logic('any', 'ReduceMax', 0)

/** Whether every element over the axes (all when missing) is true or not 0; true where there are none. */
export const all: Test = logic('all', 'ReduceMin', 1)
