/**
 * Files that are whole or not there (the Node seam of this room). New content goes to a temporary file in the same folder,
 * is flushed to the disk and then takes the old one's name in one step, so a full disk, a crash or `kill -9` at any moment
 * leaves either the earlier file or the new one.
 */
import { createHash, randomBytes } from 'node:crypto'
import { closeSync, constants, fstatSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { open, readdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { FileError, readFailure, writeFailure } from './fileError.js'
import { mapping } from './mapping.js'

/** What a file may be written from: text (as UTF-8), bytes, or bytes that come in pieces. */
export type FileContent = string | Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>

/** Longest single write: keeps each system call short and far below the 2 GB limit. */
const pieceBytes = 1 << 24
/** Smaller pieces than this are written together (bytes). */
const gatherBytes = 1 << 16

/**
 * Writes a file so that `path` always holds either its earlier content or all of the new one.
 *
 * The bytes must not change until the promise resolves. A link is followed, and an existing file keeps its permissions.
 * Temporary files that killed processes left for the same path are removed on the way.
 *
 * @throws FileError naming the file, the reason and the cure; the earlier file is then untouched and no temporary remains.
 * An error thrown by the pieces' own iterator passes through unchanged, with the same promise.
 * @example await writeAtomic('runs/a/config.json', JSON.stringify(config))
 */
export async function writeAtomic(path: string, content: FileContent): Promise<void> {
  const target = await targetOf(path)
  const folder = dirname(target.path)
  await removeStale(folder, basename(target.path))
  const temporary = join(folder, temporaryName(basename(target.path)))
  live.add(temporary)
  let written = 0
  let replaced = false
  try {
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
    await syncFolder(folder)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {}) // a disk that refuses this too has already given its reason
    throw error instanceof SystemFailure ? writeFailure(path, error.cause, target.exists && !replaced, written) : error
  } finally {
    live.delete(temporary)
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
    const bytes = new Uint8Array(size)
    let at = 0
    for (const piece of held) {
      bytes.set(piece, at)
      at += piece.length
    }
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
    if (reason.code !== 'ENOENT') throw writeFailure(path, reason, false, 0)
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

/** Bytes that are read in ranges: a file here, a Blob or an HTTP address elsewhere. */
export interface ByteSource {
  /** what messages call it */
  readonly name: string
  /** bytes in all */
  readonly size: number
  /** `length` bytes from offset `at`, in memory of their own */
  read(at: number, length: number): Promise<Uint8Array>
  /** fills `into` with the bytes from offset `at` on */
  readInto(at: number, into: Uint8Array): Promise<void>
  /** memory that stands for the bytes of a range, read when they are touched, as long as someone holds it; undefined where there is no such thing */
  map(at: number, length: number): Uint8Array | undefined
  close(): Promise<void>
}

/** Opens a file for reading in ranges; nothing is read yet. @throws FileError where there is no readable file */
export async function openSource(path: string): Promise<ByteSource> {
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
  const mapped = mapping(file.fd, found.size)
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
    map: (at, length) => mapped(at, length),
  }
}

/** A whole file. @throws FileError where there is no readable file */
export async function readBytes(path: string): Promise<Uint8Array> {
  const source = await openSource(path)
  try {
    return await source.read(0, source.size)
  } finally {
    await source.close()
  }
}

/** A SHA-256 that is given bytes piece by piece. */
export function digester(): { update(bytes: Uint8Array): void; hex(): string } {
  const hash = createHash('sha256')
  return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest('hex') }
}

/** Whether `path` is a folder; false where nothing is. */
export const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )

/** `name` inside the folder `path`, or beside the file `path`. */
export const inside = (folder: string, name: string): string => join(folder, name)
export const beside = (path: string, name: string): string => join(dirname(path), name)

/** A file that only grows, line by line. */
export interface AppendFile {
  /** hands the text to the system at once: it outlives this process, whatever happens to it. @throws FileError; the file is then as before */
  append(text: string): void
  /** waits until all of it is on the disk: it outlives the machine's power too */
  sync(): void
  close(): void
}

/** Opens `path` for appending after its first `keep` bytes; what stands behind them is cut off. A file that is not there is made. */
export function openAppend(path: string, keep: number): AppendFile {
  const guard = <T>(exists: boolean, act: () => T): T => {
    try {
      return act()
    } catch (error) {
      throw writeFailure(path, error as NodeJS.ErrnoException, exists, 0)
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

// Temporary names: .<file>.<host>-<process>-<random>.tmp

/** Temporaries this thread is writing now. */
const live = new Set<string>()
const host =
  hostname()
    .replace(/[^A-Za-z0-9]/g, '')
    .slice(0, 24) || 'host'
const pattern = /^\.(.+)\.([A-Za-z0-9]+)-(\d+)-[0-9a-f]{12}\.tmp$/
const dayMs = 24 * 3600 * 1000

const temporaryName = (name: string): string => `.${name}.${host}-${process.pid}-${randomBytes(6).toString('hex')}.tmp`

/**
 * Removes temporaries of processes that are gone: those of this host whose process no longer runs or that are older than
 * this process but bear its number, and any untouched for a day (other hosts on a shared disk, numbers given out again).
 */
async function removeStale(folder: string, name: string): Promise<void> {
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
    const gone = ours && (pid === process.pid ? age > process.uptime() * 1000 + 1000 : !runs(pid))
    if (gone || age > dayMs) await rm(path, { force: true }).catch(() => {})
  }
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
