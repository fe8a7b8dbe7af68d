/** A lock between processes: a file that one of them holds while it fetches. */
import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { codeOf, onDisk, temporaryBeside } from './disk.js'

interface Holder {
  readonly pid: number
  readonly host: string
  readonly token: string
}

// the holder touches its lock this often, and one untouched for so long has no holder any more (milliseconds)
const heartbeat = 5_000
const abandonedAfter = 60_000
const retry = 100

/**
 * Runs `work` while holding the lock file `path`; others wait. A lock whose process is gone is taken over.
 * `signal` ends the waiting. Throws DiskError where the lock cannot be written.
 */
export async function withLock<T>(path: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  const mine: Holder = { pid: process.pid, host: hostname(), token: randomBytes(8).toString('hex') }
  await onDisk(path, () => mkdir(dirname(path), { recursive: true }))
  while (!(await take(path, mine))) {
    signal?.throwIfAborted()
    if (!(await removeAbandoned(path))) await pause(retry, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted())
  }
  const beat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => {}), heartbeat)
  beat.unref()
  try {
    signal?.throwIfAborted()
    return await work()
  } finally {
    clearInterval(beat)
    // only if it is still ours: a sleeping machine may have lost it
    if ((await holderOf(path))?.token === mine.token) await rm(path, { force: true })
  }
}

async function take(path: string, mine: Holder): Promise<boolean> {
  return onDisk(path, async () => {
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
  })
}

/** Removes a lock without a living holder; says whether it is worth trying again at once. */
async function removeAbandoned(path: string): Promise<boolean> {
  const age = await stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => undefined,
  )
  if (age === undefined) return true
  const holder = await holderOf(path)
  const dead = holder?.host === hostname() && !alive(holder.pid)
  if (!dead && age < abandonedAfter) return false
  // moving it away is atomic, so of several waiters one gets it; if what came away is not what was judged, it goes back
  const aside = temporaryBeside(path)
  try {
    await rename(path, aside)
    const taken = await holderOf(aside)
    if (taken?.token !== holder?.token) await link(aside, path).catch(() => {})
    await rm(aside, { force: true })
  } catch {
    return false
  }
  return true
}

async function holderOf(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder
  } catch {
    return undefined // gone, or not written out yet
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}
