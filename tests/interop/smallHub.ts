/** A hub on loopback for tests: models with revisions, small files, and large ones that another server keeps. */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A file of a model; `large` ones are led to the other server and have their SHA-256 as ETag. */
export interface HubFile {
  readonly bytes: Buffer
  readonly large?: boolean
}

/** What is asked of either server, for tests to look at. */
export interface Asked {
  readonly method: string
  readonly url: string
  readonly host: 'hub' | 'store'
  readonly token: string | undefined
  readonly range: string | undefined
}

/** Answers instead of the hub where it gives true. */
export type Intrude = (request: Asked, response: ServerResponse) => boolean

const digest = (kind: 'sha1' | 'sha256', bytes: Uint8Array): string => createHash(kind).update(bytes).digest('hex')

export class SmallHub {
  readonly asked: Asked[] = []
  intrude: Intrude = () => false
  readonly commit = digest('sha1', Buffer.from('commit'))
  #hub!: Server
  #store!: Server

  constructor(
    readonly name: string,
    readonly files: Map<string, HubFile>,
  ) {}

  async start(): Promise<this> {
    this.#hub = createServer((request, response) => this.#answer(request, response))
    this.#store = createServer((request, response) => this.#serve(request, response))
    for (const server of [this.#hub, this.#store]) await new Promise<void>((go) => server.listen(0, '127.0.0.1', go))
    return this
  }

  async stop(): Promise<void> {
    for (const server of [this.#hub, this.#store]) {
      server.closeAllConnections()
      await new Promise((go) => server.close(go))
    }
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#hub.address() as AddressInfo).port}`
  }

  /** files that were sent, without what was only asked about or led elsewhere */
  get fetched(): string[] {
    const large = new Set([...this.files].filter(([, file]) => file.large).map(([name]) => name))
    return this.asked
      .filter(({ host, url }) => host === 'store' || ![...large].some((name) => url.endsWith(`/${name}`)))
      .filter(({ method, url }) => method === 'GET' && !url.startsWith('/api/'))
      .map(({ url }) => url.split('/').at(-1)!)
  }

  static etagOf({ bytes, large }: HubFile): string {
    return large ? digest('sha256', bytes) : digest('sha1', Buffer.concat([Buffer.from(`blob ${bytes.length}\0`), bytes]))
  }

  #note(request: IncomingMessage, host: Asked['host']): Asked {
    const asked = {
      method: request.method!,
      url: decodeURIComponent(request.url!),
      host,
      token: request.headers.authorization,
      range: request.headers.range,
    }
    this.asked.push(asked)
    return asked
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const asked = this.#note(request, 'hub')
    if (this.intrude(asked, response)) return
    const api = `/api/models/${this.name}/revision/`
    if (asked.url.startsWith(api)) {
      const revision = asked.url.slice(api.length)
      if (revision !== 'main' && revision !== this.commit) {
        refuse(response, 404, 'RevisionNotFound', `Invalid rev id: ${revision}`)
        return
      }
      response.setHeader('content-type', 'application/json')
      response.end(
        JSON.stringify({ id: this.name, sha: this.commit, siblings: [...this.files.keys()].map((rfilename) => ({ rfilename })) }),
      )
      return
    }
    const file = this.files.get(asked.url.replace(`/${this.name}/resolve/${this.commit}/`, ''))
    if (!file) {
      if (asked.url.includes(this.name)) refuse(response, 404, 'EntryNotFound', 'Entry not found')
      else refuse(response, 401, 'RepoNotFound', 'Repository not found')
      return
    }
    const etag = SmallHub.etagOf(file)
    response.setHeader('x-repo-commit', this.commit)
    if (file.large) {
      response.setHeader('x-linked-etag', `"${etag}"`)
      response.setHeader('x-linked-size', file.bytes.length)
      response.writeHead(302, {
        location: `http://127.0.0.1:${(this.#store.address() as AddressInfo).port}/${etag}/${asked.url.split('/').at(-1)}`,
      })
      response.end()
      return
    }
    response.setHeader('etag', `"${etag}"`)
    send(asked, response, file.bytes)
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const asked = this.#note(request, 'store')
    if (this.intrude(asked, response)) return
    const file = [...this.files.values()].find((f) => SmallHub.etagOf(f) === asked.url.split('/')[1])
    if (file) send(asked, response, file.bytes)
    else refuse(response, 404, '', '')
  }
}

export function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  if (code) response.setHeader('x-error-code', code)
  if (message) response.setHeader('x-error-message', message)
  response.writeHead(status)
  response.end()
}

/** Sends bytes, or a range of them. */
export function send(asked: Asked, response: ServerResponse, bytes: Buffer): void {
  const from = Number(/^bytes=(\d+)-$/.exec(asked.range ?? '')?.[1] ?? 0)
  if (from > 0 && from >= bytes.length) {
    response.writeHead(416)
    response.end()
    return
  }
  if (from > 0) response.setHeader('content-range', `bytes ${from}-${bytes.length - 1}/${bytes.length}`)
  response.writeHead(from > 0 ? 206 : 200, { 'content-length': bytes.length - from })
  response.end(asked.method === 'HEAD' ? undefined : bytes.subarray(from))
}
