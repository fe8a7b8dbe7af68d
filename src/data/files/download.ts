/** One file over HTTP: goes on where it was interrupted, gives up on silent servers, reports its progress. */
import { open, readFile, rm, stat } from 'node:fs/promises'
import { HebbError } from '../../tensor/errors.js'
import { codeOf, onDisk, writeAt, writeWhole } from './disk.js'

/** How a download goes. */
export interface DownloadOptions {
  /** called with the bytes so far and, when the server says it, their total */
  readonly onProgress?: ((bytes: number, total: number | undefined) => void) | undefined
  readonly signal?: AbortSignal | undefined
  /** milliseconds until the server must have begun to answer; 5000 */
  readonly connectTimeout?: number | undefined
  /** milliseconds the server may be silent in between; 30 000 */
  readonly idleTimeout?: number | undefined
  /** more bytes than this are refused */
  readonly maxBytes?: number | undefined
}

/** Which resource a partial file belongs to, in `<part>.json` beside it. */
interface Begun {
  readonly url: string
  /** strong ETag or Last-Modified: the server then continues only the same file */
  readonly validator: string
}

/** Attempts in a row that bring no new byte before a source is given up. */
const attempts = 2

/**
 * Downloads `url` into the file `part`. A partial file of the same resource is continued with an HTTP Range request, also within one
 * call when the connection breaks; an abort leaves it for the next call. Throws HebbError with the reason, DiskError, or the signal's reason.
 */
export async function download(url: string, part: string, options: DownloadOptions = {}): Promise<void> {
  let fruitless = 0
  for (;;) {
    const before = await sizeOfPart(part)
    try {
      return await attempt(url, part, options)
    } catch (error) {
      options.signal?.throwIfAborted()
      if (!(error instanceof Interrupted)) throw error
      fruitless = (await sizeOfPart(part)) > before ? 0 : fruitless + 1
      if (fruitless >= attempts) throw new HebbError(error.message, { cause: error })
    }
  }
}

/** Forgets a partial download. */
export async function discard(part: string): Promise<void> {
  await Promise.all([rm(part, { force: true }), rm(`${part}.json`, { force: true })])
}

/** The connection broke or went silent after it had begun: worth another attempt. */
class Interrupted extends Error {}

async function attempt(url: string, part: string, options: DownloadOptions): Promise<void> {
  const { signal, connectTimeout = 5000, idleTimeout = 30_000, maxBytes = Number.POSITIVE_INFINITY } = options
  const watch = watchdog(signal)
  try {
    const begun = await begunOf(part)
    const have = begun?.url === url ? await sizeOfPart(part) : 0
    const headers: Record<string, string> = { 'accept-encoding': 'identity' }
    if (begun && have > 0) Object.assign(headers, { range: `bytes=${have}-`, 'if-range': begun.validator })
    watch.within(connectTimeout, `no answer within ${connectTimeout / 1000} s`)
    const response = await fetch(url, { headers, signal: watch.signal, redirect: 'follow' }).catch((error) => {
      throw new HebbError(watch.why ?? unreachable(error), { cause: error })
    })
    if (response.status === 416 || (response.status === 206 && !response.headers.get('content-range')?.startsWith(`bytes ${have}-`))) {
      await response.body?.cancel()
      await discard(part) // the partial file is no beginning of what the server has
      throw new Interrupted(`the server cannot go on at byte ${have}`)
    }
    if (response.status !== 200 && response.status !== 206) {
      await response.body?.cancel()
      throw new HebbError(`HTTP ${response.status} ${response.statusText}`.trim())
    }
    const start = response.status === 206 ? have : 0
    const length = response.headers.get('content-length')
    const total = length === null ? undefined : start + Number(length)
    if (total !== undefined && total > maxBytes) {
      await response.body?.cancel()
      throw new HebbError(`has ${total} bytes, at most ${maxBytes} were expected`)
    }
    if (start === 0) await begin(part, url, response.headers)
    await receive(response, part, start, total, options, () => watch.within(idleTimeout, `silent for ${idleTimeout / 1000} s`)).catch(
      (error) => {
        if (error instanceof HebbError) throw error
        throw new Interrupted(watch.why ?? `the connection broke (${codeOf(causeOf(error)) || causeOf(error).message})`, { cause: error })
      },
    )
  } finally {
    watch.stop()
  }
}

async function receive(
  response: Response,
  part: string,
  start: number,
  total: number | undefined,
  { onProgress, maxBytes = Number.POSITIVE_INFINITY }: DownloadOptions,
  stillThere: () => void,
): Promise<void> {
  const file = await onDisk(part, () => open(part, start > 0 ? 'r+' : 'w'))
  let at = start
  try {
    onProgress?.(at, total)
    stillThere()
    for await (const chunk of response.body ?? []) {
      if (at + chunk.length > maxBytes) throw new HebbError(`sends more than the ${maxBytes} bytes that were expected`)
      await onDisk(part, () => writeAt(file, chunk, at))
      at += chunk.length
      stillThere()
      onProgress?.(at, total)
    }
    if (total !== undefined && at < total) throw new Error(`ended after ${at} of ${total} bytes`)
    await onDisk(part, () => file.sync())
  } finally {
    await file.close()
  }
}

/** Notes what a fresh download is of, so that it can be continued; without a validator it never is. The part itself is emptied when opened. */
async function begin(part: string, url: string, headers: Headers): Promise<void> {
  await onDisk(part, () => rm(`${part}.json`, { force: true }))
  const etag = headers.get('etag')
  const validator = etag && !etag.startsWith('W/') ? etag : headers.get('last-modified')
  if (validator) await writeWhole(`${part}.json`, JSON.stringify({ url, validator } satisfies Begun))
}

async function begunOf(part: string): Promise<Begun | undefined> {
  try {
    return JSON.parse(await readFile(`${part}.json`, 'utf8')) as Begun
  } catch {
    return undefined
  }
}

const sizeOfPart = (part: string): Promise<number> =>
  stat(part).then(
    ({ size }) => size,
    () => 0,
  )

const causeOf = (error: unknown): Error => {
  let e = error
  while (e instanceof Error && e.cause instanceof Error) e = e.cause
  return e instanceof Error ? e : new Error(String(e))
}

function unreachable(error: unknown): string {
  const cause = causeOf(error)
  const code = codeOf(cause)
  const words: Readonly<Record<string, string>> = {
    ENOTFOUND: 'the host is not known',
    EAI_AGAIN: 'the host name cannot be looked up',
    ECONNREFUSED: 'the connection was refused',
    ECONNRESET: 'the connection was reset',
    ENETUNREACH: 'the network cannot be reached',
    EHOSTUNREACH: 'the host cannot be reached',
  }
  return words[code] ? `${words[code]} (${code})` : `no connection (${code || cause.message})`
}

interface Watchdog {
  readonly signal: AbortSignal
  /** which limit ran out, if one did */
  why: string | undefined
  within(ms: number, why: string): void
  stop(): void
}

/** A signal that follows the caller's and also fires when time runs out. */
function watchdog(outer: AbortSignal | undefined): Watchdog {
  const controller = new AbortController()
  const forward = (): void => controller.abort(outer?.reason)
  if (outer?.aborted) forward()
  outer?.addEventListener('abort', forward)
  let timer: NodeJS.Timeout | undefined
  const dog: Watchdog = {
    signal: controller.signal,
    why: undefined,
    within(ms, why) {
      clearTimeout(timer)
      timer = setTimeout(() => {
        dog.why = why
        controller.abort(new DOMException(why, 'TimeoutError'))
      }, ms)
    },
    stop() {
      clearTimeout(timer)
      outer?.removeEventListener('abort', forward)
    },
  }
  return dog
}
