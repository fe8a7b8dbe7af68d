/** Requests to a hub: the token goes to its own address alone, a busy hub is asked again, and what it refuses is said with the cure. */
import { setTimeout as pause } from 'node:timers/promises'
import { unreachable, watchdog } from '../../data/fetch/download.js'
import { HebbError } from '../../tensor/errors.js'
import type { HubSettings } from './settings.js'

/** The hub cannot be reached: what is kept may do. */
export class UnreachableError extends HebbError {
  override name = 'UnreachableError'
}

/** The hub answers, and refuses. */
export class RefusedError extends HebbError {
  override name = 'RefusedError'
  constructor(
    message: string,
    readonly status: number,
    /** the hub's own word: `RepoNotFound`, `RevisionNotFound`, `EntryNotFound`, `GatedRepo` */
    readonly code: string,
  ) {
    super(message)
  }
}

/** One request. */
export interface HubRequest {
  readonly settings: HubSettings
  /** the model, and the revision and file that are asked for, for messages */
  readonly what: { readonly name: string; readonly revision: string; readonly file?: string }
  readonly signal: AbortSignal | undefined
  readonly method?: 'GET' | 'HEAD'
  readonly headers?: Readonly<Record<string, string>>
  /** which answers are followed to another address: all, or those on the same host */
  readonly follow: 'all' | 'same'
}

/** Answers that are worth asking again, how often, and the longest wait between two (milliseconds). */
const busy = new Set([408, 429, 500, 502, 503, 504])
const tries = 6
const longestWait = 8_000
const answerTimeout = 10_000
const mostRedirects = 10

/** An answer, how long the server may be silent from now on, and what ends the watch. */
export interface Answer {
  readonly response: Response
  readonly url: string
  readonly watch: ReturnType<typeof watchdog>
}

/**
 * The answer to a request. Throws UnreachableError where there is none after several tries, RefusedError for what is refused, the signal's reason.
 * The caller ends the watch.
 */
export async function ask(url: string, request: HubRequest): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    request.signal?.throwIfAborted()
    const answer = await once(url, request).catch((error: unknown) => {
      if (!(error instanceof UnreachableError) || attempt >= 2) throw error
    })
    const last = answer !== undefined && (!busy.has(answer.response.status) || attempt === tries)
    if (answer && last) {
      if (answer.response.status < 400 || answer.response.status === 416) return answer
      answer.watch.stop()
      throw await refused(answer.response, request)
    }
    answer?.watch.stop()
    await answer?.response.body?.cancel()
    await pause(waitOf(answer?.response.headers, attempt), undefined, request.signal ? { signal: request.signal } : {}).catch(() =>
      request.signal?.throwIfAborted(),
    )
  }
}

/** Milliseconds until the next try: what the server says, else twice as long each time. */
function waitOf(headers: Headers | undefined, attempt: number): number {
  const said = headers?.get('retry-after')
  const until =
    said === null || said === undefined
      ? Number.NaN
      : /^\s*\d+(\.\d+)?\s*$/.test(said)
        ? Number(said) * 1000
        : Date.parse(said) - Date.now()
  return Number.isNaN(until) ? Math.min(longestWait, 250 * 2 ** attempt) : Math.min(300_000, Math.max(0, until))
}

async function once(first: string, { settings, signal, method = 'GET', headers = {}, follow }: HubRequest): Promise<Answer> {
  const watch = watchdog(signal)
  try {
    let url = first
    for (let hop = 0; hop <= mostRedirects; hop++) {
      const own = new URL(url).origin === new URL(settings.endpoint).origin
      const all = {
        'accept-encoding': 'identity',
        'user-agent': 'hebb',
        ...headers,
        ...(own && settings.token !== undefined ? { authorization: `Bearer ${settings.token}` } : {}),
      }
      watch.within(answerTimeout, `no answer within ${answerTimeout / 1000} s`)
      const response = await fetch(url, { method, headers: all, redirect: 'manual', signal: watch.signal }).catch((error: unknown) => {
        signal?.throwIfAborted()
        throw new UnreachableError(`${new URL(url).host}: ${watch.why ?? unreachable(error)}`, { cause: error })
      })
      const target = response.headers.get('location')
      if (response.status < 300 || response.status > 399 || target === null) return { response, url, watch }
      const next = new URL(target, url)
      if (next.protocol !== 'http:' && next.protocol !== 'https:') throw new HebbError(`${new URL(url).host} leads to ${next.protocol}//`)
      if (follow === 'same' && next.origin !== new URL(url).origin) return { response, url, watch }
      await response.body?.cancel()
      url = next.href
    }
    throw new HebbError(`${new URL(first).host}: more than ${mostRedirects} redirects`)
  } catch (error) {
    watch.stop()
    throw error
  }
}

/** What a refusal means, and what to do about it. */
async function refused(response: Response, { settings, what }: HubRequest): Promise<RefusedError> {
  await response.body?.cancel()
  const { status, headers } = response
  const code = headers.get('x-error-code') ?? ''
  const said = headers.get('x-error-message')
  const page = `${settings.endpoint}/${what.name}`
  const asked = settings.token === undefined ? 'no token was given' : 'the token that was given is not enough'
  const error = (problem: string, cure: string): RefusedError =>
    new RefusedError(`${what.name}: ${problem} (HTTP ${status}${said ? `: ${said.slice(0, 200)}` : ''}). ${cure}`, status, code)
  if (code === 'GatedRepo')
    return error(
      `it is gated, and ${asked}`,
      `Ask for access on ${page}, then set HF_TOKEN to a token of that account (${settings.endpoint}/settings/tokens).`,
    )
  if (code === 'RevisionNotFound')
    return error(`it has no revision ${JSON.stringify(what.revision)}`, `See ${page}/tree/main for its branches and tags.`)
  if (code === 'EntryNotFound')
    return error(`it has no file ${JSON.stringify(what.file)} at ${what.revision}`, `See ${page}/tree/${what.revision}.`)
  if (status === 401 || status === 403 || code === 'RepoNotFound' || status === 404)
    return error(
      `${settings.endpoint} does not know it, or does not show it: ${asked}`,
      `Check the name; of a private model set HF_TOKEN to a token that may read it (${settings.endpoint}/settings/tokens).`,
    )
  if (status === 429) return error('too many requests', 'Wait some minutes, or set HF_TOKEN.')
  return error('the hub refuses', 'Try again later.')
}
