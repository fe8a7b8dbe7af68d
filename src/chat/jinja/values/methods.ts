/** Methods of texts, dictionaries and lists that change nothing: those templates may call. */
import { checkSize, equal, itemsOf } from './operate.js'
import { braces } from './percent.js'
import { Dict, defined, isInt, isList, iterate, sizeOf, TemplateError, Tuple, truthy, typeName, type Value, View } from './values.js'

/** What a method gets: the arguments by place, and those by name. */
export type Given = { readonly args: readonly Value[]; readonly named: ReadonlyMap<string, Value> }

/** The argument at a place or of a name; undefined when it is not given. */
export const argument = ({ args, named }: Given, at: number, name: string): Value | undefined =>
  at < args.length ? args[at] : named.get(name)

export function textArgument(given: Given, at: number, name: string, fallback?: string): string {
  const value = argument(given, at, name) ?? fallback
  if (typeof value !== 'string')
    throw new TemplateError(`${name} is to be a str, and is ${value === undefined ? 'missing' : typeName(defined(value))}`)
  return value
}

export function intArgument(given: Given, at: number, name: string, fallback?: number): number {
  const value = argument(given, at, name) ?? fallback
  if (typeof value === 'boolean') return Number(value)
  if (value === undefined || !isInt(value))
    throw new TemplateError(`${name} is to be an int, and is ${value === undefined ? 'missing' : typeName(value)}`)
  return Number(value)
}

type Method<T> = (self: T, given: Given) => Value

/** what Python's `str.split` and `strip` take for white space */
const blank = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]'
const blanks = new RegExp(`${blank}+`, 'u')

/** what ends a line */
// biome-ignore lint/suspicious/noControlCharactersInRegex: separators of files, groups and records end a line in Python
export const lineEnd = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/

/** A text without characters of a set (white space where it is none) at its ends. */
export function stripped(text: string, set: Value | undefined, ends: 'both' | 'start' | 'end'): string {
  const chars = typeof set === 'string' ? new Set(set) : undefined
  const goes = (character: string): boolean => (chars ? chars.has(character) : blanks.test(character))
  const all = [...text]
  let [from, to] = [0, all.length]
  if (ends !== 'end') while (from < to && goes(all[from]!)) from++
  if (ends !== 'start') while (to > from && goes(all[to - 1]!)) to--
  return all.slice(from, to).join('')
}

/** Parts of a text between separators, white space without; at most `most` cuts from the start or the end. */
function split(text: string, separator: Value | undefined, most: number, fromEnd: boolean): string[] {
  if (separator === '') throw new TemplateError('empty separator')
  if (typeof separator === 'string') {
    const parts = text.split(separator)
    if (most < 0 || parts.length <= most + 1) return parts
    return fromEnd
      ? [parts.slice(0, parts.length - most).join(separator), ...parts.slice(parts.length - most)]
      : [...parts.slice(0, most), parts.slice(most).join(separator)]
  }
  const words = [...text.matchAll(new RegExp(`(?:(?!${blank})[\\s\\S])+`, 'gu'))]
  if (most < 0 || words.length <= most) return words.map(([word]) => word)
  if (fromEnd) {
    const last = words[words.length - most - 1]!
    return [text.slice(0, last.index + last[0].length), ...words.slice(words.length - most).map(([word]) => word)]
  }
  return [...words.slice(0, most).map(([word]) => word), stripped(text.slice(words[most]!.index), undefined, 'end')]
}

const cased = /\p{Lu}|\p{Ll}|\p{Lt}/u
/** The first letter of each run of letters large, the others small. */
export const titled = (text: string): string =>
  text.replace(/(?:\p{Lu}|\p{Ll}|\p{Lt})+/gu, (run) =>
    [...run].map((letter, i) => (i === 0 ? letter.toUpperCase() : letter.toLowerCase())).join(''),
  )
export const capitalized = (text: string): string => {
  const [first = '', ...rest] = [...text]
  return first.toUpperCase() + rest.join('').toLowerCase()
}

/** Where a text stands in another, in code points; −1 for nowhere. */
function found(text: string, given: Given, last: boolean): number {
  const all = [...text]
  const [from, to] = [1, 2]
    .map((at) => argument(given, at, '') ?? undefined)
    .map((value) => (value === undefined ? undefined : Number(value)))
  const start = from === undefined ? 0 : from < 0 ? Math.max(0, from + all.length) : from
  const part = all.slice(start, to).join('')
  const at = last ? part.lastIndexOf(textArgument(given, 0, 'sub')) : part.indexOf(textArgument(given, 0, 'sub'))
  return at < 0 ? -1 : start + sizeOf(part.slice(0, at))!
}

/** Whether a text begins (or ends) with a text, or with one of a tuple of them. */
function has(given: Given, test: (part: string) => boolean): boolean {
  const parts = given.args[0]
  if (parts instanceof Tuple) return parts.items.some((part) => typeof part === 'string' && test(part))
  return test(textArgument(given, 0, 'prefix'))
}

/** Replaces the first `most` places, all where it is below 0. */
export function replacedIn(text: string, from: string, to: string, most: number): string {
  const parts = from === '' ? ['', ...text, ''] : text.split(from)
  const times = most < 0 ? parts.length - 1 : Math.min(most, parts.length - 1)
  checkSize(text.length + times * to.length, 'replace')
  return (
    parts.slice(0, times + 1).join(to) +
    parts
      .slice(times + 1)
      .map((part) => from + part)
      .join('')
  )
}

const every = (text: string, pattern: RegExp): boolean => text !== '' && [...text].every((character) => pattern.test(character))
const partition = (text: string, at: number, separator: string, missing: readonly string[]): Tuple =>
  new Tuple(at < 0 ? missing : [text.slice(0, at), separator, text.slice(at + separator.length)])

/** A text in the middle, at the start or the end of a wider one. */
export function laid(text: string, width: number, fill: string, side: 'left' | 'right' | 'center'): string {
  checkSize(width, 'a width')
  const missing = Math.max(0, width - sizeOf(text)!)
  const left = side === 'left' ? 0 : side === 'right' ? missing : (missing >> 1) + (missing & width & 1)
  return fill.repeat(left) + text + fill.repeat(missing - left)
}

const textMethods: Readonly<Record<string, Method<string>>> = {
  upper: (self) => self.toUpperCase(),
  lower: (self) => self.toLowerCase(),
  casefold: (self) => self.toLowerCase().replaceAll('ß', 'ss'),
  title: titled,
  capitalize: capitalized,
  swapcase: (self) => [...self].map((one) => (one === one.toUpperCase() ? one.toLowerCase() : one.toUpperCase())).join(''),
  strip: (self, given) => stripped(self, argument(given, 0, 'chars'), 'both'),
  lstrip: (self, given) => stripped(self, argument(given, 0, 'chars'), 'start'),
  rstrip: (self, given) => stripped(self, argument(given, 0, 'chars'), 'end'),
  split: (self, given) => split(self, argument(given, 0, 'sep'), intArgument(given, 1, 'maxsplit', -1), false),
  rsplit: (self, given) => split(self, argument(given, 0, 'sep'), intArgument(given, 1, 'maxsplit', -1), true),
  splitlines(self, given) {
    const lines = self.split(lineEnd)
    if (lines.at(-1) === '') lines.pop()
    if (!truthy(argument(given, 0, 'keepends') ?? false)) return lines
    const ends = [...self.matchAll(new RegExp(lineEnd, 'g'))]
    return lines.map((line, i) => line + (ends[i]?.[0] ?? ''))
  },
  startswith: (self, given) => has(given, (part) => self.startsWith(part)),
  endswith: (self, given) => has(given, (part) => self.endsWith(part)),
  removeprefix: (self, given) =>
    self.startsWith(textArgument(given, 0, 'prefix')) ? self.slice(textArgument(given, 0, 'prefix').length) : self,
  removesuffix(self, given) {
    const suffix = textArgument(given, 0, 'suffix')
    return suffix !== '' && self.endsWith(suffix) ? self.slice(0, -suffix.length) : self
  },
  replace: (self, given) =>
    replacedIn(self, textArgument(given, 0, 'old'), textArgument(given, 1, 'new'), intArgument(given, 2, 'count', -1)),
  find: (self, given) => found(self, given, false),
  rfind: (self, given) => found(self, given, true),
  index(self, given) {
    const at = found(self, given, false)
    if (at < 0) throw new TemplateError('substring not found')
    return at
  },
  count: (self, given) => (textArgument(given, 0, 'sub') === '' ? sizeOf(self)! + 1 : self.split(textArgument(given, 0, 'sub')).length - 1),
  join(self, given) {
    const parts = Array.from(iterate(given.args[0] ?? null), (part, i) => {
      if (typeof part !== 'string') throw new TemplateError(`sequence item ${i}: expected str instance, ${typeName(part)} found`)
      return part
    })
    checkSize(
      parts.reduce((sum, part) => sum + part.length + self.length, 0),
      'join',
    )
    return parts.join(self)
  },
  format: (self, { args, named }) => braces(self, args, named, lookUp),
  partition: (self, given) => partition(self, self.indexOf(textArgument(given, 0, 'sep')), textArgument(given, 0, 'sep'), [self, '', '']),
  rpartition: (self, given) =>
    partition(self, self.lastIndexOf(textArgument(given, 0, 'sep')), textArgument(given, 0, 'sep'), ['', '', self]),
  center: (self, given) => laid(self, intArgument(given, 0, 'width'), textArgument(given, 1, 'fillchar', ' '), 'center'),
  ljust: (self, given) => laid(self, intArgument(given, 0, 'width'), textArgument(given, 1, 'fillchar', ' '), 'left'),
  rjust: (self, given) => laid(self, intArgument(given, 0, 'width'), textArgument(given, 1, 'fillchar', ' '), 'right'),
  zfill: (self, given) =>
    self.replace(/^[-+]?/, (sign) => sign + '0'.repeat(Math.max(0, Math.min(intArgument(given, 0, 'width'), 1000) - sizeOf(self)!))),
  isdigit: (self) => every(self, /[\p{Nd}²³¹⁰-⁹₀-₉]/u),
  isdecimal: (self) => every(self, /\p{Nd}/u),
  isnumeric: (self) => every(self, /\p{N}/u),
  isalpha: (self) => every(self, /\p{L}/u),
  isalnum: (self) => every(self, /[\p{L}\p{N}]/u),
  isspace: (self) => every(self, blanks),
  isascii: (self) => [...self].every((character) => character <= '\x7f'),
  isupper: (self) => cased.test(self) && self === self.toUpperCase(),
  islower: (self) => cased.test(self) && self === self.toLowerCase(),
  istitle: (self) => cased.test(self) && self === titled(self),
}

const dictMethods: Readonly<Record<string, Method<Dict>>> = {
  get: (self, given) => self.get(given.args[0] ?? null) ?? argument(given, 1, 'default') ?? null,
  items: (self) =>
    new View(
      'dict_items',
      self.entries().map((entry) => new Tuple(entry)),
    ),
  keys: (self) => new View('dict_keys', self.keys()),
  values: (self) => new View('dict_values', self.values()),
  copy: (self) => new Dict(self.entries()),
}

const listMethods: Readonly<Record<string, Method<readonly Value[]>>> = {
  index(self, given) {
    const at = self.findIndex((item) => equal(item, given.args[0] ?? null))
    if (at < 0) throw new TemplateError('value is not in list')
    return at
  },
  count: (self, given) => self.filter((item) => equal(item, given.args[0] ?? null)).length,
  copy: (self) => [...self],
}

/** methods that would change a value, which templates may not */
const changing: Readonly<Record<string, readonly string[]>> = {
  list: ['append', 'clear', 'extend', 'insert', 'pop', 'remove', 'reverse', 'sort'],
  dict: ['clear', 'pop', 'popitem', 'setdefault', 'update'],
}

/** A method of a value, ready to be called; undefined where there is none. Throws TemplateError for one that would change the value. */
export function methodOf(value: Value, name: string): ((given: Given) => Value) | undefined {
  const own = <T>(table: Readonly<Record<string, Method<T>>>, self: T): ((given: Given) => Value) | undefined =>
    Object.hasOwn(table, name) ? (given) => table[name]!(self, given) : undefined
  if (changing[typeName(value)]?.includes(name))
    return () => {
      throw new TemplateError(
        `access to attribute '${name}' of '${typeName(value)}' object is unsafe: a template changes nothing it was given`,
      )
    }
  if (typeof value === 'string') return own(textMethods, value)
  if (value instanceof Dict) return own(dictMethods, value)
  if (isList(value)) return own(listMethods, value)
  return value instanceof Tuple ? own({ index: listMethods.index!, count: listMethods.count! }, value.items) : undefined
}

/** What stands in a value under a key, for places such as `{0[name]}`. */
function lookUp(value: Value, key: string): Value {
  const at = /^\d+$/.test(key) ? itemsOf(value)?.[Number(key)] : undefined
  const item = at ?? (value instanceof Dict ? value.get(key) : undefined)
  if (item === undefined) throw new TemplateError(`format: '${typeName(value)}' has no '${key}'`)
  return item
}
