/** Safetensors by path: one file, or a folder of several with `model.safetensors.index.json` as their table of contents. */

import { inPieces } from '../../host/pace.js'
import { FileError } from '../fileError.js'
import { type ByteSource, beside, inside, isFolder, openSource, readBytes, writeAtomic } from '../files.js'
import { type NamedTensors, type Safetensors, safetensorsPieces, storedTensor } from './bytes.js'
import { checker, isSealed, seal, withoutChecksum, withRoom } from './checksum.js'
import { fieldsOf, TextError } from './fields.js'
import { headerLength, headerSteps, prefixBytes } from './header.js'
import { piecesFor, type Reception, receive } from './pour.js'
import { type StoredArray, type StoredInfo, type StoredTensor, storedArray, storedBytes } from './stored.js'

/** An open file, or several as one: its header is read and checked, its tensors wait to be asked for. */
export interface SafetensorsFile {
  /** what each tensor is */
  readonly tensors: ReadonlyMap<string, StoredInfo>
  readonly metadata: Readonly<Record<string, string>>
  /** reads one tensor into memory of its own; @throws FileError where there is none of that name */
  read(name: string): Promise<StoredTensor>
  /** reads all of them, and compares the file with its checksum where it has one; @throws FileError where it is damaged */
  all(): Promise<Map<string, StoredTensor>>
  /**
   * Reads tensors once, in the order of their bytes, each to where `to` wants it, and compares the file with its checksum where it has one, for which it is
   * read whole. @throws FileError where it is damaged: what was received is worth nothing then
   */
  pour(to: (name: string, info: StoredInfo) => Reception): Promise<void>
  /** the numbers of a tensor in the file itself, read when they are touched; undefined where files are no memory, or the tensor is not aligned in its file */
  map(name: string): StoredArray | undefined
  /** whether it has a checksum */
  readonly sealed: boolean
  close(): Promise<void>
}

/**
 * Opens a safetensors file, an index (`….index.json`), or a folder holding `model.safetensors` or
 * `model.safetensors.index.json`. Only headers are read.
 *
 * @throws FileError naming the file, the tensor and the values
 * @example
 * const file = await openSafetensors('llama/')
 * const { data } = await file.read('model.norm.weight')
 * await file.close()
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  if (await isFolder(path)) return openFolder(path)
  return path.endsWith('.json') ? openShards(path) : openOne(await openSource(path))
}

/**
 * Reads all tensors of a file, index or folder, or those named in `names`. A file that `save` or a run wrote has a checksum: read whole, it is
 * compared with that. @throws as {@link openSafetensors}
 */
export async function readSafetensors(path: string, options: { names?: Iterable<string> | undefined } = {}): Promise<Safetensors> {
  const file = await openSafetensors(path)
  try {
    if (!options.names) return { tensors: await file.all(), metadata: file.metadata }
    const tensors = new Map<string, StoredTensor>()
    for (const name of options.names) tensors.set(name, await file.read(name))
    return { tensors, metadata: file.metadata }
  } finally {
    await file.close()
  }
}

/**
 * Writes a safetensors file in one step: `path` holds its earlier content or all of the new one, whatever happens.
 * The arrays must not change until the promise resolves.
 *
 * @throws HebbError for a tensor that is not what its dtype and shape say, FileError where the file cannot be written
 */
export const writeSafetensors = async (
  path: string,
  tensors: NamedTensors,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> => writeAtomic(path, safetensorsPieces(tensors, metadata))

/** {@link writeSafetensors} with a checksum, by which any damage is found when the file is read whole. */
export async function writeSealed(path: string, tensors: NamedTensors, metadata: Readonly<Record<string, string>> = {}): Promise<void> {
  const pieces = safetensorsPieces(tensors, withRoom(metadata))
  await seal(pieces)
  await writeAtomic(path, pieces)
}

/** A single file from any source of bytes; closes the source where it is no safetensors file. */
async function openOne(source: ByteSource): Promise<SafetensorsFile> {
  try {
    const prefix = await source.read(0, Math.min(prefixBytes, source.size))
    const start = prefixBytes + headerLength(source.name, prefix, source.size)
    const header = await inPieces(headerSteps(source.name, await source.read(prefixBytes, start - prefixBytes), source.size - start))
    const file: SafetensorsFile = {
      tensors: header.tensors,
      metadata: withoutChecksum(header.metadata),
      sealed: isSealed(header.metadata),
      async read(name) {
        const info = header.tensors.get(name) ?? missing(source.name, name, header.tensors)
        return storedTensor(info, await source.read(start + info.begin, info.size))
      },
      async all() {
        const found = new Map<string, Uint8Array>()
        await file.pour((name, { size }) => {
          const bytes = new Uint8Array(size)
          found.set(name, bytes)
          return bytes
        })
        return new Map([...found].map(([name, bytes]) => [name, storedTensor(header.tensors.get(name)!, bytes)]))
      },
      async pour(to) {
        const check = checker(source.name, await source.read(0, start), header.metadata)
        await receive(source, start, piecesFor(header.tensors, to, check !== undefined), check)
        check?.end()
      },
      map(name) {
        const { dtype, begin, size } = header.tensors.get(name) ?? missing(source.name, name, header.tensors)
        if ((start + begin) % storedBytes(dtype) !== 0 || dtype === 'bool') return undefined
        const bytes = source.map(start + begin, size)
        return bytes && storedArray(dtype, bytes)
      },
      close: () => source.close(),
    }
    return file
  } catch (error) {
    await source.close()
    throw error
  }
}

function missing(path: string, name: string, tensors: ReadonlyMap<string, unknown>): never {
  const some = [...tensors.keys()].slice(0, 5).map((key) => JSON.stringify(key))
  const more = tensors.size > some.length ? `, and ${tensors.size - some.length} more` : ''
  throw new FileError(`${path} has no tensor ${JSON.stringify(name)}. It has ${some.join(', ') || 'none'}${more}.`, path)
}

async function openFolder(folder: string): Promise<SafetensorsFile> {
  const tried: string[] = []
  for (const name of ['model.safetensors', 'model.safetensors.index.json']) {
    const path = inside(folder, name)
    try {
      return await (name.endsWith('.json') ? openShards(path) : openOne(await openSource(path)))
    } catch (error) {
      if (!(error instanceof FileError && error.code === 'ENOENT' && error.path === path)) throw error
      tried.push(name)
    }
  }
  throw new FileError(`cannot read ${folder}: it holds neither ${tried.join(' nor ')}. Name the file itself.`, folder, 'ENOENT')
}

/** The parts an index names, as one. Each tensor is looked for where the index says; others in the parts are not offered. */
async function openShards(path: string): Promise<SafetensorsFile> {
  const places = parseIndex(path, await readBytes(path))
  const parts = new Map<string, SafetensorsFile>()
  const close = async (): Promise<void> => {
    await Promise.all([...parts.values()].map((part) => part.close()))
  }
  try {
    for (const part of new Set(places.values())) parts.set(part, await openOne(await openSource(beside(path, part))))
    const tensors = new Map<string, StoredInfo>()
    for (const [name, part] of places) {
      const info = parts.get(part)!.tensors.get(name)
      if (!info)
        throw new FileError(`${path} places tensor ${JSON.stringify(name)} in ${part}, which does not have it. Fetch both again.`, path)
      tensors.set(name, info)
    }
    return {
      tensors,
      metadata: Object.assign({}, ...[...parts.values()].map((part) => part.metadata)),
      read: (name) => parts.get(places.get(name) ?? missing(path, name, tensors))!.read(name),
      async all() {
        const found = new Map<string, StoredTensor>()
        for (const [part, file] of parts)
          for (const [name, tensor] of await file.all()) if (places.get(name) === part) found.set(name, tensor)
        return found
      },
      async pour(to) {
        for (const [part, file] of parts) await file.pour((name, info) => (places.get(name) === part ? to(name, info) : undefined))
      },
      map: (name) => parts.get(places.get(name) ?? missing(path, name, tensors))!.map(name),
      sealed: [...parts.values()].some(({ sealed }) => sealed),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** `weight_map` of an index: tensor name → file beside the index. */
function parseIndex(path: string, bytes: Uint8Array): Map<string, string> {
  const say = (problem: string): never => {
    throw new FileError(`cannot read ${path}: ${problem}. Fetch it again.`, path)
  }
  let map: unknown
  const text = new TextDecoder().decode(bytes)
  if (/^\s*\[/.test(text)) return say('it has no weight_map')
  try {
    for (const [field, value] of fieldsOf(text)) if (field === 'weight_map') map = value
  } catch (error) {
    if (error instanceof TextError) return say(`it ${error.message}`)
    throw error
  }
  if (typeof map !== 'object' || map === null || Array.isArray(map)) return say('it has no weight_map')
  const places = new Map<string, string>()
  for (const [name, part] of Object.entries(map)) {
    // a name only: an index from elsewhere must not lead to other folders
    if (typeof part !== 'string' || !/^[^/\\:\0]+$/.test(part) || /^\.+$/.test(part))
      say(`its weight_map gives tensor ${JSON.stringify(name)} the file ${JSON.stringify(part)}, which is no name of a file beside it`)
    places.set(name, part)
  }
  return places
}
