/** Folders that are whole or not there: filled under another name beside, which then becomes theirs in one step. */
import { mkdir, readdir, rename, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { FileError, isRefusal, writeFailure } from '../fileError.js'
import { removeStale, withTemporary } from './temporary.js'

/** See `writeFolder`. */
export async function makeFolder(
  path: string,
  fill: (folder: string) => Promise<void>,
  { replace = false }: { readonly replace?: boolean | undefined } = {},
): Promise<void> {
  // a slash at the end would make the name of what is inside
  const target = join(path, '.').replace(/(.)[\\/]+$/, '$1')
  try {
    await mkdir(dirname(target), { recursive: true })
    const there = await entriesOf(target)
    if (there === 'file') throw new FileError(`cannot write ${path}: it is a file, not a folder. Choose another name.`, path, 'ENOTDIR')
    if (there > 0 && !replace)
      throw new FileError(
        `cannot write ${path}: the folder holds ${there} files already. Choose another name, or replace it ({ replace: true }).`,
        path,
        'ENOTEMPTY',
      )
    await removeStale(target)
    await withTemporary(target, async (temporary) => {
      await mkdir(temporary)
      await fill(temporary)
      // what was there lies under a temporary name until the new one has its place
      if (there > 0) await withTemporary(target, (old) => rename(target, old).then(() => exchanged(temporary, target, old)))
      else await rename(temporary, target)
    })
  } catch (error) {
    throw !(error instanceof FileError) && isRefusal(error) ? writeFailure(path, error) : error
  }
}

async function exchanged(temporary: string, target: string, old: string): Promise<void> {
  try {
    await rename(temporary, target)
  } catch (error) {
    await rename(old, target)
    throw error
  }
}

/** How many names a folder holds; 0 where nothing is. */
async function entriesOf(path: string): Promise<number | 'file'> {
  try {
    return (await stat(path)).isDirectory() ? (await readdir(path)).length : 'file'
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw error
  }
}
