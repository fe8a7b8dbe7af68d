/** The metadata of a GGUF file: keys with values of thirteen types. */
import { arrayOf } from '../../tensor/dtype.js'
import type { Cursor, Reading } from './bytes.js'

/** A number of 64 bits is a bigint where a number cannot hold it. Lists of numbers up to 32 bits, and of f64, are typed arrays. */
export type GgufValue = number | bigint | boolean | string | ArrayLike<GgufValue>

/** A value with its type: `'u32'`, `'string'`, `'f32[]'`, `'i32[][]'`. */
export interface GgufEntry {
  readonly type: string
  readonly value: GgufValue
}

/** Lists of lists deeper than this are refused. */
const deepest = 8

type Numbers =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array
  | BigUint64Array
  | BigInt64Array
interface Scalar {
  readonly name: string
  readonly bytes: number
  /** numbers of this type from bytes at the start of a buffer */
  numbers(buffer: ArrayBuffer): Numbers
}
const scalar = (name: string, array: { readonly BYTES_PER_ELEMENT: number; new (buffer: ArrayBuffer): Numbers }): Scalar => ({
  name,
  bytes: array.BYTES_PER_ELEMENT,
  numbers: (buffer) => new array(buffer),
})

const scalars: Readonly<Record<number, Scalar>> = {
  0: scalar('u8', Uint8Array),
  1: scalar('i8', Int8Array),
  2: scalar('u16', Uint16Array),
  3: scalar('i16', Int16Array),
  4: scalar('u32', Uint32Array),
  5: scalar('i32', Int32Array),
  6: scalar('f32', Float32Array),
  7: scalar('bool', Uint8Array),
  10: scalar('u64', BigUint64Array),
  11: scalar('i64', BigInt64Array),
  12: scalar('f64', Float64Array),
}
const [stringType, arrayType] = [8, 9]

/** Fewest bytes that a value of a type takes. */
const leastBytes = (type: number): number | undefined => (type === stringType ? 8 : type === arrayType ? 12 : scalars[type]?.bytes)

/** One value with the type that stands before it. */
export function* entry(cursor: Cursor, what: string): Reading<GgufEntry> {
  return yield* oneOf(cursor, yield* cursor.u32(`the type of ${what}`), what, 0)
}

function* oneOf(cursor: Cursor, type: number, what: string, depth: number): Reading<GgufEntry> {
  if (type === stringType) return { type: 'string', value: yield* cursor.text(what) }
  if (type === arrayType) return yield* listOf(cursor, what, depth + 1)
  const { name, value } = yield* numbersOf(cursor, type, 1, what)
  return { type: name, value: (value as ArrayLike<GgufValue>)[0]! }
}

function* listOf(cursor: Cursor, what: string, depth: number): Reading<GgufEntry> {
  if (depth > deepest) cursor.refuse(`${what} is a list nested more than ${deepest} deep`)
  const type = yield* cursor.u32(`the type in ${what}`)
  const count = yield* cursor.u64(`the length of ${what}`)
  const least = leastBytes(type) ?? cursor.refuse(`${what} is a list of type ${type}, which no version knows`)
  // a length that lies is found before anything is made for it
  if (count * BigInt(least) > cursor.left) cursor.refuse(`${what} is a list of ${count}, and ${cursor.left} bytes are left`)
  if (type !== stringType && type !== arrayType) {
    const { name, value } = yield* numbersOf(cursor, type, Number(count), what)
    return { type: `${name}[]`, value }
  }
  const value: GgufValue[] = []
  let inner = type === stringType ? 'string' : undefined
  for (let i = 0; i < count; i++) {
    const each = yield* oneOf(cursor, type, what, depth)
    inner ??= each.type
    value.push(each.value)
  }
  return { type: `${inner ?? 'list'}[]`, value }
}

function* numbersOf(cursor: Cursor, type: number, count: number, what: string): Reading<{ name: string; value: ArrayLike<GgufValue> }> {
  const { name, bytes, numbers } = scalars[type] ?? cursor.refuse(`${what} is of type ${type}, which no version knows`)
  yield* cursor.need(count * bytes, what)
  const found = numbers(cursor.take(count * bytes).slice().buffer)
  if (name === 'bool') return { name, value: Array.from(arrayOf(found, 'u8'), (v) => v !== 0) }
  if (found instanceof BigUint64Array || found instanceof BigInt64Array) return { name, value: Array.from(found, plain) }
  return { name, value: found }
}

const plain = (v: bigint): number | bigint => (v >= Number.MIN_SAFE_INTEGER && v <= Number.MAX_SAFE_INTEGER ? Number(v) : v)
