/** Counted probabilities: by hand, and summing to 1. */
import { expect, test } from 'vitest'
import { ngrams } from '../../src/index.js'

const text = [0, 1, 0, 1, 1, 2]

test('single tokens: counts mixed with an even spread', () => {
  const model = ngrams(text, { order: 1, vocabulary: 4 })
  // three different tokens among six: (count + 3 · ¼) / 9
  expect([0, 1, 2, 3].map((id) => model.probability(text, 0, id))).toEqual([2.75, 3.75, 1.75, 0.75].map((n) => n / 9))
})

test('pairs: what followed, mixed with single tokens', () => {
  const model = ngrams(text, { order: 2, vocabulary: 4 })
  // after 1 came 0, 1 and 2 once each: (1 + 3 · p₁) / 6
  expect(model.probability([1], 1, 0)).toBeCloseTo((1 + (3 * 2.75) / 9) / 6, 12)
  expect(model.loss([1, 0])).toBeCloseTo(-Math.log((1 + (3 * 2.75) / 9) / 6), 12)
})

test.each([1, 2, 3, 5])('order %i sums to 1 everywhere', (order) => {
  const model = ngrams(text, { order, vocabulary: 4 })
  for (const before of [[], [0], [3], [0, 1], [3, 1, 1]]) {
    const sum = [0, 1, 2, 3].reduce((s, id) => s + model.probability(before, before.length, id), 0)
    expect(sum).toBeCloseTo(1, 12)
  }
})

test('says what is wrong', () => {
  expect(() => ngrams(text, { order: 0, vocabulary: 4 })).toThrow(/order 0/)
  expect(() => ngrams([], { order: 1, vocabulary: 4 })).toThrow(/empty/)
  expect(() => ngrams(text, { order: 1, vocabulary: 4 }).loss([1])).toThrow(/nothing to predict/)
})
