/** HTML by template, where every text is escaped unless it is HTML already. */

/** Text that is HTML. Only `html` and `raw` make it, so a plain string can never slip through. */
export class Html {
  constructor(readonly text: string) {}
  toString(): string {
    return this.text
  }
}

/** What a template may hold: texts and numbers are escaped, HTML is not, lists are joined, nothing is nothing. */
export type Part = string | number | Html | undefined | false | readonly Part[]

/** @example html`<td title="${name}">${value}</td>` */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(strings.reduce((text, string, i) => text + render(parts[i - 1]) + string))
}

/** Text that is known to be HTML: style sheets and drawings of our own. */
export const raw = (text: string): Html => new Html(text)

function render(part: Part): string {
  if (part === undefined || part === false) return ''
  if (part instanceof Html) return part.text
  if (typeof part === 'object') return part.map(render).join('')
  return escapeHtml(String(part))
}

/** A text without lone surrogates and control characters: they are no characters of HTML. */
export const cleanText = (text: string): string => text.replace(/\p{Cs}|[^\P{Cc}\t\n]/gu, '\ufffd')

/** A text for HTML, inside elements and quoted attributes alike. */
export const escapeHtml = (text: string): string => cleanText(text).replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`)
