/** Writing by index without changing anything in place: indexPut, indexAdd. */

import { describe, literal } from '../../graph/leaf.js'
import type { Dtype } from '../../tensor/dtype.js'
import { computeDtype } from '../../tensor/dtype.js'
import type { Computed } from '../../tensor/dtypes.js'
import { DtypeError, ShapeError } from '../../tensor/errors.js'
import { axisOf, sameShape, showShape, sizeOf } from '../../tensor/shape.js'
import { Tensor } from '../../tensor/tensor.js'
import { add, mul } from '../elementwise/arithmetic.js'
import type { Operand } from '../elementwise/broadcasting.js'
import { cast } from '../elementwise/cast.js'
import { computed } from '../elementwise/real.js'
import { where } from '../elementwise/select.js'
import { arange } from '../move/create.js'
import { expand, reshape, transpose } from '../move/reshape.js'
import { scatter, scatterAdd } from './along.js'
import { indices } from './ids.js'
import type { Index } from './indexing.js'
import { partAt } from './places.js'
import { sumRows } from './rows.js'

function valuesFor(op: string, x: Tensor, values: Operand): Tensor {
  if (typeof values === 'number') return literal(values, computeDtype(x.dtype))
  if (values.dtype !== x.dtype) throw new DtypeError(`${op}: x is ${x.dtype}, the values ${values.dtype}: cast one of them`)
  return cast(values, computeDtype(x.dtype))
}

function stretched(op: string, values: Tensor, shape: readonly number[]): Tensor {
  const extra = values.rank - shape.length
  const fits = values.shape.every((d, i) => d === 1 || (i >= extra && d === shape[i - extra]))
  if (!fits) throw new ShapeError(`${op}: values ${describe(values)} do not broadcast to the places, which are ${showShape(shape)}`)
  return expand(reshape(values, values.shape.slice(Math.max(0, extra))), shape)
}

/** The mask of an index that is nothing but one whose values are not known: it can be written by choosing, without knowing how many are true. */
function openMask(index: readonly Index[]): Tensor | undefined {
  const [mask, ...rest] = index
  const alone = mask instanceof Tensor && mask.dtype === 'bool' && !mask.value && rest.every((i) => i === ':' || i === '...')
  return alone ? mask : undefined
}

/**
 * x with `values` at an index, whose items are those of {@link at} as a list: `x[index] = values` as a new tensor. The values, a number or a tensor
 * of x's dtype, broadcast to the shape of `at(x, ...index)`. Of several for one place the last stays, or with `accumulate` all are added to
 * what is there. Gradients go to x where it stayed and to the values that stayed. A mask alone need not be known, if the values do not
 * depend on how many are true.
 *
 * Throws like `at`, ShapeError when the values do not broadcast, DtypeError when they have another dtype.
 *
 * @example indexPut(tensor([1, 2, 3]), [[0, 2]], 9) // [9, 2, 9]
 * @example indexPut(tensor([1, 2, 3]), [[0, 0]], tensor([10, 20]), { accumulate: true }) // [31, 2, 3]
 */
export function indexPut<D extends Dtype>(
  x: Tensor<D>,
  index: readonly Index[],
  values: Operand,
  options?: { accumulate?: boolean | undefined },
): Tensor<Computed[D]>
export function indexPut(
  x: Tensor,
  index: readonly Index[],
  values: Operand,
  { accumulate = false }: { accumulate?: boolean | undefined } = {},
): Tensor {
  const written = valuesFor('indexPut', x, values)
  const mask = openMask(index)
  if (mask) {
    if (!sameShape(mask.shape, x.shape.slice(0, mask.rank)))
      throw new ShapeError(`indexPut: a mask ${describe(mask)} does not fit the first axes of ${describe(x)}: its sizes must be theirs`)
    const rest = x.shape.slice(mask.rank)
    const chosen = reshape(mask, [...mask.shape, ...rest.map(() => 1)])
    const value = stretched('indexPut', written, rest)
    return accumulate ? add(x, where(chosen, value, 0)) : where(chosen, value, x)
  }
  const count = sizeOf(x.shape)
  const all = reshape(arange(0, count, 1, { dtype: count > 2 ** 31 - 1 ? 'i64' : 'i32' }), x.shape)
  const places = partAt('indexPut', all, index, x)
  const source = reshape(stretched('indexPut', written, places.shape), [places.size])
  const [flat, list] = [reshape(computed(x), [count]), reshape(places, [places.size])]
  const y = !accumulate
    ? scatter(flat, list, source, 0)
    : x.dtype === 'bool'
      ? cast(scatterAdd(cast(flat, 'i32'), list, cast(source, 'i32'), 0), 'bool')
      : scatterAdd(flat, list, source, 0)
  return reshape(y, x.shape)
}

/**
 * x with slices of the source added along an axis (default 0): y[ids[i]] = x[ids[i]] + alpha · source[i] for the first; slices that meet in one
 * place all count. ids (n), source as x but n long along the axis; negative ids count from the end. The gradient of the source is `take` of the
 * result's. Throws ShapeError when shapes do not fit, DtypeError when dtypes differ; a run fails when an id is outside.
 *
 * @example indexAdd(tensor([1, 2, 3]), tensor([0, 0], { dtype: 'i32' }), tensor([10, 20])) // [31, 2, 3]
 */
export function indexAdd<D extends Dtype>(
  x: Tensor<D>,
  ids: Tensor,
  source: Tensor,
  axis?: number,
  options?: { alpha?: number | undefined },
): Tensor<Computed[D]>
export function indexAdd(x: Tensor, ids: Tensor, source: Tensor, axis = 0, { alpha = 1 }: { alpha?: number | undefined } = {}): Tensor {
  const along = axisOf(axis, x.rank, 'indexAdd')
  const list = indices(ids, 'indexAdd')
  const shape = x.shape.map((d, i) => (i === along ? ids.size : d))
  if (ids.rank !== 1 || !sameShape(source.shape, shape))
    throw new ShapeError(
      `indexAdd: ids are a list, and the source has one slice along axis ${axis} for each\n  inputs: x ${describe(x)}, ids ${describe(ids)}, source ${describe(source)}`,
    )
  const rows = valuesFor('indexAdd', x, source)
  const dtype = rows.dtype === 'bool' || rows.dtype === 'u8' ? 'i32' : rows.dtype
  const others = x.shape.flatMap((_, i) => (i === along ? [] : [i]))
  const rest = others.map((i) => x.shape[i]!)
  const scaled = alpha === 1 ? cast(rows, dtype) : mul(cast(rows, dtype), alpha)
  const summed = sumRows(reshape(transpose(scaled, [along, ...others]), [ids.size, sizeOf(rest)]), list, x.shape[along]!)
  const back = x.shape.map((_, i) => (i === along ? 0 : others.indexOf(i) + 1))
  return cast(add(cast(x, dtype), transpose(reshape(summed, [x.shape[along]!, ...rest]), back)), rows.dtype)
}
