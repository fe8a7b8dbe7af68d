/** Activations and remainders far out, near their bends and at infinities: values and gradients against closed forms. */
import { describe, expect, test } from 'vitest'
import { compute, grad, type Tensor, tensor } from '../../src/index.js'

const σ = (x: number): number => 1 / (1 + Math.exp(-x))
const soft = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
const [λ, α] = [1.0507009873554805, 1.6732632423543772]

type Curve = readonly [call: (x: Tensor) => Tensor, value: (x: number) => number, slope: (x: number) => number]
const curves: Readonly<Record<string, Curve>> = {
  sigmoid: [(x) => x.sigmoid(), σ, (x) => σ(x) * (1 - σ(x))],
  logOfSigmoid: [(x) => x.sigmoid().log(), (x) => -soft(-x), (x) => 1 - σ(x)],
  silu: [(x) => x.silu(), (x) => (x < -700 ? 0 : x * σ(x)), (x) => (x < -700 ? 0 : σ(x) * (1 + x * σ(-x)))],
  mish: [(x) => x.mish(), (x) => x * Math.tanh(soft(x)), (x) => Math.tanh(soft(x)) + x * σ(x) * (1 - Math.tanh(soft(x)) ** 2)],
  softplus: [(x) => x.softplus(), soft, σ],
  logSigmoid: [(x) => x.logSigmoid(), (x) => -soft(-x), (x) => σ(-x)],
  elu: [(x) => x.elu(), (x) => (x > 0 ? x : Math.expm1(x)), (x) => (x > 0 ? 1 : Math.exp(x))],
  selu: [(x) => x.selu(), (x) => λ * (x > 0 ? x : α * Math.expm1(x)), (x) => λ * (x > 0 ? 1 : α * Math.exp(x))],
  celu: [(x) => x.celu({ alpha: 2 }), (x) => (x > 0 ? x : 2 * Math.expm1(x / 2)), (x) => (x > 0 ? 1 : Math.exp(x / 2))],
  gelu: [(x) => x.gelu(), (x) => Math.max(x, 0), (x) => (x > 0 ? 1 : 0)],
  geluTanh: [(x) => x.gelu({ approximate: 'tanh' }), (x) => Math.max(x, 0), (x) => (x > 0 ? 1 : 0)],
  tanh: [(x) => x.tanh(), Math.tanh, (x) => 1 - Math.tanh(x) ** 2],
  softsign: [(x) => x.softsign(), (x) => x / (1 + Math.abs(x)), (x) => (1 + Math.abs(x)) ** -2],
  tanhShrink: [(x) => x.tanhShrink(), (x) => x - Math.tanh(x), (x) => Math.tanh(x) ** 2],
  relu: [(x) => x.relu(), (x) => Math.max(x, 0), (x) => (x > 0 ? 1 : 0)],
  hardSwish: [(x) => x.hardSwish(), (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6, (x) => (x < -3 ? 0 : x > 3 ? 1 : x / 3 + 0.5)],
  expm1: [(x) => x.expm1(), Math.expm1, Math.exp],
}
const far = [-1e8, -(2 ** 24), -1000, -100, -40, 40, 85, 1000, 2 ** 24, 1e8]
const middle = [-20, -17.5, -12, -8, -5, -1, -0.01, 0.01, 1, 5, 10]
/** what is closed only far out, or starts from 1 − y² */
const roughInTheMiddle = new Set(['gelu', 'geluTanh', 'tanh', 'tanhShrink', 'sigmoid', 'logOfSigmoid'])

describe.each(['f32', 'f64'] as const)('%s', (dtype) => {
  const [rtol, atol] = dtype === 'f32' ? [1e-5, 1e-37] : [1e-11, 1e-300]
  for (const [name, [call, value, slope]] of Object.entries(curves))
    test(name, async () => {
      const points = [...far, ...(name.startsWith('gelu') ? [] : middle)]
        .filter((x) => !['expm1', 'logOfSigmoid'].includes(name) || x < 80)
        .filter((x) => name !== 'logOfSigmoid' || x > -80)
      const x = tensor(points, { dtype })
      const [y, g] = await compute([call(x), grad((t: Tensor) => call(t).sum())(x)])
      const rounded = dtype === 'f32' ? Math.fround : (v: number): number => v
      points.forEach((_, i) => {
        const at = rounded(points[i]!)
        const near = (got: unknown, want: number, loose: number, what: string): void => {
          const difference = Math.abs(Number(got) - rounded(want))
          expect(difference <= rtol * Math.abs(want) + atol + loose, `${what} at ${at}: ${Number(got)}, not ${want}`).toBe(true)
        }
        const inside = Math.abs(at) < 80 && roughInTheMiddle.has(name)
        near(y![i], value(at), inside && /tanhShrink|logOf/.test(name) ? (dtype === 'f32' ? 1e-7 : 1e-15) : 0, 'value')
        near(g![i], slope(at), inside ? (dtype === 'f32' ? 2e-7 : 1e-15) : 0, 'gradient')
      })
    })
})

test('σ(−20) = 2.06e-9, and its logarithm −20', async () => {
  const [s, l] = await compute([tensor([-20, -80]).sigmoid(), tensor([-20, -80]).sigmoid().log()])
  expect(Number(s![0])).toBeCloseTo(2.0611536e-9, 15)
  expect(Array.from(l!, Number).map((v) => Math.round(v * 1e4) / 1e4)).toEqual([-20, -80])
})

describe('mod', () => {
  const { POSITIVE_INFINITY: inf, NaN: none } = Number
  const cases: readonly (readonly [a: number, b: number, rest: number])[] = [
    [1e8, 3, 1],
    [5, inf, 5],
    [-5, inf, inf],
    [5, -inf, -inf],
    [-5, -inf, -5],
    [0, inf, 0],
    [7, 0, none],
    [inf, 3, none],
    [none, 3, none],
    [3, none, none],
    [-7, 3, 2],
    [7, -3, -2],
    [-7, -3, -1],
    [-6, 3, 0],
    [6, -3, 0],
    [5.5, 2, 1.5],
    [-5.5, 2, 0.5],
    [16777216, 7, 1],
    [-16777216, 7, 6],
    [1e-3, 5, 1e-3],
  ]
  test.each(['f32', 'f64'] as const)('%s: as Python', async (dtype) => {
    const [a, b] = [0, 1].map((i) =>
      tensor(
        cases.map((c) => c[i]!),
        { dtype },
      ),
    )
    const rest = Array.from(await a!.mod(b!).data(), Number)
    cases.forEach(([x, y, want], i) => {
      if (Number.isFinite(want)) expect(rest[i], `${x} % ${y}`).toBeCloseTo(want, 6)
      else expect(rest[i], `${x} % ${y}`).toBe(want)
    })
  })
  test('f64 far out, and i64', async () => {
    expect(
      Array.from(
        await tensor([1e17, -1e17, 2 ** 80], { dtype: 'f64' })
          .mod(3)
          .data(),
        Number,
      ),
    ).toEqual([1, 2, 1])
    expect(
      await tensor(BigInt64Array.of(2n ** 62n + 1n, -(2n ** 62n)))
        .mod(10)
        .data(),
    ).toEqual(BigInt64Array.of(5n, 6n))
  })
  test('gradients are 1 and −⌊a/b⌋, also of an infinite divisor', async () => {
    const a = tensor([7.5, -7.5, 7.5, 5, -5, 1e8])
    const b = tensor([2, 2, -2, inf, inf, 3])
    const total = (x: Tensor, y: Tensor): Tensor => x.mod(y).sum()
    const [da, db, second] = await compute([
      grad((x: Tensor) => total(x, b))(a),
      grad((y: Tensor) => total(a, y))(b),
      grad((y: Tensor) => grad((z: Tensor) => total(a, z))(y).sum())(b),
    ])
    expect(Array.from(da!, Number)).toEqual([1, 1, 1, 1, 1, 1])
    expect(Array.from(db!, Number).map(Math.round)).toEqual([-3, 4, 4, 0, 1, -33333334])
    expect(Array.from(second!, Number).map(Math.abs)).toEqual([0, 0, 0, 0, 0, 0])
  })
})
