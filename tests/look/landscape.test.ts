/** Loss landscapes: a quadratic's slice in closed form, directions as long as their filters, the plane of a path that is known. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  BatchNorm1d,
  Conv2d,
  crossEntropy,
  dataset,
  evaluate,
  Linear,
  lossSlice,
  meanSquaredError,
  parameters,
  pathPlane,
  randomDirection,
  relu,
  sequential,
  sets,
} from '../../src/index.js'
import { convexShare, flatWeights } from '../../src/look/index.js'

describe('lossSlice', () => {
  test('is the known quadratic for a straight line', async () => {
    const model = new Linear(2, 1)
    const data = dataset({ x: [[1, 0], [0, 2], [1, 1]], y: [[1], [0], [3]] }) // biome-ignore format: one line
    const [w1, w2, b] = flatWeights(model) as unknown as [number, number, number]
    const directions: [Float32Array, Float32Array] = [Float32Array.of(1, 0, 0.5), Float32Array.of(0, -1, 1)]
    const { values, xs, ys } = await lossSlice(model, data, {
      loss: meanSquaredError,
      directions,
      x: [-2, 1],
      y: [0, 3],
      size: 7,
      batchSize: 2,
    })
    expect(xs).toEqual([-2, -1.5, -1, -0.5, 0, 0.5, 1])
    expect(ys).toEqual([3, 2.5, 2, 1.5, 1, 0.5, 0])
    for (const [r, y] of ys.entries())
      for (const [c, x] of xs.entries()) {
        const [u1, u2, ub] = [w1 + x, w2 - y, b + 0.5 * x + y]
        const exact = ((u1 + ub - 1) ** 2 + (2 * u2 + ub) ** 2 + (u1 + u2 + ub - 3) ** 2) / 3
        expect(values[r]![c]).toBeCloseTo(exact, 4)
      }
    expect(convexShare({ values })).toBe(1)
  })

  test('its middle is the loss of the model, which stays as it was, buffers too', async () => {
    const model = sequential(new Linear(2, 8), new BatchNorm1d(8), relu, new Linear(8, 2))
    const data = sets.moons({ perClass: 30 })
    const { loss } = await evaluate(model, data, { loss: crossEntropy })
    const before = [...parameters(model).values()].map(({ storage }) => storage.array!.slice())
    const { values } = await lossSlice(model, data, { loss: crossEntropy, size: 5 })
    expect(values[2]![2]).toBeCloseTo(loss, 5)
    expect(values.flatMap((row) => [...row]).every((v) => Number.isFinite(v))).toBe(true)
    expect([...parameters(model).values()].map(({ storage }) => storage.array!)).toEqual(before)
  })

  test('stopped, it leaves holes and the weights as they were', async () => {
    const model = new Linear(2, 2)
    const before = flatWeights(model)
    const { values } = await lossSlice(model, sets.moons(), { loss: crossEntropy, size: 3, signal: AbortSignal.abort() })
    expect(values.flatMap((row) => [...row]).every(Number.isNaN)).toBe(true)
    expect(flatWeights(model)).toEqual(before)
  })

  test('says what is wrong', async () => {
    const model = new Linear(2, 2)
    await expect(lossSlice(model, sets.moons(), { loss: crossEntropy, size: 1 })).rejects.toThrow('size 1')
    const short = new Float32Array(3)
    await expect(lossSlice(model, sets.moons(), { loss: crossEntropy, directions: [short, short] })).rejects.toThrow(
      'direction 1 holds 3 numbers, the model 6',
    )
  })
})

test('convexShare: 1 for a bowl, 0 for a saddle and for a hill', () => {
  const surface = (f: (x: number, y: number) => number): { values: Float32Array[] } => ({
    values: Array.from({ length: 9 }, (_, r) => Float32Array.from({ length: 9 }, (_, c) => f(c - 4, r - 4))),
  })
  expect(convexShare(surface((x, y) => x * x + 2 * y * y + x * y))).toBe(1)
  expect(convexShare(surface((x, y) => x * x - y * y))).toBe(0)
  expect(convexShare(surface((x, y) => -x * x - y * y))).toBe(0)
})

describe('randomDirection', () => {
  test('is as long as the weight in every filter, 0 in biases, and at random', () => {
    const model = { conv: new Conv2d(3, 4, 3), dense: new Linear(5, 6), forward: (x: never) => x }
    const d = randomDirection(model)
    let at = 0
    for (const [path, { shape, size, storage }] of parameters(model)) {
      const mine = d.subarray(at, at + size)
      at += size
      if (path.endsWith('bias')) {
        expect([...mine].every((v) => v === 0)).toBe(true)
        continue
      }
      const width = size / shape[0]!
      for (let row = 0; row < size; row += width)
        expect(Math.hypot(...mine.subarray(row, row + width))).toBeCloseTo(
          Math.hypot(...(storage.array as Float32Array).subarray(row, row + width)),
          5,
        )
    }
    expect(at).toBe(d.length)
    expect(randomDirection(model)).toEqual(d)
    expect(randomDirection(model, { key: 'y' })).not.toEqual(d)
    expect(randomDirection(model, { seed: 1 })).not.toEqual(d)
  })

  test('takes filters of any length', () => {
    const model = { dense: new Linear(200_000, 1), forward: (x: never) => x }
    const length = (row: ArrayLike<number>): number => Math.sqrt(Array.from(row).reduce((sum, x) => sum + x * x, 0))
    const d = randomDirection(model).subarray(0, 200_000)
    expect(length(d)).toBeCloseTo(length(parameters(model).get('dense.weight')!.storage.array as Float32Array), 4)
  })
})

describe('pathPlane', () => {
  const unit = (v: number[]): number[] => v.map((x) => x / Math.hypot(...v))

  test('finds the plane, the coordinates and the shares of a path that lies in one', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 })), { minLength: 4, maxLength: 12 }),
        (places) => {
          // symmetric in the second coordinate: the products of both sum to 0, so the axes are the spreads themselves
          const planar = [...places.map(([a, b]) => [3 * a, b] as const), ...places.map(([a, b]) => [3 * a, -b] as const), [0, 0] as const]
          const spread = [0, 1].map((k) => planar.reduce((sum, p) => sum + p[k]! ** 2, 0))
          fc.pre(spread[1]! > 0 && spread[0]! > 1.5 * spread[1]!)
          const [u, v] = [unit([1, 2, 0, -1, 3]), unit([2, -1, 5, 0, 0])]
          const end = [4, -1, 0.5, 2, 7]
          const path = planar.map(([a, b]) => Float32Array.from(end, (e, i) => e + a * u[i]! + b * v[i]!))
          const { points, explained, directions } = pathPlane(path)
          expect(explained[0]).toBeCloseTo(spread[0]! / (spread[0]! + spread[1]!), 4)
          expect(explained[0] + explained[1]).toBeCloseTo(1, 5)
          const signs = directions.map((d, k) => Math.sign(d.reduce((sum, x, i) => sum + x * [u, v][k]![i]!, 0)))
          points.forEach(({ x, y }, t) => {
            expect(x * signs[0]!).toBeCloseTo(planar[t]![0], 3)
            expect(y * signs[1]!).toBeCloseTo(planar[t]![1], 3)
          })
          expect(points.at(-1)).toEqual({ x: 0, y: 0 })
        },
      ),
      { numRuns: 50 },
    )
  })

  test('a path of two steps at right angles, by hand', () => {
    const path = [Float32Array.of(3, 0, 0), Float32Array.of(0, 2, 0), Float32Array.of(0, 0, 0)]
    const { directions, points, explained } = pathPlane(path)
    expect(directions.map((d) => [...d].map(Math.abs))).toEqual([[1, 0, 0], [0, 1, 0]]) // biome-ignore format: one line
    expect(points.map(({ x, y }) => [Math.abs(x), Math.abs(y)])).toEqual([[3, 0], [0, 2], [0, 0]]) // biome-ignore format: one line
    expect(explained[0]).toBeCloseTo(9 / 13, 12)
  })

  test('says what is wrong', () => {
    const p = (...v: number[]): Float32Array => Float32Array.from(v)
    expect(() => pathPlane([p(1), p(2)])).toThrow('2 points')
    expect(() => pathPlane([p(1, 2), p(2), p(1, 2)])).toThrow('point 1 has 1 numbers')
    expect(() => pathPlane([p(1, 2), p(2, 4), p(3, 6)])).toThrow('straight line')
  })
})
