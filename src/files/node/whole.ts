/**
 * Files that are whole or not there. New content goes to a temporary file in the same folder, is flushed to the disk and then takes the old one's name
 * in one step, so a full disk, a crash or `kill -9` at any moment leaves either the earlier file or the new one.
 */
import { mkdir, open, realpath, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { joined } from '../../tensor/dtype.js'
import { FileError, writeFailure } from '../fileError.js'
import type { FileContent } from '../files.js'
import { removeStale, withTemporary } from './temporary.js'

/** Longest single write: keeps each system call short and far below the 2 GB limit. */
const pieceBytes = 1 << 24
/** Smaller pieces than this are written together (bytes). */
const gatherBytes = 1 << 16

/** `writeAtomic` on this machine's disks. With `folders` the folders are made, without `follow` a link is replaced, not followed; `cure` is said where the disk refuses. */
export async function writeWhole(
  path: string,
  content: FileContent,
  {
    follow = true,
    folders = false,
    cure,
  }: { readonly follow?: boolean | undefined; readonly folders?: boolean | undefined; readonly cure?: string | undefined } = {},
): Promise<void> {
  const told = cure === undefined ? {} : { cure }
  if (folders)
    await mkdir(dirname(path), { recursive: true }).catch((error: NodeJS.ErrnoException) => {
      throw writeFailure(path, error, told)
    })
  const target = follow ? await targetOf(path) : { path, exists: false, mode: 0o666 }
  await removeStale(target.path)
  let written = 0
  let replaced = false
  try {
    await withTemporary(target.path, async (temporary) => {
      const file = await open(temporary, 'wx', target.mode).catch(system)
      try {
        if (target.exists) await file.chmod(target.mode).catch(system) // the process's umask took bits away
        for await (const piece of gathered(pieces(content))) {
          for (let at = 0; at < piece.byteLength; ) {
            const { bytesWritten } = await file.write(piece, at, Math.min(pieceBytes, piece.byteLength - at)).catch(system)
            at += bytesWritten
            written += bytesWritten
          }
        }
        await file.sync().catch(system)
      } finally {
        await file.close()
      }
      await rename(temporary, target.path).catch(system)
      replaced = true
      await syncFolder(dirname(target.path))
    })
  } catch (error) {
    throw error instanceof SystemFailure ? writeFailure(path, error.cause, { kept: target.exists && !replaced, written, ...told }) : error
  }
}

/** Marks an error as the file system's own, to tell it from one thrown by the caller's iterator. */
class SystemFailure extends Error {
  constructor(override readonly cause: NodeJS.ErrnoException) {
    super(cause.message)
  }
}

function system(error: NodeJS.ErrnoException): never {
  throw new SystemFailure(error)
}

async function* pieces(content: FileContent): AsyncGenerator<Uint8Array> {
  if (typeof content === 'string') yield new TextEncoder().encode(content)
  else if (content instanceof Uint8Array) yield content
  else yield* content
}

/** The same bytes with small pieces put together: thousands of them would be as many calls of the system. */
async function* gathered(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = []
  let size = 0
  const all = (): Uint8Array => {
    const bytes = joined(held, 'u8')
    ;[held, size] = [[], 0]
    return bytes
  }
  for await (const piece of source) {
    if (size > 0 && size + piece.length > gatherBytes) yield all()
    if (piece.length >= gatherBytes) yield piece
    else {
      held.push(piece.slice()) // whoever gives pieces may use their memory again
      size += piece.length
    }
  }
  if (size > 0) yield all()
}

/** Where a write to `path` really lands, and whether something to keep is there. */
async function targetOf(path: string): Promise<{ path: string; exists: boolean; mode: number }> {
  try {
    const real = await realpath(path)
    const found = await stat(real)
    if (found.isDirectory()) throw new FileError(`cannot write ${path}: it is a folder. Give the name of a file inside it.`, path, 'EISDIR')
    if (!found.isFile()) throw new FileError(`cannot write ${path}: it is no regular file but a device or pipe. Choose another path.`, path)
    await (await open(real, 'r+')).close() // a rename would replace even a write-protected file: ask first
    return { path: real, exists: true, mode: found.mode & 0o7777 }
  } catch (error) {
    if (error instanceof FileError) throw error
    const reason = error as NodeJS.ErrnoException
    if (reason.code !== 'ENOENT') throw writeFailure(path, reason)
    if (/[\\/]$/.test(path))
      throw new FileError(`cannot write ${path}: it names a folder. Give the name of a file inside it.`, path, 'EISDIR')
    return { path, exists: false, mode: 0o666 }
  }
}

/** A rename is on the disk only once its folder is. Where a folder cannot be flushed the system's own timing must do. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const unable = ['EACCES', 'EPERM', 'EINVAL', 'ENOTSUP', 'EISDIR']
  const pass = (error: NodeJS.ErrnoException): undefined => (unable.includes(error.code ?? '') ? undefined : system(error))
  const handle = await open(folder, 'r').catch(pass)
  await handle?.sync().catch(pass)
  await handle?.close()
}
