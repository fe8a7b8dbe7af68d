/** What a safetensors file can hold: number formats by their names here and in the file, and one stored tensor. */
import type { Dtype, TypedArray } from '../../tensor/dtype.js'
import { HebbError } from '../../tensor/errors.js'

/** A number format of the file: the ones tensors have, and further integers that Hebb reads and writes but does not compute in. */
export type StoredDtype = Dtype | 'i8' | 'i16' | 'u16' | 'u32' | 'u64'

/** The memory of any stored tensor: f16 and bf16 are raw 16-bit words, booleans bytes of 0 and 1, 64-bit integers bigints. */
export type StoredArray = TypedArray | Int8Array | Int16Array | Uint32Array | BigUint64Array

/** The memory of each dtype. */
export interface StoredArrays {
  readonly bool: Uint8Array
  readonly u8: Uint8Array
  readonly i8: Int8Array
  readonly i16: Int16Array
  readonly u16: Uint16Array
  readonly f16: Uint16Array
  readonly bf16: Uint16Array
  readonly i32: Int32Array
  readonly u32: Uint32Array
  readonly f32: Float32Array
  readonly f64: Float64Array
  readonly i64: BigInt64Array
  readonly u64: BigUint64Array
}

/** One tensor as a file keeps it, row-major. */
export interface StoredTensor {
  readonly dtype: StoredDtype
  readonly shape: readonly number[]
  readonly data: StoredArray
}

/** What a file says of one tensor, without its numbers. */
export interface StoredInfo {
  readonly dtype: StoredDtype
  readonly shape: readonly number[]
  /** offset of its first byte behind the header */
  readonly begin: number
  /** bytes */
  readonly size: number
}

interface Format {
  /** in the file */
  readonly name: string
  readonly bytes: number
  readonly array: (new (buffer: ArrayBufferLike, offset: number, length: number) => StoredArray) & { readonly name: string }
}

/** In the order in which the format lays tensors out, last first: wide ones first keeps every tensor aligned. */
const formats: Readonly<Record<StoredDtype, Format>> = {
  bool: { name: 'BOOL', bytes: 1, array: Uint8Array },
  u8: { name: 'U8', bytes: 1, array: Uint8Array },
  i8: { name: 'I8', bytes: 1, array: Int8Array },
  i16: { name: 'I16', bytes: 2, array: Int16Array },
  u16: { name: 'U16', bytes: 2, array: Uint16Array },
  f16: { name: 'F16', bytes: 2, array: Uint16Array },
  bf16: { name: 'BF16', bytes: 2, array: Uint16Array },
  i32: { name: 'I32', bytes: 4, array: Int32Array },
  u32: { name: 'U32', bytes: 4, array: Uint32Array },
  f32: { name: 'F32', bytes: 4, array: Float32Array },
  f64: { name: 'F64', bytes: 8, array: Float64Array },
  i64: { name: 'I64', bytes: 8, array: BigInt64Array },
  u64: { name: 'U64', bytes: 8, array: BigUint64Array },
}

const storedDtypes = Object.keys(formats) as readonly StoredDtype[]
const byName = new Map(storedDtypes.map((dtype) => [formats[dtype].name, dtype]))

/** The format's own name of a dtype: `F32`. */
export const fileName = (dtype: StoredDtype): string => formats[dtype].name

/** The dtype of a name in a file; undefined where Hebb cannot read it. */
export const dtypeNamed = (name: string): StoredDtype | undefined => byName.get(name)

/** All names that can be read, for messages. */
export const readableNames = [...byName.keys()].join(', ')

/** Bytes of one element. */
export const storedBytes = (dtype: StoredDtype): number => formats[dtype].bytes

/** Place in the layout: higher goes first. */
export const layoutRank = (dtype: StoredDtype): number => storedDtypes.indexOf(dtype)

/** Bytes as the typed array of `dtype`: a view where they are aligned, a copy where not. */
export function storedArray(dtype: StoredDtype, bytes: Uint8Array): StoredArray {
  const { bytes: size, array } = formats[dtype]
  const aligned = bytes.byteOffset % size === 0 ? bytes : bytes.slice()
  return new array(aligned.buffer, aligned.byteOffset, aligned.byteLength / size)
}

/** Checks that a tensor's memory is what its dtype and shape say. @throws HebbError naming the tensor */
export function checkStored(name: string, { dtype, shape, data }: StoredTensor): void {
  const format = formats[dtype]
  const say = (problem: string): never => {
    throw new HebbError(`cannot store tensor ${JSON.stringify(name)}: ${problem}`)
  }
  if (!format) say(`there is no dtype ${JSON.stringify(dtype)}: use one of ${storedDtypes.join(', ')}`)
  if (name === '__metadata__') say('the format keeps this name for itself: choose another')
  if (!(data instanceof format.array)) say(`dtype ${dtype} is held by a ${format.array.name}, not a ${data.constructor.name}`)
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) say(`(${shape.join(', ')}) is no shape`)
  const count = shape.reduce((product, size) => product * size, 1)
  if (count !== data.length) say(`shape (${shape.join(', ')}) has ${count} elements but its data ${data.length}`)
}
