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

type Cures = Readonly<Record<string, readonly [reason: string, cure: string]>>

const shared: Cures = {
  EISDIR: ['it is a folder', 'Give the name of a file inside it.'],
  ENOTDIR: ['a part of the path is a file, not a folder', 'Correct the path.'],
  ENAMETOOLONG: ['the name is too long', 'Choose a shorter one.'],
  ELOOP: ['its links lead in a circle', 'Remove the links.'],
  EMFILE: ['too many files are open', 'Close some, or raise the limit (ulimit -n).'],
}

const writing: Cures = {
  ...shared,
  ENOSPC: ['the disk is full', 'Free some space or choose another folder.'],
  EDQUOT: ['your disk quota is used up', 'Free some space or choose another folder.'],
  EFBIG: ['the file grows past the largest size allowed here', 'Choose a folder on another file system, or raise the limit (ulimit -f).'],
  EACCES: ['permission denied', 'Make the folder and file writable for this user, or choose another folder.'],
  EPERM: ['the system does not allow it', 'Close other programs that use the file, make it writable, or choose another folder.'],
  EBUSY: ['another program holds the file', 'Close that program, or choose another name.'],
  EROFS: ['the file system is read-only', 'Choose a folder on a writable disk.'],
  ENOENT: ['its folder does not exist', 'Create the folder first.'],
}

const reading: Cures = {
  ...shared,
  ENOENT: ['there is no such file', 'Check the path.'],
  EACCES: ['permission denied', 'Make it readable for this user.'],
}

/** The error of a failed write: `kept` says that an earlier file is there and whole, `written` how many bytes got through. */
export function writeFailure(path: string, error: SystemError, kept: boolean, written: number): FileError {
  const [reason, cure] = writing[error.code ?? ''] ?? [error.message, 'Check the disk, or choose another folder.']
  const after = written > 0 ? ` after ${written} bytes` : ''
  return new FileError(
    `cannot write ${path}: ${reason}${after}${named(error)}.${kept ? ' The earlier file is unchanged.' : ''} ${cure}`,
    path,
    error.code,
    { cause: error },
  )
}

/** The error of a failed read. */
export function readFailure(path: string, error: SystemError): FileError {
  const [reason, cure] = reading[error.code ?? ''] ?? [error.message, 'Check the disk and the path.']
  return new FileError(`cannot read ${path}: ${reason}${named(error)}. ${cure}`, path, error.code, { cause: error })
}

const named = (error: SystemError): string => (error.code ? ` (${error.code})` : '')
