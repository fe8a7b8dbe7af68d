import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { create, Header } from 'tar'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { gunzip, membersOf } from '../../src/data/fetch/archive.js'
import { obtain } from '../../src/data/fetch/obtain.js'
import { npmSource, readMembers, type Source } from '../../src/data/fetch/source.js'
import { md5Of, noise, serve } from './server.js'

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'hebb-npm-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** A .tgz with these files, the way npm packs them. */
async function packed(contents: Readonly<Record<string, Uint8Array>>): Promise<Buffer> {
  const dir = folder()
  for (const [name, bytes] of Object.entries(contents)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true })
    writeFileSync(join(dir, name), bytes)
  }
  const file = join(dir, 'x.tgz')
  await create({ cwd: dir, gzip: true, file, portable: true }, Object.keys(contents))
  return readFileSync(file)
}

/** Points npm at a registry on loopback that has one package, and a cache of its own. */
async function registry(tgz: Uint8Array, integrityOf = tgz) {
  const server = await serve({ '/toy/-/toy-1.0.0.tgz': { bytes: tgz } })
  const dist = {
    tarball: `${server.url}/toy/-/toy-1.0.0.tgz`,
    integrity: `sha512-${createHash('sha512').update(integrityOf).digest('base64')}`,
  }
  const document = { name: 'toy', 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': { name: 'toy', version: '1.0.0', dist } } }
  server.routes['/toy'] = { bytes: Buffer.from(JSON.stringify(document)) }
  vi.stubEnv('npm_config_registry', server.url)
  vi.stubEnv('npm_config_cache', folder())
  onTestFinished(() => void vi.unstubAllEnvs())
  return server
}

const a = noise(100_000, 1)
const b = noise(5_000, 2)
const files = [
  { name: 'a', size: a.length, checksum: { md5: md5Of(a) } },
  { name: 'b', size: b.length },
]
const source = npmSource('toy@1.0.0', { 'data/a.bin': 'a', 'data/b.bin': 'b' })
const request = (dir: string, sources: readonly Source[] = [source]) => ({ name: 'toy', dir, files, sources })

describe('npm packages', () => {
  test('the wanted files of a package, and nothing else', async () => {
    const server = await registry(
      await packed({
        'package/package.json': Buffer.from('{}'),
        'package/data/a.bin': a,
        'package/data/big.bin': noise(400_000),
        'package/data/b.bin': b,
      }),
    )
    const dir = folder()
    const seen: string[] = []
    const got = await obtain({ ...request(dir), onProgress: (p) => seen.push(`${p.source} ${p.bytes > 0}`) })
    expect(got.map((bytes) => md5Of(bytes))).toEqual([md5Of(a), md5Of(b)])
    expect(readdirSync(dir).sort()).toEqual(['a', 'a.check.json', 'b', 'b.check.json'])
    expect(seen).toEqual(['npm toy@1.0.0 false', 'npm toy@1.0.0 true'])
    const before = server.asked.length
    await obtain(request(dir))
    expect(server.asked.length).toBe(before)
    rmSync(join(dir, 'b'))
    expect((await obtain(request(dir)))[1]).toEqual(b)
  })

  test.each<[string, () => Promise<Uint8Array>, RegExp]>([
    ['a file is missing', () => packed({ 'package/data/a.bin': a }), /npm toy@1\.0\.0: lacks package\/data\/b\.bin/],
    [
      'a file is another',
      () => packed({ 'package/data/a.bin': noise(100_000, 3), 'package/data/b.bin': b }),
      /npm toy@1\.0\.0: a has md5 \w+, should have/,
    ],
    [
      'the archive is torn',
      async () => (await packed({ 'package/data/a.bin': a, 'package/data/b.bin': b })).subarray(0, 60_000),
      /npm toy@1\.0\.0: npm pack failed: code Z_BUF_ERROR/,
    ],
    ['the archive is none', async () => noise(5000), /npm toy@1\.0\.0: /],
  ])('%s', async (_, make, message) => {
    await registry(await make())
    const dir = folder()
    await expect(obtain(request(dir))).rejects.toThrow(message)
    expect(readdirSync(dir).filter((name) => name.startsWith('.') || name.endsWith('.tmp'))).toEqual([])
  })

  test('what is not what the registry promised is refused by npm', async () => {
    await registry(await packed({ 'package/data/a.bin': a, 'package/data/b.bin': b }), noise(10))
    await expect(obtain(request(folder()))).rejects.toThrow(/npm pack failed: code EINTEGRITY/)
  })

  test('a package that does not exist, a registry that is away, one that is silent, no npm at all', async () => {
    const server = await registry(await packed({ 'package/data/a.bin': a }))
    const dir = folder()
    await expect(obtain(request(dir, [npmSource('nosuch@1.0.0', {})]))).rejects.toThrow(
      /npm nosuch@1\.0\.0: npm pack failed: code E404: 404/,
    )
    server.routes['/toy'] = { bytes: new Uint8Array(0), silent: true }
    vi.stubEnv('npm_config_cache', folder())
    await expect(obtain({ ...request(dir), connectTimeout: 2000 })).rejects.toThrow(/the npm registry gave no answer within 4 s/)
    vi.stubEnv('npm_config_registry', 'http://127.0.0.1:1')
    await expect(obtain(request(dir))).rejects.toThrow(/npm pack failed: code \w+/)
    vi.stubEnv('PATH', folder())
    await expect(obtain(request(dir))).rejects.toThrow('npm toy@1.0.0: npm is not installed, or not on the PATH')
  })

  test('an abort ends npm', async () => {
    const server = await registry(await packed({ 'package/data/a.bin': a }))
    server.routes['/toy'] = { bytes: new Uint8Array(0), silent: true }
    const dir = folder()
    const controller = new AbortController()
    setTimeout(() => controller.abort(new Error('stop it')), 500)
    await expect(obtain({ ...request(dir), signal: controller.signal })).rejects.toThrow('stop it')
    expect(readdirSync(dir)).toEqual([])
  })
})

describe('archives', () => {
  /** A .tgz of hand-made entries, names and sizes as said. */
  function forged(entries: readonly { path: string; size: number; type?: 'File' | 'SymbolicLink'; bytes?: Uint8Array }[]): string {
    const blocks = entries.flatMap(({ path, size, type = 'File', bytes = new Uint8Array(0) }) => {
      const head = Buffer.alloc(512)
      new Header({ path, size, type, linkpath: type === 'File' ? '' : '/etc/passwd', mode: 0o644, mtime: new Date(0) }).encode(head, 0)
      return [head, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]
    })
    const path = join(folder(), 'forged.tgz')
    writeFileSync(path, gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)])))
    return path
  }
  const read = async (path: string, ...names: string[]): Promise<string[]> => {
    const found: string[] = []
    for await (const member of membersOf(path, new Set(names))) found.push(`${member.name} ${member.bytes.length}`)
    return found
  }

  test('only what is asked for by its full name, and only files', async () => {
    const text = Buffer.from('hello')
    const path = forged([
      { path: '../../evil', size: 5, bytes: text },
      { path: 'link', size: 0, type: 'SymbolicLink' },
      { path: 'package/a', size: 5, bytes: text },
    ])
    expect(await read(path, 'link', 'package/a')).toEqual(['package/a 5'])
    expect(readdirSync(dirname(path))).toEqual(['forged.tgz'])
  })

  test('a member too large for memory is refused before it is read', async () => {
    await expect(read(forged([{ path: 'huge', size: 2 ** 31 }]), 'huge')).rejects.toThrow(
      'huge in the archive has 2147483648 bytes: more than 1073741824 are not unpacked',
    )
    await expect(read(forged([{ path: 'short', size: 5000, bytes: noise(100) }]), 'short')).rejects.toThrow('the archive is damaged')
    await expect(read(join(folder(), 'none.tgz'), 'a')).rejects.toThrow('the archive is damaged (ENOENT)')
  })

  test('an archive torn anywhere is damaged, never a shorter file', async () => {
    const whole = await packed({ 'package/data/a.bin': a, 'package/data/b.bin': b })
    const path = join(folder(), 'torn.tgz')
    for (const length of [0, 1, 9, 11, 700, 50_000, 99_000, 103_000]) {
      writeFileSync(path, whole.subarray(0, length))
      const reading = readMembers(path, ['package/data/a.bin', 'package/data/b.bin'], () => Promise.resolve())
      await expect(reading, `torn after ${length} of ${whole.length}`).rejects.toThrow(/the archive is damaged|lacks package/)
    }
  })

  test('gunzip stays within its bound', () => {
    expect(gunzip(gzipSync(b))).toEqual(Buffer.from(b))
    expect(() => gunzip(gzipSync(new Uint8Array(1e6)), 1000)).toThrow('unpacks to more than the 1000 bytes')
    expect(() => gunzip(b)).toThrow('is no whole gzip file')
  })
})
