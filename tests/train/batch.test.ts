import { describe, expect, test } from 'vitest'
import {
  adam,
  batches,
  crossEntropy,
  dataset,
  evaluate,
  initialize,
  Linear,
  predict,
  sequential,
  sgd,
  type Tensor,
  tensor,
  trainStep,
} from '../../src/index.js'
import { compileCount } from '../../src/runtime/index.js'
import { bytesOf } from './task.js'

const model = () => sequential(new Linear(2, 2))
const x = tensor([[1, 2]])

describe('what a batch holds', () => {
  test('numbers are inputs: another number is another loss, and no further program', async () => {
    const m = model()
    const step = trainStep(m, sgd({ lr: 0 }), ({ x: input, scale }: { x: Tensor; scale: Tensor }) =>
      m.forward(input).square().mean().mul(0).add(scale),
    )
    expect((await step({ x, scale: 1 })).loss).toBe(1)
    const made = compileCount()
    expect((await step({ x, scale: 2 })).loss).toBe(2)
    expect((await step({ x, scale: -0.5 })).loss).toBe(-0.5)
    expect(compileCount()).toBe(made)
  })

  test('tensors, typed arrays and numbers are inputs at any depth', async () => {
    const m = model()
    type Batch = { obs: { a: Tensor; more: { b: Tensor }[] }; weights: Tensor; limits: { low: Tensor } }
    const step = trainStep(m, sgd({ lr: 0 }), ({ obs, weights, limits }: Batch) =>
      m.forward(x).sum().mul(0).add(obs.a.sum()).add(obs.more[0]!.b.sum()).add(weights.sum()).add(limits.low),
    )
    const batch = (a: number, b: number, w: number, low: number) => ({
      obs: { a: tensor([a, a]), more: [{ b: tensor([b]) }] },
      weights: Float32Array.of(w, 1),
      limits: { low },
    })
    for (const [a, b, w, low] of [
      [1, 2, 3, 4],
      [5, 6, 7, 8],
      [1, 2, 3, 0.5],
    ] as const)
      expect((await step(batch(a, b, w, low))).loss).toBe(2 * a + b + w + 1 + low)
  })

  test('texts, switches and missing fields are part of the program', async () => {
    const m = model()
    type Batch = { x: Tensor; way: string; twice: boolean; mask?: Tensor | null }
    const step = trainStep(m, sgd({ lr: 0 }), ({ x: input, way, twice, mask }: Batch) => {
      const loss = m
        .forward(input)
        .sum()
        .mul(0)
        .add(way === 'one' ? 1 : 2)
        .mul(twice ? 2 : 1)
      return mask ? loss.add(mask.sum()) : loss
    })
    expect((await step({ x, way: 'one', twice: false })).loss).toBe(1)
    expect((await step({ x, way: 'two', twice: false })).loss).toBe(2)
    expect((await step({ x, way: 'two', twice: true })).loss).toBe(4)
    expect((await step({ x, way: 'one', twice: false, mask: tensor([3]) })).loss).toBe(4)
    expect((await step({ x, way: 'one', twice: false, mask: null })).loss).toBe(1)
  })

  test('anything else is refused by name, and the step can go on', async () => {
    const m = model()
    initialize(m)
    const before = bytesOf(m)
    const step = trainStep(m, adam(), ({ x: input }: { x: Tensor; extra?: unknown }) => m.forward(input).mean())
    for (const [extra, said] of [
      [() => 1, /the batch\.extra is a function/],
      [{ deep: [new Date()] }, /the batch\.extra\.deep\[0\] is a Date/],
      [new Map(), /the batch\.extra is a Map/],
      [Symbol('s'), /the batch\.extra is a symbol/],
    ] as const)
      await expect(step({ x, extra } as never)).rejects.toThrow(said)
    expect(bytesOf(m)).toBe(before)
    expect((await step({ x })).step).toBe(1)
  })

  test('batches of a data set go in whole, and their numbers are those of the batch', async () => {
    const m = model()
    const data = dataset({ x: { data: new Float32Array(10), shape: [2] }, y: { data: Int32Array.of(0, 1, 0, 1, 1), shape: [] } })
    const step = trainStep(m, sgd({ lr: 0 }), ({ x: input, indices, size }: { x: Tensor; y: Tensor; indices: Tensor; size: Tensor }) =>
      m.forward(input).sum().mul(0).add(indices.cast('f32').sum()).add(size),
    )
    const seen: number[] = []
    for (const batch of batches(data, 2, { shuffle: false })) seen.push((await step(batch)).loss)
    expect(seen).toEqual([0 + 1 + 2, 2 + 3 + 2, 4 + 1])
  })
})

describe('evaluate and predict', () => {
  const data = dataset({
    x: { data: Float32Array.from({ length: 14 }, (_, i) => Math.sin(i)), shape: [2] },
    y: { data: Int32Array.of(0, 1, 0, 1, 1, 0, 0), shape: [] },
  })
  test('compile once for each shape, however often they are called', async () => {
    const m = model()
    await evaluate(m, data, { loss: crossEntropy, batchSize: 4 })
    await predict(m, data, { batchSize: 4 })
    const made = compileCount()
    for (let i = 0; i < 20; i++) {
      // a function made at each call is traced again, into the same program
      await evaluate(m, data, { loss: i % 2 === 0 ? crossEntropy : (o, t) => crossEntropy(o, t), batchSize: 4 })
      await predict(m, data, { batchSize: 4 })
    }
    expect(compileCount() - made).toBeLessThanOrEqual(2)
  })
  test('see weights, layers and fields as they are', async () => {
    const m = { inner: new Linear(2, 2), factor: 1, forward: (input: Tensor): Tensor => m.inner.forward(input).mul(m.factor) }
    initialize(m, { seed: 1 })
    const first = (await (await predict(m, data)).data())[0] as number
    m.factor = 3
    expect((await (await predict(m, data)).data())[0]).toBeCloseTo(3 * first, 5)
    for (const p of [m.inner.weight, m.inner.bias!]) (p.storage.array as Float32Array).fill(0)
    expect((await (await predict(m, data)).data())[0]).toBe(0)
    m.inner = new Linear(2, 2)
    initialize(m, { seed: 2 })
    expect((await (await predict(m, data)).data())[0]).not.toBe(0)
    const before = (await evaluate(m, data, { loss: (o) => o.square().mean() })).loss
    expect((await evaluate(m, data, { loss: (o) => o.square().mean().mul(2) })).loss).toBeCloseTo(2 * before, 5)
  })
  test('may run at the same time', async () => {
    const m = model()
    const alone = await Promise.all(
      [0, 3].map(async (from) => (await (await predict(m, data.slice(from, from + 3))).array()) as number[][]),
    )
    const both = await Promise.all([0, 3].map(async (from) => (await (await predict(m, data.slice(from, from + 3))).array()) as number[][]))
    expect(both).toEqual(alone)
    const all = await Promise.all(Array.from({ length: 5 }, () => evaluate(m, data, { loss: crossEntropy, batchSize: 2 })))
    for (const e of all) expect(e).toEqual(all[0])
  })
})
