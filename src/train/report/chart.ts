/** Lines drawn as SVG by Vega, coloured by the page's own style so that light and dark mode both fit. */
import type { Config, TopLevelSpec } from 'vega-lite'
import type { Line } from './curves.js'
import { type Html, raw } from './html.js'

/** Lines over steps. */
export interface Chart {
  readonly lines: readonly Line[]
  readonly scale: 'linear' | 'log' | 'percent'
  /** steps at which epochs ended */
  readonly epochs: readonly number[]
  /** size of the plot in CSS pixels, before the page fits it to its column */
  readonly width: number
  readonly height: number
}

/** Two sizes of each chart, so that its text is as large on a telephone as on a desk; the page's style shows one of them. */
export const sizes = [
  { name: 'wide', width: 520, height: 290 },
  { name: 'narrow', width: 330, height: 250 },
] as const

/** Draws the lines of one chart. */
export const drawChart = (chart: Chart): Promise<Html> => renderSvg(specOf(chart))

/** A Vega-Lite drawing as SVG; `viewBox` is kept and the fixed size dropped, so the page decides how large it is. */
export async function renderSvg(spec: TopLevelSpec): Promise<Html> {
  const [{ compile }, { parse, View }] = await Promise.all([import('vega-lite'), import('vega')]) // 0.3 s to load, and only reports need them
  const view = new View(parse(compile(spec).spec), { renderer: 'none' })
  const svg = await view.toSVG()
  view.finalize()
  return raw(svg.replace(/^<svg([^>]*?) width="[^"]*" height="[^"]*"/, '<svg$1 aria-hidden="true" focusable="false"'))
}

/** Colour of the i-th line, from the page's style. */
export const lineColor = (i: number): string => `var(--line-${(i % 6) + 1})`

type Layer = Extract<TopLevelSpec, { layer: unknown }>['layer'][number]

function specOf({ lines, scale, epochs, width, height }: Chart): TopLevelSpec {
  const steps = lines.flatMap(({ points }) => points.map(({ step }) => step))
  const domain = [Math.min(0, ...steps), Math.max(1, ...steps)]
  const x = {
    field: 'step',
    type: 'quantitative' as const,
    scale: { domain, nice: false },
    axis: { title: 'step', format: ',~d', tickCount: width / 80 },
  }
  const yScale = scale === 'log' ? { type: 'log' as const, nice: false } : { zero: false, nice: true }
  const ticks = scale === 'log' ? { values: logTicks(lines) } : { tickCount: height / 40 }
  const axis = { title: null, ...ticks, format: scale === 'percent' ? '~%' : scale === 'log' ? '~g' : '~' }
  const y = { type: 'quantitative' as const, scale: yScale, axis }
  return {
    width,
    height,
    background: 'transparent',
    padding: 4,
    autosize: { type: 'fit', contains: 'padding' },
    config: look,
    layer: [...epochMarks(epochs, domain[1]!, width), ...lines.flatMap((line, i) => drawLine(line, lineColor(i), x, y))],
  }
}

function drawLine({ points, each }: Line, color: string, x: object, y: object): Layer[] {
  const values = points.map(({ step, mean, low, high }) => (mean === undefined ? { step, mean: null } : { step, mean, low, high }))
  const known = values.filter(({ mean }) => mean !== null)
  const band: Layer = {
    data: { values: known },
    mark: { type: 'area', color, opacity: 0.16 },
    encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' } },
  }
  const line: Layer = { data: { values }, mark: { type: 'line', color, strokeWidth: 2 }, encoding: { x, y: { ...y, field: 'mean' } } }
  // few values are shown as what they are, single measurements
  const dots: Layer = {
    data: { values: known },
    mark: { type: 'point', color, filled: true, size: 34, opacity: 1 },
    encoding: { x, y: { ...y, field: 'mean' } },
  }
  return [...(each > 1 ? [band] : []), line, ...(points.length <= 30 ? [dots] : [])]
}

/** 1, 2 and 5 times the powers of ten the lines pass, or the powers alone where those are many. */
function logTicks(lines: readonly Line[]): number[] {
  const known = lines.flatMap(({ points }) => points.filter(({ mean }) => mean !== undefined))
  const low = Math.log10(Math.min(...known.map((point) => point.low)))
  const high = Math.log10(Math.max(...known.map((point) => point.high)))
  if (!(high >= low)) return []
  const factors = high - low > 3 ? [1] : high - low > 2 ? [1, 3] : [1, 2, 5]
  const powers = Array.from({ length: Math.ceil(high) - Math.floor(low) + 1 }, (_, i) => Math.floor(low) + i)
  const stride = Math.ceil(powers.length / 8)
  return powers.filter((_, i) => i % stride === 0).flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)))
}

/** Thin rules where epochs ended, numbered along the top as far as there is room, the last one always. */
function epochMarks(epochs: readonly number[], last: number, width: number): Layer[] {
  const inside = epochs.filter((step) => step <= last)
  const stride = Math.ceil((inside.length * 60) / width)
  const shown = inside
    .map((step, i) => ({ step, name: i === inside.length - 1 ? `epoch ${i + 1}` : String(i + 1) }))
    .filter((_, i) => (inside.length - 1 - i) % stride === 0)
  if (shown.length === 0) return []
  const x = { field: 'step', type: 'quantitative' as const }
  return [
    { data: { values: shown }, mark: { type: 'rule', color: 'var(--grid)', strokeDash: [3, 3] }, encoding: { x } },
    {
      data: { values: shown },
      mark: { type: 'text', color: 'var(--muted)', fontSize: 11, baseline: 'bottom', align: 'right', dx: 2 },
      encoding: { x, y: { value: -4 }, text: { field: 'name', type: 'nominal' } },
    },
  ]
}

/** Colours of axes and grids from the page's style. */
export const look: Config = {
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
