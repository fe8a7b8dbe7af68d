/** Lines drawn as SVG by Vega, coloured by the page's own style so that light and dark mode both fit. */
import type { Config, TopLevelSpec } from 'vega-lite'
import type { Line } from './curves.js'
import { type Html, raw } from './html.js'

export interface Chart {
  readonly lines: readonly Line[]
  readonly scale: 'linear' | 'log' | 'percent'
  /** steps at which epochs ended */
  readonly epochs: readonly number[]
  /** size of the plot in CSS pixels, before the page fits it to its column */
  readonly width: number
  readonly height: number
}

/** Draws a chart; `viewBox` is kept and the fixed size dropped, so the page decides how large it is. */
export async function drawChart(chart: Chart): Promise<Html> {
  const [{ compile }, { parse, View }] = await Promise.all([import('vega-lite'), import('vega')]) // 0.3 s to load, and only reports need them
  const view = new View(parse(compile(specOf(chart)).spec), { renderer: 'none' })
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
  const yScale = scale === 'log' ? { type: 'log' as const } : { zero: false, nice: true }
  const axis = { title: null, tickCount: height / 40, format: scale === 'percent' ? '~%' : scale === 'log' ? '~g' : '~' }
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

/** Thin rules where epochs ended, numbered along the top as far as there is room. */
function epochMarks(epochs: readonly number[], last: number, width: number): Layer[] {
  const inside = epochs.map((step, i) => ({ step, name: i === 0 ? 'epoch 1' : String(i + 1) })).filter(({ step }) => step <= last)
  const stride = Math.ceil((inside.length * 40) / width)
  const shown = inside
    .filter((_, i) => (i + 1) % stride === 0 || (i === 0 && stride <= 1))
    .map((mark, i) => (i === 0 && !mark.name.startsWith('e') ? { ...mark, name: `epoch ${mark.name}` } : mark))
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

const look: Config = {
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
