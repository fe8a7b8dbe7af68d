/** Lines, points and reference rules over any quantity. */
import type { TopLevelSpec } from 'vega-lite'
import { defined } from '../../../tensor/options.js'
import { count, number, percent } from '../../format.js'
import type { Html } from '../../html.js'
import { type AxisScale, axisOf, domainOf, drawable } from '../axes.js'
import { checkInterval, wrongFigure } from '../check.js'
import type { LinesFigure } from '../data.js'
import { chartCard, type DrawnLayer, drawBoth, layered, lineColor, mostColors, nothing, type Size } from '../frame.js'
import { lineInWords } from '../words.js'
import { epochLayers, nameLayers, roomAbove, ruleLayers } from './marks.js'
import { type Plotted, type PlottedPoint, thinned } from './thin.js'

/** The figure. @throws HebbError when it has no series or more than eight, or when bounds or marks contradict themselves */
export async function linesFigure(figure: LinesFigure): Promise<Html> {
  check(figure)
  const lines = figure.series.map((series) => thinned(series, figure))
  return chartCard({
    title: figure.title,
    label: describe(figure),
    legend: lines.map(({ name, style }, i) => ({ name, style, color: lineColor(i) })),
    drawing: lines.some(({ points }) => points.some(({ y }) => y !== undefined))
      ? await drawBoth((size) => specOf(figure, lines, size))
      : nothing,
    note: noteOf(figure, lines),
  })
}

function check({ title, series, marks = [] }: LinesFigure): void {
  if (series.length === 0 || series.length > mostColors)
    throw wrongFigure(title, `${series.length} series, it takes 1 to ${mostColors}: more cannot be told apart, split the figure`)
  for (const { name, points } of series) for (const point of points) checkInterval(title, `a point of '${name}'`, point)
  for (const { name, x, y } of marks)
    if (!Number.isFinite(x === undefined ? y : y === undefined ? x : Number.NaN))
      throw wrongFigure(title, `mark '${name}' needs either a finite x or a finite y`)
}

function specOf(figure: LinesFigure, lines: readonly Plotted[], size: Size): TopLevelSpec {
  const { x, y, marks = [], epochs = [] } = figure
  const [xScale, yScale] = [x.scale ?? 'linear', y.scale ?? 'linear']
  const points = lines.flatMap((line) => line.points)
  const there = (values: readonly (number | undefined)[]): number[] => values.filter((value) => value !== undefined)
  const xDomain = domainOf([...points.map((point) => point.x), ...there(marks.map((mark) => mark.x))], xScale)
  const yDomain = domainOf([...points.flatMap((p) => there([p.y, p.low, p.high])), ...there(marks.map((mark) => mark.y))], yScale)
  const cloud = lines.some(({ style }) => style === 'points')
  const whole = points.every((point) => Number.isInteger(point.x))
  const xAxis = axisOf(x.title, xDomain, xScale, size.width / 80, { nice: cloud, whole })
  const yAxis = axisOf(y.title ?? null, yDomain, yScale, size.height / 40, { nice: true })
  const shown = marks.filter((mark) => (mark.x === undefined ? drawable(mark.y!, yScale) : drawable(mark.x, xScale)))
  const layers = lines.flatMap((line, i) => drawLine(dotted(line, xScale), lineColor(i), xAxis, yAxis, yDomain[0]))
  const axes = { x: xDomain, y: yDomain, xScale, yScale }
  return layered(
    size,
    [
      ...epochLayers(epochs, xDomain[1], size),
      ...ruleLayers(shown, xAxis, yAxis),
      ...layers,
      ...nameLayers(shown, axes, size, xAxis, yAxis),
    ],
    roomAbove(shown, axes, size),
  )
}

/** Few values of a run are shown as what they are, single measurements. */
const dotted = (line: Plotted, scale: AxisScale): Plotted =>
  scale === 'steps' && line.style === 'line' && line.points.length <= 30 ? { ...line, style: 'both' } : line

/** Band or bars, line and dots of one series; a bound that cannot stand on a logarithmic axis runs to its bottom. */
function drawLine({ points, style }: Plotted, color: string, x: object, y: object, bottom: number): DrawnLayer[] {
  const values = points.map(({ x: at, y: value, low, high }) => ({ at, value: value ?? null, low, high }))
  const known = values.filter(({ value }) => value !== null)
  const bounded = known
    .filter(({ low }) => low !== undefined)
    .map(({ at, low, high }) => ({ at, low: Math.max(low!, bottom), high: Math.max(high!, bottom) }))
  const xAt = { ...x, field: 'at' }
  const span = { x: xAt, y: { ...y, field: 'low' }, y2: { field: 'high' } }
  const many = known.length > 100
  const spread: DrawnLayer =
    style === 'points'
      ? { data: { values: bounded }, mark: { type: 'rule', color, opacity: 0.6, strokeWidth: 1.5 }, encoding: span }
      : { data: { values: bounded }, mark: { type: 'area', color, opacity: 0.16 }, encoding: span }
  const line: DrawnLayer = {
    data: { values },
    mark: { type: 'line', color, strokeWidth: 2, ...defined({ strokeDash: style === 'dashed' ? [6, 4] : undefined }) },
    encoding: { x: xAt, y: { ...y, field: 'value' } },
  }
  const dots: DrawnLayer = {
    data: { values: known },
    mark: { type: 'point', color, filled: true, size: many ? 14 : 34, opacity: many ? 0.7 : 1 },
    encoding: { x: xAt, y: { ...y, field: 'value' } },
  }
  return [
    ...(bounded.length > 0 ? [spread] : []),
    ...(style === 'points' ? [] : [line]),
    ...(style === 'points' || style === 'both' || lonely(points) ? [dots] : []),
  ]
}

/** A line through one point, or with gaps on either side of one, would not show. */
const lonely = (points: readonly PlottedPoint[]): boolean =>
  points.some(({ y }, i) => y !== undefined && points[i - 1]?.y === undefined && points[i + 1]?.y === undefined)

function noteOf({ note, x, y }: LinesFigure, lines: readonly Plotted[]): string | undefined {
  const notes: string[] = note === undefined ? [] : [note.replace(/\.$/, '')]
  const logs = [...(x.scale === 'log' ? ['horizontal'] : []), ...(y.scale === 'log' ? ['vertical'] : [])]
  const run = x.scale === 'steps'
  if (logs.length > 0) notes.push(run ? 'Logarithmic scale' : `Logarithmic ${logs.join(' and ')} scale`)
  const told = new Map<string, string[]>()
  for (const { name, style, each } of lines)
    if (each > 1) {
      const text =
        style === 'points' ? `one of ${each} points is drawn` : `line is the mean of ${each} ${run ? 'steps' : 'points'}, shade their range`
      told.set(text, [...(told.get(text) ?? []), name])
    }
  for (const [text, names] of told) notes.push(`${names.join(', ')}: ${text}`)
  for (const { name, lost, firstLost, total } of lines) {
    if (lost > 0)
      notes.push(
        `${name}: ${count(lost)} of ${count(total)} ${run ? 'values' : 'points'} are ${logs.length ? 'not above 0 or not finite' : 'NaN or infinite'}${run ? `, first at ${x.title} ${count(firstLost!)}` : ''}`,
      )
  }
  return notes.length ? `${notes.join('. ')}.` : undefined
}

function describe({ title, x, y, series, marks = [] }: LinesFigure): string {
  const write = y.scale === 'percent' ? percent : number
  const lines = series.map(({ name, points }) => {
    const known = points.filter((point) => drawable(point.x, x.scale ?? 'linear') && drawable(point.y, y.scale ?? 'linear'))
    const sorted = known.sort((a, b) => a.x - b.x).map((point) => ({ at: `${x.title} ${number(point.x)}`, y: point.y }))
    return lineInWords(name, sorted, write)
  })
  const rules = marks.map(({ name, x: at, y: value }) => `${name} at ${at === undefined ? write(value!) : `${x.title} ${number(at)}`}.`)
  const axes = x.scale === 'steps' ? `${title} against training ${x.title}.` : `${title}: ${y.title ?? 'values'} against ${x.title}.`
  return [axes, ...lines, ...rules].join(' ')
}
