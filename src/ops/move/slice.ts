/** Parts of a tensor: slices and pieces. */

import { describe } from '../../graph/leaf.js'
import { defineMultiOp, defineOp, type Emit } from '../../graph/op.js'
import type { Dtype } from '../../tensor/dtype.js'
import { dtypes, numberDtypes } from '../../tensor/dtype.js'
import { HebbError, ShapeError } from '../../tensor/errors.js'
import { kindOf } from '../../tensor/options.js'
import { axisOf, type Shape, showShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { concat } from './concat.js'
import { zeros } from './create.js'
import { type Cut, cutOf, cutShape, isWhole, type Range } from './ranges.js'
import { reshape } from './reshape.js'

const cutOut: (x: Tensor, cuts: readonly Cut[]) => Tensor = defineOp({
  name: 'slice',
  kernels: dtypes,
  args: (x: Tensor, cuts: readonly Cut[]) => [[x], { cuts }],
  spec: ([x], { cuts }) => ({ shape: cutShape(cuts), dtype: x!.dtype }),
  vjp: (g, { inputs: [x], attrs: { cuts } }) => [putBack(g, x!.shape, cuts)],
  onnx: (e, [x], { cuts }, node) => {
    const { shape } = node.inputs[0]!
    const axes = cuts.flatMap((cut, axis) => (isWhole(cut, shape[axis]!) ? [] : [axis]))
    return sliceNode(
      e,
      x!,
      axes,
      axes.map((a) => cuts[a]!),
      shape,
    )
  },
})

function sliceNode(e: Emit, x: string, axes: readonly number[], cuts: readonly Cut[], shape: Shape): string {
  const ends = cuts.map(([start, step, count], i) => {
    const last = start + (count - 1) * step
    // one before the first element is written as something smaller than any index
    return step > 0 ? last + 1 : last > 0 ? last - 1 : -shape[axes[i]!]! - 1
  })
  return e('Slice', [x, e.ints(cuts.map(([start]) => start)), e.ints(ends), e.ints(axes), e.ints(cuts.map(([, step]) => step))])
}

/** Zeros of `shape` with x at the places a slice takes: the transpose of slicing. */
const putBack: (x: Tensor, shape: Shape, cuts: readonly Cut[]) => Tensor = defineOp({
  name: 'sliceTranspose',
  kernels: ['bool', ...numberDtypes],
  empty: 0,
  args: (x: Tensor, shape: Shape, cuts: readonly Cut[]) => [[x], { shape, cuts }],
  spec: ([x], { shape }) => ({ shape, dtype: x!.dtype }),
  vjp: (g, { attrs: { cuts } }) => [cutOut(g, cuts)],
  onnx: (e, [x], { shape, cuts }, node) => {
    const { shape: kept } = node.inputs[0]!
    const backward = cuts.flatMap(([, step], axis) => (step < 0 ? [axis] : []))
    let y = x!
    if (backward.length > 0)
      y = sliceNode(
        e,
        y,
        backward,
        backward.map((a) => [kept[a]! - 1, -1, kept[a]!]),
        kept,
      )
    const steps = cuts.map(([, step]) => Math.abs(step))
    if (steps.some((s) => s > 1)) {
      // each element becomes a group that ends in zeros
      const gaps = steps.flatMap((s) => (s > 1 ? [0, s - 1] : [0]))
      y = e('Reshape', [y, e.ints(kept.flatMap((d, i) => (steps[i]! > 1 ? [d, 1] : [d])))])
      y = e('Pad', [y, e.ints([...gaps.map(() => 0), ...gaps])])
      y = e('Reshape', [y, e.ints(kept.map((d, i) => d * steps[i]!))])
    }
    const before = cuts.map(([start, step, count]) => (step < 0 ? start + (count - 1) * step : start))
    const after = shape.map((d, i) => d - before[i]! - kept[i]! * steps[i]!)
    return [...before, ...after].every((p) => p === 0) ? e('Identity', [y]) : e('Pad', [y, e.ints([...before, ...after])])
  },
})

/**
 * Part of x: one range per axis, trailing axes may be left out. A range is `null` (all) or `[start, stop, step]` as in Python.
 * Throws ShapeError for more ranges than axes, HebbError for what is no range.
 *
 * @example tensor([[1, 2, 3], [4, 5, 6]]).slice([null, [0, null, 2]]) // [[1, 3], [4, 6]]
 */
export function slice<D extends Dtype>(x: Tensor<D>, ranges: readonly Range[]): Tensor<D>
export function slice(x: Tensor, ranges: readonly Range[]): Tensor {
  if (!Array.isArray(ranges))
    throw new HebbError(`slice: the ranges are ${kindOf(ranges)}: give a list with one range an axis, such as x.slice([[0, 1]])`)
  if (ranges.length > x.rank) throw new ShapeError(`slice: ${ranges.length} ranges for the ${x.rank} axes of ${describe(x)}`)
  const cuts = x.shape.map((size, i) => cutOf(ranges[i], size))
  return cuts.every((cut, i) => isWhole(cut, x.shape[i]!)) ? x : cutOut(x, cuts)
}

const pieces = defineMultiOp({
  name: 'split',
  kernels: dtypes,
  args: (x: Tensor, sizes: readonly number[], axis: number) => [[x], { sizes, axis }],
  spec: ([x], { sizes, axis }) => sizes.map((n) => ({ shape: x!.shape.map((d, i) => (i === axis ? n : d)), dtype: x!.dtype })),
  vjp: (gs, { outs, attrs: { axis } }) => [
    concat(
      outs.map((y, i) => gs[i] ?? zeros(y.shape, { dtype: y.dtype })),
      axis,
    ),
  ],
  onnx: (e, [x], { sizes, axis }) => e.many('Split', [x, e.ints(sizes)], sizes.length, { axis }),
})

/**
 * x cut along an axis into pieces of one size (the last may be smaller), or of the sizes listed.
 * Throws ShapeError when the sizes do not add up to the axis.
 */
export function split<D extends Dtype>(x: Tensor<D>, sizes: number | readonly number[], axis?: number): Tensor<D>[]
export function split(x: Tensor, sizes: number | readonly number[], axis = 0): Tensor[] {
  const along = axisOf(axis, x.rank, 'split')
  const length = x.shape[along]!
  if (typeof sizes === 'number' && !(Number.isInteger(sizes) && sizes > 0))
    throw new HebbError(`split: pieces cannot have ${sizes} elements: give a whole number of at least 1`)
  const list =
    typeof sizes !== 'number'
      ? [...sizes]
      : length === 0
        ? [0]
        : Array.from({ length: Math.ceil(length / sizes) }, (_, i) => Math.min(sizes, length - i * sizes))
  if (list.some((n) => !Number.isInteger(n) || n < 0) || list.reduce((a, b) => a + b, 0) !== length)
    throw new ShapeError(`split: pieces of ${showShape(list)} do not add up to axis ${axis} of ${describe(x)}`)
  return list.length === 1 ? [x] : pieces(x, list, along)
}

/** x cut along an axis into at most `count` pieces of equal size, the last maybe smaller. */
export function chunk<D extends Dtype>(x: Tensor<D>, count: number, axis?: number): Tensor<D>[]
export function chunk(x: Tensor, count: number, axis = 0): Tensor[] {
  if (!Number.isInteger(count) || count < 1) throw new HebbError(`chunk: ${count} is no number of pieces: give 1 or more`)
  return split(x, Math.max(1, Math.ceil(x.shape[axisOf(axis, x.rank, 'chunk')]! / count)), axis)
}

/** The slices of x along an axis, which disappears: as many tensors as it is long. */
export function unbind<D extends Dtype>(x: Tensor<D>, axis?: number): Tensor<D>[]
export function unbind(x: Tensor, axis = 0): Tensor[] {
  const along = axisOf(axis, x.rank, 'unbind')
  if (x.shape[along] === 0) return []
  return split(x, 1, along).map((piece) =>
    reshape(
      piece,
      x.shape.filter((_, i) => i !== along),
    ),
  )
}
