/** Elements by number along one axis: takeAlong, scatter, scatterAdd. */

import { describe, literal } from '../../graph/leaf.js'
import { defineOp } from '../../graph/op.js'
import type { Dtype } from '../../tensor/dtype.js'
import { computeDtype, dtypes, numberDtypes } from '../../tensor/dtype.js'
import type { Computed } from '../../tensor/dtypes.js'
import { DtypeError, ShapeError } from '../../tensor/errors.js'
import { axisOf, sameShape, showShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { mul } from '../elementwise/arithmetic.js'
import { cast } from '../elementwise/cast.js'
import { equal } from '../elementwise/compare.js'
import { computed } from '../elementwise/real.js'
import { arange, zeros } from '../move/create.js'
import { expand, reshape } from '../move/reshape.js'
import { slice } from '../move/slice.js'
import { indices } from './ids.js'

/** Whether ids may address x along `axis`: as many axes, none of the others longer. */
function checkPlaces(op: string, x: Tensor, ids: Tensor, axis: number): void {
  if (ids.rank === x.rank && ids.shape.every((d, i) => i === axis || d <= x.shape[i]!)) return
  throw new ShapeError(
    `${op}: ids need as many axes as x, and none longer than x's but axis ${axis}\n  inputs: x ${describe(x)}, ids ${describe(ids)}`,
  )
}

const gather: (x: Tensor, ids: Tensor, axis: number) => Tensor = defineOp({
  name: 'takeAlong',
  kernels: dtypes,
  places: ([x, ids], { axis }) => ({ ids: ids!, size: x!.shape[axis as number]!, of: x! }),
  args: (x: Tensor, ids: Tensor, axis: number) => [[x, ids], { axis }],
  spec: ([x, ids], { axis }) => {
    checkPlaces('takeAlong', x!, ids!, axis)
    return { shape: ids!.shape, dtype: x!.dtype }
  },
  vjp: (g, { inputs: [x, ids], attrs: { axis } }) => [
    cast(scatterAdd(zeros(x!.shape, { dtype: g.dtype }), ids!, g, axis), g.dtype),
    undefined,
  ],
  onnx: (e, [x, ids], { axis }) => e('GatherElements', [x, ids], { axis }),
})

/**
 * One element per place of `ids`, found along an axis: y[i][j] = x[i][ids[i][j]] for the last of two axes. The result has the shape of `ids`,
 * whose other axes may be shorter than x's. Negative ids count from the end; a run fails when one is outside.
 * Throws ShapeError when the axes do not fit, DtypeError for ids that are not integers.
 */
export function takeAlong<D extends Dtype>(x: Tensor<D>, ids: Tensor, axis?: number): Tensor<D>
export function takeAlong(x: Tensor, ids: Tensor, axis = -1): Tensor {
  return gather(x, indices(ids, 'takeAlong'), axisOf(axis, x.rank, 'takeAlong'))
}

type Scatter = (x: Tensor, ids: Tensor, source: Tensor, axis: number) => Tensor

const spread = (
  name: string,
  reduction: 'none' | 'add',
  vjp: (g: Tensor, ids: Tensor, axis: number) => readonly [() => Tensor, () => Tensor],
): Scatter =>
  defineOp({
    name,
    kernels: reduction === 'none' ? dtypes : numberDtypes,
    empty: ([x]) => [x!],
    places: ([x, ids], { axis }) => ({ ids: ids!, size: x!.shape[axis as number]!, of: x! }),
    args: (x: Tensor, ids: Tensor, source: Tensor, axis: number) => [[x, ids, source], { axis }],
    spec: ([x, ids, source], { axis }) => {
      checkPlaces(name, x!, ids!, axis)
      if (!sameShape(ids!.shape, source!.shape))
        throw new ShapeError(
          `${name}: the source has too few elements for the ids\n  inputs: ids ${describe(ids!)}, source ${describe(source!)}`,
        )
      return x!
    },
    vjp: (g, { inputs: [, ids], attrs: { axis }, needs }) => {
      const rules = vjp(g, ids!, axis)
      return [needs[0] ? rules[0]() : undefined, undefined, needs[2] ? rules[1]() : undefined]
    },
    onnx: (e, [x, ids, source], { axis }) => e('ScatterElements', [x, ids, source], { axis, reduction }),
  })

const replace: Scatter = spread('scatter', 'none', (g, ids, axis) => [
  () => replace(g, ids, zeros(ids.shape, { dtype: g.dtype }), axis),
  () => {
    // of several elements for one place the last one stays, and only it has a gradient
    const order = reshape(arange(ids.size), ids.shape)
    const winner = replace(expand(literal(-1, 'i32'), g.shape), ids, order, axis)
    return mul(takeAlong(g, ids, axis), cast(equal(takeAlong(winner, ids, axis), order), g.dtype))
  },
])

const accumulate: Scatter = spread('scatterAdd', 'add', (g, ids, axis) => [() => g, () => takeAlong(g, ids, axis)])

/** The part of the source that the ids cover, in the dtype x is computed in. */
function covered(op: string, x: Tensor, ids: Tensor, source: Tensor | number): Tensor {
  if (typeof source === 'number') return expand(literal(source, computeDtype(x.dtype)), ids.shape)
  if (source.dtype !== x.dtype) throw new DtypeError(`${op}: x is ${x.dtype}, the source ${source.dtype}: cast one of them`)
  if (source.rank !== ids.rank || source.shape.some((d, i) => d < ids.shape[i]!))
    throw new ShapeError(`${op}: the source ${showShape(source.shape)} has no element for every id of ${showShape(ids.shape)}`)
  return slice(
    computed(source),
    ids.shape.map((d) => [0, d]),
  )
}

/**
 * x with elements of the source in the places `ids` name along an axis: y[i][ids[i][j]] = source[i][j] for the last of two axes.
 * Of several for one place the last stays. The source may be a number. Throws like {@link takeAlong}, and DtypeError when dtypes differ.
 */
export function scatter<D extends Dtype>(x: Tensor<D>, ids: Tensor, source: Tensor | number, axis?: number): Tensor<Computed[D]>
export function scatter(x: Tensor, ids: Tensor, source: Tensor | number, axis = -1): Tensor {
  return replace(computed(x), indices(ids, 'scatter'), covered('scatter', x, ids, source), axisOf(axis, x.rank, 'scatter'))
}

/** x with elements of the source added in the places `ids` name along an axis; all that meet in one place count. Throws like {@link scatter}. */
export function scatterAdd<D extends Dtype>(x: Tensor<D>, ids: Tensor, source: Tensor | number, axis?: number): Tensor<Computed[D]>
export function scatterAdd(x: Tensor, ids: Tensor, source: Tensor | number, axis = -1): Tensor {
  return accumulate(computed(x), indices(ids, 'scatterAdd'), covered('scatterAdd', x, ids, source), axisOf(axis, x.rank, 'scatterAdd'))
}
