import { describe, expect, test } from 'vitest'
import {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  crossEntropy,
  type Dataset,
  dataset,
  evaluate,
  gaussianNll,
  grad,
  hinge,
  huber,
  initialize,
  klDivergence,
  Linear,
  meanAbsoluteError,
  meanSquaredError,
  multiMargin,
  nextTokenAccuracy,
  nextTokenCrossEntropy,
  nll,
  parameters,
  poissonNll,
  predict,
  sequential,
  sgd,
  smoothL1,
  type Tensor,
  tensor,
  trainStep,
} from '../../src/index.js'
import { factsOf } from '../../src/loss/facts.js'
import { weighLoss } from '../../src/loss/weights.js'

const weights = [2, 0, 1, 3, 1]
const N = weights.length
const repeated = weights.flatMap((w, i) => Array<number>(w).fill(i))
const noise = (n: number, k = 1.7): Float32Array => Float32Array.from({ length: n }, (_, i) => Math.sin(1 + i * k))
const rows = (data: Float32Array | Int32Array, width: number, at: readonly number[]): Tensor => {
  const picked = at.flatMap((i) => Array.from(data.subarray(i * width, (i + 1) * width)))
  return tensor(data instanceof Int32Array ? Int32Array.from(picked) : Float32Array.from(picked), { shape: [at.length, width] })
}
const ids = (of: readonly number[]) => (at: readonly number[]) => tensor(Int32Array.from(at, (i) => of[i]!))
const numbers = (width: number, k: number, f = (v: number) => v) => {
  const data = noise(N * width, k).map(f)
  return (at: readonly number[]) => rows(data, width, at)
}
const chances = (width: number) => (at: readonly number[]) => numbers(width, 2.3)(at).softmax(1)

/** Losses of outputs (n, 4), each with its target. */
const losses: Record<string, [loss: (o: Tensor, t: Tensor) => Tensor, target: (at: readonly number[]) => Tensor]> = {
  crossEntropy: [crossEntropy, ids([0, 3, 2, 1, 1])],
  'with ignored ids': [crossEntropy, ids([0, 3, -100, 1, -100])],
  'with class weights': [(o, t) => crossEntropy(o, t, { weight: tensor([0.5, 2, 1, 3]) }), ids([0, 3, 2, 1, 1])],
  'with both, smoothed': [
    (o, t) => crossEntropy(o, t, { weight: tensor([0.5, 2, 1, 3]), ignoreIndex: 2, labelSmoothing: 0.1 }),
    ids([0, 3, 2, 1, 1]),
  ],
  'of probabilities': [crossEntropy, chances(4)],
  nll: [(o, t) => nll(o.logSoftmax(1), t, { ignoreIndex: 1 }), ids([0, 3, 2, 1, 2])],
  multiMargin: [(o, t) => multiMargin(o, t), ids([0, 3, 2, 1, 1])],
  meanSquaredError: [meanSquaredError, numbers(4, 0.9)],
  meanAbsoluteError: [meanAbsoluteError, numbers(4, 0.9)],
  huber: [(o, t) => huber(o, t, { delta: 0.3 }), numbers(4, 0.9)],
  smoothL1: [smoothL1, numbers(4, 0.9)],
  binaryCrossEntropyWithLogits: [binaryCrossEntropyWithLogits, numbers(4, 0.9, (v) => (v > 0 ? 1 : 0))],
  'with rare positives': [
    (o, t) => binaryCrossEntropyWithLogits(o, t, { positiveWeight: tensor([1, 2, 3, 4]) }),
    numbers(4, 0.9, (v) => (v > 0 ? 1 : 0)),
  ],
  binaryCrossEntropy: [(o, t) => binaryCrossEntropy(o.sigmoid(), t), numbers(4, 0.9, (v) => (v > 0 ? 1 : 0))],
  hinge: [hinge, numbers(4, 0.9, (v) => (v > 0 ? 1 : -1))],
  klDivergence: [(o, t) => klDivergence(o.logSoftmax(1), t), chances(4)],
  'klDivergence over elements': [(o, t) => klDivergence(o.logSoftmax(1), t, { reduction: 'mean' }), chances(4)],
  gaussianNll: [(o, t) => gaussianNll(o, t, o.square().add(0.1)), numbers(4, 0.9)],
  poissonNll: [poissonNll, numbers(4, 0.9, (v) => Math.round(4 + 4 * v))],
  sums: [(o, t) => meanSquaredError(o, t, { reduction: 'sum' }), numbers(4, 0.9)],
  'made of others': [(o, t) => meanSquaredError(o, t).mul(2).add(huber(o, t).div(3)).add(0.25), numbers(4, 0.9)],
}

describe('weights of examples', () => {
  const scores = numbers(4, 1.3)
  const all = [...Array(N).keys()]
  for (const [name, [loss, target]] of Object.entries(losses))
    test(`${name}: whole weights are examples that come so often, 0 is one left out; gradients too`, async () => {
      const w = tensor(weights)
      const weighed = (o: Tensor): Tensor => weighLoss(loss(o, target(all)), w)!
      const often = (o: Tensor): Tensor => loss(o.take(tensor(Int32Array.from(repeated)), 0), target(repeated))
      const [a, b] = [await weighed(scores(all)).item(), await often(scores(all)).item()]
      expect(Number(a)).toBeCloseTo(Number(b), 5)
      const [ga, gb] = await Promise.all([weighed, often].map(async (f) => [...((await grad(f)(scores(all)).data()) as Float32Array)]))
      for (const [i, g] of ga!.entries()) expect(g).toBeCloseTo(gb![i]!, 5)
      // what counts is what counts in the repeated examples
      const counts = async (t: Tensor, n: number) => {
        const { counts: c, rows: r = n } = factsOf(t)
        return c === 'sum' || c === undefined ? c : (Number(typeof c === 'number' ? c : await c.item()) * n) / r
      }
      const [ca, cb] = [await counts(weighed(scores(all)), N), await counts(often(scores(all)), repeated.length)]
      if (typeof ca === 'number') expect(ca).toBeCloseTo(cb as number, 4)
      else expect(ca).toBe(cb)
    })

  test('what weighs 0 may be no number', async () => {
    const [o, t] = [tensor([[1], [Number.NaN], [3]]), tensor([[0], [0], [0]])]
    expect(await weighLoss(meanSquaredError(o, t), tensor([1, 0, 3]))!.item()).toBe(7)
  })

  test('places of a text: a weight for each text, or for each place', async () => {
    const logits = tensor(noise(2 * 3 * 4), { shape: [2, 3, 4] })
    const y = tensor(Int32Array.of(0, 1, -100, 3, 2, 1), { shape: [2, 3] })
    const flat = (o: Tensor, w: number[]) => weighLoss(crossEntropy(o.reshape([6, 4]), y.reshape([6])), tensor(w))!
    for (const [given, spread] of [
      [tensor([2, 3]), [2, 2, 2, 3, 3, 3]],
      [
        tensor([
          [1, 0, 5],
          [2, 0.5, 0],
        ]),
        [1, 0, 5, 2, 0.5, 0],
      ],
    ] as const) {
      const own = weighLoss(nextTokenCrossEntropy(logits, y), given)!
      expect(await own.item()).toBeCloseTo(Number(await flat(logits, [...spread]).item()), 6)
      const right = ((await logits.argmax(2).data()) as Int32Array).map((c, i) => Number(c === [0, 1, -100, 3, 2, 1][i]))
      const counted: number[] = spread.map((w, i) => (i === 2 ? 0 : w))
      const share = counted.reduce((s, w, i) => s + w * right[i]!, 0) / counted.reduce((s, w) => s + w, 0)
      expect(await weighLoss(nextTokenAccuracy(logits, y, { ignoreIndex: -100 }), given)!.item()).toBeCloseTo(share, 6)
    }
    expect(() => weighLoss(nextTokenCrossEntropy(logits, y), tensor([1, 2, 3]))).toThrow()
  })
})

type Set_ = Dataset<'x' | 'y' | 'w'>
const table = (y: readonly number[], w: readonly number[] = weights): Set_ =>
  dataset({ x: { data: noise(y.length * 3), shape: [3] }, y: { data: Int32Array.from(y), shape: [] }, w: Float32Array.from(w) })

describe('evaluate and steps with weights', () => {
  test('loss, accuracy and metrics weigh alike, whatever the batches, and so do ignored targets', async () => {
    const model = sequential(new Linear(3, 3))
    initialize(model, { seed: 2 })
    for (const y of [
      [0, 1, 2, 2, 1],
      [0, -100, 2, -100, 1],
    ]) {
      const data = table(y)
      const often = data.select(repeated).pick('x', 'y')
      const metrics = {
        nats: crossEntropy,
        wrong: (o: Tensor, t: Tensor) => o.argmax(1).cast('i32').equal(t.cast('i32')).not().cast('f32'),
      }
      const right = await evaluate(model, often, { loss: crossEntropy, metrics })
      for (const batchSize of [5, 3, 2]) {
        const found = await evaluate(model, data, { loss: crossEntropy, weight: 'w', metrics, batchSize })
        expect(found.loss).toBeCloseTo(right.loss, 5)
        expect(found.accuracy).toBeCloseTo(right.accuracy!, 5)
        expect(found.metrics.nats).toBeCloseTo(right.metrics.nats!, 5)
        expect(found.metrics.wrong).toBeCloseTo(right.metrics.wrong!, 5)
        expect(found.examples).toBe(5)
      }
    }
  })

  test('in closed form: Σ w·l / Σ w', async () => {
    const model = sequential(new Linear(3, 1))
    initialize(model, { seed: 2 })
    const data = dataset({
      x: { data: noise(15), shape: [3] },
      y: { data: noise(5, 3), shape: [1] },
      w: Float32Array.of(0.5, 0, 2, 1, 0.25),
    })
    const o = (await (await predict(model, data)).data()) as Float32Array
    const y = data.columns.y.data as Float32Array
    const w = [0.5, 0, 2, 1, 0.25]
    const mean = w.reduce((s, v, i) => s + v * (o[i]! - y[i]!) ** 2, 0) / 3.75
    for (const batchSize of [5, 2])
      expect((await evaluate(model, data, { loss: meanSquaredError, weight: 'w', batchSize })).loss).toBeCloseTo(mean, 5)
  })

  test('a function whose examples cannot be told apart is refused; one per example, or one that sees the batch, is not', async () => {
    const model = sequential(new Linear(3, 3))
    initialize(model, { seed: 2 })
    const data = table([0, 1, 2, 2, 1])
    const own = (o: Tensor): Tensor => o.square().mean()
    await expect(evaluate(model, data, { loss: own, weight: 'w' })).rejects.toThrow(
      'weight: the loss is one number that no built-in loss made',
    )
    await expect(evaluate(model, data, { loss: crossEntropy, metrics: { own }, weight: 'w' })).rejects.toThrow('weight: the metric own')
    const each = await evaluate(model, data, { loss: (o) => o.square().mean(1), weight: 'w', batchSize: 2 })
    const seen = await evaluate(model, data, {
      loss: (o, _, { w }: { w: Tensor }) => o.square().mean(1).mul(w).sum().div(w.sum()),
      weight: 'w',
      batchSize: 2,
    })
    expect(seen.loss).toBeCloseTo(each.loss, 5)
    await expect(evaluate(model, data, { loss: crossEntropy, weight: 'v' })).rejects.toThrow('the data has the fields x, y, w, but no v')
  })
})

test('a step in which all weigh 0 moves nothing', async () => {
  const model = sequential(new Linear(3, 3))
  const step = trainStep(
    model,
    sgd({ lr: 1 }),
    ({ x, y, w }: { x: Tensor; y: Tensor; w: Tensor }) => weighLoss(crossEntropy(model.forward(x), y), w)!,
  )
  const weightsNow = () => [...parameters(model).values()].map((p) => Array.from((p.storage.array as Float32Array) ?? []))
  initialize(model)
  const before = weightsNow()
  const { loss, counts } = await step({ x: tensor(noise(6), { shape: [2, 3] }), y: Int32Array.of(0, 1), w: Float32Array.of(0, 0) })
  expect([loss, counts]).toEqual([0, 0])
  expect(weightsNow()).toEqual(before)
})
