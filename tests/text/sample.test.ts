/** Drawing tokens: the right ones, as often as they should be. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type SamplingOptions, sampleToken } from '../../src/index.js'
import { likeliest } from '../../src/text/decode/rules/likeliest.js'
import { logProbability } from '../../src/text/decode/rules/rules.js'
import { keepTopP } from '../../src/text/decode/rules/truncate.js'

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
  test('topK keeps those as likely as the last of them, as transformers does', () => {
    const three = [2, 1, 1, 1, 0]
    const found = new Set(Array.from({ length: 100 }, (_, i) => sampleToken(three, (i + 0.5) / 100, { topK: 2 })))
    expect([...found].sort()).toEqual([0, 1, 2, 3])
    expect(sampleToken([3, 3, 0], 0.99, { topK: 1 })).toBe(1)
  })
  test('minP keeps what is not much less likely than the likeliest, after the temperature', () => {
    // 0.2 is half of 0.4, its square a quarter of the other
    expect(shares({ minP: 0.501 }).map((share) => share > 0)).toEqual([false, true, false, true])
    expect(shares({ minP: 0.499 }).map((share) => share > 0)).toEqual([false, true, true, true])
    expect(shares({ minP: 0.499, temperature: 0.5 }).map((share) => share > 0)).toEqual([false, true, false, true])
    expect(shares({ minP: 1 })).toEqual([0, 1, 0, 0])
  })
  test('each rule looks at what the one before left', () => {
    // of the two likeliest the first has 4/7 of the probability, of all 0.4
    expect(shares({ topK: 2, topP: 0.57 })).toEqual([0, 1, 0, 0])
    expect(shares({ topP: 0.57 }).filter((share) => share > 0)).toHaveLength(2)
  })
  test('topP among many, without sorting them all', () => {
    const many = Array.from({ length: 5000 }, (_, i) => -((i * 7919) % 5000) / 1000)
    const order = [...many.keys()].sort((a, b) => many[b]! - many[a]!)
    const weights = order.map((i) => Math.exp(many[i]!))
    const half = weights.reduce((a, b) => a + b) / 2
    const n = weights.findIndex((_, i) => weights.slice(0, i + 1).reduce((a, b) => a + b) >= half)
    const kept = [...keepTopP(many, 0.5).entries()].filter(([, s]) => s > Number.NEGATIVE_INFINITY).map(([i]) => i)
    expect(kept).toEqual(order.slice(0, n + 1).sort((a, b) => a - b))
  })
  test('penalties: repetition divides what is above 0 and multiplies what is below, once, and looks at the prompt', () => {
    const greedy = (scores: readonly number[], options: SamplingOptions, before = {}): number =>
      sampleToken(scores, 0, { temperature: 0, ...options }, before)
    expect(greedy([2, 1.5], { repetitionPenalty: 1.4 }, { prompt: [0] })).toBe(1)
    expect(greedy([2, 1.5], { repetitionPenalty: 1.4 }, { prompt: [0], written: [0, 1, 1] })).toBe(0)
    expect(greedy([-1, -1.5], { repetitionPenalty: 1.6 }, { written: [0] })).toBe(1)
    expect(greedy([-1, -1.5], { repetitionPenalty: 1.4 }, { written: [0] })).toBe(0)
    // presence counts once, frequency each time, and neither what was given
    expect(greedy([2, 1.5], { presencePenalty: 0.4 }, { written: [0, 0] })).toBe(0)
    expect(greedy([2, 1.5], { frequencyPenalty: 0.4 }, { written: [0, 0] })).toBe(1)
    expect(greedy([2, 1.5], { presencePenalty: 1, frequencyPenalty: 1 }, { prompt: [0, 0] })).toBe(0)
  })
  test('log probability: that of softmax', () => {
    expect(logits.map((_, id) => logProbability(logits, id))).toEqual(logits.map((x) => expect.closeTo(x, 12)))
    expect(logProbability([1e4, 1e4], 1)).toBeCloseTo(Math.log(0.5), 12)
  })
})

test('likeliest: as sorting would have it, the first of equals first', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -3, max: 3 })), fc.nat(12), (values, n) => {
      expect(likeliest(values, n)).toEqual([...values.keys()].sort((a, b) => values[b]! - values[a]! || a - b).slice(0, n))
    }),
  )
})
