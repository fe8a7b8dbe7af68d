/** Which process of which running system: what a number alone does not tell, as it is given out again. */
import { readFile, readlink } from 'node:fs/promises'
import { codeOf } from '../fileError.js'

/**
 * Whether the process lives that had this number when it began at `started`, in the system's own count; '' where that is not known, and then any
 * process of the number will do.
 */
export async function isAlive(pid: number, started = ''): Promise<boolean> {
  const found = await startOf(pid)
  if (found === '') return false
  if (found !== undefined && started !== '') return found === started
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/**
 * When the process began, in the system's own count; '' for one that is gone (or ended and only waits for its parent to look), undefined where
 * the system does not say, which is everywhere but on Linux.
 */
export async function startOf(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch((error) =>
    codeOf(error) === 'ENOENT' || codeOf(error) === 'ESRCH' ? '' : undefined,
  )
  if (line === undefined || line === '') return line
  // the name of the program, in brackets, may hold anything: what follows the last one is plain
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' || fields[0] === 'X' ? '' : (fields[19] ?? undefined)
}

let known: Promise<string> | undefined

/** Names this running system, and the space its process numbers are of; '' where there is no name. */
export const machine = (): Promise<string> => {
  known ??= Promise.all([readFile('/proc/sys/kernel/random/boot_id', 'utf8'), readlink('/proc/self/ns/pid')]).then(
    ([boot, space]) => `${boot.trim()} ${space}`,
    () => '',
  )
  return known
}
