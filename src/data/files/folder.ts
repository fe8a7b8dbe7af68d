/** What lies in a folder of the user's own. */
import { readdir } from 'node:fs/promises'
import { FileError } from '../../files/fileError.js'

/** The names in a folder, sorted by code units, with what is a folder itself. Hidden ones, whose names begin with a dot, are left out. */
export async function namesIn(folder: string): Promise<{ readonly folders: readonly string[]; readonly files: readonly string[] }> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    const why = { ENOENT: 'there is no such folder', ENOTDIR: 'it is no folder', EACCES: 'it may not be read' }[error.code ?? '']
    throw new FileError(`cannot list ${folder}: ${why ?? error.message}`, folder, error.code)
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
