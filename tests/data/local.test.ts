import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { create } from 'tar'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { npmConverted, webConverted, webRemade } from '../../src/data/fetch/convert.js'
import { obtain } from '../../src/data/fetch/obtain.js'
import { unpackWith } from '../../src/data/fetch/packages.js'
import { webSource } from '../../src/data/fetch/source.js'
import { md5Of, noise, serve } from './server.js'

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'hebb-local-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}
const a = noise(5000, 1)
const b = noise(2000, 2)
const known = { name: 'a', checksum: { md5: md5Of(a) } }
const unknown = { name: 'b' }
const nowhere = [webSource({ a: 'http://127.0.0.1:1/a', b: 'http://127.0.0.1:1/b' })]

describe('local folders', () => {
  test('the option, then HEBB_SOURCES, before any network; a set has its own folder, files with a checksum also lie loose', async () => {
    const [first, second] = [folder(), folder()]
    mkdirSync(join(second, 'pair'))
    writeFileSync(join(first, 'a.gz'), gzipSync(a))
    writeFileSync(join(second, 'pair', 'b'), b)
    vi.stubEnv('HEBB_SOURCES', `${second}${delimiter}${delimiter}/no/such/folder`)
    onTestFinished(() => void vi.unstubAllEnvs())
    const got = await obtain({ name: 'pair', dir: folder(), files: [known, unknown], sources: nowhere, from: first })
    expect(got.map(md5Of)).toEqual([md5Of(a), md5Of(b)])
  })

  test('a loose file without a checksum may be any, and one that differs is refused with the reason', async () => {
    const loose = folder()
    writeFileSync(join(loose, 'b'), b)
    writeFileSync(join(loose, 'a'), b)
    const asked = obtain({ name: 'pair', dir: folder(), files: [known, unknown], sources: nowhere, from: [loose] })
    await expect(asked).rejects.toThrow(`${loose}: a has md5 ${md5Of(b)}, should have ${md5Of(a)}; has no b`)
    await expect(asked).rejects.toThrow('or set HEBB_SOURCES to a folder that has them')
  })
})

describe('files made from packages', () => {
  const conversion = {
    wants: (path: string): boolean => path.startsWith('data/'),
    make: (members: ReadonlyMap<string, Uint8Array>) => ({
      a: [...members].map(([path, bytes]) => `${path} ${new TextDecoder().decode(bytes)}`).join('|'),
    }),
  }

  test('a .tar.gz on the web, members in order of their paths, outside ones left alone', async () => {
    const dir = folder()
    mkdirSync(join(dir, 'data'))
    for (const [name, text] of [
      ['z', 'last'],
      ['m', 'first'],
    ] as const)
      writeFileSync(join(dir, 'data', name), text)
    writeFileSync(join(dir, 'README'), 'not data')
    await create({ cwd: dir, gzip: true, file: join(dir, 'x.tgz'), prefix: 'set-1.0', portable: true }, ['data/z', 'data/m', 'README'])
    const { readFileSync } = await import('node:fs')
    const server = await serve({ '/x.tgz': { bytes: readFileSync(join(dir, 'x.tgz')) } })
    const source = webConverted(`${server.url}/x.tgz`, conversion)
    const [made] = await obtain({ name: 'made', dir: folder(), files: [{ name: 'a' }], sources: [source] })
    expect(new TextDecoder().decode(made)).toBe('data/m first|data/z last')
    const lacking = obtain({ name: 'made', dir: folder(), files: [{ name: 'c' }], sources: [source] })
    await expect(lacking).rejects.toThrow(`${server.url}: has no c`)
    const other = { name: 'a', checksum: { md5: md5Of(b) } }
    await expect(obtain({ name: 'made', dir: folder(), files: [other], sources: [source] })).rejects.toThrow('should have')
  })

  test('one file on the web, in another format', async () => {
    const server = await serve({ '/b': { bytes: b } })
    const source = webRemade(`${server.url}/b`, { name: 'raw', checksum: { md5: md5Of(b) } }, (bytes) => ({ a: String(bytes.length) }))
    const [made] = await obtain({ name: 'made', dir: folder(), files: [{ name: 'a' }], sources: [source] })
    expect(new TextDecoder().decode(made)).toBe('2000')
    const other = webRemade(`${server.url}/b`, { name: 'raw', checksum: { md5: md5Of(a) } }, () => ({ a: '' }))
    await expect(obtain({ name: 'made', dir: folder(), files: [{ name: 'a' }], sources: [other] })).rejects.toThrow('raw has md5')
    expect(npmConverted('toy@1.0.0', conversion).name).toBe('npm toy@1.0.0')
  })

  test('programs that unpack: missing, failing, saying too much', async () => {
    await expect(unpackWith('hebb-no-such-program', [], a, 10)).rejects.toThrow('hebb-no-such-program is not installed, or not on the PATH')
    await expect(unpackWith(process.execPath, ['-e', 'console.error("Error: bad"); process.exit(3)'], a, 10)).rejects.toThrow('Error: bad')
    await expect(unpackWith(process.execPath, ['-e', 'process.stdin.pipe(process.stdout)'], a, 4999)).rejects.toThrow(
      'more than 4999 bytes',
    )
    expect(md5Of(await unpackWith(process.execPath, ['-e', 'process.stdin.pipe(process.stdout)'], a, 5000))).toBe(md5Of(a))
  })
})
