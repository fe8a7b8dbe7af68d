/** JSON schemas as networks: every text of one is JSON that fits the schema. */
import { HebbError } from '../../../tensor/index.js'
import { kindOf } from '../../../tensor/options.js'
import { Json } from './json.js'
import type { Builder, Network } from './network.js'

type Schema = Readonly<Record<string, unknown>>

/** what says nothing about which values fit */
const remarks = [
  '$schema',
  '$id',
  '$comment',
  '$defs',
  'definitions',
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
]
const byType: Readonly<Record<string, readonly string[]>> = {
  string: ['minLength', 'maxLength', 'pattern'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
  integer: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
  object: ['properties', 'required', 'additionalProperties'],
  array: ['items', 'minItems', 'maxItems'],
  boolean: [],
  null: [],
}

/** schemas within one another */
const deepest = 100

/**
 * The network of a schema: type, enum, const, properties, required, additionalProperties, items, minItems, maxItems, minLength, maxLength, pattern, minimum,
 * maximum and the exclusive ones (whole numbers for `number`), anyOf, and $ref within the schema, recursive too. Properties come in the order they are listed,
 * others only where additionalProperties says what they are. Throws HebbError naming any other keyword, and where it stands.
 */
export function schemaNetwork(build: Builder, schema: unknown): Network {
  return new Reader(build, schema).whole()
}

class Reader {
  readonly #json: Json
  readonly #named = new Map<string, Network>()
  readonly #open = new Set<string>()

  constructor(
    private readonly build: Builder,
    private readonly root: unknown,
  ) {
    this.#json = new Json(build)
  }

  whole(): Network {
    return this.#ref('#', 0)
  }

  #refuse(path: string, what: string): never {
    throw new HebbError(`generate: schema, ${path}: ${what}`)
  }

  /** What a reference names, made once; it may be passed from within itself, as long as something is written before. */
  #ref(path: string, depth: number): Network {
    if (this.#open.has(path)) this.#refuse(path, 'refers to itself before anything is written')
    let found = this.#named.get(path)
    if (!found) {
      found = { start: this.build.node(), end: this.build.node() }
      this.#named.set(path, found)
      this.#open.add(path)
      const { start, end } = this.#of(this.#at(path), path, depth + 1)
      this.#open.delete(path)
      found.start.empty.push(start)
      end.empty.push(found.end)
    }
    return this.build.call(found)
  }

  #at(path: string): unknown {
    let at = this.root
    for (const part of path.split('/').slice(1)) {
      const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
      if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) this.#refuse(path, 'is not there')
      at = (at as Schema)[name]
    }
    return at
  }

  /** A schema of something within: what stands around it is written before. */
  #inner(schema: unknown, path: string, depth: number): Network {
    const open = [...this.#open]
    this.#open.clear()
    const found = this.#of(schema, path, depth + 1)
    for (const one of open) this.#open.add(one)
    return found
  }

  #of(given: unknown, path: string, depth: number): Network {
    if (depth > deepest) this.#refuse(path, `more than ${deepest} schemas within one another`)
    if (given === true) return this.#json.any()
    if (given === false) return this.build.either([])
    if (typeof given !== 'object' || given === null || Array.isArray(given)) this.#refuse(path, `is ${kindOf(given)}: give an object`)
    const schema = given as Schema
    const alone = (name: string, ...others: readonly string[]): void => {
      const beside = Object.keys(schema).find((key) => key !== name && !others.includes(key) && !remarks.includes(key))
      if (beside) this.#refuse(path, `${beside} beside ${name} is not known here`)
    }
    if ('$ref' in schema) {
      alone('$ref')
      const to = schema.$ref
      if (typeof to !== 'string' || !/^#(\/|$)/.test(to))
        this.#refuse(path, `$ref ${String(to)}: only what is within the schema, '#/…', is known here`)
      return this.#ref(to, depth)
    }
    if ('const' in schema || 'enum' in schema) return this.#listed(schema, path, alone)
    if ('anyOf' in schema) {
      alone('anyOf')
      if (!Array.isArray(schema.anyOf) || schema.anyOf.length === 0) this.#refuse(path, 'anyOf: give a list of schemas')
      return this.build.either(schema.anyOf.map((one, i) => this.#of(one, `${path}/anyOf/${i}`, depth + 1)))
    }
    const types = schema.type === undefined ? this.#typesOf(schema) : [schema.type].flat()
    const unknown = types.find((type) => !Object.hasOwn(byType, String(type)))
    if (unknown !== undefined) this.#refuse(path, `type ${String(unknown)} is none of ${Object.keys(byType).join(', ')}`)
    const allowed = [...remarks, 'type', ...types.flatMap((type) => byType[String(type)]!)]
    const other = Object.keys(schema).find((key) => !allowed.includes(key))
    if (other) this.#refuse(path, `${other} is not known here${types.length > 0 ? ` for ${types.join(', ')}` : ''}: leave it out`)
    if (types.length === 0) return this.#json.any()
    return this.build.either(types.map((type) => this.#typed(String(type), schema, path, depth)))
  }

  /** Without a type a schema says something about one kind of values only, and lets all others through: that is seldom meant. */
  #typesOf(schema: Schema): readonly string[] {
    const found = Object.keys(byType).filter((type) => byType[type]!.some((key) => key in schema))
    return found.includes('number') ? ['number'] : found
  }

  #listed(schema: Schema, path: string, alone: (name: string, ...others: readonly string[]) => void): Network {
    const name = 'const' in schema ? 'const' : 'enum'
    alone(name, 'type')
    const values = name === 'const' ? [schema.const] : schema.enum
    if (!Array.isArray(values) || values.length === 0) this.#refuse(path, 'enum: give a list of values')
    const types = schema.type === undefined ? undefined : [schema.type].flat()
    const kind = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value)
    const fits = (value: unknown): boolean =>
      !types || types.includes(kind(value)) || (types.includes('integer') && Number.isInteger(value))
    return this.build.either(values.filter(fits).map((value) => this.build.text(JSON.stringify(value))))
  }

  #typed(type: string, schema: Schema, path: string, depth: number): Network {
    if (type === 'null') return this.build.text('null')
    if (type === 'boolean') return this.build.either([this.build.text('true'), this.build.text('false')])
    if (type === 'string') return this.#string(schema, path)
    if (type === 'array') return this.#array(schema, path, depth)
    if (type === 'object') return this.#object(schema, path, depth)
    return this.#number(type, schema, path)
  }

  #count(schema: Schema, name: string, path: string): number | undefined {
    const value = schema[name]
    if (value === undefined) return undefined
    if (!Number.isInteger(value) || (value as number) < 0) this.#refuse(path, `${name} ${String(value)}: give a whole number from 0 on`)
    return value as number
  }

  #string(schema: Schema, path: string): Network {
    const [least, most] = [this.#count(schema, 'minLength', path), this.#count(schema, 'maxLength', path)]
    if (schema.pattern !== undefined) {
      if (typeof schema.pattern !== 'string') this.#refuse(path, `pattern is ${kindOf(schema.pattern)}: give a text`)
      if (least !== undefined || most !== undefined)
        this.#refuse(path, 'pattern beside a length is not known here: say the length in the pattern')
      return this.#json.matching(schema.pattern)
    }
    return this.#json.string(least ?? 0, most)
  }

  #number(type: string, schema: Schema, path: string): Network {
    const bound = (name: string): number | undefined => {
      const value = schema[name]
      if (value === undefined) return undefined
      if (typeof value !== 'number' || !Number.isFinite(value)) this.#refuse(path, `${name} is ${kindOf(value)}: give a number`)
      if (Math.abs(value) > 999_999_999_999_999) this.#refuse(path, `${name} ${value} has more than 15 digits`)
      if (type === 'number' && !Number.isInteger(value))
        this.#refuse(path, `${name} ${value} of a number: only whole bounds are known here`)
      return value
    }
    const [low, high, above, below] = [bound('minimum'), bound('maximum'), bound('exclusiveMinimum'), bound('exclusiveMaximum')]
    if ([low, high, above, below].every((value) => value === undefined))
      return type === 'integer' ? this.#json.integer() : this.#json.number()
    const most = (a: number | undefined, b: number | undefined): number | undefined =>
      a === undefined ? b : b === undefined ? a : Math.max(a, b)
    const least = (a: number | undefined, b: number | undefined): number | undefined =>
      a === undefined ? b : b === undefined ? a : Math.min(a, b)
    const whole = (value: number | undefined): bigint | undefined => (value === undefined ? undefined : BigInt(value))
    if (type === 'integer')
      return this.#json.integer(
        whole(most(low === undefined ? undefined : Math.ceil(low), above === undefined ? undefined : Math.floor(above) + 1)),
        whole(least(high === undefined ? undefined : Math.floor(high), below === undefined ? undefined : Math.ceil(below) - 1)),
      )
    const [from, to] = [most(low, above), least(high, below)]
    return this.#json.numberBetween(whole(from), whole(to), {
      least: from !== undefined && from === above,
      most: to !== undefined && to === below,
    })
  }

  #array(schema: Schema, path: string, depth: number): Network {
    const [least, most] = [this.#count(schema, 'minItems', path) ?? 0, this.#count(schema, 'maxItems', path)]
    if (schema.items === false) return this.#json.list(() => this.build.either([]), least, most ?? 0)
    const made = { start: this.build.node(), end: this.build.node() }
    const inner = this.#inner(schema.items ?? true, `${path}/items`, depth)
    made.start.empty.push(inner.start)
    inner.end.empty.push(made.end)
    return this.#json.list(() => this.build.call(made), least, most)
  }

  #object(schema: Schema, path: string, depth: number): Network {
    const { properties = {}, required = [], additionalProperties } = schema
    if (typeof properties !== 'object' || properties === null) this.#refuse(path, `properties is ${kindOf(properties)}: give an object`)
    if (!Array.isArray(required) || required.some((name) => typeof name !== 'string')) this.#refuse(path, 'required: give a list of names')
    const listed = new Map(Object.entries(properties))
    for (const name of required as readonly string[]) if (!listed.has(name)) listed.set(name, additionalProperties ?? true)
    const { build } = this
    // others only where they are described, or where nothing is
    const others = additionalProperties ?? listed.size === 0
    // after n properties that are listed: with nothing written yet, or something
    let [empty, some] = [build.node(), build.node()]
    const start = build.text('{')
    start.end.empty.push(empty)
    for (const [name, inner] of listed) {
      const [nextEmpty, nextSome] = [build.node(), build.node()]
      const pair = { start: build.node(), end: nextSome }
      const field = build.sequence([
        build.text(JSON.stringify(name)),
        this.#json.colon(),
        this.#inner(inner, `${path}/properties/${name}`, depth),
      ])
      pair.start.empty.push(field.start)
      field.end.empty.push(nextSome)
      empty.empty.push(pair.start)
      const comma = this.#json.comma()
      some.empty.push(comma.start)
      comma.end.empty.push(pair.start)
      if (!(required as readonly string[]).includes(name)) {
        empty.empty.push(nextEmpty)
        some.empty.push(nextSome)
      }
      ;[empty, some] = [nextEmpty, nextSome]
    }
    const end = build.text('}')
    if (others !== false) {
      const value = { start: build.node(), end: build.node() }
      const inner = this.#inner(others, `${path}/additionalProperties`, depth)
      value.start.empty.push(inner.start)
      inner.end.empty.push(value.end)
      const names = [...listed.keys()]
      const pair = (): Network => build.sequence([this.#json.stringBut(names), this.#json.colon(), build.call(value)])
      const first = pair()
      empty.empty.push(first.start)
      const more = build.repeat(() => build.sequence([this.#json.comma(), pair()]), 0)
      first.end.empty.push(more.start)
      some.empty.push(more.start)
      more.end.empty.push(end.start)
    } else some.empty.push(end.start)
    empty.empty.push(end.start)
    return { start: start.start, end: end.end }
  }
}
