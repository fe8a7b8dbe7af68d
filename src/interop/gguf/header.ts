/**
 * The header of a GGUF file: `GGUF`, the version, how many tensors and metadata there are, the metadata, what each tensor is, and, after a padding to the
 * alignment, the tensors' bytes. A file may come from anyone, so every number is checked before it is used.
 */
import { FileError } from '../../files/fileError.js'
import type { ByteSource } from '../../files/files.js'
import { shortened } from '../../files/safetensors/fields.js'
import { Cursor, type Reading, reading } from './bytes.js'
import { type Kind, kindOf } from './kinds/index.js'
import { entry, type GgufEntry } from './metadata.js'

/** What a file says of one tensor. */
export interface GgufInfo {
  readonly kind: Kind
  /** sizes, the slowest first: the other way round than in the file */
  readonly shape: readonly number[]
  /** offset of its first byte in the file */
  readonly begin: number
  /** bytes */
  readonly size: number
}

/** What a header says. Tensors stand in the order of their bytes. */
export interface GgufHeader {
  readonly version: number
  readonly metadata: ReadonlyMap<string, GgufEntry>
  readonly tensors: ReadonlyMap<string, GgufInfo>
}

/** Fewest bytes of one metadata and of one tensor. */
const [leastEntry, leastTensor] = [13, 24]
const mostRank = 4

/** Reads the header of a file. Throws FileError naming the file, the key or tensor, and the values. */
export async function readHeader(source: ByteSource): Promise<GgufHeader> {
  const refuse = (problem: string): never => {
    throw new FileError(
      `cannot read ${source.name}: ${problem}. The file is damaged or no GGUF file: fetch or write it again.`,
      source.name,
    )
  }
  const cursor = new Cursor(source, refuse)
  return reading(cursor, header(cursor))
}

function* header(cursor: Cursor): Reading<GgufHeader> {
  const magic = yield* cursor.u32('the beginning')
  if (magic !== 0x46554747) cursor.refuse('it does not begin with GGUF')
  const version = yield* cursor.u32('the version')
  if (version !== 0 && version % 0x10000 === 0)
    cursor.refuse(`its numbers are big-endian (version ${version / 0x1000000}): convert it with gguf_convert_endian.py of llama.cpp`)
  if (version !== 2 && version !== 3) cursor.refuse(`it is of version ${version}, and 2 and 3 are read: convert the model again`)
  const tensorCount = yield* cursor.u64('the number of tensors')
  const entryCount = yield* cursor.u64('the number of metadata')
  if (tensorCount * BigInt(leastTensor) + entryCount * BigInt(leastEntry) > cursor.left)
    cursor.refuse(`it claims ${tensorCount} tensors and ${entryCount} metadata, and ${cursor.left} bytes are left`)
  const metadata = new Map<string, GgufEntry>()
  for (let i = 0; i < entryCount; i++) {
    const key = yield* cursor.text(`key ${i + 1} of the metadata`)
    if (metadata.has(key)) cursor.refuse(`its metadata name ${shortened(key)} twice`)
    metadata.set(key, yield* entry(cursor, `metadata ${shortened(key)}`))
  }
  const alignment = metadata.get('general.alignment')?.value ?? 32
  if (typeof alignment !== 'number' || alignment < 1 || alignment > 1 << 20 || (alignment & (alignment - 1)) !== 0)
    return cursor.refuse(`its alignment is ${String(alignment)}, not a power of 2`)
  const found: [string, Omit<GgufInfo, 'begin'> & { readonly offset: bigint }][] = []
  const names = new Set<string>()
  for (let i = 0; i < tensorCount; i++) {
    const name = yield* cursor.text(`the name of tensor ${i + 1}`)
    if (names.has(name)) cursor.refuse(`it names tensor ${shortened(name)} twice`)
    names.add(name)
    found.push([name, yield* tensor(cursor, name, alignment)])
  }
  const start = Math.ceil(cursor.at / alignment) * alignment
  const room = cursor.at + cursor.left - start
  const placed = found.map(([name, { kind, shape, size, offset }]): [string, GgufInfo] => {
    if (offset > room || size > room - Number(offset))
      cursor.refuse(`tensor ${shortened(name)}: its ${size} bytes from ${offset} on reach past the ${Math.max(room, 0)} bytes of data`)
    return [name, { kind, shape, size, begin: start + Number(offset) }]
  })
  placed.sort(([, a], [, b]) => a.begin - b.begin || a.size - b.size)
  for (const [i, [name, { begin }]] of placed.entries()) {
    const [before, { begin: from, size }] = placed[i - 1] ?? ['', { begin: 0, size: 0 }]
    if (begin < from + size) cursor.refuse(`tensor ${shortened(name)}: its bytes begin inside those of ${shortened(before)}`)
  }
  return { version, metadata, tensors: new Map(placed) }
}

function* tensor(cursor: Cursor, name: string, alignment: number): Reading<Omit<GgufInfo, 'begin'> & { readonly offset: bigint }> {
  const what = `tensor ${shortened(name)}`
  const rank = yield* cursor.u32(`the rank of ${what}`)
  if (rank > mostRank) cursor.refuse(`${what} has ${rank} axes, and at most ${mostRank} are read`)
  const sizes: number[] = []
  let count = 1n
  for (let i = 0; i < rank; i++) {
    const size = yield* cursor.u64(`the sizes of ${what}`)
    count *= size
    if (size > Number.MAX_SAFE_INTEGER || count > Number.MAX_SAFE_INTEGER)
      cursor.refuse(`${what} has sizes that no file holds: ${[...sizes, size].join(', ')}`)
    sizes.push(Number(size))
  }
  const kind = kindOf(yield* cursor.u32(`the kind of ${what}`), (problem) => cursor.refuse(`${what} is ${problem}`))
  const offset = yield* cursor.u64(`the offset of ${what}`)
  if (offset % BigInt(alignment) !== 0n) cursor.refuse(`${what}: its offset ${offset} is no multiple of ${alignment}`)
  const row = sizes[0] ?? 1
  if (row % kind.numbers !== 0) cursor.refuse(`${what} has rows of ${row} numbers, and ${kind.name} has blocks of ${kind.numbers}`)
  return { kind, shape: sizes.reverse(), size: (Number(count) / kind.numbers) * kind.bytes, offset }
}
