/** A web server on loopback that serves bytes well or badly, and remembers what it was asked. */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export interface Route {
  bytes: Uint8Array
  /** answer Range requests; true */
  ranges?: boolean
  /** another status, without a body */
  status?: number
  /** breaks the connection after so many bytes of each answer */
  cutAfter?: number
  /** milliseconds between pieces of 16 KiB */
  slow?: number
  /** never answers at all */
  silent?: boolean
  /** leaves out Content-Length, ETag and Last-Modified */
  bare?: boolean
}

export interface Server {
  readonly url: string
  readonly routes: Record<string, Route>
  /** `GET /path` or `GET /path bytes=5-`, in order */
  readonly asked: string[]
  /** bytes of bodies sent */
  sent: number
}

/** A server that ends with the test. */
export async function serve(routes: Record<string, Route>): Promise<Server> {
  const server = createServer((request, response) => void answer(request, response, state))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const state: Server = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, routes, asked: [], sent: 0 }
  return state
}

async function answer(request: IncomingMessage, response: ServerResponse, server: Server): Promise<void> {
  const range = request.headers.range
  server.asked.push(`GET ${request.url}${range ? ` ${range}` : ''}`)
  const route = server.routes[request.url ?? '']
  if (route?.silent) return
  if (!route || route.status) {
    response.writeHead(route?.status ?? 404).end()
    return
  }
  const etag = `"${createHash('md5').update(route.bytes).digest('hex')}"`
  const from = range && route.ranges !== false && request.headers['if-range'] === etag ? Number(/bytes=(\d+)-/.exec(range)![1]) : 0
  if (from > 0 && from >= route.bytes.length) {
    response.writeHead(416).end()
    return
  }
  const body = route.bytes.subarray(from)
  const headers: Record<string, string | number> = route.bare ? {} : { 'content-length': body.length, etag }
  if (from > 0) headers['content-range'] = `bytes ${from}-${route.bytes.length - 1}/${route.bytes.length}`
  response.writeHead(from > 0 ? 206 : 200, headers)
  response.flushHeaders()
  const end = Math.min(route.cutAfter ?? body.length, body.length)
  for (let at = 0; at < end && !response.destroyed; at += 16_384) {
    const piece = body.subarray(at, Math.min(at + 16_384, end))
    if (!response.write(piece)) await room(response)
    server.sent += piece.length
    if (route.slow) await new Promise((resolve) => setTimeout(resolve, route.slow))
  }
  // the pieces must be on their way before the connection breaks
  if (end < body.length) setTimeout(() => response.destroy(), 50)
  else response.end()
}

/** Waits until the response takes more, or is gone. */
const room = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done)
      resolve()
    }
    response.on('drain', done).on('close', done)
  })

/** n bytes without a pattern a wrong offset could hide in. */
export function noise(n: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(n)
  for (let i = 0, s = seed; i < n; i++) {
    s = (Math.imul(s, 1664525) + 1013904223) | 0
    bytes[i] = s >>> 24
  }
  return bytes
}

export const md5Of = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex')
