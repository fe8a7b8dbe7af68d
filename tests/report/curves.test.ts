import { describe, expect, test } from 'vitest'
import { curveFigure, curveTable } from '../../src/report/curves/curves.js'
import type { Curve, Series } from '../../src/report/data.js'
import { linesFigure } from '../../src/report/figures/lines/figure.js'
import { thinned } from '../../src/report/figures/lines/thin.js'

const steps = { x: { title: 'step', scale: 'steps' }, y: {} } as const

describe('curves', () => {
  const ramp = (n: number): Series => ({ name: 'a', points: Array.from({ length: n }, (_, i) => ({ step: i + 1, value: i })) })

  const figure = (curve: Curve): Promise<string> => linesFigure(curveFigure(curve, [])).then(({ text }) => text.replaceAll('\u00a0', ' '))

  test('short ones are drawn as they are, long ones as means with their range, at the last step of the values they stand for', () => {
    const drawn = (series: Series) => thinned(curveFigure({ title: '', series: [series] }, []).series[0]!, steps)
    const short = drawn(ramp(300))
    expect([short.each, short.points.length, short.points[9]]).toEqual([1, 300, { x: 10, y: 9, low: undefined, high: undefined }])
    const long = drawn(ramp(1000))
    expect([long.each, long.points.length]).toEqual([4, 250])
    expect(long.points[1]).toEqual({ x: 8, y: 5.5, low: 4, high: 7 })
    expect(drawn(ramp(1001)).points.at(-1)).toEqual({ x: 1001, y: 1000, low: 1000, high: 1000 })
  })

  test('the axis begins at 0, few values are dots, epochs are numbered as far as there is room', async () => {
    const shown = (n: number, epochs: readonly number[]): Promise<string> =>
      linesFigure(curveFigure({ title: 'Loss', series: [ramp(n)] }, epochs)).then(({ text }) => text.slice(0, text.indexOf('narrow')))
    const few = await shown(20, [5, 10, 20])
    expect([...few.matchAll(/>(epoch 3|[12])<\/text>/g)].map(([, name]) => name)).toEqual(expect.arrayContaining(['1', '2', 'epoch 3']))
    expect(few).toMatch(/>0<\/text>/)
    const marks = (text: string): number => text.match(/mark-symbol/g)?.length ?? 0
    expect([marks(few), marks(await shown(31, []))]).toEqual([1, 0])
    const many = await shown(
      100,
      Array.from({ length: 100 }, (_, i) => i + 1),
    )
    expect(many).toContain('epoch 100')
    expect(many).not.toMatch(/>99<\/text>/)
  })

  test('what is no number is a gap, and said', async () => {
    const points = [1, Number.NaN, Number.POSITIVE_INFINITY, 0].map((value, i) => ({ step: i + 1, value }))
    const curve = { title: 'Loss', series: [{ name: 'training', points }] }
    const [line] = curveFigure(curve, []).series
    expect(thinned(line!, steps).points.map(({ y }) => y)).toEqual([1, undefined, undefined, 0])
    expect(thinned(line!, { ...steps, y: { scale: 'log' } }).points.map(({ y }) => y)).toEqual([1, undefined, undefined, undefined])
    const note = async (of: Curve): Promise<string | undefined> => /<p class="note">(.*?)<\/p>/.exec(await figure(of))?.[1]
    expect(await note(curve)).toBe('training: 2 of 4 values are NaN or infinite, first at step 2.')
    expect(await note({ ...curve, scale: 'log' })).toBe(
      'Logarithmic scale. training: 3 of 4 values are not above 0 or not finite, first at step 2.',
    )
    expect(await note({ title: 'a', series: [ramp(3)] })).toBeUndefined()
    expect(await note({ title: 'a', series: [ramp(900)] })).toBe('a: line is the mean of 3 steps, shade their range.')
  })

  test('in words', async () => {
    const series = [
      { name: 'validation', points: [0.5, 0.9, 0.8].map((value, i) => ({ step: (i + 1) * 1000, value })) },
      { name: 'none', points: [] },
    ]
    expect(await figure({ title: 'Accuracy', series, scale: 'percent' })).toContain(
      'aria-label="Accuracy against training step. validation goes from 50.00 % at step 1,000 to 80.00 % at step 3,000; lowest 50.00 % at step 1,000, highest 90.00 % at step 2,000. none has no values."',
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
