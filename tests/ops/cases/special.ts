/** Functions beyond arithmetic: angles, logarithms, signs, division, bits, gamma. */
import type { Operand } from '../../../src/ops/index.js'
import type { Dtype } from '../../../src/tensor/dtype.js'
import type { Tensor } from '../../../src/tensor/tensor.js'
import * as ops from '../allOps.js'
import { distinct, empty, of, some, whole } from '../examples.js'
import { common, get, grid, map, zip } from '../reference.js'
import type { Case, Row } from '../row.js'
import { unary } from './unary.js'

const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN]
const edges = [1e4, -1e4, nan, inf, -inf, 0, -0, 1, -1, 0.25]
const column = (values: readonly number[]): Tensor => of(values.map((v) => [v]))

interface Two {
  readonly gradient?: 0 | 1 | 2
  readonly from?: number
  readonly to?: number
  readonly exact?: boolean
}

/** The row of a function of two numbers that broadcast. */
function binary(
  name: string,
  op: (x: Operand, other: Operand) => Tensor,
  f: (a: number, b: number) => number,
  two: Two = {},
  covers?: readonly string[],
): Row {
  const { gradient, from = 0.3, to = 2, exact = false } = two
  const call = (a: Tensor, b: Tensor): Tensor => op(a, b)
  const reference: NonNullable<Case['reference']> = (a, b) => zip(a!, b!, f)
  const settings = gradient === undefined ? {} : { gradient }
  return {
    name,
    ...(covers && { covers }),
    cases: [
      {
        name: 'broadcast',
        inputs: () => [distinct([3, 1], { from, to }), distinct([2, 1, 4], { seed: 2, from, to })],
        call,
        reference,
        ...settings,
      },
      { name: 'scalars', inputs: () => [of(1.25), of(0.75)], call, reference, ...settings },
      { name: 'extremes', inputs: () => [column(edges), of(edges)], call, reference, gradient: 0 },
      { name: 'empty', inputs: () => [empty([0, 2]), some([2])], call, reference, gradient: 0 },
      {
        name: 'a number',
        inputs: () => [of([0.5, 1, 1.5])],
        call: (x) => op(x!, 0.7),
        reference: (x) => map(x!, (v) => f(v, 0.7)),
        ...settings,
      },
    ],
    large: { inputs: () => [whole([300, 400]), whole([400], { seed: 2 })], call, exact },
  }
}

/** The row of a function of whole numbers. */
function integers(
  name: string,
  op: (x: Operand, other: Operand) => Tensor,
  f: (a: number, b: number, bits: number) => number,
  to = 30,
  covers?: readonly string[],
): Row {
  const call = (a: Tensor, b: Tensor): Tensor => op(a, b)
  const cased = (dtype: Dtype, bits: number): Case => ({
    name: dtype,
    inputs: () => [
      whole([3, 1], { from: dtype === 'u8' ? 0 : -90, to: 90, dtype }),
      whole([7], { seed: 2, from: dtype === 'u8' ? 0 : -3, to, dtype }),
    ],
    call,
    reference: (a, b) => zip(a!, b!, (x, y) => f(x, y, bits)),
    gradient: 0,
  })
  return {
    name,
    ...(covers && { covers }),
    cases: [
      cased('i32', 32),
      cased('i64', 64),
      cased('u8', 8),
      {
        name: 'ends of the range',
        inputs: () => [of([2147483647, -2147483648, 0, -1], 'i32'), of([[1], [0], [-1], [31]], 'i32')],
        call,
        reference: (a, b) => zip(a!, b!, (x, y) => f(x, y, 32)),
        gradient: 0,
      },
      {
        name: 'a number',
        inputs: () => [of([5, 0, -7], 'i32')],
        call: (x) => op(x!, 3),
        reference: (x) => map(x!, (v) => f(v, 3, 32)),
        gradient: 0,
      },
      {
        name: 'empty',
        inputs: () => [empty([0, 2], 'i64'), of([1, 2], 'i64')],
        call,
        reference: () => ({ shape: [0, 2], data: [] }),
        gradient: 0,
      },
    ],
    large: {
      inputs: () => [whole([30, 40], { from: 0, to: 1000, dtype: 'i32' }), whole([40], { seed: 2, from: 1, to: 20, dtype: 'i32' })],
      call,
      gradient: false,
    },
  }
}

const plainGcd = (a: number, b: number): number => (b === 0 ? Math.abs(a) : plainGcd(b, a % b))
const signedWrap = (v: number, bits: number): number => {
  const n = BigInt.asIntN(bits, BigInt(Math.round(v)))
  return Number(bits === 8 ? BigInt.asUintN(8, n) : n)
}
const shifted = (a: number, n: number, bits: number, left: boolean): number => {
  const outside = n < 0 || n >= bits
  if (left)
    return outside ? 0 : Number(bits === 8 ? BigInt.asUintN(8, BigInt(a) << BigInt(n)) : BigInt.asIntN(bits, BigInt(a) << BigInt(n)))
  return outside ? (a < 0 ? -1 : 0) : Number(BigInt(a) >> BigInt(n))
}
const bits2 =
  (f: (a: bigint, b: bigint) => bigint) =>
  (a: number, b: number): number =>
    Number(f(BigInt(a), BigInt(b)))

function floorDiv(a: number, b: number): number {
  if (b === 0 || Number.isNaN(a) || Number.isNaN(b)) return a / b
  const rest = a % b
  const q = (a - rest) / b - (rest !== 0 && rest < 0 !== b < 0 ? 1 : 0)
  return Math.round(q)
}

/** log Γ by Lanczos' series, for x above ½. */
function lgamma(x: number): number {
  if (Number.isNaN(x) || x === -inf) return x === -inf ? inf : nan
  if (x === inf) return inf
  if (x <= 0 && Number.isInteger(x)) return inf
  if (x < 0.5) return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * x))) - lgamma(1 - x)
  const c = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
    -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ]
  const t = x - 1 + 7.5
  const sum = c.reduce((s, a, i) => (i === 0 ? a : s + a / (x - 1 + i)), 0)
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum)
}

/** ψ by its recurrence and an asymptotic series far out. */
function digamma(x: number): number {
  if (Number.isNaN(x) || x === -inf) return nan
  if (x === inf) return inf
  if (x === 0) return -inf
  if (x < 0 && Number.isInteger(x)) return nan
  if (x < 0) return digamma(1 - x) - Math.PI / Math.tan(Math.PI * x)
  let [y, z] = [0, x]
  while (z < 30) y -= 1 / z++
  const r = 1 / (z * z)
  return y + Math.log(z) - 0.5 / z - r * (1 / 12 - r * (1 / 120 - r * (1 / 252 - r / 240)))
}
const polygamma = (n: number, x: number): number => {
  let total = 0
  let z = x
  for (; z < 400; z++) total += z ** (-n - 1)
  const rest = z ** -n / n + z ** (-n - 1) / 2 + ((n + 1) * z ** (-n - 2)) / 12
  let factorial = 1
  for (let i = 2; i <= n; i++) factorial *= i
  return (n % 2 === 1 ? 1 : -1) * factorial * (total + rest)
}

/** The inverse of erf by halving on Simpson's rule. */
function erfinv(y: number): number {
  if (Number.isNaN(y) || Math.abs(y) > 1) return nan
  if (Math.abs(y) === 1) return y * inf
  const erf = (x: number): number => {
    const h = x / 2000
    let total = 0
    for (let i = 0; i <= 2000; i++) total += (i === 0 || i === 2000 ? 1 : i % 2 === 1 ? 4 : 2) * Math.exp(-((i * h) ** 2))
    return (2 / Math.sqrt(Math.PI)) * (h / 3) * total
  }
  let [low, high] = [-4, 4]
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (erf(middle) < y) low = middle
    else high = middle
  }
  return (low + high) / 2
}

const inside = { from: -0.9, to: 0.9 }
const truth = (f: (v: number) => boolean) => (v: number) => Number(f(v))
const asking = (name: string, op: (x: Tensor) => Tensor, f: (v: number) => boolean): Row => ({
  ...unary(name, op, truth(f), { gradient: 0, exact: true }),
  covers: [],
})
const xlogy = (a: number, b: number): number => (Number.isNaN(b) ? nan : a === 0 ? 0 : a * Math.log(b))
const logAdd = (a: number, b: number, base: number): number =>
  a === b ? a + Math.LN2 / Math.log(base) : Math.max(a, b) + Math.log1p(base ** -Math.abs(a - b)) / Math.log(base)

export const rows: readonly Row[] = [
  unary('asin', ops.asin, Math.asin, inside),
  unary('acos', ops.acos, Math.acos, inside),
  unary('sinh', ops.sinh, Math.sinh),
  unary('cosh', ops.cosh, Math.cosh),
  unary('asinh', ops.asinh, Math.asinh),
  unary('acosh', ops.acosh, Math.acosh, { from: 1.2, to: 4 }),
  unary('atanh', ops.atanh, Math.atanh, inside),
  { ...unary('deg2rad', ops.deg2rad, (v) => (v * Math.PI) / 180), covers: [] },
  { ...unary('rad2deg', ops.rad2deg, (v) => (v * 180) / Math.PI), covers: [] },
  unary('log10', ops.log10, Math.log10, { from: 0.2, to: 3, extremes: of([...edges, 1000, 1e-3, 1e15, 1e22]) }),
  unary('exp2', ops.exp2, (v) => 2 ** v),
  {
    ...unary(
      'logit',
      (x) => ops.logit(x),
      (v) => Math.log(v) - Math.log1p(-v),
      { from: 0.1, to: 0.9 },
    ),
    covers: [],
  },
  { ...unary('sinc', ops.sinc, (v) => (v === 0 ? 1 : Math.sin(Math.PI * v) / (Math.PI * v)), { from: 0.2, to: 0.9 }), covers: [] },
  unary('erfinv', ops.erfinv, erfinv, { ...inside, rtol: 1e-8 }),
  unary('lgamma', ops.lgamma, lgamma, { from: 0.2, to: 4, extremes: of([1, 2, 0, -1, -0.5, -2.5, 30, 0.1, nan, inf, -inf]) }),
  unary('digamma', ops.digamma, digamma, { from: 0.2, to: 4, extremes: of([1, 2, 0, -1, -0.5, -2.25, 30, 0.1, nan, inf, -inf]) }),
  {
    name: 'polygamma',
    cases: [1, 2, 3].flatMap((n): Case[] => [
      {
        name: `order ${n}`,
        inputs: () => [some([5], { from: 0.4, to: 5 })],
        call: (x) => ops.polygamma(x, n),
        reference: (x) => map(x!, (v) => polygamma(n, v)),
        tolerance: { rtol: 1e-8 },
        gradient: n === 1 ? 2 : 1,
      },
      {
        name: `order ${n} at the edges`,
        inputs: () => [of([nan, -0.5, 0, 20])],
        call: (x) => ops.polygamma(x, n),
        reference: () => ({ shape: [4], data: [nan, n === 1 ? 8.934802200544679 : nan, n % 2 === 1 ? inf : -inf, polygamma(n, 20)] }),
        tolerance: { rtol: 1e-8 },
        gradient: 0,
      },
    ]),
    large: { inputs: () => [whole([100, 40], { from: 1, to: 5 })], call: (x) => ops.polygamma(x, 1), exact: false },
  },
  { ...unary('trunc', ops.trunc, Math.trunc, { gradient: 0, exact: true, integers: true }), covers: [] },
  {
    ...unary('frac', ops.frac, (v) => v - Math.trunc(v), { from: 0.1, to: 0.9, exact: true, integers: true }),
    covers: [],
  },
  asking('isInf', ops.isInf, (v) => Math.abs(v) === inf),
  asking('isPosInf', ops.isPosInf, (v) => v === inf),
  asking('isNegInf', ops.isNegInf, (v) => v === -inf),
  asking('signBit', ops.signBit, (v) => v < 0 || Object.is(v, -0)),
  {
    name: 'nanToNum',
    covers: [],
    cases: [
      {
        name: 'given numbers',
        inputs: () => [of([nan, inf, -inf, 2, -0.5])],
        call: (x) => ops.nanToNum(x, { nan: 7, posInf: 8, negInf: 9 }),
        reference: () => ({ shape: [5], data: [7, 8, 9, 2, -0.5] }),
        gradient: 0,
      },
      { name: 'numbers', inputs: () => [some([3, 2])], call: (x) => ops.nanToNum(x), reference: (x) => x! },
      {
        name: 'the largest f32',
        inputs: () => [of([inf, -inf, nan], 'f32')],
        call: (x) => ops.nanToNum(x),
        reference: () => ({ shape: [3], data: [3.4028234663852886e38, -3.4028234663852886e38, 0] }),
        gradient: 0,
      },
      { name: 'integers', inputs: () => [of([1, -2], 'i64')], call: (x) => ops.nanToNum(x), reference: (x) => x!, gradient: 0 },
    ],
    large: { inputs: () => [whole([300, 400])], call: (x) => ops.nanToNum(x) },
  },
  binary('atan2', ops.atan2, Math.atan2),
  binary('hypot', ops.hypot, Math.hypot),
  binary('logaddexp', ops.logaddexp, (a, b) => logAdd(a, b, Math.E)),
  binary('logaddexp2', ops.logaddexp2, (a, b) => logAdd(a, b, 2)),
  binary('xlogy', ops.xlogy, xlogy),
  binary('fmod', ops.fmod, (a, b) => a % b, { from: 0.31 }),
  binary('floorDiv', ops.floorDiv, floorDiv, { gradient: 0 }),
  {
    ...binary(
      'copySign',
      (x, y) => ops.copySign(x as Tensor, y),
      (a, b) => (b < 0 || Object.is(b, -0) ? -Math.abs(a) : Math.abs(a)),
      { gradient: 1 },
    ),
    covers: [],
  },
  {
    ...binary(
      'heaviside',
      (x, y) => ops.heaviside(x as Tensor, y),
      (a, b) => (Number.isNaN(a) ? nan : a === 0 ? b : Number(a > 0)),
      { gradient: 0 },
    ),
    covers: [],
  },
  {
    name: 'lerp',
    covers: [],
    cases: [
      ...[0, 0.3, 0.5, 1, 1.5].map(
        (w): Case => ({
          name: `weight ${w}`,
          inputs: () => [some([3, 1]), some([4], { seed: 2 })],
          call: (a, b) => ops.lerp(a, b, w),
          reference: (a, b) => zip(a!, b!, (x, y) => x + w * (y - x)),
        }),
      ),
      {
        name: 'weights of their own',
        inputs: () => [some([3]), some([3], { seed: 2 }), of([0.2, 0.7, 1.2])],
        call: (a, b, w) => ops.lerp(a, b, w),
        reference: (a, b, w) => grid(common(a!, b!, w!), (i) => get(a!, i) + get(w!, i) * (get(b!, i) - get(a!, i))),
      },
    ],
    large: { inputs: () => [whole([300, 400]), whole([400], { seed: 2 })], call: (a, b) => ops.lerp(a, b, 2) },
  },
  integers('gcd', ops.gcd, (a, b, bits) => signedWrap(plainGcd(a, b), bits)),
  integers(
    'lcm',
    ops.lcm,
    (a, b, bits) => (a === 0 || b === 0 ? 0 : signedWrap(Math.abs(signedWrap((a / plainGcd(a, b)) * b, bits)), bits)),
    30,
    [],
  ),
  integers(
    'bitwiseAnd',
    ops.bitwiseAnd,
    bits2((a, b) => a & b),
  ),
  integers(
    'bitwiseOr',
    ops.bitwiseOr,
    bits2((a, b) => a | b),
  ),
  integers(
    'bitwiseXor',
    ops.bitwiseXor,
    bits2((a, b) => a ^ b),
  ),
  integers('shiftLeft', ops.shiftLeft, (a, n, bits) => shifted(a, n, bits, true)),
  integers('shiftRight', ops.shiftRight, (a, n, bits) => shifted(a, n, bits, false)),
  {
    name: 'bitwiseNot',
    cases: [
      ...(['i32', 'i64', 'u8'] as const).map(
        (dtype): Case => ({
          name: dtype,
          inputs: () => [whole([7], { from: dtype === 'u8' ? 0 : -90, to: 90, dtype })],
          call: (x) => ops.bitwiseNot(x),
          reference: (x) => map(x!, (v) => (dtype === 'u8' ? 255 - v : -v - 1)),
          gradient: 0,
        }),
      ),
      {
        name: 'booleans',
        inputs: () => [of([1, 0], 'bool')],
        call: (x) => ops.bitwiseNot(x),
        reference: (x) => map(x!, (v) => 1 - v),
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([300, 400], { dtype: 'i32' })], call: (x) => ops.bitwiseNot(x), gradient: false },
  },
]
