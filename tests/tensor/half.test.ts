import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeHalf, encodeHalf, type HalfDtype } from '../../src/tensor/half.js'

const words = Uint16Array.from({ length: 65536 }, (_, i) => i)
const formats = { f16: { exponent: 5, mantissa: 10 }, bf16: { exponent: 8, mantissa: 7 } } as const

/** The number a word stands for, straight from the definition of a binary float. */
function definition(word: number, dtype: HalfDtype): number {
  const { exponent, mantissa } = formats[dtype]
  const bias = 2 ** (exponent - 1) - 1
  const e = (word >> mantissa) & (2 ** exponent - 1)
  const m = word & (2 ** mantissa - 1)
  const sign = word & 0x8000 ? -1 : 1
  if (e === 2 ** exponent - 1) return m ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (e === 0 ? m * 2 ** (1 - bias - mantissa) : (2 ** mantissa + m) * 2 ** (e - bias - mantissa))
}

/** The word nearest to x by search over all positive words, ties to the even one. */
function nearest(x: number, dtype: HalfDtype): number {
  const { exponent, mantissa } = formats[dtype]
  const infinity = (2 ** exponent - 1) << mantissa
  const at = (word: number): number => (word === infinity ? 2 ** (2 ** (exponent - 1)) : definition(word, dtype)) // one step past the largest finite number
  const sign = Object.is(x, -0) || x < 0 ? 0x8000 : 0
  const size = Math.min(Math.abs(x), at(infinity))
  let low = 0
  let high = infinity
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (at(middle) <= size) low = middle
    else high = middle
  }
  const below = size - at(low)
  const above = at(high) - size
  return sign | (below < above ? low : above < below ? high : low % 2 === 0 ? low : high)
}

describe.each(['f16', 'bf16'] as const)('%s', (dtype) => {
  test('every word means what its definition says', () => {
    expect(Array.from(decodeHalf(words, dtype))).toEqual(Array.from(words, (w) => definition(w, dtype)))
  })

  test('every word survives the trip through f32, NaN payloads included', () => {
    expect(encodeHalf(decodeHalf(words, dtype), dtype)).toEqual(words)
  })

  test('every midpoint between neighbours goes to the even word, a hair off it to the nearer one', () => {
    const { exponent, mantissa } = formats[dtype]
    const infinity = (2 ** exponent - 1) << mantissa
    const middles = Float32Array.from({ length: infinity - 1 }, (_, w) => (definition(w, dtype) + definition(w + 1, dtype)) / 2)
    const bits = new Uint32Array(middles.buffer)
    const step = (by: number): Float32Array => new Float32Array(Uint32Array.from(bits, (b) => b + by).buffer)
    const even = encodeHalf(middles, dtype)
    const up = encodeHalf(step(1), dtype)
    const down = encodeHalf(step(-1), dtype)
    for (let w = 0; w < infinity - 1; w++) {
      if (even[w] !== w + (w & 1) || up[w] !== w + 1 || down[w] !== w) throw new Error(`word ${w}: ${down[w]}, ${even[w]}, ${up[w]}`)
    }
  })

  test('any f32 goes to the nearest word', () => {
    fc.assert(
      fc.property(fc.oneof(fc.float({ noNaN: true }), fc.float({ min: -1, max: 1, noNaN: true })), (x) => {
        expect(encodeHalf(new Float32Array([x]), dtype)[0]).toBe(nearest(x, dtype))
      }),
      { numRuns: 3000 },
    )
  })

  test('NaN stays NaN even where its payload is in the dropped bits', () => {
    const x = new Float32Array(new Uint32Array([0x7f800001, 0xff800001, 0x7fc00000]).buffer)
    expect(Array.from(decodeHalf(encodeHalf(x, dtype), dtype))).toEqual([Number.NaN, Number.NaN, Number.NaN])
  })
})

test('overflow and underflow of f16', () => {
  const x = new Float32Array([65504, 65519.996, 65520, 1e30, -65520, 2 ** -24, 2 ** -25, 2 ** -25 * 1.0000001, -(2 ** -26)])
  expect(Array.from(encodeHalf(x, 'f16'), (w) => w.toString(16))).toEqual(['7bff', '7bff', '7c00', '7c00', 'fc00', '1', '0', '1', '8000'])
})

test('writes into given arrays, at offsets, and refuses another length', () => {
  const out = new Float32Array(new ArrayBuffer(16), 4, 2)
  expect(decodeHalf(new Uint16Array([0x3c00, 0xc000]), 'f16', out)).toBe(out)
  expect(Array.from(out)).toEqual([1, -2])
  expect(Array.from(encodeHalf(out, 'bf16', new Uint16Array(new ArrayBuffer(8), 2, 2)))).toEqual([0x3f80, 0xc000])
  expect(() => encodeHalf(out, 'f16', new Uint16Array(3))).toThrow(
    'encodeHalf: out holds 3 elements but 2 are to be written: give it the same length',
  )
})
