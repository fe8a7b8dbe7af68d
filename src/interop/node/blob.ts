/** One file of a hub into the cache: gone on with where it was interrupted, compared with its size and, of large files, its SHA-256. */
import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { breathe } from '../../host/pace.js'
import { HebbError } from '../../tensor/errors.js'
import { inCache } from './layout.js'
import { ask, type HubRequest, RefusedError } from './request.js'

/** What the hub says of a file. */
export interface BlobInfo {
  readonly url: string
  readonly etag: string
  readonly size: number | undefined
}

/** Attempts in a row that bring no new byte before a download is given up. */
const fruitless = 3
const idleTimeout = 30_000

/** Brings a blob to `path`, by way of `path.incomplete`. Throws HebbError where what arrives is not what the hub said, UnreachableError, FileError, the signal's reason. */
export async function fetchBlob(
  info: BlobInfo,
  path: string,
  request: Omit<HubRequest, 'follow'>,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const part = `${path}.incomplete`
  await inCache(part, async () => void (await mkdir(dirname(part), { recursive: true })))
  for (let again = false; ; again = true) {
    const pieced = (await sizeOf(part)) > 0
    await complete(info, part, request, onBytes)
    const wrong = await mismatch(info, part)
    if (wrong === undefined) break
    await rm(part, { force: true })
    // what was pieced together may have been of another file
    if (!pieced || again)
      throw new HebbError(
        `${request.what.name}: ${request.what.file} ${wrong}. It was thrown away: try again, and if this stays tell who keeps the model.`,
      )
  }
  await inCache(path, () => rename(part, path))
}

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    (found) => found.size,
    () => 0,
  )

/** Reads on until all bytes are there. */
async function complete(
  { url, size }: BlobInfo,
  part: string,
  request: Omit<HubRequest, 'follow'>,
  onBytes: (bytes: number) => void,
): Promise<void> {
  let most = await sizeOf(part)
  for (let failed = 0; ; ) {
    const have = await sizeOf(part)
    if (size !== undefined && have === size && (have > 0 || failed > 0)) return
    if (size !== undefined && have > size) await rm(part, { force: true })
    try {
      return await receive(url, part, size, request, onBytes)
    } catch (error) {
      request.signal?.throwIfAborted()
      if (!(error instanceof Broken)) throw error
      const now = await sizeOf(part)
      failed = now > most ? 0 : failed + 1
      most = Math.max(most, now)
      if (failed >= fruitless)
        throw new HebbError(
          `${request.what.name}: ${request.what.file}: ${error.message}. What arrived is kept: the next call goes on there.`,
          { cause: error },
        )
    }
  }
}

/** The connection ended before the file did. */
class Broken extends Error {}

async function receive(
  url: string,
  part: string,
  size: number | undefined,
  request: Omit<HubRequest, 'follow'>,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const have = await sizeOf(part)
  const headers = have > 0 ? { range: `bytes=${have}-` } : {}
  const { response, watch } = await ask(url, { ...request, headers, follow: 'all' })
  try {
    const goesOn = response.status === 206 && response.headers.get('content-range')?.startsWith(`bytes ${have}-`)
    if (response.status === 416 || (response.status === 206 && !goesOn)) {
      await response.body?.cancel()
      await rm(part, { force: true })
      throw new Broken(`the hub cannot go on at byte ${have}`)
    }
    if (response.status !== 200 && response.status !== 206)
      throw new HebbError(`${request.what.name}: ${request.what.file}: HTTP ${response.status} without a file`)
    const length = response.headers.get('content-length')
    const total = size ?? (length === null ? undefined : (goesOn ? have : 0) + Number(length))
    const file = await inCache(part, () => open(part, goesOn ? 'a' : 'w'))
    try {
      await write(response, file, part, goesOn ? have : 0, total, (bytes) => {
        watch.within(idleTimeout, `silent for ${idleTimeout / 1000} s`)
        onBytes(bytes)
      }).catch((error: unknown) => {
        if (error instanceof HebbError) throw error
        throw new Broken(watch.why ?? `the connection broke (${(error as Error).message})`, { cause: error })
      })
    } finally {
      await file.close()
    }
  } finally {
    watch.stop()
  }
}

async function write(
  response: Response,
  file: FileHandle,
  part: string,
  start: number,
  total: number | undefined,
  onBytes: (bytes: number) => void,
): Promise<void> {
  let at = start
  onBytes(at)
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    if (total !== undefined && at + chunk.length > total) throw new HebbError(`the hub sends more than the ${total} bytes of the file`)
    await inCache(part, () => file.appendFile(chunk))
    at += chunk.length
    onBytes(at)
  }
  if (total !== undefined && at < total) throw new Error(`ended after ${at} of ${total} bytes`)
  await inCache(part, () => file.sync())
}

/** What is wrong with a file that arrived; undefined where it is what the hub said. An ETag of 64 digits is the SHA-256 of the file. */
async function mismatch({ etag, size }: BlobInfo, part: string): Promise<string | undefined> {
  const have = await sizeOf(part)
  if (size !== undefined && have !== size) return `has ${have} bytes, and the hub says ${size}`
  if (!/^[0-9a-f]{64}$/.test(etag)) return undefined
  const hash = await digest(part)
  return hash === etag ? undefined : `has the SHA-256 ${hash}, and the hub says ${etag}`
}

async function digest(path: string): Promise<string> {
  const hash: Hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Uint8Array>) {
    hash.update(chunk)
    await breathe()
  }
  return hash.digest('hex')
}

/** What the hub says of a file at a commit. Throws RefusedError where there is none, HebbError where it says too little. */
export async function infoOf(url: string, request: Omit<HubRequest, 'follow'>): Promise<BlobInfo> {
  const { response, watch } = await ask(url, { ...request, method: 'HEAD', follow: 'same' })
  watch.stop()
  const etag = (response.headers.get('x-linked-etag') ?? response.headers.get('etag') ?? '').replace(/^W\//, '').replace(/^"(.*)"$/, '$1')
  if (!/^[\w-][\w.-]*$/.test(etag))
    throw new RefusedError(
      `${request.what.name}: the hub gives no ETag for ${request.what.file} by which it could be kept: is HF_ENDPOINT a hub?`,
      response.status,
      '',
    )
  const linked = response.headers.get('x-linked-size')
  const length = response.status < 300 ? response.headers.get('content-length') : null
  const size = linked ?? length
  return { url, etag, size: size === null ? undefined : Number(size) }
}
