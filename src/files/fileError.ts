/** Why a file cannot be written or read, in one message: the file, the reason, what became of it, the cure. */
import { HebbError } from '../tensor/errors.js'

/** A file that cannot be written, read or understood; `code` is the system's name for the reason (`ENOSPC`, `EACCES`, …) where there is one. */
export class FileError extends HebbError {
  override name = 'FileError'
  constructor(
    message: string,
    readonly path: string,
    readonly code?: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/** An error of the system as Node gives it. */
interface SystemError {
  readonly message: string
  readonly code?: string | undefined
}

/** Why the system refuses, in words, and the cure: one for all, or of their own for writing and reading. */
type Refusals = Readonly<Record<string, readonly [reason: string, writing: string, reading?: string]>>

const refusals: Refusals = {
  EISDIR: ['it is a folder', 'Give the name of a file inside it.'],
  ENOTDIR: ['a part of the path is a file, not a folder', 'Correct the path.'],
  EEXIST: ['a part of the path is a file, not a folder', 'Correct the path.'],
  ENAMETOOLONG: ['the name is too long', 'Choose a shorter one.'],
  ELOOP: ['its links lead in a circle', 'Remove the links.'],
  EMFILE: ['too many files are open', 'Close some, or raise the limit (ulimit -n).'],
  ENOSPC: ['the disk is full', 'Free some space or choose another folder.'],
  EDQUOT: ['your disk quota is used up', 'Free some space or choose another folder.'],
  EFBIG: ['the file grows past the largest size allowed here', 'Choose a folder on another file system, or raise the limit (ulimit -f).'],
  EACCES: [
    'permission denied',
    'Make the folder and file writable for this user, or choose another folder.',
    'Make it readable for this user.',
  ],
  EPERM: ['the system does not allow it', 'Close other programs that use the file, make it writable, or choose another folder.'],
  EBUSY: ['another program holds the file', 'Close that program, or choose another name.'],
  EROFS: ['the file system is read-only', 'Choose a folder on a writable disk.'],
  EIO: ['the disk reports an error', 'Check the disk, or choose another folder.', 'Check the disk.'],
}

/** What `ENOENT` means depends on what was wanted. */
const absent = {
  write: ['its folder does not exist', 'Create the folder first.'],
  read: ['there is no such file', 'Check the path.'],
  list: ['there is no such folder', 'Check the path.'],
} as const

/** The `code` of a system error, or ''. */
export const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : ''

/** Whether an error is a refusal of the disk. */
export const isRefusal = (error: unknown): error is SystemError => codeOf(error) in refusals || codeOf(error) === 'ENOENT'

/** The error of a failed write: `kept` says that an earlier file is there and whole, `written` how many bytes got through; `cure` replaces the usual one. */
export function writeFailure(
  path: string,
  error: SystemError,
  {
    kept = false,
    written = 0,
    cure,
  }: { readonly kept?: boolean | undefined; readonly written?: number | undefined; readonly cure?: string | undefined } = {},
): FileError {
  const [reason, usual] =
    error.code === 'ENOENT' ? absent.write : (refusals[error.code ?? ''] ?? [error.message, 'Check the disk, or choose another folder.'])
  const after = written > 0 ? ` after ${written} bytes` : ''
  const unchanged = kept ? ' The earlier file is unchanged.' : ''
  return new FileError(`cannot write ${path}: ${reason}${after}${named(error)}.${unchanged} ${cure ?? usual}`, path, error.code, {
    cause: error,
  })
}

/** The error of a failed read of a file, or of the names in a folder. */
export function readFailure(path: string, error: SystemError, what: 'read' | 'list' = 'read'): FileError {
  const unknown = [error.message, 'Check the disk and the path.'] as const
  const [reason, writing, reading = writing] = error.code === 'ENOENT' ? absent[what] : (refusals[error.code ?? ''] ?? unknown)
  return new FileError(`cannot ${what} ${path}: ${reason}${named(error)}. ${reading}`, path, error.code, { cause: error })
}

const named = (error: SystemError): string => (error.code ? ` (${error.code})` : '')
