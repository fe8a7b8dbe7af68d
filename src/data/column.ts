/** A column: one field of every example, packed into one typed array. */
import { allocate, arrayOf, type Dtype, type TypedArray } from '../tensor/dtype.js'
import { DtypeError, ShapeError } from '../tensor/errors.js'
import { zerosAndOnes } from '../tensor/nested.js'
import { type Shape, showShape, sizeOf } from '../tensor/shape.js'

/**
 * One field of every example. Example i is the `sizeOf(shape)` numbers at `i * stride`.
 * Bytes with a `scale` are kept as bytes and become f32 = byte × scale in a batch: images take a quarter of the memory.
 */
export interface Column {
  readonly data: TypedArray
  /** sizes of one example; `[]` for one number per example */
  readonly shape: Shape
  readonly dtype: Dtype
  /** u8 only: factor that turns bytes into f32, 1/255 for images in [0, 1] */
  readonly scale?: number | undefined
  /** numbers from one example to the next; `sizeOf(shape)` unless examples overlap (windows over a text) */
  readonly stride?: number | undefined
}

/** The columns of a set with fields F. */
export type Columns<F extends string> = Readonly<Record<F, Column>>

/** Numbers from the start of one example to the start of the next. */
export const strideOf = (column: Column): number => column.stride ?? sizeOf(column.shape)

/** The dtype a batch of the column has: f32 for scaled bytes, else the column's own. */
export const batchDtype = (column: Column): Dtype => (column.scale === undefined ? column.dtype : 'f32')

/** How many examples a column holds. */
export function countOf(column: Column): number {
  const size = sizeOf(column.shape)
  return column.data.length < size ? 0 : Math.floor((column.data.length - size) / strideOf(column)) + 1
}

/** `x (1, 28, 28) u8 × 0.0039`: a column as messages name it. */
export const showColumn = (name: string, column: Column): string =>
  `${name} ${showShape(column.shape)} ${column.dtype}${column.scale === undefined ? '' : ` × ${Number(column.scale.toPrecision(3))}`}`

/** Examples `start` … `end` - 1 of a column: a view, nothing is copied. */
export function sliceColumn(column: Column, start: number, end: number): Column {
  const from = start * strideOf(column)
  const to = end > start ? (end - 1) * strideOf(column) + sizeOf(column.shape) : from
  return { ...column, data: column.data.subarray(from, to) }
}

/** The column, in booleans every byte but 0 as 1, or an error that says what is wrong with it. */
export function checkColumn(name: string, column: Column): Column {
  const { data, shape, dtype, scale } = column
  const natural = allocate(dtype, 0).constructor
  if (data.constructor !== natural)
    throw new DtypeError(
      `dataset: column ${name} is said to be ${dtype}, which a ${natural.name} holds, but its data is a ${data.constructor.name}`,
    )
  if (scale !== undefined && dtype !== 'u8')
    throw new DtypeError(
      `dataset: column ${name} has a scale but is ${dtype}: scale turns u8 bytes into f32, multiply other numbers yourself`,
    )
  if (shape.some((d) => !Number.isInteger(d) || d < 1))
    throw new ShapeError(`dataset: column ${name} has example shape ${showShape(shape)}: sizes are whole numbers of at least 1`)
  if (column.stride === undefined && data.length % sizeOf(shape) !== 0)
    throw new ShapeError(
      `dataset: column ${name} has ${data.length} numbers, no multiple of the ${sizeOf(shape)} of one example ${showShape(shape)}`,
    )
  if (column.stride !== undefined && !(Number.isInteger(column.stride) && column.stride >= 1))
    throw new ShapeError(`dataset: column ${name} has stride ${column.stride}: give a whole number of at least 1`)
  if (dtype !== 'bool') return column
  const truths = zerosAndOnes(arrayOf(data, 'bool'))
  return truths === data ? column : { ...column, data: truths }
}
