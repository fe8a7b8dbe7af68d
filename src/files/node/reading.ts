/** Reading from this machine's disks: ranges of a file, and what lies in a folder. */
import { open, readdir, stat } from 'node:fs/promises'
import { FileError, readFailure } from '../fileError.js'
import type { ByteSource, Names } from '../files.js'
import { mapping } from './mapping.js'

/** Longest single read (bytes). */
const pieceBytes = 1 << 24

/** `openSource` of a file. */
export async function openFile(path: string): Promise<ByteSource> {
  const fail = (error: NodeJS.ErrnoException): never => {
    throw readFailure(path, error)
  }
  const file = await open(path, 'r').catch(fail)
  const found = await file.stat()
  if (!found.isFile()) {
    await file.close()
    fail(Object.assign(new Error('it is no regular file'), found.isDirectory() ? { code: 'EISDIR' } : {}))
  }
  const readInto = async (at: number, into: Uint8Array): Promise<void> => {
    for (let done = 0; done < into.length; ) {
      const { bytesRead } = await file.read(into, done, Math.min(pieceBytes, into.length - done), at + done).catch(fail)
      if (bytesRead === 0)
        throw new FileError(`cannot read ${path}: it ends at byte ${at + done}, ${into.length - done} short. It was cut while open.`, path)
      done += bytesRead
    }
  }
  return {
    name: path,
    size: found.size,
    close: () => file.close(),
    async read(at, length) {
      const bytes = new Uint8Array(length)
      await readInto(at, bytes)
      return bytes
    },
    readInto,
    map: mapping(file.fd, found.size),
  }
}

/** Whether `path` is a folder; false where nothing is. */
export const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )

/** `namesIn` of a folder. */
export async function namesOf(folder: string): Promise<Names> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw readFailure(folder, error, 'list')
  })
  const seen = entries.filter(({ name }) => !name.startsWith('.'))
  const named = (wanted: (entry: (typeof seen)[number]) => boolean): string[] =>
    seen
      .filter(wanted)
      .map(({ name }) => name)
      .sort((a, b) => (a < b ? -1 : 1))
  // links are what they point to as soon as they are opened
  return { folders: named((e) => e.isDirectory()), files: named((e) => !e.isDirectory()) }
}
