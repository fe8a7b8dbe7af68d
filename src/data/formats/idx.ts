/** IDX: the plain file format of MNIST and its relatives [LeCun 1998]. */
import type { Dtype, TypedArray } from '../../tensor/dtype.js'
import { HebbError } from '../../tensor/errors.js'
import { showShape, sizeOf } from '../../tensor/shape.js'

/** An array of any rank, all its axes in the shape. */
export interface IdxArray {
  readonly data: TypedArray
  readonly shape: readonly number[]
  readonly dtype: Dtype
}

type Read = (view: DataView, at: number) => number
interface Kind {
  readonly dtype: Dtype
  readonly bytes: number
  readonly make: (length: number) => Float32Array | Float64Array | Int32Array
  readonly read: Read
}

const kinds: Readonly<Record<number, Kind>> = {
  9: { dtype: 'i32', bytes: 1, make: (n) => new Int32Array(n), read: (v, at) => v.getInt8(at) },
  11: { dtype: 'i32', bytes: 2, make: (n) => new Int32Array(n), read: (v, at) => v.getInt16(at) },
  12: { dtype: 'i32', bytes: 4, make: (n) => new Int32Array(n), read: (v, at) => v.getInt32(at) },
  13: { dtype: 'f32', bytes: 4, make: (n) => new Float32Array(n), read: (v, at) => v.getFloat32(at) },
  14: { dtype: 'f64', bytes: 8, make: (n) => new Float64Array(n), read: (v, at) => v.getFloat64(at) },
}
const unsignedByte = 8

/**
 * Reads an IDX file: two zero bytes, the number type, the rank, the sizes as big-endian 32-bit words, the numbers. Unsigned bytes are
 * a view of `bytes`, not a copy; signed 8- and 16-bit integers become i32. `shape`, where given, is what the file must hold (-1: any size).
 * Throws HebbError for another format, an unknown type, another shape, or a file that is too short or too long.
 */
export function parseIdx(
  bytes: Uint8Array,
  { name = 'file', shape: expected }: { name?: string | undefined; shape?: readonly number[] | undefined } = {},
): IdxArray {
  const wrong = (what: string): HebbError => new HebbError(`idx: ${name} ${what}`)
  if (bytes.length < 4) throw wrong(`has ${bytes.length} bytes: too short for an IDX file`)
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) throw wrong('is packed with gzip: unpack it first')
  if (bytes[0] !== 0 || bytes[1] !== 0) throw wrong('is no IDX file: it does not begin with two zero bytes')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const type = bytes[2]!
  const rank = bytes[3]!
  const kind = kinds[type]
  if (type !== unsignedByte && !kind) throw wrong(`has number type ${type}, which IDX does not know`)
  const header = 4 + 4 * rank
  if (rank === 0 || bytes.length < header) throw wrong(`says it has ${rank} axes but ends within its header`)
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i))
  if (expected && (expected.length !== rank || expected.some((d, i) => d >= 0 && d !== shape[i])))
    throw wrong(`holds ${showShape(shape)}, not ${showShape(expected).replaceAll('-1', 'n')}`)
  const count = sizeOf(shape)
  const needed = header + count * (kind?.bytes ?? 1)
  if (bytes.length !== needed)
    throw wrong(
      `has ${bytes.length} bytes, but ${showShape(shape)} needs ${needed}: it is ${bytes.length < needed ? 'cut short' : 'too long'}`,
    )
  if (!kind) return { data: bytes.subarray(header), shape, dtype: 'u8' }
  const data = kind.make(count)
  for (let i = 0; i < count; i++) data[i] = kind.read(view, header + i * kind.bytes)
  return { data, shape, dtype: kind.dtype }
}
