/** Debian packages as a source of data, and programs that unpack what Node cannot: both run as the user, nothing is installed. */
import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdtemp, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { codeOf } from '../../files/fileError.js'
import { HebbError } from '../../tensor/errors.js'

export { packPrefix } from './npm.js'

/** A program, what it is told, and where its output goes. */
interface Work {
  readonly program: string
  readonly args: readonly string[]
  readonly cwd?: string | undefined
  readonly input?: Uint8Array | undefined
  readonly signal?: AbortSignal | undefined
  /** most bytes of output */
  readonly most?: number | undefined
}

/**
 * Fetches the Debian package `spec` with `apt-get download` into a fresh folder inside `place` and gives the path of its files as a .tar.
 * Throws HebbError with the reason apt gives, and where there is no apt.
 */
export async function debianPackage(spec: string, place: string, signal: AbortSignal | undefined): Promise<string> {
  const folder = await mkdtemp(join(place, 'deb-'))
  // as root apt would fetch as a user of its own, who may not enter this folder, and complain
  await output({ program: 'apt-get', args: ['-q', '-o', 'APT::Sandbox::User=root', 'download', spec], cwd: folder, signal })
  const deb = (await readdir(folder)).find((name) => name.endsWith('.deb'))
  if (!deb) throw new HebbError(`apt-get download ${spec} brought no .deb`)
  const tar = join(folder, 'files.tar')
  await run({ program: 'dpkg-deb', args: ['--fsys-tarfile', deb], cwd: folder, signal }, (out) => pipeline(out, createWriteStream(tar)))
  return tar
}

/** Unpacks bytes with a program that reads them and writes the result: `bzip2 -dc`, `xz -dc`. Throws HebbError when it is missing or fails. */
export const unpackWith = (program: string, args: readonly string[], input: Uint8Array, most: number): Promise<Uint8Array> =>
  output({ program, args, input, most })

async function output(work: Work): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  await run(work, async (out) => {
    for await (const chunk of out as AsyncIterable<Uint8Array>) {
      size += chunk.length
      if (size > (work.most ?? 1 << 24)) throw new HebbError(`${work.program}: more than ${work.most ?? 1 << 24} bytes came out`)
      chunks.push(chunk)
    }
  })
  return Buffer.concat(chunks)
}

async function run({ program, args, cwd, input, signal }: Work, read: (out: Readable) => Promise<void>): Promise<void> {
  signal?.throwIfAborted()
  const child = spawn(program, args, { cwd, stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, LC_ALL: 'C' }, windowsHide: true })
  const stop = (): void => void child.kill()
  signal?.addEventListener('abort', stop)
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4000)
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', (error) => {
      const why = codeOf(error) === 'ENOENT' ? 'is not installed, or not on the PATH' : `cannot be run (${codeOf(error)})`
      reject(new HebbError(`${program} ${why}`, { cause: error }))
    })
    child.on('close', resolve)
  })
  ended.catch(() => {}) // awaited below; a program that is not there must not be reported twice
  try {
    const write = pipeline(Readable.from(input ? [input] : []), child.stdin).catch(() => {}) // a program that stops reading says why itself
    const reading = read(child.stdout).catch((error: unknown) => {
      stop()
      return error
    })
    const code = await ended
    const failed = await reading
    await write
    signal?.throwIfAborted()
    if (code !== 0 && !(failed instanceof HebbError)) {
      const lines = said.split('\n').filter((line) => /^E:|error|corrupt|unexpected/i.test(line))
      throw new HebbError(
        `${program} ${args.at(-1)} failed: ${(lines.length > 0 ? lines : said.trim().split('\n')).slice(0, 2).join(': ')}`,
      )
    }
    if (failed) throw failed
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}
