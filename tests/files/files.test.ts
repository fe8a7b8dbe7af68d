import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, mkdtemp, open, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { writeAtomic } from '../../src/files/files.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hebb-files-'))
})
afterEach(async () => {
  vi.restoreAllMocks()
  await rm(folder, { recursive: true, force: true })
})

const root = process.getuid?.() === 0
const failure = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'nothing thrown',
    (e: Error) => e.message,
  )

describe('writeAtomic', () => {
  test('writes text, bytes, pieces and asynchronous pieces, and leaves nothing else', async () => {
    const path = join(folder, 'a')
    await writeAtomic(path, 'grün')
    expect(await readFile(path, 'utf8')).toBe('grün')
    await writeAtomic(path, new Uint8Array([1, 2, 3]).subarray(1))
    expect([...(await readFile(path))]).toEqual([2, 3])
    await writeAtomic(path, [new Uint8Array([1]), new Uint8Array(0), new Uint8Array([2])])
    expect([...(await readFile(path))]).toEqual([1, 2])
    await writeAtomic(
      path,
      (async function* () {
        yield new Uint8Array([7])
        yield new Uint8Array(new SharedArrayBuffer(2))
      })(),
    )
    expect([...(await readFile(path))]).toEqual([7, 0, 0])
    await writeAtomic(path, '')
    expect((await stat(path)).size).toBe(0)
    expect(await readdir(folder)).toEqual(['a'])
  })

  test('content past one piece arrives whole', async () => {
    const bytes = Uint8Array.from({ length: (1 << 24) + 12345 }, (_, i) => (i * 31) >> 3)
    await writeAtomic(join(folder, 'big'), bytes)
    expect(Buffer.compare(await readFile(join(folder, 'big')), bytes)).toBe(0)
  })

  test('follows a link and keeps the permissions', async () => {
    await writeFile(join(folder, 'real'), 'old', { mode: 0o640 })
    await symlink('real', join(folder, 'link'))
    await writeAtomic(join(folder, 'link'), 'new')
    expect(await readFile(join(folder, 'real'), 'utf8')).toBe('new')
    expect((await stat(join(folder, 'real'))).mode & 0o777).toBe(0o640)
  })

  test('twenty writers at once: one of them wins whole', async () => {
    const path = join(folder, 'a')
    await Promise.all(Array.from({ length: 20 }, (_, i) => writeAtomic(path, String(i).repeat(1000))))
    expect(await readFile(path, 'utf8')).toMatch(/^(\d\d?)\1{999}$/)
    expect(await readdir(folder)).toEqual(['a'])
  })

  test('an error of the pieces themselves passes through, the earlier file stays', async () => {
    const path = join(folder, 'a')
    await writeFile(path, 'old')
    const pieces = function* (): Generator<Uint8Array> {
      yield new Uint8Array(10)
      throw new Error('no more')
    }
    expect(await failure(writeAtomic(path, pieces()))).toBe('no more')
    expect(await readFile(path, 'utf8')).toBe('old')
    expect(await readdir(folder)).toEqual(['a'])
  })
})

describe('what cannot be written is one clear message', () => {
  test('a folder, a name ending in a slash, a device', async () => {
    expect(await failure(writeAtomic(folder, ''))).toBe(`cannot write ${folder}: it is a folder. Give the name of a file inside it.`)
    expect(await failure(writeAtomic(`${folder}/new/`, ''))).toBe(
      `cannot write ${folder}/new/: it names a folder. Give the name of a file inside it.`,
    )
    expect(await failure(writeAtomic('/dev/null', ''))).toBe(
      'cannot write /dev/null: it is no regular file but a device or pipe. Choose another path.',
    )
  })

  test('a folder that is not there, a file in place of a folder', async () => {
    const path = join(folder, 'none', 'a')
    expect(await failure(writeAtomic(path, ''))).toBe(`cannot write ${path}: its folder does not exist (ENOENT). Create the folder first.`)
    await writeFile(join(folder, 'file'), '')
    const inside = join(folder, 'file', 'a')
    expect(await failure(writeAtomic(inside, ''))).toBe(
      `cannot write ${inside}: a part of the path is a file, not a folder (ENOTDIR). Correct the path.`,
    )
  })

  test.each([
    ['EACCES', 'permission denied (EACCES).', 'Make the folder and file writable for this user, or choose another folder.'],
    ['EROFS', 'the file system is read-only (EROFS).', 'Choose a folder on a writable disk.'],
    ['ENOSPC', 'the disk is full (ENOSPC).', 'Free some space or choose another folder.'],
    ['EIO', 'the disk reports an error (EIO).', 'Check the disk, or choose another folder.'],
  ])('%s when flushing (injected)', async (code, reason, cure) => {
    const path = join(folder, 'a')
    await writeFile(path, 'old')
    const handle = await open(path)
    vi.spyOn(Object.getPrototypeOf(handle), 'sync').mockRejectedValueOnce(Object.assign(new Error('i/o went wrong'), { code }))
    await handle.close()
    expect(await failure(writeAtomic(path, '12345'))).toBe(
      `cannot write ${path}: ${reason.replace(' (', ' after 5 bytes (')} The earlier file is unchanged. ${cure}`,
    )
    expect(await readFile(path, 'utf8')).toBe('old')
    expect(await readdir(folder)).toEqual(['a'])
  })

  test('a write-protected file, a write-protected folder', async () => {
    const path = join(folder, 'a')
    await writeFile(path, 'old', { mode: 0o444 })
    if (root) await chown(folder, 65534, 65534)
    if (root) process.seteuid?.(65534) // root may write anywhere: try as nobody
    try {
      const denied = 'permission denied (EACCES). Make the folder and file writable for this user, or choose another folder.'
      expect(await failure(writeAtomic(path, 'new'))).toBe(`cannot write ${path}: ${denied}`)
      await chmod(folder, 0o555)
      expect(await failure(writeAtomic(join(folder, 'b'), 'new'))).toBe(`cannot write ${folder}/b: ${denied}`)
      await chmod(folder, 0o755)
      expect(await readFile(path, 'utf8')).toBe('old')
      expect(await readdir(folder)).toEqual(['a'])
    } finally {
      if (root) process.seteuid?.(0)
    }
  })
})

describe('a full disk', () => {
  /** A mounted file system of 256 kB, or why there is none. */
  function smallDisk(at: string): string | undefined {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', at], { stdio: 'pipe' })
      return undefined
    } catch (error) {
      return (error as Error).message.trim().split('\n').pop()
    }
  }

  test('real: the earlier file stays whole, the temporary goes, a smaller file fits afterwards', async (context) => {
    const disk = join(folder, 'disk')
    await mkdir(disk)
    const refused = smallDisk(disk)
    if (refused) {
      console.log(`full disk: no small file system can be mounted here (${refused}); the injected writer below stands in`)
      return context.skip(`mount refused: ${refused}`)
    }
    try {
      const path = join(disk, 'model')
      await writeAtomic(path, new Uint8Array(100_000).fill(1))
      expect(await failure(writeAtomic(path, new Uint8Array(400_000)))).toMatch(
        /^cannot write .*model: the disk is full( after \d+ bytes)? \(ENOSPC\)\. The earlier file is unchanged\. Free some space or choose another folder\.$/,
      )
      expect(await readFile(path)).toEqual(Buffer.alloc(100_000, 1))
      expect(await readdir(disk)).toEqual(['model'])
      await writeAtomic(path, new Uint8Array(100_000).fill(2))
      expect((await readFile(path))[0]).toBe(2)
    } finally {
      execFileSync('umount', [disk])
    }
  })

  test('injected: a write that fails half-way', async () => {
    const path = join(folder, 'model')
    await writeAtomic(path, 'old')
    const handle = await open(path)
    const prototype = Object.getPrototypeOf(handle)
    await handle.close()
    const write = prototype.write
    vi.spyOn(prototype, 'write').mockImplementation(async function (this: unknown, ...args: unknown[]) {
      if (args[1] !== 0) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' })
      return write.call(this, args[0], 0, 1000) // a short write first, as a nearly full disk gives
    })
    expect(await failure(writeAtomic(path, new Uint8Array(5000)))).toBe(
      `cannot write ${path}: the disk is full after 1000 bytes (ENOSPC). The earlier file is unchanged. Free some space or choose another folder.`,
    )
    expect(await readdir(folder)).toEqual(['model'])
  })
})

describe('killed runs', () => {
  test('kill -9 at random moments: the file always loads whole, and the next write clears what was left', async () => {
    const path = join(folder, 'a')
    const child = fileURLToPath(new URL('./writer.ts', import.meta.url))
    let writes = 0
    let torn = 0
    for (let round = 0; round < 6; round++) {
      const writer = spawn(process.execPath, ['--import', 'tsx', child, path], { stdio: ['ignore', 'pipe', 'inherit'] })
      await once(writer.stdout, 'data')
      await new Promise((done) => setTimeout(done, Math.random() * 150))
      await kill(writer)
      const bytes = await readFile(path)
      const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
      expect(words.length).toBe(1 << 20)
      expect(words.every((w) => w === words[0])).toBe(true)
      writes += words[0]!
      torn += (await readdir(folder)).length - 1
    }
    console.log(`kill -9: 6 kills over ${writes} whole writes, ${torn} of them left a temporary for the next to clear`)
    await writeAtomic(path, 'after')
    expect(await readdir(folder)).toEqual(['a'])
  })

  const kill = async (child: ChildProcess): Promise<void> => {
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  test('only temporaries of processes that are gone are cleared', async () => {
    const gone = spawn(process.execPath, ['-e', ''])
    await once(gone, 'exit')
    const host =
      hostname()
        .replace(/[^A-Za-z0-9]/g, '')
        .slice(0, 24) || 'host'
    const temporary = (name: string, from: string, pid: number | undefined): string => `.${name}.${from}-${pid}-0123456789ab.tmp`
    const names = {
      dead: temporary('a', host, gone.pid),
      alive: temporary('a', host, process.ppid),
      elsewhere: temporary('a', 'otherhost', gone.pid),
      elsewhereOld: temporary('a', 'oldhost', process.ppid),
      oursNow: temporary('a', host, process.pid),
      ofAnother: temporary('b', host, gone.pid),
    }
    for (const name of Object.values(names)) await writeFile(join(folder, name), '')
    const days = new Date(Date.now() - 2 * 24 * 3600 * 1000)
    await utimes(join(folder, names.elsewhereOld), days, days)
    await writeAtomic(join(folder, 'a'), '')
    expect((await readdir(folder)).sort()).toEqual([names.alive, names.elsewhere, names.oursNow, names.ofAnother, 'a'].sort())
    const before = new Date(Date.now() - process.uptime() * 1000 - 60_000)
    await utimes(join(folder, names.oursNow), before, before) // a process of the same number in an earlier life of a container
    await writeAtomic(join(folder, 'a'), '')
    expect(await readdir(folder)).not.toContain(names.oursNow)
  })
})
