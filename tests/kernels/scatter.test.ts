import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { kernels, newMemory } from '../../src/kernels/index.js'
import { expectSame } from '../compare.js'

/** Runs one scatter on numbers given as arrays; integers, so that sums are exact. */
function scatter(height: number, width: number, ids: readonly number[], wide: boolean, skip = 0) {
  const count = ids.length
  const at = { target: 4 * skip, rows: 4 * (skip + height * width), ids: 8 * (skip + height * width + count * width) }
  const memory = newMemory(at.ids + 8 * count)
  const target = new Float32Array(memory.buffer, at.target, height * width).map((_, i) => i)
  new Float32Array(memory.buffer, at.target, height * width).set(target)
  const rows = new Float32Array(memory.buffer, at.rows, count * width)
  for (let i = 0; i < rows.length; i++) rows[i] = (i % 17) - 8
  if (wide) new BigInt64Array(memory.buffer, at.ids, count).set(ids.map(BigInt))
  else new Int32Array(memory.buffer, at.ids, count).set(ids)
  const k = kernels(memory)
  const bad = (wide ? k.scatterAddRows64 : k.scatterAddRows)(at.target, at.ids, at.rows, count, width, height)
  const want = target.slice()
  if (ids.every((id) => id >= -height && id < height))
    ids.forEach((id, n) => {
      const row = id < 0 ? id + height : id
      for (let j = 0; j < width; j++) want[row * width + j]! += rows[n * width + j]!
    })
  return { bad, got: new Float32Array(memory.buffer, at.target, height * width), want }
}

describe.each([false, true])('scatterAddRows, 64-bit ids: %s', (wide) => {
  test('equals a plain loop', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.nat(21),
        fc.array(fc.nat(1000), { maxLength: 40 }),
        fc.nat(3),
        (height, width, raw, skip) => {
          const { bad, got, want } = scatter(
            height,
            width,
            raw.map((r) => (r % (2 * height)) - height),
            wide,
            skip,
          )
          expect(bad).toBe(-1)
          expectSame(got, want)
        },
      ),
    )
  })

  test('a bad id is named and nothing is added', () => {
    for (const id of [3, -4, 2 ** 31 - 1, -(2 ** 31), ...(wide ? [2 ** 40, -(2 ** 40)] : [])]) {
      const { bad, got, want } = scatter(3, 5, [0, 1, id, 2], wide)
      expect(bad).toBe(2)
      expectSame(got, want)
    }
  })

  test('20,000 rows onto 50 places, exactly', () => {
    const { bad, got, want } = scatter(
      50,
      33,
      Array.from({ length: 20_000 }, (_, n) => (n * 7919) % 50),
      wide,
    )
    expect(bad).toBe(-1)
    expectSame(got, want)
  })
})
