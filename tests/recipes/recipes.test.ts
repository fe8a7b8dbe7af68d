/** Every recipe in its short version, as a process of its own: what it prints, what it leaves, that the same seed gives the same numbers. */
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { recipes } from '../../src/recipes/index.js'
import { sharedFolder } from '../goldens.js'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'hebb-recipes-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

// small corpora that lie beside the checkout need not be fetched
const env = { ...process.env, HEBB_SOURCES: join(sharedFolder(), 'data') }

interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

const hebb = async (...words: string[]): Promise<Ended> =>
  promisify(execFile)(process.execPath, [main, ...words], { cwd: folder, maxBuffer: 1 << 24, env }).then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({ code: error.code, out: error.stdout, err: error.stderr }),
  )

describe.each(recipes)('$name', ({ name, options }) => {
  test('its short version ends with numbers and a report', { timeout: 300_000 }, async ({ skip }) => {
    const { code, out, err } = await hebb('train', name, '--quick', '--json', '--name', name)
    if (code === 2 && err.includes('no source gave')) skip(`no data: ${err.trim().split('\n').at(-1)}`)
    expect({ code, err: code ? err : '' }).toEqual({ code: 0, err: '' })
    expect(out + err).not.toMatch(/ {2}0 \S+\/s/) // a rate that is not known is left out
    const line = JSON.parse(out.trim().split('\n').at(-1)!) as Record<string, unknown>
    expect(line).toMatchObject({ recipe: name, run: join('runs', name), headline: expect.any(String), baseline: expect.any(String) })
    expect(line.seconds).toBeGreaterThan(0)
    expect(line.peakMemoryMb).toBeGreaterThan(20)
    expect(out).toContain(`  ${join('runs', name, 'report.html')}\n`)
    const report = readFileSync(join(folder, 'runs', name, 'report.html'), 'utf8')
    expect(report).toContain(`npx hebb train ${name}`)
    expect(report.replace(/data:[^"']*/g, '')).not.toMatch(/NaN|undefined|\[object/) // base64 may spell anything
    expect(existsSync(join(folder, 'runs', name, 'config.json'))).toBe(true)
  })

  test('its help names every option', async () => {
    const { code, out } = await hebb('train', name, '--help')
    expect(code).toBe(0)
    for (const { help } of Object.values(options)) expect(out.replace(/\s+/g, ' ')).toContain(help.replace(/\s+/g, ' '))
  })

  test('has a page in the docs', () => {
    const page = readFileSync(new URL(`../../docs/recipes/${name}.md`, import.meta.url), 'utf8')
    expect(page).toContain(`npx hebb train ${name}`)
  })
})

describe('the command line', () => {
  test('lists every recipe with a line', async () => {
    const { code, out } = await hebb('list')
    expect(code).toBe(0)
    expect(out.trim().split('\n')).toEqual(
      recipes.map(({ name, summary }) => expect.stringMatching(new RegExp(`^${name} +${escaped(summary)}$`))),
    )
  })

  test.each([
    [['train'], 'which recipe?'],
    [['train', 'nope'], "there is no recipe 'nope'"],
    [['train', 'mnist', '--epochs', '-1'], 'no whole number of at least 1'],
    [['train', 'mnist', '--epochs', '1.5'], 'no whole number of at least 1'],
    [['train', 'mnist', '--seed', 'x'], 'no whole number of at least 0'],
    [['train', 'mnist', '--nonsense'], "unknown option '--nonsense'"],
    [['train', 'mnist', 'extra'], 'too many arguments'],
    [['train', 'mnist', '--resume', 'missing'], 'holds no run'],
    [['frobnicate'], "unknown command 'frobnicate'"],
  ])('%j ends with code 2 and says why', async (words, why) => {
    const { code, err } = await hebb(...words)
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(why) })
  })
})

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
