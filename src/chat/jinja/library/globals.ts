/** Names every template knows. */
import { argument, textArgument } from '../values/methods.js'
import { text } from '../values/print.js'
import { Attributes, Callee, Dict, int, isInt, iterate, Namespace, TemplateError, type Value } from '../values/values.js'
import { strftime } from './strftime.js'

/** numbers that `range` gives at most */
const mostNumbers = 100_000

function range(args: readonly Value[]): Value {
  const given = args.map((value) => {
    if (!isInt(value)) throw new TemplateError('range takes whole numbers')
    return Number(value)
  })
  const [start, stop, step = 1] = given.length === 1 ? [0, given[0]!] : given
  if (start === undefined || stop === undefined || step === 0)
    throw new TemplateError('range takes one to three whole numbers, the third of them not 0')
  const length = Math.max(0, Math.ceil((stop - start) / step))
  if (length > mostNumbers) throw new TemplateError(`Range too big. The sandbox blocks ranges larger than MAX_RANGE (${mostNumbers}).`)
  return Array.from({ length }, (_, i) => int(start + i * step))
}

/** Entries of a dictionary from pairs, from another one, and by name. */
function entriesOf(args: readonly Value[], named: ReadonlyMap<string, Value>): [Value, Value][] {
  const first = args[0]
  const pairs =
    first === undefined
      ? []
      : first instanceof Dict
        ? first.entries()
        : Array.from(iterate(first), (pair) => [...iterate(pair)] as [Value, Value])
  return [...pairs, ...named]
}

/** `cycler(…)`: its items again and again. */
function cycler(items: readonly Value[]): Value {
  let at = 0
  const next = (): Value => items[at++ % items.length]!
  if (items.length === 0) throw new TemplateError('at least one item has to be provided')
  const reset = (): Value => {
    at = 0
    return null
  }
  return new Attributes('Cycler', (name) =>
    name === 'next'
      ? new Callee(name, next)
      : name === 'current'
        ? items[at % items.length]!
        : name === 'reset'
          ? new Callee(name, reset)
          : undefined,
  )
}

/** `joiner(by)`: nothing the first time it is called, then what it is given. */
function joiner(by: string): Value {
  let used = false
  return new Callee('joiner', () => {
    if (used) return by
    used = true
    return ''
  })
}

/** The names; `now` is what `strftime_now` tells. */
export function globals(now: () => Date): ReadonlyMap<string, Value> {
  const table: Readonly<Record<string, Callee['call']>> = {
    range,
    dict: (args, named) => new Dict(entriesOf(args, named)),
    namespace: (args, named) => new Namespace(new Map(entriesOf(args, named).map(([key, value]) => [text(key), value]))),
    cycler: (args) => cycler(args),
    joiner: (args, named) => joiner(textArgument({ args, named }, 0, 'sep', ', ')),
    raise_exception(args, named) {
      throw new TemplateError(text(argument({ args, named }, 0, 'message') ?? null))
    },
    strftime_now: (args, named) => strftime(now(), textArgument({ args, named }, 0, 'format')),
  }
  return new Map(Object.entries(table).map(([name, call]) => [name, new Callee(name, call)]))
}
