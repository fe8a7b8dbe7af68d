/** Downloads from servers that mean harm or are broken, over real sockets, and links where files should be. */
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { fetchFile } from '../../src/data/fetch/fetch-file.js'
import { md5Of, noise } from './server.js'

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'hebb-hostile-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

interface Asked {
  readonly path: string
  /** first byte asked for; 0 for the whole */
  readonly from: number
  readonly socket: Socket
  /** how many came before it */
  readonly count: number
}

/** A server that answers by hand; counts what it was asked and what it sent. */
async function serve(answer: (asked: Asked) => void | Promise<void>): Promise<{ url: string; count: () => number; sent: () => number }> {
  const sockets = new Set<Socket>()
  let count = 0
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
      if (!text.includes('\r\n\r\n')) return
      const [, path = ''] = /^GET (\S+)/.exec(text) ?? []
      const from = Number(/range: bytes=(\d+)-/i.exec(text)?.[1] ?? 0)
      text = ''
      void answer({ path, from, socket, count: count++ })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const sent = (): number => [...sockets].reduce((sum, socket) => sum + socket.bytesWritten, 0)
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, count: () => count, sent }
}

const head = (status: string, ...headers: string[]): string => `HTTP/1.1 ${status}\r\n${headers.map((h) => `${h}\r\n`).join('')}\r\n`

/** Writes for ever, as fast as the reader takes it, until the reader is gone. */
async function endless(socket: Socket, piece: Uint8Array): Promise<void> {
  while (!socket.destroyed) if (!socket.write(piece)) await new Promise((done) => socket.once('drain', done).once('close', done))
}

const failure = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'nothing was thrown',
    (error: Error) => error.message,
  )

describe('a body without an end', () => {
  const piece = noise(1 << 16)
  test.each([
    ['of a size that is known', '/a', { size: 100_000 }, /sends more than the 100000 bytes that were expected/],
    ['packed, of a size that is known', '/a.gz', { size: 100_000 }, /sends more than the 1149576 bytes that were expected/],
  ])(
    '%s ends at once',
    async (_, path, known, said) => {
      const server = await serve(({ socket }) => {
        socket.write(head('200 OK', 'Connection: close'))
        return endless(socket, piece)
      })
      const dir = folder()
      expect(await failure(fetchFile({ name: 'a', urls: [server.url + path], dir, ...known }))).toMatch(said)
      expect(server.count()).toBe(1)
      expect(server.sent()).toBeLessThan(40e6)
      expect(readdirSync(dir).filter((name) => name === 'a')).toEqual([])
    },
    60_000,
  )

  test('behind a length that was announced is not read', async () => {
    const bytes = noise(1000)
    const server = await serve(({ socket }) => {
      socket.write(head('200 OK', 'Content-Length: 1000'))
      socket.write(bytes)
      return endless(socket, piece)
    })
    const path = await fetchFile({ name: 'a', urls: [`${server.url}/a`], dir: folder(), checksum: { md5: md5Of(bytes) } })
    expect(readFileSync(path).length).toBe(1000)
    expect(server.sent()).toBeLessThan(40e6)
  }, 60_000)

  test('that unpacks itself on the way', async () => {
    const bomb = gzipSync(new Uint8Array(50_000_000))
    const server = await serve(({ socket }) => {
      socket.end(Buffer.concat([Buffer.from(head('200 OK', 'Content-Encoding: gzip', `Content-Length: ${bomb.length}`)), bomb]))
    })
    expect(await failure(fetchFile({ name: 'a', urls: [`${server.url}/a`], dir: folder(), size: 1000 }))).toMatch(
      /sends more than the 1000 bytes|has \d+ bytes, at most 1000/,
    )
  }, 60_000)
})

describe('a server that breaks off for ever', () => {
  const bytes = noise(200_000)
  test.each<[string, (asked: Asked) => number, boolean]>([
    ['at the same place', () => 50_000, false],
    ['sooner and later in turn', ({ count }) => (count % 2 ? 20_000 : 50_000), false],
    ['before the first byte', () => 0, true],
    ['at the byte it was to go on at', () => 0, true],
  ])(
    '%s is given up after fruitless tries',
    async (_, length, ranges) => {
      const server = await serve((asked) => {
        const from = ranges && asked.from > 0 ? asked.from : 0
        asked.socket.write(
          from > 0
            ? head('206 Partial Content', 'ETag: "1"', `Content-Range: bytes ${from}-199999/200000`, `Content-Length: ${200_000 - from}`)
            : head('200 OK', 'ETag: "1"', 'Content-Length: 200000'),
        )
        asked.socket.write(bytes.subarray(from, from + length(asked)), () => setTimeout(() => asked.socket.destroy(), 30))
      })
      expect(await failure(fetchFile({ name: 'a', urls: [`${server.url}/a`], dir: folder() }))).toContain('the connection broke')
      expect(server.count()).toBeLessThanOrEqual(5)
    },
    60_000,
  )

  test('with another file at every attempt', async () => {
    const server = await serve((asked) => {
      const tag = `ETag: "${asked.count}"`
      asked.socket.write(
        asked.from > 0 && asked.count % 2
          ? head('206 Partial Content', tag, `Content-Range: bytes ${asked.from}-199999/200000`, `Content-Length: ${200_000 - asked.from}`)
          : head('200 OK', tag, 'Content-Length: 200000'),
      )
      asked.socket.write(bytes.subarray(0, 50_000 + asked.count), () => setTimeout(() => asked.socket.destroy(), 30))
    })
    expect(await failure(fetchFile({ name: 'a', urls: [`${server.url}/a`], dir: folder() }))).toMatch(
      /another file at every attempt|connection broke/,
    )
    expect(server.count()).toBeLessThanOrEqual(10)
  }, 60_000)
})

test('a server that goes on with another file, whatever it was asked: it starts anew', async () => {
  const [old, now] = [noise(200_000, 1), noise(200_000, 2)]
  const server = await serve(({ from, socket, count }) => {
    const bytes = count === 0 ? old : now
    const tag = `ETag: "${count === 0 ? 'old' : 'new'}"`
    // it does not heed If-Range
    if (from > 0) {
      socket.write(head('206 Partial Content', tag, `Content-Range: bytes ${from}-199999/200000`, `Content-Length: ${200_000 - from}`))
      socket.write(bytes.subarray(from))
      return
    }
    socket.write(head('200 OK', tag, 'Content-Length: 200000'))
    if (count > 0) socket.write(bytes)
    else socket.write(bytes.subarray(0, 70_000), () => setTimeout(() => socket.destroy(), 30))
  })
  // no checksum that would find the two put together
  const path = await fetchFile({ name: 'a', urls: [`${server.url}/a`], dir: folder() })
  expect(Buffer.compare(readFileSync(path), now)).toBe(0)
}, 60_000)

describe('a body cut short', () => {
  const bytes = noise(100_000)
  test.each([
    ['plain', '/a', bytes],
    ['packed', '/a.gz', gzipSync(bytes)],
  ])(
    'without a length is found by its checksum: %s',
    async (_, path, whole) => {
      const server = await serve(({ socket, count }) => {
        socket.write(head('200 OK', 'Connection: close'))
        socket.end(count === 0 ? whole.subarray(0, 60_000) : whole)
      })
      const dir = folder()
      const request = { name: 'a', urls: [server.url + path], dir, checksum: { md5: md5Of(bytes) } }
      expect(await failure(fetchFile(request))).toMatch(/a has md5 \w+, should have|is no whole gzip file/)
      expect(readdirSync(dir)).toEqual([])
      expect(readFileSync(await fetchFile(request)).length).toBe(100_000)
    },
    60_000,
  )
})

describe('links inside the data folder', () => {
  const bytes = noise(5000)
  const from = (): Promise<{ url: string }> =>
    serve(({ socket }) => void socket.end(Buffer.concat([Buffer.from(head('200 OK', `Content-Length: ${bytes.length}`)), bytes])))

  test.each(['a', 'a.part', 'a.part.json', 'a.check.json', 'a.gz'])('%s leads elsewhere: what is there stays as it is', async (name) => {
    const [dir, outside] = [folder(), folder()]
    const secret = join(outside, 'secret')
    writeFileSync(secret, name === 'a.gz' ? gzipSync(bytes) : name === 'a' ? bytes : '{"url":"x","validator":"y"}')
    const before = readFileSync(secret)
    symlinkSync(secret, join(dir, name))
    const path = await fetchFile({ name: 'a', urls: [`${(await from()).url}/a`], dir, checksum: { md5: md5Of(bytes) } })
    expect(readFileSync(path)).toEqual(Buffer.from(bytes))
    expect(lstatSync(path).isFile()).toBe(true)
    expect(readFileSync(secret)).toEqual(before)
    expect(readdirSync(outside)).toEqual(['secret'])
  })

  test('a link to nothing, and to itself', async () => {
    const dir = folder()
    symlinkSync(join(dir, 'nothing'), join(dir, 'a'))
    symlinkSync('a.part', join(dir, 'a.part'))
    await fetchFile({ name: 'a', urls: [`${(await from()).url}/a`], dir })
    expect(readdirSync(dir).sort()).toEqual(['a', 'a.check.json'])
  })

  test('a folder of a set that is a link is refused; the data folder itself may be one', async () => {
    const [home, outside] = [folder(), folder()]
    const url = `${(await from()).url}/a`
    mkdirSync(join(home, 'real'))
    symlinkSync(join(home, 'real'), join(home, 'data'))
    vi.stubEnv('HEBB_DATA', join(home, 'data'))
    onTestFinished(() => void vi.unstubAllEnvs())
    expect(await fetchFile({ name: 'set/a', urls: [url] })).toBe(join(home, 'data', 'set', 'a'))
    symlinkSync(outside, join(home, 'real', 'other'))
    for (const name of ['other/a', 'other/deep/a'])
      expect(await failure(fetchFile({ name, urls: [url] }))).toContain(
        `${join(home, 'data', 'other')} is a link: inside the data folder they are not followed. Remove it, or name its target as dir`,
      )
    expect(readdirSync(outside)).toEqual([])
    await fetchFile({ name: 'a', urls: [url], dir: outside })
    expect(readdirSync(outside).sort()).toEqual(['a', 'a.check.json'])
  })
})
