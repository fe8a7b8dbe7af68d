/** Obtaining the files of a set: from the data folder when they are there and whole, else from the first source that has them. */
import { mkdir, readdir, rm } from 'node:fs/promises'
import { delimiter, isAbsolute, join, normalize, relative, sep } from 'node:path'
import { codeOf, FileError } from '../../files/fileError.js'
import { withLock } from '../../files/node/lock.js'
import { HebbError } from '../../tensor/errors.js'
import { checkFile, dataFolder, type FileSpec, readChecked } from './cache.js'
import { onDisk } from './disk.js'
import { packPrefix } from './npm.js'
import { isLink } from './own.js'
import { type FileProgress, folderSource, type Source, setFolderSource } from './source.js'

/** What a loader of a data set accepts. */
export interface LoadOptions {
  /** the folder of the set's files: looked into first, and fetched into; a folder of the set's name in HEBB_DATA (~/.cache/hebb) */
  readonly dir?: string | undefined
  /**
   * folders of this machine to look into before any network, besides those HEBB_SOURCES lists (separated as in PATH). In each, a file is
   * looked for in the folder of the set's name, and, if it has a checksum to know it by, in the folder itself; as named, or as .gz
   */
  readonly from?: string | readonly string[] | undefined
  readonly onProgress?: ((progress: FileProgress) => void) | undefined
  /** ends the fetching; what has arrived is kept for the next time */
  readonly signal?: AbortSignal | undefined
  /** milliseconds until a server must have begun to answer; 5000 */
  readonly connectTimeout?: number | undefined
}

/** A set of files and the ways to them, tried in order. */
export interface Request extends LoadOptions {
  /** name of the set: its folder, and the name in messages */
  readonly name: string
  readonly files: readonly FileSpec[]
  readonly sources: readonly Source[]
}

/**
 * The bytes of the files, in the order asked for. Every file is compared with its checksum each time; a damaged one is fetched again.
 * Throws HebbError listing each source with its reason when none has the files, FileError when they cannot be written, or the signal's reason.
 */
export async function obtain(request: Request): Promise<Uint8Array[]> {
  const folder = await folderOf(request)
  const read = (): ReturnType<typeof readChecked>[] => request.files.map((spec) => readChecked(join(folder, spec.name), spec))
  const first = await Promise.all(read())
  request.signal?.throwIfAborted()
  const there = first.flatMap((found) => (found && 'bytes' in found ? [found.bytes] : []))
  if (there.length === first.length) return there
  await obtainPaths(request)
  return Promise.all(
    read().map(async (reading, i) => {
      const found = await reading
      if (found && 'bytes' in found) return found.bytes
      throw new HebbError(`${request.name}: ${request.files[i]!.name} changed while it was being read: ${found?.damage ?? 'it is gone'}`)
    }),
  )
}

/** As `obtain`, but gives the paths of the files and reads them piecewise: for files too large for memory. */
export async function obtainPaths(request: Request): Promise<string[]> {
  const folder = await folderOf(request)
  const paths = request.files.map(({ name }) => join(folder, name))
  if ((await lacking(folder, request.files)).missing.length === 0) return paths
  await onDisk(folder, () => mkdir(folder, { recursive: true }))
  const lock = join(folder, `.${request.files.length === 1 ? request.files[0]!.name.replaceAll('/', '+') : request.name}.lock`)
  await withLock(lock, request.signal, async () => {
    const { missing, damage } = await lacking(folder, request.files) // another process may have fetched them meanwhile
    if (missing.length > 0) await fetchMissing(request, folder, missing, damage)
  })
  return paths
}

async function fetchMissing(request: Request, folder: string, missing: readonly FileSpec[], damage: readonly string[]): Promise<void> {
  await clearLeftovers(folder, request.files)
  const { signal, onProgress, connectTimeout } = request
  const reasons: string[] = [...damage]
  let wanted = missing
  for (const source of [folderSource(folder), ...localSources(request), ...request.sources]) {
    signal?.throwIfAborted()
    try {
      await source.get(wanted, { folder, signal, onProgress, connectTimeout })
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof FileError || !(error instanceof HebbError || codeOf(error))) throw error
      reasons.push(`${source.name}: ${(error as Error).message}`)
    }
    wanted = (await lacking(folder, wanted)).missing
    if (wanted.length === 0) return
  }
  const names = wanted.map(({ name }) => name)
  throw new HebbError(
    `${request.name}: no source gave ${names.join(', ')}\n${reasons.map((reason) => `  ${reason}\n`).join('')}` +
      `connect to the internet, or put ${names.length === 1 ? 'the file' : 'the files'} (as named, or .gz) into ${folder}, or set HEBB_SOURCES to a folder that has ${names.length === 1 ? 'it' : 'them'}`,
  )
}

/** The folders a user names, in their order: the option's, then HEBB_SOURCES. */
function localSources({ name, from = [] }: Request): Source[] {
  const listed = (process.env.HEBB_SOURCES ?? '').split(delimiter).filter((path) => path !== '')
  return [...(typeof from === 'string' ? [from] : from), ...listed].map((path) => setFolderSource(path, name))
}

/** Which files are not there or not whole. */
async function lacking(folder: string, files: readonly FileSpec[]): Promise<{ missing: FileSpec[]; damage: string[] }> {
  const missing: FileSpec[] = []
  const damage: string[] = []
  for (const spec of files) {
    const state = await checkFile(join(folder, spec.name), spec)
    if (state === 'good') continue
    missing.push(spec)
    if (state) damage.push(state.damage)
  }
  return { missing, damage }
}

/** Removes what killed processes left: nobody else works in here while we hold the lock. Partial downloads stay, they are continued. */
async function clearLeftovers(folder: string, files: readonly FileSpec[]): Promise<void> {
  const mine = (name: string): boolean => files.some((spec) => name.startsWith(`.${spec.name}.`) && name.endsWith('.tmp'))
  for (const name of await readdir(folder))
    if (mine(name) || (files.length > 1 && name.startsWith(packPrefix)))
      await rm(join(folder, name), { recursive: true, force: true }).catch(() => {})
}

async function folderOf({ name, dir, files }: Request): Promise<string> {
  for (const spec of files)
    if (isAbsolute(spec.name) || normalize(spec.name).startsWith('..'))
      throw new HebbError(`${name}: file name ${spec.name} leads out of the data folder`)
  const folder = dir ?? join(dataFolder(), name)
  const below = relative(dataFolder(), folder)
  // the data folder itself may be a link, and so may any other folder a user names
  if (below !== '' && !below.startsWith('..') && !isAbsolute(below))
    for (let part = dataFolder(), i = 0, steps = below.split(sep); i < steps.length; i++) {
      part = join(part, steps[i]!)
      if (await isLink(part))
        throw new HebbError(
          `${name}: ${part} is a link: inside the data folder they are not followed. Remove it, or name its target as dir`,
        )
    }
  return folder
}
