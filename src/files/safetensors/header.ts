/**
 * The header of a safetensors file: u64 length N (little-endian), then N bytes of JSON, then the tensors' bytes without gaps.
 * `{"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …, "__metadata__": {"key": "text"}}`
 *
 * A file may come from anyone, so nothing in it is believed: every number is checked before it is used.
 */

import type { Steps } from '../../host/pace.js'
import { FileError } from '../fileError.js'
import { fieldsOf, shortened, TextError } from './fields.js'
import { dtypeNamed, fileName, layoutRank, readableNames, type StoredInfo, storedBytes } from './stored.js'

/** What a header says. Tensors stand in the order of their bytes. */
export interface Header {
  readonly tensors: ReadonlyMap<string, StoredInfo>
  readonly metadata: Readonly<Record<string, string>>
}

/** Bytes of the length that opens the file. */
export const prefixBytes = 8
const mostHeaderBytes = 100_000_000
const mostRank = 64

const refuse = (file: string, problem: string): never => {
  throw new FileError(`cannot read ${file}: ${problem}. The file is damaged or no safetensors file: fetch or write it again.`, file)
}

const fromTorch =
  ", which torch.save writes. In Python: safetensors.torch.save_file(torch.load(path, weights_only=True), 'weights.safetensors') with a state_dict in it"
/** How files begin that others take for safetensors, and what they are. */
const foreign: readonly (readonly [begin: string, is: string])[] = [
  ['PK\x03\x04', `a zip archive${fromTorch}`],
  ['\x80\x02', `a Python pickle${fromTorch}`],
  ['\x89HDF', 'HDF5, which Keras writes: save its weights as safetensors there, named as the parameters here'],
  ['version ', 'a pointer of Git LFS and not the file itself: fetch it, git lfs pull'],
]

/**
 * Length of the JSON text, from the first 8 bytes of a file of `size` bytes.
 * @throws FileError when there are fewer bytes, or when the text would be longer than the file or than 100 MB
 */
export function headerLength(file: string, prefix: Uint8Array, size: number): number {
  if (size < prefixBytes || prefix.length < prefixBytes) return refuse(file, `${size} bytes are too few for a header`)
  const length = new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true)
  if (length <= mostHeaderBytes && length <= size - prefixBytes) return Number(length)
  const text = String.fromCharCode(...prefix.subarray(0, prefixBytes))
  const other = foreign.find(([begin]) => text.startsWith(begin))
  if (other) throw new FileError(`cannot read ${file}: it is ${other[1]}.`, file)
  if (length > mostHeaderBytes) return refuse(file, `its header claims ${length} bytes, more than the format's limit of ${mostHeaderBytes}`)
  return refuse(file, `its header claims ${length} bytes but ${size - prefixBytes} follow`)
}

/** How many tensors are read between two pauses. */
const perPause = 2048

/**
 * Reads the JSON of a header whose tensors share `dataBytes` bytes, with pauses for other work.
 * @throws FileError naming the file, the tensor and the values
 */
export function* headerSteps(file: string, json: Uint8Array, dataBytes: number): Steps<Header> {
  let metadata: Readonly<Record<string, string>> = {}
  const found: [string, StoredInfo][] = []
  let sorted = true
  try {
    for (const [name, value] of fieldsOf(textOf(json))) {
      if (name === '__metadata__') {
        metadata = parseMetadata(file, value)
        continue
      }
      const info = parseInfo(file, name, value, dataBytes)
      const before = found.at(-1)
      sorted &&= before === undefined || inOrder(before[1], info) <= 0
      found.push([name, info])
      if (found.length % perPause === 0) yield
    }
  } catch (error) {
    if (error instanceof TextError) return refuse(file, `its header ${error.message}`)
    throw error
  }
  if (!sorted) found.sort(([, a], [, b]) => inOrder(a, b))
  checkGaps(file, found, dataBytes)
  return { tensors: new Map(found), metadata }
}

const inOrder = (a: StoredInfo, b: StoredInfo): number => a.begin - b.begin || a.size - b.size

function textOf(json: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(json)
  } catch (error) {
    throw new TextError(`is no JSON (${(error as Error).message})`)
  }
}

const isRecord = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value)

function parseMetadata(file: string, value: unknown): Record<string, string> {
  if (!isRecord(value)) return refuse(file, 'its __metadata__ is no object')
  for (const [key, text] of Object.entries(value))
    if (typeof text !== 'string') return refuse(file, `its metadata ${shortened(key)} is ${show(text)}, not a text`)
  return value as Record<string, string>
}

function parseInfo(file: string, name: string, value: unknown, dataBytes: number): StoredInfo {
  const say = (problem: string): never => refuse(file, `tensor ${shortened(name)}: ${problem}`)
  if (!isRecord(value)) return say('its entry is no object')
  const { dtype: stored, shape, data_offsets: offsets } = value as Record<string, unknown>
  if (typeof stored !== 'string') return say(`its dtype is ${show(stored)}, not a name`)
  const dtype = dtypeNamed(stored)
  if (!dtype)
    throw new FileError(
      `cannot read ${file}: tensor ${shortened(name)}: dtype ${shortened(stored)} is not one Hebb reads (${readableNames})`,
      file,
    )
  if (!isCounts(shape) || shape.length > mostRank) return say(`its shape ${show(shape)} is no list of at most ${mostRank} sizes`)
  if (!isCounts(offsets) || offsets.length !== 2) return say(`its data_offsets ${show(offsets)} are no two offsets`)
  const [begin, end] = offsets as [number, number]
  if (begin > end) return say(`its data_offsets [${begin}, ${end}] end before they begin`)
  if (end > dataBytes) return say(`its data_offsets [${begin}, ${end}] reach past the ${dataBytes} bytes of data`)
  const size = shape.reduce((product, length) => product * length, storedBytes(dtype))
  if (size !== end - begin)
    return say(`shape (${shape.join(', ')}) of ${stored} takes ${size} bytes but its data_offsets [${begin}, ${end}] span ${end - begin}`)
  return { dtype, shape, begin, size }
}

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0)

const show = (value: unknown): string => {
  const text = JSON.stringify(Array.isArray(value) ? value.slice(0, 100) : value) ?? 'missing'
  return text.length > 100 ? `${text.slice(0, 100)}…` : text
}

/** The bytes must belong to exactly one tensor each: nothing overlaps, nothing hides in between or behind. */
function checkGaps(file: string, found: readonly (readonly [string, StoredInfo])[], dataBytes: number): void {
  let end = 0
  let before = ''
  for (const [name, info] of found) {
    if (info.begin < end)
      refuse(file, `tensor ${shortened(name)}: its bytes begin at ${info.begin} inside those of ${shortened(before)}, which end at ${end}`)
    if (info.begin > end) refuse(file, `tensor ${shortened(name)}: its bytes begin at ${info.begin}, leaving a hole from ${end}`)
    end = info.begin + info.size
    before = name
  }
  if (end !== dataBytes) refuse(file, `its tensors end at ${end} but ${dataBytes} bytes of data follow the header`)
}

/**
 * The header for tensors, length prefix and padding included, and the names in the order of their bytes: by width of the
 * dtype, then by name, so that equal content gives equal bytes and every tensor is aligned.
 */
export function formatHeader(
  tensors: ReadonlyMap<string, Omit<StoredInfo, 'begin'>>,
  metadata: Readonly<Record<string, string>>,
): { bytes: Uint8Array; order: string[] } {
  const order = [...tensors].sort(([a, x], [b, y]) => layoutRank(y.dtype) - layoutRank(x.dtype) || (a < b ? -1 : 1)).map(([name]) => name)
  const parts: string[] = []
  const notes = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1))
  if (notes.length > 0) parts.push(`"__metadata__":${JSON.stringify(Object.fromEntries(notes))}`)
  let begin = 0
  for (const name of order) {
    const { dtype, shape, size } = tensors.get(name)!
    const info = { dtype: fileName(dtype), shape, data_offsets: [begin, begin + size] }
    parts.push(`${JSON.stringify(name)}:${JSON.stringify(info)}`)
    begin += size
  }
  const json = new TextEncoder().encode(`{${parts.join(',')}}`)
  const length = Math.ceil(json.length / 8) * 8
  const bytes = new Uint8Array(prefixBytes + length).fill(0x20)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true)
  bytes.set(json, prefixBytes)
  return { bytes, order }
}
