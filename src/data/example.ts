/** One example as plain numbers, and examples packed into columns again. */
import { arrayOf, type Dtype } from '../tensor/dtype.js'
import { HebbError, ShapeError } from '../tensor/errors.js'
import { decodeHalf } from '../tensor/half.js'
import { encode, type Scalar } from '../tensor/nested.js'
import { type Shape, showShape, sizeOf } from '../tensor/shape.js'
import { batchDtype, type Column, sliceColumn } from './column.js'
import { gatherColumn } from './gather.js'

/** Plain numbers: half floats are widened to f32, i64 to f64 (exact to 2⁵³). */
export type Numbers = Float32Array | Float64Array | Int32Array | Uint8Array
/** A field of one example: a number where the column has one per example, else its numbers in row-major order. */
export type Value = number | Numbers
/** All fields of one example. */
export type Example<F extends string> = Record<F, Value>
/** What `map` may give back for a field. */
export type NewValue = Value | boolean | readonly number[]

/** Field i of a column as numbers; scaled bytes as batches have them. A copy only where the numbers change their form. */
export function fieldOf(column: Column, i: number): Value {
  const one = sliceColumn(column, i, i + 1)
  const numbers = plain(one)
  return column.shape.length === 0 ? numbers[0]! : numbers
}

function plain(one: Column): Numbers {
  if (one.scale !== undefined) return arrayOf(gatherColumn('', one, [0]).data, 'f32')
  if (one.data instanceof BigInt64Array) return Float64Array.from(one.data, Number)
  if (one.data instanceof Uint16Array) return decodeHalf(one.data, one.dtype as 'f16' | 'bf16')
  return one.data
}

/** What a new field is made like: the column it replaces, if it fits, and a dtype, if the caller names one. */
export interface Like {
  readonly before?: Column | undefined
  readonly dtype?: Dtype | undefined
}

/**
 * Packs the values of one field into a column. A number keeps the dtype of the column of the same name, or becomes f32;
 * numbers of the same count keep the shape of the column of the same name, or get shape (count).
 */
export function packValues(name: string, values: readonly NewValue[], like: Like = {}): Column {
  const first = values[0]!
  const lengthOf = (v: NewValue): number => (typeof v === 'object' ? v.length : -1)
  const length = lengthOf(first)
  values.forEach((v, i) => {
    if (lengthOf(v) !== length)
      throw new ShapeError(
        `map: field ${name} has ${show(length)} in example 0 and ${show(lengthOf(v))} in example ${i}: all examples need one shape`,
      )
  })
  const before = like.before
  const shape: Shape = length < 0 ? [] : before && sizeOf(before.shape) === length && before.shape.length > 0 ? before.shape : [length]
  if (length === 0) throw new ShapeError(`map: field ${name} is empty: give at least one number`)
  const dtype = like.dtype ?? naturalDtype(first, before)
  const flat: Scalar[] = []
  for (const v of values)
    if (typeof v === 'object') for (const x of v) flat.push(x)
    else flat.push(v)
  try {
    return { data: encode(flat, dtype), shape, dtype }
  } catch (error) {
    throw new HebbError(
      `map: field ${name} ${showShape(shape)}: ${(error as Error).message.replace(/^tensor: /, '')}; name another: map(f, { dtypes: { ${name}: 'f32' } })`,
      { cause: error },
    )
  }
}

const show = (length: number): string => (length < 0 ? 'one number' : `${length} numbers`)

function naturalDtype(first: NewValue, before: Column | undefined): Dtype {
  if (typeof first === 'boolean') return 'bool'
  if (typeof first === 'number') return before && before.shape.length === 0 ? batchDtype(before) : 'f32'
  if (first instanceof Float64Array) return 'f64'
  if (first instanceof Int32Array) return 'i32'
  if (first instanceof Uint8Array) return before?.dtype === 'bool' ? 'bool' : 'u8'
  return 'f32'
}
