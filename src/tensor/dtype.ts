/** Number formats: their names, sizes and typed arrays, and how two of them meet. */

import { DtypeError, HebbError } from './errors.js'

/** The number format of a tensor. `f16` and `bf16` are storage formats: kept as raw 16-bit words, computed in f32. */
export type Dtype = 'f32' | 'f64' | 'i32' | 'i64' | 'bool' | 'u8' | 'f16' | 'bf16'

/** The typed array that holds each dtype: 64-bit integers are bigints, half floats raw bits, booleans bytes of 0 and 1. */
export interface Arrays {
  f32: Float32Array
  f64: Float64Array
  i32: Int32Array
  i64: BigInt64Array
  bool: Uint8Array
  u8: Uint8Array
  f16: Uint16Array
  bf16: Uint16Array
}

/** A typed array that holds some dtype. */
export type TypedArray = Arrays[Dtype]

interface DtypeInfo {
  /** bytes of one element */
  readonly bytes: number
  readonly float: boolean
  /** place in the promotion order: the larger wins */
  readonly order: number
  readonly make: (length: number) => TypedArray
  readonly view: (buffer: ArrayBufferLike, offset: number, length: number) => TypedArray
}

const info: Readonly<Record<Dtype, DtypeInfo>> = {
  bool: { bytes: 1, float: false, order: 0, make: (n) => new Uint8Array(n), view: (b, o, n) => new Uint8Array(b, o, n) },
  u8: { bytes: 1, float: false, order: 1, make: (n) => new Uint8Array(n), view: (b, o, n) => new Uint8Array(b, o, n) },
  i32: { bytes: 4, float: false, order: 2, make: (n) => new Int32Array(n), view: (b, o, n) => new Int32Array(b, o, n) },
  i64: { bytes: 8, float: false, order: 3, make: (n) => new BigInt64Array(n), view: (b, o, n) => new BigInt64Array(b, o, n) },
  f16: { bytes: 2, float: true, order: 4, make: (n) => new Uint16Array(n), view: (b, o, n) => new Uint16Array(b, o, n) },
  bf16: { bytes: 2, float: true, order: 5, make: (n) => new Uint16Array(n), view: (b, o, n) => new Uint16Array(b, o, n) },
  f32: { bytes: 4, float: true, order: 6, make: (n) => new Float32Array(n), view: (b, o, n) => new Float32Array(b, o, n) },
  f64: { bytes: 8, float: true, order: 7, make: (n) => new Float64Array(n), view: (b, o, n) => new Float64Array(b, o, n) },
}

/** Every dtype, smallest in promotion order first. */
export const dtypes = Object.keys(info) as readonly Dtype[]

/** Dtypes of numbers that arithmetic is done in. */
export const numberDtypes: readonly Dtype[] = ['u8', 'i32', 'i64', 'f32', 'f64']

/** The same without bytes, for which fewer kernels exist. */
export const wideDtypes: readonly Dtype[] = ['i32', 'i64', 'f32', 'f64']

/** Bytes of one element of `dtype`. */
export const bytesOf = (dtype: Dtype): number => info[dtype].bytes

/** Whether `dtype` holds fractions, and so can carry gradients. */
export const isFloat = (dtype: Dtype): boolean => info[dtype].float

/** The array, known to be one that holds `dtype`. Throws DtypeError when it holds another. */
export function arrayOf<D extends Dtype>(array: ArrayBufferView, dtype: D): Arrays[D] {
  const holds = allocate(dtype, 0).constructor
  if (array.constructor !== holds) throw new DtypeError(`${dtype} is held in a ${holds.name}, not in a ${array.constructor.name}`)
  return array as Arrays[D]
}

/** A zeroed typed array for `length` elements of `dtype`. */
export const allocate = <D extends Dtype>(dtype: D, length: number): Arrays[D] => info[dtype].make(length) as Arrays[D]

/** Arrays of one dtype, one after the other: a copy. */
export function joined<D extends Dtype>(parts: readonly Arrays[D][], dtype: D): Arrays[D] {
  const whole = allocate(
    dtype,
    parts.reduce((length, part) => length + part.length, 0),
  )
  let at = 0
  for (const part of parts) {
    whole.set(part as never, at)
    at += part.length
  }
  return whole
}

/** A typed array of `dtype` over existing memory; `offset` in bytes, `length` in elements. */
export const viewOf = <D extends Dtype>(dtype: D, buffer: ArrayBufferLike, offset: number, length: number): Arrays[D] =>
  info[dtype].view(buffer, offset, length) as Arrays[D]

/** The dtype values of `dtype` are computed in: half floats are storage, computed in f32. */
export const computeDtype = (dtype: Dtype): Dtype => (dtype === 'f16' || dtype === 'bf16' ? 'f32' : dtype)

/** The dtype two operands compute in: the later of bool, u8, i32, i64, f32, f64; half floats count as f32. */
export const promote = (a: Dtype, b: Dtype): Dtype => computeDtype(info[a].order >= info[b].order ? a : b)

/** The dtype a typed array naturally holds; bytes are u8, 16-bit words have no natural dtype. */
export function dtypeOfArray(array: ArrayBufferView): Dtype {
  if (array instanceof Float32Array) return 'f32'
  if (array instanceof Float64Array) return 'f64'
  if (array instanceof Int32Array) return 'i32'
  if (array instanceof BigInt64Array) return 'i64'
  if (array instanceof Uint8Array) return 'u8'
  throw new HebbError(
    `no dtype holds a ${array.constructor.name}: give a Float32Array, Float64Array, Int32Array, BigInt64Array or Uint8Array, or name the dtype`,
  )
}
