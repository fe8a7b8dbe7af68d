/** Grids of pictures: filters, feature maps, saliency. */
import { greatest } from '../../tensor/extremes.js'
import { count } from '../format.js'
import { type Html, html } from '../html.js'
import { pictureUrl } from '../picture.js'
import { wrongFigure } from './check.js'
import type { CaptionedPicture, PicturesFigure } from './data.js'

/** Most pictures of one figure: each is a file inside the page. */
const mostPictures = 400

/** The figure. @throws HebbError without pictures or with both forms of them, ShapeError when pixels do not make a picture */
export function picturesFigure({ title, note, pictures, rows, columns, size = 96 }: PicturesFigure): Html {
  if ((pictures === undefined) === (rows === undefined)) throw wrongFigure(title, 'give either pictures or rows')
  if (columns !== undefined && !(Number.isInteger(columns) && columns >= 1))
    throw wrongFigure(title, `${columns} columns, it takes 1 or more`)
  if (!(size > 0 && Number.isFinite(size))) throw wrongFigure(title, `a size of ${size} pixels`)
  const groups = rows ?? [{ title: undefined, pictures: pictures! }]
  const total = groups.reduce((sum, group) => sum + group.pictures.length, 0)
  if (total === 0) throw wrongFigure(title, 'there are no pictures')
  let left = mostPictures
  const shown = groups.map((group) => {
    const some = group.pictures.slice(0, left)
    left -= some.length
    return { title: group.title, pictures: some }
  })
  const across = columns ?? (rows ? greatest(rows.map((row) => row.pictures.length)) : undefined)
  const grid = across === undefined ? `--size:${size}px` : `--size:${size}px;--columns:${across}`
  const small = total > mostPictures ? `The first ${mostPictures} of ${count(total)} pictures.` : undefined
  const notes = [note, small].filter((text) => text !== undefined).join(' ')
  return html`<figure class="card pictures" style="${grid}"><figcaption><h3>${title}</h3></figcaption>
${shown.filter((group) => group.pictures.length > 0).map((group) => pictureRow(group, across !== undefined))}
${notes !== '' && html`<p class="note">${notes}</p>`}</figure>`
}

const pictureRow = (row: { title: string | undefined; pictures: readonly CaptionedPicture[] }, fixed: boolean): Html =>
  html`<div class="strip">${row.title !== undefined && html`<h4>${row.title}</h4>`}<ul class="${fixed ? 'fixed' : 'flowing'}">${row.pictures.map(item)}</ul></div>`

function item({ picture, caption, name }: CaptionedPicture, i: number): Html {
  const { width, height } = picture
  return html`<li><img class="${Math.max(width, height) <= 64 ? 'pixels' : ''}" src="${pictureUrl(picture)}" width="${width}" height="${height}" loading="lazy" alt="${name ?? caption ?? `picture ${i + 1}`}">${caption !== undefined && html`<span>${caption}</span>`}</li>`
}
