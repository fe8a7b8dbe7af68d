/** Curves made ready to be drawn: long ones thinned to means and ranges, gaps where a value is no number, and the same in words and in a table. */
import { greatest, least } from '../../tensor/extremes.js'
import type { Curve, Series } from '../data.js'
import { drawable } from '../figures/axes.js'
import { lineInWords } from '../figures/words.js'
import { count, number, percent } from '../format.js'
import { type Html, html } from '../html.js'

/** A line to draw: each point the mean of one or more values, with their range. `mean` undefined is a gap. */
export interface Line {
  readonly name: string
  readonly points: readonly LinePoint[]
  /** values per point; 1 where the points are the values themselves */
  readonly each: number
}

export interface LinePoint {
  readonly step: number
  readonly mean: number | undefined
  readonly low: number
  readonly high: number
}

/** More points than this say no more on a screen. */
const mostPoints = 300

/** A series as a line of at most 300 points, each at the last step of the values it stands for. */
export function lineOf({ name, points }: Series, scale: Curve['scale']): Line {
  const each = Math.ceil(points.length / mostPoints)
  const thinned: LinePoint[] = []
  for (let begin = 0; begin < points.length; begin += each) {
    const part = points.slice(begin, begin + each)
    const values = part.map(({ value }) => value).filter((value) => drawable(value, scale ?? 'linear'))
    const step = part.at(-1)!.step
    const mean = values.length ? values.reduce((a, b) => a + b, 0) / values.length : undefined
    thinned.push({ step, mean, low: least(values), high: greatest(values) })
  }
  return { name, points: thinned, each }
}

/** A value in the curve's own way of writing. */
export const curveValue = (value: number, scale: Curve['scale']): string => (scale === 'percent' ? percent(value) : number(value))

/** A chart in words, for those who do not see it. */
export function describeCurve({ title, series, scale }: Curve): string {
  const lines = series.map(({ name, points }) => {
    const known = points.filter(({ value }) => drawable(value, scale ?? 'linear'))
    const values = known.map(({ step, value }) => ({ at: `step ${count(step)}`, y: value }))
    return lineInWords(name, values, (value) => curveValue(value, scale))
  })
  return `${title} against training step. ${lines.join(' ')}`
}

/** What a reader must know to read the chart truly; undefined when there is nothing. */
export function curveNote(curve: Curve, lines: readonly Line[]): string | undefined {
  const notes: string[] = []
  const thinned = lines.filter(({ each }) => each > 1)
  for (const { name, each } of thinned) notes.push(`${name}: line is the mean of ${each} steps, shade their range`)
  for (const { name, points } of curve.series) {
    const lost = points.filter(({ value }) => !drawable(value, curve.scale ?? 'linear'))
    const why = lost.some(({ value }) => Number.isFinite(value)) ? 'not above 0 or not finite' : 'NaN or infinite'
    if (lost.length > 0)
      notes.push(`${name}: ${count(lost.length)} of ${count(points.length)} values are ${why}, first at step ${count(lost[0]!.step)}`)
  }
  if (curve.scale === 'log') notes.unshift('Logarithmic scale')
  return notes.length ? `${notes.join('. ')}.` : undefined
}

/** Most rows of the table; longer runs show some epochs, the last always. */
const mostRows = 50

/**
 * The curves as a table: a row per epoch (or per tenth of the run where epochs are not known), holding the mean of each
 * series over the row's steps; one value stands for itself.
 */
export function curveTable(curves: readonly Curve[], epochs: readonly number[]): Html | undefined {
  const last = greatest(
    curves.flatMap(({ series }) => series.map(({ points }) => points.at(-1)?.step ?? 0)),
    0,
  )
  if (last === 0) return undefined
  const tenths = [...new Set(Array.from({ length: 10 }, (_, i) => Math.round(((i + 1) * last) / 10)))].filter((step) => step > 0)
  const ends = epochs.length ? [...epochs, ...(last > epochs.at(-1)! ? [last] : [])] : tenths
  const stride = Math.ceil(ends.length / mostRows)
  const columns = curves.flatMap((curve) => curve.series.map((series) => ({ curve, series })))
  const rows = ends.map((end, i) => ({ end, begin: ends[i - 1] ?? Number.NEGATIVE_INFINITY, i }))
  const shown = rows.filter(({ i }) => (rows.length - 1 - i) % stride === 0)
  return html`<table class="numbers">
<thead><tr><th scope="col">${epochs.length ? 'Epoch' : 'Part'}</th><th scope="col">To step</th>${columns.map(
    ({ curve, series }) => html`<th scope="col">${curve.title}, ${series.name}</th>`,
  )}</tr></thead>
<tbody>${shown.map(
    ({ begin, end, i }) =>
      html`<tr><th scope="row">${i + 1}</th><td>${count(end)}</td>${columns.map(
        ({ curve, series }) => html`<td>${meanBetween(series, begin, end, curve.scale)}</td>`,
      )}</tr>`,
  )}</tbody></table>`
}

function meanBetween({ points }: Series, begin: number, end: number, scale: Curve['scale']): string {
  const values = points.filter(({ step }) => step > begin && step <= end).map(({ value }) => value)
  return values.length ? curveValue(values.reduce((a, b) => a + b, 0) / values.length, scale) : '–'
}
