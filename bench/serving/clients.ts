/** Clients: polite ones that count tokens, and rude ones. */
import { connect, type Socket } from 'node:net'

/** What a polite client got. */
export interface Got {
  readonly tokens: number
  readonly ms: number
}

/** One streamed text of so many tokens; throws where it is not whole. */
export async function polite(url: string, { model = 'base', tokens = 64, seed = 0, temperature = 0 } = {}): Promise<Got> {
  const began = performance.now()
  const prompt = Array.from({ length: 16 }, (_, i) => (seed * 131 + i * 7 + 1) % 49_152)
  const response = await fetch(`${url}/v1/completions`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ model, prompt, max_tokens: tokens, temperature, seed, stream: true, stream_options: { include_usage: true } }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${response.status}: ${text}`)
  const usage = /"completion_tokens":(\d+)/.exec(text)
  if (!text.endsWith('data: [DONE]\n\n') || Number(usage?.[1]) !== tokens)
    throw new Error(`a text of ${usage?.[1]} tokens of ${tokens}: …${text.slice(-200)}`)
  return { tokens, ms: performance.now() - began }
}

/** Tokens per second of several clients at once. */
export async function together(url: string, clients: number, options: (i: number) => Parameters<typeof polite>[1]): Promise<number> {
  const began = performance.now()
  const all = await Promise.all(Array.from({ length: clients }, (_, i) => polite(url, options(i))))
  return (all.reduce((sum, { tokens }) => sum + tokens, 0) / (performance.now() - began)) * 1000
}

const body = JSON.stringify({ model: 'base', prompt: 'w1 w2 w3', max_tokens: 400, stream: true })
const head = (length: number): string =>
  `POST /v1/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`

/** Ways to be rude; each gives when it is done with it. */
export const rude: Readonly<Record<string, (port: number) => Promise<void>>> = {
  'half open': (port) =>
    session(port, async (socket) => {
      socket.write('POST /v1/completions HT')
      await pause(3000)
    }),
  slow: (port) =>
    session(port, async (socket) => {
      for (const letter of head(body.length) + body.slice(0, 20)) {
        if (socket.destroyed) return
        socket.write(letter)
        await pause(20)
      }
    }),
  'over-long': (port) =>
    session(port, async (socket) => {
      socket.write(head(50_000_000))
      for (let i = 0; i < 50 && !socket.destroyed; i++) {
        socket.write(Buffer.alloc(100_000, 'x'))
        await pause(5)
      }
    }),
  malformed: (port) =>
    session(port, async (socket) => {
      for (const text of [`${head(10)}{"model": `, 'GET / HTTP/9.9\r\n\r\n', '\0\0\0\0', `${head(2)}[]`]) {
        socket.write(text)
        await pause(50)
      }
    }),
  vanishing: (port) =>
    session(port, async (socket) => {
      socket.write(head(body.length) + body)
      await new Promise<void>((go) => {
        socket.once('data', () => go())
        setTimeout(go, 10_000)
      })
    }),
}

const pause = (ms: number): Promise<void> => new Promise((go) => setTimeout(go, ms))

async function session(port: number, act: (socket: Socket) => Promise<void>): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => socket.destroy())
  await new Promise<void>((go) => {
    socket.once('connect', () => go())
    socket.once('close', () => go())
  })
  await act(socket)
  // without a farewell
  socket.resetAndDestroy()
}
