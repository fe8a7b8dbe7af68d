import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { kernels, newMemory } from '../../src/kernels/index.js'
import { expectClose, expectSame } from '../compare.js'
import { Arena } from './arena.js'

const f = Math.fround
const number = fc.float({ min: -1e4, max: 1e4, noNaN: true })
const array = fc.array(number, { maxLength: 70 })
const skip = fc.nat(7)
/** Two arrays of one length. */
const pair = fc.array(fc.tuple(number, number), { maxLength: 70 })

describe('elementwise kernels equal plain loops', () => {
  test('scale', () => {
    fc.assert(
      fc.property(array, skip, number, (x, s, a) => {
        const arena = new Arena(100, s)
        const got = arena.put(x)
        arena.k.scale(got.byteOffset, x.length, a)
        expectSame(
          got,
          x.map((v) => f(v * a)),
        )
        expect(arena.whole()).toBe(true)
      }),
    )
  })

  test('axpy and ema', () => {
    fc.assert(
      fc.property(pair, skip, number, fc.float({ min: 0, max: 1, noNaN: true }), (rows, s, a, rate) => {
        const arena = new Arena(400, s)
        const y = arena.put(rows.map(([v]) => v))
        const x = arena.put(rows.map(([, v]) => v))
        const e = arena.put(rows.map(([v]) => v))
        arena.k.axpy(y.byteOffset, x.byteOffset, rows.length, a)
        arena.k.ema(e.byteOffset, x.byteOffset, rows.length, rate)
        expectSame(
          y,
          rows.map(([p, q]) => f(p + f(a * q))),
        )
        expectSame(
          e,
          rows.map(([p, q]) => f(p + f(f(q - p) * rate))),
        )
        expect(arena.whole()).toBe(true)
      }),
    )
  })

  test('clampValues keeps NaN and clips infinities', () => {
    fc.assert(
      fc.property(fc.array(fc.float(), { maxLength: 70 }), skip, (x, s) => {
        const arena = new Arena(100, s)
        const got = arena.put(x)
        arena.k.clampValues(got.byteOffset, x.length, -0.5, 2)
        expectClose(
          got,
          x.map((v) => (Number.isNaN(v) ? Number.NaN : Math.min(Math.max(v, -0.5), 2))),
          { rtol: 0, atol: 0 },
        )
      }),
    )
  })
})

describe('dropTiny', () => {
  const limit = 2 ** -110
  test('clears what is below the limit, on both sides of 0, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(fc.float(), { maxLength: 70 }), skip, (x, s) => {
        const arena = new Arena(100, s)
        const got = arena.put(x)
        arena.k.dropTiny(got.byteOffset, x.length, limit)
        expectClose(
          got,
          x.map((v) => (Math.abs(v) < limit ? 0 : v)),
          { rtol: 0, atol: 0 },
        )
        expect(arena.whole()).toBe(true)
      }),
    )
  })
  test('what stands on the limit stays, also in the rest after whole vectors', () => {
    const arena = new Arena(100, 0)
    const x = [limit, -limit, f(limit / 2), 1e-45, -1e-45, Number.NaN]
    const got = arena.put(x)
    arena.k.dropTiny(got.byteOffset, x.length, limit)
    expect([...got]).toEqual([limit, -limit, 0, 0, 0, Number.NaN])
  })
})

describe('reductions', () => {
  test('squaredNorm, absSum, absMax equal f64 loops', () => {
    fc.assert(
      fc.property(array, skip, (x, s) => {
        const arena = new Arena(100, s)
        const at = arena.put(x).byteOffset
        const close = { rtol: 1e-13, atol: 0 }
        expectClose([arena.k.squaredNorm(at, x.length)], [x.reduce((sum, v) => sum + v * v, 0)], close)
        expectClose([arena.k.absSum(at, x.length)], [x.reduce((sum, v) => sum + Math.abs(v), 0)], close)
        expectSame([arena.k.absMax(at, x.length)], [x.reduce((most, v) => Math.max(most, Math.abs(v)), 0)])
        expect(arena.k.firstNonFinite(at, x.length)).toBe(-1)
      }),
    )
  })

  test('NaN and infinity anywhere reach the result, and are found', () => {
    for (const bad of [Number.NaN, -Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      for (let length = 1; length < 70; length += 3)
        for (let at = 0; at < length; at++) {
          const arena = new Arena(100, at % 3)
          const x = arena.put(Array.from({ length }, (_, i) => (i === at ? bad : i - 7)))
          const want = Number.isNaN(bad) ? Number.NaN : Number.POSITIVE_INFINITY
          expect(arena.k.absMax(x.byteOffset, length)).toBe(want)
          expect(arena.k.squaredNorm(x.byteOffset, length)).toBe(want)
          expect(arena.k.absSum(x.byteOffset, length)).toBe(want)
          expect(arena.k.firstNonFinite(x.byteOffset, length)).toBe(at)
        }
  })

  test('the first of several is found', () => {
    const arena = new Arena(200)
    const x = arena.put(new Float32Array(150))
    x[131] = Number.NaN
    x[70] = Number.POSITIVE_INFINITY
    x[71] = Number.NaN
    expect(arena.k.firstNonFinite(x.byteOffset, 150)).toBe(70)
  })

  test('the first above a limit is found from any place on, and NaN is above nothing', () => {
    for (let length = 0; length < 70; length += 3) {
      const arena = new Arena(100, length % 3)
      const x = arena.put(Array.from({ length }, (_, i) => (i % 11 === 5 ? Number.NaN : (i * 7) % 23)))
      for (const limit of [-1, 3, 18.5, 22, Number.NEGATIVE_INFINITY])
        for (let from = 0; from <= length; from++) {
          const want = x.findIndex((v, i) => i >= from && v > limit)
          expect(arena.k.firstAbove(x.byteOffset, length, from, limit)).toBe(want < 0 ? length : want)
        }
    }
  })

  test('sums of millions stay exact where f32 would stall', () => {
    const length = (1 << 22) + 5
    const memory = newMemory(4 * length)
    const x = new Float32Array(memory.buffer, 0, length).fill(0.1)
    const k = kernels(memory)
    const v = f(0.1)
    expectClose([k.absSum(0, length), k.squaredNorm(0, length)], [v * length, v * v * length], { rtol: 1e-10, atol: 0 })
    expect(k.absSum(0, length)).toBe(k.absSum(0, length))
    x[length - 1] = -5
    expect(k.absMax(0, length)).toBe(5)
  })
})

test('kernels are made once per memory', () => {
  const memory = newMemory(1)
  expect(kernels(memory)).toBe(kernels(memory))
  expect(memory.buffer.byteLength).toBe(65536)
})
