import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { create } from 'tar'
import { describe, expect, onTestFinished, test } from 'vitest'
import { obtain } from '../../src/data/fetch/obtain.js'
import { folderSource, webArchive, webSource } from '../../src/data/fetch/source.js'
import { md5Of, noise, serve } from './server.js'

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'hebb-sources-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}
const a = noise(50_000, 1)
const b = noise(20_000, 2)
const files = [
  { name: 'a', size: a.length, checksum: { md5: md5Of(a) } },
  { name: 'b', size: b.length, checksum: { md5: md5Of(b) } },
]
const bothRight = (got: readonly Uint8Array[]): void => expect(got.map(md5Of)).toEqual([md5Of(a), md5Of(b)])

/** A .tgz with a and b in a folder of its own. */
async function archive(contents: Readonly<Record<string, Uint8Array>> = { a, b }): Promise<Uint8Array> {
  const dir = folder()
  for (const [name, bytes] of Object.entries(contents)) writeFileSync(join(dir, name), bytes)
  await create({ cwd: dir, gzip: true, file: join(dir, 'x.tgz'), prefix: 'set', portable: true }, Object.keys(contents))
  return readFileSync(join(dir, 'x.tgz'))
}

describe('sources one after the other', () => {
  test('each is asked only for what the ones before did not have', async () => {
    const server = await serve({ '/a.gz': { bytes: gzipSync(a) }, '/b.gz': { bytes: gzipSync(b) } })
    const half = folder()
    writeFileSync(join(half, 'a.gz'), gzipSync(a))
    const dir = folder()
    const web = webSource({ a: `${server.url}/a.gz`, b: `${server.url}/b.gz` })
    bothRight(await obtain({ name: 'pair', dir, files, sources: [folderSource(half), web] }))
    expect(server.asked).toEqual(['GET /b.gz'])
    expect(readdirSync(dir).sort()).toEqual(['a', 'a.check.json', 'b', 'b.check.json'])
  })

  test('a dead one is given up at its first file', async () => {
    const server = await serve({ '/a': { bytes: a, silent: true }, '/b': { bytes: b }, '/x/a': { bytes: a }, '/x/b': { bytes: b } })
    const at = (path: string) => webSource({ a: `${server.url}${path}a`, b: `${server.url}${path}b` })
    bothRight(await obtain({ name: 'pair', dir: folder(), files, sources: [at('/'), at('/x/')], connectTimeout: 100 }))
    expect(server.asked).toEqual(['GET /a', 'GET /x/a', 'GET /x/b'])
  })
})

describe('archives on the web', () => {
  const members = { 'set/a': 'a', 'set/b': 'b' }

  test('both files from one download, which leaves nothing behind', async () => {
    const tgz = await archive()
    const server = await serve({ '/x.tgz': { bytes: tgz, cutAfter: 30_000 } })
    const dir = folder()
    const source = webArchive(`${server.url}/x.tgz`, { name: 'x.tgz', size: tgz.length, checksum: { md5: md5Of(tgz) } }, members)
    bothRight(await obtain({ name: 'pair', dir, files, sources: [source] }))
    expect(server.sent).toBe(tgz.length)
    expect(readdirSync(dir).sort()).toEqual(['a', 'a.check.json', 'b', 'b.check.json'])
  })

  test('another archive than published, or one without the files, is refused', async () => {
    const right = await archive()
    const other = await archive({ a, b: noise(20_000, 3) })
    const server = await serve({ '/other.tgz': { bytes: other }, '/half.tgz': { bytes: await archive({ a }) } })
    const dir = folder()
    const published = webArchive(`${server.url}/other.tgz`, { name: 'x.tgz', checksum: { md5: md5Of(right) } }, members)
    const unpublished = webArchive(`${server.url}/other.tgz`, { name: 'x.tgz' }, members)
    const half = webArchive(`${server.url}/half.tgz`, { name: 'y.tgz' }, members)
    await expect(obtain({ name: 'pair', dir, files, sources: [published] })).rejects.toThrow(
      `x.tgz has md5 ${md5Of(other)}, should have ${md5Of(right)}`,
    )
    await expect(obtain({ name: 'pair', dir, files, sources: [unpublished] })).rejects.toThrow(
      `b has md5 ${md5Of(noise(20_000, 3))}, should have`,
    )
    rmSync(join(dir, 'a'))
    await expect(obtain({ name: 'pair', dir, files, sources: [half] })).rejects.toThrow('lacks set/b')
    expect(readdirSync(dir).filter((name) => name.includes('.part') || name.includes('.lock') || name.endsWith('.tmp'))).toEqual([])
  })
})
