/** GGUF by path: one file, or the numbered parts of one, with its tensors as they are named and laid out there. */
import { FileError } from '../../files/fileError.js'
import { type ByteSource, beside, openSource } from '../../files/files.js'
import { gone } from '../../files/safetensors/folder.js'
import { breathe } from '../../host/pace.js'
import { type GgufHeader, type GgufInfo, readHeader } from './header.js'
import type { GgufEntry } from './metadata.js'

/** A tensor and the part it is in. */
export interface GgufTensor extends GgufInfo {
  readonly source: ByteSource
}

/** An open GGUF file, or several as one: headers are read and checked, tensors wait to be asked for. */
export interface GgufFile {
  readonly name: string
  readonly version: number
  readonly metadata: ReadonlyMap<string, GgufEntry>
  /** in the order of their bytes */
  readonly tensors: ReadonlyMap<string, GgufTensor>
  close(): Promise<void>
}

const numbered = /-(\d{5})-of-(\d{5})\.gguf$/

/**
 * Opens a GGUF file, or all parts of one by the path of any (`…-00001-of-00003.gguf`).
 *
 * @throws FileError naming the file, the key or tensor, and the values; for parts that are missing
 */
export async function openGguf(path: string): Promise<GgufFile> {
  const parts = partsOf(path)
  const sources: ByteSource[] = []
  const close = async (): Promise<void> => {
    await Promise.all(sources.map((source) => source.close()))
  }
  try {
    const headers: GgufHeader[] = []
    const missing: string[] = []
    for (const part of parts) {
      const source = await openSource(part).catch((error: unknown) => {
        if (parts.length === 1 || !(error instanceof FileError && error.code === 'ENOENT')) throw error
        missing.push(part)
      })
      if (!source && missing.length >= 5) break
      if (!source) continue
      sources.push(source)
      if (missing.length === 0) headers.push(await readHeader(source))
    }
    if (missing.length > 0) throw gone(path, missing)
    return { ...together(path, headers, sources), close }
  } catch (error) {
    await close()
    throw error
  }
}

function partsOf(path: string): string[] {
  const match = numbered.exec(path)
  if (!match) return [path]
  const stem = path.slice(0, match.index).split(/[\\/]/).at(-1)!
  return Array.from({ length: Number(match[2]) }, (_, i) => beside(path, `${stem}-${String(i + 1).padStart(5, '0')}-of-${match[2]}.gguf`))
}

/** The parts as one: metadata stand in the first. */
function together(path: string, headers: readonly GgufHeader[], sources: readonly ByteSource[]): Omit<GgufFile, 'close'> {
  const [{ version, metadata }] = headers as [GgufHeader]
  const refuse = (problem: string): never => {
    throw new FileError(`cannot read ${path}: ${problem}. Fetch its parts again.`, path)
  }
  const count = metadata.get('split.count')?.value ?? 1
  if (count !== headers.length && !(count === 0 && headers.length === 1))
    refuse(`it is one of ${String(count)} parts, and ${headers.length} ${headers.length === 1 ? 'is' : 'are'} here by its name`)
  const tensors = new Map<string, GgufTensor>()
  for (const [i, header] of headers.entries()) {
    const place = header.metadata.get('split.no')?.value
    if (headers.length > 1 && place !== i) refuse(`${sources[i]!.name} says that it is part ${String(place)}, counted from 0`)
    for (const [name, info] of header.tensors) {
      if (tensors.has(name)) refuse(`tensor ${JSON.stringify(name)} is in two parts`)
      tensors.set(name, { ...info, source: sources[i]! })
    }
  }
  const total = metadata.get('split.tensors.count')?.value
  if (headers.length > 1 && typeof total === 'number' && total !== tensors.size)
    refuse(`its parts have ${tensors.size} tensors, and should have ${total}`)
  return { name: path, version, metadata, tensors }
}

/** Bytes of a file read at once. */
const readBytes = 1 << 20

/**
 * The bytes of the numbers of a tensor as it reads them, in order, in pieces of whole groups of so many numbers (a row, the rows of a head). Memory of a piece is
 * used again for the next.
 */
export async function* numbersOf({ kind, shape, begin, size, source }: GgufTensor, group = 1): AsyncGenerator<Uint8Array> {
  const count = shape.reduce((a, b) => a * b, 1)
  if (count === 0) return
  // whole groups and whole blocks
  const step = group % kind.numbers === 0 ? group : kind.numbers % group === 0 ? kind.numbers : group * kind.numbers
  const stepBytes = (step / kind.numbers) * kind.bytes
  const stride = Math.min(size, Math.max(1, Math.floor(readBytes / stepBytes)) * stepBytes)
  const read = new Uint8Array(stride)
  const out = kind.decode && new Float32Array((stride / kind.bytes) * kind.numbers)
  for (let at = 0; at < size; at += stride) {
    const bytes = read.subarray(0, Math.min(stride, size - at))
    await source.readInto(begin + at, bytes)
    if (!kind.decode) yield bytes
    else {
      const numbers = out!.subarray(0, (bytes.length / kind.bytes) * kind.numbers)
      kind.decode(bytes, numbers)
      yield new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)
    }
    if (size > stride) await breathe()
  }
}
