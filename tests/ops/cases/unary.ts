/** Functions of one number. */

import type { Tensor } from '../../../src/tensor/tensor.js'
import * as ops from '../allOps.js'
import { empty, extremes, of, some, whole } from '../examples.js'
import { map } from '../reference.js'
import type { Case, Row, Steps } from '../row.js'

/** What is particular about a function of one number. */
export interface Special {
  /** where the function is smooth; default −2 to 2 */
  readonly from?: number
  readonly to?: number
  readonly steps?: Steps
  /** of a function with jumps: 0 */
  readonly gradient?: 0
  /** relative tolerance of values in f64 */
  readonly rtol?: number
  /** keeps integers */
  readonly integers?: boolean
  readonly exact?: boolean
  readonly extremes?: Tensor
}

/** The row of a function of one number. */
export function unary(name: string, op: (x: Tensor) => Tensor, f: (v: number) => number, special: Special = {}): Row {
  const { from = -2, to = 2, steps, gradient, rtol, exact = false } = special
  const settings: Partial<Case> = {
    ...(steps && { steps }),
    ...(gradient !== undefined && { gradient }),
    ...(rtol !== undefined && { tolerance: { rtol } }),
  }
  const reference: NonNullable<Case['reference']> = (x) => map(x!, f)
  const call = (x: Tensor): Tensor => op(x)
  return {
    name,
    cases: [
      { name: 'numbers', inputs: () => [some([3, 5], { from, to })], call, reference, ...settings },
      { name: 'size 1', inputs: () => [some([1, 1], { seed: 3, from, to })], call, reference, ...settings },
      { name: 'a scalar', inputs: () => [some([], { seed: 4, from, to })], call, reference, ...settings },
      { name: 'extremes', inputs: () => [special.extremes ?? extremes()], call, reference, ...settings, gradient: 0 },
      { name: 'empty', inputs: () => [empty([2, 0])], call, reference, ...settings, gradient: 0 },
      {
        name: 'i32',
        inputs: () => [of([1, 2, 3], 'i32')],
        call,
        reference,
        tolerance: special.integers ? {} : { rtol: 1e-6, atol: 1e-7 },
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([300, 400], { from: Math.max(-3, Math.ceil(from)), to: 3 })], call, exact },
  }
}

const positive = { from: 0.2, to: 3 }
const half = (v: number): number => {
  const low = Math.floor(v)
  return v - low < 0.5 ? low : v - low > 0.5 ? low + 1 : low % 2 === 0 ? low : low + 1
}

/** erf by Simpson's rule on its integral. */
function erf(x: number): number {
  if (Number.isNaN(x)) return x
  if (Math.abs(x) > 6) return Math.sign(x)
  const steps = 4000
  const h = x / steps
  let total = 0
  for (let i = 0; i <= steps; i++) total += (i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2) * Math.exp(-((i * h) ** 2))
  return (2 / Math.sqrt(Math.PI)) * (h / 3) * total
}

export const rows: readonly Row[] = [
  unary('exp', ops.exp, Math.exp),
  unary('log', ops.log, Math.log, positive),
  unary('log2', ops.log2, Math.log2, positive),
  unary('sqrt', ops.sqrt, Math.sqrt, positive),
  unary('rsqrt', ops.rsqrt, (v) => 1 / Math.sqrt(v), {
    ...positive,
    extremes: of([1e4, 1e-4, -1, Number.NaN, Number.POSITIVE_INFINITY, 0]),
  }),
  unary('reciprocal', ops.reciprocal, (v) => 1 / v, {
    ...positive,
    extremes: of([1e4, 1e-4, -1e4, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0]),
  }),
  unary('square', ops.square, (v) => v * v, { integers: true, exact: true }),
  unary('sin', ops.sin, Math.sin),
  unary('cos', ops.cos, Math.cos),
  unary('tan', ops.tan, Math.tan, { from: -1.2, to: 1.2 }),
  unary('atan', ops.atan, Math.atan),
  unary('tanh', ops.tanh, Math.tanh),
  unary('sigmoid', ops.sigmoid, (v) => 1 / (1 + Math.exp(-v))),
  unary('erf', ops.erf, erf),
  unary('expm1', ops.expm1, Math.expm1),
  unary('log1p', ops.log1p, Math.log1p, { from: -0.6, to: 2 }),
  unary('abs', ops.abs, Math.abs, { from: 0.1, to: 2, integers: true, exact: true }),
  unary('sign', ops.sign, Math.sign, { from: 0.1, integers: true, exact: true, gradient: 0 }),
  unary('floor', ops.floor, Math.floor, { gradient: 0, exact: true }),
  unary('ceil', ops.ceil, Math.ceil, { gradient: 0, exact: true }),
  unary('round', (x) => ops.round(x), half, {
    gradient: 0,
    exact: true,
    extremes: of([0.5, 1.5, 2.5, -0.5, -1.5, 1e4, Number.NaN, Number.POSITIVE_INFINITY]),
  }),
]
