import { describe, expect, test } from 'vitest'
import { close, difference, expectClose, expectSame } from '../compare.js'

describe('close', () => {
  test.each([
    [1, 1, true],
    [1.00001, 1, true],
    [1.0001, 1, false],
    [0, -0, true],
    [Number.NaN, Number.NaN, true],
    [0, Number.NaN, false],
    [Number.NaN, 0, false],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, true],
    [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, false],
    [3e38, Number.POSITIVE_INFINITY, false],
    [Number.POSITIVE_INFINITY, 3e38, false],
  ])('%d against %d is %s', (got, want, answer) => {
    expect(close(got, want, { rtol: 2e-5, atol: 0 })).toBe(answer)
  })
})

describe('difference', () => {
  test('reads the words of golden files', () => {
    expect(difference([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], ['nan', 'inf', '-inf'])).toBeUndefined()
    expect(() => difference([1], ['one'])).toThrow('not a number of a golden file: "one"')
  })
  test('names the place by axes, both values and the distance', () => {
    expect(
      difference(new Float32Array([1, 2, 3, 5]), { shape: [2, 2], data: [1, 2, 3, 4] }, { rtol: 0, atol: 0.5 }),
    ).toMatchInlineSnapshot(`
      "1 of 4 numbers differ (rtol 0, atol 0.5; largest finite difference 1.00)
        at [1, 1]: got 5, expected 4, off by 1.00"
    `)
  })
  test('shortens a long list', () => {
    const lines = difference(Array(9).fill(1), Array(9).fill(2))!.split('\n')
    expect(lines).toHaveLength(7)
    expect(lines[6]).toBe('  and 4 more')
  })
  test('compares shapes and lengths first', () => {
    expect(difference({ shape: [2, 1], data: [1, 2] }, { shape: [1, 2], data: [1, 2] })).toBe('shape (2, 1), expected (1, 2)')
    expect(difference([1], [1, 2])).toBe('1 numbers, expected 2')
  })
})

test('expectClose and expectSame throw with the label', () => {
  expectClose([1], [1 + 1e-7])
  expect(() => expectClose([1], [2], { label: 'weight' })).toThrow(/^weight: 1 of 1 numbers differ/)
  expectSame([1n, 2n], [1, 2])
  expect(() => expectSame([0], [-0], 'zero')).toThrow('zero: at [0]: got 0, expected -0')
})
