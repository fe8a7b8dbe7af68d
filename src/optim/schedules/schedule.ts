/** What a schedule is: a number per step, and how schedules follow one another. */
import { HebbError } from '../../tensor/errors.js'

/**
 * A hyperparameter as a function of the step. `t` counts updates from 0: the first update uses `schedule(0)`. Any function will do;
 * those made here also say in JSON what they are, so that a run's configuration can record them.
 */
export interface Schedule {
  (t: number): number
  toJSON?(): unknown
  /** what the schedule remembers, where that is more than the step: saved with a run and given back when it goes on */
  readonly memory?: Memory | undefined
  /** schedules it is made of, whose memories are saved too */
  readonly parts?: readonly Schedule[] | undefined
}

/** What a schedule remembers, as plain data. */
export interface Memory {
  save(): unknown
  /** Goes on from what `save` gave. */
  restore(saved: unknown): void
  /** Takes note of the numbers of an epoch by name, for a schedule that wants to be shown them. */
  see?(numbers: Readonly<Record<string, number>>): void
}

/** A schedule that can be written down. */
export const named = (
  kind: string,
  options: object,
  at: (t: number) => number,
  more: Pick<Schedule, 'memory' | 'parts'> = {},
): Schedule => {
  const { memory } = more
  const ask = (t: number): number => {
    if (memory) heard?.add(memory)
    return at(t)
  }
  return Object.assign(ask, { toJSON: () => ({ schedule: kind, ...options }), ...more })
}

/** memories of the schedules asked, while someone wants to know */
let heard: Set<Memory> | undefined

/** The memories behind a schedule: its own, those of its parts, and those of schedules that it asks for step `t`, as a function of the user's may. */
export function memoriesOf(schedule: Schedule, t: number): Memory[] {
  const found = new Set<Memory>()
  const enter = ({ memory, parts = [] }: Schedule): void => {
    if (memory) found.add(memory)
    parts.forEach(enter)
  }
  enter(schedule)
  noting(found, () => schedule(t))
  return [...found]
}

/** What `ask` gives; the memories of all schedules that it asks at once are noted in `asked`. */
export function noting<T>(asked: Set<Memory>, ask: () => T): T {
  const outer = heard
  heard = asked
  try {
    return ask()
  } finally {
    heard = outer
  }
}

/** Throws HebbError unless `value` is a whole number of steps, 1 or more. */
export function requireSteps(schedule: string, option: string, value: number): void {
  if (!Number.isInteger(value) || value < 1)
    throw new HebbError(`${schedule}: ${option} is ${value}: give a whole number of steps, 1 or more`)
}

/**
 * One schedule after another: `schedules[0]` up to but without step `starts[0]`, then `schedules[1]`, and so on. Each counts from its own start.
 * Throws HebbError unless there is one start fewer than schedules and they rise.
 *
 * @example sequence([linearWarmup({ lr: 0.1, from: 0.1, steps: 5 }), cosine({ lr: 0.1, steps: 95 })], [5])
 */
export function sequence(schedules: readonly Schedule[], starts: readonly number[]): Schedule {
  if (starts.length !== schedules.length - 1)
    throw new HebbError(`sequence: ${schedules.length} schedules need ${schedules.length - 1} steps to start at, not ${starts.length}`)
  starts.forEach((start, i) => {
    if (!(start > (starts[i - 1] ?? 0))) throw new HebbError(`sequence: starts [${starts.join(', ')}] must rise from above 0`)
  })
  const at = (t: number): number => {
    const past = starts.filter((start) => t >= start).length
    return schedules[past]!(t - (starts[past - 1] ?? 0))
  }
  return named('sequence', { schedules, starts }, at, { parts: schedules })
}

/**
 * A schedule that counts epochs: step t uses `schedule(⌊t / stepsPerEpoch⌋)`.
 *
 * @example perEpoch(stepDecay({ lr: 0.1, every: 30 }), 500)
 */
export function perEpoch(schedule: Schedule, stepsPerEpoch: number): Schedule {
  requireSteps('perEpoch', 'stepsPerEpoch', stepsPerEpoch)
  return named('perEpoch', { of: schedule, stepsPerEpoch }, (t) => schedule(Math.floor(t / stepsPerEpoch)), { parts: [schedule] })
}
