/** Learners on parts of each batch, whose gradients are added up, beside one learner on all of it. */
import { describe, expect, test } from 'vitest'
import {
  adamW,
  BatchNorm1d,
  crossEntropy,
  ema,
  initialize,
  Linear,
  meanSquaredError,
  muon,
  NonFiniteGradientError,
  NonFiniteLossError,
  type Optimizer,
  parameters,
  type StepOptions,
  sequential,
  sgd,
  type Tensor,
  tensor,
  trainStep,
} from '../../../src/index.js'
import { expectClose } from '../../compare.js'
import { bytesOf } from '../task.js'
import { meeting } from './ranks.js'
import { wave } from './waves.js'

type Batch = { readonly x: Tensor; readonly y: Tensor }
const losses = {
  mean: (o: Tensor, y: Tensor) => meanSquaredError(o, y.cast('f32').reshape([-1, 1]).expand([y.size, 3])),
  sum: (o: Tensor, y: Tensor) => meanSquaredError(o, y.cast('f32').reshape([-1, 1]).expand([y.size, 3]), { reduction: 'sum' }),
  'classes, some ignored': (o: Tensor, y: Tensor) => crossEntropy(o, y),
}
const classes = (n: number, from: number): number[] => Array.from({ length: n }, (_, i) => [0, -100, 2, 1, -100, 1, 0][(from + i) % 7]!)
const part = (turn: number, from: number, n: number): Batch => ({
  x: tensor(
    Float32Array.from({ length: 4 * n }, (_, i) => Math.sin(0.7 * (4 * from + i) ** 2 + turn)),
    { shape: [n, 4] },
  ),
  y: tensor(Int32Array.from(classes(n, from + turn))),
})

function make(loss: (o: Tensor, y: Tensor) => Tensor, optimizer: Optimizer, options: StepOptions = {}) {
  const model = sequential(new Linear(4, 5), (x: Tensor) => x.tanh(), new Linear(5, 3))
  initialize(model, { seed: 3 })
  return { model, step: trainStep(model, optimizer, ({ x, y }: Batch) => loss(model.forward(x), y), options) }
}
const numbers = (model: object): number[] => [...parameters(model).values()].flatMap((p) => Array.from(p.storage.array!, Number))

describe('two ranks on parts of a batch are one learner on all of it', () => {
  for (const [name, loss] of Object.entries(losses))
    for (const [rule, optimizer] of [
      ['adamW', () => adamW({ lr: 0.02 })],
      ['muon', () => muon({ lr: 0.02 })],
    ] as const)
      test(`${name}, ${rule}`, async () => {
        const options = { clip: { norm: 0.5 }, ema: ema({ decay: 0.9 }) }
        const whole = make(loss, optimizer(), options)
        const ranks = meeting(2).map((reduce) => make(loss, optimizer(), { ...options, reduce }))
        for (let t = 0; t < 12; t++) {
          const cut = 1 + (t % 6)
          const one = await whole.step(part(t, 0, 8))
          const two = await Promise.all([ranks[0]!.step(part(t, 0, cut)), ranks[1]!.step(part(t, cut, 8 - cut))])
          expectClose(
            two.map((r) => r.gradientNorm!),
            [one.gradientNorm!, one.gradientNorm!],
            { rtol: 1e-5, atol: 1e-6 },
          )
          expect(bytesOf(ranks[0]!.model)).toBe(bytesOf(ranks[1]!.model))
        }
        expectClose(numbers(ranks[0]!.model), numbers(whole.model), { rtol: 1e-5, atol: 2e-6 })
      })

  test('batches summed first, and what is left at the end: a rank without batches takes part', async () => {
    const whole = make(losses.mean, sgd({ lr: 0.1, momentum: 0.9 }), { accumulate: 3 })
    const ranks = meeting(2).map((reduce) => make(losses.mean, sgd({ lr: 0.1, momentum: 0.9 }), { accumulate: 3, reduce }))
    for (let t = 0; t < 3; t++) {
      await whole.step(part(t, 0, 9))
      await Promise.all([ranks[0]!.step(part(t, 0, 4)), ranks[1]!.step(part(t, 4, 5))])
    }
    await whole.step(part(5, 0, 4))
    await ranks[0]!.step(part(5, 0, 4))
    const flushed = await Promise.all([whole.step.flush(), ...ranks.map(({ step }) => step.flush())])
    expect(flushed.map((f) => f?.step)).toEqual([2, 2, 2])
    expect(bytesOf(ranks[0]!.model)).toBe(bytesOf(ranks[1]!.model))
    expectClose(numbers(ranks[0]!.model), numbers(whole.model), { rtol: 1e-5, atol: 2e-6 })
    expect(await Promise.all(ranks.map(({ step }) => step.flush()))).toEqual([undefined, undefined])
  })

  test('weights that only one rank touched move on both', async () => {
    class Two {
      a = new Linear(4, 3)
      b = new Linear(4, 3)
    }
    const ranks = meeting(2).map((reduce) => {
      const model = new Two()
      initialize(model, { seed: 1 })
      const step = trainStep(
        model,
        adamW({ lr: 0.1 }),
        ({ x, head }: { x: Tensor; head: 'a' | 'b' }) => model[head].forward(x).square().mean(),
        { reduce },
      )
      return { model, step }
    })
    const [first, second] = ranks
    const before = bytesOf(first!.model.b)
    await Promise.all(ranks.map(({ step }) => step({ x: wave(2, 4, 0), head: 'a' })))
    expect(bytesOf(first!.model.b)).toBe(before)
    await Promise.all([first!.step({ x: wave(2, 4, 1), head: 'a' }), second!.step({ x: wave(2, 4, 2), head: 'b' })])
    expect(bytesOf(first!.model.b)).not.toBe(before)
    expect(bytesOf(first!.model)).toBe(bytesOf(second!.model))
  })
})

describe('what is no number on one rank', () => {
  const bad = (batch: Batch): Batch => ({ ...batch, x: batch.x.mul(Number.NaN) })
  for (const accumulate of [1, 2])
    test(`stops all, none waits, and no weight moves: accumulate ${accumulate}`, async () => {
      const ranks = meeting(2).map((reduce) => make(losses.mean, adamW({ lr: 0.1 }), { reduce, accumulate }))
      const before = bytesOf(ranks[0]!.model)
      const results: PromiseSettledResult<unknown>[] = []
      for (let i = 0; i < accumulate; i++) {
        const batch = part(i, 0, 4)
        results.push(...(await Promise.allSettled([ranks[0]!.step(batch), ranks[1]!.step(i === 0 ? bad(batch) : batch)])))
      }
      const [own, other] = [results.at(-1)!, results.at(-2)!] as PromiseRejectedResult[]
      expect(own!.reason).toBeInstanceOf(NonFiniteLossError)
      expect(String(own!.reason)).toContain('an input')
      expect(String(other!.reason)).toContain('the loss is NaN at step 1: it is on 1 of the other ranks')
      for (const { model } of ranks) expect(bytesOf(model)).toBe(before)
      // and the next batches train
      for (let i = 0; i < accumulate; i++) await Promise.all(ranks.map(({ step }) => step(part(i, 0, 4))))
      expect(bytesOf(ranks[0]!.model)).not.toBe(before)
      expect(bytesOf(ranks[0]!.model)).toBe(bytesOf(ranks[1]!.model))
    })

  test('a gradient that is none is found by all', async () => {
    const ranks = meeting(2).map((reduce) => {
      const net = new Linear(4, 1, { bias: false })
      net.weight.storage.array = new Float32Array(4)
      const step = trainStep(
        net,
        sgd(),
        ({ x, root }: { x: Tensor; root: boolean }) => {
          const y = net.forward(x)
          return (root ? y.abs().sqrt() : y).mean()
        },
        { reduce },
      )
      return { net, step }
    })
    const results = await Promise.allSettled(ranks.map(({ step }, i) => step({ x: wave(2, 4, 0), root: i === 0 })))
    for (const r of results) expect((r as PromiseRejectedResult).reason).toBeInstanceOf(NonFiniteGradientError)
    for (const { net } of ranks) expect([...net.weight.storage.array!]).toEqual([0, 0, 0, 0])
  })
})

test('objectives of one rank each add up their own weights', async () => {
  const { learner } = await import('../../../src/index.js')
  const ranks = meeting(2).map((reduce) => {
    const net = { body: sequential(new Linear(4, 3), new BatchNorm1d(3)), head: new Linear(3, 1) }
    initialize(net, { seed: 2 })
    const both = learner(net, sgd({ lr: 0.1 }), { reduce })
    const out = (x: Tensor): Tensor => net.head.forward(net.body.forward(x))
    return {
      net,
      first: both.objective('head', ({ x }: { x: Tensor }) => out(x).square().mean(), { only: 'head' }),
      second: both.objective('body', ({ x }: { x: Tensor }) => out(x).mean(), { only: 'body' }),
    }
  })
  const trained = (net: object): number[] =>
    [...parameters(net).values()].flatMap((p) => (p.trainable ? [...p.storage.array!].map(Number) : []))
  for (let t = 0; t < 3; t++) {
    await Promise.all(ranks.map(({ first }, i) => first({ x: wave(4, 4, 10 * t + i) })))
    await Promise.all(ranks.map(({ second }, i) => second({ x: wave(4, 4, 50 + 10 * t + i) })))
    expect(trained(ranks[0]!.net)).toEqual(trained(ranks[1]!.net))
  }
})
