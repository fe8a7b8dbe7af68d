/** The learning rate finder: on quadratics its turning point is the known limit 2/L, and the model is afterwards what it was. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  BatchNorm1d,
  crossEntropy,
  customGrad,
  dataset,
  fit,
  type Layer,
  Linear,
  less,
  lrFind,
  meanSquaredError,
  parameters,
  relu,
  sequential,
  sets,
  sgd,
  type Tensor,
  where,
} from '../../src/index.js'
import { bytesOf, network, task } from './task.js'

const descent = (lr: (t: number) => number): ReturnType<typeof sgd> => sgd({ lr })

/** (w·x)² has the curvature L = 2x² in w: descent shrinks it at every rate below 2/L and grows it above. */
function parabola(curvature: number): { model: Layer; data: ReturnType<typeof dataset<'x' | 'y'>> } {
  return {
    model: new Linear(1, 1, { bias: false }),
    data: dataset({ x: [[Math.sqrt(curvature / 2)]], y: [[0]] }),
  }
}

describe('lrFind', () => {
  test('a gradient that overflows while the loss does not is a divergence too', async () => {
    // each update takes the rate off the weight; once that is below 0 the gradient is infinite
    const cliff = customGrad(
      (o) => o,
      (g, { inputs: [o] }) => [where(less(o!, 0), Number.POSITIVE_INFINITY, g)],
    )
    const { model, data } = parabola(2)
    const layer = model as Linear
    layer.weight.storage.array = Float32Array.of(1)
    const { curve, diverged } = await lrFind(model, data, {
      loss: (o) => cliff(o).mean(),
      optimizer: descent,
      from: 0.01,
      to: 1,
      steps: 50,
    })
    expect(diverged).toBe(true)
    expect(curve.length).toBeGreaterThanOrEqual(3)
    expect(curve.length).toBeLessThan(50)
    expect([...layer.weight.storage.array]).toEqual([1])
  })

  test('on a parabola of curvature L the loss turns at 2/L', async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ min: -2, max: 3, noNaN: true }), async (power) => {
        const curvature = 10 ** power
        const { model, data } = parabola(curvature)
        const limit = 2 / curvature
        const [from, to, steps] = [limit / 30, limit * 30, 60]
        const { curve, suggestion, diverged } = await lrFind(model, data, { loss: meanSquaredError, optimizer: descent, from, to, steps })
        const factor = (to / from) ** (1 / (steps - 1))
        const turn = curve.reduce((a, b) => (b.loss < a.loss ? b : a)).lr
        // the loss is that before the update: the first update beyond the limit starts from the least one
        expect(turn / limit).toBeGreaterThanOrEqual(1 / 1.0001)
        expect(turn / limit).toBeLessThanOrEqual(factor * 1.0001)
        expect(suggestion).toBeLessThan(limit)
        expect(diverged).toBe(true)
      }),
      { numRuns: 12 },
    )
  })

  test('every loss of a parabola is the product of (1 − lr·L)² so far', async () => {
    const { model, data } = parabola(3)
    const { curve } = await lrFind(model, data, { loss: meanSquaredError, optimizer: descent, from: 0.001, to: 0.3, steps: 40 })
    let expected = curve[0]!.loss
    for (const { lr, loss } of curve) {
      expect(loss).toBeCloseTo(expected, 5)
      expected *= (1 - 3 * lr) ** 2
    }
    expect(curve.map(({ lr }) => lr).at(-1)).toBeCloseTo(0.3, 12)
  })

  test('leaves weights and buffers as they were, where they were', async () => {
    const model = sequential(new Linear(2, 8), new BatchNorm1d(8), relu, new Linear(8, 2))
    const data = sets.moons({ perClass: 40 })
    for await (const _ of fit(model, data, { loss: crossEntropy, optimizer: sgd({ lr: 0.1 }), epochs: 1 }));
    const kept = [...parameters(model).values()].map(({ storage }) => ({ storage, array: storage.array!, copy: storage.array!.slice() }))
    const { curve } = await lrFind(model, data, { loss: crossEntropy, steps: 20 })
    expect(curve.length).toBeGreaterThan(10)
    for (const { storage, array, copy } of kept) {
      expect(storage.array).toBe(array)
      expect(array).toEqual(copy)
    }
  })

  test('a model without weights yet has none afterwards: the run to come chooses its own seed', async () => {
    const [found, straight] = [network(), network()]
    await lrFind(found, task(), { loss: meanSquaredError, steps: 12, seed: 1 })
    expect([...parameters(found).values()].every(({ storage }) => storage.array === undefined)).toBe(true)
    for (const model of [found, straight])
      for await (const _ of fit(model, task(), { loss: meanSquaredError, optimizer: sgd({ lr: 0.1 }), epochs: 1, seed: 5 }));
    expect(bytesOf(found)).toBe(bytesOf(straight))
  })

  test('its suggestion trains better than a tenth of a thousandth of it, and than the rate where the loss has long turned', async () => {
    const data = sets.moons({ perClass: 100 })
    const net = (): Layer => sequential(new Linear(2, 16), relu, new Linear(16, 2))
    const { suggestion, lowest } = await lrFind(net(), data, { loss: crossEntropy, optimizer: descent, to: 1000, steps: 120 })
    const lossAt = async (lr: number): Promise<number> => {
      let last = Number.NaN
      try {
        for await (const e of fit(net(), data, { loss: crossEntropy, optimizer: sgd({ lr }), epochs: 5 })) last = e.loss
      } catch {
        return Number.POSITIVE_INFINITY
      }
      return last
    }
    const right = await lossAt(suggestion)
    expect(suggestion).toBeLessThan(lowest)
    expect(right).toBeLessThan(await lossAt(suggestion / 1e4))
    expect(right).toBeLessThan(await lossAt(lowest * 30))
  })

  test('the same seed gives the same curve', async () => {
    const find = async (seed: number): Promise<string> =>
      JSON.stringify(await lrFind(network(), task(), { loss: meanSquaredError, steps: 15, seed }))
    expect(await find(3)).toBe(await find(3))
    expect(await find(3)).not.toBe(await find(4))
  })

  test('says what is wrong', async () => {
    const find = async (options: object) => await lrFind(network(), task(), { loss: meanSquaredError, ...options })
    await expect(find({ from: 1, to: 0.1 })).rejects.toThrow('from 1 to 0.1')
    await expect(find({ steps: 3 })).rejects.toThrow('steps 3')
    await expect(find({ loss: (a: Tensor) => a.mean().mul(Number.NaN) })).rejects.toThrow('loss')
  })
})
