/** Which weights have moved how often, as a checkpoint says it. */
import type { Clock, Clocks } from '../memory/clocks.js'
import type { Trainable } from '../memory/trainable.js'

/** The clocks of a run, in words. */
export interface SavedClocks {
  /** updates and running scalars */
  readonly list: readonly { readonly updates: number; readonly carry: Readonly<Record<string, number>> }[]
  /** which of them a weight has, by its path */
  readonly of: Readonly<Record<string, number>>
}

/** The clocks to be saved. */
export function savedClocks(clocks: Clocks, { paths }: Trainable): SavedClocks {
  const list = [...new Set(clocks.of)]
  return {
    list: list.map(({ updates, carry }) => ({ updates, carry })),
    of: Object.fromEntries(clocks.of.map((clock, i) => [paths[i]!, list.indexOf(clock)])),
  }
}

/** One clock for each weight as they were saved; without saved ones every weight has moved in each of `step` updates. */
export function clocksFrom(
  trained: Trainable,
  {
    clocks,
    step,
    carry,
  }: { readonly clocks?: SavedClocks; readonly step: number; readonly carry: readonly Readonly<Record<string, number>>[] },
): Clock[] {
  const { paths, parts } = trained
  const made = new Map<string, Clock>()
  return [...trained.members()].map(({ weight, part }) => {
    const at = parts.indexOf(part)
    const number = clocks?.of[paths[weight]!]
    const key = `${at} ${number}`
    const saved = number === undefined ? { updates: step, carry: carry[at]! } : clocks!.list[number]!
    const clock = made.get(key) ?? { part, updates: saved.updates, carry: { ...part.optimizer.carry, ...saved.carry } }
    made.set(key, clock)
    return clock
  })
}
