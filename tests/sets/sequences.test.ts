import { describe, expect, test } from 'vitest'
import { sets } from '../../src/index.js'

describe('adding problem', () => {
  test('y is the sum of the two marked numbers, one in each half', () => {
    for (const length of [2, 7, 30]) {
      for (const { x, y } of sets.addingProblem({ length, examples: 40 })) {
        const [values, marks] = [0, 1].map((k) => Array.from(x as Float32Array).filter((_, i) => i % 2 === k))
        const places = marks!.flatMap((m, t) => (m === 1 ? [t] : []))
        expect(places.length).toBe(2)
        expect(marks!.filter((m) => m !== 0 && m !== 1)).toEqual([])
        const half = Math.floor(length / 2)
        expect([places[0]! < half, places[1]! >= half]).toEqual([true, true])
        expect((y as Float32Array)[0]).toBeCloseTo(values![places[0]!]! + values![places[1]!]!, 6)
      }
    }
  })

  test('the variance of the sum is near 1/6, and the seed decides', () => {
    const sums = Array.from(sets.addingProblem({ length: 10, examples: 4000 }).columns.y.data as Float32Array)
    const mean = sums.reduce((a, b) => a + b) / sums.length
    expect(mean).toBeCloseTo(1, 1)
    expect(sums.reduce((a, b) => a + (b - mean) ** 2, 0) / sums.length).toBeCloseTo(1 / 6, 2)
    const first = (seed: number): unknown => sets.addingProblem({ length: 10, examples: 3, seed }).columns.x.data
    expect(first(1)).toEqual(first(1))
    expect(first(1)).not.toEqual(first(2))
  })

  test('says what is wrong', () => {
    expect(() => sets.addingProblem({ length: 1 })).toThrow('addingProblem: length 1: give a whole number of at least 2')
    expect(() => sets.addingProblem({ examples: 0 })).toThrow('examples 0: give a whole number of at least 1')
  })
})

describe('copy task', () => {
  test('the words come back in order after the mark, and nothing else is asked', () => {
    const [bits, longest] = [3, 4]
    const lengths = new Set<number>()
    for (const { x, y } of sets.copyTask({ bits, lengths: [2, longest], examples: 60 })) {
      const steps = 2 * longest + 1
      const input = Array.from({ length: steps }, (_, t) => Array.from(x as Float32Array).slice(t * (bits + 1), (t + 1) * (bits + 1)))
      const target = Array.from({ length: steps }, (_, t) => Array.from(y as Float32Array).slice(t * bits, (t + 1) * bits))
      const mark = input.findIndex((word) => word[bits] === 1)
      lengths.add(mark)
      expect(input.filter((word) => word[bits] !== 0).length).toBe(1)
      input.forEach((word, t) => {
        expect(word.slice(0, bits).every((b) => (t < mark ? Math.abs(b) === 1 : b === 0))).toBe(true)
      })
      target.forEach((word, t) => {
        const k = t - mark - 1
        expect(word).toEqual(k >= 0 && k < mark ? input[k]!.slice(0, bits).map((b) => (b + 1) / 2) : Array(bits).fill(-1))
      })
    }
    expect([...lengths].sort()).toEqual([2, 3, 4])
  })

  test('says what is wrong', () => {
    expect(() => sets.copyTask({ lengths: [4, 2] })).toThrow('copyTask: lengths [4, 2]: give the shorter first')
    expect(() => sets.copyTask({ bits: 0 })).toThrow('bits 0')
  })
})
