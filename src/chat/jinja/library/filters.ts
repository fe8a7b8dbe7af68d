/** Filters: `value | name(…)`. Those that go through sequences are in a file of their own. */

import { attributeOnly } from '../values/access.js'
import { argument, capitalized, type Given, intArgument, laid, lineEnd, replacedIn, stripped, textArgument } from '../values/methods.js'
import { binary, checkSize } from '../values/operate.js'
import { floatText, json, repr, text } from '../values/print.js'
import {
  Dict,
  defined,
  Float,
  Generator,
  int,
  isInt,
  isList,
  numberOf,
  sizeOf,
  TemplateError,
  Tuple,
  truthy,
  typeName,
  Undefined,
  type Value,
} from '../values/values.js'

/** A filter, given what stands before the bar and the arguments. */
export type Filter = (value: Value, given: Given) => Value

const flag = (given: Given, at: number, name: string, fallback = false): boolean => truthy(argument(given, at, name) ?? fallback)

/** A number rounded as Python does it: to the nearest, a half to the even one. */
function rounded(value: number, digits: number): number {
  if (!Number.isFinite(value)) return value
  if (digits < 0) {
    const unit = 10 ** -digits
    return rounded(value / unit, 0) * unit
  }
  const size = Math.min(digits, 100)
  const [whole, rest] = [value.toFixed(size), Math.abs(value).toFixed(100)]
  const behind = rest.slice(rest.indexOf('.') + 1 + size)
  if (!/^50*$/.test(behind)) return Number(whole)
  const down = rest.slice(0, rest.indexOf('.') + 1 + size)
  const even = '02468'.includes(down.replace(/\.$/, '').at(-1)!)
  return Math.sign(value) * (even ? Number(down) : Number(down) + 10 ** -size)
}

function round(value: Value, given: Given): Value {
  const [digits, how] = [intArgument(given, 0, 'precision', 0), textArgument(given, 1, 'method', 'common')]
  const number = numberOf(defined(value))
  if (number === undefined) throw new TemplateError(`round: a number is needed, not ${typeName(value)}`)
  if (how === 'common')
    return isInt(value) && digits >= 0
      ? value
      : isInt(value)
        ? rounded(number, digits)
        : new Float(Number(rounded(number, digits).toFixed(Math.max(0, Math.min(digits, 100)))))
  if (how !== 'ceil' && how !== 'floor') throw new TemplateError('method must be common, ceil or floor')
  return new Float(Math[how](number * 10 ** digits) / 10 ** digits)
}

/** A text as a number, as Python's `float` reads it; undefined for what is none. */
function numberIn(value: string): number | undefined {
  const trimmed = stripped(value, undefined, 'both').replace(/(?<=\d)_(?=\d)/g, '')
  if (/^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i.test(trimmed)) return Number(trimmed)
  if (/^[-+]?(?:inf(?:inity)?)$/i.test(trimmed)) return trimmed.startsWith('-') ? -Infinity : Infinity
  return /^[-+]?nan$/i.test(trimmed) ? Number.NaN : undefined
}

function toInt(value: Value, given: Given): Value {
  const fallback = argument(given, 0, 'default') ?? 0
  const base = intArgument(given, 1, 'base', 10)
  if (typeof value === 'string') {
    const trimmed = stripped(value, undefined, 'both').replace(/(?<=\w)_(?=\w)/g, '')
    if (/^[-+]?\d+$/.test(trimmed) && base === 10) return trimmed.length > 1000 ? fallback : int(BigInt(trimmed.replace(/^\+/, '')))
    if (base !== 10) {
      const digits = trimmed.replace(/^0[xob]/i, '')
      const number = Number.parseInt(digits, base)
      return Number.isNaN(number) ? fallback : number
    }
    const number = numberIn(value)
    return number !== undefined && Number.isFinite(number) ? int(BigInt(Math.trunc(number))) : fallback
  }
  if (isInt(value)) return value
  const number = numberOf(value)
  return number !== undefined && Number.isFinite(number) ? int(BigInt(Math.trunc(number))) : fallback
}

function indent(value: Value, given: Given): Value {
  const width = argument(given, 0, 'width') ?? 4
  const by = typeof width === 'string' ? width : ' '.repeat(Math.max(0, Math.min(intArgument(given, 0, 'width', 4), 1000)))
  const [first, blank] = [flag(given, 1, 'first'), flag(given, 2, 'blank')]
  const lines = text(value).split(lineEnd)
  checkSize(text(value).length + lines.length * by.length, 'indent')
  return lines.map((line, i) => ((i === 0 ? first : blank || line !== '') ? by : '') + line).join('\n')
}

function truncate(value: Value, given: Given): Value {
  const [length, kills, end, leeway] = [
    intArgument(given, 0, 'length', 255),
    flag(given, 1, 'killwords'),
    textArgument(given, 2, 'end', '...'),
    intArgument(given, 3, 'leeway', 5),
  ]
  const all = [...text(value)]
  if (all.length <= length + leeway) return text(value)
  const cut = all.slice(0, Math.max(0, length - sizeOf(end)!)).join('')
  const last = cut.lastIndexOf(' ')
  return (kills || last < 0 ? cut : cut.slice(0, last)) + end
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' }
const escaped: Filter = (value) => text(value).replace(/[&<>"']/g, (character) => escapes[character]!)

function length(value: Value): number {
  const size = sizeOf(value)
  if (size === undefined) throw new TemplateError(`object of type '${typeName(value)}' has no len()`)
  return size
}

function toJson(value: Value, given: Given): Value {
  const names = ['ensure_ascii', 'indent', 'separators', 'sort_keys']
  const unknown = [...given.named.keys()].find((name) => !names.includes(name))
  if (unknown !== undefined) throw new TemplateError(`tojson() got an unexpected keyword argument '${unknown}'`)
  const [indentation, separators] = [argument(given, 1, 'indent') ?? null, argument(given, 2, 'separators') ?? null]
  const parts = separators instanceof Tuple ? separators.items : isList(separators) ? separators : undefined
  const by =
    indentation === null
      ? undefined
      : typeof indentation === 'string'
        ? indentation
        : ' '.repeat(Math.min(intArgument(given, 1, 'indent'), 100))
  return json(value, {
    ...(by !== undefined && { indent: by }),
    ...(parts && { item: text(parts[0]!), key: text(parts[1]!) }),
    sortKeys: flag(given, 3, 'sort_keys'),
    ascii: flag(given, 0, 'ensure_ascii'),
  })
}

/** filters of single values */
export const filters: Readonly<Record<string, Filter>> = {
  abs(value) {
    if (isInt(value)) return value < 0 ? int(-BigInt(value)) : value
    if (value instanceof Float) return new Float(Math.abs(value.value))
    throw new TemplateError(`bad operand type for abs(): '${typeName(defined(value))}'`)
  },
  attr: (value, given) => attributeOnly(value, textArgument(given, 0, 'name')),
  capitalize: (value) => capitalized(text(value)),
  center: (value, given) => laid(text(value), intArgument(given, 0, 'width', 80), ' ', 'center'),
  count: length,
  length,
  default(value, given) {
    const missing = value instanceof Undefined || (flag(given, 1, 'boolean') && !truthy(value))
    const instead = argument(given, 0, 'default_value')
    return !missing ? value : instead === undefined ? '' : instead
  },
  e: escaped,
  escape: escaped,
  forceescape: escaped,
  float(value, given) {
    const number = typeof value === 'string' ? numberIn(value) : numberOf(value)
    return number === undefined ? (argument(given, 0, 'default') ?? new Float(0)) : new Float(number)
  },
  format: (value, { args, named }) => binary('%', text(value), named.size > 0 ? new Dict(named) : new Tuple(args)),
  indent,
  int: toInt,
  items(value) {
    if (value instanceof Undefined) return []
    if (!(value instanceof Dict)) throw new TemplateError('Can only get item pairs from a mapping.')
    return new Generator(value.entries().map((entry) => new Tuple(entry)))
  },
  lower: (value) => text(value).toLowerCase(),
  pprint: (value) => repr(value),
  replace: (value, given) =>
    replacedIn(
      text(value),
      text(argument(given, 0, 'old') ?? ''),
      text(argument(given, 1, 'new') ?? ''),
      intArgument(given, 2, 'count', -1),
    ),
  round,
  safe: text,
  string: text,
  striptags: (value) =>
    text(value)
      .replace(/<!--[\s\S]*?-->|<[^>]*>/g, '')
      .split(/\s+/)
      .filter((word) => word !== '')
      .join(' '),
  title: (value) =>
    text(value)
      .split(/([-\s({[<]+)/)
      .map((part) => part && part[0]!.toUpperCase() + part.slice(1).toLowerCase())
      .join(''),
  tojson: toJson,
  trim: (value, given) => stripped(text(value), argument(given, 0, 'chars'), 'both'),
  truncate,
  upper: (value) => text(value).toUpperCase(),
  urlencode: (value) =>
    encodeURIComponent(value instanceof Float ? floatText(value.value) : text(value))
      .replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll('%2F', '/'),
  wordcount: (value) => text(value).match(/[\p{L}\p{N}_]+/gu)?.length ?? 0,
}
