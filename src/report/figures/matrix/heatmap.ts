/** A matrix as a heat map: one stretched picture under axes, with paths, points and numbers on top. */

import type { TopLevelSpec } from 'vega-lite'
import { greatest } from '../../../tensor/extremes.js'
import { defined } from '../../../tensor/options.js'
import { count, number } from '../../format.js'
import { type Html, html } from '../../html.js'
import { pictureUrl } from '../../picture.js'
import { axisFormat } from '../axes.js'
import { checkRange, matrixSize, wrongFigure } from '../check.js'
import type { ColorScale, HeatmapAxis, HeatmapFigure } from '../data.js'
import { chartCard, type DrawnLayer, drawBoth, layered, lineColor, mostColors, type Size } from '../frame.js'
import { colorize } from './colorize.js'
import { colorAt, colorable, colorsOf, hex, isLight, rangeOf, shareOf } from './colors.js'
import { type Laid, layOver, overlayLayers } from './overlays.js'

/** Most rows and columns whose numbers are written. */
const mostNumbers = 20

/** A heat map with its facts. */
interface Heatmap {
  readonly figure: HeatmapFigure
  readonly rows: number
  readonly columns: number
  readonly scale: ColorScale
  readonly range: readonly [number, number] | undefined
  readonly holes: number
  /** numbers at the outer edges */
  readonly x: readonly [number, number]
  readonly y: readonly [number, number]
}

/** The figure. @throws HebbError when the matrix is empty or ragged, or labels, ranges and overlays do not fit it */
export async function heatmapFigure(figure: HeatmapFigure): Promise<Html> {
  const map = heatmapOf(figure)
  const laid = (figure.overlay ?? []).map((one) => layOver(one, map.x, map.y))
  return chartCard({
    title: figure.title,
    label: describe(map),
    legend: legendOf(map),
    drawing: await drawBoth((size) => specOf(map, laid, size)),
    note: noteOf(map, laid),
  })
}

function heatmapOf(figure: HeatmapFigure): Heatmap {
  const { title, values, x, y, scale = 'sequential', overlay = [] } = figure
  const { rows, columns } = matrixSize(title, values)
  for (const [name, axis, length] of [['x', x, columns] as const, ['y', y, rows] as const]) {
    checkRange(title, name, axis?.range)
    if (axis?.labels && axis.labels.length !== length) throw wrongFigure(title, `${axis.labels.length} ${name} labels for ${length} cells`)
    if (axis?.labels && axis.range) throw wrongFigure(title, `the ${name} axis has labels and a range, it takes one of them`)
  }
  if (overlay.length > mostColors) throw wrongFigure(title, `${overlay.length} overlays, it takes up to ${mostColors}`)
  const holes = values.reduce((sum, row) => sum + Array.from(row).filter((value) => !colorable(value, scale)).length, 0)
  const edges = (axis: HeatmapAxis | undefined, length: number): readonly [number, number] => axis?.range ?? [-0.5, length - 0.5]
  return { figure, rows, columns, scale, range: rangeOf(values, scale), holes, x: edges(x, columns), y: edges(y, rows) }
}

/** The colours with the numbers at their ends, and the overlays. */
function legendOf({ figure, scale, range }: Heatmap): Html {
  const stops = colorsOf(scale).filter((_, i) => i % 17 === 0)
  const gradient = `linear-gradient(90deg, ${stops.map(hex).join(', ')})`
  const ends = range?.map((value) => number(value).replace('-', '\u2212')) ?? []
  return html`<ul class="legend">${(figure.overlay ?? []).map(({ name, style = 'line' }, i) => html`<li><i class="${style}" style="--color:${lineColor(i)}"></i>${name}</li>`)}${
    range && html`<li class="ramp">${ends[0] === ends[1] ? '' : ends[0]}<i style="background:${gradient}"></i>${ends[1]}</li>`
  }</ul>`
}

function specOf(map: Heatmap, laid: readonly Laid[], { width, height }: Size): TopLevelSpec {
  const { figure, rows, columns, x, y } = map
  const square = figure.x?.range !== undefined && figure.y?.range !== undefined
  const ratio = square ? 1 : Math.min(1.15, Math.max(0.12, rows / columns))
  const size = { width, height: Math.max(Math.min(height, 40 + 26 * rows), Math.round((width - 50) * ratio + 40)) }
  const room = { x: size.width - 70, y: size.height - 50 }
  const across = { type: 'quantitative' as const, ...cellAxis(figure.x, x, columns, room, 'x') }
  const down = { type: 'quantitative' as const, ...cellAxis(figure.y, y, rows, room, 'y') }
  const box = { x: { ...across, field: 'left' }, x2: { field: 'right' }, y: { ...down, field: 'top' }, y2: { field: 'bottom' } }
  const area = { left: x[0], right: x[1], top: y[0], bottom: y[1] }
  const background: DrawnLayer = { data: { values: [area] }, mark: { type: 'rect', color: 'var(--hole)' }, encoding: box }
  const picture: DrawnLayer = {
    data: { values: [{ ...area, url: pictureUrl(colorize(figure.values, { scale: map.scale })) }] },
    mark: { type: 'image', aspect: false },
    encoding: { ...box, url: { field: 'url', type: 'nominal' } },
  }
  const numbers = figure.showValues && rows <= mostNumbers && columns <= mostNumbers ? [numberLayer(map, across, down, room)] : []
  return layered(size, [...(map.holes > 0 ? [background] : []), picture, ...numbers, ...overlayLayers(laid, across, down)])
}

/** An axis of cells: names or numbers in their middles as far as there is room, or a range of numbers. */
function cellAxis(
  axis: HeatmapAxis | undefined,
  edges: readonly [number, number],
  cells: number,
  room: { readonly x: number; readonly y: number },
  which: 'x' | 'y',
): object {
  const each = room[which] / cells
  const title = axis?.title ?? null
  // the first row is at the top, so the y axis runs downwards from its first edge to its second
  const domain = edges[0] < edges[1] ? [...edges] : [edges[1], edges[0]]
  const scale = { domain, nice: false, zero: false, reverse: edges[0] < edges[1] === (which === 'y') }
  const common = { title, grid: false, domain: false, ticks: false, labelOverlap: false }
  if (axis?.range)
    return {
      scale,
      axis: { ...common, ticks: true, tickCount: Math.max(2, Math.round(room[which] / 70)), format: axisFormat(edges, 'linear') },
    }
  const labels = axis?.labels
  const longest = greatest((labels ?? [String(cells - 1)]).map((label) => label.length))
  const upright = which === 'x' && longest > 2 && longest * 7.2 + 6 > each && labels !== undefined // names that are too long for their cell stand on end
  const needed = which === 'y' || upright ? 14 : longest * 7.2 + 6
  const least = Math.max(1, Math.ceil(needed / each))
  const stride = labels ? least : roundUp(least)
  const values = Array.from({ length: cells }, (_, i) => i).filter((i) => i % stride === 0)
  const names = labels && `[${labels.map(quoted).join(',')}][datum.value]`
  return {
    scale,
    axis: {
      ...common,
      values,
      format: 'd',
      labelFlush: false,
      labelLimit: which === 'y' ? Math.min(190, room.x * 0.42) : 110,
      ...defined({
        labelExpr: names || undefined,
        labelAngle: which === 'x' ? (upright ? -60 : 0) : undefined,
        labelAlign: upright ? 'right' : undefined,
        labelBaseline: upright ? 'middle' : undefined,
      }),
    },
  }
}

/** 1, 2 or 5 times a power of ten, at least n. */
function roundUp(n: number): number {
  const power = 10 ** Math.floor(Math.log10(n))
  return ([1, 2, 5].find((factor) => factor * power >= n) ?? 10) * power
}

/** A text as a string of Vega's expressions, all but letters and digits by their code. */
const quoted = (text: string): string =>
  `"${text.replace(/[^A-Za-z0-9]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`

/** Digits that tell a hundredth of what the values differ by: two, or up to four where they are close together. */
function digitsOf(values: HeatmapFigure['values']): number {
  const [low, high] = rangeOf(values, 'sequential') ?? [0, 0]
  const [size, spread] = [Math.max(Math.abs(low), Math.abs(high)), high - low]
  return spread > 0 ? Math.min(4, Math.max(2, 2 + Math.round(Math.log10(size / spread)))) : 2
}

function numberLayer(map: Heatmap, x: object, y: object, room: { x: number; y: number }): DrawnLayer {
  const { figure, rows, columns, scale, range } = map
  const digits = digitsOf(figure.values)
  const texts = figure.values.map((row) =>
    Array.from(row, (value) => (Number.isFinite(value) ? String(Number(value.toPrecision(digits))) : '')),
  )
  const longest = greatest(
    texts.flat().map((text) => text.length),
    1,
  )
  const fontSize = Math.min(12, Math.floor(Math.min(room.x / columns / (longest * 0.6 + 0.4), room.y / rows / 1.2)))
  const middle = ([from, to]: readonly [number, number], i: number, cells: number): number => from + ((to - from) * (i + 0.5)) / cells
  const values = figure.values.flatMap((row, r) =>
    Array.from(row, (value, c) => {
      const share = range && shareOf(value, range, scale)
      const ink = share === undefined ? 'var(--muted)' : isLight(colorAt(share, scale)) ? '#111' : '#fff'
      return { across: middle(map.x, c, columns), down: middle(map.y, r, rows), text: texts[r]![c]!, ink }
    }),
  )
  return {
    data: { values: fontSize < 6 ? [] : values }, // smaller ones nobody reads
    mark: { type: 'text', fontSize },
    encoding: {
      x: { ...x, field: 'across', type: 'quantitative' },
      y: { ...y, field: 'down', type: 'quantitative' },
      text: { field: 'text', type: 'nominal' },
      color: { field: 'ink', type: 'nominal', scale: null },
    },
  }
}

function noteOf({ figure, rows, columns, scale, holes }: Heatmap, laid: readonly Laid[]): string | undefined {
  const notes: string[] = figure.note === undefined ? [] : [figure.note.replace(/\.$/, '')]
  if (scale === 'log') notes.push('Logarithmic colours')
  if (holes > 0)
    notes.push(
      `Grey: ${count(holes)} of ${count(rows * columns)} values are ${scale === 'log' ? 'not above 0 or not finite' : 'NaN or infinite'}`,
    )
  if (figure.showValues && Math.max(rows, columns) > mostNumbers) notes.push(`${rows} × ${columns} numbers would not fit and are left out`)
  for (const { name, each, outside, total } of laid) {
    if (each > 1) notes.push(`${name}: one of ${each} points is drawn`)
    if (outside > 0) notes.push(`${name}: ${count(outside)} of ${count(total)} points lie outside the map`)
  }
  return notes.length ? `${notes.join('. ')}.` : undefined
}

function describe({ figure, rows, columns, scale, x, y }: Heatmap): string {
  const place = (axis: HeatmapAxis | undefined, [from, to]: readonly [number, number], i: number, cells: number, word: string): string =>
    axis?.labels ? `${axis.title ?? word} ${axis.labels[i]!}` : `${axis?.title ?? word} ${number(from + ((to - from) * (i + 0.5)) / cells)}`
  const known = figure.values
    .flatMap((row, r) => Array.from(row, (value, c) => ({ value, r, c })))
    .filter(({ value }) => colorable(value, scale))
  const size = `${figure.title}: a map of ${count(rows)} rows${figure.y?.title ? ` (${figure.y.title})` : ''} and ${count(columns)} columns${figure.x?.title ? ` (${figure.x.title})` : ''}.`
  const over = (figure.overlay ?? []).map(({ name, points }) => `${name}: ${count(points.length)} points on top.`)
  if (known.length === 0) return [size, 'It has no values.', ...over].join(' ')
  const at = ({ value, r, c }: { value: number; r: number; c: number }): string =>
    `${number(value)} at ${place(figure.y, y, r, rows, 'row')}, ${place(figure.x, x, c, columns, 'column')}`
  const low = known.reduce((a, b) => (b.value < a.value ? b : a))
  const high = known.reduce((a, b) => (b.value > a.value ? b : a))
  return [size, `Lowest ${at(low)}; highest ${at(high)}.`, ...over].join(' ')
}
