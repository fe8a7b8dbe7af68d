/** The fields of a config.json, each checked when it is asked for. */
import { HebbError } from '../../tensor/index.js'

/** A value in a message, however long it is. */
export const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A JSON object and what messages call it. A field that is null is missing, as in Python's None, but where a method says otherwise. */
export class Fields {
  readonly #json: Readonly<Record<string, unknown>>

  constructor(
    readonly where: string,
    json: Readonly<Record<string, unknown>>,
  ) {
    this.#json = json
  }

  /** Throws HebbError about this object. */
  say(problem: string): never {
    throw new HebbError(`${this.where}: ${problem}`)
  }

  /** A value as it stands; undefined where there is none. */
  value(name: string): unknown {
    return Object.hasOwn(this.#json, name) ? this.#json[name] : undefined
  }

  /** Whether there is a value that is not null. */
  has(name: string): boolean {
    return this.value(name) !== undefined && this.value(name) !== null
  }

  /** A whole number of 1 or more; the first name there is counts. Without a fallback it must be there. */
  count(name: string | readonly string[], fallback?: number): number {
    const names = typeof name === 'string' ? [name] : name
    const found = names.find((n) => this.has(n))
    if (found === undefined) return fallback ?? this.say(`${names[0]} is missing`)
    const value = this.value(found)
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1)
      this.say(`${found} is ${shown(value)}: a whole number of 1 or more is wanted`)
    return value as number
  }

  /** A count or nothing: null means none, a missing field the fallback. */
  countOrNone(name: string, fallback: number | undefined): number | undefined {
    if (this.value(name) === null) return undefined
    return this.value(name) === undefined ? fallback : this.count(name)
  }

  number(name: string, fallback?: number): number {
    const value = this.value(name)
    if (value === undefined || value === null) return fallback ?? this.say(`${name} is missing`)
    if (typeof value !== 'number' || !Number.isFinite(value)) this.say(`${name} is ${shown(value)}: a number is wanted`)
    return value as number
  }

  /** A number above 0. */
  positive(name: string, fallback?: number): number {
    const value = this.number(name, fallback)
    return value > 0 ? value : this.say(`${name} is ${value}: a number above 0 is wanted`)
  }

  /** A number above 0 or nothing: null means none, a missing field the fallback. */
  positiveOrNone(name: string, fallback: number | undefined): number | undefined {
    if (this.value(name) === null) return undefined
    return this.value(name) === undefined ? fallback : this.positive(name)
  }

  /** A probability that something is dropped. */
  share(name: string, fallback: number): number {
    const value = this.number(name, fallback)
    return value >= 0 && value < 1 ? value : this.say(`${name} is ${value}: a number from 0 up to 1 is wanted`)
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.value(name)
    if (value === undefined || value === null) return fallback
    return typeof value === 'boolean' ? value : this.say(`${name} is ${shown(value)}: true or false is wanted`)
  }

  text(name: string, fallback?: string): string {
    const value = this.value(name)
    if (value === undefined || value === null) return fallback ?? this.say(`${name} is missing`)
    return typeof value === 'string' ? value : this.say(`${name} is ${shown(value)}: a text is wanted`)
  }

  texts(name: string): readonly string[] | undefined {
    const value = this.value(name)
    if (value === undefined || value === null) return undefined
    return Array.isArray(value) && value.every((one) => typeof one === 'string')
      ? value
      : this.say(`${name} is ${shown(value)}: a list of texts is wanted`)
  }

  numbers(name: string): readonly number[] {
    const value = this.value(name)
    if (value === undefined || value === null) return this.say(`${name} is missing`)
    return Array.isArray(value) && value.every((one) => typeof one === 'number' && Number.isFinite(one) && one > 0)
      ? value
      : this.say(`${name} is ${shown(value)}: a list of numbers above 0 is wanted`)
  }

  /** An object within. */
  within(name: string): Fields | undefined {
    const value = this.value(name)
    if (value === undefined || value === null) return undefined
    return isRecord(value) ? new Fields(`${this.where}: ${name}`, value) : this.say(`${name} is ${shown(value)}: an object is wanted`)
  }

  /** This object with other fields in front of its own. */
  with(fields: Readonly<Record<string, unknown>>): Fields {
    return new Fields(this.where, { ...this.#json, ...fields })
  }

  /** its fields */
  get all(): Readonly<Record<string, unknown>> {
    return this.#json
  }

  /** Throws HebbError where one of these fields has a value other than what is done. */
  only(values: Readonly<Record<string, unknown>>): void {
    for (const [name, done] of Object.entries(values))
      if (this.has(name) && this.value(name) !== done)
        this.say(`${name} is ${shown(this.value(name))}, which is not built: only ${shown(done)} is`)
  }
}

/** A config.json as an object, in `where`'s name. */
export function fieldsOf(where: string, json: unknown): Fields {
  if (!isRecord(json)) throw new HebbError(`${where}: it is ${shown(json)}: an object is wanted`)
  return new Fields(where, json)
}
