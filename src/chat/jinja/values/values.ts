/** What a template computes with: Python's values. Strings, booleans and null are JavaScript's own, lists are arrays; the rest are the classes here. */
import { HebbError } from '../../../tensor/index.js'

/** A template that cannot be read, does something Python would not do, or refuses what it was given (`raise_exception`). */
export class TemplateError extends HebbError {
  override readonly name: string = 'TemplateError'
}

/** A whole number is a JavaScript number, or a bigint where that is not exact; a fraction is this, so that 2.0 stays one. */
export class Float {
  constructor(readonly value: number) {}
}

export class Tuple {
  constructor(readonly items: readonly Value[]) {}
}

/** What a name or place gives that is not there: empty as text, and an error wherever something is done with it. */
export class Undefined {
  constructor(readonly why: string) {}
}

/** What filters such as `map` give: gone through once, and only that. */
export class Generator {
  #items: Iterable<Value>
  constructor(items: Iterable<Value>) {
    this.#items = items
  }
  take(): Iterable<Value> {
    const items = this.#items
    this.#items = []
    return items
  }
}

/** Something to be called, with the arguments of the place and those of a name. */
export class Callee {
  constructor(
    readonly name: string,
    readonly call: (args: readonly Value[], named: ReadonlyMap<string, Value>) => Value,
  ) {}
}

/** `namespace()`: what `{% set ns.x = … %}` may write to. */
export class Namespace {
  constructor(readonly fields: Map<string, Value>) {}
}

/** An object with attributes that cannot be changed, such as `loop`. */
export class Attributes {
  constructor(
    readonly name: string,
    readonly get: (name: string) => Value | undefined,
    readonly call?: Callee['call'],
  ) {}
}

/** Keys, values or pairs of a dictionary. */
export class View {
  constructor(
    readonly kind: 'dict_keys' | 'dict_values' | 'dict_items',
    readonly items: readonly Value[],
  ) {}
}

export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Float
  | Tuple
  | Undefined
  | Generator
  | Callee
  | Namespace
  | Attributes
  | View
  | Dict
  | readonly Value[]

/** A dictionary in the order its keys came; keys that are equal in Python, as 1, 1.0 and True, are one. */
export class Dict {
  readonly #entries = new Map<string, [Value, Value]>()

  constructor(entries: Iterable<readonly [Value, Value]> = []) {
    for (const [key, value] of entries) this.set(key, value)
  }
  get size(): number {
    return this.#entries.size
  }
  set(key: Value, value: Value): void {
    const name = hashOf(key)
    this.#entries.set(name, [this.#entries.get(name)?.[0] ?? key, value])
  }
  get(key: Value): Value | undefined {
    return this.#entries.get(hashOf(key))?.[1]
  }
  has(key: Value): boolean {
    return this.#entries.has(hashOf(key))
  }
  keys(): Value[] {
    return Array.from(this.#entries.values(), ([key]) => key)
  }
  values(): Value[] {
    return Array.from(this.#entries.values(), ([, value]) => value)
  }
  entries(): [Value, Value][] {
    return [...this.#entries.values()]
  }
}

/** A text that equal keys share. */
export function hashOf(key: Value): string {
  if (typeof key === 'string') return `s${key}`
  if (typeof key === 'number' || typeof key === 'bigint' || typeof key === 'boolean') return `n${Number(key)}`
  if (key instanceof Float) return `n${key.value}`
  if (key === null) return 'none'
  if (key instanceof Tuple) return `t${JSON.stringify(key.items.map(hashOf))}`
  throw new TemplateError(`unhashable type: '${typeName(key)}'`)
}

export const isList = (value: Value): value is readonly Value[] => Array.isArray(value)
export const isInt = (value: Value): value is number | bigint => typeof value === 'number' || typeof value === 'bigint'

/** The number of a value that is one, booleans too; undefined for others. */
export function numberOf(value: Value): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint' || typeof value === 'boolean') return Number(value)
  return value instanceof Float ? value.value : undefined
}

/** A whole number in its one form: exact numbers as such, larger ones as bigint. */
export function int(value: number | bigint): number | bigint {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : BigInt(value)
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
}

/** What Python calls the type. */
export function typeName(value: Value): string {
  if (value === null) return 'NoneType'
  if (typeof value === 'string') return 'str'
  if (typeof value === 'boolean') return 'bool'
  if (isInt(value)) return 'int'
  if (isList(value)) return 'list'
  if (value instanceof Float) return 'float'
  if (value instanceof Tuple) return 'tuple'
  if (value instanceof Dict) return 'dict'
  if (value instanceof Undefined) return 'Undefined'
  if (value instanceof Generator) return 'generator'
  if (value instanceof Namespace) return 'Namespace'
  if (value instanceof View) return value.kind
  return value instanceof Callee ? 'function' : value.name
}

/** Throws TemplateError for what is not there. */
export function defined(value: Value): Value {
  if (value instanceof Undefined) throw new TemplateError(value.why)
  return value
}

export function truthy(value: Value): boolean {
  if (value === null || value instanceof Undefined) return false
  if (typeof value === 'string') return value !== ''
  const number = numberOf(value)
  if (number !== undefined) return number !== 0
  const length = sizeOf(value)
  return length === undefined || length > 0
}

/** The length of what has one; of a text in code points. */
export function sizeOf(value: Value): number | undefined {
  if (typeof value === 'string') return /[\ud800-\udfff]/.test(value) ? [...value].length : value.length
  if (isList(value)) return value.length
  if (value instanceof Tuple || value instanceof View) return value.items.length
  if (value instanceof Undefined) return 0
  return value instanceof Dict ? value.size : undefined
}

/** What a value is gone through by: items, keys, characters. Throws TemplateError for what cannot be. */
export function iterate(value: Value): Iterable<Value> {
  if (typeof value === 'string' || isList(value)) return value
  if (value instanceof Tuple || value instanceof View) return value.items
  if (value instanceof Dict) return value.keys()
  if (value instanceof Generator) return value.take()
  if (value instanceof Undefined) return []
  throw new TemplateError(`'${typeName(value)}' object is not iterable`)
}

/** how deep values that are given may be nested */
const deepest = 200

/** A value of JavaScript as one of Python: numbers that are whole are ints, objects dictionaries of their own fields; undefined fields are left out. */
export function fromJavaScript(given: unknown, name: string, depth = 0): Value {
  if (depth > deepest) throw new TemplateError(`${name} is nested more than ${deepest} deep`)
  if (given === null || typeof given === 'string' || typeof given === 'boolean') return given
  if (typeof given === 'bigint') return int(given)
  if (typeof given === 'number') return Number.isSafeInteger(given) && !Object.is(given, -0) ? given : new Float(given)
  if (Array.isArray(given)) return given.map((item, i) => (item === undefined ? null : fromJavaScript(item, `${name}[${i}]`, depth + 1)))
  if (typeof given === 'object' && (Object.getPrototypeOf(given) === Object.prototype || Object.getPrototypeOf(given) === null))
    return new Dict(
      Object.entries(given)
        .filter(([, value]) => value !== undefined)
        .map(([key, value]) => [key, fromJavaScript(value, `${name}.${key}`, depth + 1)]),
    )
  throw new TemplateError(`${name} is a ${typeof given}: templates take texts, numbers, booleans, null, lists and plain objects`)
}
