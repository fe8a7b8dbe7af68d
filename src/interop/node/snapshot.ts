/** Files of a model of a hub, as a folder of the cache that Python's client has too. */
import { readdir } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { FileProgress } from '../../data/fetch/source.js'
import { HebbError } from '../../tensor/errors.js'
import { fetchBlob, infoOf } from './blob.js'
import { withFlock } from './flock.js'
import { isThere, Layout, safePath } from './layout.js'
import { ask, type HubRequest, RefusedError, UnreachableError } from './request.js'
import { type HubSettings, hubSettings } from './settings.js'

/** A model, and which of its files are wanted. */
export interface SnapshotRequest {
  /** `owner/name` */
  readonly name: string
  /** branch, tag or commit */
  readonly revision: string
  /** which of the files of the model are wanted, by name; it may throw where none will do */
  readonly choose: (files: readonly string[]) => readonly string[]
  /** instead of the token of the environment; `false`: none */
  readonly token?: string | false | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: FileProgress) => void) | undefined
}

/** A folder with files, and which were chosen. */
export interface Snapshot {
  readonly folder: string
  readonly files: readonly string[]
}

/** Files fetched at once. */
const atOnce = 4

/**
 * The folder of a model's files, fetched as far as they are not there. Offline, or where the hub cannot be reached or refuses, that is what the cache has.
 * Throws HebbError with the reason and the cure, FileError where the disk refuses, the signal's reason.
 */
export async function hubSnapshot({ name, revision, choose, token, signal, onProgress }: SnapshotRequest): Promise<Snapshot> {
  const found = await hubSettings()
  const settings: HubSettings = token === undefined ? found : { ...found, token: token || undefined }
  const layout = new Layout(settings.cache, name)
  const request = (file?: string): Omit<HubRequest, 'follow'> => ({
    settings,
    signal,
    what: file === undefined ? { name, revision } : { name, revision, file },
  })
  const kept = async (reason: string, cause?: unknown): Promise<Snapshot> => {
    const commit = await layout.commitOf(revision)
    const files = commit === undefined ? [] : await filesBelow(layout.snapshot(commit))
    if (files.length > 0) return { folder: layout.snapshot(commit!), files: choose(files) }
    throw new HebbError(`${reason} And ${settings.cache} holds nothing of ${name} at ${revision}.`, { cause })
  }
  if (settings.offline) return kept(`${name}: HF_HUB_OFFLINE is set: nothing is fetched.`)
  let listed: { readonly commit: string; readonly files: readonly string[] }
  try {
    listed = await listFiles(settings, request())
  } catch (error) {
    if (error instanceof UnreachableError)
      return kept(`${name}: the hub cannot be reached (${error.message}): check the connection and HF_ENDPOINT.`, error)
    if (error instanceof RefusedError && error.code !== 'RevisionNotFound') return kept(error.message, error)
    throw error
  }
  const { commit } = listed
  const files = choose(listed.files)
  await layout.note(revision, commit)
  const waiting = [...files]
  const work = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift())
      await fetchFile(layout, commit, file, settings, request(file), onProgress)
  }
  const outcomes = await Promise.allSettled(Array.from({ length: Math.min(atOnce, files.length) }, work))
  signal?.throwIfAborted()
  for (const outcome of outcomes)
    if (outcome.status === 'rejected') {
      const { reason } = outcome as { readonly reason: unknown }
      throw reason instanceof UnreachableError
        ? new HebbError(`${name}: the hub cannot be reached (${reason.message}). What arrived is kept: the next call goes on there.`, {
            cause: reason,
          })
        : reason
    }
  return { folder: layout.snapshot(commit), files }
}

async function fetchFile(
  layout: Layout,
  commit: string,
  file: string,
  settings: HubSettings,
  request: Omit<HubRequest, 'follow'>,
  onProgress: SnapshotRequest['onProgress'],
): Promise<void> {
  if (await isThere(layout.file(commit, file))) return
  const url = `${settings.endpoint}/${request.what.name}/resolve/${commit}/${file.split('/').map(encodeURIComponent).join('/')}`
  const info = await infoOf(url, request)
  const blob = layout.blob(info.etag)
  await withFlock(layout.lock(info.etag), request.signal, async () => {
    if (!(await isThere(blob)))
      await fetchBlob(info, blob, request, (bytes) => onProgress?.({ file, source: settings.endpoint, bytes, total: info.size }))
    await layout.link(commit, file, info.etag)
  })
}

/** The commit of a revision, and the names of its files. */
async function listFiles(settings: HubSettings, request: Omit<HubRequest, 'follow'>): Promise<{ commit: string; files: string[] }> {
  const { name, revision } = request.what
  const { response, watch } = await ask(`${settings.endpoint}/api/models/${name}/revision/${encodeURIComponent(revision)}`, {
    ...request,
    follow: 'same',
  })
  const no = (): never => {
    throw new HebbError(`${name}: ${settings.endpoint} answers, but not as a hub does: check HF_ENDPOINT`)
  }
  let told: unknown
  try {
    watch.within(30_000, 'silent for 30 s')
    told = await response.json()
  } catch (error) {
    request.signal?.throwIfAborted()
    throw watch.why === undefined
      ? new HebbError(`${name}: ${settings.endpoint} answers, but not as a hub does: check HF_ENDPOINT`, { cause: error })
      : new UnreachableError(watch.why, { cause: error })
  } finally {
    watch.stop()
  }
  const { sha, siblings } = (told ?? {}) as { readonly sha?: unknown; readonly siblings?: unknown }
  if (typeof sha !== 'string' || !/^[0-9a-f]{40}$/.test(sha) || !Array.isArray(siblings)) return no()
  const files = siblings.map((entry: unknown) => {
    const file = (entry as { readonly rfilename?: unknown } | null)?.rfilename
    return typeof file === 'string' ? safePath(`${name}: a file of it`, file) : no()
  })
  return { commit: sha, files }
}

/** Names of the files below a folder, with `/` between folders. */
async function filesBelow(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => [])
  const there = await Promise.all(names.map((name) => isThere(join(folder, name))))
  return names
    .filter((_, i) => there[i])
    .map((name) => name.split(sep).join('/'))
    .sort()
}
