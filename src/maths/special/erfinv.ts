/** The inverse of the error function, by rational functions that are right to the last digits of f64. */
import type { Emit } from '../../graph/op.js'
import { mul } from '../../ops/elementwise/arithmetic.js'
import { realUnary, type Unary } from '../../ops/elementwise/define.js'
import { exp, square } from '../../ops/elementwise/unary.js'

/** Numerator and denominator, highest power last, of the normal quantile in the middle, beside it, and far out. [Wichura 1988] */
const middle = [
  [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087, 33430.57558358813,
    2509.0809287301227,
  ],
  [
    1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271, 28729.085735721943,
    5226.495278852854,
  ],
] as const
const beside = [
  [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684, 0.2417807251774506,
    0.022723844989269184, 0.0007745450142783414,
  ],
  [
    1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457, 0.0005475938084995345,
    1.0507500716444169e-9,
  ],
] as const
const far = [
  [
    6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124, 0.0012426609473880784,
    2.7115555687434876e-5, 2.0103343992922881e-7,
  ],
  [
    1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 1.8463183175100548e-5, 1.421511758316446e-7,
    2.0442631033899397e-15,
  ],
] as const

/** The inverse of erf: ±∞ at ±1, NaN outside. The normal quantile of (1 + x)/2, divided by √2. Source: [Wichura 1988] */
export const erfinv: Unary = realUnary(
  'erfinv',
  (e: Emit, input, d) => {
    const number = (v: number): string => e.scalar(v, 'f64')
    const polynomial = (x: string, c: readonly number[]): string =>
      c.slice(0, -1).reduceRight((p, a) => e('Add', [e('Mul', [p, x]), number(a)]), number(c.at(-1)!))
    const ratio = (x: string, [above, below]: readonly (readonly number[])[]): string =>
      e('Div', [polynomial(x, above!), polynomial(x, below!)])
    const x = e.cast(input, 'f64')
    const size = e('Abs', [x])
    const half = e('Mul', [x, number(0.5)])
    const near = e('Mul', [half, ratio(e('Sub', [number(0.180625), e('Mul', [half, half])]), middle)])
    // the share that is left, without loss near ±1
    const left = e('Mul', [e('Sub', [number(1), size]), number(0.5)])
    const depth = e('Sqrt', [e('Neg', [e('Log', [left])])])
    const out = e('Where', [
      e('Greater', [depth, number(5)]),
      ratio(e('Sub', [depth, number(5)]), far),
      ratio(e('Sub', [depth, number(1.6)]), beside),
    ])
    const edge = e('Where', [e('Equal', [size, number(1)]), number(Number.POSITIVE_INFINITY), out])
    const quantile = e('Where', [e('Greater', [size, number(0.85)]), e('Mul', [edge, e('Sign', [x])]), near])
    return e.cast(e('Mul', [quantile, number(Math.SQRT1_2)]), d)
  },
  (g, _, y) => mul(g, mul(exp(square(y)), Math.sqrt(Math.PI) / 2)),
)
