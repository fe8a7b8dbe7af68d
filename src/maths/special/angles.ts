/** Angles and hyperbolic functions, with their inverses, to full precision in f32 and f64. */
import type { Emit } from '../../graph/op.js'
import { add, div, mul, neg, sub } from '../../ops/elementwise/arithmetic.js'
import { equal } from '../../ops/elementwise/compare.js'
import { type Binary, binary, realUnary, type Unary } from '../../ops/elementwise/define.js'
import { emitAtan, emitLog1p } from '../../ops/elementwise/precise.js'
import { real } from '../../ops/elementwise/real.js'
import { where } from '../../ops/elementwise/select.js'
import { rsqrt, sqrt, square } from '../../ops/elementwise/unary.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Tensor } from '../../tensor/tensor.js'

/** √(1 − x²) without loss near ±1. */
const emitCosine = (e: Emit, x: string, d: Dtype): string =>
  e('Sqrt', [e('Mul', [e('Sub', [e.scalar(1, d), x]), e('Add', [e.scalar(1, d), x])])])
const cosineOf = (x: Tensor): Tensor => sqrt(mul(sub(1, x), add(x, 1)))

/** Inverse of sin, in [−π/2, π/2]; NaN outside [−1, 1]. */
export const asin: Unary = realUnary(
  'asin',
  (e, x, d) => (d === 'f64' ? emitAtan(e, e('Div', [x, emitCosine(e, x, d)]), d) : e('Asin', [x])),
  (g, x) => div(g, cosineOf(x)),
)

/** Inverse of cos, in [0, π]; NaN outside [−1, 1]. */
export const acos: Unary = realUnary(
  'acos',
  (e, x, d) => {
    if (d !== 'f64') return e('Acos', [x])
    const one = e.scalar(1, d)
    const half = e('Sqrt', [e('Div', [e('Sub', [one, x]), e('Add', [one, x])])])
    return e('Mul', [emitAtan(e, half, d), e.scalar(2, d)])
  },
  (g, x) => neg(div(g, cosineOf(x))),
)

/** Whether a number's sign is minus, −0 included. */
function emitMinus(e: Emit, x: string, d: Dtype): string {
  const zero = e.scalar(0, d)
  return e('Less', [e('Where', [e('Equal', [x, zero]), e('Reciprocal', [x]), x]), zero])
}

/** The angle of the point (x, y) as seen from 0, in [−π, π]: atan2(y, x), broadcasting. The gradient at (0, 0) is 0. */
export const atan2: Binary = binary({
  name: 'atan2',
  from: real,
  onnx: (e, y, x, d) => {
    const [height, width] = [e('Abs', [y]), e('Abs', [x])]
    const [most, least] = [e('Max', [height, width]), e('Min', [height, width])]
    // 0/0 and ∞/∞ are the two ratios that have to be said
    const ratio = e('Where', [e('Equal', [most, e.scalar(0, d)]), e.scalar(0, d), e('Div', [least, most])])
    const both = e('Where', [e('Equal', [least, e.scalar(Number.POSITIVE_INFINITY, d)]), e.scalar(1, d), ratio])
    const octant = emitAtan(e, both, d)
    const quarter = e('Where', [e('Greater', [height, width]), e('Sub', [e.scalar(Math.PI / 2, d), octant]), octant])
    const half = e('Where', [emitMinus(e, x, d), e('Sub', [e.scalar(Math.PI, d), quarter]), quarter])
    return e('Where', [emitMinus(e, y, d), e('Neg', [half]), half])
  },
  vjp: (g, y, x) => {
    const squared = add(square(x), square(y))
    const none = equal(squared, 0)
    const part = where(none, 0, div(g, where(none, 1, squared)))
    return [() => mul(part, x), () => neg(mul(part, y))]
  },
})

/** (eˣ + e⁻ˣ)/2, whose first half is squared so that it overflows no sooner than the result. */
function emitCosh(e: Emit, x: string, d: Dtype): string {
  const size = e('Abs', [x])
  const root = e('Exp', [e('Mul', [size, e.scalar(0.5, d)])])
  const half = e.scalar(0.5, d)
  return e('Add', [e('Mul', [e('Mul', [root, half]), root]), e('Mul', [e('Exp', [e('Neg', [size])]), half])])
}

/** (eˣ − e⁻ˣ)/2 */
export const sinh: Unary = realUnary(
  'sinh',
  (e, x, d) => (d === 'f64' ? e('Mul', [e('Tanh', [x]), emitCosh(e, x, d)]) : e('Sinh', [x])),
  (g, x) => mul(g, cosh(x)),
)

/** (eˣ + e⁻ˣ)/2 */
export const cosh: Unary = realUnary(
  'cosh',
  (e, x, d) => (d === 'f64' ? emitCosh(e, x, d) : e('Cosh', [x])),
  (g, x) => mul(g, sinh(x)),
)

/** f(|x|) with the sign of x; −0 stays. */
const odd = (e: Emit, x: string, d: Dtype, f: (size: string) => string): string => {
  const y = f(e('Abs', [x]))
  return e('Where', [emitMinus(e, x, d), e('Neg', [y]), y])
}
/** From here on 1 in x² + 1 is nothing, and soon x² overflows. */
const large = 1e9
const emitLogTwice = (e: Emit, x: string, d: Dtype): string => e('Add', [e('Log', [x]), e.scalar(Math.LN2, d)])

/** Inverse of sinh. */
export const asinh: Unary = realUnary(
  'asinh',
  (e, x, d) => {
    if (d !== 'f64') return e('Asinh', [x])
    return odd(e, x, d, (a) => {
      const one = e.scalar(1, d)
      const near = e('Min', [a, e.scalar(large, d)])
      const squared = e('Mul', [near, near])
      const more = e('Div', [squared, e('Add', [one, e('Sqrt', [e('Add', [squared, one])])])])
      return e('Where', [e('Greater', [a, e.scalar(large, d)]), emitLogTwice(e, a, d), emitLog1p(e, e('Add', [near, more]), d)])
    })
  },
  (g, x) => mul(g, rsqrt(add(square(x), 1))),
)

/** Inverse of cosh, from 0 up; NaN below 1. */
export const acosh: Unary = realUnary(
  'acosh',
  (e, x, d) => {
    if (d !== 'f64') return e('Acosh', [x])
    const above = e('Sub', [e('Min', [x, e.scalar(large, d)]), e.scalar(1, d)])
    const root = e('Sqrt', [e('Mul', [above, e('Add', [above, e.scalar(2, d)])])])
    const near = emitLog1p(e, e('Add', [above, root]), d)
    const y = e('Where', [e('Greater', [x, e.scalar(large, d)]), emitLogTwice(e, x, d), near])
    return e('Where', [e('Less', [x, e.scalar(1, d)]), e.scalar(Number.NaN, d), y])
  },
  (g, x) => div(g, mul(sqrt(sub(x, 1)), sqrt(add(x, 1)))),
)

/** Inverse of tanh; ±∞ at ±1, NaN outside. */
export const atanh: Unary = realUnary(
  'atanh',
  (e, x, d) => {
    if (d !== 'f64') return e('Atanh', [x])
    return odd(e, x, d, (a) => {
      const log = emitLog1p(e, e('Div', [e('Add', [a, a]), e('Sub', [e.scalar(1, d), a])]), d)
      return e('Mul', [log, e.scalar(0.5, d)])
    })
  },
  (g, x) => div(g, mul(sub(1, x), add(x, 1))),
)

/** The length of the hypotenuse, √(x² + y²), without overflow on the way; the gradient at (0, 0) is 0. */
export const hypot: Binary = binary({
  name: 'hypot',
  from: real,
  onnx: (e, x, y, d) => {
    const [a, b] = [e('Abs', [x]), e('Abs', [y])]
    const [most, least] = [e('Max', [a, b]), e('Min', [a, b])]
    const ratio = e('Div', [least, e('Where', [e('Equal', [most, e.scalar(0, d)]), e.scalar(1, d), most])])
    const length = e('Mul', [most, e('Sqrt', [e('Add', [e('Mul', [ratio, ratio]), e.scalar(1, d)])])])
    // an infinite side makes it infinite, whatever the other is
    const endless = e('Or', [e('IsInf', [x]), e('IsInf', [y])])
    return e('Where', [endless, e.scalar(Number.POSITIVE_INFINITY, d), length])
  },
  vjp: (g, x, y, out) => {
    const none = equal(out, 0)
    const part = where(none, 0, div(g, where(none, 1, out)))
    return [() => mul(part, x), () => mul(part, y)]
  },
})

/** Degrees in radians: x · π/180. */
export const deg2rad = (x: Tensor): Tensor => mul(real(x), Math.PI / 180)

/** Radians in degrees: x · 180/π. */
export const rad2deg = (x: Tensor): Tensor => mul(real(x), 180 / Math.PI)
