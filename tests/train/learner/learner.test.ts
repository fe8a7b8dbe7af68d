/** Several objectives on one model: what each moves, draws, sums and says. */
import { describe, expect, test } from 'vitest'
import {
  adam,
  adamW,
  Dropout,
  ema,
  initialize,
  Linear,
  learner,
  meanSquaredError,
  parameters,
  random,
  type StepOptions,
  sequential,
  sgd,
  type Tensor,
  trainStep,
} from '../../../src/index.js'
import { bytesOf } from '../task.js'
import { wave } from './waves.js'

class Two {
  a = new Linear(3, 2)
  b = new Linear(3, 2)
  constructor() {
    initialize(this, { seed: 1 })
  }
}
type Batch = { readonly x: Tensor }
const x = wave(4, 3, 1)
const loss =
  (...layers: readonly Linear[]) =>
  ({ x: input }: Batch): Tensor =>
    layers.map((layer) => layer.forward(input).square().mean()).reduce((sum, l) => sum.add(l))

describe('an objective', () => {
  test('moves what only means, though the loss depends on more; what it leaves alone neither decays nor ages', async () => {
    const [one, alone] = [new Two(), new Two()]
    const both = learner(one, adamW({ lr: 0.1, weightDecay: 0.5 }))
    const [a, b] = [both.objective('a', loss(one.a, one.b), { only: 'a' }), both.objective('b', loss(one.a, one.b), { only: 'b' })]
    const before = bytesOf(one.b)
    for (let i = 0; i < 5; i++) await a({ x })
    expect(bytesOf(one.b)).toBe(before)
    // b moves as it would have from the first step on
    const later = trainStep(alone, adamW({ lr: 0.1, weightDecay: 0.5 }), loss(alone.b))
    for (let i = 0; i < 3; i++) {
      await b({ x })
      await later({ x })
    }
    expect(bytesOf(one.b)).toBe(bytesOf(alone.b))
    expect([a.step, b.step]).toEqual([5, 3])
  })
  test('alone on a learner is trainStep, bit for bit', async () => {
    for (const options of [
      {},
      { accumulate: 2, clip: { norm: 0.1 }, ema: ema({ decay: 0.9 }) },
      { only: 'a', clip: { value: 0.01 } },
    ] satisfies StepOptions[]) {
      const [one, two] = [new Two(), new Two()]
      const step = trainStep(one, adam({ lr: (t) => 0.1 / (t + 1) }), loss(one.a, one.b), options)
      const same = learner(two, adam({ lr: (t) => 0.1 / (t + 1) }), options).objective('all', loss(two.a, two.b))
      for (let i = 0; i < 6; i++) expect(await same({ x: wave(4, 3, i) })).toEqual(await step({ x: wave(4, 3, i) }))
      expect(bytesOf(two)).toBe(bytesOf(one))
    }
  })
  test('counts its own steps, for schedules too', async () => {
    const model = new Two()
    const asked: number[] = []
    const lr = (t: number): number => {
      asked.push(t)
      return 0.1 / (1 + t)
    }
    const both = learner(model, sgd({ lr }))
    const [a, b] = [both.objective('a', loss(model.a), { only: 'a' }), both.objective('b', loss(model.b), { only: 'b' })]
    await a({ x })
    await a({ x })
    const { step, lr: rate } = await b({ x })
    expect([step, rate]).toEqual([1, 0.1])
    expect(asked).toEqual([0, 1, 0])
  })
  test('draws numbers of its own, the same for the same seed', async () => {
    const first = async (name: string, seed: number): Promise<number> => {
      const model = sequential(new Linear(3, 2), new Dropout(0.5))
      initialize(model, { seed: 5 })
      const step = learner(model, sgd({ lr: 0 }), { seed }).objective(name, ({ x: input }: Batch) =>
        model
          .forward(input)
          .square()
          .mean()
          .add(random.uniform([], { key: 'noise' })),
      )
      return (await step({ x })).loss
    }
    expect(await first('a', 0)).toBe(await first('a', 0))
    expect(new Set([await first('a', 0), await first('b', 0), await first('a', 1)]).size).toBe(3)
  })
  test('gives gradients that do not flow into what it leaves alone, as after detach', async () => {
    const net = { trunk: new Linear(3, 3), head: new Linear(3, 1) }
    initialize(net)
    const both = learner(net, sgd({ lr: 1 }))
    const head = both.objective('head', ({ x: input }: Batch) => net.head.forward(net.trunk.forward(input)).sum(), { only: 'head' })
    await head({ x })
    const { gradients } = both
    expect([...gradients.keys()]).toEqual([...parameters(net).keys()])
    expect([...gradients.get('trunk.weight')!].every((g) => g === 0)).toBe(true)
    expect(gradients.get('head.bias')![0]).toBeCloseTo(4)
  })
  test('clips by its own gradients alone', async () => {
    const model = new Two()
    const both = learner(model, sgd({ lr: 0.1 }), { clip: { norm: 1 } })
    const [a, b] = [
      both.objective('a', ({ x: input }: Batch) => loss(model.a)({ x: input }).mul(1000), { only: 'a' }),
      both.objective('b', loss(model.b), { only: 'b', clip: { norm: 1e9 } }),
    ]
    expect((await a({ x })).gradientNorm).toBeGreaterThan(100)
    const alone = new Two()
    const { gradientNorm } = await trainStep(alone, sgd({ lr: 0.1 }), loss(alone.b), { clip: { norm: 1e9 } })({ x })
    expect((await b({ x })).gradientNorm).toBe(gradientNorm)
  })
})

describe('objectives together', () => {
  test('sum batches to steps each for itself', async () => {
    const [one, two] = [new Two(), new Two()]
    const both = learner(one, adam({ lr: 0.1 }), { accumulate: 3 })
    const [a, b] = [both.objective('a', loss(one.a), { only: 'a' }), both.objective('b', loss(one.b), { only: 'b' })]
    const others = [two.a, two.b].map((layer, i) =>
      trainStep(two, adam({ lr: 0.1 }), loss(layer), { accumulate: 3, only: i === 0 ? 'a' : 'b' }),
    )
    for (let i = 0; i < 5; i++)
      for (const step of [a, b, ...others]) {
        const { step: made } = await step({ x: wave(4, 3, i) })
        expect(made).toBe(Math.floor((i + 1) / 3))
      }
    for (const step of [a, b, ...others]) await step.flush()
    expect(bytesOf(one)).toBe(bytesOf(two))
  })
  test('that share weights wait for each other’s sums', async () => {
    const model = new Two()
    const both = learner(model, sgd({ lr: 0.1 }), { accumulate: 2 })
    const [a, all] = [both.objective('a', loss(model.a), { only: 'a' }), both.objective('all', loss(model.a, model.b))]
    await a({ x })
    await expect(all({ x })).rejects.toThrowErrorMatchingInlineSnapshot(
      `[HebbError: objective all: 1 batches of objective a wait to be summed to a step, and both move a.weight: give it the rest of its batches before, or call its flush()]`,
    )
    await a.flush()
    await all({ x })
    await all({ x })
    expect(all.step).toBe(1)
  })
  test('called at once take turns', async () => {
    const [one, two] = [new Two(), new Two()]
    const make = (model: Two) => {
      const both = learner(model, adam({ lr: 0.1 }))
      return [both.objective('a', loss(model.a, model.b)), both.objective('b', loss(model.b))] as const
    }
    const [[a, b], [c, d]] = [make(one), make(two)]
    for (let i = 0; i < 4; i++) {
      await Promise.all([a({ x }), b({ x })])
      await c({ x })
      await d({ x })
    }
    expect(bytesOf(one)).toBe(bytesOf(two))
  })
  test('share averages: each update moves those of its weights', async () => {
    const model = new Two()
    const decay = 0.5
    const both = learner(model, sgd({ lr: 0.1 }), { ema: ema({ decay }) })
    const [a, b] = [both.objective('a', loss(model.a), { only: 'a' }), both.objective('b', loss(model.b), { only: 'b' })]
    const weight = (layer: Linear): number => Number(layer.weight.storage.array![0])
    const averages = [weight(model.a), weight(model.b)]
    for (const [step, i] of [
      [a, 0],
      [a, 0],
      [b, 1],
      [a, 0],
    ] as const) {
      await step({ x })
      averages[i] = decay * averages[i]! + (1 - decay) * weight(i === 0 ? model.a : model.b)
    }
    await both.averaged(async () => {
      expect(weight(model.a)).toBeCloseTo(averages[0]!, 6)
      expect(weight(model.b)).toBeCloseTo(averages[1]!, 6)
      await expect(a({ x })).rejects.toThrow('objective a: averaged shows averaged weights')
    })
  })
  test('weights lie once: another learner of the same model takes them over, values included', async () => {
    const [one, two] = [new Two(), new Two()]
    const steps = (model: Two) => [
      learner(model, sgd({ lr: 0.1 })).objective('a', loss(model.a)),
      trainStep(model, sgd({ lr: 0.1 }), loss(model.a)),
    ]
    const [pair, single] = [steps(one), trainStep(two, sgd({ lr: 0.1 }), loss(two.a))]
    for (let i = 0; i < 6; i++) {
      await pair[i % 2]!({ x })
      await single({ x })
    }
    expect(bytesOf(one)).toBe(bytesOf(two))
  })
})

describe('what is wrong is named', () => {
  const model = new Two()
  const both = () => learner(model, sgd({ lr: 0.1 }), { only: 'a' })
  test('names, losses, options, selections', () => {
    const one = both()
    one.objective('a', loss(model.a))
    const none: unknown = undefined
    expect(() => one.objective('a', loss(model.a))).toThrowErrorMatchingInlineSnapshot(
      `[HebbError: objective a: the learner has an objective of this name: give another one]`,
    )
    expect(() => one.objective('', loss(model.a))).toThrowErrorMatchingInlineSnapshot(
      `[HebbError: objective: give a name first: learner.objective(name, loss)]`,
    )
    expect(() => one.objective('c', none as () => Tensor)).toThrowErrorMatchingInlineSnapshot(
      `[HebbError: objective c: the loss is missing: give a function of a batch, ({ x, y }) => …]`,
    )
    expect(() => one.objective('c', loss(model.a), { only: 'b' })).toThrowErrorMatchingInlineSnapshot(
      `[HebbError: objective c: only: 'b' is no part of the model: did you mean a? it has a.weight, a.bias]`,
    )
    expect(() => one.objective('c', loss(model.a), { only: /z/ })).toThrowErrorMatchingInlineSnapshot(
      `[HebbError: objective c: only means none of the weights: a.weight, a.bias]`,
    )
    const typo: object = { onyl: 'a' }
    expect(() => one.objective('c', loss(model.a), typo)).toThrowErrorMatchingInlineSnapshot(
      `[HebbError: objective c has no option onyl: did you mean only? it has only, clip, statistics]`,
    )
  })
  test('a loss of other weights than only means', async () => {
    await expect(both().objective('b', loss(model.b))({ x })).rejects.toThrow(
      'the loss depends on none of the weights it is to move, a.weight, a.bias',
    )
  })
  test('its name stands in messages of the step', async () => {
    const step = both().objective('mse', ({ x: input }: Batch) => meanSquaredError(model.a.forward(input), input))
    await expect(step({ x })).rejects.toThrow('meanSquaredError')
    await expect(step({ x: (() => 1) as never })).rejects.toThrow('objective mse: the batch')
  })
})
