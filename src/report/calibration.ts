/** Whether the model is right as often as it says: confidence against accuracy. */
import type { TopLevelSpec } from 'vega-lite'
import type { Calibration } from '../metrics/calibration.js'
import { wilsonInterval } from '../metrics/confusion.js'
import { chartCard, drawBoth, layered, lineColor, type Size } from './figures/frame.js'
import { count, percent } from './format.js'
import type { Html } from './html.js'

/** A figure of the bins that have examples. */
export async function calibrationFigure({ bins, expectedError }: Calibration): Promise<Html> {
  const used = bins.filter(({ count: n }) => n > 0)
  const total = used.reduce((sum, bin) => sum + bin.count, 0)
  return chartCard({
    title: 'Calibration',
    lead: 'How often it is right, by how sure it was. On the dashed line it is right as often as it says.',
    label: describe(used, expectedError),
    drawing: await drawBoth((size) => specOf(used, total, size)),
    note: `Expected calibration error ${percent(expectedError)}. Larger dots hold more examples; bars are 95\u00a0% intervals.`,
  })
}

function describe(used: Calibration['bins'], expectedError: number): string {
  const bins = used.map(
    ({ count: n, confidence, accuracy }) =>
      `${count(n)} examples with mean confidence ${percent(confidence, 1)} are right ${percent(accuracy, 1)} of the time`,
  )
  return `Accuracy against confidence. ${bins.join('; ')}. Expected calibration error ${percent(expectedError)}.`
}

function specOf(used: Calibration['bins'], total: number, size: Size): TopLevelSpec {
  const values = used.map(({ count: n, confidence, accuracy }) => {
    const [low, high] = wilsonInterval(accuracy * n, n)
    return { confidence, accuracy, low, high, size: 30 + 300 * (n / total) }
  })
  const scale = { domain: [0, 1], nice: false }
  const axis = (title: string | null, room: number): object => ({ title, format: '~%', tickCount: room / 60 })
  const x = { field: 'confidence', type: 'quantitative' as const, scale, axis: axis('confidence', size.width) }
  const y = { type: 'quantitative' as const, scale, axis: axis('right', size.height) }
  const color = lineColor(0)
  return layered(size, [
    {
      data: { values: [0, 1].map((at) => ({ at })) },
      mark: { type: 'line', color: 'var(--muted)', strokeDash: [4, 4], strokeWidth: 1 },
      encoding: { x: { ...x, field: 'at' }, y: { ...y, field: 'at' } },
    },
    { data: { values }, mark: { type: 'rule', color, opacity: 0.5 }, encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' } } },
    {
      data: { values },
      mark: { type: 'point', color, filled: true, opacity: 1 },
      encoding: { x, y: { ...y, field: 'accuracy' }, size: { field: 'size', type: 'quantitative', scale: null } },
    },
  ])
}
