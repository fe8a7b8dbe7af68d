/** Every method on `run`, killed at some moment and gone on with, is the straight run: its bytes, its events, its journal. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { Linear, readJournal } from '../../src/index.js'
import { walkCorridor } from './corridor.js'
import { methods, sweepOf } from './methods.js'

const root = mkdtempSync(join(tmpdir(), 'hebb-methods-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** Runs a method in a process of its own, killed once it has told of so many events. */
async function killed(method: string, folder: string, after: number): Promise<void> {
  const program = fileURLToPath(new URL('methods.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', program, method, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  let told = 0
  await new Promise<void>((done, fail) => {
    child.stdout.on('data', (text: Buffer) => {
      told += String(text).split('\n').length - 1
      if (told >= after) child.kill('SIGKILL')
    })
    child.on('exit', (_, signal) => (signal === 'SIGKILL' ? done() : fail(new Error(`${method} ended before it was killed`))))
  })
}

const timeless = (event: object): string => JSON.stringify({ ...event, seconds: undefined })

describe('killed and gone on with', { timeout: 120_000, retry: 2 }, () => {
  test.each(Object.keys(methods))('%s gives the bytes and the journal of the straight run', async (method) => {
    const folder = mkdtempSync(join(root, method))
    const straight: string[] = []
    const result = await methods[method]!({}, async (event) => void straight.push(timeless(event)))
    await killed(method, folder, 3)
    const rest: string[] = []
    const options = { checkpoint: join(folder, 'a.safetensors'), journal: join(folder, 'a.jsonl'), resume: true }
    expect(await methods[method]!(options, async (event) => void rest.push(timeless(event)))).toBe(result)
    expect(rest.length).toBeLessThan(straight.length)
    expect(rest).toEqual(straight.slice(-rest.length))
    expect((await readJournal(join(folder, 'a.jsonl'))).map((event) => JSON.parse(timeless(event)))).toEqual(
      straight.map((text) => expect.objectContaining(JSON.parse(text))),
    )
    expect(readdirSync(folder).sort()).toEqual(['a.jsonl', 'a.safetensors'])
  })

  test('a sweep goes on with the trial that was under way', async () => {
    const [whole, folder] = [mkdtempSync(join(root, 'whole')), mkdtempSync(join(root, 'sweep'))]
    const told: object[] = []
    const straight = await sweepOf(whole, async () => {})
    // in the second epoch of the second trial
    await killed('sweep', folder, 5)
    expect(await sweepOf(folder, async (event) => void told.push(event))).toEqual(straight)
    // of nine epochs three are read from the journal of the sweep, one at least from the trial's checkpoint
    expect(told.length).toBeLessThan(6)
  })
})

test('the policy learns to walk the corridor', async () => {
  const policy = new Linear(6, 2)
  const ends: number[] = []
  for await (const e of walkCorridor(policy, { rounds: 60 })) ends.push(e.ends)
  const mean = (list: readonly number[]): number => list.reduce((sum, n) => sum + n, 0) / list.length
  // straight on, with one step of ten the wrong way, is 64 / 7.5 ends a round
  expect(mean(ends.slice(-20))).toBeGreaterThan(7)
  expect(mean(ends.slice(0, 5))).toBeLessThan(5)
})
