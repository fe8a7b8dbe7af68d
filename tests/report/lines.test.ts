import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { domainOf, linearTicks, logTicks } from '../../src/report/figures/axes.js'
import { linesFigure } from '../../src/report/figures/lines/figure.js'
import { thinned } from '../../src/report/figures/lines/thin.js'

const plain = { x: { title: 'x' }, y: {} }

describe('axes', () => {
  test('domains hold what can be drawn, and are never empty', () => {
    expect(domainOf([3, Number.NaN, -1, Number.POSITIVE_INFINITY], 'linear')).toEqual([-1, 3])
    expect(domainOf([3, -1, 0, 10], 'log')).toEqual([3, 10])
    expect(domainOf([5, 5], 'linear')).toEqual([4.5, 5.5])
    expect(domainOf([0], 'percent')).toEqual([-1, 1])
    expect(domainOf([4], 'log')).toEqual([2, 8])
    expect([domainOf([], 'linear'), domainOf([-1], 'log')]).toEqual([
      [0, 1],
      [1, 10],
    ])
  })

  test('ticks of a logarithmic axis', () => {
    expect(logTicks([0.001, 100])).toEqual([0.001, 0.01, 0.1, 1, 10, 100])
    expect(logTicks([4, 60])).toEqual([5, 10, 20, 50])
    expect(logTicks([1.83, 1.95])).toBeUndefined() // no round number inside: left to Vega
  })

  test('ticks of a linear axis are round, inside, and about as many as wanted', () => {
    expect(linearTicks([-1, 1], 4)).toEqual([-1, -0.5, 0, 0.5, 1])
    expect(linearTicks([0, 129], 4)).toEqual([0, 50, 100])
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: 1e-3, max: 1e6, noNaN: true }), (low, length) => {
        const ticks = linearTicks([low, low + length], 5)
        expect(ticks.length).toBeGreaterThanOrEqual(2)
        expect(ticks.length).toBeLessThanOrEqual(6)
        for (const tick of ticks) expect(tick >= low - length * 1e-3 && tick <= low + length * 1.001).toBe(true)
      }),
    )
  })
})

describe('thinning', () => {
  const ramp = (n: number) => Array.from({ length: n }, (_, i) => ({ x: n - i, y: n - i }))

  test('lines become means with their range, by rising x', () => {
    const { points, each, lost } = thinned({ name: 'a', points: ramp(900) }, plain)
    expect([points.length, each, lost]).toEqual([300, 3, 0])
    expect(points[0]).toEqual({ x: 2, y: 2, low: 1, high: 3 })
    expect(thinned({ name: 'a', points: ramp(300) }, plain).points[0]).toEqual({ x: 1, y: 1, low: undefined, high: undefined })
  })

  test('given intervals survive as mean bounds', () => {
    const points = ramp(600).map((point) => ({ ...point, low: point.y - 1, high: point.y + 2 }))
    expect(thinned({ name: 'a', points }, plain).points[0]).toEqual({ x: 2, y: 1.5, low: 0.5, high: 3.5 })
  })

  test('of a cloud every k-th point is kept as it is', () => {
    const { points, each } = thinned({ name: 'a', points: ramp(3001), style: 'points' }, plain)
    expect([points.length, each, points[1]!.x]).toEqual([1001, 3, 4])
  })

  test('what cannot stand on the axes is counted; a lost y leaves a gap', () => {
    const points = [
      { x: 1, y: 1 },
      { x: 2, y: Number.NaN },
      { x: Number.NaN, y: 1 },
      { x: 0, y: 1 },
      { x: 3, y: -1 },
    ]
    expect(thinned({ name: 'a', points }, plain)).toMatchObject({ lost: 2, total: 5 })
    const log = thinned({ name: 'a', points }, { x: { title: '', scale: 'log' }, y: { scale: 'log' } })
    expect([log.lost, log.points.map(({ x, y }) => [x, y])]).toEqual([
      4,
      [
        [1, 1],
        [2, undefined],
        [3, undefined],
      ],
    ])
  })
})

describe('the figure', () => {
  test('in words, with what was lost', async () => {
    const series = [{ name: 'net', points: [1, 2, 3].map((x) => ({ x, y: x === 3 ? Number.NaN : 1 / x })) }]
    const { text } = await linesFigure({ kind: 'lines', title: 'Error', ...plain, series, marks: [{ y: 0.25, name: 'goal' }] })
    expect(text).toContain(
      'aria-label="Error: values against x. net goes from 1 at x 1 to 0.5 at x 2; lowest 0.5 at x 2, highest 1 at x 1. goal at 0.25."',
    )
    expect(text).toContain('net: 1 of 3 points are NaN or infinite.')
    expect(text.match(/>goal</g)).toHaveLength(4) // name and its rim, in two sizes
  })

  test('the name of a rule at the top keeps clear of the names above the plot', async () => {
    const series = [{ name: 'net', points: [6.07, 4.9, 5.05].map((y, x) => ({ x, y })) }]
    const marks = [
      { y: 6.066, name: 'alone' },
      { x: 1.7, name: 'chosen' },
    ]
    const { text } = await linesFigure({ kind: 'lines', title: 'Error', ...plain, series, marks })
    const heights = (name: string): number[] =>
      [...text.matchAll(new RegExp(`translate\\([\\d.]+,(-?[\\d.]+)\\)"[^>]*>${name}<`, 'g'))].map(([, y]) => Number(y))
    expect(heights('alone')).toHaveLength(4)
    expect(Math.min(...heights('alone')) - Math.max(...heights('chosen'))).toBeGreaterThan(13)
  })

  test('without values it says so, and draws no empty frame', async () => {
    const { text } = await linesFigure({
      kind: 'lines',
      title: 'Error',
      ...plain,
      series: [{ name: 'net', points: [{ x: 1, y: Number.NaN }] }],
    })
    expect(text).toContain('There are no values to draw.')
    expect(text).not.toContain('<svg')
  })
})
