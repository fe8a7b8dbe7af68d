/** Choosing element by element: where, maskedFill, clamp. */

import { literal } from '../../graph/leaf.js'
import { defineOp } from '../../graph/op.js'
import type { Dtype } from '../../tensor/dtype.js'
import { isFloat, numberDtypes } from '../../tensor/dtype.js'
import type { Computed, Limited, Meet } from '../../tensor/dtypes.js'
import { DtypeError } from '../../tensor/errors.js'
import { broadcast } from '../../tensor/shape.js'
import { Tensor } from '../../tensor/tensor.js'
import { mul } from './arithmetic.js'
import { type Operand, operands, unbroadcast } from './broadcasting.js'
import { cast } from './cast.js'
import { and, greaterEqual, lessEqual, notEqual, or } from './compare.js'

/** `a` where the condition is true, else `b`, broadcasting all three. Throws DtypeError unless the condition is bool. */
export const where: <const A extends Operand, const B extends Operand>(condition: Tensor, a: A, b: B) => Tensor<Meet<A, B>> = defineOp({
  name: 'where',
  kernels: numberDtypes,
  data: 1,
  broadcasts: true,
  args: (condition: Tensor, a: Operand, b: Operand) => {
    if (condition.dtype !== 'bool')
      throw new DtypeError(`where: the condition is ${condition.dtype}, not bool: compare it first, as in x.greater(0)`)
    return [[condition, ...operands(a, b)], {}]
  },
  spec: (inputs) => ({
    shape: broadcast(
      inputs.map((t) => t.shape),
      'where',
    ),
    dtype: inputs[1]!.dtype,
  }),
  vjp: (g, { inputs: [condition, a, b], needs }) => [
    undefined,
    needs[1] ? unbroadcast(where(condition!, g, 0), a!) : undefined,
    needs[2] ? unbroadcast(where(condition!, 0, g), b!) : undefined,
  ],
  onnx: (e, inputs) => e('Where', inputs),
})

/** x with `value` where the mask is true. */
export function maskedFill<D extends Dtype>(x: Tensor<D>, mask: Tensor, value: number): Tensor<Computed[D]>
export function maskedFill(x: Tensor, mask: Tensor, value: number): Tensor {
  return where(mask, literal(value, x.dtype), x)
}

/**
 * x limited to [min, max]; either may be missing, a number, or a tensor that broadcasts. The gradient passes inside and at the limits; outside it
 * is 0, or goes to the limit that is taken. Where min is above max the result is max. NaN as limit gives NaN. Integers with a limit that is a
 * fraction, and booleans, become what they become in sums.
 */
export function clamp<D extends Dtype>(x: Tensor<D>, limits: { min?: number | undefined; max?: number | undefined }): Tensor<Limited[D]>
export function clamp(x: Tensor, limits: { min?: Operand | undefined; max?: Operand | undefined }): Tensor
export function clamp(x: Tensor, { min, max }: { min?: Operand | undefined; max?: Operand | undefined }): Tensor {
  if (min instanceof Tensor || max instanceof Tensor) {
    const above = min === undefined ? x : where(or(greaterEqual(x, min), notEqual(x, x)), x, min)
    return max === undefined ? above : where(or(lessEqual(above, max), notEqual(above, above)), above, max)
  }
  return limit(
    [min, max].reduce((y: Tensor, v) => (v === undefined || isFloat(x.dtype) ? y : operands(y, v)[0]), x),
    min,
    max,
  )
}

const limit = defineOp({
  name: 'clamp',
  kernels: numberDtypes,
  args: (x: Tensor, min: number | undefined, max: number | undefined) => [[x], { min, max }],
  spec: ([x]) => x!,
  vjp: (g, { inputs: [x], attrs: { min, max } }) => {
    const above = min === undefined ? undefined : greaterEqual(x!, min)
    const below = max === undefined ? undefined : lessEqual(x!, max)
    const inside = above && below ? and(above, below) : (above ?? below)
    return [inside ? mul(g, cast(inside, g.dtype)) : g]
  },
  onnx: (e, [x], { min, max }, node) => {
    const { dtype } = node.outputs[0]!
    let y = x!
    if (min !== undefined) y = e('Max', [y, e.scalar(min, dtype)])
    if (max !== undefined) y = e('Min', [y, e.scalar(max, dtype)])
    return y === x ? e('Identity', [x]) : y
  },
})
