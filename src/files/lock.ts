/** A lock between processes: a file that says who holds it. A holder that is gone, killed or of an earlier life of the machine, holds it no longer. */
import { HebbError } from '../tensor/errors.js'
import { beside, type Held, type HoldOptions, theFiles } from './files.js'

/** The path of the lock of a file: beside it. */
export const lockBeside = (path: string): string => beside(path, `.${path.split(/[\\/]/).at(-1)}.lock`)

/** Another process holds a lock. */
export class LockedError extends HebbError {
  override name = 'LockedError'
}

/**
 * Takes the lock file `path`, at once or within `wait` milliseconds. A lock whose process is gone is taken over.
 * Throws LockedError saying who holds `what`, since when, and what to do; FileError where the lock cannot be written; the signal's reason.
 */
export const hold = async (path: string, what: string, options: HoldOptions = {}): Promise<Held> => theFiles().lock(path, what, options)
