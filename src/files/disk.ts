/** Files that are whole or not there: atomic writes, and what a disk refuses said in words. */
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { HebbError } from '../tensor/errors.js'

/** The disk refused: full, read-only, or no permission. Another source of the same file would not help. */
export class DiskError extends HebbError {
  override name = 'DiskError'
}

const refusals: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file is too large for this disk',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'the disk is read-only',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'a part of the path is a file, not a folder',
  ENOENT: 'the folder cannot be made',
  EIO: 'the disk reports an error',
  EMFILE: 'too many files are open',
}

/** The `code` of a system error, or ''. */
export const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : ''

/** A refusal of the disk as DiskError with its cure; any other error as it is. */
export function diskProblem(error: unknown, path: string): unknown {
  const why = refusals[codeOf(error)]
  if (!why || error instanceof DiskError) return error
  return new DiskError(`cannot write ${path}: ${why} (${codeOf(error)}): make room or set HEBB_DATA to another folder`, { cause: error })
}

/** Runs file work; refusals of the disk come out as DiskError. */
export async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw diskProblem(error, path)
  }
}

/** A name beside `path` that no other process uses. */
export const temporaryBeside = (path: string): string => `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`

/** Writes a file through a temporary one: readers see the old or the new, never a half. Makes the folders. Throws DiskError. */
export async function writeWhole(path: string, bytes: Uint8Array | string): Promise<void> {
  const temporary = temporaryBeside(path)
  await onDisk(path, async () => {
    try {
      await mkdir(dirname(path), { recursive: true })
      const file = await open(temporary, 'wx')
      try {
        await file.writeFile(bytes)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(temporary, path)
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {})
      throw error
    }
  })
}

/** The content of a file that lies here itself; a link to elsewhere is no file of this folder. Throws ELOOP for a link. */
export const readOwn = (path: string): Promise<Buffer> => readFile(path, { flag: constants.O_RDONLY | noFollow })

/** Opens a file for writing that lies here itself, from its start on or, with `goOn`, as it is; a link in its place is removed. */
export async function openOwn(path: string, goOn: boolean): Promise<FileHandle> {
  const flags = constants.O_WRONLY | noFollow | (goOn ? 0 : constants.O_CREAT | constants.O_TRUNC)
  if (!goOn && (await isLink(path))) await rm(path)
  return open(path, flags)
}

/** Size of a regular file that lies here itself; undefined for anything else. */
export const ownSize = (path: string): Promise<number | undefined> =>
  lstat(path).then(
    (found) => (found.isFile() ? found.size : undefined),
    () => undefined,
  )

/** Whether `path` is a link. */
export const isLink = (path: string): Promise<boolean> =>
  lstat(path).then(
    (found) => found.isSymbolicLink(),
    () => false,
  )

// not on Windows, where links need rights of their own
const noFollow = constants.O_NOFOLLOW ?? 0

/** Writes all of `bytes` at `position`. */
export async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten
}
