/** The data folder: where fetched files live, and how a damaged one is told from a good one. */
import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { codeOf } from '../../files/fileError.js'
import { breathe } from '../../host/pace.js'
import { defined } from '../../tensor/options.js'
import { onDisk, writeOwn } from './disk.js'
import { ownSize, readOwn } from './own.js'

/** A file of a data set: its name in the folder, and how to know it is whole. */
export interface FileSpec {
  readonly name: string
  /** bytes */
  readonly size?: number | undefined
  readonly checksum?: Checksum | undefined
}

/** Digests in lower-case hex. */
export interface Checksum {
  readonly md5?: string | undefined
  readonly sha256?: string | undefined
}

/** The folder of all fetched data: HEBB_DATA, or ~/.cache/hebb. */
export const dataFolder = (): string => resolve(process.env.HEBB_DATA || join(homedir(), '.cache', 'hebb'))

/** What was true of a file when it was put into the folder, in `<name>.check.json` beside it. */
interface Note {
  readonly size: number
  readonly sha256: string
  /** set when the digest was compared with a published one */
  readonly md5?: string
  readonly from: string
}

const notePath = (path: string): string => `${path}.check.json`

/** The file's bytes, or `damage` when they are not what they should be; nothing when there is no file. */
export type Checked = { readonly bytes: Uint8Array } | { readonly damage: string } | undefined

/** Reads a file and compares it with its spec and with the note of its arrival. */
export async function readChecked(path: string, spec: FileSpec): Promise<Checked> {
  const read = await unlessMissing(readOwn(path))
  if (!read) return undefined
  const bytes = new Uint8Array(read.buffer, read.byteOffset, read.length)
  const damage = await damageOf(path, spec, bytes.length, () => [bytes])
  return damage ? { damage } : { bytes }
}

/** As `readChecked`, for files of any size: 'good', the damage, or nothing when there is no file. */
export async function checkFile(path: string, spec: FileSpec): Promise<'good' | { readonly damage: string } | undefined> {
  const size = await ownSize(path)
  if (size === undefined) return undefined
  const damage = await damageOf(path, spec, size, () => chunksOf(path))
  return damage ? { damage } : 'good'
}

/** What is wrong with bytes that have just arrived, or ''. `open` is called only when there is a checksum to compare. */
export async function mismatch(spec: FileSpec, size: number, open: () => Chunks): Promise<string> {
  if (spec.size !== undefined && size !== spec.size) return `has ${size} bytes, should have ${spec.size}`
  const names = (['sha256', 'md5'] as const).filter((name) => spec.checksum?.[name])
  if (names.length === 0) return ''
  const digests = await digest(open(), names)
  const wrong = names.find((name) => digests[name] !== spec.checksum![name])
  return wrong ? `has ${wrong} ${digests[wrong]}, should have ${spec.checksum![wrong]}` : ''
}

/** The same for a file; nothing when it is right. */
export const fileMismatch = async (spec: FileSpec, path: string): Promise<string> =>
  mismatch(spec, (await stat(path)).size, () => chunksOf(path))

/** Puts bytes that were found right into the folder, with their note. */
export async function keep(path: string, spec: FileSpec, bytes: Uint8Array, from: string): Promise<void> {
  await rm(notePath(path), { force: true }).catch(() => {})
  await writeOwn(path, bytes)
  await note(path, spec, bytes.length, (await digest([bytes], ['sha256'])).sha256!, from)
}

/** The same for a finished file beside its place. */
export async function adopt(path: string, spec: FileSpec, finished: string, from: string): Promise<void> {
  const { sha256 } = await digest(chunksOf(finished), ['sha256'])
  await onDisk(path, async () => {
    const { size } = await stat(finished)
    await rm(notePath(path), { force: true })
    await rename(finished, path)
    await note(path, spec, size, sha256!, from)
  })
}

type Chunks = Iterable<Uint8Array> | AsyncIterable<Uint8Array>
const chunksOf = (path: string): Chunks => createReadStream(path, { highWaterMark: 1 << 20 })

/** The note, written when the file came, answers for it; a file without one, placed by hand, must match what is published. */
async function damageOf(path: string, spec: FileSpec, size: number, open: () => Chunks): Promise<string> {
  if (spec.size !== undefined && size !== spec.size) return `${path} has ${size} bytes, should have ${spec.size}`
  const { checksum = {} } = spec
  const published = checksum.md5 !== undefined || checksum.sha256 !== undefined
  const known = await noteOf(path)
  if (known) {
    const { sha256 } = await digest(open(), ['sha256'])
    const same = known.size === size && known.sha256 === sha256
    if (same && (!checksum.md5 || checksum.md5 === known.md5) && (!checksum.sha256 || checksum.sha256 === sha256)) return ''
    if (!same && !published) return `${path} is not the file that was fetched from ${known.from}`
  }
  const wrong = await mismatch(spec, size, open)
  return wrong && `${path} ${wrong}`
}

async function note(path: string, spec: FileSpec, size: number, sha256: string, from: string): Promise<void> {
  const content: Note = defined({ size, sha256, md5: spec.checksum?.md5, from })
  await writeOwn(notePath(path), `${JSON.stringify(content)}\n`)
}

async function noteOf(path: string): Promise<Note | undefined> {
  const text = (await unlessMissing(readOwn(notePath(path))))?.toString('utf8')
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as Note
  } catch {
    return undefined // a note torn by a crash says nothing about the file
  }
}

/** Bytes digested between two turns of the event loop: a few milliseconds. */
const pieceBytes = 1 << 22

async function digest<N extends keyof Checksum>(chunks: Chunks, names: readonly N[]): Promise<Partial<Record<N, string>>> {
  const hashes = names.map((name): [N, Hash] => [name, createHash(name)])
  for await (const chunk of chunks)
    for (let at = 0; at < chunk.length; at += pieceBytes) {
      const piece = chunk.subarray(at, at + pieceBytes)
      for (const [, hash] of hashes) hash.update(piece)
      if (chunk.length > pieceBytes) await breathe()
    }
  return Object.fromEntries(hashes.map(([name, hash]) => [name, hash.digest('hex')])) as Partial<Record<N, string>>
}

/** A link in the place of a file counts as none: what it leads to is not ours. */
async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(codeOf(error))) return undefined
    throw error
  }
}
