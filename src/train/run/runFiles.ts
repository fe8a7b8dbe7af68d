/** The files that a run writes: held against other runs from its begin to its end. */
import type { Held } from '../../files/files.js'
import { type Journal, type JournalOptions, openJournal } from '../../files/journal.js'
import { hold, lockBeside } from '../../files/lock.js'

/** Locks on files, and the journal among them. */
export class RunFiles {
  journal: Journal | undefined
  readonly #held: Held[] = []

  /** Takes the files. Throws LockedError saying who has one of them, FileError where a folder cannot be written to. */
  static async take(name: string, paths: readonly (string | undefined)[]): Promise<RunFiles> {
    const files = new RunFiles()
    try {
      for (const path of new Set(paths)) if (path !== undefined) files.#held.push(await lock(name, path))
    } catch (error) {
      await files.release()
      throw error
    }
    return files
  }

  /** Opens the journal: a new one where `options` say nothing. */
  async openJournal(path: string | undefined, options: JournalOptions = {}): Promise<void> {
    if (path !== undefined) this.journal = await openJournal(path, options)
  }

  async release(): Promise<void> {
    this.journal?.sync()
    this.journal?.close()
    for (const held of this.#held) await held.release()
  }
}

const lock = (name: string, path: string): Promise<Held> => hold(lockBeside(path), `${name}: ${path}`)
