/** Sections of figures: heading, words, cards. */
import { HebbError } from '../../tensor/errors.js'
import { type Html, html } from '../html.js'
import { barsFigure } from './bars.js'
import type { Figure, Section } from './data.js'
import { linesFigure } from './lines/figure.js'
import { heatmapFigure } from './matrix/heatmap.js'
import { surfaceFigure } from './matrix/surface.js'
import { picturesFigure } from './pictures.js'
import { tableFigure, textFigure } from './table.js'

/** All sections in order. @throws HebbError when a figure contradicts itself or is of no known kind */
export const sectionsHtml = async (sections: readonly Section[]): Promise<Html> =>
  html`${await Promise.all(sections.map((section, i) => sectionHtml(section, `section-${i + 1}`)))}`

async function sectionHtml({ title, text = '', figures }: Section, id: string): Promise<Html> {
  const paragraphs = text.split(/\n[^\S\n]*\n/).map((paragraph) => paragraph.trim())
  return html`<section class="figures" aria-labelledby="${id}"><h2 id="${id}">${title}</h2>
${paragraphs.filter((paragraph) => paragraph !== '').map((paragraph) => html`<p>${paragraph}</p>`)}
${figures.length > 0 && html`<div class="grid">${await Promise.all(figures.map(figureHtml))}</div>`}
</section>`
}

async function figureHtml(figure: Figure): Promise<Html> {
  const { kind, title } = figure
  switch (kind) {
    case 'lines':
      return linesFigure(figure)
    case 'heatmap':
      return heatmapFigure(figure)
    case 'surface':
      return surfaceFigure(figure)
    case 'pictures':
      return picturesFigure(figure)
    case 'bars':
      return barsFigure(figure)
    case 'table':
      return tableFigure(figure)
    case 'text':
      return textFigure(figure)
    default:
      kind satisfies never
      throw new HebbError(
        `report: figure '${title}' is of no known kind: '${kind}'; there are lines, heatmap, surface, pictures, bars, table and text`,
      )
  }
}
