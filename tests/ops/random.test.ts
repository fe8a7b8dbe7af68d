import { describe, expect, test } from 'vitest'
import { type compute, random } from '../../src/index.js'

const numbers = async (t: Parameters<typeof compute>[0][number]): Promise<number[]> => Array.from(await t.data(), Number)
const meanOf = (v: readonly number[]): number => v.reduce((a, b) => a + b, 0) / v.length
const spreadOf = (v: readonly number[]): number => Math.sqrt(meanOf(v.map((x) => (x - meanOf(v)) ** 2)))

describe('random', () => {
  test('uniform fills its range evenly', async () => {
    const v = await numbers(random.uniform([20_000], { key: 'a', min: -1, max: 3 }))
    expect(Math.min(...v)).toBeGreaterThanOrEqual(-1)
    expect(Math.max(...v)).toBeLessThan(3)
    expect(meanOf(v)).toBeCloseTo(1, 1)
    expect(spreadOf(v)).toBeCloseTo(4 / Math.sqrt(12), 1)
  })

  test('normal has the mean and deviation asked for', async () => {
    const v = await numbers(random.normal([20_000], { key: 'a', mean: 2, std: 0.5 }))
    expect(meanOf(v)).toBeCloseTo(2, 1)
    expect(spreadOf(v)).toBeCloseTo(0.5, 1)
  })

  test('bernoulli gives ones with its probability, in any dtype', async () => {
    const t = random.bernoulli([20_000], 0.3, { key: 'b', dtype: 'bool' })
    expect(t.dtype).toBe('bool')
    expect(meanOf(await numbers(t))).toBeCloseTo(0.3, 1)
    expect(meanOf(await numbers(random.bernoulli([100], 0, { key: 'b' })))).toBe(0)
    expect(meanOf(await numbers(random.bernoulli([100], 1, { key: 'b' })))).toBe(1)
  })

  test('one key gives one draw, another key another', async () => {
    const draw = (key: string): Promise<number[]> => numbers(random.normal([8], { key, dtype: 'f64' }))
    expect(await draw('a')).toEqual(await draw('a'))
    expect(await draw('a')).not.toEqual(await draw('b'))
  })

  test('refuses what it cannot draw', () => {
    expect(() => random.uniform([2], { key: '' })).toThrow('random.uniform: give the draw a key')
    expect(() => random.uniform([2.5], { key: 'a' })).toThrow('(2.5) is no shape')
    expect(() => random.uniform([2], { key: 'a', min: 2, max: 1 })).toThrow('no numbers from 2 to 1')
    expect(() => random.normal([2], { key: 'a', std: -1 })).toThrow('-1 is no standard deviation')
    expect(() => random.normal([2], { key: 'a', dtype: 'i32' })).toThrow('i32 holds no fractions')
    expect(() => random.bernoulli([2], 1.5, { key: 'a' })).toThrow('1.5 is no probability')
  })
})
