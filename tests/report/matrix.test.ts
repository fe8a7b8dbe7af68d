import { decode } from 'fast-png'
import { describe, expect, test } from 'vitest'
import { colorize, overlay } from '../../src/report/figures/matrix/colorize.js'
import { colorAt, colorsOf, type Rgb } from '../../src/report/figures/matrix/colors.js'
import { heatmapFigure } from '../../src/report/figures/matrix/heatmap.js'
import { surfaceFigure } from '../../src/report/figures/matrix/surface.js'

/** Relative luminance of sRGB, as screens define it. */
function luminance(color: Rgb): number {
  const [r, g, b] = color.map((byte) => (byte / 255 <= 0.04045 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
}

const pixel = (picture: { pixels: ArrayLike<number>; channels: number }, i: number): number[] =>
  Array.from({ length: picture.channels }, (_, c) => picture.pixels[i * picture.channels + c]!)

describe('colours', () => {
  test('sequential ones grow lighter with every step, diverging ones are lightest in the middle and equally dark at both ends', () => {
    const light = colorsOf('sequential').map(luminance)
    for (let i = 8; i < 256; i += 8) expect(light[i]!).toBeGreaterThan(light[i - 8]!)
    const both = colorsOf('diverging').map(luminance)
    for (let i = 8; i < 128; i += 8) {
      expect(both[i]!).toBeGreaterThan(both[i - 8]!)
      expect(both[255 - i]!).toBeGreaterThan(both[263 - i]!)
    }
    expect(Math.abs(both[0]! - both[255]!)).toBeLessThan(0.06)
    const [red, , blue] = colorAt(1, 'diverging')
    expect(red).toBeGreaterThan(blue)
  })

  test('a matrix becomes a picture: least, middle and greatest value get the first, middle and last colour', () => {
    const picture = colorize([[-1, 0, 3]])
    expect(picture).toMatchObject({ width: 3, height: 1, channels: 3, layout: 'hwc' })
    expect([pixel(picture, 0), pixel(picture, 2)]).toEqual([[...colorAt(0, 'sequential')], [...colorAt(1, 'sequential')]])
    const signed = colorize([[-1, 0, 3]], { scale: 'diverging' })
    expect([0, 1, 2].map((i) => pixel(signed, i))).toEqual([1 / 3, 0.5, 1].map((share) => [...colorAt(share, 'diverging')]))
    const log = colorize([[1, 10, 100]], { scale: 'log' })
    expect(pixel(log, 1)).toEqual([...colorAt(0.5, 'sequential')])
    const cut = colorize([[-5, 5]], { range: [0, 1] })
    expect([pixel(cut, 0), pixel(cut, 1)]).toEqual([[...colorAt(0, 'sequential')], [...colorAt(1, 'sequential')]])
  })

  test('what has no colour is transparent; one value has the middle one', () => {
    const picture = colorize([Float32Array.of(2, Number.NaN), [2, Number.NEGATIVE_INFINITY]])
    expect([0, 1, 2, 3].map((i) => pixel(picture, i)[3])).toEqual([255, 0, 255, 0])
    expect(pixel(picture, 0).slice(0, 3)).toEqual([...colorAt(0.5, 'sequential')])
    expect(pixel(colorize([[0, 1]], { scale: 'log' }), 0)).toEqual([0, 0, 0, 0])
    expect(() => colorize([[1], [1, 2]])).toThrow('row 1 has 2 values, row 0 has 1')
    expect(() => colorize([[1]], { range: [1, 0] })).toThrow('must rise')
  })

  test('an overlay covers where the heat is and leaves the rest', () => {
    const grey = { width: 4, height: 4, channels: 1 as const, pixels: new Uint8Array(16).fill(100) }
    const hot = overlay(grey, [[0, 1]], { opacity: 1 }) // a step between two columns, stretched over four
    expect(pixel(hot, 0)).toEqual([100, 100, 100])
    expect(pixel(hot, 3)).toEqual([...colorAt(1, 'sequential')])
    const color = colorAt(0.25, 'sequential') // column 1 lies a quarter of the way: (1.5 / 4) · 2 − 0.5 = 0.25
    expect(pixel(hot, 1)).toEqual(color.map((byte) => Math.round(100 + 0.25 * (byte - 100))))
    expect([...overlay(grey, [[1, 2]], { opacity: 0 }).pixels]).toEqual(Array(48).fill(100))
    expect([...overlay(grey, [[Number.NaN]]).pixels]).toEqual(Array(48).fill(100))
    const rgb = { width: 1, height: 1, channels: 3 as const, pixels: new Float32Array([0, 0.5, 1]) }
    expect([...overlay(rgb, [[0]], { scale: 'diverging' }).pixels]).toEqual([0, 128, 255])
    expect(() => overlay(grey, [[1]], { opacity: 2 })).toThrow('opacity 2')
  })
})

describe('heat maps', () => {
  test.each([
    [
      [1.4831, 1.5237, 1.6472],
      ['1.48', '1.52', '1.65'],
    ],
    [
      [0.0123, 0.5, 0.98765],
      ['0.012', '0.5', '0.99'],
    ],
    [
      [100.01, 100.02, 100.03],
      ['100', '100', '100'],
    ],
    [
      [7, 7, 7],
      ['7', '7', '7'],
    ],
  ])('write numbers with the digits that tell them apart: %j', async (row, texts) => {
    const { text } = await heatmapFigure({ kind: 'heatmap', title: 'Few', values: [row], showValues: true })
    const written = [...text.matchAll(/font-size="12px" fill="#(?:111|fff)">([\d.]+)</g)].map(([, number]) => number)
    expect(written.slice(0, 3)).toEqual(texts)
  })

  test('are one picture however large, the values in it, holes counted', async () => {
    const values = Array.from({ length: 100 }, (_, r) => Array.from({ length: 120 }, (__, c) => (r === c ? Number.NaN : r - c)))
    const { text } = await heatmapFigure({ kind: 'heatmap', title: 'Big', values, scale: 'diverging' })
    const urls = [...text.matchAll(/<image [^>]*href="data:image\/png;base64,([^"]*)"/g)].map(([, url]) => url!)
    expect(urls).toHaveLength(2)
    const png = decode(Buffer.from(urls[0]!, 'base64'))
    expect([png.width, png.height, png.channels]).toEqual([120, 100, 4])
    expect([...png.data]).toEqual([...colorize(values, { scale: 'diverging' }).pixels])
    expect(text).toContain('Grey: 100 of 12,000 values are NaN or infinite.')
    expect(text).toContain('Big: a map of 100 rows and 120 columns. Lowest −119 at row 0, column 119; highest 99 at row 99, column 0.')
    expect(text.length).toBeLessThan(60_000)
  })

  test('ranges run from the first cell to the last, so the y axis may grow upwards', async () => {
    const values = [
      [1, 2],
      [3, 4],
    ]
    const overlay = [
      {
        name: 'path',
        points: [
          { x: 0, y: 0 },
          { x: 9, y: 0 },
        ],
      },
    ]
    const { text } = await heatmapFigure({ kind: 'heatmap', title: 'M', values, x: { range: [-1, 1] }, y: { range: [1, -1] }, overlay })
    expect(text).toContain('Lowest 1 at row 0.5, column −0.5; highest 4 at row −0.5, column 0.5. path: 2 points on top.')
    expect(text).toContain('path: 1 of 2 points lie outside the map.')
    const wide = /<div class="wide">[\s\S]*?<\/svg>/.exec(text)![0]
    const top = (name: string): number => {
      const label = new RegExp(`translate\\([^,]*,([\\d.]+)\\)"[^>]*>${name}</text>`)
      return Math.min(...[...wide.matchAll(new RegExp(label, 'g'))].map(([, y]) => Number(y)))
    }
    expect(top('1')).toBeLessThan(top('−0.5'))
  })

  test('numbers are written in the ink that shows; too many are left out and said', async () => {
    const small = await heatmapFigure({ kind: 'heatmap', title: 'M', values: [[0.123456, 0.9]], showValues: true })
    expect(small.text).toMatch(/fill="#fff"[^>]*>0\.12</)
    expect(small.text).toMatch(/fill="#111"[^>]*>0\.9</)
    const large = await heatmapFigure({ kind: 'heatmap', title: 'M', values: Array.from({ length: 21 }, () => [1, 2]), showValues: true })
    expect(large.text).toContain('21 × 2 numbers would not fit and are left out.')
  })
})

describe('surfaces', () => {
  const quads = (text: string): string[] => [...text.matchAll(/<path fill="[^"]*" d="([^"]*)"/g)].map(([, d]) => d!)

  test('51 × 51 points are 50 × 50 quadrilaterals inside the drawing, those at the back first', () => {
    const values = Array.from({ length: 51 }, (_, r) => Array.from({ length: 51 }, (__, c) => (r - 25) ** 2 + (c - 25) ** 2))
    const { text } = surfaceFigure({ kind: 'surface', title: 'Bowl', values, z: { title: 'loss' } })
    const drawn = quads(text)
    expect(drawn).toHaveLength(2500)
    for (const d of drawn)
      for (const [, x, y] of d.matchAll(/([\d.-]+) ([\d.-]+)/g)) {
        expect(Number(x)).toBeGreaterThan(0)
        expect(Number(x)).toBeLessThan(520)
        expect(Number(y)).toBeGreaterThan(0)
        expect(Number(y)).toBeLessThan(480)
      }
    expect(text).toContain('Bowl: a surface of loss over 51 by 51 points. Lowest 0 at column 25, row 25; highest 1,250 at column 0, row 0.')
  })

  test('of a flat one, later quadrilaterals never lie behind earlier neighbours', () => {
    const { text } = surfaceFigure({ kind: 'surface', title: 'Flat', values: Array.from({ length: 4 }, () => [7, 7, 7, 7]) })
    const heights = quads(text).map((d) => Math.max(...[...d.matchAll(/[\d.-]+ ([\d.-]+)/g)].map(([, y]) => Number(y))))
    for (let i = 0; i < 9; i++) {
      if (i % 3 < 2) expect(heights[i + 1]!).toBeGreaterThan(heights[i]!) // the next column
      if (i < 6) expect(heights[i + 3]!).toBeGreaterThan(heights[i]!) // the next row
    }
  })

  test('a missing value takes its four quadrilaterals; large ones are thinned', () => {
    const values = Array.from({ length: 5 }, (_, r) => Array.from({ length: 5 }, (__, c) => (r === 2 && c === 2 ? 0 : 10 ** (r + c))))
    const log = surfaceFigure({ kind: 'surface', title: 'Log', values, z: { scale: 'log' } }).text
    expect(quads(log)).toHaveLength(12)
    expect(log).toContain('Logarithmic height. Holes: 1 of 25 values are not above 0 or not finite.')
    const large = surfaceFigure({ kind: 'surface', title: 'L', values: Array.from({ length: 300 }, () => new Float32Array(200)) }).text
    expect(quads(large)).toHaveLength(63 * 63)
    expect(large).toContain('300 × 200 values, drawn by 64 × 64 of them.')
  })
})
