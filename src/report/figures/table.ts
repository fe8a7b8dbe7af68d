/** Tables of texts and numbers, and samples of text. */
import { count, numbers } from '../format.js'
import { type Html, html } from '../html.js'
import { wrongFigure } from './check.js'
import type { TableFigure, TextFigure } from './data.js'

/** Most rows and characters of one figure. */
const mostRows = 300
const mostCharacters = 20_000
/** Most columns of a table that shares the width of the page with another figure. */
const mostNarrow = 5

/** Text that is a number: `7.87 %`, `2.3e-4`. */
const readsAsNumber = (text: string): boolean => /^[-−+]?\d[\d.,]*(e[-+]?\d+)?(\s?%)?$/.test(text)

/** The figure; columns of numbers stand right. @throws HebbError when rows and columns do not fit each other */
export function tableFigure({ title, note, columns, rows }: TableFigure): Html {
  if (columns.length === 0) throw wrongFigure(title, 'the table has no columns')
  const odd = rows.findIndex((row) => row.length !== columns.length)
  if (odd >= 0) throw wrongFigure(title, `row ${odd} has ${rows[odd]!.length} cells for ${columns.length} columns`)
  const numeric = columns.map((_, c) => {
    const known = rows.map((row) => row[c]!).filter((cell) => cell !== '')
    return known.length > 0 && (known.some((cell) => typeof cell === 'number') || known.every((cell) => readsAsNumber(String(cell))))
  })
  const side = (c: number): string => (numeric[c] ? 'number' : 'text')
  const cut = rows.length > mostRows ? `The first ${mostRows} of ${count(rows.length)} rows.` : undefined
  const notes = [note, cut].filter((text) => text !== undefined).join(' ')
  const shown = rows.slice(0, mostRows)
  const written = columns.map((_, c) => column(shown.map((row) => row[c]!)))
  return html`<figure class="card facts${columns.length > mostNarrow ? ' broad' : ''}"><figcaption><h3>${title}</h3></figcaption>
<div class="scroll" tabindex="0" role="region" aria-label="${title}"><table>
<thead><tr>${columns.map((name, c) => html`<th scope="col" class="${side(c)}">${name}</th>`)}</tr></thead>
<tbody>${shown.map(
    (_, r) =>
      html`<tr><th scope="row" class="${side(0)}">${written[0]![r]!}</th>${written.slice(1).map((cells, c) => html`<td class="${side(c + 1)}">${cells[r]!}</td>`)}</tr>`,
  )}</tbody></table></div>
${notes !== '' && html`<p class="note">${notes}</p>`}</figure>`
}

/** The cells of a column as they are written. */
function column(cells: readonly (string | number)[]): string[] {
  const written = numbers(cells.filter((cell) => typeof cell === 'number'))
  let next = 0
  return cells.map((cell) => (typeof cell === 'number' ? written[next++]! : cell.replaceAll(' %', '\u00a0%')))
}

/** The figure: the text as it is, its lines wrapped where the screen ends. */
export function textFigure({ title, note, text }: TextFigure): Html {
  const cut = text.length > mostCharacters ? `The first ${count(mostCharacters)} of ${count(text.length)} characters.` : undefined
  const blank =
    text.trim() === '' ? `Nothing but white space: ${count(text.length)} ${text.length === 1 ? 'character' : 'characters'}.` : undefined
  const notes = [note, cut, blank].filter((part) => part !== undefined).join(' ')
  return html`<figure class="card sample"><figcaption><h3>${title}</h3></figcaption>
<pre tabindex="0" role="region" aria-label="${title}">${blank === undefined ? text.slice(0, mostCharacters) : '…'}</pre>
${notes !== '' && html`<p class="note">${notes}</p>`}</figure>`
}
