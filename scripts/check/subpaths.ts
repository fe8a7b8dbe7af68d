/** Subpath exports: package.json offers each room with a door as `hebb/<room>`, and nothing else. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { captionOf } from './captions.js'
import type { Problem, Tree } from './source.js'

/** What package.json says of one entry. */
export interface Entry {
  readonly types: string
  /** the same names with Node as what they run on */
  readonly node: string
  readonly default: string
}

/** The `exports` of package.json that the rooms on disk call for. */
export function subpathsOf(tree: Tree): Record<string, Entry | string> {
  const rooms = tree.house.rooms.filter((room) => room.door && tree.byPath.has(`src/${room.name}/index.ts`))
  const entry = (folder: string): Entry => ({
    types: `./dist/${folder}index.d.ts`,
    node: `./dist/entry/node/${folder}index.js`,
    default: `./dist/${folder}index.js`,
  })
  return {
    '.': entry(''),
    ...Object.fromEntries(rooms.map(({ name }) => [`./${name}`, entry(`${name}/`)])),
    './package.json': './package.json',
  }
}

/** The page that tells users of the subpaths. */
export const NAMES_PAGE = 'docs/names.md'
const BEGIN = "<!-- names: made by scripts/subpaths.ts from the first sentence of each room's index.ts -->"
const END = '<!-- /names -->'

/** The page with its table brought up to date; undefined without markers. */
export function withNames(page: string, tree: Tree): string | undefined {
  const [start, end] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (start < 0 || end < start) return undefined
  const rows = Object.keys(subpathsOf(tree)).flatMap((key) => {
    const door = tree.byPath.get(`src/${key.slice(2)}/index.ts`)
    return door ? [`| \`hebb${key.slice(1)}\` | ${captionOf(door.text)} |`] : []
  })
  return `${page.slice(0, start)}${BEGIN}\n| import | what |\n|---|---|\n${rows.join('\n')}\n${page.slice(end)}`
}

function checkNames(tree: Tree): Problem[] {
  const path = join(tree.root, NAMES_PAGE)
  const page = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const wanted = withNames(page, tree)
  if (wanted === page) return []
  const message =
    wanted === undefined
      ? `no place for the table of subpaths: add ${BEGIN} and ${END}`
      : 'its table is not the rooms on disk: npx tsx scripts/subpaths.ts'
  return [{ file: NAMES_PAGE, line: 1, message }]
}

export function checkSubpaths(tree: Tree): Problem[] {
  const text = readFileSync(join(tree.root, 'package.json'), 'utf8')
  const said: Record<string, unknown> = (JSON.parse(text) as { exports?: Record<string, unknown> | undefined }).exports ?? {}
  const wanted = subpathsOf(tree)
  const lineOf = (key: string): number => Math.max(1, text.split('\n').findIndex((line) => line.includes(`"${key}":`)) + 1)
  const problems: Problem[] = []
  for (const [key, entry] of Object.entries(wanted))
    if (JSON.stringify(said[key]) !== JSON.stringify(entry))
      problems.push({
        file: 'package.json',
        line: lineOf(key === '.' ? 'exports' : key),
        message: `exports["${key}"] should be ${JSON.stringify(entry)}: npx tsx scripts/subpaths.ts`,
      })
  for (const key of Object.keys(said))
    if (!(key in wanted))
      problems.push({
        file: 'package.json',
        line: lineOf(key),
        message: `exports["${key}"] has no room with an index.ts: npx tsx scripts/subpaths.ts`,
      })
  return [...problems, ...checkNames(tree)]
}
