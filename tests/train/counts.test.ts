import { describe, expect, test } from 'vitest'
import {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  crossEntropy,
  type Dataset,
  dataset,
  type EpochEvent,
  evaluate,
  type FitOptions,
  fit,
  initialize,
  klDivergence,
  type Layer,
  Linear,
  mean,
  meanSquaredError,
  multiMargin,
  nextTokenCrossEntropy,
  nll,
  parameters,
  predict,
  sequential,
  sgd,
  type Tensor,
  tensor,
  trainStep,
} from '../../src/index.js'
import { bytesOf } from './task.js'

type Set_ = Dataset<'x' | 'y'>
const rows = (n: number, width: number): Float32Array => Float32Array.from({ length: n * width }, (_, i) => Math.sin(1 + i * 1.7))
const idsOf = (y: readonly number[], width = 3): Set_ =>
  dataset({ x: { data: rows(y.length, width), shape: [width] }, y: { data: Int32Array.from(y), shape: [] } })

/** Loss and accuracy of every batch size, by `evaluate` and by an epoch of `fit` that moves nothing. */
async function everyWay(model: Layer, data: Set_, loss: FitOptions['loss'], sizes = [4, 3, 2, 1]): Promise<[number, number | undefined][]> {
  const found: [number, number | undefined][] = []
  for (const batchSize of sizes) {
    const e = await evaluate(model, data, { loss, batchSize })
    found.push([e.loss, e.accuracy])
    const f = (await fit(model, data, { loss, optimizer: sgd({ lr: 0 }), batchSize })) as EpochEvent
    found.push([f.loss, f.accuracy])
  }
  return found
}
const near = (found: readonly (number | undefined)[], right: number): void => {
  for (const value of found) expect(value).toBeCloseTo(right, 6)
}

describe('means over batches weigh what counts in them', () => {
  test('ignored targets count in no loss and no accuracy, whatever the batches', async () => {
    for (const y of [
      [0, 1, -100, -100],
      [-100, 0, 2, -100, 1],
      [-100, -100, -100, 1],
    ]) {
      const model = sequential(new Linear(3, 3))
      initialize(model, { seed: 3 })
      const data = idsOf(y)
      const logits = (await (await predict(model, data)).array()) as number[][]
      const counted = y.flatMap((c, i) => (c < 0 ? [] : [{ c, z: logits[i]! }]))
      const right =
        counted.reduce((s, { c, z }) => s - Math.log(Math.exp(z[c]!) / z.reduce((t, v) => t + Math.exp(v), 0)), 0) / counted.length
      const share = counted.filter(({ c, z }) => z.indexOf(Math.max(...z)) === c).length / counted.length
      const found = await everyWay(model, data, crossEntropy)
      near(
        found.map(([l]) => l),
        right,
      )
      near(
        found.map(([, a]) => a),
        share,
      )
    }
  })

  test('so do class weights, an id of a class that is ignored, nll, and a loss made of others', async () => {
    const model = sequential(new Linear(3, 3))
    initialize(model, { seed: 1 })
    const data = idsOf([0, 1, 2, 2, 0, 1, 1])
    const weight = tensor([0.2, 3, 1])
    const losses: [string, FitOptions['loss']][] = [
      ['weights', (o, t) => crossEntropy(o, t, { weight })],
      ['padding', (o, t) => crossEntropy(o, t, { ignoreIndex: 2 })],
      ['both', (o, t) => crossEntropy(o, t, { weight, ignoreIndex: 0 })],
      ['nll', (o, t) => nll(o.logSoftmax(1), t, { ignoreIndex: 1 })],
      ['smooth', (o, t) => crossEntropy(o, t, { labelSmoothing: 0.1, ignoreIndex: 1 })],
      ['penalty', (o, t) => crossEntropy(o, t, { ignoreIndex: 1 }).mul(2).add(3)],
      ['two heads', (o, t) => crossEntropy(o, t, { ignoreIndex: 1 }).add(crossEntropy(o.mul(2), t, { ignoreIndex: 1 }))],
      ['margin', (o, t) => multiMargin(o, t)],
    ]
    for (const [name, loss] of losses) {
      const [whole, ...rest] = await everyWay(model, data, loss, [7, 4, 3, 2])
      for (const [l, a] of rest) {
        expect(l, name).toBeCloseTo(whole![0], 5)
        expect(a, name).toBeCloseTo(whole![1]!, 6)
      }
    }
    // the class that is ignored is in no accuracy: of 5 examples of classes 0 and 1
    const logits = (await (await predict(model, data)).array()) as number[][]
    const y = [0, 1, 2, 2, 0, 1, 1]
    const kept = y.flatMap((c, i) => (c === 2 ? [] : [logits[i]!.indexOf(Math.max(...logits[i]!)) === c]))
    const { accuracy } = await evaluate(model, data, { loss: losses[1]![1], batchSize: 2 })
    expect(accuracy).toBeCloseTo(kept.filter(Boolean).length / kept.length, 6)
  })

  test('a loss may say itself how much counts, with numbers of its own beside it', async () => {
    const model = sequential(new Linear(3, 1))
    initialize(model, { seed: 1 })
    const data = dataset({ x: { data: rows(5, 3), shape: [3] }, y: { data: Float32Array.of(1, -1, 2, -1, -1), shape: [] } })
    const loss: FitOptions['loss'] = (o, t) => {
      const counted = t.greater(0).cast('f32')
      const counts = counted.sum()
      const far = o.reshape([-1]).sub(t).abs().mul(counted).sum().div(counts)
      return { loss: o.reshape([-1]).sub(t).square().mul(counted).sum().div(counts), counts, far }
    }
    const all = await evaluate(model, data, { loss })
    for (const batchSize of [2, 3, 4]) {
      const e = await evaluate(model, data, { loss, batchSize })
      expect(e.loss).toBeCloseTo(all.loss, 5)
      expect(e.metrics.far).toBeCloseTo(all.metrics.far!, 5)
    }
  })

  test('metrics that are losses weigh what counts in them too', async () => {
    const model = sequential(new Linear(3, 3))
    initialize(model, { seed: 1 })
    const data = idsOf([0, -100, 2, -100, -100, 1])
    const metrics = { nats: crossEntropy, squares: (o: Tensor) => o.square().mean() }
    const all = await evaluate(model, data, { loss: (o) => o.mean(), metrics })
    const cut = await evaluate(model, data, { loss: (o) => o.mean(), metrics, batchSize: 2 })
    expect(cut.metrics.nats).toBeCloseTo(all.metrics.nats!, 5)
    expect(cut.metrics.squares).toBeCloseTo(all.metrics.squares!, 5)
  })

  test('nothing counted at all: NaN over the whole set, as PyTorch has it', async () => {
    const model = sequential(new Linear(3, 3))
    const e = await evaluate(model, idsOf([-100, -100]), { loss: crossEntropy })
    expect([e.loss, e.accuracy, e.examples]).toEqual([Number.NaN, Number.NaN, 2])
  })
})

describe('a batch in which nothing counts', () => {
  const step = (options = {}, optimizer = sgd({ lr: 0.5 })) => {
    const model = sequential(new Linear(3, 3))
    return { model, step: trainStep(model, optimizer, ({ x, y }: { x: Tensor; y: Tensor }) => crossEntropy(model.forward(x), y), options) }
  }
  const batch = (y: readonly number[]) => ({ x: tensor(rows(y.length, 3), { shape: [y.length, 3] }), y: tensor(Int32Array.from(y)) })

  test('is a step of gradient 0', async () => {
    for (const options of [{}, { clip: { norm: 1 } }, { clip: { value: 1 } }, { accumulate: 2 }]) {
      const { model, step: move } = step(options)
      initialize(model)
      const before = bytesOf(model)
      let result = await move(batch([-100, -100]))
      if ('accumulate' in options) result = await move(batch([-100, -100]))
      expect(result).toMatchObject({ loss: 0, counts: 0, step: 1 })
      expect(bytesOf(model)).toBe(before)
      expect((await move(batch([1, 2]))).loss).toBeGreaterThan(0)
    }
  })
  test('moves weights by their momentum, as a gradient of 0 does', async () => {
    const { model, step: move } = step({}, sgd({ lr: 0.5, momentum: 0.9 }))
    await move(batch([0, 1]))
    const before = bytesOf(model)
    await move(batch([-100, -100]))
    expect(bytesOf(model)).not.toBe(before)
    expect(bytesOf(model)).not.toContain('NaN')
  })
  test('counts for nothing in a sum of batches, and in an epoch', async () => {
    const [a, b] = [step({ accumulate: 3 }), step()]
    for (const y of [[-100, -100], [0, -100, 2], [-100]]) await a.step(batch(y))
    await b.step(batch([0, -100, 2]))
    expect(bytesOf(a.model)).toBe(bytesOf(b.model))
    const model = sequential(new Linear(3, 3))
    const e = (await fit(model, idsOf([-100, 0, -100, -100, 1]), { loss: crossEntropy, optimizer: sgd({ lr: 0 }), batchSize: 1 }))!
    const whole = await evaluate(model, idsOf([-100, 0, -100, -100, 1]), { loss: crossEntropy })
    expect(e.loss).toBeCloseTo(whole.loss, 6)
    expect(e.accuracy).toBeCloseTo(whole.accuracy!, 6)
  })
})

describe('accuracy', () => {
  const at = (x: readonly number[], y: { data: Int32Array | Float32Array | Uint8Array; shape: number[] }, width: number): Set_ =>
    dataset({ x: { data: Float32Array.from(x), shape: [width] }, y })
  const same = { forward: (x: Tensor) => x, scale: new Linear(1, 1) } as Layer
  const of = async (model: Layer, data: Set_, loss: FitOptions['loss']): Promise<number | undefined> => {
    const all = (await evaluate(model, data, { loss })).accuracy
    const cut = (await evaluate(model, data, { loss, batchSize: 3 })).accuracy
    if (all !== undefined) expect(cut).toBeCloseTo(all, 6)
    else expect(cut).toBeUndefined()
    return all
  }
  const flat =
    (f: (o: Tensor, t: Tensor) => Tensor): FitOptions['loss'] =>
    (o, t) =>
      f(o.reshape([-1]), t.cast('f32'))

  test('of one output with targets of 0 and 1, from logits and from probabilities', async () => {
    const logits = [-2, 0.3, 0.7, 3]
    const chances = [0.1, 0.4, 0.7, 0.9]
    for (const data of [Int32Array.of(0, 1, 0, 1), Float32Array.of(0, 1, 0, 1)]) {
      const shapes = [[], [1]]
      for (const shape of shapes) {
        const y = { data, shape }
        const wrap = (f: (o: Tensor, t: Tensor) => Tensor): FitOptions['loss'] =>
          shape.length === 0 ? flat(f) : (o, t) => f(o, t.cast('f32'))
        expect(await of(same, at(logits, y, 1), wrap(binaryCrossEntropyWithLogits))).toBe(0.75)
        expect(await of(same, at(chances, y, 1), wrap(binaryCrossEntropy))).toBe(0.5)
      }
    }
    // a loss of one's own, integer targets: the output tells whether it is a sigmoid
    const own = flat((o, t) => o.sub(t).square().mean())
    const y = { data: Int32Array.of(0, 1, 0, 1), shape: [] }
    expect(await of(same, at(logits, y, 1), own)).toBe(0.75)
    const sigmoid = { forward: (x: Tensor) => x.sigmoid(), scale: new Linear(1, 1) } as Layer
    expect(await of(sigmoid, at(logits, y, 1), own)).toBe(0.75)
  })

  test('of one-hot targets, and of other distributions', async () => {
    const scores = [1, 0, 0, 0, 2, 1, 0, 1, 3, 5, 1, 0]
    const y = { data: Float32Array.of(1, 0, 0, 0, 0, 1, 0, 0, 1, 0.2, 0.7, 0.1), shape: [3] }
    expect(await of(same, at(scores, y, 3), crossEntropy)).toBe(0.5)
    expect(await of(same, at(scores, y, 3), (o, t) => klDivergence(o.logSoftmax(1), t))).toBe(0.5)
    const softmax = { forward: (x: Tensor) => x.softmax(1), scale: new Linear(1, 1) } as Layer
    expect(await of(softmax, at(scores, y, 3), meanSquaredError)).toBe(0.5)
  })

  test('of several yes-or-no answers: the share of those that are right', async () => {
    const logits = [1, -1, 2, -3, 0.5, -0.5]
    const y = { data: Float32Array.of(1, 0, 0, 0, 1, 1), shape: [3] }
    expect(await of(same, at(logits, y, 3), binaryCrossEntropyWithLogits)).toBeCloseTo(4 / 6, 6)
  })

  test('of ids per place, and none for numbers', async () => {
    const scores = Array.from({ length: 2 * 3 * 2 }, (_, i) => Math.sin(i))
    const planes: Layer = { forward: (x: Tensor) => x.reshape([-1, 3, 2]), scale: new Linear(1, 1) } as Layer
    const y = { data: Int32Array.of(0, -100, 2, 1), shape: [2] }
    const right = [0, 2, 1].filter((c, i) => {
      const [n, t] = [
        [0, 0],
        [1, 0],
        [1, 1],
      ][i]!
      const column = [0, 1, 2].map((k) => scores[n! * 6 + k * 2 + t!]!)
      return column.indexOf(Math.max(...column)) === c
    }).length
    expect(await of(planes, at(scores, y, 6), crossEntropy)).toBeCloseTo(right / 3, 6)
    const numbers = { data: Float32Array.of(0, 1), shape: [1] }
    expect(await of(same, at([0.3, 0.4], numbers, 1), meanSquaredError)).toBeUndefined()
    const counts = { data: Int32Array.of(3, 1), shape: [] }
    expect(await of(same, at([0.3, 0.4], counts, 1), flat(meanSquaredError))).toBeUndefined()
  })

  test('none where places and classes are as many, by chance, in a loss over the last axis', async () => {
    const words: Layer = { forward: (x: Tensor) => x.reshape([-1, 3, 3]), scale: new Linear(1, 1) } as Layer
    const y = { data: Int32Array.of(0, 1, 2, 2, 1, 0), shape: [3] }
    expect(
      await of(
        words,
        at(
          Array.from({ length: 18 }, (_, i) => Math.sin(i)),
          y,
          9,
        ),
        (o, t) => nextTokenCrossEntropy(o, t),
      ),
    ).toBeUndefined()
  })
})

test('the mean of a loss without facts weighs examples, as before', async () => {
  const model = sequential(new Linear(3, 3))
  initialize(model, { seed: 4 })
  const data = idsOf([0, 1, 2, 0, 1])
  const loss: FitOptions['loss'] = (o) => mean(o.square())
  const all = await evaluate(model, data, { loss })
  expect((await evaluate(model, data, { loss, batchSize: 2 })).loss).toBeCloseTo(all.loss, 6)
  expect(parameters(model).size).toBe(2)
})
