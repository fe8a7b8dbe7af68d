/** What losses must keep beyond PyTorch's numbers: gradients of two orders, fused = plain, extremes, clear refusals. */
import { describe, expect, test } from 'vitest'
import * as hebb from '../../src/index.js'
import { compute, DtypeError, grad, gradcheck, HebbError, logSoftmax, ShapeError, softmax, type Tensor, tensor } from '../../src/index.js'
import { expectClose } from '../compare.js'
import { of, some } from '../ops/examples.js'

const ids = (...values: number[]): Tensor => tensor(values, { dtype: 'i32' })
const signs = (...values: number[]): Tensor => of(values)
const scores = (): Tensor => some([5, 4], { seed: 3 })
const shares = (): Tensor => softmax(some([5, 4], { seed: 4 }), 1)
const classes = ids(0, 3, 1, 1, 2)
const weight = of([0.5, 2, 1, 0.25])
const mixed = (): Tensor => some([3, 4], { seed: 9 })

type Checked = readonly [name: string, f: (...x: Tensor[]) => Tensor, inputs: () => readonly Tensor[]]
const reductions = ['mean', 'sum', 'none'] as const

const smooth: readonly Checked[] = [
  ['meanSquaredError', (x, y) => hebb.meanSquaredError(x!, y!), () => [mixed(), some([3, 4], { seed: 2 })]],
  ['meanAbsoluteError', (x, y) => hebb.meanAbsoluteError(x!, y!), () => [mixed(), some([3, 4], { seed: 2 })]],
  ['huber', (x, y) => hebb.huber(x!, y!, { delta: 0.7 }), () => [mixed(), some([3, 4], { seed: 2 })]],
  ['smoothL1', (x, y) => hebb.smoothL1(x!, y!, { beta: 0.3 }), () => [mixed(), some([3, 4], { seed: 2 })]],
  ['binaryCrossEntropy', (x, y) => hebb.binaryCrossEntropy(x!.sigmoid(), y!.sigmoid()), () => [mixed(), some([3, 4], { seed: 2 })]],
  [
    'binaryCrossEntropyWithLogits',
    (x, y) => hebb.binaryCrossEntropyWithLogits(x!, y!),
    () => [mixed(), some([3, 4], { seed: 2, from: 0, to: 1 })],
  ],
  [
    'binaryCrossEntropyWithLogits with positiveWeight and weight',
    (x, y, p, w) => hebb.binaryCrossEntropyWithLogits(x!, y!, { positiveWeight: p!, weight: w! }),
    () => [mixed(), some([3, 4], { seed: 2, from: 0, to: 1 }), some([4], { from: 0.5, to: 3 }), some([3, 1], { from: 0.5, to: 3 })],
  ],
  ...reductions.map(
    (reduction): Checked => [`crossEntropy, ${reduction}`, (x) => hebb.crossEntropy(x!, classes, { reduction }), () => [scores()]],
  ),
  [
    'crossEntropy with everything',
    (x, w) => hebb.crossEntropy(x!, classes, { weight: w!, ignoreIndex: 1, labelSmoothing: 0.2 }),
    () => [scores(), weight],
  ],
  [
    'crossEntropy of probabilities',
    (x, t, w) => hebb.crossEntropy(x!, t!, { weight: w!, labelSmoothing: 0.1 }),
    () => [scores(), some([5, 4], { seed: 6, from: 0, to: 1 }), weight],
  ],
  ['crossEntropy of images', (x) => hebb.crossEntropy(x!, ids(0, 1, 2, 2, 1, 0).reshape([2, 3])), () => [some([2, 3, 3])]],
  ['nll', (x, w) => hebb.nll(x!, classes, { weight: w!, ignoreIndex: 1 }), () => [scores(), weight]],
  ['klDivergence', (x, t) => hebb.klDivergence(logSoftmax(x!), softmax(t!)), () => [scores(), some([5, 4], { seed: 8 })]],
  [
    'klDivergence of logarithms',
    (x, t) => hebb.klDivergence(logSoftmax(x!), logSoftmax(t!), { logTarget: true }),
    () => [scores(), some([5, 4], { seed: 8 })],
  ],
  ['hinge', (x) => hebb.hinge(x!, signs(1, -1, 1, -1)), () => [some([4])]],
  ['hingeEmbedding', (x) => hebb.hingeEmbedding(x!, signs(1, -1, 1, -1)), () => [some([4], { from: 0, to: 3 })]],
  ['marginRanking', (a, b) => hebb.marginRanking(a!, b!, signs(1, -1, 1, -1), { margin: 0.3 }), () => [some([4]), some([4], { seed: 2 })]],
  ['multiMargin', (x, w) => hebb.multiMargin(x!, classes, { power: 2, weight: w! }), () => [scores(), weight]],
  ['multiMargin, power 1', (x) => hebb.multiMargin(x!, classes, { margin: 0.7 }), () => [scores()]],
  [
    'cosineEmbedding',
    (a, b) => hebb.cosineEmbedding(a!, b!, signs(1, -1, -1), { margin: -0.5 }),
    () => [some([3, 4]), some([3, 4], { seed: 2 })],
  ],
  [
    'tripletMargin',
    (a, p, n) => hebb.tripletMargin(a!, p!, n!, { swap: true, margin: 3 }),
    () => [1, 2, 3].map((seed) => some([3, 4], { seed })),
  ],
  [
    'tripletMargin, order 3',
    (a, p, n) => hebb.tripletMargin(a!, p!, n!, { order: 3, margin: 3 }),
    () => [1, 2, 3].map((seed) => some([3, 4], { seed })),
  ],
  [
    'gaussianNll',
    (m, y, v) => hebb.gaussianNll(m!, y!, v!, { full: true }),
    () => [mixed(), some([3, 4], { seed: 2 }), some([3], { seed: 5, from: 0.5, to: 2 })],
  ],
  [
    'poissonNll',
    (x, y) => hebb.poissonNll(x!, y!, { full: true }),
    () => [
      mixed(),
      of([
        [1.5, 3, 0.5, 4],
        [2, 5, 0, 1.2],
        [7, 0.2, 3, 2],
      ]),
    ],
  ],
  [
    'poissonNll of rates',
    (x, y) => hebb.poissonNll(x!, y!, { logInput: false }),
    () => [some([3, 4], { from: 0.5, to: 2 }), some([3, 4], { seed: 2, from: 0, to: 5 })],
  ],
  [
    'ctc',
    (x) =>
      hebb.ctc(
        logSoftmax(x!),
        tensor(
          [
            [1, 1, 2],
            [3, 0, 0],
          ],
          { dtype: 'i32' },
        ),
        [6, 4],
        [3, 1],
        { reduction: 'sum' },
      ),
    () => [some([6, 2, 4], { seed: 2 })],
  ],
]

describe('gradients of two orders', () => {
  for (const [name, f, inputs] of smooth) test(name, () => gradcheck(f, inputs(), { order: 2 }))
})

describe('fused and plain forms are one function', () => {
  const hot = (x: Tensor, target: Tensor): Tensor => hebb.oneHot(target, x.shape[1]!, { dtype: x.dtype })
  const pairs: readonly (readonly [string, (x: Tensor) => Tensor, (x: Tensor) => Tensor])[] = [
    ['crossEntropy', (x) => hebb.crossEntropy(x, classes), (x) => logSoftmax(x, 1).mul(hot(x, classes)).sum().div(-5)],
    [
      'binaryCrossEntropyWithLogits',
      (x) => hebb.binaryCrossEntropyWithLogits(x, shares()),
      (x) => hebb.binaryCrossEntropy(x.sigmoid(), shares()),
    ],
    [
      'huber',
      (x) => hebb.huber(x, shares(), { delta: 0.7 }),
      (x) => {
        const d = x.sub(shares()).abs()
        return hebb.where(d.lessEqual(0.7), d.square().mul(0.5), d.sub(0.35).mul(0.7)).mean()
      },
    ],
  ]
  for (const [name, fused, plain] of pairs)
    test(name, async () => {
      const x = scores()
      const second = (f: (x: Tensor) => Tensor): Tensor => grad((v: Tensor) => grad(f)(v).square().sum())(x)
      const [a, b, da, db, dda, ddb] = await compute([fused(x), plain(x), grad(fused)(x), grad(plain)(x), second(fused), second(plain)])
      for (const [got, want] of [
        [a!, b!],
        [da!, db!],
        [dda!, ddb!],
      ] as const)
        expectClose(got, Array.from(want, Number), { rtol: 1e-9, atol: 1e-12 })
    })
})

/** Σ over all strings of classes that spell the label, one by one. */
function spelled(logs: readonly (readonly number[])[], label: readonly number[], blank: number): number {
  const spell = (path: readonly number[]): string =>
    path
      .filter((c, i) => c !== path[i - 1])
      .filter((c) => c !== blank)
      .join()
  let total = 0
  const walk = (path: readonly number[], log: number): void => {
    if (path.length === logs.length) {
      if (spell(path) === label.join()) total += Math.exp(log)
      return
    }
    for (const [c, l] of logs[path.length]!.entries()) walk([...path, c], log + l)
  }
  walk([], 0)
  return -Math.log(total)
}

describe('ctc', () => {
  for (const [label, blank] of [
    [[1], 0],
    [[1, 1], 0],
    [[2, 1], 0],
    [[0, 1, 0], 2],
    [[], 1],
    [[2, 2, 2], 0],
  ] as const)
    test(`label ${label.join(' ') || 'empty'}, blank ${blank}: every alignment counted`, async () => {
      const steps = 5
      const logs = await logSoftmax(some([steps, 1, 3], { seed: 7 })).array()
      const rows = (logs as number[][][]).map((step) => step[0]!)
      const targets = tensor([[...label, ...Array<number>(3 - label.length).fill(0)]], { dtype: 'i64' })
      const got = await hebb.ctc(tensor(logs, { dtype: 'f64' }), targets, [steps], [label.length], { blank, reduction: 'none' }).data()
      expectClose(got, [spelled(rows, label, blank)], { rtol: 1e-9 })
    })

  test('a label that does not fit costs ∞, or 0, and has gradient 0; classes of probability 0 too', async () => {
    const low = Number.NEGATIVE_INFINITY
    const logits = of([[[1, 2, 3]], [[0, 1, low]]])
    const loss = (zeroInfinity: boolean) => (x: Tensor) =>
      hebb.ctc(logSoftmax(x), ids(1, 1).reshape([1, 2]), [2], [2], { reduction: 'sum', zeroInfinity })
    const [infinite, zero, g] = await compute([loss(false)(logits), loss(true)(logits), grad(loss(true))(of([[[1, 2, 3]], [[0, 1, 2]]]))])
    expect([infinite![0], zero![0]]).toEqual([Number.POSITIVE_INFINITY, 0])
    expect(Array.from(g!, Number).every((v) => v === 0)).toBe(true)
    const never = (x: Tensor): Tensor => hebb.ctc(x, ids(1).reshape([1, 1]), [2], [1], { reduction: 'sum' })
    const logs = of([[[low, 0, low]], [[0, low, low]]])
    const [cost, slope] = await compute([never(logs), grad(never)(logs)])
    expect(Number(cost![0])).toBeCloseTo(0, 12)
    expectClose(slope!, [0, -1, 0, -1, 0, 0])
  })

  test('one example without a batch', async () => {
    const logs = logSoftmax(some([6, 4], { seed: 2 }))
    const [one, batch] = await compute([
      hebb.ctc(logs, ids(1, 2), tensor(6, { dtype: 'i32' }), tensor(2, { dtype: 'i32' })),
      hebb.ctc(logs.unsqueeze(1), ids(1, 2).unsqueeze(0), [6], [2]),
    ])
    expect(one).toEqual(batch)
  })
})

describe('extremes', () => {
  const f32 = (values: readonly number[]): Tensor => tensor(values)
  test('logits of ±1e4 give finite losses and gradients', async () => {
    const x = f32([1e4, -1e4, 1e4, -1e4, 0])
    const y = f32([1, 0, 0, 1, 0.5])
    const bce = (v: Tensor): Tensor => hebb.binaryCrossEntropyWithLogits(v, y, { reduction: 'sum' })
    const rows = tensor([
      [1e4, -1e4, 0],
      [-1e4, 1e4, 9999],
    ])
    const ce = (v: Tensor): Tensor => hebb.crossEntropy(v, ids(1, 1), { reduction: 'sum' })
    const [a, da, b, db] = await compute([bce(x), grad(bce)(x), ce(rows), grad(ce)(rows)])
    expectClose(a!, [20000 + Math.LN2])
    expectClose(da!, [0, 0, 1, -1, 0])
    expectClose(b!, [20000 + Math.log1p(Math.exp(-1))], { rtol: 1e-5 })
    expectClose(db!, [1, -1, 0, 0, -0.268941, 0.268941], { atol: 1e-5 })
  })

  test('what is ignored does not count even where it is not finite', async () => {
    const rows = tensor([
      [1, 2],
      [Number.NEGATIVE_INFINITY, 0],
    ])
    const loss = (v: Tensor): Tensor => hebb.crossEntropy(v, ids(0, -100))
    const [value, g] = await compute([loss(rows), grad(loss)(rows)])
    expectClose(value!, [Math.log(1 + Math.E)])
    expect(Array.from(g!, Number).every(Number.isFinite)).toBe(true)
    expect(await hebb.crossEntropy(rows, ids(-100, -100)).item()).toBeNaN()
  })

  test('a variance below eps counts as eps and can still learn', async () => {
    const loss = (v: Tensor): Tensor => hebb.gaussianNll(tensor([1]), tensor([1]), v, { eps: 0.01, reduction: 'sum' })
    const [value, g] = await compute([loss(tensor([0])), grad(loss)(tensor([0]))])
    expectClose(value!, [Math.log(0.01) / 2])
    expectClose(g!, [50])
  })
})

describe('refusals', () => {
  const logits = tensor([
    [1, 2],
    [3, 4],
  ])
  test('targets that fit neither form', () => {
    expect(() => hebb.crossEntropy(logits, tensor([0, 1]))).toThrowErrorMatchingInlineSnapshot(`
      [ShapeError: crossEntropy: targets are class ids (2) of an integer dtype, or probabilities in the shape of the logits: cast them, target.cast('i32'), or give the field as an Int32Array
        inputs: (2, 2) f32, (2) f32]
    `)
    expect(() => hebb.crossEntropy(logits, ids(0, 1, 1))).toThrow(ShapeError)
    expect(() => hebb.nll(logits, tensor([0, 1]))).toThrow(DtypeError)
  })
  test('ids that are no class', async () => {
    expect(() => hebb.crossEntropy(logits, ids(0, 2))).toThrow(/a target is class 2, but there are classes 0 to 1 only/)
    expect(() => hebb.crossEntropy(logits, ids(0, -1))).toThrow(/a target is class -1/)
    const later = hebb.compile((x: Tensor, y: Tensor) => hebb.crossEntropy(x, y))
    await expect(later(logits, ids(0, 2))).rejects.toThrow(HebbError)
    await expect(later(logits, ids(-1, 0))).rejects.toThrow(HebbError)
    expect(Number(await (await later(logits, ids(0, 1))).item())).toBeGreaterThan(0)
  })
  test('shapes and options', () => {
    const two = tensor([1, 2])
    expect(() => hebb.meanSquaredError(tensor([[1], [2]]), two)).toThrow(/different shapes: reshape one of them/)
    expect(() => hebb.crossEntropy(logits, ids(0, 1), { labelSmoothing: 2 })).toThrow(/labelSmoothing is 2/)
    expect(() => hebb.crossEntropy(logits, ids(0, 1), { weight: tensor([1, 2, 3]) })).toThrow(/not one number for each of 2 classes/)
    expect(() => hebb.meanSquaredError(two, two, { reduction: 'average' as 'mean' })).toThrow(/no reduction 'average'/)
    expect(() => hebb.huber(two, two, { delta: 0 })).toThrow(/delta is 0/)
    expect(() => hebb.gaussianNll(logits, logits, tensor([1, 2, 3]))).toThrow(ShapeError)
    expect(() => hebb.ctc(tensor([[[0, 0]]]), ids(1).reshape([1, 1]), [2], [1])).toThrow(/an input of length 2 does not fit into 1 steps/)
    expect(() => hebb.ctc(tensor([[[0, 0]]]), ids(1).reshape([1, 1]), [1], [1], { blank: 2 })).toThrow(/blank is 2/)
  })
})
