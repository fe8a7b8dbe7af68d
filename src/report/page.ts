/** The report as one page that needs nothing else: no network, no scripts. */
import { classificationSection } from './confusion.js'
import { curveFigure, curveTable } from './curves/curves.js'
import type { Curve, ReportData, Tile } from './data.js'
import { linesFigure } from './figures/lines/figure.js'
import { sectionsHtml } from './figures/section.js'
import { tileValue } from './format.js'
import { type Html, html, raw } from './html.js'
import { mistakesSection } from './mistakes.js'
import { configSection, layersSection } from './model.js'
import { style } from './style.js'

/**
 * The HTML of a report. The same data gives the same text.
 *
 * @throws HebbError when a part of the data contradicts itself
 * @example const text = await reportPage({ title: 'MNIST', tiles: [{ label: 'Test accuracy', value: 0.991, format: 'percent' }] })
 */
export async function reportPage(data: ReportData): Promise<string> {
  const curves = data.curves?.filter(({ series }) => series.some(({ points }) => points.length > 0)) ?? []
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="color-scheme" content="light dark">
<title>${data.title}</title>
<style>${raw(style)}</style>
</head>
<body>
<header><h1>${data.title}</h1>
${data.description !== undefined && html`<p class="lead">${data.description}</p>`}
${data.created !== undefined && html`<p class="created">${data.created}</p>`}</header>
<main>
${summary(data.tiles ?? [], data.command)}
${curves.length > 0 && (await curvesSection(curves, data.epochs ?? []))}
${await sectionsHtml(data.sections ?? [])}
${data.classification && (await classificationSection(data.classification))}
${mistakesSection(data.mistakes ?? [])}
${layersSection(data.layers ?? [])}
${data.config !== undefined && configSection(data.config)}
</main>
</body>
</html>
`
  return page.text
}

function summary(tiles: readonly Tile[], command: string | undefined): Html | undefined {
  if (tiles.length === 0 && command === undefined) return undefined
  return html`<section aria-label="Summary">
${tiles.length > 0 && html`<dl class="tiles">${tiles.map((tile) => html`<div class="card"><dt>${tile.label}</dt><dd>${tileValue(tile)}</dd>${tile.note !== undefined && html`<dd class="note">${tile.note}</dd>`}</div>`)}</dl>`}
${command !== undefined && html`<p class="command"><span>Run it again</span><code tabindex="0">${command}</code></p>`}
</section>`
}

async function curvesSection(curves: readonly Curve[], epochs: readonly number[]): Promise<Html> {
  const figures = await Promise.all(curves.map((curve) => linesFigure(curveFigure(curve, epochs))))
  const table = curveTable(curves, epochs)
  return html`<section aria-labelledby="curves"><h2 id="curves">Curves</h2>
<div class="pair">${figures}</div>
${table && html`<details class="card"><summary>The same in numbers</summary><p>Means over the steps of each row.</p><div class="scroll" tabindex="0" role="region" aria-label="Curves in numbers">${table}</div></details>`}
</section>`
}
