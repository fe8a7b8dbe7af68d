/** Gathering: picking examples out of a data set into the arrays of a batch. */
import { allocate, arrayOf, type Dtype, type TypedArray } from '../tensor/dtype.js'
import { DtypeError, HebbError, ShapeError } from '../tensor/errors.js'
import { type Shape, sizeOf } from '../tensor/shape.js'
import { batchDtype, type Column, strideOf } from './column.js'

/** One field of a batch: the rows of the picked examples, one after the other. */
export interface Rows {
  readonly data: TypedArray
  /** batch size first, then the sizes of one example */
  readonly shape: Shape
  readonly dtype: Dtype
}

type NumberArray = Exclude<TypedArray, BigInt64Array>

/** What gather needs of a data set. */
export interface Columnar<F extends string> {
  readonly length: number
  readonly columns: Readonly<Record<F, Column>>
}

/**
 * The examples at `indices`, in that order, field by field: (n, …shape of an example). Scaled bytes come out as f32 = byte × scale.
 * `into` gives arrays to write to (at least as long as needed, the rest is left alone), so that a loop allocates nothing.
 * Throws HebbError for an index outside the set, DtypeError or ShapeError for an array that does not fit.
 */
export function gather<F extends string>(
  data: Columnar<F>,
  indices: ArrayLike<number>,
  into: Partial<Record<F, TypedArray>> = {},
): Record<F, Rows> {
  for (let i = 0; i < indices.length; i++) {
    const at = indices[i]!
    if (!Number.isInteger(at) || at < 0 || at >= data.length)
      throw new HebbError(`gather: there is no example ${at}: the set has ${data.length}, counted from 0`)
  }
  const out: Partial<Record<F, Rows>> = {}
  for (const field of Object.keys(data.columns) as F[]) out[field] = gatherColumn(field, data.columns[field], indices, into[field])
  return out as Record<F, Rows>
}

/** The rows of one column at `indices`, which must be inside it. */
export function gatherColumn(name: string, column: Column, indices: ArrayLike<number>, into?: TypedArray): Rows {
  const dtype = batchDtype(column)
  const size = sizeOf(column.shape)
  const needed = indices.length * size
  const target = into === undefined ? allocate(dtype, needed) : targetFor(name, dtype, needed, into)
  if (column.scale !== undefined) copyScaled(column, size, indices, arrayOf(target, 'f32'))
  else if (column.data instanceof BigInt64Array) copyBig(column.data, strideOf(column), size, indices, arrayOf(target, 'i64'))
  else copyRows(column.data, strideOf(column), size, indices, target as NumberArray)
  return { data: target, shape: [indices.length, ...column.shape], dtype }
}

function targetFor(name: string, dtype: Dtype, needed: number, into: TypedArray): TypedArray {
  const natural = allocate(dtype, 0).constructor
  if (into.constructor !== natural)
    throw new DtypeError(`gather: field ${name} is ${dtype}: give a ${natural.name}, not a ${into.constructor.name}`)
  if (into.length < needed)
    throw new ShapeError(`gather: field ${name} needs room for ${needed} numbers, the array given has ${into.length}`)
  return into.length === needed ? into : into.subarray(0, needed)
}

// below this many numbers a loop beats the making of a view
const shortRow = 24

function copyRows(from: NumberArray, stride: number, size: number, indices: ArrayLike<number>, to: NumberArray): void {
  const n = indices.length
  if (size > shortRow) for (let i = 0; i < n; i++) to.set(from.subarray(indices[i]! * stride, indices[i]! * stride + size), i * size)
  else
    for (let i = 0, o = 0; i < n; i++) {
      const start = indices[i]! * stride
      for (let j = 0; j < size; j++) to[o++] = from[start + j]!
    }
}

function copyBig(from: BigInt64Array, stride: number, size: number, indices: ArrayLike<number>, to: BigInt64Array): void {
  for (let i = 0; i < indices.length; i++) to.set(from.subarray(indices[i]! * stride, indices[i]! * stride + size), i * size)
}

function copyScaled(column: Column, size: number, indices: ArrayLike<number>, to: Float32Array): void {
  const from = arrayOf(column.data, 'u8')
  const stride = strideOf(column)
  const scale = column.scale!
  const even = size - (size % 4)
  for (let i = 0; i < indices.length; i++) {
    const a = indices[i]! * stride
    const b = i * size
    let j = 0
    // four at a time: 1.7 times as fast as one at a time
    for (; j < even; j += 4) {
      to[b + j] = from[a + j]! * scale
      to[b + j + 1] = from[a + j + 1]! * scale
      to[b + j + 2] = from[a + j + 2]! * scale
      to[b + j + 3] = from[a + j + 3]! * scale
    }
    for (; j < size; j++) to[b + j] = from[a + j]! * scale
  }
}
