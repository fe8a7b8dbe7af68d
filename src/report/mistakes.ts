/** The worst mistakes, each as the model saw it. */
import type { Mistake } from './data.js'
import { count, percent } from './format.js'
import { type Html, html } from './html.js'
import { pictureUrl } from './picture.js'

/** The section; without mistakes there is none. */
export function mistakesSection(mistakes: readonly Mistake[]): Html | undefined {
  if (mistakes.length === 0) return undefined
  const pictures = mistakes.every(({ picture }) => picture !== undefined)
  return html`<section aria-labelledby="mistakes"><h2 id="mistakes">Worst mistakes</h2>
<p>The ${mistakes.length === 1 ? 'example' : `${count(mistakes.length)} examples`} where the model was surest of a wrong answer.</p>
<ol class="mistakes${pictures ? '' : ' texts'}">${mistakes.map(mistakeItem)}</ol></section>`
}

function mistakeItem({ index, truth, predicted, probability, truthProbability, picture, text }: Mistake): Html {
  const alt = `Example ${index}: ${truth}, taken for ${predicted}`
  return html`<li class="card">
${picture && html`<img class="${picture.width <= 64 ? 'pixels' : ''}" src="${pictureUrl(picture)}" width="${picture.width}" height="${picture.height}" loading="lazy" alt="${alt}">`}
${text !== undefined && html`<blockquote>${text}</blockquote>`}
<dl><div><dt>said</dt><dd class="wrong">${predicted}</dd><dd>${percent(probability, 1)}</dd></div>
<div><dt>true</dt><dd class="right">${truth}</dd><dd>${truthProbability !== undefined && percent(truthProbability, 1)}</dd></div></dl>
<p class="index">#${index}</p></li>`
}
