/** Combining what meets in one place: scatterReduce. */

import { describe, literal } from '../../graph/leaf.js'
import { defineOp } from '../../graph/op.js'
import type { Dtype } from '../../tensor/dtype.js'
import { computeDtype, isFloat, numberDtypes } from '../../tensor/dtype.js'
import type { Computed } from '../../tensor/dtypes.js'
import { DtypeError, HebbError, ShapeError } from '../../tensor/errors.js'
import { axisOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { div, maximum, mul } from '../elementwise/arithmetic.js'
import { cast } from '../elementwise/cast.js'
import { and, isNaN as areNaN, equal, greater } from '../elementwise/compare.js'
import { floorDiv } from '../elementwise/division.js'
import { where } from '../elementwise/select.js'
import { ones, zeros } from '../move/create.js'
import { expand, reshape } from '../move/reshape.js'
import { slice } from '../move/slice.js'
import { scatter, scatterAdd, takeAlong } from './along.js'
import { indices } from './ids.js'

/** How elements that meet in one place are combined. */
export type ScatterReduction = 'sum' | 'prod' | 'mean' | 'max' | 'min'

/** Settings of `scatterReduce`. */
export interface ScatterReduceOptions {
  /** default the last */
  axis?: number | undefined
  /** whether x itself takes part where something is scattered to; default true */
  includeSelf?: boolean | undefined
}

type Combine = (x: Tensor, ids: Tensor, source: Tensor, axis: number) => Tensor

const combine = (
  name: string,
  reduction: 'mul' | 'max' | 'min',
  vjp: (g: Tensor, x: Tensor, ids: Tensor, source: Tensor, axis: number, out: Tensor) => readonly [() => Tensor, () => Tensor],
): Combine =>
  defineOp({
    name,
    args: (x: Tensor, ids: Tensor, source: Tensor, axis: number) => [[x, ids, source], { axis }],
    spec: ([x]) => x!,
    kernels: numberDtypes,
    empty: ([x]) => [x!],
    places: ([x, ids], { axis }) => ({ ids: ids!, size: x!.shape[axis as number]!, of: x! }),
    vjp: (g, { inputs: [x, ids, source], out, attrs: { axis }, needs }) => {
      const rules = vjp(g, x!, ids!, source!, axis, out)
      return [needs[0] ? rules[0]() : undefined, undefined, needs[2] ? rules[1]() : undefined]
    },
    onnx: (e, [x, ids, source], { axis }) => e('ScatterElements', [x, ids, source], { axis, reduction }),
  })

/** Without division by what may be 0: a zero's gradient is the product of all others. */
const multiply: Combine = combine('scatterProd', 'mul', (g, x, ids, source, axis, out) => [
  () => {
    const own = where(equal(x, 0), 1, x)
    return div(mul(g, multiply(own, ids, source, axis)), own)
  },
  () => {
    const zero = equal(source, 0)
    const count = scatterAdd(zeros(x.shape, { dtype: g.dtype }), ids, cast(zero, g.dtype), axis)
    const only = and(zero, equal(takeAlong(count, ids, axis), 1))
    const others = multiply(x, ids, where(only, 1, source), axis)
    const plain = div(takeAlong(mul(g, out), ids, axis), where(zero, 1, source))
    return where(only, takeAlong(mul(g, others), ids, axis), plain)
  },
])

/** Those that are equal to the extreme share its gradient. */
const shared = (g: Tensor, x: Tensor, ids: Tensor, source: Tensor, axis: number, out: Tensor): readonly [() => Tensor, () => Tensor] => {
  const own = cast(equal(x, out), g.dtype)
  const come = cast(equal(source, takeAlong(out, ids, axis)), g.dtype)
  // where the extreme is NaN nothing is equal to it, and nothing has a gradient
  const part = div(g, maximum(scatterAdd(own, ids, come, axis), 1))
  return [() => mul(part, own), () => mul(takeAlong(part, ids, axis), come)]
}
const largest: Combine = combine('scatterMax', 'max', shared)
const smallest: Combine = combine('scatterMin', 'min', shared)

/** What changes nothing in a reduction of floats. */
const neutral: Readonly<Record<ScatterReduction, number>> = {
  sum: 0,
  mean: 0,
  prod: 1,
  max: Number.NEGATIVE_INFINITY,
  min: Number.POSITIVE_INFINITY,
}

/** Extremes in which NaN wins: the kernel passes over it. */
function withNaN(f: Combine): Combine {
  return (x, ids, source, axis) => {
    const y = f(x, ids, source, axis)
    if (!isFloat(x.dtype)) return y
    const broken = scatterAdd(cast(areNaN(x), 'i32'), ids, cast(areNaN(source), 'i32'), axis)
    return where(greater(broken, 0), Number.NaN, y)
  }
}

/**
 * x with elements of the source combined in the places `ids` name along an axis: `sum`, `prod`, `mean`, `max` or `min` of all that meet in one
 * place, and of x itself unless `includeSelf` is false. Places nothing goes to keep x. Shapes as in `scatter`. Means of integers are rounded down.
 * Gradients as PyTorch has them: equal extremes share; of a product each gets the product of the others. NaN wins as extreme.
 * Throws ShapeError when the axes do not fit, DtypeError when dtypes differ; a run fails when an id is outside.
 *
 * @example scatterReduce(tensor([1, 2]), tensor([0, 0, 1], { dtype: 'i32' }), tensor([5, 3, 1]), 'max') // [5, 2]
 */
export function scatterReduce<D extends Dtype>(
  x: Tensor<D>,
  ids: Tensor,
  source: Tensor,
  reduce: ScatterReduction,
  options?: ScatterReduceOptions,
): Tensor<Computed[D]>
export function scatterReduce(
  x: Tensor,
  ids: Tensor,
  source: Tensor,
  reduce: ScatterReduction,
  { axis = -1, includeSelf = true }: ScatterReduceOptions = {},
): Tensor {
  if (!['sum', 'prod', 'mean', 'max', 'min'].includes(reduce))
    throw new HebbError(`scatterReduce: '${reduce}' is no reduction: give 'sum', 'prod', 'mean', 'max' or 'min'`)
  if (source.dtype !== x.dtype) throw new DtypeError(`scatterReduce: x is ${x.dtype}, the source ${source.dtype}: cast one of them`)
  if (x.dtype === 'bool') throw new DtypeError('scatterReduce: booleans have no sums or extremes: cast x and the source to u8 or i32')
  if (x.rank === 0 && ids.rank === 0 && source.rank === 0) {
    const one = (t: Tensor): Tensor => reshape(t, [1])
    return reshape(scatterReduce(one(x), one(ids), one(source), reduce, { axis, includeSelf }), [])
  }
  const along = axisOf(axis, x.rank, 'scatterReduce')
  const places = indices(ids, 'scatterReduce')
  const fits =
    ids.rank === x.rank && source.rank === x.rank && ids.shape.every((d, i) => (i === along || d <= x.shape[i]!) && d <= source.shape[i]!)
  if (!fits)
    throw new ShapeError(
      `scatterReduce: ids need as many axes as x and the source, and none longer than theirs but axis ${along} of x\n` +
        `  inputs: x ${describe(x)}, ids ${describe(ids)}, source ${describe(source)}`,
    )
  const dtype = computeDtype(x.dtype)
  const from = slice(
    cast(source, dtype),
    ids.shape.map((d) => [0, d]),
  )
  const own = cast(x, dtype)
  // integers have no infinity: one of those that come is as good a beginning, and needs no gradient
  const extreme = reduce === 'max' || reduce === 'min'
  const beginning = extreme && !isFloat(dtype) ? from : expand(literal(neutral[reduce], dtype), ids.shape)
  const start = includeSelf ? own : scatter(own, places, beginning, along)
  if (reduce === 'prod') return multiply(start, places, from, along)
  if (reduce === 'max') return withNaN(largest)(start, places, from, along)
  if (reduce === 'min') return withNaN(smallest)(start, places, from, along)
  const total = scatterAdd(start, places, from, along)
  if (reduce === 'sum') return total
  const none = includeSelf ? ones(x.shape, { dtype }) : zeros(x.shape, { dtype })
  const count = maximum(scatterAdd(none, places, ones(ids.shape, { dtype }), along), 1)
  return isFloat(dtype) ? div(total, count) : floorDiv(total, count)
}
