/**
 * Files as the library sees them, wherever it runs: whole writes, ranges, files that grow, folders, locks. What does the work is named by the entry of the
 * package: the disk in Node, something alike elsewhere.
 */
import { HebbError } from '../tensor/errors.js'

/** What a file may be written from: text (as UTF-8), bytes, or bytes that come in pieces. */
export type FileContent = string | Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>

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

/** A file that only grows, line by line. */
export interface AppendFile {
  /** hands the text to the system at once: it outlives this process, whatever happens to it. @throws FileError; the file is then as before */
  append(text: string): void
  /** waits until all of it is on the disk: it outlives the machine's power too */
  sync(): void
  close(): void
}

/** A lock that is held. */
export interface Held {
  release(): Promise<void>
}

/** How a lock is waited for. */
export interface HoldOptions {
  /** milliseconds to wait while another holds it; default 0 */
  readonly wait?: number | undefined
  /** ends the waiting */
  readonly signal?: AbortSignal | undefined
}

/** What lies in a folder, by name. */
export interface Names {
  readonly folders: readonly string[]
  readonly files: readonly string[]
}

/** A SHA-256 that is given bytes piece by piece. */
export interface Digester {
  update(bytes: Uint8Array): void
  hex(): string
}

/** Where files are kept. */
export interface Files {
  /** see {@link writeAtomic} */
  write(path: string, content: FileContent): Promise<void>
  /** see {@link writeFolder} */
  folder(path: string, fill: (folder: string) => Promise<void>, options?: { readonly replace?: boolean | undefined }): Promise<void>
  /** see {@link openSource} */
  open(path: string): Promise<ByteSource>
  /** see {@link openAppend} */
  append(path: string, keep: number): AppendFile
  /** see `hold` */
  lock(path: string, what: string, options: HoldOptions): Promise<Held>
  /** see {@link isFolder} */
  isFolder(path: string): Promise<boolean>
  /** see {@link namesIn} */
  names(folder: string): Promise<Names>
  /** `name` inside the folder `path` */
  inside(folder: string, name: string): string
  /** `name` beside the file `path` */
  beside(path: string, name: string): string
  digester(): Digester
}

let files: Files | undefined

/** Names where files are kept. */
export function useFiles(f: Files): void {
  files = f
}

/** Where files are kept. Throws HebbError where there is no such place. */
export function theFiles(): Files {
  if (!files)
    throw new HebbError('there are no files here: import from \'hebb\' or one of its rooms, under the condition of where it runs ("node")')
  return files
}

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
export const writeAtomic = async (path: string, content: FileContent): Promise<void> => theFiles().write(path, content)

/**
 * Writes a folder so that `path` is either as it was or holds all of the new one: `fill` is given the path of a folder beside, to write into.
 *
 * @throws FileError where the folder holds files already, unless it is to be replaced with all it holds, and where the disk refuses; what `fill` throws
 * @example await writeFolder('models/small', async (folder) => writeAtomic(inside(folder, 'config.json'), '{}'))
 */
export const writeFolder = async (
  path: string,
  fill: (folder: string) => Promise<void>,
  options: { readonly replace?: boolean | undefined } = {},
): Promise<void> => theFiles().folder(path, fill, options)

/** Opens a file for reading in ranges; nothing is read yet. @throws FileError where there is no readable file */
export const openSource = async (path: string): Promise<ByteSource> => theFiles().open(path)

/** A whole file. @throws FileError where there is no readable file */
export async function readBytes(path: string): Promise<Uint8Array> {
  const source = await openSource(path)
  try {
    return await source.read(0, source.size)
  } finally {
    await source.close()
  }
}

/** Opens `path` for appending after its first `keep` bytes; what stands behind them is cut off. A file that is not there is made. */
export const openAppend = (path: string, keep: number): AppendFile => theFiles().append(path, keep)

/** The names in a folder, sorted by code units, with what is a folder itself. Hidden ones, whose names begin with a dot, are left out. */
export const namesIn = async (folder: string): Promise<Names> => theFiles().names(folder)

/** Whether `path` is a folder; false where nothing is. */
export const isFolder = async (path: string): Promise<boolean> => theFiles().isFolder(path)

/** `name` inside the folder `path`, or beside the file `path`. */
export const inside = (folder: string, name: string): string => theFiles().inside(folder, name)
export const beside = (path: string, name: string): string => theFiles().beside(path, name)

/** A SHA-256 that is given bytes piece by piece. */
export const digester = (): Digester => theFiles().digester()
