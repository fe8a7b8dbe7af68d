import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import {
  adadelta,
  adagrad,
  adam,
  adamax,
  adamW,
  BatchNorm1d,
  Embedding,
  initialize,
  Linear,
  lion,
  muon,
  nadam,
  type Optimizer,
  parameters,
  radam,
  relu,
  rmsprop,
  sequential,
  sgd,
  type Tensor,
  tensor,
  trainStep,
} from '../../src/index.js'
import { bytesOf, throughFile } from './task.js'

const folder = mkdtempSync(join(tmpdir(), 'hebb-untouched-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const all: Record<string, () => Optimizer> = {
  sgd: () => sgd({ lr: 0.1, weightDecay: 0.1 }),
  momentum: () => sgd({ lr: 0.1, momentum: 0.9, weightDecay: 0.1, nesterov: true }),
  dampened: () => sgd({ lr: 0.1, momentum: 0.9, dampening: 0.5 }),
  adam: () => adam({ lr: 0.1, weightDecay: 0.1 }),
  adamW: () => adamW({ lr: 0.1, weightDecay: 0.5 }),
  amsgrad: () => adam({ lr: 0.1, amsgrad: true }),
  adagrad: () => adagrad({ lr: 0.1, weightDecay: 0.1, lrDecay: 0.1 }),
  adadelta: () => adadelta({ weightDecay: 0.1 }),
  adamax: () => adamax({ lr: 0.1 }),
  lion: () => lion({ lr: 0.1, weightDecay: 0.1 }),
  muon: () => muon({ lr: 0.1 }),
  nadam: () => nadam({ lr: 0.1 }),
  radam: () => radam({ lr: 0.1 }),
  rmsprop: () => rmsprop({ lr: 0.1, momentum: 0.9 }),
}

class Two {
  a = new Linear(3, 2)
  b = new Linear(3, 2)
}
type Batch = { readonly x: Tensor; readonly which: Tensor }
const x = tensor([
  [1, 2, 3],
  [0.5, -1, 2],
])
/** Steps on `a` or `b` by the shape of `which`: a single number means a. */
const stepOf = (model: Two, optimizer: Optimizer, options = {}) =>
  trainStep(
    model,
    optimizer,
    ({ x: input, which }: Batch) => (which.size === 1 ? model.a : model.b).forward(input).square().mean(),
    options,
  )
const [a, b] = [
  { x, which: tensor([0]) },
  { x, which: tensor([0, 0]) },
]
const bytes = (layer: Linear): string => bytesOf(layer)

describe('weights a loss does not touch', () => {
  for (const [name, optimizer] of Object.entries(all))
    test(`do not move, and start anew when it does: ${name}`, async () => {
      const model = new Two()
      initialize(model, { seed: 1 })
      const [alone, first] = [new Two(), bytes(model.b)]
      initialize(alone, { seed: 1 })
      const [step, other] = [stepOf(model, optimizer()), stepOf(alone, optimizer())]
      for (let i = 0; i < 5; i++) await step(a)
      expect(bytes(model.b)).toBe(first)
      const kept = bytes(model.a)
      // b moves as it would have from the first step on: its own count of updates, its own state
      for (let i = 0; i < 3; i++) await step(b)
      for (let i = 0; i < 3; i++) await other(b)
      expect(bytes(model.b)).toBe(bytes(alone.b))
      expect(bytes(model.a)).toBe(kept)
      // and a goes on where it was
      await step(a)
      for (let i = 0; i < 6; i++) await other(a)
      expect(bytes(model.a)).toBe(bytes(alone.a))
    })

  test('touched by one of several batches that make a step, they move', async () => {
    const model = new Two()
    initialize(model, { seed: 1 })
    const before = bytes(model.b)
    const step = stepOf(model, adamW({ lr: 0.1 }), { accumulate: 2 })
    await step(a)
    await step(a)
    expect(bytes(model.b)).toBe(before)
    await step(a)
    await step(b)
    expect(bytes(model.b)).not.toBe(before)
  })

  test('keep their own counts over a checkpoint', async () => {
    const path = join(folder, 'clocks.safetensors')
    for (const accumulate of [1, 2]) {
      const [straight, first, second] = [new Two(), new Two(), new Two()]
      const steps = [straight, first, second].map((model) => stepOf(model, nadam({ lr: 0.1 }), { accumulate, seed: 1 }))
      const order = [a, a, a, b, a, b, b, a, b]
      for (const batch of order) await steps[0]!(batch)
      for (const batch of order.slice(0, 5)) await steps[1]!(batch)
      await throughFile(path, steps[1]!, steps[2]!)
      for (const batch of order.slice(5)) await steps[2]!(batch)
      expect(bytesOf(second)).toBe(bytesOf(straight))
    }
  })

  test('tables: rows added in place move, tables not read stay', async () => {
    const model = { read: new Embedding(4096, 256), unread: new Embedding(4096, 256) }
    const step = trainStep(model, adamW({ lr: 0.1 }), ({ ids }: { ids: Tensor }) => model.read.forward(ids).square().mean())
    initialize(model)
    const before = [bytesOf(model.read), bytesOf(model.unread)]
    await step({ ids: tensor(Int32Array.of(1, 2, 3)) })
    expect(bytesOf(model.read) === before[0]).toBe(false)
    expect(bytesOf(model.unread) === before[1]).toBe(true)
  })
})

describe('running statistics', () => {
  const make = () => {
    const model = {
      body: sequential(new Linear(3, 4), new BatchNorm1d(4), relu),
      loose: new BatchNorm1d(4, { affine: false }),
      head: new Linear(4, 1),
    }
    initialize(model, { seed: 2 })
    const loss = ({ x: input }: { x: Tensor }): Tensor =>
      model.head
        .forward(model.loose.forward(model.body.forward(input)))
        .square()
        .mean()
    return { model, loss }
  }
  const statistics = (m: object): string =>
    [...parameters(m)].flatMap(([path, p]) => (p.trainable ? [] : [`${path} ${Array.from(p.storage.array!, String)}`])).join('\n')

  test('of layers that do not train stay, and are what these layers use', async () => {
    const { model, loss } = make()
    const before = statistics(model)
    const step = trainStep(model, sgd({ lr: 0.1 }), loss, { only: (path) => path.startsWith('head') })
    const first = (await step({ x })).loss
    expect(statistics(model)).toBe(before)
    // as in evaluation: mean 0 and variance 1, not those of the batch
    const by = model.body[0] as Linear
    const plain = model.head
      .forward(
        by
          .forward(x)
          .div(Math.sqrt(1 + 1e-5))
          .relu()
          .div(Math.sqrt(1 + 1e-5)),
      )
      .square()
      .mean()
    const again = make()
    const same = again.model.head.forward(
      (again.model.body[0] as Linear)
        .forward(x)
        .div(Math.sqrt(1 + 1e-5))
        .relu()
        .div(Math.sqrt(1 + 1e-5)),
    )
    expect(first).toBeCloseTo(await same.square().mean().item(), 5)
    expect(await plain.item()).not.toBe(first)
  })
  test('move with any weight of their layer, and with all by default', async () => {
    for (const only of [undefined, (path: string) => path === 'body.1.bias' || path === 'head.weight']) {
      const { model, loss } = make()
      const before = statistics(model.body)
      const kept = statistics({ loose: model.loose })
      await trainStep(model, sgd({ lr: 0.1 }), loss, only ? { only } : {})({ x })
      expect(statistics(model.body)).not.toBe(before)
      expect(statistics({ loose: model.loose }) === kept).toBe(only !== undefined)
    }
  })
  test('have a switch', async () => {
    const { model, loss } = make()
    const before = statistics(model)
    await trainStep(model, sgd({ lr: 0.1 }), loss, { statistics: false })({ x })
    expect(statistics(model)).toBe(before)
    await trainStep(model, sgd({ lr: 0.1 }), loss, { statistics: (path) => path === 'loose' })({ x })
    expect(statistics(model.body)).toBe(statistics(make().model.body))
    expect(statistics(model)).not.toBe(before)
    await trainStep(model, sgd({ lr: 0.1 }), loss, { statistics: true, only: (path) => path.startsWith('head') })({ x })
    expect(statistics(model.body)).not.toBe(statistics(make().model.body))
  })
})
