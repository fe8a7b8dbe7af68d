/** A backend whose sessions and runs are promises only serves every caller: what it computes is what the one that works at once computes. */
import { createHash } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  adam,
  clearPrograms,
  compile,
  compute,
  crossEntropy,
  dataset,
  evaluate,
  explain,
  frozen,
  initialize,
  Linear,
  parameters,
  predict,
  relu,
  sequential,
  type Tensor,
  tensor,
  trainStep,
} from '../../src/index.js'
import { useBackend } from '../../src/runtime/machine.js'
import { ort } from '../../src/runtime/ort/ort.js'
import { promised } from './promised.js'

let backend = promised()
beforeEach(() => {
  clearPrograms()
  backend = promised()
  useBackend(backend)
})
afterEach(() => {
  clearPrograms()
  useBackend(ort)
})

/** What `work` gives here and where runs need no promise. */
async function both<T>(work: () => Promise<T>): Promise<[T, T]> {
  const here = await work()
  clearPrograms()
  useBackend(ort)
  const there = await work()
  return [here, there]
}

test('tensors are computed, together and one after another, also large ones asked for twice', async () => {
  const [here, there] = await both(async () => {
    const x = tensor(Float32Array.from({ length: 300_000 }, (_, i) => Math.sin(i)))
    const y = x.mul(2).add(1)
    const results = [...(await compute([x.sum(), x.square()])), await y.data(), await y.data(), await y.sum().data()]
    return results.map((array) => createHash('sha1').update(array).digest('hex'))
  })
  expect(here).toEqual(there)
  expect(backend.sessions).toBeGreaterThanOrEqual(3)
  expect(backend.runs).toBe(backend.sessions)
})

test('compiled functions, frozen ones too, and calls that overlap', async () => {
  const [here, there] = await both(async () => {
    const model = sequential(new Linear(3, 4), relu, new Linear(4, 2))
    initialize(model, { seed: 1 })
    const results: unknown[] = []
    for (const stays of [false, true]) {
      if (stays) frozen(model)
      const f = compile((x: Tensor) => model.forward(x))
      const calls = [1, 2, 3].map((v) => f(tensor([[v, v, v]])))
      for (const y of await Promise.all(calls)) results.push(await y.data())
    }
    return results
  })
  expect(here).toEqual(there)
  expect(backend.runs).toBe(6)
})

test('a model trains, is judged and predicts', async () => {
  const [here, there] = await both(async () => {
    const model = sequential(new Linear(2, 8), relu, new Linear(8, 2))
    const step = trainStep(model, adam({ lr: 0.05 }), ({ x, y }: { x: Tensor; y: Tensor }) => crossEntropy(model.forward(x), y), {
      seed: 3,
    })
    const x = tensor([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ])
    const y = tensor(Int32Array.of(0, 1, 1, 0))
    const losses: number[] = []
    for (let i = 0; i < 20; i++) losses.push((await step({ x, y })).loss)
    const { loss } = await evaluate(model, dataset({ x, y }), { loss: crossEntropy })
    const scores = await (await predict(model, x)).data()
    return [losses, loss, scores, [...parameters(model).values()].map((p) => p.storage.array!.slice())]
  })
  expect(here).toEqual(there)
  expect((here[0] as number[]).at(-1)).toBeLessThan((here[0] as number[])[0]!)
})

test('nodes are measured, and a failed run is told in the words of its graph', async () => {
  const profile = await explain(tensor([1, 2, 3]).square().sum()).profile({ runs: 2 })
  expect(profile.nodes.length).toBeGreaterThan(0)
  const rows = tensor([[1], [2]])
  await expect(rows.take(tensor(Int32Array.of(0, 2)), 0).data()).rejects.toThrow('index 2 is outside')
})
