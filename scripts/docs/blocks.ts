/** Finds the ts blocks of a Markdown page and joins those that continue one another. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

/** Code that runs as one module: a ```ts block and the ```ts continue blocks after it. */
export interface Example {
  /** page, relative to the root */
  readonly page: string
  /** line of the page where the first block's code begins, from 1 */
  readonly line: number
  /** the code, preceded by empty lines so that a line number in it is the line number in the page */
  readonly code: string
}

/** README.md and every page below docs/. */
export function pagesOf(root: string): string[] {
  const below = (folder: string): string[] =>
    existsSync(join(root, folder))
      ? readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
          const path = posix.join(folder, entry.name)
          return entry.isDirectory() ? below(path) : entry.name.endsWith('.md') ? [path] : []
        })
      : []
  return ['README.md', ...below('docs').sort()].filter((page) => existsSync(join(root, page)))
}

/** The examples of one page, in order. Throws when a block is never closed or continues nothing. */
export function examplesOf(root: string, page: string): Example[] {
  const lines = readFileSync(join(root, page), 'utf8').split('\n')
  const found: { line: number; code: string[] }[] = []
  for (let i = 0; i < lines.length; i++) {
    const fence = /^(\s*)(`{3,})\s*([\w-]*)\s*(.*)$/.exec(lines[i]!)
    if (!fence) continue
    const [, , ticks, language, mark] = fence
    const begin = i + 1
    while (++i < lines.length && !(lines[i]!.trim().startsWith(ticks!) && /^`+$/.test(lines[i]!.trim()))) {}
    if (i === lines.length) throw new Error(`${page}:${begin}: this block is never closed`)
    if (language !== 'ts' && language !== 'typescript') continue
    if (mark === 'continue') {
      const last = found.at(-1)
      if (!last) throw new Error(`${page}:${begin}: this block continues nothing: no ts block stands before it`)
      append(last.code, lines, begin, i)
    } else if (mark) throw new Error(`${page}:${begin}: unknown mark ${JSON.stringify(mark)}: a block is ts, or ts continue`)
    else {
      const code: string[] = []
      append(code, lines, begin, i)
      found.push({ line: begin + 1, code })
    }
  }
  return found.map(({ line, code }) => ({ page, line, code: `${code.join('\n')}\n` }))
}

/** Puts lines `begin` to `end` of the page at the same line numbers of the code. */
function append(code: string[], lines: readonly string[], begin: number, end: number): void {
  while (code.length < begin) code.push('')
  code.push(...lines.slice(begin, end))
}
