/** Temporary files beside the ones they become: names that no other process uses, and what killed processes left. */
import { randomBytes } from 'node:crypto'
import { readdir, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { isAlive } from './process.js'

/** temporaries this thread is writing now */
const live = new Set<string>()
const host =
  hostname()
    .replace(/[^A-Za-z0-9]/g, '')
    .slice(0, 24) || 'host'
const pattern = /^\.(.+)\.([A-Za-z0-9]+)-(\d+)-[0-9a-f]{12}\.tmp$/
const dayMs = 24 * 3600 * 1000

/** Runs `use` with the name of a temporary beside `path`, `.<file>.<host>-<process>-<random>.tmp`, which `use` moves to its place; what it leaves is removed. */
export async function withTemporary<T>(path: string, use: (temporary: string) => Promise<T>): Promise<T> {
  const temporary = join(dirname(path), `.${basename(path)}.${host}-${process.pid}-${randomBytes(6).toString('hex')}.tmp`)
  live.add(temporary)
  try {
    return await use(temporary)
  } finally {
    await rm(temporary, { recursive: true, force: true }).catch(() => {}) // a disk that refuses this too has already given its reason
    live.delete(temporary)
  }
}

/**
 * Removes temporaries of `path` whose processes are gone: those of this host whose process no longer runs or that are older than
 * this process but bear its number, and any untouched for a day (other hosts on a shared disk, numbers given out again).
 */
export async function removeStale(path: string): Promise<void> {
  const [folder, name] = [dirname(path), basename(path)]
  const entries = await readdir(folder).catch(() => []) // an unreadable folder: the write itself will say why
  for (const entry of entries) {
    const match = pattern.exec(entry)
    const path = join(folder, entry)
    if (match?.[1] !== name || live.has(path)) continue
    const pid = Number(match[3])
    const ours = match[2] === host
    const age = await stat(path).then(
      (found) => Date.now() - found.mtimeMs,
      () => 0,
    )
    const gone = ours && (pid === process.pid ? age > process.uptime() * 1000 + 1000 : !(await isAlive(pid)))
    if (gone || age > dayMs) await rm(path, { recursive: true, force: true }).catch(() => {})
  }
}
