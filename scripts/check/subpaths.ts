/** Subpath exports: package.json offers each room with a door as `hebb/<room>`, and nothing else. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
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
  return problems
}
