/** Weights in several memories train as they do in one. */
import { afterEach, describe, expect, test } from 'vitest'
import {
  adamW,
  ema,
  initialize,
  Linear,
  learner,
  muon,
  nadam,
  noDecay,
  type Optimizer,
  type StepOptions,
  sequential,
  sgd,
  type Tensor,
  tanh,
  trainStep,
} from '../../../src/index.js'
import { Arena, limitMemory } from '../../../src/runtime/arena.js'
import { bytesOf } from '../task.js'
import { wave } from './waves.js'

const usual = limitMemory(2 ** 32)
afterEach(() => limitMemory(usual))

const make = () => {
  const model = sequential(new Linear(4, 24), tanh, new Linear(24, 16), tanh, new Linear(16, 24), tanh, new Linear(24, 3))
  initialize(model, { seed: 1 })
  return model
}
const loss =
  (model: ReturnType<typeof make>) =>
  ({ x }: { x: Tensor }): Tensor =>
    model.forward(x).square().mean()

describe('weights in memories of 10 kB', () => {
  const optimizers: Record<string, () => Optimizer> = {
    sgd: () => sgd({ lr: 0.1, momentum: 0.9 }),
    adamW: () => adamW({ lr: 0.05, groups: [noDecay] }),
    nadam: () => nadam({ lr: 0.05 }),
    muon: () => muon({ lr: 0.02 }),
  }
  const settings: Record<string, StepOptions> = {
    plain: {},
    'summed, averaged, clipped': { accumulate: 2, ema: ema({ decay: 0.8 }), clip: { value: 0.01 } },
  }
  for (const [name, optimizer] of Object.entries(optimizers))
    for (const [how, options] of Object.entries(settings))
      test(`${name}, ${how}`, async () => {
        const [one, several] = [make(), make()]
        const first = trainStep(one, optimizer(), loss(one), options)
        limitMemory(10_000)
        const second = trainStep(several, optimizer(), loss(several), options)
        const buffers = new Set(second.learner.trained.weights.map(({ buffer }) => buffer))
        expect(buffers.size).toBeGreaterThan(1)
        expect(new Set(first.learner.trained.weights.map(({ buffer }) => buffer)).size).toBe(1)
        for (let i = 0; i < 6; i++) expect(await second({ x: wave(5, 4, i) })).toEqual(await first({ x: wave(5, 4, i) }))
        expect(bytesOf(several)).toBe(bytesOf(one))
        if (options.ema)
          expect(await second.learner.averaged(() => bytesOf(several))).toBe(await first.learner.averaged(() => bytesOf(one)))
        const [saved, state] = [first.learner.state(), second.learner.state()]
        expect(state).toEqual(saved)
      })

  for (const order of [1, 2, Number.POSITIVE_INFINITY] as const)
    test(`the common norm of their gradients, of order ${order}`, async () => {
      const [one, several] = [make(), make()]
      const options = { clip: { norm: 0.05, order } }
      const first = trainStep(one, sgd({ lr: 0.1 }), loss(one), options)
      limitMemory(10_000)
      const second = trainStep(several, sgd({ lr: 0.1 }), loss(several), options)
      for (let i = 0; i < 4; i++) expect(await second({ x: wave(5, 4, i) })).toEqual(await first({ x: wave(5, 4, i) }))
      expect(bytesOf(several)).toBe(bytesOf(one))
    })

  test('objectives on parts of them', async () => {
    const [one, several] = [make(), make()]
    const steps = (model: ReturnType<typeof make>) => {
      const both = learner(model, adamW({ lr: 0.05 }), { accumulate: 2 })
      return [both.objective('ends', loss(model), { only: ['0', '4', '6'] }), both.objective('middle', loss(model), { only: '2' })]
    }
    const first = steps(one)
    limitMemory(10_000)
    const second = steps(several)
    for (let i = 0; i < 8; i++) expect(await second[i % 2]!({ x: wave(5, 4, i) })).toEqual(await first[i % 2]!({ x: wave(5, 4, i) }))
    expect(bytesOf(several)).toBe(bytesOf(one))
  })

  test('a weight that fits none is named', () => {
    limitMemory(10_000)
    expect(() => new Arena([{ shape: [40, 20], dtype: 'f32' }], 4)).toThrowErrorMatchingInlineSnapshot(
      `[HebbError: 4 × (40, 20) f32, with what trains it, take 0.0000119 GB, and one memory holds 0.00000931: divide it in several parameters, or freeze it]`,
    )
  })
})
