import { describe, expect, test } from 'vitest'
import { meanInterval } from '../../src/index.js'
import { keyOf } from '../../src/kernels/index.js'
import { normal } from '../../src/kernels/random.js'

const draws = (seed: number, n: number): Float32Array => normal(keyOf(seed, 'draws'), 0, new Float32Array(n))

describe('meanInterval', () => {
  test('independent values: mean ± 1.96 σ / √n', () => {
    const x = draws(1, 1000)
    const { mean, low, high } = meanInterval(x)
    expect(mean).toBeCloseTo(x.reduce((a, b) => a + b) / 1000, 6)
    const sigma = Math.sqrt(x.reduce((a, b) => a + (b - mean) ** 2, 0) / 1000)
    expect((high - low) / ((2 * 1.96 * sigma) / Math.sqrt(1000))).toBeCloseTo(1, 1)
    expect(low < mean && mean < high).toBe(true)
  })

  test('values that follow one another: blocks find the wider truth, √((1 + φ) / (1 − φ)) times as wide', () => {
    const noise = draws(2, 6000)
    const phi = 0.8
    const x = new Float64Array(noise.length)
    for (let t = 1; t < x.length; t++) x[t] = phi * x[t - 1]! + noise[t]!
    const width = (block: number): number => {
      const { low, high } = meanInterval(x, { block, draws: 500 })
      return high - low
    }
    const ratio = width(100) / width(1)
    expect(ratio).toBeGreaterThan(2.5)
    expect(ratio).toBeLessThan(3.5)
  })

  test('holds the true mean about as often as it says', () => {
    let held = 0
    for (let k = 0; k < 200; k++) {
      const { low, high } = meanInterval(draws(100 + k, 60), { level: 0.8, draws: 300 })
      if (low <= 0 && 0 <= high) held++
    }
    expect(held / 200).toBeGreaterThan(0.7)
    expect(held / 200).toBeLessThan(0.9)
  })

  test('the same seed, the same interval; a constant has none', () => {
    const x = draws(3, 50)
    expect(meanInterval(x, { block: 7, seed: 4 })).toEqual(meanInterval(x, { block: 7, seed: 4 }))
    expect(meanInterval(x, { block: 7, seed: 4 })).not.toEqual(meanInterval(x, { block: 7, seed: 5 }))
    expect(meanInterval([2, 2, 2], { block: 2 })).toEqual({ mean: 2, low: 2, high: 2 })
  })

  test('says what is wrong', () => {
    expect(() => meanInterval([1])).toThrow('1 values: give at least 2')
    expect(() => meanInterval([1, 2], { block: 3 })).toThrow('block 3: give a whole number from 1 to 2')
    expect(() => meanInterval([1, 2], { level: 1 })).toThrow('level 1')
    expect(() => meanInterval([1, Number.NaN])).toThrow('value 1 is NaN')
  })
})
