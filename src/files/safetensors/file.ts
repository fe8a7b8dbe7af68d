/** Safetensors by path: one file, an index, or a folder. */

import { inPieces } from '../../host/pace.js'
import { type ByteSource, isFolder, openSource, writeAtomic } from '../files.js'
import { lacks } from '../weightFile.js'
import { type NamedTensors, type Safetensors, safetensorsPieces, storedTensor } from './bytes.js'
import { checker, isSealed, seal, withoutChecksum, withRoom } from './checksum.js'
import { type Contents, contentsOf, indexed } from './folder.js'
import { headerLength, headerSteps, prefixBytes } from './header.js'
import { piecesFor, receive } from './pour.js'
import { openShards, type SafetensorsFile } from './shards.js'
import { type StoredTensor, storedArray, storedBytes } from './stored.js'

/**
 * Opens a safetensors file, an index (`….index.json`), or a folder. Only headers are read. Of a folder that is `model.safetensors`, else what
 * `model.safetensors.index.json` lists, else the parts `…-00001-of-0000N.safetensors`, else its safetensors files together.
 *
 * @throws FileError naming the file, the tensor and the values; for parts that are missing, and a tensor that two files hold
 * @example
 * const file = await openSafetensors('llama/')
 * const { data } = await file.read('model.norm.weight')
 * await file.close()
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const contents: Contents = (await isFolder(path))
    ? await contentsOf(path)
    : path.endsWith('.json')
      ? await indexed(path)
      : { name: path, parts: [path] }
  return contents.parts.length === 1 && !contents.places
    ? openOne(await openSource(contents.parts[0]!))
    : openShards(contents, async (part) => openOne(await openSource(part)))
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
      name: source.name,
      tensors: header.tensors,
      metadata: withoutChecksum(header.metadata),
      sealed: isSealed(header.metadata),
      async read(name) {
        const info = header.tensors.get(name) ?? lacks(source.name, name, header.tensors)
        return storedTensor(info, await source.read(start + info.begin, info.size))
      },
      async all() {
        const found = new Map<string, Uint8Array>()
        await file.pour((name) => {
          const bytes = new Uint8Array(header.tensors.get(name)!.size)
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
        const { dtype, begin, size } = header.tensors.get(name) ?? lacks(source.name, name, header.tensors)
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
