/** Plain data as text and back: JSON with every number of JavaScript, NaN and −0 among them, and every text. */
import { HebbError } from '../tensor/errors.js'
import type { Plain } from './stateful.js'

/** Numbers that JSON has no word for. A text that reads like one of these words, or begins with a backslash, gets a backslash in front. */
const words: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  '-0': -0,
}
const wordOf = (value: number): string | undefined => Object.keys(words).find((word) => Object.is(words[word], value))

/** The text of plain data. Throws HebbError naming the place of what is not plain; fields that are undefined are left out. */
export const formatPlain = (what: string, value: unknown): string => JSON.stringify(written(what, value))

/** The data of a text that `formatPlain` made. Throws HebbError where it is no JSON. */
export function parsePlain(what: string, text: string): Plain {
  try {
    return revived(JSON.parse(text))
  } catch (error) {
    throw new HebbError(`${what} is no JSON`, { cause: error })
  }
}

function written(what: string, value: unknown): unknown {
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0) ? value : wordOf(value)
  if (typeof value === 'string') return Object.hasOwn(words, value) || value.startsWith('\\') ? `\\${value}` : value
  if (Array.isArray(value)) return value.map((entry, i) => written(`${what}[${i}]`, entry))
  if (!isPlainObject(value))
    throw new HebbError(
      `${what} is ${kindOf(value)}: give numbers, texts, true or false, null, lists and objects of these; typed arrays go into the arrays of a state`,
    )
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  return Object.fromEntries(fields.map(([name, field]) => [name, written(`${what}.${name}`, field)]))
}

function revived(value: unknown): Plain {
  if (typeof value === 'string') return words[value] ?? (value.startsWith('\\') ? value.slice(1) : value)
  if (Array.isArray(value)) return value.map(revived)
  if (typeof value !== 'object' || value === null) return value as Plain
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, revived(field)]))
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const kindOf = (value: unknown): string =>
  typeof value === 'object' && value !== null ? `a ${value.constructor.name}` : value === undefined ? 'undefined' : `a ${typeof value}`
