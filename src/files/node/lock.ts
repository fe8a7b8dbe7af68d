/** Lock files on this machine's disks: written in one step, touched while they are held, taken over from holders that are gone. */
import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, rm, rmdir, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { codeOf, isRefusal, writeFailure } from '../fileError.js'
import type { Held, HoldOptions } from '../files.js'
import { LockedError } from '../lock.js'
import { isAlive, machine, startOf } from './process.js'
import { withTemporary } from './temporary.js'

/** What a lock file says. */
interface Holder {
  readonly pid: number
  readonly host: string
  /** which running system, told apart from others of the same host name and from its own earlier lives; '' where that is not known */
  readonly machine: string
  /** when the process began, so that a later one of the same number is not taken for it; '' where that is not known */
  readonly started: string
  /** when the lock was taken: ISO 8601 */
  readonly since: string
  readonly token: string
}

// the holder touches its lock this often, and one untouched for so long has no holder any more, where the process itself cannot be asked (milliseconds)
const heartbeat = 5_000
const abandonedAfter = 60_000
/** a lock file without content is being written, unless it is older than this */
const unwrittenAfter = 5_000
const retry = 100

/** `hold` on this machine's disks. */
export async function holdFile(path: string, what: string, { wait = 0, signal }: HoldOptions = {}): Promise<Held> {
  const mine = await newHolder()
  const until = performance.now() + wait
  for (;;) {
    signal?.throwIfAborted()
    const taken = await take(path, mine).catch((error: unknown) => {
      throw isRefusal(error) ? writeFailure(path, error) : error
    })
    if (taken) return held(path, mine)
    if (await removeAbandoned(path)) continue
    if (performance.now() >= until) throw new LockedError(`${what} is in use${await saying(path)}`)
    await pause(retry, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted())
  }
}

/** Runs `work` while holding the lock file `path`, in a folder that is made if need be; others wait. `signal` ends the waiting. */
export async function withLock<T>(path: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  const lock = await holdFile(path, path, { wait: Number.POSITIVE_INFINITY, signal })
  try {
    signal?.throwIfAborted()
    return await work()
  } finally {
    await lock.release()
  }
}

const newHolder = async (): Promise<Holder> => ({
  pid: process.pid,
  host: hostname(),
  machine: await machine(),
  started: (await startOf(process.pid)) ?? '',
  since: new Date().toISOString(),
  token: randomBytes(8).toString('hex'),
})

function held(path: string, mine: Holder): Held {
  const beat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => {}), heartbeat)
  beat.unref()
  return {
    async release() {
      clearInterval(beat)
      // only if it is still ours: a sleeping machine may have lost it
      if ((await holderOf(path))?.token === mine.token) await rm(path, { force: true })
    },
  }
}

/** Makes the lock file with all its content in one step; false where there is one. */
const take = (path: string, mine: Holder): Promise<boolean> =>
  withTemporary(path, async (temporary) => {
    try {
      await writeFile(temporary, JSON.stringify(mine), { flag: 'wx' })
      await link(temporary, path)
      return true
    } catch (error) {
      const code = codeOf(error)
      if (code === 'EEXIST') return false
      // a disk without hard links
      if (['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(code)) return takePlainly(path, mine)
      throw error
    }
  })

async function takePlainly(path: string, mine: Holder): Promise<boolean> {
  try {
    const file = await open(path, 'wx')
    try {
      await file.writeFile(JSON.stringify(mine))
    } catch (error) {
      await rm(path, { force: true })
      throw error
    } finally {
      await file.close()
    }
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/** Removes a lock without a living holder; says whether it is worth trying again at once. */
async function removeAbandoned(path: string): Promise<boolean> {
  if (!(await isAbandoned(path))) return false
  // one at a time, and each looks again: nobody removes the lock that another has just taken
  const guard = `${path}.takeover`
  try {
    await mkdir(guard)
  } catch {
    if (((await ageOf(guard)) ?? 0) > unwrittenAfter) await rmdir(guard).catch(() => {})
    return false
  }
  try {
    if (await isAbandoned(path)) await rm(path, { force: true })
    return true
  } finally {
    await rmdir(guard).catch(() => {})
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  const age = await ageOf(path)
  if (age === undefined) return true
  const holder = await holderOf(path)
  if (!holder) return age > unwrittenAfter
  // on this very machine the process itself is asked; of others only the lock's age is known
  if (holder.machine !== '' && holder.machine === (await machine())) return !(await isAlive(holder.pid, holder.started))
  if (!holder.machine && holder.host === hostname() && !(await isAlive(holder.pid))) return true
  return age > abandonedAfter
}

/** Milliseconds since the file was touched; undefined where there is none. */
const ageOf = (path: string): Promise<number | undefined> =>
  stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => undefined,
  )

async function holderOf(path: string): Promise<Holder | undefined> {
  try {
    const holder = JSON.parse(await readFile(path, 'utf8')) as Holder
    return typeof holder?.pid === 'number' ? holder : undefined
  } catch {
    return undefined // gone, or not written out yet
  }
}

/** `: process 4242 has had it for 3 minutes. Wait …`: the rest of a message about a lock. */
async function saying(path: string): Promise<string> {
  const holder = await holderOf(path)
  if (!holder) return ': another process is just taking or leaving it. Try again.'
  const here = holder.host === hostname()
  const who = holder.pid === process.pid && here ? 'this process' : `process ${holder.pid}${here ? '' : ` on ${holder.host}`}`
  const begun = Date.parse(holder.since)
  const since = Number.isNaN(begun) ? '' : `, since ${duration(Date.now() - begun)} (${holder.since})`
  const cure = here
    ? 'Wait until it ends, or end it first.'
    : `Its last sign of life is ${duration((await ageOf(path)) ?? 0)} old. Wait until it ends; if it was killed, the lock is free a minute after its last sign.`
  return ` by ${who}${since}. ${cure}`
}

const duration = (ms: number): string => {
  const seconds = Math.max(0, Math.round(ms / 1000))
  return seconds < 120 ? `${seconds} s` : seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`
}
