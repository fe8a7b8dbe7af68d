import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { dataFolder } from '../../src/data/fetch/cache.js'
import { fetchFile } from '../../src/data/fetch/fetch-file.js'
import { FileError } from '../../src/files/fileError.js'
import { withLock } from '../../src/files/node/lock.js'
import { md5Of, noise, serve } from './server.js'

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'hebb-data-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}
const bytes = noise(300_000)
const checksum = { md5: md5Of(bytes) }
const whole = (path: string): void => expect(Buffer.compare(readFileSync(path), bytes)).toBe(0)
/** Everything in a folder but notes. */
const files = (path: string): string[] => readdirSync(path).filter((name) => !name.endsWith('.check.json'))

describe('fetching', () => {
  test('once, with progress; then from the folder', async () => {
    const server = await serve({ '/a': { bytes } })
    const dir = folder()
    const seen: [number, number | undefined][] = []
    const request = { name: 'a', urls: [`${server.url}/a`], checksum, size: bytes.length, dir }
    const path = await fetchFile({ ...request, onProgress: (p) => seen.push([p.bytes, p.total]) })
    whole(path)
    expect(path).toBe(join(dir, 'a'))
    expect(seen[0]).toEqual([0, bytes.length])
    expect(seen.at(-1)).toEqual([bytes.length, bytes.length])
    expect(await fetchFile(request)).toBe(path)
    expect(server.asked).toEqual(['GET /a'])
    expect(files(dir)).toEqual(['a'])
    expect(JSON.parse(readFileSync(`${path}.check.json`, 'utf8'))).toMatchObject({
      size: bytes.length,
      md5: checksum.md5,
      from: `${server.url}/a`,
    })
  })

  test('into HEBB_DATA, packed files unpacked', async () => {
    const server = await serve({ '/a.gz': { bytes: gzipSync(bytes) } })
    const dir = folder()
    vi.stubEnv('HEBB_DATA', dir)
    onTestFinished(() => void vi.unstubAllEnvs())
    expect(dataFolder()).toBe(dir)
    const path = await fetchFile({ name: 'set/deep/a', urls: [`${server.url}/a.gz`], checksum })
    whole(path)
    expect(path).toBe(join(dir, 'set/deep/a'))
    vi.stubEnv('HEBB_DATA', '')
    expect(dataFolder()).toBe(join(homedir(), '.cache', 'hebb'))
  })

  test('a name cannot lead out of the folder', async () => {
    const server = await serve({ '/a': { bytes } })
    const dir = folder()
    vi.stubEnv('HEBB_DATA', dir)
    onTestFinished(() => void vi.unstubAllEnvs())
    expect(await fetchFile({ name: '../../x/a', urls: [`${server.url}/a`] })).toBe(join(dir, 'x/a'))
    await expect(fetchFile({ name: '..', urls: [`${server.url}/a`] })).rejects.toThrow('leads out of the data folder')
    await expect(fetchFile({ name: 'a', urls: [] })).rejects.toThrow('a: no address')
  })

  test('every source is tried; when none works each is listed with its reason and the cure', async () => {
    const server = await serve({
      '/gone': { bytes, status: 404 },
      '/wrong': { bytes: noise(300_000, 2) },
      '/short': { bytes: bytes.subarray(1) },
      '/a': { bytes },
    })
    const dir = folder()
    const urls = ['/gone', '/wrong', '/short'].map((path) => server.url + path)
    const refused = fetchFile({ name: 'a', urls: [...urls, 'http://127.0.0.1:1/a'], checksum, size: bytes.length, dir })
    await expect(refused).rejects.toThrow(
      [
        'a: no source gave a',
        `  ${dir}: has no a`,
        `  ${server.url}/gone: HTTP 404 Not Found`,
        `  ${server.url}/wrong: a has md5 ${md5Of(noise(300_000, 2))}, should have ${checksum.md5}`,
        `  ${server.url}/short: a has 299999 bytes, should have 300000`,
        '  http://127.0.0.1:1/a: ',
      ].join('\n'),
    )
    await expect(refused).rejects.toThrow(`connect to the internet, or put the file (as named, or .gz) into ${dir}, or set HEBB_SOURCES`)
    expect(files(dir)).toEqual([])
    whole(await fetchFile({ name: 'a', urls: [...urls, `${server.url}/a`], checksum, size: bytes.length, dir }))
  })

  test('no more than the size is ever stored', async () => {
    const server = await serve({ '/a': { bytes, bare: true }, '/b.gz': { bytes: gzipSync(noise(1000)) } })
    const dir = folder()
    await expect(fetchFile({ name: 'a', urls: [`${server.url}/a`], size: 1000, dir })).rejects.toThrow(
      'sends more than the 1000 bytes that were expected',
    )
    await expect(fetchFile({ name: 'b', urls: [`${server.url}/b.gz`], size: 10, dir })).rejects.toThrow(
      'unpacks to more than the 10 bytes that were expected',
    )
    await expect(fetchFile({ name: 'c', urls: [`${server.url}/b.gz`], size: 2000, dir })).rejects.toThrow(
      'c has 1000 bytes, should have 2000',
    )
  })
})

describe('interruptions', () => {
  test('a broken connection is continued where it broke', async () => {
    const server = await serve({ '/a': { bytes, cutAfter: 100_000 } })
    whole(await fetchFile({ name: 'a', urls: [`${server.url}/a`], checksum, dir: folder() }))
    expect(server.asked.length).toBeGreaterThanOrEqual(3)
    expect(server.asked.slice(1).every((line) => /bytes=\d+-$/.test(line))).toBe(true)
    expect(server.sent).toBe(bytes.length)
  })

  test.each([{ ranges: false }, { bare: true }])(
    'a server that always breaks off and cannot go on (%j) is given up, nothing is stored',
    async (kind) => {
      const server = await serve({ '/a': { bytes, cutAfter: 100_000, ...kind } })
      const dir = folder()
      await expect(fetchFile({ name: 'a', urls: [`${server.url}/a`], checksum, dir })).rejects.toThrow(/: the connection broke/)
      expect(files(dir).filter((name) => !name.includes('.part'))).toEqual([])
      delete server.routes['/a']!.cutAfter
      whole(await fetchFile({ name: 'a', urls: [`${server.url}/a`], checksum, dir }))
      expect(files(dir)).toEqual(['a'])
    },
  )

  /** Starts a slow download and aborts it in its midst. */
  async function abortMidway(url: string, dir: string): Promise<void> {
    const controller = new AbortController()
    const fetching = fetchFile({
      name: 'a',
      urls: [url],
      checksum,
      dir,
      signal: controller.signal,
      onProgress: (p) => p.bytes > 50_000 && controller.abort(),
    })
    await expect(fetching).rejects.toThrow(/aborted/)
    expect(files(dir).sort()).toEqual(['a.part', 'a.part.json'])
  }

  test('an aborted download goes on next time', async () => {
    const server = await serve({ '/a': { bytes, slow: 5 } })
    const dir = folder()
    await abortMidway(`${server.url}/a`, dir)
    whole(await fetchFile({ name: 'a', urls: [`${server.url}/a`], checksum, dir }))
    expect(server.asked[1]).toMatch(/bytes=\d{5,}-$/)
    expect(files(dir)).toEqual(['a'])
  })

  test('a server without Range starts over', async () => {
    const server = await serve({ '/a': { bytes, slow: 5, ranges: false } })
    const dir = folder()
    await abortMidway(`${server.url}/a`, dir)
    whole(await fetchFile({ name: 'a', urls: [`${server.url}/a`], checksum, dir }))
  })

  test('a file that changed on the server is not pieced together', async () => {
    const server = await serve({ '/a': { bytes: noise(300_000, 7), slow: 5 } })
    const dir = folder()
    await abortMidway(`${server.url}/a`, dir)
    server.routes['/a'] = { bytes }
    whole(await fetchFile({ name: 'a', urls: [`${server.url}/a`], checksum, dir }))
  })

  test('a partial file with a wrong beginning is thrown away and fetched whole', async () => {
    const server = await serve({ '/a': { bytes, slow: 5 } })
    const dir = folder()
    await abortMidway(`${server.url}/a`, dir)
    writeFileSync(join(dir, 'a.part'), noise(60_000, 9))
    whole(await fetchFile({ name: 'a', urls: [`${server.url}/a`], checksum, dir }))
    writeFileSync(join(dir, 'b.part'), noise(400_000))
    writeFileSync(join(dir, 'b.part.json'), JSON.stringify({ url: `${server.url}/a`, validator: `"${md5Of(bytes)}"` }))
    whole(await fetchFile({ name: 'b', urls: [`${server.url}/a`], checksum, dir }))
  })

  test('a silent server is left for the next source', async () => {
    const server = await serve({ '/mute': { bytes, silent: true }, '/a': { bytes } })
    const dir = folder()
    whole(await fetchFile({ name: 'a', urls: [`${server.url}/mute`, `${server.url}/a`], checksum, dir, connectTimeout: 100 }))
    await expect(fetchFile({ name: 'b', urls: [`${server.url}/mute`], dir, connectTimeout: 100 })).rejects.toThrow(
      `${server.url}/mute: no answer within 0.1 s`,
    )
    await expect(fetchFile({ name: 'c', urls: [`${server.url}/a`], dir, signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    )
  })
})

describe('the folder', () => {
  test('a damaged file is fetched again, whatever the damage', async () => {
    const server = await serve({ '/a': { bytes } })
    const dir = folder()
    for (const request of [
      { name: 'a', urls: [`${server.url}/a`], checksum, dir },
      { name: 'unpublished', urls: [`${server.url}/a`], dir },
    ]) {
      const path = await fetchFile(request)
      const flipped = Uint8Array.from(bytes)
      flipped[1234]! ^= 1
      for (const damaged of [flipped, bytes.subarray(0, 1000), new Uint8Array(0)]) {
        writeFileSync(path, damaged)
        await fetchFile(request)
        whole(path)
      }
      writeFileSync(path, flipped)
      delete server.routes['/a']
      await expect(fetchFile(request)).rejects.toThrow(
        request.checksum ? /a has md5 \w+, should have/ : `${path} is not the file that was fetched from ${server.url}/a`,
      )
      server.routes['/a'] = { bytes }
    }
  })

  test('files placed by hand are used, plain or packed; wrong ones are not', async () => {
    const dir = folder()
    writeFileSync(join(dir, 'plain'), bytes)
    writeFileSync(join(dir, 'packed.gz'), gzipSync(bytes))
    writeFileSync(join(dir, 'torn.gz'), gzipSync(bytes).subarray(0, 1000))
    const urls = ['http://127.0.0.1:1/a']
    whole(await fetchFile({ name: 'plain', urls, checksum, dir }))
    whole(await fetchFile({ name: 'packed', urls, checksum, dir }))
    await expect(fetchFile({ name: 'torn', urls, checksum, dir })).rejects.toThrow('is no whole gzip file')
    writeFileSync(join(dir, 'plain'), noise(10))
    await expect(fetchFile({ name: 'plain', urls, checksum, dir })).rejects.toThrow('plain has md5')
  })

  test('three processes at once fetch a file once', async () => {
    const server = await serve({ '/a': { bytes, slow: 60 } })
    const dir = folder()
    const one = async (): Promise<string> => {
      const child = spawn(process.execPath, [
        '--import',
        'tsx',
        fileURLToPath(new URL('fetching.ts', import.meta.url)),
        `${server.url}/a`,
        dir,
        checksum.md5,
      ])
      let said = ''
      child.stdout.on('data', (text) => (said += text))
      child.stderr.on('data', (text) => (said += text))
      await new Promise((resolve) => child.on('close', resolve))
      return said.trim()
    }
    expect(await Promise.all([one(), one(), one()])).toEqual([join(dir, 'a'), join(dir, 'a'), join(dir, 'a')])
    expect(server.asked).toEqual(['GET /a'])
    whole(join(dir, 'a'))
    expect(files(dir)).toEqual(['a'])
  })

  test('a lock without a living holder is taken over; a living one is waited for', async () => {
    const dir = folder()
    const path = join(dir, 'lock')
    const gone = spawn(process.execPath, ['-e', ''])
    await new Promise((resolve) => gone.on('close', resolve))
    writeFileSync(path, JSON.stringify({ pid: gone.pid, host: hostname(), token: 'x' }))
    expect(await withLock(path, undefined, async () => 'mine')).toBe('mine')
    expect(existsSync(path)).toBe(false)

    const order: string[] = []
    const hold = (name: string) =>
      withLock(path, undefined, async () => {
        order.push(`${name} in`)
        await new Promise((resolve) => setTimeout(resolve, 20))
        order.push(`${name} out`)
      })
    await Promise.all(['a', 'b', 'c'].map(hold))
    for (let i = 0; i < 6; i += 2) expect(order[i]!.replace('in', 'out')).toBe(order[i + 1])

    writeFileSync(path, JSON.stringify({ pid: process.pid, host: 'elsewhere', token: 'y' }))
    await expect(withLock(path, AbortSignal.timeout(150), async () => 0)).rejects.toThrow(/timeout/)
    expect(existsSync(path)).toBe(true)
    expect(readdirSync(dir)).toEqual(['lock'])
  })
})

describe('disks that refuse', () => {
  test('a full disk ends in one message, at once, and leaves the rest of the folder alone', async (context) => {
    const server = await serve({ '/a': { bytes }, '/b': { bytes } })
    const dir = folder()
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=160k', 'tmpfs', dir], { stdio: 'pipe' })
    } catch {
      context.skip('no small file system can be mounted here')
    }
    onTestFinished(() => void execFileSync('umount', [dir]))
    writeFileSync(join(dir, 'other'), 'kept')
    const urls = [`${server.url}/a`, `${server.url}/b`]
    const refused = fetchFile({ name: 'a', urls, checksum, dir })
    await expect(refused).rejects.toThrow(FileError)
    await expect(refused).rejects.toThrow(
      `cannot write ${join(dir, 'a.part')}: the disk is full (ENOSPC). Make room, or set HEBB_DATA to another folder.`,
    )
    expect(server.asked).toEqual(['GET /a'])
    expect(readFileSync(join(dir, 'other'), 'utf8')).toBe('kept')
    expect(files(dir).filter((name) => name === 'a' || name.endsWith('.lock') || name.endsWith('.tmp'))).toEqual([])
    execFileSync('mount', ['-o', 'remount,size=2m', dir])
    whole(await fetchFile({ name: 'a', urls, checksum, dir }))
  })

  test('a folder that cannot be made', async (context) => {
    const dir = folder()
    writeFileSync(join(dir, 'file'), '')
    await expect(fetchFile({ name: 'a', urls: ['http://127.0.0.1:1/a'], dir: join(dir, 'file', 'sub') })).rejects.toThrow(
      `cannot write ${join(dir, 'file', 'sub')}: a part of the path is a file, not a folder (ENOTDIR). Make room, or set HEBB_DATA to another folder.`,
    )
    if (process.platform !== 'linux') context.skip('only Linux has /sys, where nobody may make folders')
    await expect(fetchFile({ name: 'a', urls: ['http://127.0.0.1:1/a'], dir: '/sys/hebb' })).rejects.toThrow(
      /cannot write \/sys\/hebb: (the system does not allow it|permission denied|the file system is read-only)/,
    )
  })
})
