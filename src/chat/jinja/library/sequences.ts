/** Filters that go through sequences. */
import { Group, item } from '../values/access.js'
import { argument, type Given, intArgument, textArgument } from '../values/methods.js'
import { binary, checkSize, compare, equal, itemsOf } from '../values/operate.js'
import { text } from '../values/print.js'
import {
  Dict,
  defined,
  Generator,
  hashOf,
  isInt,
  iterate,
  TemplateError,
  Tuple,
  truthy,
  Undefined,
  type Value,
  View,
} from '../values/values.js'
import type { Filter } from './filters.js'
import { passes } from './tests.js'

const flag = (given: Given, at: number, name: string): boolean => truthy(argument(given, at, name) ?? false)

/** What stands at a path such as `function.name` or `0`; a fallback where that is not there. */
function path(attribute: Value, fallback?: Value): (value: Value) => Value {
  const steps: Value[] = isInt(attribute)
    ? [attribute]
    : text(attribute)
        .split('.')
        .map((part) => (/^\d+$/.test(part) ? Number(part) : part))
  return (value) => {
    let at = value
    for (const step of steps) {
      at = item(at, step)
      if (at instanceof Undefined && fallback !== undefined) at = fallback
    }
    return at
  }
}

/** What items are ordered and told apart by: themselves or a path, texts in small letters unless case counts. */
function keyOf(given: Given, attribute: Value | undefined, caseAt: number): (value: Value) => Value {
  const cased = flag(given, caseAt, 'case_sensitive')
  const at = attribute === undefined || attribute === null ? (value: Value) => value : path(attribute)
  return (value) => {
    const key = at(value)
    return !cased && typeof key === 'string' ? key.toLowerCase() : key
  }
}

/** Items in order; those that are equal keep theirs. */
function sorted(items: readonly Value[], keys: readonly ((value: Value) => Value)[], reverse: boolean): Value[] {
  const sign = reverse ? -1 : 1
  const withKeys = items.map((value) => ({ value, by: keys.map((key) => key(value)) }))
  withKeys.sort((a, b) => {
    for (let i = 0; i < keys.length; i++) if (!equal(a.by[i]!, b.by[i]!)) return sign * compare('<', a.by[i]!, b.by[i]!)
    return 0
  })
  return withKeys.map(({ value }) => value)
}

/** The test that `select` and its kin apply: to items, or with `attributes` to what stands at a path in each. */
function tester({ args }: Given, attributes: boolean): (value: Value) => boolean {
  const [at, rest] = attributes ? [path(args[0] ?? ''), args.slice(1)] : [(value: Value) => value, args]
  const [name, ...more] = rest
  return (value) => (name === undefined ? truthy(at(value)) : passes(text(name), at(value), more))
}

const chosen =
  (attributes: boolean, keep: boolean): Filter =>
  (value, given) => {
    const test = tester(given, attributes)
    return new Generator([...iterate(value)].filter((one) => test(one) === keep))
  }

function extreme(value: Value, given: Given, sign: number): Value {
  const key = keyOf(given, argument(given, 1, 'attribute'), 0)
  let best: Value | undefined
  for (const one of iterate(value)) if (best === undefined || sign * compare('<', key(one), key(best)) < 0) best = one
  return best === undefined ? new Undefined('No aggregated item, sequence was empty.') : best
}

function batches(value: Value, given: Given): Value {
  const [size, fill] = [intArgument(given, 0, 'linecount'), argument(given, 1, 'fill_with') ?? null]
  const out: Value[][] = []
  if (size < 1) throw new TemplateError(`batch: rows of ${size} cannot be made`)
  for (const one of iterate(value)) {
    if (out.length === 0 || out.at(-1)!.length === size) out.push([])
    out.at(-1)!.push(one)
  }
  checkSize(size, 'batch')
  if (fill !== null) while (out.length > 0 && out.at(-1)!.length < size) out.at(-1)!.push(fill)
  return new Generator(out)
}

function slices(value: Value, given: Given): Value {
  const [count, fill] = [intArgument(given, 0, 'slices'), argument(given, 1, 'fill_with') ?? null]
  const items = [...iterate(value)]
  if (count < 1) throw new TemplateError(`slice: ${count} columns cannot be made`)
  checkSize(count, 'slice')
  const [size, longer] = [Math.floor(items.length / count), items.length % count]
  let at = 0
  return new Generator(
    Array.from({ length: count }, (_, i) => {
      const column = items.slice(at, at + size + (i < longer ? 1 : 0))
      at += column.length
      return fill !== null && i >= longer && longer > 0 ? [...column, fill] : column
    }),
  )
}

/** filters of sequences; `apply` is how `map` reaches filters by name */
export const sequences = (apply: (name: string, value: Value, given: Given) => Value): Readonly<Record<string, Filter>> => ({
  batch: batches,
  slice: slices,
  dictsort(value, given) {
    if (!(value instanceof Dict)) throw new TemplateError('dictsort: a dictionary is needed')
    const by = textArgument(given, 1, 'by', 'key')
    if (by !== 'key' && by !== 'value') throw new TemplateError('You can only sort by either "key" or "value"')
    const key = keyOf(given, by === 'key' ? 0 : 1, 0)
    return sorted(
      value.entries().map((entry) => new Tuple(entry)),
      [key],
      flag(given, 2, 'reverse'),
    )
  },
  first(value) {
    for (const one of iterate(value)) return one
    return new Undefined('No first item, sequence was empty.')
  },
  last(value) {
    if (value instanceof Generator) throw new TemplateError("'generator' object is not reversible")
    const last = [...iterate(value)].at(-1)
    return last === undefined ? new Undefined('No last item, sequence was empty.') : last
  },
  groupby(value, given) {
    const at = path(argument(given, 0, 'attribute') ?? '', argument(given, 1, 'default'))
    const cased = flag(given, 2, 'case_sensitive')
    const key = (one: Value): Value => {
      const found = at(one)
      return !cased && typeof found === 'string' ? found.toLowerCase() : found
    }
    const groups: [Value, Value[]][] = []
    for (const one of sorted([...iterate(value)], [key], false)) {
      const last = groups.at(-1)
      if (last && equal(key(last[1][0]!), key(one))) last[1].push(one)
      else groups.push([at(one), [one]])
    }
    return groups.map((group) => new Group(group))
  },
  join(value, given) {
    const [by, attribute] = [text(argument(given, 0, 'd') ?? ''), argument(given, 1, 'attribute') ?? null]
    const at = attribute === null ? (one: Value) => one : path(attribute)
    const parts = Array.from(iterate(value), (one) => text(at(one)))
    checkSize(
      parts.reduce((sum, part) => sum + part.length + by.length, 0),
      'join',
    )
    return parts.join(by)
  },
  list: (value) => [...iterate(value)],
  map(value, given) {
    const attribute = given.named.get('attribute')
    if (attribute !== undefined) return new Generator(Array.from(iterate(value), path(attribute, given.named.get('default'))))
    const [name, ...args] = given.args
    if (name === undefined) throw new TemplateError('map requires a filter argument')
    return new Generator(Array.from(iterate(value), (one) => apply(text(name), one, { args, named: given.named })))
  },
  min: (value, given) => extreme(value, given, 1),
  max: (value, given) => extreme(value, given, -1),
  select: chosen(false, true),
  reject: chosen(false, false),
  selectattr: chosen(true, true),
  rejectattr: chosen(true, false),
  reverse(value) {
    if (typeof value === 'string') return [...value].reverse().join('')
    const items = itemsOf(value) ?? (value instanceof Dict ? value.keys() : value instanceof View ? value.items : [...iterate(value)])
    return new Generator([...items].reverse())
  },
  sort(value, given) {
    const attribute = argument(given, 2, 'attribute') ?? null
    const paths = typeof attribute === 'string' ? attribute.split(',') : [attribute ?? undefined]
    return sorted(
      [...iterate(value)],
      paths.map((one) => keyOf(given, one, 1)),
      flag(given, 0, 'reverse'),
    )
  },
  sum(value, given) {
    const attribute = argument(given, 0, 'attribute') ?? null
    const at = attribute === null ? (one: Value) => one : path(attribute)
    let sum: Value = argument(given, 1, 'start') ?? 0
    for (const one of iterate(value)) sum = binary('+', sum, at(one))
    return sum
  },
  unique(value, given) {
    const key = keyOf(given, argument(given, 1, 'attribute'), 0)
    const seen = new Set<string>()
    return new Generator(
      [...iterate(defined(value))].filter((one) => {
        const name = hashOf(key(one))
        return !seen.has(name) && seen.add(name)
      }),
    )
  },
})
