/** Operators on values, as Python has them. */
import { percent } from './percent.js'
import { text } from './print.js'
import {
  Dict,
  defined,
  Float,
  int,
  isInt,
  isList,
  iterate,
  numberOf,
  TemplateError,
  Tuple,
  typeName,
  Undefined,
  type Value,
  View,
} from './values.js'

/** units of text or items of a list that one operation may make */
const mostMade = 10_000_000

/** Throws TemplateError for what would be too large. */
export function checkSize(units: number, what: string): void {
  if (units > mostMade) throw new TemplateError(`${what} would make ${units} units: a template makes at most ${mostMade} at once`)
}

/** Whether two values are equal; numbers of any kind by value, texts, lists and dictionaries by what they hold. */
export function equal(a: Value, b: Value): boolean {
  if (a === b) return true
  if (typeof a === 'bigint' || typeof b === 'bigint') return numberOf(a) !== undefined && numberOf(b) !== undefined && rank(a, b) === 0
  const [m, n] = [numberOf(a), numberOf(b)]
  if (m !== undefined || n !== undefined) return m === n
  if (a instanceof Undefined || b instanceof Undefined) return a instanceof Undefined && b instanceof Undefined
  if (isList(a)) return isList(b) && allEqual(a, b)
  if (a instanceof Tuple) return b instanceof Tuple && allEqual(a.items, b.items)
  if (a instanceof Dict)
    return b instanceof Dict && a.size === b.size && a.entries().every(([key, value]) => b.has(key) && equal(value, b.get(key)!))
  return false
}

const allEqual = (a: readonly Value[], b: readonly Value[]): boolean => a.length === b.length && a.every((item, i) => equal(item, b[i]!))

/** The order of two numbers: below 0, 0, above 0; NaN is none of these. */
function rank(a: Value, b: Value): number {
  if (isInt(a) && isInt(b)) return a < b ? -1 : a > b ? 1 : 0
  const [m, n] = [numberOf(a)!, numberOf(b)!]
  return m < n ? -1 : m > n ? 1 : m === n ? 0 : Number.NaN
}

/** Texts by code points, which units would not always order alike. */
function rankText(a: string, b: string): number {
  const [left, right] = [[...a], [...b]]
  for (let i = 0; i < left.length && i < right.length; i++) {
    const difference = left[i]!.codePointAt(0)! - right[i]!.codePointAt(0)!
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

/** The order of two values. Throws TemplateError for kinds that have none. */
export function compare(sign: string, a: Value, b: Value): number {
  defined(a)
  defined(b)
  if (numberOf(a) !== undefined && numberOf(b) !== undefined) return rank(a, b)
  if (typeof a === 'string' && typeof b === 'string') return rankText(a, b)
  const [left, right] = [isList(a) ? a : a instanceof Tuple ? a.items : undefined, isList(b) ? b : b instanceof Tuple ? b.items : undefined]
  if (left && right && isList(a) === isList(b)) {
    const i = left.findIndex((item, at) => at < right.length && !equal(item, right[at]!))
    return i >= 0 ? compare(sign, left[i]!, right[i]!) : left.length - right.length
  }
  throw new TemplateError(`'${sign}' not supported between instances of '${typeName(a)}' and '${typeName(b)}'`)
}

/** `item in within`. */
export function contains(within: Value, item: Value): boolean {
  if (typeof within === 'string') {
    if (typeof item !== 'string') throw new TemplateError(`'in <string>' requires string as left operand, not ${typeName(item)}`)
    return within.includes(item)
  }
  if (within instanceof Dict) return within.has(item)
  if (within instanceof View && within.kind === 'dict_keys') return within.items.some((one) => equal(one, item))
  for (const one of iterate(within)) if (equal(one, item)) return true
  return false
}

/** One of `== != < <= > >= in not in`. */
export function comparison(sign: string, a: Value, b: Value): boolean {
  if (sign === '==') return equal(a, b)
  if (sign === '!=') return !equal(a, b)
  if (sign === 'in') return contains(b, a)
  if (sign === 'not in') return !contains(b, a)
  const order = compare(sign, a, b)
  return sign === '<' ? order < 0 : sign === '<=' ? order <= 0 : sign === '>' ? order > 0 : order >= 0
}

const asInt = (value: Value): bigint | undefined => (isInt(value) || typeof value === 'boolean' ? BigInt(value) : undefined)

/** Two whole numbers; exact, whatever their size. */
function whole(sign: string, a: bigint, b: bigint): Value {
  switch (sign) {
    case '+':
      return int(a + b)
    case '-':
      return int(a - b)
    case '*':
      return int(a * b)
    case '**': {
      if (b < 0n) return fraction(sign, Number(a), Number(b))
      checkSize(Number(b) * a.toString(2).length, 'a power')
      return int(a ** b)
    }
    case '/':
      return fraction(sign, Number(a), Number(b))
    default: {
      if (b === 0n) throw new TemplateError('integer division or modulo by zero')
      const rest = ((a % b) + b) % b
      return int(sign === '%' ? rest : (a - rest) / b)
    }
  }
}

function fraction(sign: string, a: number, b: number): Value {
  if (b === 0 && (sign === '/' || sign === '//' || sign === '%')) throw new TemplateError('float division by zero')
  const rest = ((a % b) + b) % b
  const results: Readonly<Record<string, number>> = {
    '+': a + b,
    '-': a - b,
    '*': a * b,
    '/': a / b,
    '**': a ** b,
    '%': rest,
    '//': Math.floor(a / b),
  }
  return new Float(results[sign]!)
}

function repeated(value: string | readonly Value[], times: bigint): Value {
  const count = Math.max(0, Number(times))
  checkSize(value.length * count, 'a repetition')
  return typeof value === 'string' ? value.repeat(count) : Array.from({ length: count }, () => value).flat()
}

/** One of `+ - * / // % **`. Throws TemplateError for kinds it is not made for. */
export function binary(sign: string, a: Value, b: Value): Value {
  defined(a)
  if (sign === '%' && typeof a === 'string') return percent(a, b)
  defined(b)
  const [i, j] = [asInt(a), asInt(b)]
  if (i !== undefined && j !== undefined) return whole(sign, i, j)
  const [m, n] = [numberOf(a), numberOf(b)]
  if (m !== undefined && n !== undefined) return fraction(sign, m, n)
  if (sign === '+') {
    if (typeof a === 'string' && typeof b === 'string') {
      checkSize(a.length + b.length, 'a text')
      return a + b
    }
    if (isList(a) && isList(b)) {
      checkSize(a.length + b.length, 'a list')
      return [...a, ...b]
    }
    if (a instanceof Tuple && b instanceof Tuple) return new Tuple([...a.items, ...b.items])
    if (typeof a === 'string') throw new TemplateError(`can only concatenate str (not "${typeName(b)}") to str`)
  }
  if (sign === '*') {
    if ((typeof a === 'string' || isList(a)) && j !== undefined) return repeated(a, j)
    if ((typeof b === 'string' || isList(b)) && i !== undefined) return repeated(b, i)
  }
  throw new TemplateError(`unsupported operand type(s) for ${sign}: '${typeName(a)}' and '${typeName(b)}'`)
}

/** `-value` and `+value`. */
export function signed(sign: '-' | '+', value: Value): Value {
  defined(value)
  const i = asInt(value)
  if (i !== undefined) return int(sign === '-' ? -i : i)
  if (value instanceof Float) return sign === '-' ? new Float(-value.value) : value
  throw new TemplateError(`bad operand type for unary ${sign}: '${typeName(value)}'`)
}

/** Texts of values one after the other. */
export function concat(parts: readonly Value[]): string {
  const all = parts.map(text)
  checkSize(
    all.reduce((sum, one) => sum + one.length, 0),
    'a text',
  )
  return all.join('')
}

/** Items of a list or tuple, code points of a text. */
export const itemsOf = (value: Value): readonly Value[] | undefined =>
  typeof value === 'string' ? [...value] : isList(value) ? value : value instanceof Tuple ? value.items : undefined

/** `value[start:stop:step]`; undefined parts are left out. */
export function sliced(value: Value, bounds: readonly (Value | undefined)[]): Value {
  const items = itemsOf(defined(value))
  if (!items) return new Undefined(`'${typeName(value)}' object has no slices`)
  const [start, stop, step = 1] = bounds.map((bound) => {
    if (bound === undefined || bound === null) return undefined
    const i = asInt(defined(bound))
    if (i === undefined) throw new TemplateError('slice indices must be integers or None or have an __index__ method')
    return Number(i)
  })
  if (step === 0) throw new TemplateError('slice step cannot be zero')
  const { length } = items
  const clamp = (i: number): number => {
    const from = i < 0 ? i + length : i
    return step > 0 ? Math.min(Math.max(from, 0), length) : Math.min(Math.max(from, -1), length - 1)
  }
  const [from, to] = [
    start === undefined ? (step > 0 ? 0 : length - 1) : clamp(start),
    stop === undefined ? (step > 0 ? length : -1) : clamp(stop),
  ]
  const out: Value[] = []
  for (let i = from; step > 0 ? i < to : i > to; i += step) out.push(items[i]!)
  return typeof value === 'string' ? out.join('') : value instanceof Tuple ? new Tuple(out) : out
}
