/** Which weights have moved how often, as plain data. */
import { plainFields } from '../../../files/saved.js'
import type { Plain } from '../../../files/stateful.js'
import { HebbError } from '../../../tensor/errors.js'
import type { Clock, Clocks } from '../memory/clocks.js'
import type { Trainable } from '../memory/trainable.js'

type Numbers = Readonly<Record<string, number>>

/** The clocks of a step, to be saved: each with its updates and running scalars, and which of them a weight has, by its path. */
export function savedClocks(clocks: Clocks, { paths }: Trainable): Plain {
  const list = [...new Set(clocks.of)]
  return {
    list: list.map(({ updates, carry }) => ({ updates, carry })),
    of: Object.fromEntries(clocks.of.map((clock, i) => [paths[i]!, list.indexOf(clock)])),
  }
}

/** Throws HebbError where saved clocks are none. */
export function checkClocks(clocks: Plain): void {
  const { list, of } = plainFields(clocks, { list: 'list', of: 'object' }, 'clocks')
  for (const clock of list) requireNumbers('carry of a clock', plainFields(clock, { updates: 'count', carry: 'plain' }, 'a clock').carry)
  for (const [path, number] of Object.entries(of))
    if (typeof number !== 'number' || list[number] === undefined)
      throw new HebbError(`clock of ${path} is ${String(number)}, not one of ${list.length}`)
}

/** Throws HebbError unless every field of `record` is a finite number. */
export function requireNumbers(what: string, record: Plain): asserts record is Numbers {
  const names = typeof record === 'object' && record !== null ? Object.keys(record) : []
  plainFields(record, Object.fromEntries(names.map((name) => [name, 'finite'] as const)), what)
}

/**
 * One clock for each weight as they were saved. A state of before clocks were kept has null for them: every weight has moved in each of `step`
 * updates then, and `carry` holds the running scalars of each part.
 */
export function clocksFrom(trained: Trainable, clocks: Plain, step: number, carry: readonly Plain[]): Clock[] {
  const { paths, parts } = trained
  const saved = clocks as { readonly list: readonly { readonly updates: number; readonly carry: Numbers }[]; readonly of: Numbers } | null
  const made = new Map<string, Clock>()
  return [...trained.members()].map(({ weight, part }) => {
    const at = parts.indexOf(part)
    const number = saved?.of[paths[weight]!]
    const key = `${at} ${number}`
    const from = number === undefined ? { updates: step, carry: carry[at] as Numbers } : saved!.list[number]!
    const clock = made.get(key) ?? { part, updates: from.updates, carry: { ...part.optimizer.carry, ...from.carry } }
    made.set(key, clock)
    return clock
  })
}
