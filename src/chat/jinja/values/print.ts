/** Values as Python prints them: `str`, `repr`, and JSON as `json.dumps` writes it. */
import {
  Attributes,
  Callee,
  Dict,
  Float,
  Generator,
  isInt,
  isList,
  Namespace,
  TemplateError,
  Tuple,
  typeName,
  Undefined,
  type Value,
  View,
} from './values.js'

/** A float in the fewest digits that give it back, as Python writes it: exponents from 1e16 on and below 1e-4. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const [digits, exponent] = value.toExponential().split('e') as [string, string]
  const power = Number(exponent)
  if (power >= 16 || power < -4) return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
  const plain = power < 0 ? value.toFixed(Math.max(0, digits.replace(/[-.]/g, '').length - 1 - power)) : String(value)
  return plain.includes('.') ? plain : `${plain}.0`
}

/** what Python writes as an escape although it is a character: what has no picture, and spaces but the plain one */
const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Zs}]/u
const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' }

/** A text in quotes. */
function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  let out = quote
  for (const character of text) {
    const code = character.codePointAt(0)!
    if (short[character] !== undefined) out += short[character]
    else if (character === quote) out += `\\${quote}`
    else if (character === ' ' || !hidden.test(character)) out += character
    else if (code <= 0xff) out += `\\x${code.toString(16).padStart(2, '0')}`
    else if (code <= 0xffff) out += `\\u${code.toString(16).padStart(4, '0')}`
    else out += `\\U${code.toString(16).padStart(8, '0')}`
  }
  return out + quote
}

/** how deep values are printed */
const deepest = 200

/** `repr(value)`. */
export function repr(value: Value, depth = 0): string {
  if (depth > deepest) throw new TemplateError(`a value is nested more than ${deepest} deep`)
  const inner = (items: readonly Value[]): string => items.map((item) => repr(item, depth + 1)).join(', ')
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'string') return quoted(value)
  if (isInt(value)) return String(value)
  if (value instanceof Float) return floatText(value.value)
  if (isList(value)) return `[${inner(value)}]`
  if (value instanceof Tuple) return value.items.length === 1 ? `(${inner(value.items)},)` : `(${inner(value.items)})`
  if (value instanceof Dict)
    return `{${value
      .entries()
      .map(([key, item]) => `${repr(key, depth + 1)}: ${repr(item, depth + 1)}`)
      .join(', ')}}`
  if (value instanceof Undefined) return 'Undefined'
  if (value instanceof View) return `${value.kind}([${inner(value.items)}])`
  if (value instanceof Namespace) return `<Namespace ${repr(new Dict(value.fields), depth + 1)}>`
  if (value instanceof Callee) return `<Macro ${quoted(value.name)}>`
  if (value instanceof Generator) return '<generator object>'
  return value instanceof Attributes ? `<${value.name}>` : ''
}

/** `str(value)`. */
export const text = (value: Value): string => (typeof value === 'string' ? value : value instanceof Undefined ? '' : repr(value))

/** How JSON is written. */
export interface JsonOptions {
  /** blanks (or a text) before each level, each value on a line of its own; default all on one line */
  readonly indent?: string | undefined
  readonly sortKeys?: boolean | undefined
  readonly ascii?: boolean | undefined
  readonly item?: string | undefined
  readonly key?: string | undefined
}

/** A text of JSON, whose characters stay as they are, or those beyond ASCII become escapes. */
function jsonText(value: string, ascii: boolean): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what JSON escapes
  const escaped = value.replace(/["\\\u0000-\u001f]/g, (character) => {
    const known = { '"': '\\"', '\\': '\\\\', '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character]
    return known ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
  const plain = ascii
    ? escaped.replace(/[\u007f-\uffff]/g, (unit) => (unit === '\u007f' ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`))
    : escaped
  return `"${plain}"`
}

/** A key of JSON: texts as they are, numbers, booleans and null as JSON writes them. */
function jsonKey(key: Value): string {
  if (typeof key === 'string') return key
  if (key === null || typeof key === 'boolean' || isInt(key)) return String(key)
  if (key instanceof Float) return jsonFloat(key.value)
  throw new TemplateError(`keys must be str, int, float, bool or None, not ${typeName(key)}`)
}

const jsonFloat = (value: number): string =>
  Number.isNaN(value) ? 'NaN' : Number.isFinite(value) ? floatText(value) : value > 0 ? 'Infinity' : '-Infinity'

/** `json.dumps(value)`: separators `, ` and `: `, characters beyond ASCII as they are unless `ascii`. */
export function json(value: Value, options: JsonOptions = {}, depth = 0): string {
  const { indent, sortKeys = false, ascii = false, item = indent === undefined ? ', ' : ',', key: colon = ': ' } = options
  if (depth > deepest) throw new TemplateError(`tojson: a value is nested more than ${deepest} deep`)
  if (value === null || typeof value === 'boolean' || isInt(value)) return String(value)
  if (typeof value === 'string') return jsonText(value, ascii)
  if (value instanceof Float) return jsonFloat(value.value)
  const list = (open: string, parts: readonly string[], close: string): string => {
    if (parts.length === 0) return open + close
    if (indent === undefined) return open + parts.join(item) + close
    return `${open}\n${indent.repeat(depth + 1)}${parts.join(`${item}\n${indent.repeat(depth + 1)}`)}\n${indent.repeat(depth)}${close}`
  }
  if (isList(value) || value instanceof Tuple) {
    const items = value instanceof Tuple ? value.items : value
    return list(
      '[',
      items.map((one) => json(one, options, depth + 1)),
      ']',
    )
  }
  if (value instanceof Dict) {
    const entries = value.entries().map(([key, one]) => [jsonKey(key), one] as const)
    if (sortKeys) entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    return list(
      '{',
      entries.map(([key, one]) => jsonText(key, ascii) + colon + json(one, options, depth + 1)),
      '}',
    )
  }
  throw new TemplateError(`Object of type ${typeName(value)} is not JSON serializable`)
}
