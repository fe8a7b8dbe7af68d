/** Drawing tokens: the right ones, as often as they should be. */
import { describe, expect, test } from 'vitest'
import { type SamplingOptions, sampleToken } from '../../src/index.js'

const logits = [0.1, 0.4, 0.2, 0.3].map(Math.log)
/** How often each token comes when u runs evenly through [0, 1). */
const shares = (options: SamplingOptions = {}, n = 1000): number[] => {
  const counts = logits.map(() => 0)
  for (let i = 0; i < n; i++) counts[sampleToken(logits, (i + 0.5) / n, options)]!++
  return counts.map((c) => c / n)
}

describe('sampleToken', () => {
  test('draws by softmax', () => expect(shares()).toEqual([0.1, 0.4, 0.2, 0.3]))
  test('temperature ½ squares the probabilities', () => {
    const squares = [0.01, 0.16, 0.04, 0.09].map((p) => p / 0.3)
    shares({ temperature: 0.5 }).forEach((share, i) => {
      expect(share).toBeCloseTo(squares[i]!, 2)
    })
  })
  test('temperature 0 takes the likeliest, the first of equals', () => {
    expect(shares({ temperature: 0 })).toEqual([0, 1, 0, 0])
    expect(sampleToken([1, 3, 3], 0.99, { temperature: 0 })).toBe(1)
  })
  test('topK keeps the likeliest', () => {
    expect(shares({ topK: 1 })).toEqual([0, 1, 0, 0])
    shares({ topK: 2 }).forEach((share, i) => {
      expect(share).toBeCloseTo([0, 4 / 7, 0, 3 / 7][i]!, 2)
    })
    expect(shares({ topK: 9 })).toEqual([0.1, 0.4, 0.2, 0.3])
  })
  test('topP keeps what reaches it', () => {
    expect(shares({ topP: 0.39 })).toEqual([0, 1, 0, 0])
    shares({ topP: 0.69 }).forEach((share, i) => {
      expect(share).toBeCloseTo([0, 4 / 7, 0, 3 / 7][i]!, 2)
    })
    expect(shares({ topP: 0.8 })[0]).toBe(0)
    expect(shares({ topP: 0.8 })[2]).toBeGreaterThan(0)
  })
  test('scores of −∞ are never drawn, NaN is refused', () => {
    expect(sampleToken([Number.NEGATIVE_INFINITY, 1, Number.NEGATIVE_INFINITY], 0.9999999)).toBe(1)
    expect(() => sampleToken([0, Number.NaN], 0)).toThrow(/token 1 is NaN/)
    expect(() => sampleToken([Number.NEGATIVE_INFINITY], 0)).toThrow(/nothing can be drawn/)
  })
})
