/** Losses and lengths at the ends of their domains: probabilities of 0 and 1, vectors that are 0 or equal, −∞ where nothing can be. */
import { describe, expect, test } from 'vitest'
import * as hebb from '../../src/index.js'
import { compute, type Dtype, grad, gradcheck, type Tensor, tensor } from '../../src/index.js'
import { expectClose } from '../compare.js'
import { of } from '../ops/examples.js'

const low = Number.NEGATIVE_INFINITY
const ids = (...values: number[]): Tensor => tensor(values, { dtype: 'i32' })

type End = readonly [name: string, f: (...x: Tensor[]) => Tensor, inputs: (of: (v: Nested) => Tensor) => readonly Tensor[]]
type Nested = number | readonly Nested[]
const zeros = [
  [0, 0],
  [1, 1],
] as const

const ends: readonly End[] = [
  ['binaryCrossEntropy', (p, y) => hebb.binaryCrossEntropy(p!, y!), (t) => [t([0, 1, 0, 1, 1e-30, 0.3, 1]), t([0, 1, 1, 0, 0, 1, 0.5])]],
  ['binaryCrossEntropyWithLogits', (x, y) => hebb.binaryCrossEntropyWithLogits(x!, y!), (t) => [t([1e4, -1e4, 0, 100]), t([1, 0, 1, 0])]],
  [
    'binaryCrossEntropyWithLogits with positiveWeight',
    (x, y) => hebb.binaryCrossEntropyWithLogits(x!, y!, { positiveWeight: tensor([2]) }),
    (t) => [t([1e4, -1e4, 0, 100]), t([1, 0, 1, 0])],
  ],
  ['klDivergence', (x, y) => hebb.klDivergence(x!, y!), (t) => [t([[low, 0, -1]]), t([[0, 1, 0]])]],
  ['klDivergence of logarithms', (x, y) => hebb.klDivergence(x!, y!, { logTarget: true }), (t) => [t([[low, 0, -1]]), t([[low, 0, low]])]],
  ['crossEntropy', (x) => hebb.crossEntropy(x!, ids(0)), (t) => [t([[1, low, 2]])]],
  ['crossEntropy of probabilities', (x, y) => hebb.crossEntropy(x!, y!), (t) => [t([[1, low, 2]]), t([[1, 0, 0]])]],
  ['nll', (x) => hebb.nll(x!, ids(0)), (t) => [t([[0, low, low]])]],
  ['gaussianNll', (m, y, v) => hebb.gaussianNll(m!, y!, v!, { full: true }), (t) => [t([0, 1, 2]), t([0, 1, 2]), t([0, 1e-8, 1])]],
  ['poissonNll', (x, y) => hebb.poissonNll(x!, y!, { full: true }), (t) => [t([0, 1, 2]), t([0, 1, 2])]],
  ['poissonNll of rates', (x, y) => hebb.poissonNll(x!, y!, { full: true, logInput: false }), (t) => [t([0, 0, 2]), t([0, 1, 2])]],
  ['cosineEmbedding', (a, b) => hebb.cosineEmbedding(a!, b!, tensor([1, -1])), (t) => [t(zeros), t(zeros)]],
  ['tripletMargin', (a, p, n) => hebb.tripletMargin(a!, p!, n!, { eps: 0, swap: true }), (t) => [t(zeros), t(zeros), t(zeros)]],
  ['tripletMargin, order 3', (a, p, n) => hebb.tripletMargin(a!, p!, n!, { eps: 0, order: 3 }), (t) => [t(zeros), t(zeros), t(zeros)]],
  ['hinge', (x) => hebb.hinge(x!, tensor([1, -1])), (t) => [t([1, -1])]],
  ['hingeEmbedding', (x) => hebb.hingeEmbedding(x!, tensor([1, -1])), (t) => [t([0, 1])]],
  ['marginRanking', (a, b) => hebb.marginRanking(a!, b!, tensor([1, -1])), (t) => [t([0, 1]), t([0, 1])]],
  ['multiMargin', (x) => hebb.multiMargin(x!, ids(0), { power: 2 }), (t) => [t([[0, 1, 0]])]],
  ['smoothL1 with beta 0', (a, b) => hebb.smoothL1(a!, b!, { beta: 0 }), (t) => [t([1, 2]), t([1, 3])]],
  [
    'std',
    (x) => x!.std(1).sum(),
    (t) => [
      t([
        [0, 0, 0],
        [0.1, 0.1, 0.1],
        [1, 2, 3],
      ]),
    ],
  ],
  ['std of one number', (x) => x!.std(1, { correction: 0 }).sum(), (t) => [t([[5], [0.3]])]],
  ...[0.5, 1, 1.5, 2, 3, 4, -1, -2, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map(
    (order): End => [
      `norm of order ${order}`,
      (x) => x!.norm(1, { order }).sum(),
      (t) => [
        t([
          [0, 0, 0],
          [0, 1, -2],
        ]),
      ],
    ],
  ),
  ['pow', (a, b) => a!.pow(b!).sum(), (t) => [t([0, 0, 0, 1]), t([1, 2, 3, 0])]],
]

describe.each(['f32', 'f64'] as const)('%s: finite values and gradients of two orders', (dtype: Dtype) => {
  for (const [name, f, make] of ends)
    test(name, async () => {
      const inputs = make((v) => tensor(v, { dtype }))
      const of = (i: number) => (v: Tensor) => f(...inputs.with(i, v))
      const first = inputs.map((x, i) => grad(of(i))(x))
      const second = inputs.map((x, i) => grad((v: Tensor) => grad(of(i))(v).mul(1.3).sum())(x))
      for (const numbers of await compute([f(...inputs), ...first, ...second]))
        expect(Array.from(numbers, Number).every(Number.isFinite), String(numbers)).toBe(true)
    })
})

describe('binaryCrossEntropy', () => {
  const p = [0, 1, 0, 1, 0.25, 1, 1e-7, 0.5]
  const y = [0, 1, 1, 0, 1, 0.5, 0, 0.5]
  const spread = (v: number): number => Math.max(v * (1 - v), 1e-12)
  test('logarithms stop at −100, the gradient is (p − y) / max(p(1 − p), 1e-12)', async () => {
    const [a, b] = [of(p), of(y)]
    const loss = (x: Tensor): Tensor => hebb.binaryCrossEntropy(x, b, { reduction: 'sum' })
    const [values, g, gTarget] = await compute([
      hebb.binaryCrossEntropy(a, b, { reduction: 'none' }),
      grad(loss)(a),
      grad((t: Tensor) => hebb.binaryCrossEntropy(a, t, { reduction: 'sum' }))(b),
    ])
    const bounded = (v: number): number => Math.max(Math.log(v), -100)
    expectClose(
      values!,
      p.map((v, i) => -(y[i]! * bounded(v) + (1 - y[i]!) * bounded(1 - v))),
    )
    expectClose(
      g!,
      p.map((v, i) => (v - y[i]!) / spread(v)),
    )
    expectClose(
      gTarget!,
      p.map((v) => bounded(1 - v) - bounded(v)),
    )
  })
  test('a probability of 1e-9 costs 1e-9 in f32', async () => {
    expect(await hebb.binaryCrossEntropy(tensor([1e-9]), tensor([0])).item()).toBeCloseTo(1e-9, 15)
  })
  test('gradients of both sides, by finite differences', () =>
    gradcheck((x: Tensor, t: Tensor) => hebb.binaryCrossEntropy(x, t), [of([0.2, 0.9, 0.5]), of([0, 1, 0.3])], { order: 2 }))
  test('a sigmoid that has learned goes on', async () => {
    const x = tensor([200, -200, 30])
    const g = await grad((v: Tensor) => hebb.binaryCrossEntropy(v.sigmoid(), tensor([1, 0, 1])))(x).data()
    expect(Array.from(g, Number)).toEqual([0, 0, 0])
  })
})

test('what cannot be costs nothing where it is not expected, and the rest as always', async () => {
  const [kl, ce] = await compute([
    hebb.klDivergence(of([[low, Math.log(0.5), Math.log(0.5)]]), of([[0, 0.25, 0.75]])),
    hebb.crossEntropy(of([[low, 0, 0]]), of([[0, 0.25, 0.75]])),
  ])
  expectClose(kl!, [0.25 * Math.log(0.5) + 0.75 * Math.log(1.5)])
  expectClose(ce!, [Math.LN2])
})

test('the gradient of std: 0 where all are equal, (x − mean) / ((n − 1) std) elsewhere', async () => {
  const x = tensor([
    [0.1, 0.1, 0.1],
    [1, 2, 3],
  ])
  const [g, s] = await compute([grad((v: Tensor) => v.std(1).sum())(x), x.std(1)])
  expectClose(g!, [0, 0, 0, -0.5, 0, 0.5])
  expectClose(s!, [0, 1])
})
