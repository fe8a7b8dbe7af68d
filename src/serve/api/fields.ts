/** The fields of a request's body, each read once and checked. */
import { kindOf } from '../../tensor/options.js'
import { badRequest } from './apiError.js'

/** What JSON may hold. */
export type Json = Readonly<Record<string, unknown>>

/** What a number must be. */
interface Range {
  readonly least?: number
  readonly most?: number
  readonly whole?: boolean
}

/** A JSON object whose fields are asked for by name; null is as if it were not there. */
export class Fields {
  readonly #path: string

  constructor(
    readonly json: Json,
    /** what stands before a field's name in messages */
    path = '',
  ) {
    this.#path = path
  }

  /** The object that a value is; throws ApiError where it is none. */
  static of(value: unknown, path = ''): Fields {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw badRequest(path || undefined, `${path || 'the body'} is ${kindOf(value)}: give an object`)
    return new Fields(value as Json, path && `${path}.`)
  }

  name(field: string): string {
    return this.#path + field
  }
  raw(field: string): unknown {
    return Object.hasOwn(this.json, field) ? (this.json[field] ?? undefined) : undefined
  }
  refuse(field: string, message: string): never {
    throw badRequest(this.name(field), `${this.name(field)} ${message}`)
  }

  number(
    field: string,
    { least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY, whole = false }: Range = {},
  ): number | undefined {
    const value = this.raw(field)
    if (value === undefined) return undefined
    if (typeof value !== 'number' || (whole && !Number.isInteger(value)) || value < least || value > most)
      this.refuse(
        field,
        `is ${typeof value === 'number' ? value : kindOf(value)}: give a ${whole ? 'whole ' : ''}number${range(least, most)}`,
      )
    return value
  }

  flag(field: string): boolean | undefined {
    const value = this.raw(field)
    if (value !== undefined && typeof value !== 'boolean') this.refuse(field, `is ${kindOf(value)}: give true or false`)
    return value
  }

  text(field: string): string | undefined {
    const value = this.raw(field)
    if (value !== undefined && typeof value !== 'string') this.refuse(field, `is ${kindOf(value)}: give a text`)
    return value
  }

  list(field: string): readonly unknown[] | undefined {
    const value = this.raw(field)
    if (value !== undefined && !Array.isArray(value)) this.refuse(field, `is ${kindOf(value)}: give a list`)
    return value as readonly unknown[] | undefined
  }

  object(field: string): Fields | undefined {
    const value = this.raw(field)
    return value === undefined ? undefined : Fields.of(value, this.name(field))
  }

  choice<const C extends string>(field: string, choices: readonly C[]): C | undefined {
    const value = this.raw(field)
    if (value !== undefined && !choices.includes(value as C))
      this.refuse(
        field,
        `is ${typeof value === 'string' ? `'${value}'` : kindOf(value)}: give ${choices.map((c) => `'${c}'`).join(' or ')}`,
      )
    return value as C | undefined
  }
}

function range(least: number, most: number): string {
  if (most < Number.POSITIVE_INFINITY) return ` from ${least} to ${most}`
  return least > Number.NEGATIVE_INFINITY ? ` from ${least} on` : ''
}
