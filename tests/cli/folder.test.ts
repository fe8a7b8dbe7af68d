/** Two processes in one folder, and processes killed at any moment: the folder stays one that can be resumed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { readJournal } from '../../src/index.js'

const home = mkdtempSync(join(tmpdir(), 'hebb-folder-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))
const at = (name: string, file: string): string => join(home, 'runs', name, file)

interface Going {
  readonly child: ChildProcess
  readonly ended: Promise<{ code: number | null; out: string }>
}

function start(how: 'new' | 'resume' | 'end', name: string): Going {
  const script = fileURLToPath(new URL('slowRun.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), script, how, name], {
    cwd: home,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let out = ''
  child.stdout.on('data', (text) => (out += text))
  return { child, ended: new Promise((done) => child.on('close', (code) => done({ code, out: out.trim() }))) }
}

/** Waits until the journal of a run that goes on has so many lines. */
async function lines(name: string, count: number, { child, ended }: Going): Promise<void> {
  while (!existsSync(at(name, 'metrics.jsonl')) || readFileSync(at(name, 'metrics.jsonl'), 'utf8').split('\n').length <= count) {
    if (child.exitCode !== null) throw new Error((await ended).out)
    await new Promise((done) => setTimeout(done, 5))
  }
}

test('of two that go on at once one does; the other says who has the folder, and changes nothing', async () => {
  const first = start('new', 'a')
  await lines('a', 3, first)
  const refused = await start('resume', 'a').ended
  expect(refused).toEqual({
    code: 2,
    out: expect.stringMatching(
      new RegExp(`^runs/a is in use by process ${first.child.pid}, since \\d+ s .*Wait until it ends, or end it first\\.$`),
    ),
  })
  first.child.kill('SIGTERM')
  expect((await first.ended).out).toBe('"stopped"')
  expect(readdirSync(join(home, 'runs', 'a')).sort()).toEqual(['checkpoint.safetensors', 'config.json', 'metrics.jsonl'])

  const both = [start('resume', 'a'), start('resume', 'a')]
  const loser = await Promise.race(both.map(({ ended }) => ended))
  expect(loser).toMatchObject({ code: 2, out: expect.stringContaining('runs/a is in use by process') })
  for (const { child } of both) child.kill('SIGTERM')
  const ends = await Promise.all(both.map(({ ended }) => ended))
  expect(ends.map(({ code }) => code).sort()).toEqual([0, 2])
  const steps = (await readJournal(at('a', 'metrics.jsonl'))).map(({ step }) => step)
  expect(steps).toEqual([...steps].sort((a, b) => a - b))
}, 120_000)

test('kill -9 again and again, at once followed by the next: the run goes on', async () => {
  let going = start('new', 'b')
  await lines('b', 2, going)
  for (let kill = 0; kill < 4; kill++) {
    await new Promise((done) => setTimeout(done, 700 * Math.random()))
    going.child.kill('SIGKILL')
    // a lock that looks fresh, whose process is gone
    if (existsSync(at('b', '.run.lock'))) utimesSync(at('b', '.run.lock'), new Date(), new Date())
    await going.ended
    going = start('resume', 'b')
  }
  const before = (await readJournal(at('b', 'metrics.jsonl'))).length
  while ((await readJournal(at('b', 'metrics.jsonl'))).length <= before && going.child.exitCode === null)
    await new Promise((done) => setTimeout(done, 20))
  going.child.kill('SIGTERM')
  expect(await going.ended).toEqual({ code: 0, out: '"stopped"' })
}, 120_000)
