/** Rows by number: take, embedding, one-hot vectors. */

import { describe } from '../../graph/leaf.js'
import { defineOp } from '../../graph/op.js'
import { type Dtype, dtypes } from '../../tensor/dtype.js'
import { HebbError, ShapeError } from '../../tensor/errors.js'
import { axisOf, sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { mul } from '../elementwise/arithmetic.js'
import { cast } from '../elementwise/cast.js'
import { and, notEqual } from '../elementwise/compare.js'
import { computed } from '../elementwise/real.js'
import { reshape, transpose, unsqueeze } from '../move/reshape.js'
import { fromStart, indices } from './ids.js'
import { sumRows } from './rows.js'

interface TakeAttrs {
  readonly axis: number
  /** the index whose elements get no gradient */
  readonly padding: number | undefined
  readonly [key: string]: number | undefined
}

const pick: (x: Tensor, ids: Tensor, attrs: TakeAttrs) => Tensor = defineOp({
  name: 'take',
  kernels: dtypes,
  places: ([x, ids], { axis }) => ({ ids: ids!, size: x!.shape[axis as number]!, of: x! }),
  args: (x: Tensor, ids: Tensor, attrs: TakeAttrs) => [[x, ids], attrs],
  spec: ([x, ids], { axis }) => ({ shape: [...x!.shape.slice(0, axis), ...ids!.shape, ...x!.shape.slice(axis + 1)], dtype: x!.dtype }),
  vjp: (g, { inputs: [x, ids], attrs: { axis, padding } }) => {
    const size = x!.shape[axis]!
    const rest = x!.shape.filter((_, i) => i !== axis)
    const rows = rest.length > 0 ? sizeOf(rest) : 1
    // the axes of the ids go to the front, the others become one
    const places = ids!.shape.map((_, i) => axis + i)
    const others = g.shape.flatMap((_, i) => (places.includes(i) ? [] : [i]))
    let flat = reshape(transpose(computed(g), [...places, ...others]), [ids!.size, rows])
    const list = reshape(ids!, [ids!.size])
    if (padding !== undefined) {
      const counted = and(notEqual(list, padding), notEqual(list, padding - size))
      flat = mul(flat, cast(unsqueeze(counted, 1), flat.dtype))
    }
    const summed = reshape(sumRows(flat, list, size), [size, ...rest])
    const order = rest.map((_, i) => i + 1)
    return [cast(transpose(summed, [...order.slice(0, axis), 0, ...order.slice(axis)]), g.dtype), undefined]
  },
  onnx: (e, [x, ids], { axis }) => e('Gather', [x, ids], { axis }),
})

/**
 * The slices of x along an axis (default 0) at `ids`, whole numbers of any shape, which takes the axis' place: x (…, n, …), ids (…i) → (…, …i, …).
 * Negative ids count from the end. Throws DtypeError for ids that are not integers; a run fails when one is outside the axis.
 *
 * @example tensor([10, 20, 30]).take(tensor([2, 0, -1], { dtype: 'i32' })) // [30, 10, 30]
 */
export function take<D extends Dtype>(x: Tensor<D>, ids: Tensor, axis?: number): Tensor<D>
export function take(x: Tensor, ids: Tensor, axis = 0): Tensor {
  if (x.rank === 0) throw new ShapeError('take: a scalar has no axis to take from')
  return pick(x, indices(ids, 'take'), { axis: axisOf(axis, x.rank, 'take'), padding: undefined })
}

/**
 * The rows of a table: weight (V, D), ids (…) → (…, D). The row `paddingIndex` gets no gradient.
 * Throws ShapeError unless the weight is a matrix; a run fails when an id is outside.
 */
export function embedding<D extends Dtype>(weight: Tensor<D>, ids: Tensor, options?: { paddingIndex?: number | undefined }): Tensor<D>
export function embedding(weight: Tensor, ids: Tensor, { paddingIndex }: { paddingIndex?: number | undefined } = {}): Tensor {
  if (weight.rank !== 2) throw new ShapeError(`embedding: the weight ${describe(weight)} is no table (V, D)`)
  const rows = weight.shape[0]!
  if (paddingIndex !== undefined && !(Number.isInteger(paddingIndex) && paddingIndex >= -rows && paddingIndex < rows))
    throw new ShapeError(`embedding: paddingIndex ${paddingIndex} is no row of ${describe(weight)}`)
  const padding = paddingIndex !== undefined && paddingIndex < 0 ? paddingIndex + rows : paddingIndex
  return pick(weight, indices(ids, 'embedding'), { axis: 0, padding })
}

const hot = defineOp({
  name: 'oneHot',
  kernels: ['i32', 'i64'],
  places: ([ids], { classes }) => ({ ids: ids!, size: classes as number }),
  args: (ids: Tensor, classes: number) => [[ids], { classes }],
  spec: ([ids], { classes }) => ({ shape: [...ids!.shape, classes], dtype: 'bool' }),
  onnx: (e, [ids], { classes }, node) => {
    const dtype = node.inputs[0]!.dtype as 'i32' | 'i64'
    const all = e('Range', [e.scalar(0, dtype), e.scalar(classes, dtype), e.scalar(1, dtype)])
    return e('Equal', [e('Unsqueeze', [fromStart(e, ids!, classes, dtype), e.ints([-1])]), all])
  },
})

/**
 * 1 at the place each id names and 0 elsewhere, on a new last axis: ids (…) → (…, classes), f32 by default.
 * Negative ids count from the end; a run fails when one is outside. Throws HebbError for fewer than one class.
 *
 * @example oneHot(tensor([1, 0], { dtype: 'i32' }), 3) // [[0, 1, 0], [1, 0, 0]]
 */
export function oneHot<E extends Dtype = 'f32'>(ids: Tensor, classes: number, options?: { dtype?: E | undefined }): Tensor<E>
export function oneHot(ids: Tensor, classes: number, { dtype = 'f32' }: { dtype?: Dtype | undefined } = {}): Tensor {
  if (!Number.isInteger(classes) || classes < 1) throw new HebbError(`oneHot: ${classes} is no number of classes: give 1 or more`)
  return cast(hot(indices(ids, 'oneHot'), classes), dtype)
}
