/** Reductions of very many f32 numbers: the relative error grows with the logarithm of how many there are, along every axis. */
import { describe, expect, test } from 'vitest'
import * as hebb from '../../src/index.js'
import { compute, grad, type Tensor, tensor } from '../../src/index.js'
import { fractions } from './examples.js'
import { reduce, sizeOf } from './reference.js'

const epsilon = 2 ** -23
/** what is allowed for n numbers: ε log₂ n, which is 1.2e-6 for 10³ and 2.8e-6 for 10⁷ */
const allowed = (n: number): number => epsilon * Math.log2(n)

const kinds: Readonly<Record<string, (i: number, n: number) => number>> = {
  constant: () => 0.1,
  ramp: (i, n) => 0.1 + i / n,
}
const sizes = [1000, 10_007, 100_000, 1_000_000, 10_000_000]

/** Σ f(x) in f64 for each kept place of (before, n, after) */
function exact(data: Float32Array, [before, n, after]: readonly [number, number, number], f: (v: number) => number): number[] {
  const sums = new Float64Array(before * after)
  for (let b = 0; b < before; b++)
    for (let i = 0; i < n; i++) for (let a = 0; a < after; a++) sums[b * after + a]! += f(data[(b * n + i) * after + a]!)
  return [...sums]
}

const made = (kind: string, shape: readonly [number, number, number]): Float32Array => {
  const [, n, after] = shape
  return Float32Array.from({ length: shape[0] * n * after }, (_, at) => kinds[kind]!(Math.floor(at / after) % n, n))
}

interface Law {
  readonly name: string
  readonly call: (x: Tensor) => Tensor
  /** the result from n numbers and the f64 sums of `of` */
  readonly of: (v: number) => number
  readonly want: (sum: number, n: number) => number
}
const itself = (v: number): number => v
const laws: readonly Law[] = [
  { name: 'sum', call: (x) => x.sum(1), of: itself, want: (s) => s },
  { name: 'mean', call: (x) => x.mean(1), of: itself, want: (s, n) => s / n },
  { name: 'norm', call: (x) => x.norm(1), of: (v) => v * v, want: (s) => Math.sqrt(s) },
  { name: 'norm of order 1', call: (x) => x.norm(1, { order: 1 }), of: Math.abs, want: (s) => s },
  { name: 'logSumExp', call: (x) => x.logSumExp(1), of: Math.exp, want: (s) => Math.log(s) },
  {
    name: 'softmax',
    call: (x) =>
      x
        .softmax(1)
        .slice([null, [0, 1]])
        .squeeze(1),
    of: (v) => Math.exp(v - Math.fround(0.1)),
    want: (s) => 1 / s,
  },
  {
    name: 'logSoftmax',
    call: (x) =>
      x
        .logSoftmax(1)
        .slice([null, [0, 1]])
        .squeeze(1),
    of: (v) => Math.exp(v - Math.fround(0.1)),
    want: (s) => -Math.log(s),
  },
  {
    name: 'the last of cumsum',
    call: (x) =>
      x
        .cumsum(1)
        .slice([null, [-1]])
        .squeeze(1),
    of: itself,
    want: (s) => s,
  },
  {
    name: 'the gradient of what was stretched',
    call: (x) => grad((b: Tensor) => b.mul(x).sum())(hebb.ones([x.shape[0]!, 1, x.shape[2]!])).squeeze(1),
    of: itself,
    want: (s) => s,
  },
]

describe.each(Object.keys(kinds))('%s', (kind) => {
  for (const n of sizes)
    for (const shape of [
      [1, n, 1],
      [1, n, 3],
      [3, n, 1],
      [2, n, 3],
    ] as const) {
      if (n * shape[0] * shape[2] > (n > 1e6 ? 1e7 : 3e6)) continue
      test(`(${shape.join(', ')}) along its middle`, async () => {
        const data = made(kind, shape)
        const x = tensor(data).reshape([...shape])
        const results = await compute(laws.map((l) => l.call(x)))
        for (const [i, { name, of, want }] of laws.entries()) {
          const sums = exact(data, shape, of)
          const worst = Math.max(...sums.map((s, k) => Math.abs(Number(results[i]![k]) / want(s, n) - 1)))
          expect(worst, `relative error of ${name}`).toBeLessThan(allowed(n))
        }
      })
    }
})

test('sums over any axes of any shape: f32 and f64 near the sum one by one, integers equal to it', async () => {
  const next = fractions(7)
  const pick = (list: readonly number[]): number => list[Math.floor(next() * list.length)]!
  for (let trial = 0; trial < 60; trial++) {
    let shape: number[]
    do shape = Array.from({ length: pick([1, 2, 3, 4]) }, () => pick([1, 2, 3, 17, 64, 127, 129, 257, 1000, 1031]))
    while (sizeOf(shape) > 30_000)
    const axes = [...shape.keys()].filter(() => next() < 0.5)
    const keep = next() < 0.5
    const data = Float32Array.from({ length: sizeOf(shape) }, () => next() + 0.1)
    const wholes = Int32Array.from(data, (v) => 1000 * v)
    const x = tensor(data).reshape(shape)
    const results = await compute([
      x.sum(axes, { keep }),
      x.cast('f64').sum(axes, { keep }),
      tensor(wholes).reshape(shape).sum(axes, { keep }),
    ])
    const want = [data, data, wholes].map((d) => reduce({ shape, data: Array.from(d) }, axes, (v) => v.reduce((a, b) => a + b, 0)).data)
    for (const [i, tolerance] of [1.5e-6, 1e-12, 0].entries())
      for (const [k, w] of want[i]!.entries())
        if (!(Math.abs(Number(results[i]![k]) - w) <= tolerance * w))
          expect(Number(results[i]![k]), `(${shape.join()}) over ${axes.join()}`).toBe(w)
  }
})

test('several axes at once, with kept ones between', async () => {
  const x = tensor(new Float32Array(2_400_000).fill(0.1)).reshape([400, 2, 1000, 3])
  for (const v of await x.sum([0, 2]).data()) expect(Math.abs((v as number) / 40_000 - 1)).toBeLessThan(1e-6)
  for (const v of await x.sum([0, 2, 3]).data()) expect(Math.abs((v as number) / 120_000 - 1)).toBeLessThan(1e-6)
  for (const v of await x.sum([1, 3], { keep: true }).data()) expect(Math.abs((v as number) / 0.6 - 1)).toBeLessThan(1e-6)
})

test('variance and std of a ramp; products of numbers near 1', async () => {
  const n = 1_000_000
  const ramp = tensor(Float32Array.from({ length: n }, (_, i) => i / n))
  const [v, s, p] = await compute([ramp.variance(), ramp.std(), hebb.full([n], 1 + 2 ** -20).prod()])
  expect(Math.abs(Number(v![0]) * 12 - 1)).toBeLessThan(3e-6)
  expect(Math.abs(Number(s![0]) * Math.sqrt(12) - 1)).toBeLessThan(3e-6)
  expect(Math.abs(Number(p![0]) / (1 + 2 ** -20) ** n - 1)).toBeLessThan(1e-6)
})

test('statistics of norms and pools', async () => {
  const x = tensor(Float32Array.from({ length: 2 * 512 * 512 }, (_, i) => Math.sin(i * 0.37) + 0.1)).reshape([1, 2, 512, 512])
  const data = (await x.data()) as Float32Array
  const means = [0, 1].map((c) => exact(data.subarray(c * 262144, (c + 1) * 262144), [1, 262144, 1], itself)[0]! / 262144)
  const powers = [0, 1].map(
    (c) => exact(data.subarray(c * 262144, (c + 1) * 262144), [1, 262144, 1], (v) => (v - means[c]!) ** 2)[0]! / 262144,
  )
  const first = (y: Tensor): Tensor =>
    y
      .reshape([2, 262144])
      .slice([null, [0, 1]])
      .squeeze(1)
  const batch = hebb.batchNorm(x, { training: true, runningMean: hebb.zeros([2]), runningVariance: hebb.zeros([2]), momentum: 1 })
  const [m, v, bn, gn, rms, pool, tiles, gap] = await compute([
    batch.runningMean!,
    batch.runningVariance!,
    first(batch.y),
    first(hebb.instanceNorm(x)),
    first(hebb.rmsNorm(x.reshape([2, 262144]))),
    hebb.avgPool(x, 512),
    hebb.avgPool(x, [256, 512]).mean(2),
    hebb.adaptiveAvgPool(x, 1),
  ])
  for (const c of [0, 1]) {
    const normal = (data[c * 262144]! - means[c]!) / Math.sqrt(powers[c]! + 1e-5)
    const near = (got: unknown, want: number): void => expect(Math.abs(Number(got) - want)).toBeLessThan(1e-6 * Math.max(1, Math.abs(want)))
    near(m![c], means[c]!)
    near(v![c], (powers[c]! * 262144) / 262143)
    near(bn![c], normal)
    near(gn![c], normal)
    near(rms![c], data[c * 262144]! / Math.sqrt(powers[c]! + means[c]! ** 2 + 1e-6))
    for (const p of [pool, tiles, gap]) near(p![c], means[c]!)
  }
})

test('losses averaged over millions', async () => {
  const ids = hebb.zeros([8, 512, 512], { dtype: 'i32' })
  const [ce, mse, bce] = await compute([
    hebb.crossEntropy(hebb.zeros([8, 5, 512, 512]), ids),
    hebb.meanSquaredError(hebb.full([3_000_000], 0.3), hebb.full([3_000_000], 0)),
    hebb.binaryCrossEntropyWithLogits(hebb.zeros([3_000_000]), hebb.zeros([3_000_000])),
  ])
  expect(Math.abs(Number(ce![0]) / Math.log(5) - 1)).toBeLessThan(1e-6)
  expect(Math.abs(Number(mse![0]) / 0.09 - 1)).toBeLessThan(1e-6)
  expect(Math.abs(Number(bce![0]) / Math.LN2 - 1)).toBeLessThan(1e-6)
})

describe('products with a vector of many numbers', () => {
  const data = (n: number): Tensor => tensor(Float32Array.from({ length: n }, (_, i) => 0.1 + (i % 1000) / 1e4))
  for (const n of [5000, 65_536, 100_003, 1_000_000])
    test(`${n} numbers`, async () => {
      const x = data(n)
      const want = exact((await x.data()) as Float32Array, [1, n, 1], itself)[0]!
      const one = hebb.ones([n])
      const results = await compute([
        hebb.dot(x, one),
        x.reshape([1, n]).matmul(hebb.ones([n, 2])),
        hebb.ones([2, n]).matmul(x),
        hebb.ones([n, 2]).transpose().matmul(x),
        hebb.linear(x, hebb.ones([3, n]), hebb.zeros([3])),
        grad((w: Tensor) => hebb.linear(x.reshape([n, 1]), w).sum())(hebb.ones([1, 1])),
        grad((w: Tensor) => hebb.linear(hebb.stack([x, x], 1), w).sum())(hebb.ones([1, 2])),
      ])
      for (const r of results) for (const v of r) expect(Math.abs(Number(v) / want - 1)).toBeLessThan(allowed(n))
    })
})
