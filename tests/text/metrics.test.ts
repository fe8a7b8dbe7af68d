/** BLEU and error rates: cases done by hand, and their bounds. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bleu, editDistance, errorRates, wordErrorRate } from '../../src/index.js'

describe('bleu', () => {
  test('is 100 for the reference itself', () => {
    const { score, precisions, brevity } = bleu(['el gato duerme en casa'], ['el gato duerme en casa'])
    expect({ score, precisions, brevity }).toEqual({ score: expect.closeTo(100, 10), precisions: [1, 1, 1, 1], brevity: 1 })
  })
  test('clips words that are said too often: the example of the paper', () => {
    const { precisions } = bleu(['the the the the the the the'], [['the cat is on the mat', 'there is a cat on the mat']])
    expect(precisions[0]).toBeCloseTo(2 / 7, 12)
    expect(precisions[1]).toBe(0)
  })
  test('counts over the whole set', () => {
    // runs shared: 5 + 4 of 5 + 4, 4 + 3 of 4 + 3 … where the second lacks its last word
    const { score, precisions, brevity } = bleu(['a b c d e', 'p q r s'], ['a b c d e', 'p q r s t'])
    expect(precisions).toEqual([1, 1, 1, 1])
    expect(brevity).toBeCloseTo(Math.exp(1 - 10 / 9), 12)
    expect(score).toBeCloseTo(100 * Math.exp(-1 / 9), 10)
  })
  test('a substitution by hand', () => {
    // words 5/6; pairs ab bc | ef; triples abc; fours none of abcX bcXe cXef
    const { precisions } = bleu(['a b c X e f'], ['a b c d e f'])
    expect(precisions).toEqual([5 / 6, 3 / 5, 1 / 4, 0])
    expect(bleu(['a b c X e f'], ['a b c d e f']).score).toBe(0)
    const smooth = bleu(['a b c X e f'], ['a b c d e f'], { smooth: 'exp' })
    expect(smooth.precisions[3]).toBeCloseTo(1 / (2 * 3), 12)
    expect(smooth.score).toBeCloseTo(100 * ((5 / 6) * (3 / 5) * (1 / 4) * (1 / 6)) ** 0.25, 10)
  })
  test('takes the reference nearest in length', () => {
    expect(bleu(['a b c d'], [['a b c d e f', 'a b c', 'a b c d e']], { order: 1 }).referenceLength).toBe(3)
  })
  test('refuses nothing and uneven sets', () => {
    expect(() => bleu([], [])).toThrow(/0 translations/)
    expect(() => bleu(['a'], ['a', 'b'])).toThrow(/1 translations and 2 references/)
    expect(() => bleu(['a'], [[]])).toThrow(/translation 0 has no reference/)
    expect(bleu([''], ['a']).score).toBe(0)
  })
})

describe('editDistance', () => {
  test.each([
    ['kitten', 'sitting', 3],
    ['', 'abc', 3],
    ['abc', '', 3],
    ['flaw', 'lawn', 2],
    ['same', 'same', 0],
  ])('%s to %s takes %i', (a, b, n) => expect(editDistance(a, b)).toBe(n))

  test('is a metric', () => {
    const word = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 8 })
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        const [ab, bc, ac] = [editDistance(a, b), editDistance(b, c), editDistance(a, c)]
        expect(editDistance(b, a)).toBe(ab)
        expect(ac).toBeLessThanOrEqual(ab + bc)
        expect(ab).toBeGreaterThanOrEqual(Math.abs(a.length - b.length))
        expect(ab).toBeLessThanOrEqual(Math.max(a.length, b.length))
      }),
    )
  })
})

test('error rates: edits over the references, the nearest of several', () => {
  const rates = errorRates(
    [
      ['HH', 'AH', 'L'],
      ['T', 'UW'],
    ],
    [
      [
        ['HH', 'EH', 'L', 'OW'],
        ['HH', 'AH', 'L', 'OW'],
      ],
      [['T', 'UW']],
    ],
  )
  expect(rates).toEqual({ tokens: 1 / 6, sequences: 0.5, edits: 1, length: 6 })
  expect(wordErrorRate(['the cat sat', 'a b c'], ['the cat sat down', 'x'])).toBeCloseTo(4 / 5, 12)
  expect(() => errorRates([], [])).toThrow(/0 guesses/)
})
