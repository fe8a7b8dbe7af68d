/** What flows into a traced function: nested arguments taken apart into numbers, which may change from call to call, and a form, which may not. */
import { bytesOf, type Dtype, dtypeOfArray, type TypedArray } from './dtype.js'
import { HebbError } from './errors.js'
import { sameShape, showShape } from './shape.js'
import { Tensor } from './tensor.js'

/**
 * What a batch or an argument may hold, nested as deep as one likes. Tensors, typed arrays (1-D) and numbers (0-d: f32, bigints i64) are inputs of the
 * program; strings, booleans, null and undefined are part of it: another value is another program.
 */
export type Argument =
  | Tensor
  | TypedArray
  | number
  | bigint
  | string
  | boolean
  | null
  | undefined
  | readonly Argument[]
  | { readonly [key: string]: Argument }

/** What flows in at one place of an argument. */
export type Input = Tensor | TypedArray | number | bigint

type Part =
  | {
      readonly kind: 'input'
      readonly dtype: Dtype
      readonly shape: readonly number[]
      readonly like: 'tensor' | 'array' | 'number' | 'bigint'
    }
  | { readonly kind: 'fixed'; readonly value: string | boolean | null | undefined }
  | { readonly kind: 'list'; readonly parts: readonly Part[] }
  | { readonly kind: 'record'; readonly names: readonly string[]; readonly parts: readonly Part[] }

/** Shape and dtype of a place where numbers flow in. */
export interface InputSpec {
  readonly shape: readonly number[]
  readonly dtype: Dtype
}

/** Nobody nests batches deeper: it holds itself. */
const deepest = 100

/** The form of an argument: all of it but its numbers. Arguments with equal keys run the same program. */
export class Form {
  /** where numbers flow in, in order of appearance */
  readonly inputs: readonly InputSpec[]
  readonly key: string
  readonly #root: Part

  /** `what` names the argument in messages. Throws HebbError where it holds what can be neither an input nor part of a program. */
  constructor(what: string, value: unknown) {
    const inputs: InputSpec[] = []
    this.#root = partOf(what, value, inputs, 0)
    this.inputs = inputs
    this.key = keyOf(this.#root)
  }

  /** What flows in with an argument, in the order of `inputs`; undefined if it has another form. */
  read(value: unknown): Input[] | undefined {
    const found: Input[] = []
    return matches(this.#root, value, found) ? found : undefined
  }

  /** The argument as a traced function gets it: tensors where numbers flow in. */
  fill(tensors: readonly Tensor[]): unknown {
    let next = 0
    const visit = (part: Part): unknown => {
      if (part.kind === 'input') return tensors[next++]
      if (part.kind === 'fixed') return part.value
      if (part.kind === 'list') return part.parts.map(visit)
      return Object.fromEntries(part.names.map((name, i) => [name, visit(part.parts[i]!)]))
    }
    return visit(this.#root)
  }
}

const isArray = (value: unknown): value is TypedArray => ArrayBuffer.isView(value) && !(value instanceof DataView)

/** Whether an object is nothing but its fields. */
function isRecord(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null
}

function partOf(what: string, value: unknown, inputs: InputSpec[], depth: number): Part {
  const input = (like: 'tensor' | 'array' | 'number' | 'bigint', dtype: Dtype, shape: readonly number[]): Part => {
    inputs.push({ dtype, shape })
    return { kind: 'input', dtype, shape, like }
  }
  if (value instanceof Tensor) return input('tensor', value.dtype, value.shape)
  if (typeof value === 'number') return input('number', 'f32', [])
  if (typeof value === 'bigint') return input('bigint', 'i64', [])
  if (typeof value === 'string' || typeof value === 'boolean' || value === null || value === undefined) return { kind: 'fixed', value }
  if (isArray(value)) return input('array', dtypeNamed(what, value), [value.length])
  if (depth === deepest) throw new HebbError(`${what} is nested more than ${deepest} deep: does it hold itself?`)
  if (Array.isArray(value))
    return { kind: 'list', parts: Array.from(value, (v: unknown, i) => partOf(`${what}[${i}]`, v, inputs, depth + 1)) }
  if (typeof value === 'object' && isRecord(value)) {
    const names = Object.keys(value)
    return { kind: 'record', names, parts: names.map((name) => partOf(`${what}.${name}`, value[name], inputs, depth + 1)) }
  }
  const kind = typeof value === 'object' ? `a ${value.constructor.name || 'class instance'}` : `a ${typeof value}`
  throw new HebbError(
    `${what} is ${kind}, which can be neither an input of a program nor part of it: give tensors, numbers, strings, booleans, or arrays and plain objects of these; what never changes belongs into the function itself`,
  )
}

function dtypeNamed(what: string, array: TypedArray): Dtype {
  try {
    return dtypeOfArray(array)
  } catch (error) {
    throw new HebbError(`${what}: ${(error as Error).message}`)
  }
}

function keyOf(part: Part): string {
  if (part.kind === 'input') return `${part.like === 'tensor' ? '' : part.like}${part.dtype}${showShape(part.shape)}`
  if (part.kind === 'fixed') return typeof part.value === 'string' ? JSON.stringify(part.value) : String(part.value)
  if (part.kind === 'list') return `[${part.parts.map(keyOf).join()}]`
  return `{${part.names.map((name, i) => `${JSON.stringify(name)}:${keyOf(part.parts[i]!)}`).join()}}`
}

// no lists, no closures: a step of some microseconds comes through here each time
function matches(part: Part, value: unknown, found: Input[]): boolean {
  if (part.kind === 'input') {
    if (part.like === 'tensor') {
      if (!(value instanceof Tensor) || value.dtype !== part.dtype || !sameShape(value.shape, part.shape)) return false
      found.push(value)
    } else if (part.like === 'array') {
      if (!isArray(value) || value.length !== part.shape[0] || value.BYTES_PER_ELEMENT !== bytesOf(part.dtype)) return false
      if (dtypeOfArray(value) !== part.dtype) return false
      found.push(value)
    } else {
      if (typeof value !== part.like) return false
      found.push(value as number | bigint)
    }
    return true
  }
  if (part.kind === 'fixed') return value === part.value
  if (typeof value !== 'object' || value === null) return false
  if (part.kind === 'list') {
    if (!Array.isArray(value) || value.length !== part.parts.length) return false
    for (let i = 0; i < part.parts.length; i++) if (!matches(part.parts[i]!, value[i], found)) return false
    return true
  }
  if (Array.isArray(value) || value instanceof Tensor || !isRecord(value)) return false
  let n = 0
  for (const name in value) {
    if (name !== part.names[n] || !matches(part.parts[n]!, value[name], found)) return false
    n++
  }
  return n === part.names.length
}

/** The numbers of an input, as they are now. */
export type Numbers = TypedArray | number | bigint

/** The numbers of an input as they are now, whatever its owner does next; a promise of them where they must be computed first. */
export function numbersOf(input: Input): Numbers | Promise<TypedArray> {
  if (input instanceof Tensor) return (input.node.attrs.borrowed ? input.value?.slice() : input.value) ?? input.data()
  return typeof input === 'object' ? input.slice() : input
}
