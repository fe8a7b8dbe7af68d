/** Papers: whatever the source cites as [Author Year] has its entry in docs/papers.md. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Problem, Tree } from './source.js'

const PAGE = 'docs/papers.md'
const NAMED = /\p{Lu}[\p{L}-]* \d{4}[a-z]?/u
/** one paper or several, `[Erhan 2009, Simonyan 2014]` */
const CITED = new RegExp(`\\[(${NAMED.source}(?:, ${NAMED.source})*)\\]`, 'gu')

export function checkPapers(tree: Tree): Problem[] {
  const path = join(tree.root, PAGE)
  const page = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const listed = new Map<string, number>()
  page.split('\n').forEach((text, i) => {
    const entry = /^- \*\*\[(.+?)\]\*\*/.exec(text)?.[1]
    if (entry) listed.set(entry, i + 1)
  })
  const cited = new Set<string>()
  const problems: Problem[] = []
  for (const file of tree.files)
    file.text.split('\n').forEach((text, i) => {
      for (const key of [...text.matchAll(CITED)].flatMap(([, keys]) => keys!.split(', '))) {
        if (!listed.has(key) && !cited.has(key))
          problems.push({ file: file.path, line: i + 1, message: `[${key}] has no entry in ${PAGE}` })
        cited.add(key)
      }
    })
  for (const [key, line] of listed)
    if (!cited.has(key)) problems.push({ file: PAGE, line, message: `[${key}] is cited nowhere in src`, warning: true })
  return problems
}
