import { describe, expect, test } from 'vitest'
import { kernels, newMemory } from '../../src/kernels/index.js'
import { sub } from '../../src/ops/index.js'
import { clipByNorm, clipByValue, normOf } from '../../src/optim/clip.js'
import {
  adam,
  adamW,
  cosine,
  defineOptimizer,
  ema,
  linearWarmup,
  nadam,
  noDecay,
  oneCycle,
  partition,
  perEpoch,
  reduceOnPlateau,
  rmsprop,
  scalarsAt,
  sequence,
  sgd,
  stepDecay,
} from '../../src/optim/index.js'
import { expectClose, expectSame } from '../compare.js'
import { named, Stepper } from './stepper.js'

const weights = [
  { path: 'a.weight', shape: [2, 2] },
  { path: 'a.bias', shape: [2] },
  { path: 'b.weight', shape: [2, 2] },
]

describe('defineOptimizer', () => {
  const signum = (options: { lr?: number; beta?: number } = {}) =>
    defineOptimizer({
      name: 'signum',
      hyper: { lr: 0.01, beta: 0.9 },
      options,
      state: { m: 0 },
      update: (w, g, { m }, { lr, beta }) => {
        const next = m.mul(beta).add(g.mul(sub(1, beta)))
        return { weight: w.sub(next.sign().mul(lr)), state: { m: next } }
      },
    })

  test('a new optimizer is its update', async () => {
    const stepper = new Stepper(signum({ beta: 0.5 }), weights, 'graph')
    for (const gradient of [4, -1, -8]) {
      for (const g of stepper.grads) g.fill(gradient)
      await stepper.step()
    }
    // m: 2, 0.5, -3.75
    expectClose(stepper.weights[0]!, [-0.01, -0.01, -0.01, -0.01], { rtol: 1e-6 })
    expectClose(stepper.states[0]!.m!, [-3.75, -3.75, -3.75, -3.75])
    expect(signum().granularity).toBe('element')
  })

  test('says which setting is wrong', () => {
    expect(() => sgd({ lr: -1 })).toThrowErrorMatchingInlineSnapshot(`[HebbError: sgd: lr is -1: give a number of at least 0]`)
    expect(() => adam({ beta1: 1 })).toThrowErrorMatchingInlineSnapshot(
      `[HebbError: adam: beta1 is 1: give a number of at least 0 and below 1]`,
    )
    expect(() => adam({ lr: Number.NaN })).toThrowErrorMatchingInlineSnapshot(`[HebbError: adam: lr is NaN: give a number of at least 0]`)
    expect(() => adam({ groups: [{ match: () => true, hyper: { momentum: 0.9 } }] })).toThrowErrorMatchingInlineSnapshot(
      `[HebbError: adam has no hyperparameter momentum: it has lr, beta1, beta2, eps, weightDecay]`,
    )
    expect(() => adam({ groups: [{ match: () => true, hyper: { lr: -1 } }] })).toThrowErrorMatchingInlineSnapshot(
      `[HebbError: adam: lr is -1: give a number of at least 0]`,
    )
    expect(() => sgd({ nesterov: true })).toThrowErrorMatchingInlineSnapshot(
      `[HebbError: sgd: nesterov needs momentum above 0 and no dampening: sgd({ momentum: 0.9, nesterov: true })]`,
    )
    const typo: object = { learningRate: 1 }
    expect(() => rmsprop(typo)).toThrowErrorMatchingInlineSnapshot(
      `[HebbError: rmsprop has no hyperparameter learningRate: did you mean lr? it has lr, alpha, eps, weightDecay, momentum]`,
    )
    const [part] = partition(adam({ lr: (t) => (t < 3 ? 0.1 : Number.NaN) }), named(weights))
    for (const step of [1, 2, 3]) scalarsAt(part!, step)
    expect(() => scalarsAt(part!, 4)).toThrowErrorMatchingInlineSnapshot(
      `[HebbError: adam: lr is NaN at step 4: give a number of at least 0]`,
    )
    expect(() => scalarsAt(part!, 0)).toThrowErrorMatchingInlineSnapshot(`[HebbError: adam: step 0: steps count from 1]`)
  })
})

describe('groups', () => {
  const show = (parts: ReturnType<typeof partition>) => parts.map((p) => [p.optimizer.name, p.weights, p.hyper.lr, p.hyper.weightDecay])

  test('the first match has the weight; the rest have the defaults', () => {
    const optimizer = adamW({
      lr: 1,
      groups: [noDecay, { match: () => true, hyper: { lr: 3 } }, { match: (path) => path.startsWith('a'), hyper: { lr: 2 } }],
    })
    expect(show(partition(optimizer, named(weights)))).toEqual([
      ['adamW', [0, 2], 3, 0.01],
      ['adamW', [1], 1, 0],
    ])
    expect(show(partition(adamW({ lr: 1 }), named(weights)))).toEqual([['adamW', [0, 1, 2], 1, 0.01]])
  })

  test('a group may name another optimizer, whose groups then count', () => {
    const inner = adamW({ lr: 5, groups: [noDecay] })
    const optimizer = sgd({ lr: 1, groups: [{ match: (path) => path.startsWith('a'), optimizer: inner, hyper: { lr: 7 } }] })
    expect(show(partition(optimizer, named(weights)))).toEqual([
      ['adamW', [0], 7, 0.01],
      ['adamW', [1], 7, 0],
      ['sgd', [2], 1, 0],
    ])
  })

  test('each part carries its own running scalars, and can be restored', () => {
    const optimizer = nadam({ groups: [{ match: (_, { shape }) => shape.length < 2, hyper: { beta1: 0.5 } }] })
    const [a, b] = partition(optimizer, named(weights))
    for (const step of [1, 2, 3]) {
      scalarsAt(a!, step)
      scalarsAt(b!, step)
    }
    expect(a!.carry.product).not.toBe(b!.carry.product)
    const [resumed] = partition(optimizer, named(weights))
    Object.assign(resumed!.carry, JSON.parse(JSON.stringify(a!.carry)))
    expect(scalarsAt(resumed!, 4)).toEqual(scalarsAt(a!, 4))
    expect(optimizer.carry).toEqual({ product: 1 })
  })

  test('momentum in a group alone calls for its state', () => {
    expect(sgd().state).toEqual({})
    expect(sgd({ groups: [{ match: () => true, hyper: { momentum: 0.9 } }] }).state).toEqual({ b: 0 })
  })
})

describe('schedules', () => {
  test('drive any hyperparameter; the first update uses t = 0', () => {
    const cycle = oneCycle({ lr: 0.1, steps: 10 })
    const [part] = partition(sgd({ lr: cycle, momentum: cycle.momentum }), named(weights))
    const at = (step: number) => scalarsAt(part!, step)
    expectClose([at(1).fromMean!, at(1).keep!, at(3).fromMean!, at(3).keep!], [0.004, 0.95, 0.1, 0.85], { rtol: 1e-12, atol: 0 })
    expect(cycle(10)).toBe(cycle(9))
    expect(cycle(1e6)).toBe(cycle(9))
  })

  test('follow one another, count epochs, and write themselves down', () => {
    const both = sequence([linearWarmup({ lr: 1, from: 0, steps: 4 }), cosine({ lr: 1, steps: 6 }), () => 7], [4, 10])
    expect([0, 1, 4, 7, 10, 99].map((t) => Number(both(t).toFixed(6)))).toEqual([0, 0.25, 1, 0.5, 7, 7])
    const epochs = perEpoch(stepDecay({ lr: 1, every: 2, gamma: 0.5 }), 10)
    expect([0, 19, 20, 40].map(epochs)).toEqual([1, 1, 0.5, 0.25])
    expect(JSON.stringify(adam({ lr: both }).hyper)).toBe(
      '{"lr":{"schedule":"sequence","schedules":[{"schedule":"linearWarmup","lr":1,"from":0,"to":1,"steps":4},{"schedule":"cosine","lr":1,"steps":6,"min":0},null],"starts":[4,10]},"beta1":0.9,"beta2":0.999,"eps":1e-8,"weightDecay":0}',
    )
  })

  test('refuse what makes no sense', () => {
    expect(() => cosine({ lr: 1, steps: 0 })).toThrowErrorMatchingInlineSnapshot(
      `[HebbError: cosine: steps is 0: give a whole number of steps, 1 or more]`,
    )
    expect(() => sequence([cosine({ lr: 1, steps: 1 })], [3])).toThrowErrorMatchingInlineSnapshot(
      `[HebbError: sequence: 1 schedules need 0 steps to start at, not 1]`,
    )
    expect(() => sequence([() => 1, () => 2, () => 3], [5, 5])).toThrowErrorMatchingInlineSnapshot(
      `[HebbError: sequence: starts [5, 5] must rise from above 0]`,
    )
    expect(() => oneCycle({ lr: 1, steps: 10, rise: 1 })).toThrowErrorMatchingInlineSnapshot(
      `[HebbError: oneCycle: rise is 1: give a share of the steps above 0 and below 1]`,
    )
    expect(() => reduceOnPlateau({ lr: 1, factor: 2 })).toThrowErrorMatchingInlineSnapshot(
      `[HebbError: reduceOnPlateau: factor is 2: give a number between 0 and 1]`,
    )
  })

  test('a plateau takes NaN for no improvement', () => {
    const plateau = reduceOnPlateau({ lr: 1, patience: 1, factor: 0.5 })
    expect([Number.NaN, Number.NaN, 3, Number.NaN, Number.NaN].map((m) => plateau.observe(m))).toEqual([false, true, false, false, true])
    expect(plateau.state).toEqual({ value: 0.25, best: 3, bad: 0, cooling: 0 })
  })
})

describe('clipping and averages', () => {
  test('norms run over several memories; broken gradients are left as they are', () => {
    const slices = [1, 2].map((n) => {
      const k = kernels(newMemory(64))
      new Float32Array(k.memory.buffer, 0, n).fill(n === 1 ? -3 : 2)
      return { k, at: 0, length: n }
    })
    const all = () => slices.flatMap(({ k, length }) => [...new Float32Array(k.memory.buffer, 0, length)])
    expect([1, 2, Number.POSITIVE_INFINITY].map((order) => normOf(slices, order))).toEqual([7, Math.sqrt(17), 3])
    expect(clipByNorm(slices, { max: 10 })).toBe(Math.sqrt(17))
    expectSame(all(), [-3, 2, 2])
    clipByValue(slices, 2.5)
    expectSame(all(), [-2.5, 2, 2])
    new Float32Array(slices[1]!.k.memory.buffer)[1] = Number.POSITIVE_INFINITY
    expect(clipByNorm(slices, { max: 1 })).toBe(Number.POSITIVE_INFINITY)
    expectSame(all(), [-2.5, 2, Number.POSITIVE_INFINITY])
    expect(() => normOf(slices, 3)).toThrowErrorMatchingInlineSnapshot(`[HebbError: norm of order 3: give 1, 2 or Infinity]`)
    expect(() => clipByNorm(slices, { max: Number.NaN })).toThrowErrorMatchingInlineSnapshot(
      `[HebbError: clipByNorm: max is NaN: give a number of at least 0]`,
    )
  })

  test('ema follows its formula, with warm-up', () => {
    const k = kernels(newMemory(64))
    const [average, w] = [new Float32Array(k.memory.buffer, 0, 3), new Float32Array(k.memory.buffer, 12, 3)]
    const want = [0, 0, 0]
    const moving = ema({ decay: 0.9, warmup: true })
    for (let step = 1; step <= 30; step++) {
      w.set([step, -step, 1])
      moving.update(k, { average: 0, weight: 12, length: 3 }, step)
      const keep = Math.min(0.9, (1 + step) / (10 + step))
      want.forEach((v, i) => {
        want[i] = keep * v + (1 - keep) * w[i]!
      })
    }
    expectClose(average, want)
    expect(() => ema({ decay: 1 })).toThrowErrorMatchingInlineSnapshot(
      `[HebbError: ema: decay is 1: give a number of at least 0 and below 1]`,
    )
  })
})
