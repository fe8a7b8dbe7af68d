/** Which classes are taken for which: the confusion matrix as a heat map, the scores of each class, the commonest errors. */

import { accuracy, averageScores, type ClassScores, type Confusion, classScores, wilsonInterval } from '../metrics/confusion.js'
import { HebbError } from '../tensor/errors.js'
import { greatest } from '../tensor/extremes.js'
import { calibrationFigure } from './calibration.js'
import type { Classification } from './data.js'
import { count, percent } from './format.js'
import { type Html, html } from './html.js'
import { pictureUrl } from './picture.js'

/** Above this many classes numbers no longer fit, and the matrix is a picture. */
const mostInTable = 20
/** Most rows of the tables below it. */
const mostErrors = 12

/** The whole section; without examples there is none. @throws HebbError when counts and classes do not fit each other */
export async function classificationSection({ classes, counts, of = 'test set', calibration }: Classification): Promise<Html | undefined> {
  if (counts.length !== classes.length || counts.some((row) => row.length !== classes.length))
    throw new HebbError(`report: ${counts.length} rows of counts are no matrix of ${classes.length} classes`)
  const total = sum(counts.flat())
  if (total === 0) return undefined
  const confusion: Confusion = { classes: classes.length, counts, total }
  const hits = Math.round(accuracy(confusion) * total)
  const [low, high] = wilsonInterval(hits, total)
  return html`<section aria-labelledby="classes"><h2 id="classes">Classes</h2>
<p>${count(hits)} of ${count(total)} right on the ${of}: ${percent(hits / total)}, 95&nbsp;% interval ${percent(low)} to ${percent(high)}.</p>
<div class="pair">
<figure class="card"><figcaption><h3>Confusion matrix</h3><p>Rows are the true class, columns what the model said; errors are shaded on their own scale.</p></figcaption>
${classes.length <= mostInTable ? matrixTable(classes, counts) : matrixPicture(classes, counts)}</figure>
<div class="card"><h3>Each class</h3>${scoresTable(classes, classScores(confusion))}</div>
${errorsTable(classes, counts)}
${calibration && (await calibrationFigure(calibration))}
</div>
</section>`
}

const sum = (row: readonly number[]): number => row.reduce((a, b) => a + b, 0)

/** Shade 0 … 1 of each cell by its share of the true class; errors on a scale of their own, up to the commonest, or none would show. */
function shades(counts: Classification['counts']): number[][] {
  const shares = counts.map((row) => row.map((n) => n / Math.max(1, sum(row))))
  const most = greatest(shares.flatMap((row, t) => row.filter((_, p) => p !== t)))
  return shares.map((row, t) =>
    row.map((share, p) => (share === 0 ? 0 : p === t ? 0.1 + 0.9 * share : 0.1 + 0.6 * Math.sqrt(share / most))),
  )
}

function matrixTable(classes: readonly string[], counts: Classification['counts']): Html {
  const shade = shades(counts)
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Confusion matrix"><table class="matrix">
<caption class="hidden">Counts of examples by true class (rows) and predicted class (columns)</caption>
<thead><tr><td></td>${classes.map((name) => html`<th scope="col" title="${name}"><span>${name}</span></th>`)}</tr></thead>
<tbody>${classes.map((name, t) => {
    const row = counts[t]!
    return html`<tr><th scope="row" title="${name}"><span>${name}</span></th>${row.map((n, p) => {
      const strength = shade[t]![p]!
      const kind = t === p ? 'right' : 'wrong'
      return html`<td class="${n === 0 ? 'none' : `${kind}${strength > 0.8 ? ' strong' : ''}`}" style="--shade:${strength.toFixed(3)}" title="${name} taken for ${classes[p]!}: ${count(n)}">${n === 0 ? '·' : n}</td>`
    })}</tr>`
  })}</tbody></table></div>`
}

function matrixPicture(classes: readonly string[], counts: Classification['counts']): Html {
  const size = classes.length
  const shade = shades(counts)
  const pixels = new Uint8Array(size * size * 4)
  counts.forEach((row, t) => {
    row.forEach((_, p) => {
      const [red, green, blue] = t === p ? [37, 99, 235] : [220, 80, 20]
      pixels.set([red, green, blue, Math.round(255 * shade[t]![p]!)], (t * size + p) * 4)
    })
  })
  const url = pictureUrl({ width: size, height: size, channels: 4, pixels, layout: 'hwc' })
  const alt = `Confusion matrix of ${size} classes as a picture: the diagonal is what was told right. The tables give the numbers.`
  return html`<img class="pixels" src="${url}" alt="${alt}">`
}

function scoresTable(classes: readonly string[], scores: readonly ClassScores[]): Html {
  const worst = scores.map((score, c) => ({ score, name: classes[c]! }))
  const cut = classes.length > mostInTable
  if (cut) worst.sort((a, b) => a.score.f1 - b.score.f1)
  const mean = averageScores(scores, 'macro')
  const digits = scores.some(({ support }) => support >= 10_000) ? 2 : 1
  const row = (name: string, { precision, recall, f1 }: Omit<ClassScores, 'support'>, support: number): Html =>
    html`<tr><th scope="row">${name}</th><td>${percent(precision, digits)}</td><td>${percent(recall, digits)}</td><td>${percent(f1, digits)}</td><td>${count(support)}</td></tr>`
  return html`${cut && html`<p>The ${mostInTable} classes with the lowest F1 of ${count(classes.length)}.</p>`}
<div class="scroll" tabindex="0" role="region" aria-label="Scores of each class"><table class="numbers">
<thead><tr><th scope="col">Class</th><th scope="col">Precision</th><th scope="col">Recall</th><th scope="col">F1</th><th scope="col">Examples</th></tr></thead>
<tbody>${worst.slice(0, mostInTable).map(({ name, score }) => row(name, score, score.support))}</tbody>
<tfoot>${row(
    'Mean',
    mean,
    scores.reduce((n, { support }) => n + support, 0),
  )}</tfoot></table></div>`
}

function errorsTable(classes: readonly string[], counts: Classification['counts']): Html | undefined {
  const errors = counts.flatMap((row, t) => row.map((n, p) => ({ n, t, p, of: sum(row) }))).filter(({ n, t, p }) => n > 0 && t !== p)
  if (errors.length === 0) return undefined
  errors.sort((a, b) => b.n - a.n || a.t - b.t || a.p - b.p)
  const shown = errors.slice(0, mostErrors)
  const most = shown[0]!.n
  return html`<div class="card"><h3>Commonest errors</h3><div class="scroll" tabindex="0" role="region" aria-label="Commonest errors"><table class="numbers errors">
<thead><tr><th scope="col">True class</th><th scope="col">taken for</th><th scope="col">Times</th><th scope="col">of its examples</th></tr></thead>
<tbody>${shown.map(
    ({ n, t, p, of }) =>
      html`<tr><th scope="row">${classes[t]!}</th><td class="text">${classes[p]!}</td><td class="bar wrong" style="--share:${(n / most).toFixed(4)}">${count(n)}</td><td>${percent(n / of)}</td></tr>`,
  )}</tbody></table></div></div>`
}
