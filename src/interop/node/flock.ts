/** The lock that Python's filelock takes on a file: flock of the system, free as soon as its holder is gone. */
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { withLock } from '../../files/node/lock.js'
import { systemFunction } from '../../host/library.js'
import { inCache } from './layout.js'

type Flock = NonNullable<ReturnType<typeof systemFunction>>
let known: { readonly flock: Flock | undefined } | undefined

const [exclusive, unlock] = [2 | 4, 8]
const retry = 50

/** Runs `work` while holding the lock file `path`; others wait, Python's client among them. `signal` ends the waiting. */
export async function withFlock<T>(path: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  await inCache(path, async () => void (await mkdir(dirname(path), { recursive: true })))
  known ??= { flock: systemFunction('int flock(int, int)') }
  const { flock } = known
  // where the system has none, processes of Hebb at least wait for each other
  if (!flock) return withLock(`${path}.hebb`, signal, work)
  const file = await taken(path, flock, signal)
  try {
    return await work()
  } finally {
    flock(file.fd, unlock)
    await file.close()
  }
}

async function taken(path: string, flock: Flock, signal: AbortSignal | undefined): Promise<FileHandle> {
  for (;;) {
    signal?.throwIfAborted()
    const file = await inCache(path, () => open(path, constants.O_RDWR | constants.O_CREAT, 0o644))
    if (flock(file.fd, exclusive) === 0) {
      // some holders remove the file when they leave: then others lock another one
      const [own, there] = [await file.stat(), await stat(path).catch(() => undefined)]
      if (own.ino === there?.ino) return file
      await file.close()
      continue
    }
    await file.close()
    await pause(retry, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted())
  }
}
