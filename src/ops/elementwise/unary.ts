/** Functions of one number, element by element. */

import { defineOp, type Emit } from '../../graph/op.js'
import { type Dtype, isFloat, numberDtypes } from '../../tensor/dtype.js'
import type { Computed, Fractional, Rounded } from '../../tensor/dtypes.js'
import { HebbError } from '../../tensor/errors.js'
import { sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { add, div, mul, neg, sub } from './arithmetic.js'
import { erfDouble } from './erf64.js'
import { emitAtan, emitLog1p, emitSigmoid } from './precise.js'
import { computed, real } from './real.js'

type Unary<T extends Record<Dtype, Dtype> = Fractional> = <D extends Dtype>(x: Tensor<D>) => Tensor<T[D]>
type Lower = string | ((e: Emit, x: string, dtype: Dtype) => string)

const unary = <T extends Record<Dtype, Dtype> = Fractional>(
  name: string,
  onnx: Lower,
  vjp?: (g: Tensor, x: Tensor, y: Tensor) => Tensor,
  from: (x: Tensor) => Tensor = real,
): Unary<T> =>
  defineOp({
    name,
    kernels: numberDtypes,
    args: (x: Tensor) => [[from(x)], {}],
    spec: ([x]) => x!,
    vjp: vjp && ((g, { inputs: [x], out }) => [vjp(g, x!, out)]),
    onnx: (e, [x], _, node) => (typeof onnx === 'string' ? e(onnx, [x]) : onnx(e, x!, node.outputs[0]!.dtype)),
    flops: (node) => sizeOf(node.outputs[0]!.shape),
  })

/** eˣ */
export const exp: Unary = unary('exp', 'Exp', (g, _, y) => mul(g, y))
/** Natural logarithm; −∞ at 0, NaN below. */
export const log: Unary = unary('log', 'Log', (g, x) => div(g, x))
/** log₂ x */
export const log2: Unary = unary(
  'log2',
  (e, x, d) => e('Mul', [e('Log', [x]), e.scalar(Math.LOG2E, d)]),
  (g, x) => div(g, mul(x, Math.LN2)),
)
/** √x; NaN below 0. */
export const sqrt: Unary = unary('sqrt', 'Sqrt', (g, _, y) => div(g, mul(y, 2)))
/** 1 / √x */
export const rsqrt: Unary = unary(
  'rsqrt',
  (e, x, d) => e('Div', [e.scalar(1, d), e('Sqrt', [x])]),
  (g, x, y) => mul(g, mul(div(y, x), -0.5)),
)
/** 1 / x */
export const reciprocal: Unary = unary('reciprocal', 'Reciprocal', (g, _, y) => neg(mul(g, mul(y, y))))
/** x² */
export const square: Unary<Computed> = unary(
  'square',
  (e, x) => e('Mul', [x, x]),
  (g, x) => mul(g, mul(x, 2)),
  computed,
)
/** sin x, x in radians */
export const sin: Unary = unary('sin', 'Sin', (g, x) => mul(g, cos(x)))
/** cos x, x in radians */
export const cos: Unary = unary('cos', 'Cos', (g, x) => neg(mul(g, sin(x))))
/** tan x, x in radians */
export const tan: Unary = unary(
  'tan',
  (e, x) => e('Div', [e('Sin', [x]), e('Cos', [x])]),
  (g, _, y) => mul(g, add(square(y), 1)),
)
/** Inverse of tan, in (−π/2, π/2). */
export const atan: Unary = unary('atan', emitAtan, (g, x) => div(g, add(square(x), 1)))
/** (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ) */
export const tanh: Unary = unary('tanh', 'Tanh', (g, _, y) => mul(g, sub(1, square(y))))
/** 1 / (1 + e⁻ˣ) */
export const sigmoid: Unary = unary('sigmoid', emitSigmoid, (g, _, y) => mul(g, mul(y, sub(1, y))))
/** The error function 2/√π ∫₀ˣ e^(−t²) dt. */
export const erf: Unary = unary(
  'erf',
  (e, x, d) => (d === 'f64' ? erfDouble(e, x) : e('Erf', [x])),
  (g, x) => mul(g, mul(exp(neg(square(x))), 2 / Math.sqrt(Math.PI))),
)
/** |x|; the gradient at 0 is 0. */
export const abs: Unary<Computed> = unary('abs', 'Abs', (g, x) => mul(g, sign(x)), computed)
/** −1, 0 or 1; gradient 0. */
export const sign: Unary<Computed> = unary('sign', 'Sign', undefined, computed)
/** Integers are whole already; booleans become f32. */
const rounding = (name: string, onnx: string): Unary<Rounded> => {
  const rounded = unary(name, onnx)
  function call<D extends Dtype>(x: Tensor<D>): Tensor<Rounded[D]>
  function call(x: Tensor): Tensor {
    return isFloat(x.dtype) || x.dtype === 'bool' ? rounded(x) : x
  }
  return call
}
/** The largest whole number not above x; gradient 0. */
export const floor: Unary<Rounded> = rounding('floor', 'Floor')
/** The smallest whole number not below x; gradient 0. */
export const ceil: Unary<Rounded> = rounding('ceil', 'Ceil')
const nearest: Unary<Rounded> = rounding('round', 'Round')

/**
 * The nearest number with so many decimals, halves to even; negative `decimals` round to tens, hundreds, …; gradient 0.
 * Default 0: whole numbers. Throws HebbError for decimals that are not whole.
 */
export function round<D extends Dtype>(x: Tensor<D>, decimals?: number): Tensor<Rounded[D]>
export function round(x: Tensor, decimals = 0): Tensor {
  if (!Number.isInteger(decimals)) throw new HebbError(`round: ${decimals} is no number of decimals: give a whole number`)
  if (decimals === 0 || (decimals > 0 && !isFloat(x.dtype) && x.dtype !== 'bool')) return nearest(x)
  const scale = 10 ** Math.abs(decimals)
  return decimals > 0 ? div(nearest(mul(real(x), scale)), scale) : mul(nearest(div(real(x), scale)), scale)
}

/** eˣ − 1, exact near 0: tanh(x/2) · (eˣ + 1). */
export const expm1: Unary = unary(
  'expm1',
  (e, x, d) => {
    // where eˣ overflows tanh is 1 already; where it vanishes the product is −1
    const t = e('Tanh', [e('Mul', [x, e.scalar(0.5, d)])])
    return e('Mul', [t, e('Add', [e('Exp', [x]), e.scalar(1, d)])])
  },
  (g, x) => mul(g, exp(x)),
)

/** log(1 + x), exact near 0. */
export const log1p: Unary = unary('log1p', emitLog1p, (g, x) => div(g, add(x, 1)))
