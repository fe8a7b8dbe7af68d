import { describe, expect, test } from 'vitest'
import { dataset } from '../../src/data/dataset.js'
import { slidingWindows, walkForward } from '../../src/data/prepare/series.js'
import { standardise, standardOf, unstandardise } from '../../src/data/prepare/standardise.js'
import { seattleWeather } from '../../src/sets/series/seattle-weather.js'
import { parseSeries } from '../../src/sets/series/series.js'
import { sp500 } from '../../src/sets/series/sp500.js'
import { housePrices } from '../../src/sets/tables/house-prices.js'
import { reachable } from './reach.js'

describe('series', () => {
  const text = 'date,open,note\n2020-01-02,1.5,a\n2020-01-03,2,b\n'
  test('dates and numbers, and what is wrong by its line', () => {
    expect(parseSeries(text, ['open'])).toEqual({
      length: 2,
      dates: ['2020-01-02', '2020-01-03'],
      values: { open: Float64Array.of(1.5, 2) },
    })
    expect(() => parseSeries(text, ['close'])).toThrow('there is no column close: the table has date, open, note')
    expect(() => parseSeries(text, ['note'])).toThrow('column note holds words, not numbers')
    expect(() => parseSeries(text.replace('2020-01-03', '2020-01-01'), ['open'])).toThrow(
      'line 3: 2020-01-01 does not come after 2020-01-02',
    )
    expect(() => parseSeries(text.replace('2020-01-03', 'soon'), ['open'])).toThrow('line 3 has no date')
    expect(() => parseSeries(text.replace(',2,', ',,'), ['open'])).toThrow('column open lacks a value in line 3')
  })

  test('windows: past, future, columns, strides', () => {
    const a = [0, 1, 2, 3, 4, 5, 6]
    const set = slidingWindows([a, a.map((v) => 10 * v)], 3, { horizon: 2, stride: 2, target: 1 })
    expect([...set].map(({ x, y }) => [[...(x as Float32Array)], [...(y as Float32Array)]])).toEqual([
      [
        [0, 0, 1, 10, 2, 20],
        [30, 40],
      ],
      [
        [2, 20, 3, 30, 4, 40],
        [50, 60],
      ],
    ])
    expect([set.columns.x.shape, set.columns.y.shape]).toEqual([[3, 2], [2]])
    expect(slidingWindows([a], 6).length).toBe(1)
    expect(() => slidingWindows([a], 7)).toThrow('7 steps hold no window of 7 with 1 after it')
    expect(() => slidingWindows([a, [1]], 2)).toThrow('column 1 has 1 values, column 0 has 7')
    expect(() => slidingWindows([a], 2, { target: 1 })).toThrow('target 1')
    expect(() => slidingWindows([a], 0)).toThrow('length 0')
  })

  test('walking forward never looks back from the future', () => {
    expect(walkForward(10, { folds: 2, test: 2, gap: 1 })).toEqual([
      { train: [0, 5], test: [6, 8] },
      { train: [0, 7], test: [8, 10] },
    ])
    expect(walkForward(10, { folds: 2, test: 2, window: 'rolling' })).toEqual([
      { train: [0, 6], test: [6, 8] },
      { train: [2, 8], test: [8, 10] },
    ])
    expect(() => walkForward(10, { folds: 5, test: 2 })).toThrow('5 folds of 2 steps and a gap of 0 leave none of 10')
    expect(() => walkForward(10, { test: 0 })).toThrow('test 0')
  })

  test('S&P 500', { timeout: 120_000 }, async (context) => {
    const { length, dates, values } = await reachable(context, sp500)
    expect([length, dates[0], dates.at(-1), values.close[0]]).toEqual([5105, '2000-01-03', '2020-04-17', 1455.219971])
    for (let i = 0; i < length; i++) {
      expect(values.low[i]).toBeLessThanOrEqual(Math.min(values.open[i]!, values.close[i]!))
      expect(values.high[i]).toBeGreaterThanOrEqual(Math.max(values.open[i]!, values.close[i]!))
    }
  })

  test('Seattle weather', { timeout: 120_000 }, async (context) => {
    const { length, dates, values, weather } = await reachable(context, seattleWeather)
    expect([length, dates[0], dates.at(-1), weather.length]).toEqual([1461, '2012-01-01', '2015-12-31', 1461])
    expect([...new Set(weather)].sort()).toEqual(['drizzle', 'fog', 'rain', 'snow', 'sun'])
    expect([values.precipitation[1], values.temp_max[0], values.temp_min[0], values.wind[0]]).toEqual([10.9, 12.8, 5, 4.7])
  })
})

describe('standardising', () => {
  test('mean 0, deviation 1 by the training part; a constant stays finite; and back', () => {
    const train = dataset({
      x: [
        [1, 1e6, 7],
        [3, 1e6 + 4, 7],
      ],
    })
    const standard = standardOf(train, 'x')
    expect([...standard.mean]).toEqual([2, 1_000_002, 7])
    expect([...standard.deviation]).toEqual([1, 2, 1])
    expect([...(standardise(train, 'x', standard).columns.x.data as Float32Array)]).toEqual([-1, -1, 0, 1, 1, 0])
    const other = standardise(dataset({ x: [[5, 1e6, 8]], y: ['a'] }), 'x', standard)
    expect([...(other.columns.x.data as Float32Array)]).toEqual([3, -1, 1])
    expect(other.classes).toEqual(['a'])
    expect(unstandardise(3, standard, 0)).toBe(5)
    const windows = slidingWindows([[0, 1, 2, 3, 4]], 2)
    expect([...standardOf(windows, 'x').mean]).toEqual([1, 2])
    expect(() => standardise(train, 'x', standardOf(dataset({ x: [[1], [2]] }), 'x'))).toThrow(
      'has 3 numbers per example, the standard is of 1',
    )
    expect(() => standardOf(dataset({ x: Int32Array.of(1) }), 'x')).toThrow('give a field of f32 or f64')
    expect(() => standardOf(dataset({ x: [[Number.NaN]] }), 'x')).toThrow('number 0 of x is not finite')
  })

  test('house prices: twelve features, none of them race', { timeout: 60_000 }, async (context) => {
    const { train, test: held, features, meanings } = await reachable(context, housePrices)
    expect([train.length, held.length, features.length]).toEqual([405, 101, 12])
    expect(features).not.toContain('b')
    expect(features).not.toContain('medv')
    expect(meanings.every((meaning) => meaning.length > 5)).toBe(true)
    const prices = [...(train.columns.y.data as Float32Array), ...(held.columns.y.data as Float32Array)]
    expect([Math.min(...prices), Math.max(...prices)]).toEqual([5, 50])
    expect(prices.reduce((sum, p) => sum + p, 0) / 506).toBeCloseTo(22.529, 2)
  })
})
