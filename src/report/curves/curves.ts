/** Curves of a run: each as lines over its steps, and all of them as a table. */
import { greatest } from '../../tensor/extremes.js'
import type { Curve, Series } from '../data.js'
import type { LinesFigure } from '../figures/data.js'
import { count, number, percent } from '../format.js'
import { type Html, html } from '../html.js'

/** A curve as a figure, with the steps at which epochs ended. */
export const curveFigure = ({ title, series, scale }: Curve, epochs: readonly number[]): LinesFigure => ({
  kind: 'lines',
  title,
  x: { title: 'step', scale: 'steps' },
  y: scale === undefined ? {} : { scale },
  series: series.map(({ name, points }) => ({ name, points: points.map(({ step, value }) => ({ x: step, y: value })) })),
  epochs,
})

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
  const write = scale === 'percent' ? percent : number
  return values.length ? write(values.reduce((a, b) => a + b, 0) / values.length) : '–'
}
