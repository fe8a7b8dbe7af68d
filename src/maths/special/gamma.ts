/** The gamma function's logarithm and its derivatives: computed in f64, so that f32 is right to its last digits. */
import { defineOp, type Emit } from '../../graph/op.js'
import { mul } from '../../ops/elementwise/arithmetic.js'
import { realUnary, type Unary } from '../../ops/elementwise/define.js'
import { real } from '../../ops/elementwise/real.js'
import { HebbError } from '../../tensor/errors.js'
import type { Tensor } from '../../tensor/tensor.js'

/** Bernoulli numbers B₂, B₄, …: coefficients of the series for large x. */
const bernoulli = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510]
/** From here on the series has f64's precision. */
const far = 10

const number = (e: Emit, v: number): string => e.scalar(v, 'f64')
const isWholeBelow1 = (e: Emit, x: string): string => e('And', [e('Less', [x, number(e, 0.5)]), e('Equal', [x, e('Floor', [x])])])
/** x where it is above ½, 1 − x elsewhere: where the series converge. */
const mirrored = (e: Emit, x: string): { left: string; z: string } => {
  const left = e('Less', [x, number(e, 0.5)])
  return { left, z: e('Where', [left, e('Sub', [number(e, 1), x]), x]) }
}
/** πx less a whole multiple of π, so that its sine keeps all digits. */
const turned = (e: Emit, x: string): string => e('Mul', [e('Sub', [x, e('Round', [x])]), number(e, Math.PI)])

/** Σ of numbers that are written out. */
const total = (e: Emit, terms: readonly string[]): string => terms.reduce((a, b) => e('Add', [a, b]))

/** log |Γ(x)|; ∞ at 0, −1, −2, … */
export const lgamma: Unary = realUnary(
  'lgamma',
  (e, input, d) => {
    const x = e.cast(input, 'f64')
    const { left, z } = mirrored(e, x)
    // Γ(z) = Γ(z + 10) / (z (z + 1) … (z + 9)); far out the product is left alone
    const small = e('Less', [z, number(e, far)])
    const near = e('Where', [small, z, number(e, 1)])
    let product = near
    for (let i = 1; i < far; i++) product = e('Mul', [product, e('Add', [near, number(e, i)])])
    const w = e('Where', [small, e('Add', [near, number(e, far)]), z])
    const inverse = e('Reciprocal', [w])
    const squared = e('Mul', [inverse, inverse])
    let power = inverse
    const series: string[] = []
    for (const [i, b] of bernoulli.entries()) {
      series.push(e('Mul', [power, number(e, b / ((2 * i + 2) * (2 * i + 1)))]))
      power = e('Mul', [power, squared])
    }
    const main = e('Mul', [e('Sub', [w, number(e, 0.5)]), e('Sub', [e('Log', [w]), number(e, 1)])])
    // (w − ½) (log w − 1) + ½ log 2π − ½ = (w − ½) log w − w + ½ log 2π
    const stirling = total(e, [main, number(e, Math.log(2 * Math.PI) / 2 - 0.5), ...series])
    const y = e('Sub', [stirling, e('Where', [small, e('Log', [product]), number(e, 0)])])
    const sine = e('Abs', [e('Sin', [turned(e, x)])])
    const reflected = e('Sub', [e('Sub', [number(e, Math.log(Math.PI)), e('Log', [sine])]), y])
    const value = e('Where', [left, reflected, y])
    const infinite = e('Or', [isWholeBelow1(e, x), e('IsInf', [x])])
    return e.cast(e('Where', [infinite, number(e, Number.POSITIVE_INFINITY), value]), d)
  },
  (g, x) => mul(g, digamma(x)),
)

/** The derivative of log Γ(x); NaN at −1, −2, …, −∞ at 0. */
export const digamma: Unary = realUnary(
  'digamma',
  (e, input, d) => {
    const x = e.cast(input, 'f64')
    const { left, z } = mirrored(e, x)
    const small = e('Less', [z, number(e, far)])
    const near = e('Where', [small, z, number(e, 1)])
    const before = total(
      e,
      Array.from({ length: far }, (_, i) => e('Reciprocal', [e('Add', [near, number(e, i)])])),
    )
    const w = e('Where', [small, e('Add', [near, number(e, far)]), z])
    const inverse = e('Reciprocal', [w])
    const squared = e('Mul', [inverse, inverse])
    let power = squared
    const series: string[] = []
    for (const [i, b] of bernoulli.entries()) {
      series.push(e('Mul', [power, number(e, -b / (2 * i + 2))]))
      power = e('Mul', [power, squared])
    }
    const asymptotic = total(e, [e('Log', [w]), e('Mul', [inverse, number(e, -0.5)]), ...series])
    const y = e('Sub', [asymptotic, e('Where', [small, before, number(e, 0)])])
    const angle = turned(e, x)
    const cotangent = e('Div', [e('Cos', [angle]), e('Sin', [angle])])
    const value = e('Where', [left, e('Sub', [y, e('Mul', [cotangent, number(e, Math.PI)])]), y])
    const pole = e('Where', [e('Equal', [x, number(e, 0)]), number(e, Number.NEGATIVE_INFINITY), number(e, Number.NaN)])
    const finite = e('Where', [isWholeBelow1(e, x), pole, value])
    const endless = e('Equal', [x, number(e, Number.POSITIVE_INFINITY)])
    return e.cast(e('Where', [endless, x, finite]), d)
  },
  (g, x) => mul(g, polygamma(x, 1)),
)

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1))

const derivative: (x: Tensor, order: number) => Tensor = defineOp({
  name: 'polygamma',
  args: (x: Tensor, order: number) => [[real(x)], { order }],
  spec: ([x]) => x!,
  vjp: (g, { inputs: [x], attrs: { order } }) => [mul(g, derivative(x!, order + 1))],
  onnx: (e, [input], { order: n }, node) => {
    const x = e.cast(input!, 'f64')
    const { left, z: mirror } = mirrored(e, x)
    // the first one is reflected; of the others, which start at 0, the sum itself is taken
    const z = n === 1 ? mirror : e('Where', [e('Less', [x, number(e, 0)]), number(e, Number.NaN), x])
    const raise = (v: string, p: number): string => e('Pow', [v, number(e, p)])
    // Σ 1/(z + i)ⁿ⁺¹, the rest of it as Euler and Maclaurin have it
    const before = total(
      e,
      Array.from({ length: far }, (_, i) => raise(e('Add', [z, number(e, i)]), -n - 1)),
    )
    const w = e('Add', [z, number(e, far)])
    const tail = [e('Mul', [raise(w, -n), number(e, 1 / n)]), e('Mul', [raise(w, -n - 1), number(e, 0.5)])]
    let rising = n + 1
    for (const [i, b] of bernoulli.entries()) {
      const k = 2 * i + 2
      tail.push(e('Mul', [raise(w, -n - k), number(e, (b * rising) / factorial(k))]))
      rising *= (n + k) * (n + k + 1)
    }
    const scaled = e('Mul', [total(e, [before, ...tail]), number(e, (n % 2 === 1 ? 1 : -1) * factorial(n))])
    if (n !== 1) return e.cast(scaled, node.outputs[0]!.dtype)
    const sine = e('Sin', [turned(e, x)])
    const reflected = e('Sub', [e('Div', [number(e, Math.PI ** 2), e('Mul', [sine, sine])]), scaled])
    return e.cast(e('Where', [left, reflected, scaled]), node.outputs[0]!.dtype)
  },
})

/**
 * The derivative of order n (1 or more) of `digamma`: (−1)ⁿ⁺¹ n! Σ 1/(x + i)ⁿ⁺¹. Of order 1 everywhere, above that NaN for x below 0, as in PyTorch.
 * Throws HebbError for orders that are not whole numbers from 1 on.
 */
export function polygamma(x: Tensor, order: number): Tensor {
  if (!Number.isInteger(order) || order < 1) throw new HebbError(`polygamma: ${order} is no order: give 1 or more, and digamma for 0`)
  return derivative(x, order)
}
