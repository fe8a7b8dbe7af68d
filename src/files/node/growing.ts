/** A file of this machine's disks that only grows. */
import { closeSync, constants, fstatSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { FileError, writeFailure } from '../fileError.js'
import type { AppendFile } from '../files.js'

/** `openAppend` on this machine's disks. */
export function openGrowing(path: string, keep: number): AppendFile {
  const guard = <T>(exists: boolean, act: () => T): T => {
    try {
      return act()
    } catch (error) {
      throw writeFailure(path, error as NodeJS.ErrnoException, { kept: exists })
    }
  }
  const file = guard(false, () => openSync(path, constants.O_RDWR | constants.O_CREAT))
  let size = keep
  guard(true, () => ftruncateSync(file, size))
  return {
    append(text) {
      const bytes = new TextEncoder().encode(text)
      const found = fstatSync(file).size
      if (found !== size)
        throw new FileError(
          `cannot write ${path}: it has ${found} bytes, not the ${size} of the last line written here: another process writes to it. Give each run a file of its own.`,
          path,
        )
      guard(true, () => {
        try {
          for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, size + done)
        } catch (error) {
          ftruncateSync(file, size) // no half line stays
          throw error
        }
      })
      size += bytes.length
    },
    sync: () => guard(true, () => fsyncSync(file)),
    close: () => closeSync(file),
  }
}
