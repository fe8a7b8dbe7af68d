/** Listening in Node: HTTP on its own server, and what keeps rude clients from taking it over. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { HebbError } from '../../tensor/errors.js'
import type { Listen } from '../listening.js'

/** bytes of all headers of a request */
const headerBytes = 16_384

export const nodeListen: Listen = async (answer, { host, port, patience, connections }) => {
  const listener = getRequestListener(
    (request, { incoming }) => answer(request, { address: (incoming as IncomingMessage).socket.remoteAddress ?? '' }),
    // the process is its owner's: Request and Response stay what they are
    { overrideGlobalObjects: false },
  )
  const server = createServer(
    {
      maxHeaderSize: headerBytes,
      headersTimeout: patience.headers,
      requestTimeout: patience.request,
      keepAliveTimeout: 5_000,
      connectionsCheckingInterval: Math.min(1_000, patience.headers),
    },
    listener,
  )
  server.maxConnections = connections
  server.on('connection', (socket: Socket) => {
    socket.setTimeout(patience.taking, () => {
      // nothing went either way: whoever has something to take in and does not is let go
      if (socket.writableLength > 0) socket.destroy()
    })
  })
  await new Promise<void>((settle, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) => fail(refused(error, host, port)))
    server.listen(port, host, settle)
  })
  return {
    port: (server.address() as AddressInfo).port,
    drain() {
      server.close()
      server.closeIdleConnections()
    },
    close: () =>
      new Promise((settle) => {
        server.close(() => settle())
        server.closeAllConnections()
      }),
  }
}

function refused(error: NodeJS.ErrnoException, host: string, port: number): HebbError {
  const cures: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another process listens there: choose another port, or 0 for a free one',
    EACCES: 'this user may not: choose a port from 1024 on',
    EADDRNOTAVAIL: 'this machine has no such address',
    ENOTFOUND: 'there is no such host',
  }
  return new HebbError(`serve: cannot listen on ${host}:${port}: ${cures[error.code ?? ''] ?? error.message}`)
}
