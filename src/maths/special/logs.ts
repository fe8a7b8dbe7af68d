/** Logarithms and exponentials of other bases, of sums and of chances. */

import { add, div, mul, neg, sub } from '../../ops/elementwise/arithmetic.js'
import type { Operand } from '../../ops/elementwise/broadcasting.js'
import { and, equal, less } from '../../ops/elementwise/compare.js'
import { type Binary, binary, realUnary, type Unary } from '../../ops/elementwise/define.js'
import { emitLog1p } from '../../ops/elementwise/precise.js'
import { real } from '../../ops/elementwise/real.js'
import { clamp, where } from '../../ops/elementwise/select.js'
import { exp, log, log1p, sin } from '../../ops/elementwise/unary.js'
import { HebbError } from '../../tensor/errors.js'
import type { Tensor } from '../../tensor/tensor.js'

/** log₁₀ x, exact for powers of ten; −∞ at 0, NaN below. */
export const log10: Unary = realUnary(
  'log10',
  (e, x, d) => {
    const wide = e.cast(x, 'f64')
    const y = e('Mul', [e('Log', [wide]), e.scalar(Math.LOG10E, 'f64')])
    const near = e('Round', [y])
    const whole = e('Equal', [e('Pow', [e.scalar(10, 'f64'), near]), wide])
    return e.cast(e('Where', [whole, near, y]), d)
  },
  (g, x) => div(g, mul(x, Math.LN10)),
)

/** 2ˣ */
export const exp2: Unary = realUnary(
  'exp2',
  (e, x, d) => e('Pow', [e.scalar(2, d), x]),
  (g, _, y) => mul(g, mul(y, Math.LN2)),
)

/** logₐ(aˣ + aʸ) = max + logₐ(1 + a^−|x − y|), and x + logₐ 2 where both are equal, infinities included. */
const logAdd = (name: string, base: number): Binary =>
  binary({
    name,
    from: real,
    onnx: (e, x, y, d) => {
      const scale = e.scalar(Math.log(base), d)
      const apart = e('Neg', [e('Abs', [e('Sub', [x, y])])])
      const more = e('Div', [emitLog1p(e, e('Exp', [e('Mul', [apart, scale])]), d), scale])
      const twice = e('Add', [x, e.scalar(Math.LN2 / Math.log(base), d)])
      return e('Where', [e('Equal', [x, y]), twice, e('Add', [e('Max', [x, y]), more])])
    },
    vjp: (g, x, y) => {
      const share = (a: Tensor, b: Tensor): Tensor => {
        const same = equal(a, b)
        const apart = where(same, 0, mul(sub(b, a), Math.log(base)))
        return div(g, add(exp(apart), 1))
      }
      return [() => share(x, y), () => share(y, x)]
    },
  })

/** log(eˣ + eʸ) without overflow, broadcasting. */
export const logaddexp: Binary = logAdd('logaddexp', Math.E)

/** log₂(2ˣ + 2ʸ) without overflow, broadcasting. */
export const logaddexp2: Binary = logAdd('logaddexp2', 2)

/** x · log y, and 0 where x is 0 (NaN where y is NaN), broadcasting; the gradient there is 0 as well unless y is above 0. */
export const xlogy: Binary = binary({
  name: 'xlogy',
  from: real,
  onnx: (e, x, y, d) => {
    const zero = e.scalar(0, d)
    const none = e('And', [e('Equal', [x, zero]), e('Not', [e('IsNaN', [y])])])
    return e('Where', [none, zero, e('Mul', [x, e('Log', [y])])])
  },
  vjp: (g, x, y) => {
    const zero = equal(x, 0)
    return [
      () => {
        const nothing = and(zero, equal(clamp(y, { min: 0 }), 0))
        return where(nothing, 0, mul(g, log(where(nothing, 1, y))))
      },
      () => where(zero, 0, div(mul(g, x), where(zero, 1, y))),
    ]
  },
})

/** log(x/(1 − x)), the inverse of sigmoid; ±∞ at 1 and 0, NaN outside. With `epsilon` x is kept in [ε, 1 − ε] first. */
export function logit(x: Tensor, { epsilon }: { epsilon?: number | undefined } = {}): Tensor {
  if (epsilon !== undefined && !(epsilon >= 0 && epsilon <= 0.5)) throw new HebbError(`logit: epsilon ${epsilon} is not between 0 and 0.5`)
  const chance = epsilon === undefined ? real(x) : clamp(real(x), { min: epsilon, max: 1 - epsilon })
  return sub(log(chance), log1p(neg(chance)))
}

/** sin(πx)/(πx), 1 at 0. */
export function sinc(x: Tensor): Tensor {
  const y = real(x)
  const zero = equal(y, 0)
  const angle = mul(where(zero, 1, y), Math.PI)
  return where(zero, 1, div(sin(angle), angle))
}

/** a + w · (b − a): x at weight 0, `end` at 1, exactly so at both; broadcasting. */
export function lerp(x: Tensor, end: Operand, weight: Operand): Tensor {
  const [a, b] = [real(x), typeof end === 'number' ? end : real(end)]
  const span = sub(b, a)
  if (typeof weight === 'number') return weight < 0.5 ? add(mul(span, weight), a) : sub(b, mul(span, 1 - weight))
  return where(less(weight, 0.5), add(mul(span, weight), a), sub(b, mul(span, sub(1, weight))))
}
