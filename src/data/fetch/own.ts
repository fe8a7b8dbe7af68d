/** Files of a folder that is ours alone: never through links, which others may have put there. */
import { constants } from 'node:fs'
import { type FileHandle, lstat, open, readFile, rm } from 'node:fs/promises'

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
