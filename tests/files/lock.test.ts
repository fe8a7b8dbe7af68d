import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { hold, LockedError } from '../../src/files/lock.js'
import { isAlive, machine, startOf } from '../../src/files/node/process.js'

const folder = mkdtempSync(join(tmpdir(), 'hebb-lock-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let count = 0
const fresh = (): string => join(folder, `${count++}.lock`)

/** A process that holds the lock. */
async function holder(path: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('holding.ts', import.meta.url)), path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout!, 'data')
  return child
}

const refusal = (path: string): Promise<string> =>
  hold(path, 'runs/a').then(
    () => 'taken',
    (error: Error) => `${error.name}: ${error.message}`,
  )

/** A lock file as another process may have left it. */
function left(path: string, holder: object, seconds = 0): void {
  writeFileSync(
    path,
    JSON.stringify({ pid: 1, host: hostname(), machine: '', started: '', since: new Date().toISOString(), token: 'x', ...holder }),
  )
  const then = new Date(Date.now() - seconds * 1000)
  utimesSync(path, then, then)
}

test('a process that lives keeps its lock, and the message says which and since when; kill -9 frees it at once', async () => {
  const path = fresh()
  const child = await holder(path)
  const day = new Date(Date.now() - 24 * 3600 * 1000)
  utimesSync(path, day, day) // a process that was stopped, or computed without a break, has not touched it: it lives all the same
  expect(await refusal(path)).toMatch(
    new RegExp(
      `^LockedError: runs/a is in use by process ${child.pid}, since \\d+ s \\(20[^)]*Z\\)\\. Wait until it ends, or end it first\\.$`,
    ),
  )
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
  const lock = await hold(path, 'runs/a')
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid, host: hostname() })
  await lock.release()
  expect(readdirSync(folder)).toEqual([])
}, 60_000)

test('the number of a dead process given to another', async () => {
  const own = (await startOf(process.pid)) ?? ''
  if (own === '') return
  const path = fresh()
  left(path, { pid: process.ppid, machine: await machine(), started: await startOf(process.ppid) })
  expect(await refusal(path)).toContain(`in use by process ${process.ppid}, since 0 s`)
  left(path, { pid: process.ppid, machine: await machine(), started: '1' })
  expect(await refusal(path)).toBe('taken')
})

test.each([
  ['another machine, a moment ago', { host: 'elsewhere', machine: 'b' }, 20, 'in use by process 1 on elsewhere'],
  ['another machine, long ago', { host: 'elsewhere', machine: 'b' }, 90, 'taken'],
  ['an earlier life of this machine, long ago', { machine: 'an earlier one' }, 90, 'taken'],
  ['a file nobody wrote to, a moment ago', undefined, 1, 'another process is just taking or leaving it'],
  ['a file nobody wrote to, long ago', undefined, 90, 'taken'],
])('%s', async (_, holder, seconds, said) => {
  const path = fresh()
  left(path, holder ?? {}, seconds)
  if (!holder) writeFileSync(path, '')
  const then = new Date(Date.now() - seconds * 1000)
  utimesSync(path, then, then)
  expect(await refusal(path)).toContain(said)
})

test('of twenty that find a lock without a holder one has it at a time', async () => {
  const path = fresh()
  left(path, { machine: 'gone' }, 90)
  let inside = 0
  let most = 0
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      const lock = await hold(path, 'it', { wait: 60_000 })
      most = Math.max(most, ++inside)
      await new Promise((done) => setTimeout(done, 2))
      inside--
      await lock.release()
    }),
  )
  expect(most).toBe(1)
}, 60_000)

test('within one process too, and only until it is released', async () => {
  const path = fresh()
  const lock = await hold(path, 'it')
  await expect(hold(path, 'it')).rejects.toThrow(LockedError)
  await expect(hold(path, 'it')).rejects.toThrow('it is in use by this process')
  await lock.release()
  await (await hold(path, 'it')).release()
})

test('processes are told from those that only wait for their parent to look', async () => {
  if ((await startOf(process.pid)) === undefined) return
  const child = spawn('sh', ['-c', 'sleep 0 & exec sleep 5'])
  onTestFinished(() => void child.kill('SIGKILL'))
  expect(await startOf(child.pid!)).toMatch(/^\d+$/)
  expect(await isAlive(child.pid!)).toBe(true)
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
  expect(await startOf(child.pid!)).toBe('')
  expect(await isAlive(child.pid!)).toBe(false)
})
