/** The frame each chart stands in: a card with title, legend and small print, and a drawing by Vega in the colours of the page, light or dark. */
import type { Config, TopLevelSpec } from 'vega-lite'
import { cleanText, type Html, html, raw } from '../html.js'
import type { LineStyle } from './data.js'

/** One entry of a legend. */
export interface LegendItem {
  readonly name: string
  readonly color: string
  readonly style?: LineStyle | undefined
}

/** A figure on its card. */
export interface Card {
  readonly title: string
  /** what it shows in words, for those who do not see it */
  readonly label: string
  readonly drawing: Html
  readonly legend?: readonly LegendItem[] | Html | undefined
  /** a sentence below the title */
  readonly lead?: string | undefined
  /** small print below the drawing */
  readonly note?: string | undefined
}

/** The card around a drawing. */
export const chartCard = ({
  title,
  label,
  drawing,
  legend,
  lead,
  note,
}: Card): Html => html`<figure class="card curve"><figcaption><h3>${title}</h3>
${Array.isArray(legend) ? legendList(legend) : (legend as Html | undefined)}${lead !== undefined && html`<p>${lead}</p>`}</figcaption>
<div role="img" aria-label="${label}">${drawing}</div>
${note !== undefined && html`<p class="note">${note}</p>`}</figure>`

const legendList = (items: readonly LegendItem[]): Html =>
  html`<ul class="legend">${items.map(({ name, color, style = 'line' }) => html`<li><i class="${style}" style="--color:${color}"></i>${name}</li>`)}</ul>`

/** In place of a drawing that would be an empty frame. */
export const nothing: Html = html`<p class="nothing">There are no values to draw.</p>`

/** Width and height of a drawing in CSS pixels, before the page fits it to its column. */
export interface Size {
  readonly width: number
  readonly height: number
}

/** Two sizes of each chart, so that its text is as large on a telephone as on a desk; the page's style shows one of them. */
const sizes = [
  { name: 'wide', width: 520, height: 290 },
  { name: 'narrow', width: 330, height: 250 },
] as const

/** One drawing for each size. */
export async function drawBoth(specOf: (size: Size) => TopLevelSpec): Promise<Html> {
  return html`${await Promise.all(sizes.map(async ({ name, ...size }) => html`<div class="${name}">${await renderSvg(specOf(size))}</div>`))}`
}

/** A Vega-Lite drawing as SVG; `viewBox` is kept and the fixed size dropped, so the page decides how large it is. */
async function renderSvg(spec: TopLevelSpec): Promise<Html> {
  const [{ compile }, { parse, View }] = await Promise.all([import('vega-lite'), import('vega')]) // 0.3 s to load, and only reports need them
  const view = new View(parse(compile(spec).spec), { renderer: 'none' })
  const svg = await view.toSVG()
  view.finalize()
  return raw(cleanText(svg.replace(/^<svg([^>]*?) width="[^"]*" height="[^"]*"/, '<svg$1 aria-hidden="true" focusable="false"')))
}

/** One layer of a drawing. */
export type DrawnLayer = Extract<TopLevelSpec, { layer: unknown }>['layer'][number]

/** Layers on common axes; `above` leaves room for texts over the plot. */
export const layered = ({ width, height }: Size, layer: readonly DrawnLayer[], above = 0): TopLevelSpec => ({
  width,
  height,
  background: 'transparent',
  padding: { left: 4, right: 4, bottom: 4, top: 4 + above },
  autosize: { type: 'fit', contains: 'padding' },
  config: look,
  layer: [...layer],
})

/** How many colours tell lines apart. */
export const mostColors = 8

/** Colour of the i-th line, from the page's style. */
export const lineColor = (i: number): string => `var(--line-${(i % mostColors) + 1})`

/** Colours of axes and grids from the page's style. */
const look: Config = {
  aria: false, // the card says it all in words; a label on each mark would be noise
  font: 'sans-serif',
  view: { stroke: 'transparent' },
  axis: {
    labelColor: 'var(--muted)',
    titleColor: 'var(--muted)',
    gridColor: 'var(--grid)',
    domainColor: 'var(--rule)',
    tickColor: 'var(--rule)',
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    labelPadding: 6,
    titlePadding: 6,
  },
  axisX: { grid: false, labelFlush: true },
  axisY: { domain: false, ticks: false },
}
