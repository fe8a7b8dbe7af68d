import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, type TestContext, test } from 'vitest'
import { readSafetensors } from '../../src/index.js'
import * as sets from '../../src/sets/index.js'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'hebb-mnist-'))
const open = new Set<ChildProcess>()
afterAll(() => {
  for (const child of open) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

/** Leaves the test, saying why, where MNIST cannot be had or the command was not built. */
async function requireCommand(context: TestContext): Promise<void> {
  if (!existsSync(main)) context.skip('dist/ is missing: npm run build')
  try {
    await sets.mnist()
  } catch (error) {
    if (!(error as Error).message.includes('no source gave')) throw error
    context.skip(`no MNIST: ${(error as Error).message.split('\n').slice(0, 3).join(' | ')}`)
  }
}

interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

/** `hebb train mnist …` in the test's folder. */
function hebb(words: readonly string[], through: readonly string[] = []): { child: ChildProcess; ended: Promise<Ended> } {
  const [command, ...rest] = [...through, process.execPath, main, 'train', 'mnist', ...words]
  const child = spawn(command!, rest, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  open.add(child)
  const text = { out: '', err: '' }
  child.stdout.on('data', (d: Buffer) => (text.out += d))
  child.stderr.on('data', (d: Buffer) => (text.err += d))
  const ended = new Promise<Ended>((done) =>
    child.on('close', (code, signal) => {
      open.delete(child)
      done({ code, signal, ...text })
    }),
  )
  return { child, ended }
}

const at = (run: string, file: string): string => join(folder, 'runs', run, file)
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

/** Waits until the journal of a run has so many whole lines. */
async function lines(run: string, count: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    const path = at(run, 'metrics.jsonl')
    if (existsSync(path) && readFileSync(path, 'utf8').split('\n').length > count) return
    await pause(5)
  }
  throw new Error(`${run} ended before its journal had ${count} lines`)
}

const settings = ['--examples', '2560', '--epochs', '1', '--seed', '3']
const clean = (journal: string): object[] =>
  journal
    .trim()
    .split('\n')
    .map((line) => ({ ...(JSON.parse(line) as object), seconds: 0 }))

test('Ctrl-C, SIGTERM and kill -9, each resumed, end in the bytes of a run that was never stopped', {
  timeout: 400_000,
}, async (context) => {
  await requireCommand(context)
  const whole = hebb([...settings, '--name', 'whole', '--json'])
  await lines('whole', 1, whole.child)
  // a second run of the same name, while the first goes on, is turned away and harms nothing
  const second = await hebb([...settings, '--name', 'whole']).ended
  expect([second.code, second.err]).toEqual([2, expect.stringContaining('runs/whole already holds a run: go on with --resume whole')])
  const straight = await whole.ended
  expect([straight.code, straight.signal]).toEqual([0, null])
  const result = JSON.parse(straight.out.trim().split('\n').at(-1)!) as Record<string, unknown>
  expect(result).toMatchObject({ run: 'runs/whole', epochs: 1, seed: 3 })
  expect(result.testAccuracy).toBeGreaterThan(0.3)
  expect(JSON.parse(readFileSync(at('whole', 'config.json'), 'utf8'))).toMatchObject({ examples: 2560, seed: 3 })

  for (const [run, signal, code] of [
    ['interrupted', 'SIGINT', 130],
    ['cut', 'SIGTERM', 143],
  ] as const) {
    const { child, ended } = hebb([...settings, '--name', run])
    await lines(run, 1, child)
    child.kill(signal)
    const stopped = await ended
    expect([stopped.code, stopped.err]).toEqual([
      code,
      expect.stringContaining(`stopped; go on with: npx hebb train mnist --resume runs/${run}`),
    ])
    expect(existsSync(at(run, 'model.safetensors'))).toBe(false)
    await readSafetensors(at(run, 'checkpoint.safetensors'))
  }

  // at any moment: while it starts, reads, resumes, trains, measures, writes
  for (const [i, wait] of [Math.random() * 400, Math.random() * 4000, Math.random() * 8000].entries()) {
    const killed = hebb(['--resume', 'cut'])
    await Promise.race([pause(wait), killed.ended])
    killed.child.kill('SIGKILL')
    await killed.ended
    for (const file of readdirSync(join(folder, 'runs', 'cut')))
      if (file === 'checkpoint.safetensors' || file === 'model.safetensors')
        await readSafetensors(at('cut', file)).catch((e: Error) => expect.fail(`kill ${i} after ${wait} ms: ${e.message}`))
  }

  const rest = await hebb(['--resume', 'cut']).ended
  expect([rest.code, rest.signal]).toEqual([0, null])
  expect(readFileSync(at('cut', 'model.safetensors')).equals(readFileSync(at('whole', 'model.safetensors')))).toBe(true)
  expect(clean(readFileSync(at('cut', 'metrics.jsonl'), 'utf8'))).toEqual(clean(readFileSync(at('whole', 'metrics.jsonl'), 'utf8')))
})

test('a disk that takes no more ends in one message, earlier files whole', { timeout: 200_000 }, async (context) => {
  await requireCommand(context)
  if (process.platform === 'win32') context.skip('needs a shell with ulimit')
  // no file of this process may pass 1 MB: the model and the checkpoint do not fit
  const limited = ['bash', '-c', 'trap "" XFSZ; ulimit -f 1024; exec "$@"', 'limited']
  const { code, signal, err } = await hebb(['--examples', '256', '--epochs', '1', '--name', 'full'], limited).ended
  expect([code, signal]).toEqual([2, null])
  expect(err).toMatch(/hebb: cannot write runs\/full\/checkpoint\.safetensors/)
  expect(err).not.toMatch(/\n {4}at /)
  expect(readdirSync(join(folder, 'runs', 'full')).sort()).toEqual(['config.json', 'metrics.jsonl'])
  expect(JSON.parse(readFileSync(at('full', 'config.json'), 'utf8'))).toMatchObject({ recipe: 'mnist', examples: 256 })
  expect(clean(readFileSync(at('full', 'metrics.jsonl'), 'utf8')).length).toBeGreaterThan(0)
})
