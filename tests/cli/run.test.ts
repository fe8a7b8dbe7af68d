import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runRecipe } from '../../src/cli/run.js'
import { count } from '../../src/recipes/options.js'
import { defineRecipe } from '../../src/recipes/recipe.js'

const recipe = defineRecipe({
  name: 'nothing',
  summary: 'does nothing, for tests',
  options: {},
  quick: {},
  run: async () => ({ headline: 'done', baseline: 'none', numbers: {} }),
})
const start = (name?: string) => runRecipe(recipe, { given: {}, ...(name !== undefined && { name }) }, new AbortController().signal)
const errorOf = (name: string): Promise<string> =>
  start(name).then(
    () => 'no error',
    (error: Error) => error.message,
  )

let home: string
const before = process.cwd()
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'hebb-run-'))
  process.chdir(home)
})
afterEach(() => {
  process.chdir(before)
  rmSync(home, { recursive: true, force: true })
})

test('of many runs that want one name at once, one gets it', async () => {
  const all = await Promise.allSettled(Array.from({ length: 8 }, () => start('same')))
  expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(JSON.parse(readFileSync('runs/same/config.json', 'utf8'))).toMatchObject({ recipe: 'nothing', seed: 0 })
})

test('runs without a name, begun at once, get folders of their own', async () => {
  const folders = (await Promise.all(Array.from({ length: 8 }, () => start()))).map(({ folder }) => folder)
  expect(new Set(folders).size).toBe(8)
  expect(folders.every((folder) => existsSync(join(folder, 'config.json')))).toBe(true)
})

test('a taken folder is left alone, and the message says how to go on', async () => {
  await start('mine')
  expect(await errorOf('mine')).toBe('runs/mine already holds a run: go on with --resume mine, or choose another --name')
  mkdirSync('runs/other')
  expect(await errorOf('other')).toBe('runs/other is there already and holds no run: remove it, or choose another --name')
  expect(existsSync('runs/other/config.json')).toBe(false)
})

test('a run killed before it wrote down what it is gives its name back', async () => {
  mkdirSync('runs/torn', { recursive: true })
  writeFileSync('runs/torn/.run.lock', JSON.stringify({ pid: 1, host: 'gone', machine: 'gone', started: '', since: '', token: 'x' }))
  writeFileSync('runs/torn/.config.json.host-1-0123456789ab.tmp', '')
  expect(await errorOf('torn')).toMatch(/^runs\/torn is in use by process 1 on gone\. Its last sign of life is \d s old\./)
  const before = new Date(Date.now() - 120_000)
  utimesSync('runs/torn/.run.lock', before, before)
  expect((await start('torn')).folder).toBe(join('runs', 'torn'))
  expect(readdirSync('runs/torn')).toContain('config.json')
})

test('a folder where nothing can be written is told so', async () => {
  await start('shut')
  chmodSync('runs/shut', 0o555)
  const root = process.getuid?.() === 0
  if (root) chmodSync(home, 0o755)
  if (root) process.seteuid?.(65534) // root may write anywhere: try as nobody
  try {
    const failed = runRecipe(recipe, { given: {}, resume: 'shut' }, new AbortController().signal)
    await expect(failed).rejects.toThrow('cannot write runs/shut/.run.lock: permission denied (EACCES)')
  } finally {
    if (root) process.seteuid?.(0)
  }
})

test('settings that a damaged file gives are held to the rules of the command line', async () => {
  const counted = defineRecipe({ ...recipe, options: { epochs: count(3, 'how many') } })
  const { folder } = await runRecipe(counted, { given: { epochs: 5 } }, new AbortController().signal)
  const resume = (epochs: unknown): Promise<unknown> => {
    const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as object
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...config, epochs }))
    return runRecipe(counted, { given: {}, resume: folder }, new AbortController().signal)
  }
  await resume(5)
  for (const epochs of [-5, 0, 1.5, 1e300])
    await expect(resume(epochs)).rejects.toThrow(`config.json is damaged: epochs: '${epochs}' is no whole number`)
  await expect(resume(null)).rejects.toThrow('config.json is damaged: it has no epochs')
})
