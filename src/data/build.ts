/** Columns from what users write: nested arrays, typed arrays, names of classes. */
import { type Dtype, dtypeOfArray, type TypedArray } from '../tensor/dtype.js'
import { DtypeError, HebbError, ShapeError } from '../tensor/errors.js'
import { encode, flatten, type Nested } from '../tensor/nested.js'
import { type Shape, showShape } from '../tensor/shape.js'
import { Tensor } from '../tensor/tensor.js'
import { type Column, type Columns, checkColumn } from './column.js'

/** Arrays of strings name classes: they become i32 ids of the sorted distinct names. A tensor holds an example at each place of its first axis. */
export type ColumnLike =
  | TypedArray
  | Tensor
  | readonly Nested[]
  | readonly string[]
  | {
      readonly data: TypedArray | readonly Nested[]
      readonly shape?: Shape | undefined
      readonly dtype?: Dtype | undefined
      readonly scale?: number | undefined
      readonly stride?: number | undefined
    }

/** Columns from arrays, and the class names where one column holds strings. Throws what `columnFrom` throws. */
export function columnsFrom<F extends string>(
  values: Readonly<Record<F, ColumnLike>>,
  known?: readonly string[],
): { columns: Columns<F>; classes: readonly string[] | undefined } {
  let classes = known
  const entries = (Object.keys(values) as F[]).map((name) => {
    const value: ColumnLike = values[name]
    if (!isNames(value)) return [name, columnFrom(name, value)]
    if (classes) throw new HebbError(`dataset: column ${name} holds strings, but the classes are already known: give ids instead of names`)
    const named = classIds(value)
    classes = named.classes
    return [name, columnFrom(name, named.ids)]
  })
  return { columns: Object.fromEntries(entries) as Columns<F>, classes }
}

const isNames = (value: ColumnLike): value is readonly string[] =>
  Array.isArray(value) && value.length > 0 && value.every((v) => typeof v === 'string')

/** A column from what users write. `name` is used in messages. Throws DtypeError or ShapeError for what cannot be one. */
export function columnFrom(name: string, value: ColumnLike): Column {
  if (ArrayBuffer.isView(value)) return checkColumn(name, { data: plain(value), shape: [], dtype: dtypeOfArray(value) })
  if (value instanceof Tensor) return fromTensor(name, value)
  if (Array.isArray(value)) return fromNested(name, value as readonly Nested[])
  if (typeof value !== 'object' || value === null || !('data' in value))
    throw new DtypeError(
      `dataset: column ${name} is ${value === null ? 'null' : typeof value}: give an array, a typed array or { data, shape }`,
    )
  const { data, shape, dtype, scale, stride } = value
  if (!ArrayBuffer.isView(data)) {
    const column = fromNested(name, data, dtype)
    return checkColumn(name, { ...column, shape: shape ?? column.shape, scale, stride })
  }
  return checkColumn(name, { data: plain(data), shape: shape ?? [], dtype: dtype ?? dtypeOfArray(data), scale, stride })
}

function fromTensor(name: string, { shape, dtype, value }: Tensor): Column {
  if (shape.length === 0) throw new ShapeError(`dataset: column ${name} is a tensor without axes: its first axis counts the examples`)
  if (!value)
    throw new HebbError(
      `dataset: column ${name} is a tensor ${showShape(shape)} ${dtype} that is not computed yet: give { data: await ${name}.data(), shape: [${shape.slice(1).join(', ')}], dtype: '${dtype}' }`,
    )
  return checkColumn(name, { data: value, shape: shape.slice(1), dtype })
}

/** Node's Buffer as the byte array it is. */
const plain = (data: TypedArray): TypedArray =>
  data instanceof Uint8Array && data.constructor !== Uint8Array ? new Uint8Array(data.buffer, data.byteOffset, data.length) : data

/** Class ids of names: the sorted distinct names are the classes. */
export function classIds(names: readonly string[]): { ids: Int32Array; classes: string[] } {
  const classes = [...new Set(names)].sort()
  const id = new Map(classes.map((name, i) => [name, i]))
  return { ids: Int32Array.from(names, (name) => id.get(name)!), classes }
}

function fromNested(name: string, value: readonly Nested[], dtype?: Dtype): Column {
  if (value.length === 0) throw new HebbError(`dataset: column ${name} is empty: give at least one example`)
  try {
    const { values, shape } = flatten(value as Nested)
    const first = values[0]
    const wrong = values.find((v) => typeof v !== 'number' && typeof v !== 'boolean' && typeof v !== 'bigint')
    if (wrong !== undefined) throw new DtypeError(`${typeof wrong} ${JSON.stringify(wrong)} is no number`)
    const type = dtype ?? (typeof first === 'boolean' ? 'bool' : typeof first === 'bigint' ? 'i64' : 'f32')
    return checkColumn(name, { data: encode(values, type), shape: shape.slice(1), dtype: type })
  } catch (error) {
    if (!(error instanceof HebbError) || error.message.startsWith('dataset:')) throw error
    const Kind = error instanceof ShapeError ? ShapeError : DtypeError
    throw new Kind(`dataset: column ${name}: ${error.message.replace(/^tensor: /, '')}`, { cause: error })
  }
}
