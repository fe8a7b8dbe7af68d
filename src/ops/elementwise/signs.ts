/** Signs, whole parts, and numbers that are none: trunc, isInf, nanToNum, copySign, heaviside. */

import { computeDtype, type Dtype, isFloat } from '../../tensor/dtype.js'
import type { Computed, Fractional } from '../../tensor/dtypes.js'
import type { Tensor } from '../../tensor/tensor.js'
import { neg, sub } from './arithmetic.js'
import { type Operand, operands } from './broadcasting.js'
import { cast } from './cast.js'
import { equal, greater, less, notEqual, or } from './compare.js'
import { real } from './real.js'
import { where } from './select.js'
import { abs, ceil, floor, reciprocal } from './unary.js'

const whole = (x: Tensor): Tensor => (isFloat(x.dtype) ? real(x) : x)

/** x without its fraction, toward 0; integers stay; gradient 0. NumPy's `fix`. */
export function trunc<D extends Dtype>(x: Tensor<D>): Tensor<Computed[D]>
export function trunc(x: Tensor): Tensor {
  if (!isFloat(x.dtype)) return x
  const y = real(x)
  return where(less(y, 0), ceil(y), floor(y))
}

/** The fraction of x, with its sign: x − trunc(x). */
export function frac<D extends Dtype>(x: Tensor<D>): Tensor<Computed[D]>
export function frac(x: Tensor): Tensor {
  return sub(whole(x), trunc(x))
}

/** True where x is ∞ or −∞. */
export function isInf(x: Tensor): Tensor<'bool'>
export function isInf(x: Tensor): Tensor {
  return or(isPosInf(x), isNegInf(x))
}

/** True where x is ∞. */
export function isPosInf(x: Tensor): Tensor<'bool'>
export function isPosInf(x: Tensor): Tensor {
  return equal(x, Number.POSITIVE_INFINITY)
}

/** True where x is −∞. */
export function isNegInf(x: Tensor): Tensor<'bool'>
export function isNegInf(x: Tensor): Tensor {
  return equal(x, Number.NEGATIVE_INFINITY)
}

/** What stands for numbers that are none. */
export interface NanToNumOptions {
  /** for NaN; default 0 */
  nan?: number | undefined
  /** for ∞; default the largest number of the dtype */
  posInf?: number | undefined
  /** for −∞; default the smallest number of the dtype */
  negInf?: number | undefined
}

const largest32 = 3.4028234663852886e38

/** x with NaN and ±∞ replaced by numbers; the gradient there is 0. Integers stay. */
export function nanToNum<D extends Dtype>(x: Tensor<D>, options?: NanToNumOptions): Tensor<Computed[D]>
export function nanToNum(x: Tensor, { nan = 0, posInf, negInf }: NanToNumOptions = {}): Tensor {
  if (!isFloat(x.dtype)) return x
  const y = real(x)
  const most = y.dtype === 'f64' ? Number.MAX_VALUE : largest32
  const finite = where(equal(y, Number.POSITIVE_INFINITY), posInf ?? most, where(equal(y, Number.NEGATIVE_INFINITY), negInf ?? -most, y))
  return where(notEqual(y, y), nan, finite)
}

/** True where the sign is minus, −0 included. */
export function signBit(x: Tensor): Tensor<'bool'>
export function signBit(x: Tensor): Tensor {
  const y = cast(x, x.dtype === 'bool' ? 'i32' : computeDtype(x.dtype))
  return isFloat(y.dtype) ? less(where(equal(y, 0), reciprocal(y), y), 0) : less(y, 0)
}

/** |x| with the sign of `other`, which may be −0; broadcasting. The gradient of x is its change of sign, 0 at 0; `other` has none. */
export function copySign<D extends Dtype>(x: Tensor<D>, other: Operand): Tensor<Fractional[D]>
export function copySign(x: Tensor, other: Operand): Tensor {
  const size = abs(real(x))
  const minus = typeof other === 'number' ? undefined : signBit(other)
  if (minus) return where(minus, neg(size), size)
  return Number(other) < 0 || Object.is(other, -0) ? neg(size) : size
}

/** The step: 0 below 0, 1 above, `atZero` at 0 (broadcasting), NaN for NaN; gradient 0. */
export function heaviside(x: Tensor, atZero: Operand): Tensor {
  const [y, middle] = operands(x, atZero)
  const step = where(equal(y, 0), middle, cast(greater(y, 0), y.dtype === 'bool' ? 'i32' : y.dtype))
  return isFloat(y.dtype) ? where(notEqual(y, y), y, step) : step
}
