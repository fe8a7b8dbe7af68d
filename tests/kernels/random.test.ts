import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bits, type Key, kernels, keyOf, newMemory, normal, permutation, philox, randint, uniform } from '../../src/kernels/index.js'
import { multiplyHigh } from '../../src/kernels/philox.js'
import { expectSame } from '../compare.js'

const word = fc.nat(2 ** 32 - 1)
const anyKey = fc.tuple(word, word)

describe('Philox', () => {
  test('known answers of Random123', () => {
    const hex = (words: readonly number[]) => words.map((w) => w.toString(16).padStart(8, '0')).join(' ')
    expect(hex(philox([0, 0], 0, 0, 0, 0))).toBe('6627e8d5 e169c58d bc57ac4c 9b00dbd8')
    expect(hex(philox([0xffffffff, 0xffffffff], 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff))).toBe(
      '408f276d 41c83b0e a20bc7c6 6d5451fd',
    )
    expect(hex(philox([0xa4093822, 0x299f31d0], 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344))).toBe(
      'd16cfe09 94fdcceb 5001e420 24126ea1',
    )
  })

  test('multiplyHigh is the high half of the product', () => {
    fc.assert(fc.property(word, word, (a, b) => multiplyHigh(a, b) === Number((BigInt(a) * BigInt(b)) >> 32n)))
  })
})

/** The stream in plain f64 arithmetic, operation for operation as its description says. */
const plain = {
  word: (key: Key, step: number, i: number) => philox(key, Math.floor(i / 4), 0, step % 2 ** 32, Math.floor(step / 2 ** 32))[i % 4]!,
  uniform: (key: Key, step: number, i: number) => (plain.word(key, step, i) >>> 8) / 2 ** 24,
  normal(key: Key, step: number, i: number) {
    const x = plain.word(key, step, i - (i % 2))
    const y = plain.word(key, step, i - (i % 2) + 1)
    const z = ((y & 0x3fffffff) - 2 ** 29) * 1.4629180792671596e-9
    const sin = z * series(z * z, [1, -1 / 6, 1 / 120, -1 / 5040, 1 / 362880, -1 / 39916800])
    const cos = series(z * z, [1, -0.5, 1 / 24, -1 / 720, 1 / 40320, -1 / 3628800])
    const turns: readonly (readonly [number, number])[] = [
      [cos, sin],
      [-sin, cos],
      [-cos, -sin],
      [sin, -cos],
    ]
    return Math.fround(Math.sqrt(-2 * ln((x + 0.5) / 2 ** 32)) * turns[y >>> 30]![i % 2]!)
  },
}
const series = (z: number, [a, b, c, d, e, f]: readonly number[]) => {
  const z2 = z * z
  return a! + b! * z + (c! + d! * z) * z2 + (e! + f! * z) * (z2 * z2)
}
function ln(u: number): number {
  let e = 0
  for (; u < Math.SQRT1_2; e--) u *= 2
  const s = (u - 1) / (u + 1)
  return e * Math.LN2 + (s + s) * series(s * s, [1, 1 / 3, 1 / 5, 1 / 7, 1 / 9, 1 / 11])
}

describe('SIMD and plain numbers are the same', () => {
  test('at any length, place, key and step', () => {
    fc.assert(
      fc.property(anyKey, fc.maxSafeNat(), fc.nat(70), fc.nat(5), fc.boolean(), (key, step, length, skip, inside) => {
        const buffer = inside ? kernels(newMemory(1000)).memory.buffer : new ArrayBuffer(1000)
        const all = Array.from({ length }, (_, i) => i)
        const place = [buffer, 4 * skip, length] as const
        const after = new Float32Array(buffer, 4 * (skip + length), 1).fill(77)
        expectSame(
          bits(key, step, new Uint32Array(...place)),
          all.map((i) => plain.word(key, step, i)),
        )
        expectSame(
          uniform(key, step, new Float32Array(...place)),
          all.map((i) => plain.uniform(key, step, i)),
        )
        expectSame(
          normal(key, step, new Float32Array(...place)),
          all.map((i) => plain.normal(key, step, i)),
        )
        expect(after[0]).toBe(77)
      }),
    )
  })

  test('over the edge of the window through which ordinary arrays are filled', () => {
    const n = 3 * 16384 + 7
    const key = keyOf(3, 'edge')
    const outside = normal(key, 9, new Float32Array(n))
    const inside = normal(key, 9, new Float32Array(kernels(newMemory(4 * n)).memory.buffer, 0, n))
    expectSame(outside, inside)
    for (const i of [0, 16383, 16384, 32768, n - 1]) expect(outside[i]).toBe(plain.normal(key, 9, i))
  })

  test('and stay the same for good', () => {
    const key = keyOf(42, 'weights', 7)
    const digest = (a: Float32Array | Uint32Array) => createHash('sha256').update(new Uint8Array(a.buffer)).digest('hex').slice(0, 16)
    expect([
      key,
      digest(bits(key, 1, new Uint32Array(10_001))),
      digest(uniform(key, 1, new Float32Array(10_001))),
      digest(normal(key, 1, new Float32Array(10_001))),
      digest(permutation(10_001, key)),
    ]).toMatchInlineSnapshot(`
      [
        [
          1241366127,
          2521383495,
        ],
        "e122f3c926bfe796",
        "0a9898576bfccccb",
        "c7dae2d19a1ec711",
        "cc689988c0b14ee7",
      ]
    `)
  })
})

/** Kolmogorov and Smirnov: √n times the largest distance between the distribution of the numbers and `cdf`; above 1.95 once in a thousand. */
function smirnov(numbers: Float32Array, cdf: (x: number) => number): number {
  const sorted = numbers.slice().sort()
  const n = sorted.length
  let most = 0
  for (let i = 0; i < n; i++) {
    const p = cdf(sorted[i]!)
    most = Math.max(most, Math.abs(p - i / n), Math.abs(p - (i + 1) / n))
  }
  return most * Math.sqrt(n)
}
/** Φ by Simpson's rule from 0. */
function normalCdf(x: number): number {
  const steps = 60
  const h = x / steps
  let sum = 0
  for (let i = 0; i <= steps; i++) sum += (i === 0 || i === steps ? 1 : i % 2 ? 4 : 2) * Math.exp(-((i * h) ** 2) / 2)
  return 0.5 + (sum * h) / 3 / Math.sqrt(2 * Math.PI)
}
function moments(x: Float32Array) {
  const mean = x.reduce((s, v) => s + v, 0) / x.length
  const central = (k: number) => x.reduce((s, v) => s + (v - mean) ** k, 0) / x.length
  return { mean, variance: central(2), skew: central(3) / central(2) ** 1.5, kurtosis: central(4) / central(2) ** 2 }
}

describe('statistics', () => {
  const n = 200_000

  test.each([0, 1, 2])('uniform, seed %i', (seed) => {
    const x = uniform(keyOf(seed, 'u'), 0, new Float32Array(n))
    const { mean, variance } = moments(x)
    expect(Math.abs(mean - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / n))
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(4 * Math.sqrt(1 / 180 / n))
    expect(smirnov(x, (v) => v)).toBeLessThan(1.95)
    expect(x.every((v) => v >= 0 && v < 1 && Number.isInteger(v * 2 ** 24))).toBe(true)
  })

  test.each([0, 1, 2])('normal, seed %i', (seed) => {
    const x = normal(keyOf(seed, 'n'), 0, new Float32Array(n))
    const { mean, variance, skew, kurtosis } = moments(x)
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(n))
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / n))
    expect(Math.abs(skew)).toBeLessThan(4 * Math.sqrt(6 / n))
    expect(Math.abs(kurtosis - 3)).toBeLessThan(4 * Math.sqrt(24 / n))
    expect(smirnov(x, normalCdf)).toBeLessThan(1.95)
    expect(
      smirnov(
        x.filter((_, i) => i % 2 === 0),
        normalCdf,
      ),
    ).toBeLessThan(1.95)
    expect(
      smirnov(
        x.filter((_, i) => i % 2 === 1),
        normalCdf,
      ),
    ).toBeLessThan(1.95)
  })

  test('neighbours, steps and keys are uncorrelated', () => {
    const correlation = (a: Float32Array, b: Float32Array) => (a.reduce((s, v, i) => s + v * b[i]!, 0) / a.length) * Math.sqrt(a.length)
    const draw = (use: string | number, step: number) => normal(keyOf(5, use), step, new Float32Array(n))
    const x = draw('a', 0)
    for (const lag of [1, 2, 3, 4, 16]) expect(Math.abs(correlation(x.subarray(lag), x.subarray(0, n - lag)))).toBeLessThan(4)
    for (const other of [draw('a', 1), draw('b', 0), draw(0, 0), draw('a', 2 ** 32)])
      expect(Math.abs(correlation(x, other))).toBeLessThan(4)
  })

  test('Box and Muller is exact to f32', () => {
    const key = keyOf(8)
    const words = bits(key, 0, new Uint32Array(40_000))
    const x = normal(key, 0, new Float32Array(40_000))
    let worst = 0
    for (let i = 0; i < x.length; i += 2) {
      const r = Math.sqrt(-2 * Math.log((words[i]! + 0.5) / 2 ** 32))
      const angle = 2 * Math.PI * (words[i + 1]! / 2 ** 32 - 1 / 8)
      worst = Math.max(worst, Math.abs(x[i]! - r * Math.cos(angle)), Math.abs(x[i + 1]! - r * Math.sin(angle)))
    }
    expect(worst).toBeLessThan(2 ** -22) // half a unit in the last place of numbers up to 8
  })
})

describe('keyOf', () => {
  test('tells parts, kinds, orders and splits apart', () => {
    const keys = [
      keyOf(0),
      keyOf(1),
      keyOf(-1),
      keyOf(0.5),
      keyOf(0, ''),
      keyOf(0, 'a'),
      keyOf(0, 'b'),
      keyOf(0, 'ab'),
      keyOf(0, 'a', 'b'),
      keyOf(0, 'b', 'a'),
      keyOf(0, 1),
      keyOf(0, '1'),
      keyOf(0, 2 ** 40),
      keyOf(0, 'a\0'),
      keyOf(0, 'encoder.layers.0'),
      keyOf(0, 'encoder.layers.1'),
      keyOf(0, 'encoder.layers.0.weight'),
    ]
    expect(new Set(keys.map(String)).size).toBe(keys.length)
    expect(keyOf(0, 'a', 3)).toEqual(keyOf(-0, 'a', 3))
  })
})

describe('permutation and randint', () => {
  test('every order of four is equally likely', () => {
    const counts = new Map<string, number>()
    const draws = 24_000
    for (let i = 0; i < draws; i++) {
      const order = String(permutation(4, keyOf(1, 'order', i)))
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    const chi = [...counts.values()].reduce((s, c) => s + (c - draws / 24) ** 2 / (draws / 24), 0)
    expect(counts.size).toBe(24)
    expect(chi).toBeLessThan(49.7) // 23 degrees of freedom, once in a thousand
  })

  test('a permutation holds each number once', () => {
    fc.assert(
      fc.property(fc.nat(300), anyKey, (n, key) => {
        expect([...permutation(n, key)].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i))
      }),
    )
  })

  test('randint keeps to its range, evenly, also where 2³² does not divide', () => {
    const n = 60_000
    const width = 3 * 2 ** 30 // a plain remainder or scaling would favour a third of the values by 2 : 1
    const x = randint(keyOf(2), 0, { low: -(2 ** 31), high: 2 ** 30 }, new Int32Array(n))
    const thirds = [0, 0, 0]
    const residues = [0, 0, 0]
    for (const v of x) {
      thirds[Math.floor(((v + 2 ** 31) / width) * 3)]!++
      residues[(v + 2 ** 31) % 3]!++
    }
    for (const count of [...thirds, ...residues]) expect(Math.abs(count - n / 3)).toBeLessThan(4 * Math.sqrt((n * 2) / 9))
    expect(new Set(randint(keyOf(2), 0, { high: 5 }, new Int32Array(1000)))).toEqual(new Set([0, 1, 2, 3, 4]))
    expect(randint(keyOf(2), 0, { low: 7, high: 8 }, new Int32Array(3))).toEqual(Int32Array.of(7, 7, 7))
    expect(randint(keyOf(2), 0, { low: -(2 ** 31), high: 2 ** 31 }, new Int32Array(1000)).some((v) => v < 0)).toBe(true)
  })

  test('bad requests are named', () => {
    expect(() => randint(keyOf(0), 0, { low: 3, high: 3 }, new Int32Array(1))).toThrowErrorMatchingInlineSnapshot(
      `[HebbError: randint: nothing to choose from 3 up to but without 3: give whole numbers, low < high, within 32 bits]`,
    )
    expect(() => permutation(-1, keyOf(0))).toThrowErrorMatchingInlineSnapshot(
      `[HebbError: permutation: -1 is not a whole number from 0 to 2^32 - 1]`,
    )
    expect(() => uniform(keyOf(0), 0.5, new Float32Array(1))).toThrowErrorMatchingInlineSnapshot(
      `[HebbError: random: step 0.5 is not a whole number from 0 to 2^53 - 1]`,
    )
    expect(() => keyOf(Number.NaN)).toThrowErrorMatchingInlineSnapshot(`[HebbError: keyOf: the seed is NaN: give a number or a string]`)
  })
})
