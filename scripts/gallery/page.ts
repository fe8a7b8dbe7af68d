/** The gallery as Markdown: one row per recipe, as measured. */

/** What a recipe gave with its default settings. */
export interface Row {
  readonly headline: string
  readonly baseline: string
  readonly seed: number
  readonly seconds: number
  readonly peakMemoryMb: number
  readonly command: string
}
export type Rows = Readonly<Record<string, Row>>

const begin = '<!-- number: made by npm run gallery -->'
const end = '<!-- /number -->'

/** The page: recipes in their order, those never run without numbers. */
export function galleryPage(recipes: readonly { readonly name: string; readonly summary: string }[], rows: Rows): string {
  const lines = recipes.map(({ name, summary }) => {
    const row = rows[name]
    const numbers = row
      ? [row.headline, row.baseline, String(row.seed), String(row.seconds), String(row.peakMemoryMb), `\`${row.command}\``]
      : ['not run yet', '', '', '', '', `\`npx hebb train ${name}\``]
    return `| [${name}](recipes/${name}.md) | ${[summary, ...numbers].map(cell).join(' | ')} |`
  })
  return `# Gallery

What every recipe gives with its default settings, written by \`npm run gallery\`, which runs them all; \`npm run gallery -- mnist\` runs
some. Two cores; seconds are from the start of the recipe to its end, memory is the most the process held. The
commands run in the checkout, once built (\`npm run build\`), or wherever the package is installed.

| recipe | what | number | to be held against | seed | seconds | MB | command |
|---|---|---|---|---|---|---|---|
${lines.join('\n')}
`
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

/** A recipe's page with its number put between the marks, where it has them. */
export function withNumber(page: string, row: Row): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from < 0 || to < from) return page
  const text = `**${row.headline}**; to be held against ${row.baseline}. Seed ${row.seed}, ${row.seconds} s, ${row.peakMemoryMb} MB: \`${row.command}\`.`
  return `${page.slice(0, from)}${begin}\n${text}\n${page.slice(to)}`
}
