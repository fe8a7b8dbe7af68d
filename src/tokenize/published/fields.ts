/** Reading parsed JSON field by field: what is missing or of another kind is named with its path. */
import { HebbError } from '../../tensor/index.js'

/** What `JSON.parse` gives. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** One object of a JSON file, and where it stands. */
export class Fields {
  constructor(
    readonly value: { readonly [key: string]: Json },
    readonly path: string,
  ) {}

  /** The fields of an object. Throws HebbError for anything else. */
  static of(value: Json | undefined, path: string): Fields {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) throw wrong(path, 'an object', value)
    return new Fields(value as { readonly [key: string]: Json }, path)
  }

  /** The value of a field of its own; undefined where it is missing. */
  get(name: string): Json | undefined {
    return Object.hasOwn(this.value, name) ? this.value[name] : undefined
  }

  /** whether a field is there and not null */
  has(name: string): boolean {
    return (this.get(name) ?? null) !== null
  }

  text(name: string, fallback?: string): string {
    const value = this.get(name) ?? fallback
    if (typeof value !== 'string') throw wrong(this.at(name), 'a text', value)
    return value
  }

  optionalText(name: string): string | undefined {
    return this.has(name) ? this.text(name) : undefined
  }

  flag(name: string, fallback?: boolean): boolean {
    const value = this.get(name) ?? fallback
    if (typeof value !== 'boolean') throw wrong(this.at(name), 'true or false', value)
    return value
  }

  whole(name: string, fallback?: number): number {
    const value = this.get(name) ?? fallback
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
      throw wrong(this.at(name), 'a whole number from 0 on', value)
    return value
  }

  list(name: string, fallback?: readonly Json[]): readonly Json[] {
    const value = this.get(name) ?? fallback
    if (!Array.isArray(value)) throw wrong(this.at(name), 'a list', value)
    return value as readonly Json[]
  }

  /** The objects of a list. */
  objects(name: string, fallback?: readonly Json[]): Fields[] {
    return this.list(name, fallback).map((value, i) => Fields.of(value, `${this.at(name)}[${i}]`))
  }

  object(name: string): Fields {
    return Fields.of(this.get(name), this.at(name))
  }

  /** An object, or undefined where the field is missing or null. */
  optional(name: string): Fields | undefined {
    return this.has(name) ? this.object(name) : undefined
  }

  at(name: string): string {
    return `${this.path}.${name}`
  }
}

/** An error about a value of another kind than the one a place asks for. */
function wrong(path: string, wanted: string, value: Json | undefined): HebbError {
  const shown = value === undefined ? 'missing' : JSON.stringify(value)
  return new HebbError(`${path} is to be ${wanted}, and is ${shown.length > 80 ? `${shown.slice(0, 80)}…` : shown}`)
}
