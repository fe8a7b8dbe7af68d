import { describe, expect, test } from 'vitest'
import { curveNote, curveTable, describeCurve, lineOf } from '../../src/report/curves/curves.js'
import type { Series } from '../../src/report/data.js'

describe('curves', () => {
  const ramp = (n: number): Series => ({ name: 'a', points: Array.from({ length: n }, (_, i) => ({ step: i + 1, value: i })) })

  test('short ones are drawn as they are, long ones as means with their range', () => {
    const short = lineOf(ramp(300), 'linear')
    expect([short.each, short.points.length, short.points[9]]).toEqual([1, 300, { step: 10, mean: 9, low: 9, high: 9 }])
    const long = lineOf(ramp(1000), 'linear')
    expect([long.each, long.points.length]).toEqual([4, 250])
    expect(long.points[1]).toEqual({ step: 8, mean: 5.5, low: 4, high: 7 })
    expect(lineOf(ramp(1001), 'linear').points.at(-1)).toEqual({ step: 1001, mean: 1000, low: 1000, high: 1000 })
  })

  test('what is no number is a gap, and said', () => {
    const points = [1, Number.NaN, Number.POSITIVE_INFINITY, 0].map((value, i) => ({ step: i + 1, value }))
    const curve = { title: 'Loss', series: [{ name: 'training', points }] }
    expect(lineOf(curve.series[0]!, 'linear').points.map(({ mean }) => mean)).toEqual([1, undefined, undefined, 0])
    expect(lineOf(curve.series[0]!, 'log').points.map(({ mean }) => mean)).toEqual([1, undefined, undefined, undefined])
    expect(curveNote(curve, [])).toBe('training: 2 of 4 values are NaN or infinite, first at step 2.')
    expect(curveNote({ ...curve, scale: 'log' }, [])).toBe(
      'Logarithmic scale. training: 3 of 4 values are not above 0 or not finite, first at step 2.',
    )
    expect(curveNote({ title: 'a', series: [ramp(3)] }, [])).toBeUndefined()
  })

  test('in words', () => {
    const series = [
      { name: 'validation', points: [0.5, 0.9, 0.8].map((value, i) => ({ step: (i + 1) * 1000, value })) },
      { name: 'none', points: [] },
    ]
    expect(describeCurve({ title: 'Accuracy', series, scale: 'percent' }).replaceAll('\u00a0', ' ')).toBe(
      'Accuracy against training step. validation goes from 50.00 % at step 1,000 to 80.00 % at step 3,000; lowest 50.00 % at step 1,000, highest 90.00 % at step 2,000. none has no values.',
    )
  })

  test('as a table: means between the ends of epochs', () => {
    const curve = { title: 'Loss', series: [ramp(10), { name: 'b', points: [{ step: 5, value: 0.25 }] }] }
    const cells = (epochs: number[]): string[][] =>
      [...curveTable([curve], epochs)!.text.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row]) =>
        [...row!.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/g)].map((cell) => cell[1]!),
      )
    expect(cells([5, 8])).toEqual([
      ['Epoch', 'To step', 'Loss, a', 'Loss, b'],
      ['1', '5', '2', '0.25'],
      ['2', '8', '6', '–'],
      ['3', '10', '8.5', '–'],
    ])
    expect(cells([])).toHaveLength(11)
    expect(cells(Array.from({ length: 10 }, (_, i) => i + 1))).toHaveLength(11)
    const long = curveTable(
      [{ title: 'Loss', series: [ramp(1000)] }],
      Array.from({ length: 200 }, (_, i) => (i + 1) * 5),
    )!.text
    expect([...long.matchAll(/<th scope="row">(\d+)</g)].map(([, n]) => Number(n))).toEqual(
      Array.from({ length: 50 }, (_, i) => 4 * (i + 1)),
    )
    expect(curveTable([], [])).toBeUndefined()
  })
})
