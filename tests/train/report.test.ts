import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { decode } from 'fast-png'
import { describe, expect, test } from 'vitest'
import { curveNote, curveTable, describeCurve, lineOf } from '../../src/train/report/curves.js'
import type { Mistake, ReportData, Series } from '../../src/train/report/data.js'
import { number, percent, seconds, tileValue } from '../../src/train/report/format.js'
import { escapeHtml, html } from '../../src/train/report/html.js'
import { reportPage } from '../../src/train/report/page.js'
import { pictureUrl } from '../../src/train/report/picture.js'
import { writeReport } from '../../src/train/report.js'

const evil = `<script>alert("1")</script>'"><img src=x onerror=alert(2)>&amp;`

/** Every part of a report, with `text` in every place a text can stand. */
const full = (text: string): ReportData => ({
  title: text,
  description: text,
  created: text,
  command: text,
  tiles: [
    { label: text, value: 0.9912, format: 'percent', note: text },
    { label: 'name', value: text },
  ],
  curves: [
    {
      title: text,
      scale: 'log',
      series: [
        { name: text, points: Array.from({ length: 900 }, (_, i) => ({ step: i + 1, value: i === 5 ? Number.NaN : 2 / (i + 1) })) },
        {
          name: 'validation',
          points: [
            { step: 450, value: 0.02 },
            { step: 900, value: 0.01 },
          ],
        },
      ],
    },
    {
      title: 'Accuracy',
      scale: 'percent',
      series: [
        {
          name: text,
          points: [
            { step: 450, value: 0.5 },
            { step: 900, value: 0.98 },
          ],
        },
      ],
    },
  ],
  epochs: [450, 900],
  classification: {
    classes: [text, 'b'],
    counts: [
      [90, 10],
      [3, 97],
    ],
    of: text,
    calibration: { bins: [{ from: 0.5, to: 1, count: 200, confidence: 0.9, accuracy: 0.935 }], expectedError: 0.035, maximumError: 0.035 },
  },
  mistakes: [
    {
      index: 7,
      truth: text,
      predicted: 'b',
      probability: 0.99,
      truthProbability: 0.01,
      picture: { width: 2, height: 1, channels: 1, pixels: new Uint8Array([0, 255]) },
    },
    { index: 8, truth: 'b', predicted: text, probability: 0.9, text },
  ],
  layers: [{ path: text, kind: text, shape: ['N', text], parameters: 12 }],
  config: { [text]: text, lr: Number.POSITIVE_INFINITY },
})

/** Checks that tags are closed in order and returns the elements with their attributes. */
function elementsOf(page: string): { name: string; attributes: string }[] {
  const found: { name: string; attributes: string }[] = []
  const open: string[] = []
  const body = page.replace(/^<!doctype html>/, '').replace(/<style>[\s\S]*?<\/style>/, '')
  for (const [, slash, name = '', attributes = '', selfClosed] of body.matchAll(
    /<(\/?)([a-zA-Z][\w:-]*)((?:\s+[\w:-]+(?:="[^"]*")?)*)\s*(\/?)>/g,
  )) {
    if (slash) expect(open.pop()).toBe(name)
    else {
      found.push({ name, attributes })
      if (!selfClosed && !['meta', 'img'].includes(name)) open.push(name)
    }
  }
  expect(open).toEqual([])
  // nothing that looks like a tag was missed
  const rest = body.replace(/<(\/?)([a-zA-Z][\w:-]*)((?:\s+[\w:-]+(?:="[^"]*")?)*)\s*(\/?)>/g, '')
  expect(rest).not.toMatch(/[<>]/)
  return found
}

describe('the page', () => {
  test('has every part, well formed, and needs nothing from outside', async () => {
    const page = await reportPage(full('plain'))
    const elements = elementsOf(page)
    const names = new Set(elements.map(({ name }) => name))
    expect(names).not.toContain('script')
    expect(names).not.toContain('link')
    for (const { attributes } of elements) {
      expect(attributes).not.toMatch(/\s(href|on\w+)=/)
      const src = /\ssrc="([^"]*)"/.exec(attributes)?.[1]
      if (src) expect(src).toMatch(/^data:image\/png;base64,[\w+/=]+$/)
    }
    expect(page.replaceAll(/xmlns(:xlink)?="http[^"]*"/g, '')).not.toMatch(/https?:|@import|url\(/)
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"`)
    const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id)
    expect(ids).toEqual([...new Set(ids)])
    for (const id of page.matchAll(/aria-labelledby="([^"]*)"/g)) expect(ids).toContain(id[1])
    for (const heading of [
      'Curves',
      'Classes',
      'Confusion matrix',
      'Each class',
      'Commonest errors',
      'Calibration',
      'Worst mistakes',
      'Model',
      'Config',
    ])
      expect(page).toMatch(new RegExp(`<h[23][^>]*>${heading}</h[23]>`))
    for (const { name, attributes } of elements) if (name === 'img') expect(attributes).toMatch(/\salt="[^"]+"/)
    expect(elements.filter(({ name }) => name === 'svg')).toHaveLength(2 * 3) // each chart in two sizes
  })

  test('no text of the data becomes markup', async () => {
    const [plain, page] = [await reportPage(full('plain')), await reportPage(full(evil))]
    expect(elementsOf(page).map(({ name }) => name)).toEqual(elementsOf(plain).map(({ name }) => name))
    expect(page).not.toContain('<script')
    expect(page).not.toContain('<img src=x')
  })

  test('any texts leave the markup alone', async () => {
    const shape = (page: string): string =>
      elementsOf(page)
        .map(({ name }) => name)
        .join(' ')
    const small = (text: string): ReportData => {
      const { curves: _, classification: { calibration: __, ...classification } = { classes: [], counts: [] }, ...rest } = full(text)
      return { ...rest, classification } // without charts: those are slow
    }
    const plain = shape(await reportPage(small('plain')))
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1 }), async (text) => {
        expect(shape(await reportPage(small(text)))).toBe(plain)
      }),
      { numRuns: 50 },
    )
  })

  test('the same data gives the same text; parts that are missing are left out', async () => {
    expect(await reportPage(full('x'))).toBe(await reportPage(full('x')))
    const page = await reportPage({
      title: 'only this',
      curves: [{ title: 'Loss', series: [{ name: 'training', points: [] }] }],
      mistakes: [],
      layers: [],
      tiles: [],
    })
    elementsOf(page)
    expect(page).toContain('<h1>only this</h1>')
    expect(page).not.toContain('<section')
  })

  test('numbers stand where they belong', async () => {
    const page = await reportPage(full('a'))
    expect(page).toContain('187 of 200 right on the a: 93.50\u00a0%, 95&nbsp;% interval 89.20\u00a0% to 96.16\u00a0%.')
    expect(page).toMatch(/<th scope="row">b<\/th><td>90\.7\u00a0%<\/td><td>97\.0\u00a0%<\/td><td>93\.7\u00a0%<\/td><td>100<\/td>/)
    expect(page).toMatch(/title="a taken for b: 10">10<\/td>/)
    expect(page).toContain('alt="Example 7: a, taken for b"')
    expect(page).toMatch(/<dt>said<\/dt><dd class="wrong">b<\/dd><dd>99\.0\u00a0%<\/dd>/)
    expect(page).toContain('&#34;lr&#34;: &#34;Infinity&#34;')
    expect(page).toContain('12 trainable parameters in 1 layer.')
  })

  test('many classes become a picture and the worst of them', async () => {
    const classes = Array.from({ length: 30 }, (_, i) => `c${i}`)
    const counts = classes.map((_, t) => classes.map((__, p) => (t === p ? 100 - t : t === (p + 1) % 30 ? t : 0)))
    const page = await reportPage({ title: 'many', classification: { classes, counts } })
    elementsOf(page)
    expect(page).toContain('alt="Confusion matrix of 30 classes as a picture')
    expect(page).toContain('The 20 classes with the lowest F1 of 30.')
    expect(page.indexOf('>c29<')).toBeLessThan(page.indexOf('>c15<'))
    expect(page).not.toContain('<th scope="row">c1</th>')
  })

  test('data that contradicts itself is refused', async () => {
    await expect(reportPage({ title: '', classification: { classes: ['a', 'b'], counts: [[1, 2]] } })).rejects.toThrow(
      'report: 1 rows of counts are no matrix of 2 classes',
    )
    const picture: Mistake['picture'] = { width: 2, height: 2, channels: 3, pixels: new Uint8Array(5) }
    const mistakes: Mistake[] = [{ index: 0, truth: 'a', predicted: 'b', probability: 1, picture }]
    await expect(reportPage({ title: '', mistakes })).rejects.toThrow('report: 5 pixels are not a picture of 2 × 2 with 3 channels')
  })

  test('perfect, empty and constant results', async () => {
    const page = await reportPage({
      title: 'edge',
      classification: {
        classes: ['a', 'b'],
        counts: [
          [4, 0],
          [0, 0],
        ],
        calibration: { bins: [], expectedError: 0, maximumError: 0 },
      },
      curves: [
        { title: 'Nothing but NaN', scale: 'log', series: [{ name: 'a', points: [{ step: 1, value: Number.NaN }] }] },
        {
          title: 'Flat',
          series: [
            {
              name: 'a',
              points: [
                { step: 1, value: 0 },
                { step: 2, value: 0 },
              ],
            },
          ],
        },
        {
          title: 'Below',
          scale: 'log',
          series: [
            {
              name: 'a',
              points: [
                { step: 1, value: -1 },
                { step: 2, value: 10 },
              ],
            },
          ],
        },
      ],
    })
    elementsOf(page)
    expect(page).toContain('4 of 4 right')
    expect(page).not.toContain('Commonest errors')
    const none = await reportPage({ title: 'none', classification: { classes: ['a'], counts: [[0]] } })
    expect(none).not.toContain('<section')
  })

  test('on disk', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hebb-report-'))
    const path = join(folder, 'report.html')
    await writeReport(path, { title: 'grün' })
    expect(await readFile(path, 'utf8')).toBe(await reportPage({ title: 'grün' }))
    await expect(writeReport(folder, { title: '' })).rejects.toThrow(`cannot write ${folder}: it is a folder.`)
    expect(await readdir(folder)).toEqual(['report.html'])
    await rm(folder, { recursive: true })
  })
})

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

describe('pictures', () => {
  const decoded = (url: string) => decode(Buffer.from(url.replace('data:image/png;base64,', ''), 'base64'))

  test('grey, RGB and RGBA pixels survive, whatever the order of their axes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(1 as const, 3 as const, 4 as const),
        fc.infiniteStream(fc.nat(255)),
        (width, height, channels, values) => {
          const hwc = Uint8Array.from({ length: width * height * channels }, () => values.next().value as number)
          const chw = hwc.map((_, i) => hwc[(i % (width * height)) * channels + Math.floor(i / (width * height))]!)
          for (const [pixels, layout] of [
            [hwc, 'hwc'],
            [chw, 'chw'],
            [Float32Array.from(chw, (v) => v / 255), 'chw'],
          ] as const) {
            const png = decoded(pictureUrl({ width, height, channels, pixels, layout }))
            expect([png.width, png.height, png.channels]).toEqual([width, height, channels])
            expect([...png.data]).toEqual([...hwc])
          }
        },
      ),
      { numRuns: 50 },
    )
  })

  test('floats outside 0 … 1 are cut, NaN is black', () => {
    const pixels = new Float32Array([-1, 2, Number.NaN, 0.5])
    expect([...decoded(pictureUrl({ width: 4, height: 1, channels: 1, pixels })).data]).toEqual([0, 255, 0, 128])
  })
})

describe('texts and numbers', () => {
  test('escaping', () => {
    expect(escapeHtml(`<a href="x">'&\`\u0000\ud800\t\n`)).toBe('&#60;a href=&#34;x&#34;&#62;&#39;&#38;&#96;\ufffd\ufffd\t\n')
    expect(html`<b>${'<'}${[html`<i>${1}</i>`, '&']}${undefined}${false}</b>`.text).toBe('<b>&#60;<i>1</i>&#38;</b>')
  })

  test('a share is never rounded to all or none', () => {
    expect([0.98711, 1, 0, 0.99999, 0.000001, Number.NaN].map((x) => percent(x).replace('\u00a0', ' '))).toEqual([
      '98.71 %',
      '100.00 %',
      '0.00 %',
      '99.99 %',
      '0.01 %',
      '–',
    ])
  })

  test('numbers, durations, tiles', () => {
    expect([12345, 0.0412345, 1.5e-9, Number.NaN, -3].map(number)).toEqual(['12,345', '0.04123', '1.5e-9', 'NaN', '-3'])
    expect([4.21, 59.7, 99.4, 125, 3599.7, 7505].map(seconds)).toEqual(['4.2 s', '60 s', '99 s', '2 min 05 s', '1 h 00 min', '2 h 05 min'])
    expect(tileValue({ value: 'adam' })).toBe('adam')
    expect(tileValue({ value: 52138, format: 'count' })).toBe('52,138')
  })
})
