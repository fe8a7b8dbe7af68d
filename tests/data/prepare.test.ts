import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { divide } from '../../src/data/prepare/divide.js'
import { bucketBatches, padSequences } from '../../src/data/prepare/ragged.js'

describe('sequences of different lengths', () => {
  test('padded with their lengths', async () => {
    const { ids, lengths } = padSequences([[1, 2, 3], [], [4]], { pad: 9, most: 2 })
    expect([ids.shape, [...(await ids.data())], [...(await lengths.data())]]).toEqual([
      [3, 2],
      [1, 2, 9, 9, 4, 9],
      [2, 0, 1],
    ])
    expect(padSequences([[]]).ids.shape).toEqual([1, 1])
    expect(() => padSequences([])).toThrow('there are no sequences')
  })

  test('batches of nearly one length: every index once, little padding, an order per epoch', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(30), { minLength: 1, maxLength: 200 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 5 }),
        (lengths, size, pool) => {
          const found = bucketBatches(lengths, size, { pool, seed: 3 })
          expect(found.flatMap((batch) => [...batch]).sort((a, b) => a - b)).toEqual(lengths.map((_, i) => i))
          expect(found.every((batch) => batch.length <= size)).toBe(true)
        },
      ),
    )
    const lengths = Array.from({ length: 1000 }, (_, i) => (i * 37) % 100)
    const padding = (pool: number): number =>
      bucketBatches(lengths, 10, { pool }).reduce((n, batch) => {
        const own = [...batch].map((i) => lengths[i]!)
        return n + own.length * Math.max(...own) - own.reduce((a, b) => a + b, 0)
      }, 0)
    expect(padding(50)).toBeLessThan(0.1 * padding(1) + 1000)
    expect(bucketBatches(lengths, 10)).toEqual(bucketBatches(lengths, 10))
    expect(bucketBatches(lengths, 10, { epoch: 1 })).not.toEqual(bucketBatches(lengths, 10))
    expect(() => bucketBatches(lengths, 0)).toThrow('size 0')
  })
})

describe('dividing lists', () => {
  test('parts cover the list; classes in proportion; what belongs together stays together', () => {
    const items = Array.from({ length: 200 }, (_, i) => ({ i, label: i % 4 === 0 ? 'rare' : 'common', source: i % 20 }))
    const [train, test_] = divide(items, 0.75, { stratify: ({ label }) => label })
    expect([...train!, ...test_!].map(({ i }) => i).sort((a, b) => a - b)).toEqual(items.map(({ i }) => i))
    expect([train, test_].map((part) => part!.filter(({ label }) => label === 'rare').length)).toEqual([38, 12])
    const parts = divide(items, [0.5, 0.25, 0.25], { together: ({ source }) => source, seed: 1 })
    expect(parts.map((part) => part.length)).toEqual([100, 50, 50])
    const sources = parts.map((part) => new Set(part.map(({ source }) => source)))
    expect(sources.reduce((n, set) => n + set.size, 0)).toBe(20)
    expect(divide(items, 0.5, { shuffle: false })[0]![99]!.i).toBe(99)
    expect(divide(items, 0.5, { seed: 2 })).not.toEqual(divide(items, 0.5, { seed: 3 }))
    expect(() => divide([], 0.5)).toThrow('the list is empty')
  })
})
