/** Labelled values as bars from 0. */
import { greatest, least } from '../../tensor/extremes.js'
import { formatNumber, numbers } from '../format.js'
import { type Html, html } from '../html.js'
import { checkInterval, wrongFigure } from './check.js'
import type { Bar, BarsFigure } from './data.js'

/** Most bars of one figure. */
const mostBars = 100

/** The figure, a table whose middle column is drawn. @throws HebbError without bars, or when an interval contradicts itself */
export function barsFigure({ title, note, bars, format }: BarsFigure): Html {
  if (bars.length === 0) throw wrongFigure(title, 'there are no bars')
  for (const bar of bars) checkInterval(title, `bar '${bar.label}'`, bar)
  const ends = bars.flatMap(({ value, low, high }) => [value, low ?? value, high ?? value]).filter(Number.isFinite)
  const [from, to] = [least(ends, 0), greatest(ends, 0)]
  const share = (value: number): number => (100 * (value - from)) / (to - from || 1)
  const shown = bars.slice(0, mostBars)
  const cut = bars.length > mostBars ? `The first ${mostBars} of ${bars.length} bars.` : undefined
  const notes = [note, cut].filter((text) => text !== undefined).join(' ')
  const intervals = shown.some(({ low }) => low !== undefined)
  const values = shown.map(({ value }) => value)
  const alike = format === undefined || format === 'number' ? numbers(values) : undefined
  const texts = values.map((value, i) => alike?.[i] ?? (Number.isFinite(value) ? formatNumber(value, format) : String(value)))
  const row = (bar: Bar): Html => {
    const { label, value, low, high } = bar
    const written = texts[shown.indexOf(bar)]!
    return html`<tr><th scope="row">${label}</th><td class="track">${Number.isFinite(value) && stripe(value < 0 ? 'fill below' : 'fill', share(Math.min(0, value)), share(Math.max(0, value)))}${
      low !== undefined && high !== undefined && Number.isFinite(low + high) && stripe('interval', share(low), share(high))
    }</td><td>${written}${low !== undefined && high !== undefined && html`<small>${formatNumber(low, format)} to ${formatNumber(high, format)}</small>`}</td></tr>`
  }
  return html`<figure class="card bars"><figcaption><h3>${title}</h3></figcaption>
<table aria-label="${title}"><thead class="hidden"><tr><th scope="col">Name</th><td></td><th scope="col">Value${intervals && ', interval'}</th></tr></thead><tbody>${shown.map(row)}</tbody></table>
${notes !== '' && html`<p class="note">${notes}</p>`}</figure>`
}

const stripe = (kind: string, from: number, to: number): Html =>
  html`<i class="${kind}" style="left:${from.toFixed(2)}%;width:${(to - from).toFixed(2)}%"></i>`
