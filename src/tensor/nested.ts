/** Nested arrays of numbers to flat typed ones, and back. */
import { allocate, arrayOf, type Dtype, type TypedArray } from './dtype.js'
import { DtypeError, ShapeError } from './errors.js'
import { decodeHalf, encodeHalf } from './half.js'
import { kindOf } from './options.js'
import { type Shape, showShape } from './shape.js'

/** One element as JavaScript holds it. */
export type Scalar = number | bigint | boolean
/** Arrays of arrays of numbers, all rows of one length. */
export type Nested = Scalar | readonly Nested[]

/** The elements of nested arrays in row-major order, and their shape. Throws ShapeError on ragged rows. */
export function flatten(value: Nested): { values: Scalar[]; shape: number[] } {
  const shape: number[] = []
  for (let v = value; Array.isArray(v); v = v[0] as Nested) {
    shape.push(v.length)
    if (v.length === 0) break
  }
  const values: Scalar[] = []
  const visit = (v: Nested, depth: number): void => {
    if (!Array.isArray(v)) {
      if (depth !== shape.length) throw new ShapeError(`tensor: rows differ in depth: ${depth} and ${shape.length} levels of arrays`)
      if (typeof v !== 'number' && typeof v !== 'boolean' && typeof v !== 'bigint') throw new DtypeError(notScalar(v, shape.length))
      values.push(v)
      return
    }
    if (depth >= shape.length || v.length !== shape[depth])
      throw new ShapeError(`tensor: rows differ in length on axis ${depth}: ${v.length} and ${shape[depth] ?? 'a single number'}`)
    for (const child of v) visit(child as Nested, depth + 1)
  }
  visit(value, 0)
  return { values, shape }
}

function notScalar(value: unknown, depth: number): string {
  const cure = ArrayBuffer.isView(value) ? ': put the numbers one behind the other, tensor(data, { shape: [rows, columns] })' : ''
  const found = typeof value === 'string' ? `the string ${JSON.stringify(value.slice(0, 40))}` : kindOf(value)
  return `tensor: ${depth === 0 ? 'the value is' : 'among the numbers is'} ${found}${cure}`
}

/** Numbers as a typed array of `dtype`. Throws DtypeError for what the dtype cannot hold. */
export function encode(values: readonly Scalar[], dtype: Dtype): TypedArray {
  const out = allocate(dtype, values.length)
  if (dtype === 'f16' || dtype === 'bf16') return encodeHalf(Float32Array.from(values, Number), dtype)
  if (out instanceof BigInt64Array) {
    for (let i = 0; i < values.length; i++) out[i] = wholeNumber(values[i]!, dtype)
    return out
  }
  for (let i = 0; i < values.length; i++) {
    const v = Number(values[i])
    if (dtype === 'bool') out[i] = v !== 0 ? 1 : 0
    else if ((dtype === 'i32' && (v | 0) !== v) || (dtype === 'u8' && (v & 255) !== v)) throw new DtypeError(`tensor: ${v} is no ${dtype}`)
    else out[i] = v
  }
  return out
}

/** Bytes as booleans: every byte but 0 is true. The same array where it holds 0 and 1 only, else a copy. */
export const zerosAndOnes = (bytes: Uint8Array): Uint8Array =>
  bytes.some((byte) => byte > 1) ? bytes.map((byte) => (byte === 0 ? 0 : 1)) : bytes

function wholeNumber(v: Scalar, dtype: Dtype): bigint {
  if (typeof v === 'number' && !Number.isInteger(v)) throw new DtypeError(`tensor: ${v} is no ${dtype}`)
  return BigInt(v)
}

/** Flat elements as nested arrays; half floats as numbers, booleans as booleans, i64 as bigints. */
export function nest(data: TypedArray, shape: Shape, dtype: Dtype): Nested {
  const flat: Scalar[] =
    dtype === 'f16' || dtype === 'bf16'
      ? Array.from(decodeHalf(arrayOf(data, dtype), dtype))
      : dtype === 'bool'
        ? Array.from(arrayOf(data, 'bool'), (v) => v !== 0)
        : Array.from(data as Iterable<Scalar>)
  const build = (axis: number, at: number, step: number): Nested => {
    if (axis === shape.length) return flat[at]!
    const inner = step / Math.max(shape[axis]!, 1)
    return Array.from({ length: shape[axis]! }, (_, i) => build(axis + 1, at + i * inner, inner))
  }
  if (shape.length > 0 && flat.length === 0 && shape[0] === 0) return []
  if (flat.length === 0 && shape.length === 0) throw new ShapeError(`no value for shape ${showShape(shape)}`)
  return build(0, 0, flat.length)
}
