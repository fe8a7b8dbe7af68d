import { afterEach, beforeEach, describe, expect, type MockInstance, test, vi } from 'vitest'
import type { Figure } from '../../src/report/figures/data.js'
import { reportPage } from '../../src/report/page.js'
import { elementsOf } from './elements.js'

const evil = `<script>alert("1")</script>'"><img src=x onerror=alert(2)>&amp; datum.value \u0000\u2028`

/** One of each kind, with `text` in every place a text can stand. */
const every = (text: string): Figure[] => [
  {
    kind: 'lines',
    title: text,
    note: text,
    x: { title: text, scale: 'log' },
    y: { title: text, scale: 'log' },
    series: (['line', 'points', 'both', 'dashed'] as const).map((style, k) => ({
      name: `${text} ${k}`,
      style,
      points: [1, 10, 100].map((x) => ({ x, y: 3 / x + k, low: 2 / x, high: 4 / x + k })),
    })),
    marks: [
      { y: 0.5, name: text },
      { x: 20, name: text },
    ],
  },
  {
    kind: 'heatmap',
    title: text,
    note: text,
    values: [
      [0, 1],
      [Number.NaN, 4],
    ],
    x: { title: text, labels: [text, 'b'] },
    y: { title: text, labels: ['c', text] },
    overlay: [
      {
        name: text,
        style: 'both',
        points: [
          { x: 0, y: 0 },
          { x: 1, y: 1 },
          { x: 5, y: 1 },
        ],
      },
    ],
    showValues: true,
  },
  {
    kind: 'surface',
    title: text,
    note: text,
    values: [
      [0, 1, 2],
      [1, 2, 3],
    ],
    x: { title: text },
    y: { title: text, range: [1, -1] },
    z: { title: text },
  },
  {
    kind: 'pictures',
    title: text,
    note: text,
    rows: [{ title: text, pictures: [{ picture: { width: 1, height: 1, channels: 1, pixels: new Uint8Array([9]) }, caption: text }] }],
  },
  { kind: 'bars', title: text, note: text, bars: [{ label: text, value: -0.5, low: -0.6, high: 0.1 }], format: 'percent' },
  { kind: 'table', title: text, note: text, columns: [text, 'n'], rows: [[text, 1 / 3]] },
  { kind: 'text', title: text, note: text, text },
]

const pageOf = (...figures: Figure[]): Promise<string> => reportPage({ title: 'figures', sections: [{ title: 'Section', figures }] })

let said: MockInstance[]
beforeEach(() => {
  said = (['log', 'warn', 'error'] as const).map((name) => vi.spyOn(console, name))
})
afterEach(() => {
  for (const spy of said) {
    expect(spy).not.toHaveBeenCalled() // Vega warns of drawings it does not understand
    spy.mockRestore()
  }
})

describe('every kind', () => {
  test('is well formed, described in words, the same each time, and needs nothing from outside', async () => {
    const page = await pageOf(...every('plain'))
    expect(await pageOf(...every('plain'))).toBe(page)
    const elements = elementsOf(page)
    expect(elements.filter(({ name }) => name === 'figure')).toHaveLength(7)
    expect(elements.filter(({ attributes }) => /role="img"/.test(attributes))).toHaveLength(3)
    for (const { name, attributes } of elements) {
      if (/role="(img|region)"/.test(attributes)) expect(attributes).toMatch(/aria-label="[^"]+"/)
      if (name === 'img') expect(attributes).toMatch(/\salt="plain"/)
      if (name === 'image') expect(attributes).toMatch(/href="data:image\/png;base64,/)
    }
    expect(page).not.toMatch(/[(,"ML-]NaN|undefined|\bid="clip/)
    expect(page.replaceAll(/xmlns(:xlink)?="http[^"]*"/g, '')).not.toMatch(/https?:|url\(/)
  })

  test('no text of the data becomes markup', async () => {
    const [plain, page] = [await pageOf(...every('plain')), await pageOf(...every(evil))]
    expect(elementsOf(page).map(({ name }) => name)).toEqual(elementsOf(plain).map(({ name }) => name))
    expect(page).not.toContain('<script')
    expect(page).not.toContain('\u0000')
  })

  test('sections have a heading and paragraphs, and stand before the layers', async () => {
    const page = await reportPage({
      title: 'words',
      sections: [{ title: 'First', text: 'One\nline.\n\nAnother <b>.\n \nThird.', figures: [] }],
      layers: [{ path: 'a', kind: 'Linear', shape: [1], parameters: 2 }],
    })
    expect(page).toContain('<h2 id="section-1">First</h2>\n<p>One\nline.</p><p>Another &#60;b&#62;.</p><p>Third.</p>')
    expect(page.indexOf('>First<')).toBeLessThan(page.indexOf('>Model<'))
  })
})

describe('what contradicts itself is refused', () => {
  const lines = (more: object): Figure => ({
    kind: 'lines',
    title: 'f',
    x: { title: 'x' },
    y: {},
    series: [{ name: 's', points: [] }],
    ...more,
  })
  const map = (more: object): Figure => ({ kind: 'heatmap', title: 'f', values: [[1, 2]], ...more })
  const series = (point: object) => ({ series: [{ name: 's', points: [{ x: 0, y: 0, ...point }] }] })
  const picture = { picture: { width: 1, height: 1, channels: 1, pixels: new Uint8Array(1) } }
  const wrong = (figure: object): Figure => figure as Figure
  test.each<[string, Figure, string]>([
    ['unknown kind', wrong({ kind: 'pie', title: 'f' }), "figure 'f' is of no known kind: 'pie'"],
    ['no series', lines({ series: [] }), "'f': 0 series, it takes 1 to 8"],
    ['nine series', lines({ series: Array(9).fill({ name: 's', points: [] }) }), '9 series'],
    ['one bound', lines(series({ low: 1 })), "a point of 's' has one bound"],
    ['crossed bounds', lines(series({ low: 1, high: 0 })), 'from 1 down to 0'],
    ['mark of both', lines({ marks: [{ x: 1, y: 1, name: 'm' }] }), "mark 'm' needs either"],
    ['mark of none', lines({ marks: [{ name: 'm' }] }), "mark 'm' needs either"],
    ['empty matrix', map({ values: [] }), 'the matrix is empty'],
    ['ragged matrix', map({ values: [[1, 2], [3]] }), 'row 1 has 1 values, row 0 has 2'],
    ['labels', map({ x: { labels: ['a'] } }), '1 x labels for 2 cells'],
    ['labels and range', map({ y: { labels: ['a'], range: [0, 1] } }), 'it takes one of them'],
    ['empty range', map({ y: { range: [1, 1] } }), 'the y range 1 … 1 must be two different finite numbers'],
    ['thin surface', { kind: 'surface', title: 'f', values: [[1, 2]] }, '1 × 2 values are no surface'],
    ['no pictures', { kind: 'pictures', title: 'f', pictures: [] }, 'there are no pictures'],
    ['two forms of pictures', { kind: 'pictures', title: 'f', pictures: [], rows: [] }, 'give either pictures or rows'],
    ['no columns', wrong({ kind: 'pictures', title: 'f', pictures: [picture], columns: 0 }), '0 columns'],
    ['no bars', { kind: 'bars', title: 'f', bars: [] }, 'there are no bars'],
    [
      'bar bounds',
      { kind: 'bars', title: 'f', bars: [{ label: 'b', value: 1, low: 2, high: 1 }] },
      "bar 'b' has an interval from 2 down to 1",
    ],
    ['ragged table', { kind: 'table', title: 'f', columns: ['a', 'b'], rows: [[1]] }, 'row 0 has 1 cells for 2 columns'],
  ])('%s', async (_, figure, message) => {
    await expect(pageOf(figure)).rejects.toThrow(message)
  })
})

describe('numbers stand where they belong', () => {
  test('bars', async () => {
    const page = await pageOf({
      kind: 'bars',
      title: 'b',
      bars: [
        { label: 'up', value: 3 },
        { label: 'down', value: -1 },
        { label: 'lost', value: Number.NaN },
      ],
    })
    expect(page).toContain('<i class="fill" style="left:25.00%;width:75.00%"></i></td><td>3</td>')
    expect(page).toContain('<i class="fill below" style="left:0.00%;width:25.00%"></i></td><td>−1</td>')
    expect(page).toContain('<td class="track"></td><td>NaN</td>')
  })

  test('table: numbers right, long ones cut and said', async () => {
    const rows = Array.from({ length: 301 }, (_, i) => [i, `row ${i}`])
    const page = await pageOf({ kind: 'table', title: 't', columns: ['n', 'name'], rows })
    expect(page).toContain('<th scope="row" class="number">7</th><td class="text">row 7</td>')
    expect(page).not.toContain('row 300')
    expect(page).toContain('The first 300 of 301 rows.')
  })

  test('table: texts that are numbers stand right, a sign of per cent stays beside its number', async () => {
    const rows = [
      ['7.87 %', '2.3e-4', '4.2 % to 5 %', ''],
      ['−3 %', '1e+6', '0 % to 1 %', ''],
    ]
    const page = await pageOf({ kind: 'table', title: 't', columns: ['a', 'b', 'c', 'd'], rows })
    expect(page).toContain(
      '<th scope="row" class="number">7.87\u00a0%</th><td class="number">2.3e-4</td><td class="text">4.2\u00a0% to 5\u00a0%</td><td class="text"></td>',
    )
  })

  test('text keeps its lines', async () => {
    const page = await pageOf({ kind: 'text', title: 't', text: 'a\n  b' })
    expect(page).toContain('>a\n  b</pre>')
  })
})
