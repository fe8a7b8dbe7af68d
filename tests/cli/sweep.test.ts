/** `hebb sweep` as a process of its own: trials, table, report, going on, and what it says to words that do not fit. */
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { halvingOf, spaceOf } from '../../src/cli/sweep/settings.js'
import { recipes } from '../../src/recipes/index.js'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'hebb-sweep-cli-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

const hebb = async (...words: string[]): Promise<Ended> =>
  promisify(execFile)(process.execPath, [main, ...words], { cwd: folder, maxBuffer: 1 << 24 }).then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({ code: error.code, out: error.stdout, err: error.stderr }),
  )

const words = ['sweep', 'approximation', '--quick', '--set', 'steps=2,40', '--metric', 'worstError', '--name', 's', '--json']

test('tries every value, ranks them, and goes on where it was', { timeout: 300_000 }, async () => {
  const first = await hebb(...words, '--workers', '2')
  expect({ code: first.code, err: first.code ? first.err : '' }).toEqual({ code: 0, err: '' })
  const line = JSON.parse(first.out.trim().split('\n').at(-1)!) as Record<string, unknown>
  // an error: the least is best, and more steps give less of it
  expect(line).toMatchObject({
    recipe: 'approximation',
    goal: 'least',
    settings: { steps: 40 },
    trials: 2,
    failed: 0,
    run: join('runs', 's'),
  })
  const report = readFileSync(join(folder, 'runs/s/report.html'), 'utf8')
  expect(report).toContain('worstError by steps')
  expect(report).not.toMatch(/NaN|undefined|\[object/)
  expect(existsSync(join(folder, 'runs/s/steps=40/report.html'))).toBe(true)

  const again = await hebb(...words)
  expect(again.code).toBe(0)
  expect(again.err.match(/done before/g)).toHaveLength(2)
  expect(JSON.parse(again.out.trim().split('\n').at(-1)!)).toEqual(line)

  const other = await hebb(...words.map((word) => (word === 'steps=2,40' ? 'steps=3,40' : word)))
  expect(other).toMatchObject({ code: 2, err: expect.stringContaining('belongs to another sweep') })
})

test.each([
  [['sweep', 'nope', '--set', 'steps=1'], "there is no recipe 'nope'"],
  [['sweep', 'approximation'], 'which settings?'],
  [['sweep', 'approximation', '--set', 'steps=1..9'], 'steps is a range'],
  [['sweep', 'approximation', '--set', 'steps=1', '--workers', '0'], "--workers: '0'"],
])('%j ends with code 2 and says why', { timeout: 60_000 }, async (given, why) => {
  const { code, err } = await hebb(...given)
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(why) })
})

const recipe = recipes.find(({ name }) => name === 'approximation')!

test.each([
  [['wings=1'], 'has no option wings: it has steps, seeds, seed'],
  [['steps'], 'give an option and its values'],
  [['steps='], 'give an option and its values'],
  [['steps=1.5'], 'no whole number'],
  [['steps=1,2', 'steps=3'], 'set twice'],
])('--set %j is refused', (given, why) => {
  expect(() => spaceOf(recipe, given)).toThrow(why)
})

test('lists and ranges of settings, whole where the option is', () => {
  expect(spaceOf(recipe, ['steps=1,20', 'seeds=2..5'])).toEqual({ steps: [1, 20], seeds: { from: 2, to: 5, whole: true } })
  expect(spaceOf(recipe, ['steps=10..1000'])).toEqual({ steps: { from: 10, to: 1000, scale: 'log', whole: true } })
  expect(halvingOf(recipe, 'steps=3..9')).toEqual({ option: 'steps', least: 3, most: 9 })
  expect(() => halvingOf(recipe, 'steps=3')).toThrow('give the least and the most')
})
