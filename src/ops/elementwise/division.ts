/** Division with whole results, and what is left: floorDiv, fmod, gcd, lcm. */

import { type Dtype, isFloat, wideDtypes } from '../../tensor/dtype.js'
import type { Tensor } from '../../tensor/tensor.js'
import { div, mul, neg } from './arithmetic.js'
import { type Operand, operands } from './broadcasting.js'
import { cast } from './cast.js'
import { equal } from './compare.js'
import { type Binary, binary, needWhole } from './define.js'
import { safeDivisor } from './precise.js'
import { computed } from './real.js'
import { where } from './select.js'
import { trunc } from './signs.js'
import { abs } from './unary.js'

const integers: readonly Dtype[] = ['i32', 'i64']
/** Booleans are numbers here. */
const counted = (x: Tensor): Tensor => (x.dtype === 'bool' ? cast(x, 'i32') : computed(x))

/** Remainder with the sign of x, as C's and PyTorch's `fmod`: x − other · trunc(x/other), broadcasting; by 0 NaN, of integers 0. */
export const fmod: Binary = binary({
  name: 'fmod',
  from: counted,
  kernels: wideDtypes,
  onnx: (e, a, b, d) => {
    if (isFloat(d)) return e('Mod', [a, b], { fmod: 1 })
    // the kernel takes integers through f64
    const { safe } = safeDivisor(e, b, d)
    return e('Sub', [a, e('Mul', [e('Div', [a, safe]), safe])])
  },
  vjp: (g, a, b) => [() => g, () => neg(mul(g, trunc(div(a, b))))],
})

/**
 * ⌊x/other⌋ as Python's `//`, broadcasting: rounded down, so that x = other · floorDiv + mod. Floats keep their dtype and give ±∞ or NaN by 0,
 * integers 0. No gradient.
 */
export const floorDiv: Binary = binary({
  name: 'floorDiv',
  from: counted,
  kernels: wideDtypes,
  onnx: (e, a, b, d) => {
    const zero = e.scalar(0, d)
    const less = (x: string): string => e('Less', [x, zero])
    if (!isFloat(d)) {
      const { zero: by0, minus, safe } = safeDivisor(e, b, d)
      const quotient = e('Div', [a, safe])
      const rest = e('Sub', [a, e('Mul', [quotient, safe])])
      const above = e('And', [e('Not', [e('Equal', [rest, zero])]), e('Xor', [less(rest), less(safe)])])
      const floor = e('Sub', [quotient, e.cast(above, d)])
      return e('Where', [by0, zero, e('Where', [minus, e('Sub', [zero, a]), floor])])
    }
    const rest = e('Mod', [a, b], { fmod: 1 })
    const above = e('And', [e('Not', [e('Equal', [rest, zero])]), e('Xor', [less(rest), less(b)])])
    const exact = e('Sub', [e('Div', [e('Sub', [a, rest]), b]), e.cast(above, d)])
    const floor = e('Floor', [exact])
    // the division before may have rounded to just below a whole number
    const nearest = e('Where', [e('Greater', [e('Sub', [exact, floor]), e.scalar(0.5, d)]), e('Add', [floor, e.scalar(1, d)]), floor])
    return e('Where', [e('Equal', [b, zero]), e('Div', [a, b]), nearest])
  },
})

/** Steps after which Euclid's algorithm has ended for every pair: Fibonacci numbers are the slowest. */
const steps: Partial<Record<Dtype, number>> = { i32: 46, i64: 91 }

/** The greatest common divisor of whole numbers, from 0 up, broadcasting; gcd(0, x) is |x|. Throws DtypeError for floats. */
export const gcd: Binary = binary({
  name: 'gcd',
  from: (x) => counted(needWhole('gcd', x)),
  kernels: integers,
  onnx: (e, a, b, d) => {
    const zero = e.scalar(0, d)
    let [x, y] = [e('Add', [e('Abs', [a]), e('Mul', [b, zero])]), e('Add', [e('Abs', [b]), e('Mul', [a, zero])])]
    for (let i = 0; i < steps[d]!; i++) {
      const ended = e('Equal', [y, zero])
      const rest = e('Mod', [x, safeDivisor(e, y, d).safe])
      ;[x, y] = [e('Where', [ended, x, y]), e('Where', [ended, zero, rest])]
    }
    return x
  },
})

/** The least common multiple of whole numbers, from 0 up, broadcasting; 0 where one is 0. Throws DtypeError for floats. */
export function lcm(x: Operand, other: Operand): Tensor {
  const [a, b] = operands(x, other).map(counted) as [Tensor, Tensor]
  const shared = gcd(a, b)
  return abs(mul(floorDiv(a, where(equal(shared, 0), 1, shared)), b))
}
