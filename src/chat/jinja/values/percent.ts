/** Texts with places for values: `'%s of %d' % (a, b)`, and `'{} of {}'.format(a, b)`. */
import { repr, text } from './print.js'
import { Dict, defined, Float, isInt, numberOf, TemplateError, Tuple, typeName, type Value } from './values.js'

/** digits or width that may be asked for */
const widest = 1000

/** How a number or text is laid out. */
interface Layout {
  readonly type: string
  readonly width: number
  readonly precision: number | undefined
  readonly sign: string
  readonly alternate: boolean
  readonly comma: string
}

function grouped(digits: string, comma: string): string {
  if (comma === '') return digits
  const [whole, rest] = digits.split('.') as [string, string | undefined]
  return whole.replace(/\B(?=(\d{3})+(?!\d))/g, comma) + (rest === undefined ? '' : `.${rest}`)
}

/** An exponent with at least two digits. */
const exponential = (value: number, precision: number): string => value.toExponential(precision).replace(/e([+-])(\d)$/, 'e$10$2')

/** `%g`: the shorter of the two ways, trailing zeros left out. */
function general(value: number, precision: number, alternate: boolean): string {
  const digits = Math.max(1, precision)
  if (value === 0) return '0'
  const power = Number(value.toExponential(digits - 1).split('e')[1])
  const out = power < -4 || power >= digits ? exponential(value, digits - 1) : value.toFixed(digits - 1 - power)
  return alternate ? out : out.replace(/\.?0+(?=e|$)/, (zeros) => (zeros.startsWith('.') || out.includes('.') ? '' : zeros))
}

/** A number in a layout; without its sign's place when it is not negative and no sign is asked for. */
function number(value: Value, { type, precision, sign, alternate, comma }: Layout): string {
  const n = numberOf(defined(value))
  if (n === undefined) throw new TemplateError(`%${type} format: a real number is required, not ${typeName(value)}`)
  const negative = n < 0 || Object.is(n, -0)
  const size = Math.abs(n)
  let body: string
  if ('dixXob'.includes(type)) {
    if (type !== 'd' && type !== 'i' && value instanceof Float)
      throw new TemplateError(`%${type} format: an integer is required, not float`)
    const whole = isInt(value) ? BigInt(value) : BigInt(Math.trunc(n))
    const radix = { x: 16, X: 16, o: 8, b: 2 }[type] ?? 10
    body = (whole < 0n ? -whole : whole).toString(radix).padStart(precision ?? 0, '0')
    if (type === 'X') body = body.toUpperCase()
    body = grouped(body, comma)
    if (alternate && radix !== 10) body = `0${type}${body}`
  } else if (!Number.isFinite(n)) body = Number.isNaN(n) ? 'nan' : 'inf'
  else if (type === 'f' || type === 'F') body = grouped(size.toFixed(Math.min(precision ?? 6, 100)), comma)
  else if (type === '%') body = `${(size * 100).toFixed(Math.min(precision ?? 6, 100))}%`
  else if (type === 'e' || type === 'E') body = exponential(size, Math.min(precision ?? 6, 100))
  else body = general(size, Math.min(precision ?? 6, 100), alternate)
  if (type === 'E' || type === 'G') body = body.toUpperCase()
  return (negative ? '-' : sign) + body
}

function padded(body: string, width: number, align: string, fill: string): string {
  const missing = Math.max(0, width - [...body].length)
  if (align === '^') return fill.repeat(missing >> 1) + body + fill.repeat(missing - (missing >> 1))
  if (align === '=') return body.replace(/^[-+ ]?/, (sign) => sign + fill.repeat(missing))
  return align === '<' ? body + fill.repeat(missing) : fill.repeat(missing) + body
}

const limited = (digits: string): number => {
  if (Number(digits) > widest) throw new TemplateError(`a width of ${digits} is asked for: ${widest} at most`)
  return Number(digits)
}

/** `format % values`. */
export function percent(format: string, values: Value): string {
  const items = values instanceof Tuple ? values.items : [values]
  let used = 0
  const next = (): Value => {
    if (used >= items.length) throw new TemplateError('not enough arguments for format string')
    return items[used++]!
  }
  const out = format.replace(
    /%(?:\(([^)]*)\))?([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+)?)?([\s\S]?)/g,
    (all: string, key: string | undefined, flags: string, width: string | undefined, precision: string | undefined, type: string) => {
      if (type === '%') return '%'
      if (!'diouxXeEfFgGcrsa'.includes(type) || type === '')
        throw new TemplateError(`unsupported format character '${type}' in ${repr(format)}`)
      const size = (given: string | undefined): number | undefined =>
        given === undefined ? undefined : limited(given === '*' ? text(next()) : given)
      const [wide, digits] = [size(width) ?? 0, size(precision) ?? (/\.[^*\d]?$/.test(all.slice(0, -1)) ? 0 : undefined)]
      let value: Value
      if (key === undefined) value = next()
      else {
        if (!(values instanceof Dict)) throw new TemplateError('format requires a mapping')
        const found = values.get(key)
        if (found === undefined) throw new TemplateError(`a text with %(${key})s is given no '${key}'`)
        value = found
        used = items.length
      }
      const left = flags.includes('-')
      const sign = flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''
      if ('rsac'.includes(type)) {
        const body =
          type === 's' || type === 'c' ? text(type === 'c' && isInt(value) ? String.fromCodePoint(Number(value)) : value) : repr(value)
        return padded(digits === undefined ? body : [...body].slice(0, digits).join(''), wide, left ? '<' : '>', ' ')
      }
      const body = number(value, {
        type: type === 'u' ? 'd' : type,
        width: wide,
        precision: digits,
        sign,
        alternate: flags.includes('#'),
        comma: '',
      })
      return flags.includes('0') && !left ? padded(body, wide, '=', '0') : padded(body, wide, left ? '<' : '>', ' ')
    },
  )
  if (used < items.length && !(values instanceof Dict)) throw new TemplateError('not all arguments converted during string formatting')
  return out
}

/** A value by a description as `>10.2f`. */
export function formatted(value: Value, description: string): string {
  const found = /^(?:([\s\S])?([<>=^]))?([-+ ]?)(#?)(0?)(\d*)([,_]?)(?:\.(\d+))?([bcdeEfFgGnosxX%]?)$/u.exec(description)
  if (!found) throw new TemplateError(`Invalid format specifier '${description}' for object of type '${typeName(value)}'`)
  const [, fill, align, sign, alternate, zero, width, comma, digits, type]: readonly (string | undefined)[] = found
  const isNumber = numberOf(value) !== undefined && typeof value !== 'boolean'
  const wide = limited(width || '0')
  const precision = digits === undefined ? undefined : limited(digits)
  const [by, how] = [fill ?? (zero ? '0' : ' '), align ?? (zero && isNumber ? '=' : isNumber ? '>' : '<')]
  if (!isNumber || type === 's') {
    if (type !== '' && type !== 's') throw new TemplateError(`Unknown format code '${type}' for object of type '${typeName(value)}'`)
    return padded(precision === undefined ? text(value) : [...text(value)].slice(0, precision).join(''), wide, how, by)
  }
  const plain = type === '' && precision === undefined
  const layout = {
    type: type || (value instanceof Float ? 'g' : 'd'),
    width: wide,
    precision,
    sign: sign === '-' ? '' : sign!,
    alternate: alternate === '#',
    comma: comma!,
  }
  const body = plain && value instanceof Float ? text(value) : number(value, layout)
  return padded(body, wide, how, by)
}

/** `format.format(…)`: places are numbered or named; what they hold is looked into by `look`. */
export function braces(
  format: string,
  args: readonly Value[],
  named: ReadonlyMap<string, Value>,
  look: (value: Value, key: string, item: boolean) => Value,
): string {
  let used = 0
  return format.replace(
    /\{\{|\}\}|\{([^{}!:]*)(?:!([rsa]))?(?::((?:[^{}]|\{[^{}]*\})*))?\}|[{}]/g,
    (all: string, field: string | undefined, shown: string | undefined, description = '') => {
      if (all === '{{' || all === '}}') return all[0]!
      if (field === undefined) throw new TemplateError(`Single '${all}' encountered in format string`)
      const [, first = '', rest = ''] = /^([^.[]*)(.*)$/s.exec(field)!
      let value = first === '' ? args[used++] : /^\d+$/.test(first) ? args[Number(first)] : named.get(first)
      if (value === undefined) throw new TemplateError(`format: there is nothing for the place {${field}}`)
      for (const [, name, key] of rest.matchAll(/\.([^.[]+)|\[([^\]]+)\]/g)) value = look(value, name ?? key!, name === undefined)
      return formatted(shown === 'r' || shown === 'a' ? repr(value) : shown === 's' ? text(value) : value, description)
    },
  )
}
