import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Mistake, ReportData } from '../../src/report/data.js'
import { reportPage } from '../../src/report/page.js'
import { writeReport } from '../../src/train/report.js'
import { elementsOf } from './elements.js'

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
