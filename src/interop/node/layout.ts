/** The cache of the Python client: `models--owner--name` with `blobs` by ETag, `snapshots` of links to them by commit, `refs` from branches to commits. */
import { copyFile, mkdir, readFile, readlink, rename, rm, stat, symlink } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { onDisk } from '../../data/fetch/disk.js'
import { codeOf } from '../../files/fileError.js'
import { writeWhole } from '../../files/node/whole.js'
import { HebbError } from '../../tensor/errors.js'

const cure = 'Make room, or set HF_HUB_CACHE to another folder.'
/** Runs file work in the cache; refusals of the disk come out as FileError. */
export const inCache = <T>(path: string, work: () => Promise<T>): Promise<T> => onDisk(path, work, cure)

/** Whether a revision is a commit. */
export const isCommit = (revision: string): boolean => /^[0-9a-f]{40}$/.test(revision)

/** The cache of one model. */
export class Layout {
  readonly root: string
  readonly #locks: string

  constructor(cache: string, name: string) {
    const folder = ['models', ...name.split('/')].join('--')
    this.root = join(cache, folder)
    this.#locks = join(cache, '.locks', folder)
  }

  blob = (etag: string): string => join(this.root, 'blobs', etag)
  lock = (etag: string): string => join(this.#locks, `${etag}.lock`)
  snapshot = (commit: string): string => join(this.root, 'snapshots', commit)
  file = (commit: string, name: string): string => join(this.snapshot(commit), ...name.split('/'))

  /** The commit that a revision meant when it was last asked for. */
  async commitOf(revision: string): Promise<string | undefined> {
    if (isCommit(revision)) return revision
    const commit = await readFile(this.#ref(revision), 'utf8').catch(() => undefined)
    return commit !== undefined && isCommit(commit.trim()) ? commit.trim() : undefined
  }

  /** Notes what a revision means. */
  async note(revision: string, commit: string): Promise<void> {
    if (revision !== commit && (await this.commitOf(revision)) !== commit)
      await writeWhole(this.#ref(revision), commit, { follow: false, folders: true, cure })
  }

  /** Makes the link of a snapshot to a blob; where links are not allowed the blob itself moves, as with Python. */
  async link(commit: string, name: string, etag: string): Promise<void> {
    const [path, blob] = [this.file(commit, name), this.blob(etag)]
    const target = relative(dirname(path), blob)
    await inCache(path, async () => {
      await mkdir(dirname(path), { recursive: true })
      if ((await readlink(path).catch(() => undefined)) === target) return
      await rm(path, { force: true })
      try {
        await symlink(target, path)
      } catch (error) {
        if (codeOf(error) === 'EEXIST') return
        if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'UNKNOWN'].includes(codeOf(error))) throw error
        await rename(blob, path).catch(() => copyFile(blob, path))
      }
    })
  }

  #ref(revision: string): string {
    return join(this.root, 'refs', ...revision.split('/'))
  }
}

/** Whether there is a file, behind links too. */
export const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  )

/** A name from the hub that may become a path below a folder. Throws HebbError for one that leads out of it. */
export function safePath(what: string, name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (name === '' || name.split('/').some((part) => part === '' || part === '.' || part === '..') || /[\\:\x00-\x1f]/.test(name))
    throw new HebbError(`${what} is ${JSON.stringify(name.slice(0, 200))}, which is no path inside a folder`)
  return name
}
