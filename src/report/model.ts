/** What was trained, and how: the table of layers, and the config as JSON. */
import { greatest } from '../tensor/extremes.js'
import type { Json, ModelRow } from './data.js'
import { count } from './format.js'
import { type Html, html } from './html.js'

/** Layers with the sizes of their results and their share of the parameters. */
export function layersSection(layers: readonly ModelRow[]): Html | undefined {
  if (layers.length === 0) return undefined
  const total = layers.reduce((sum, { parameters }) => sum + parameters, 0)
  const most = greatest(
    layers.map(({ parameters }) => parameters),
    1,
  )
  return html`<section aria-labelledby="model"><h2 id="model">Model</h2>
<p>${count(total)} trainable parameters in ${count(layers.length)} ${layers.length === 1 ? 'layer' : 'layers'}.</p>
<div class="card scroll" tabindex="0" role="region" aria-label="Layers"><table class="numbers layers">
<thead><tr><th scope="col">Layer</th><th scope="col">Kind</th><th scope="col">Shape</th><th scope="col">Parameters</th></tr></thead>
<tbody>${layers.map(
    ({ path, kind, shape, parameters }) =>
      html`<tr><th scope="row"><code>${path}</code></th><td class="text">${kind}</td><td class="text shape">${shape ? `(${shape.join(', ')})` : '–'}</td><td class="bar" style="--share:${(parameters / most).toFixed(4)}">${parameters === 0 ? '–' : count(parameters)}</td></tr>`,
  )}</tbody>
<tfoot><tr><th scope="row">All</th><td></td><td></td><td>${count(total)}</td></tr></tfoot></table></div></section>`
}

/** The config, to be read or copied. Numbers JSON has no way to write are named. */
export function configSection(config: Json): Html {
  const text = JSON.stringify(
    config,
    (_, value: unknown) => (typeof value === 'number' && !Number.isFinite(value) ? String(value) : value),
    2,
  )
  return html`<section aria-labelledby="config"><h2 id="config">Config</h2>
<pre class="card scroll" tabindex="0" role="region" aria-label="Config as JSON"><code>${text}</code></pre></section>`
}
