/** Curves over steps as layers of a drawing. */

import type { TopLevelSpec } from 'vega-lite'
import { greatest, least } from '../../tensor/extremes.js'
import { type AxisScale, axisOf, domainOf } from '../figures/axes.js'
import { type Layer, layered, lineColor, type Size } from '../figures/frame.js'
import type { Line } from './curves.js'

/** Lines over steps. */
export interface Chart {
  readonly lines: readonly Line[]
  readonly scale: AxisScale
  /** steps at which epochs ended */
  readonly epochs: readonly number[]
}

/** The drawing of one chart. */
export function curveSpec({ lines, scale, epochs }: Chart, size: Size): TopLevelSpec {
  const { width, height } = size
  const points = lines.flatMap((line) => line.points)
  const steps = points.map(({ step }) => step)
  const domain = [least(steps, 0), greatest(steps, 1)]
  const x = {
    field: 'step',
    type: 'quantitative' as const,
    scale: { domain, nice: false },
    axis: { title: 'step', format: ',~d', tickCount: width / 80 },
  }
  const known = points.filter(({ mean }) => mean !== undefined)
  const yDomain = domainOf(
    known.flatMap(({ low, high }) => [low, high]),
    scale,
  )
  const y = axisOf(null, yDomain, scale, height / 40, true)
  return layered(size, [...epochMarks(epochs, domain[1]!, width), ...lines.flatMap((line, i) => drawLine(line, lineColor(i), x, y))])
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
