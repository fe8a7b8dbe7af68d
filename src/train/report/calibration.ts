/** Whether the model is right as often as it says: confidence against accuracy. */
import type { TopLevelSpec } from 'vega-lite'
import type { Calibration } from '../metrics/calibration.js'
import { wilsonInterval } from '../metrics/confusion.js'
import { lineColor, look, renderSvg, sizes } from './chart.js'
import { count, percent } from './format.js'
import { type Html, html } from './html.js'

/** A figure of the bins that have examples. */
export async function calibrationFigure({ bins, expectedError }: Calibration): Promise<Html> {
  const used = bins.filter(({ count: n }) => n > 0)
  const total = used.reduce((sum, bin) => sum + bin.count, 0)
  const drawn = await Promise.all(
    sizes.map(async ({ name, width, height }) => html`<div class="${name}">${await renderSvg(specOf(used, total, width, height))}</div>`),
  )
  return html`<figure class="card curve"><figcaption><h3>Calibration</h3>
<p>How often it is right, by how sure it was. On the dashed line it is right as often as it says.</p></figcaption>
<div role="img" aria-label="${describe(used, expectedError)}">${drawn}</div>
<p class="note">Expected calibration error ${percent(expectedError)}. Larger dots hold more examples; bars are 95&nbsp;% intervals.</p></figure>`
}

function describe(used: Calibration['bins'], expectedError: number): string {
  const bins = used.map(
    ({ count: n, confidence, accuracy }) =>
      `${count(n)} examples with mean confidence ${percent(confidence, 1)} are right ${percent(accuracy, 1)} of the time`,
  )
  return `Accuracy against confidence. ${bins.join('; ')}. Expected calibration error ${percent(expectedError)}.`
}

function specOf(used: Calibration['bins'], total: number, width: number, height: number): TopLevelSpec {
  const values = used.map(({ count: n, confidence, accuracy }) => {
    const [low, high] = wilsonInterval(accuracy * n, n)
    return { confidence, accuracy, low, high, size: 30 + 300 * (n / total) }
  })
  const scale = { domain: [0, 1], nice: false }
  const axis = (title: string | null, room: number): object => ({ title, format: '~%', tickCount: room / 60 })
  const x = { field: 'confidence', type: 'quantitative' as const, scale, axis: axis('confidence', width) }
  const y = { type: 'quantitative' as const, scale, axis: axis('right', height) }
  const color = lineColor(0)
  return {
    width,
    height,
    background: 'transparent',
    padding: 4,
    autosize: { type: 'fit', contains: 'padding' },
    config: look,
    layer: [
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
    ],
  }
}
