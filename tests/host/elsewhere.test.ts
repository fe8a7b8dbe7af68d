/** The package where there is no Node: every door loads, with all it imports, and says what is missing once something is computed. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
interface Entry {
  readonly node: string
  readonly default: string
}
const { exports } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { exports: Readonly<Record<string, Entry | string>> }
const entries = Object.values(exports).filter((entry) => typeof entry !== 'string')
const url = (path: string): string => pathToFileURL(`${root}${path}`).href

/** What the lines of a child say. */
const lines = (args: readonly string[]): { url: string; names?: number; problem?: string }[] =>
  execFileSync(process.execPath, args, { encoding: 'utf8', cwd: root })
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

test('every door loads without Node', (context) => {
  if (!existsSync(`${root}dist/index.js`)) context.skip('dist/ is missing: npm run build')
  const said = lines([fileURLToPath(new URL('elsewhere.mjs', import.meta.url)), ...entries.map((entry) => url(entry.default))])
  const computed = said.pop()!
  expect(said.filter(({ problem }) => problem !== undefined)).toEqual([])
  expect(said.map((line) => line.url)).toEqual(entries.map((entry) => url(entry.default)))
  expect(said.every(({ names = 0 }) => names > 0)).toBe(true)
  expect(computed.problem).toMatch(/no runtime is loaded|runtime/)
}, 60_000)

test('in Node every door computes by itself, and offers the same names', (context) => {
  if (!existsSync(`${root}dist/entry/node/index.js`)) context.skip('dist/ is missing: npm run build')
  for (const entry of entries) {
    const code = `
      const [here, there] = [await import(${JSON.stringify(url(entry.node))}), await import(${JSON.stringify(url(entry.default))})]
      const { tensor } = await import(${JSON.stringify(url('dist/tensor/index.js'))})
      const [x] = await tensor([2]).data()
      console.log(JSON.stringify({ url: '', names: Object.keys(here).length, problem: Object.keys(here).join() === Object.keys(there).join() ? String(x) : 'other names' }))`
    expect([entry.node, ...lines(['--input-type=module', '-e', code])]).toEqual([entry.node, expect.objectContaining({ problem: '2' })])
  }
}, 120_000)
