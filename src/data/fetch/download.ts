/** One file over HTTP: goes on where it was interrupted, gives up on silent servers, reports its progress. */
import { rm } from 'node:fs/promises'
import { codeOf } from '../../files/fileError.js'
import { HebbError } from '../../tensor/errors.js'
import { onDisk, writeOwn } from './disk.js'
import { openOwn, ownSize, readOwn, writeAt } from './own.js'

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
/** How often within one call the server may have another file than before. */
const mostChanges = 3

/**
 * Downloads `url` into the file `part`. A partial file of the same resource is continued with an HTTP Range request, also within one
 * call when the connection breaks; an abort leaves it for the next call. Where the server has another file by now (another ETag) it starts anew.
 * Throws HebbError with the reason, FileError, or the signal's reason.
 */
export async function download(url: string, part: string, options: DownloadOptions = {}): Promise<void> {
  let fruitless = 0
  let changes = 0
  let most = await sizeOfPart(part)
  for (;;) {
    try {
      return await attempt(url, part, options, () => {
        most = 0
        if (++changes > mostChanges) throw new HebbError('the server has another file at every attempt')
      })
    } catch (error) {
      options.signal?.throwIfAborted()
      if (!(error instanceof Interrupted)) throw error
      const size = await sizeOfPart(part)
      // beginning again and again brings the same bytes again: only more than ever before is new
      fruitless = size > most ? 0 : fruitless + 1
      most = Math.max(most, size)
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

async function attempt(url: string, part: string, options: DownloadOptions, changed: () => void): Promise<void> {
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
    const refuse = async (error: Error): Promise<never> => {
      await response.body?.cancel()
      throw error
    }
    const another = begun !== undefined && have > 0 && isAnother(begun, response.headers)
    const lost =
      response.status === 416 || (response.status === 206 && !response.headers.get('content-range')?.startsWith(`bytes ${have}-`))
    if (lost || (another && response.status === 206)) {
      await discard(part) // the partial file is no beginning of what the server has
      if (another) changed()
      await refuse(new Interrupted(`the server cannot go on at byte ${have}`))
    }
    if (response.status !== 200 && response.status !== 206)
      await refuse(new HebbError(`HTTP ${response.status} ${response.statusText}`.trim()))
    if (another) changed()
    const start = response.status === 206 ? have : 0
    const total = totalOf(response.headers, start)
    if (total !== undefined && total > maxBytes) await refuse(new HebbError(`has ${total} bytes, at most ${maxBytes} were expected`))
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

/** Whether the answer is about another file than the one begun, as far as it says. */
function isAnother({ validator }: Begun, headers: Headers): boolean {
  const now = headers.get(validator.startsWith('"') ? 'etag' : 'last-modified')
  return now !== null && now !== validator
}

/** Bytes of the whole file, where the server says how many; of a body that it packed on the way it does not. */
function totalOf(headers: Headers, start: number): number | undefined {
  const length = headers.get('content-length')
  return length === null || isPacked(headers) ? undefined : start + Number(length)
}

const isPacked = (headers: Headers): boolean => !['', 'identity'].includes(headers.get('content-encoding') ?? '')

async function receive(
  response: Response,
  part: string,
  start: number,
  total: number | undefined,
  { onProgress, maxBytes = Number.POSITIVE_INFINITY }: DownloadOptions,
  stillThere: () => void,
): Promise<void> {
  const file = await onDisk(part, () => openOwn(part, start > 0))
  let at = start
  try {
    onProgress?.(at, total)
    stillThere()
    for await (const chunk of response.body ?? []) {
      if (total !== undefined && at + chunk.length > total) throw new HebbError(`sends more than the ${total} bytes it announced`)
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
  if (isPacked(headers)) return
  const etag = headers.get('etag')
  const validator = etag && !etag.startsWith('W/') ? etag : headers.get('last-modified')
  if (validator) await writeOwn(`${part}.json`, JSON.stringify({ url, validator } satisfies Begun))
}

async function begunOf(part: string): Promise<Begun | undefined> {
  try {
    const begun = JSON.parse((await readOwn(`${part}.json`)).toString('utf8')) as Partial<Begun> | null
    return typeof begun?.url === 'string' && typeof begun.validator === 'string'
      ? { url: begun.url, validator: begun.validator }
      : undefined
  } catch {
    return undefined
  }
}

const sizeOfPart = async (part: string): Promise<number> => (await ownSize(part)) ?? 0

const causeOf = (error: unknown): Error => {
  let e = error
  while (e instanceof Error && e.cause instanceof Error) e = e.cause
  return e instanceof Error ? e : new Error(String(e))
}

/** Why there is no connection, in words. */
export function unreachable(error: unknown): string {
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

/** A signal that also fires when time runs out. */
export interface Watchdog {
  readonly signal: AbortSignal
  /** which limit ran out, if one did */
  why: string | undefined
  within(ms: number, why: string): void
  stop(): void
}

/** A signal that follows the caller's and also fires when time runs out. */
export function watchdog(outer: AbortSignal | undefined): Watchdog {
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
