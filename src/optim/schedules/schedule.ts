/** What a schedule is: a number per step, and how schedules follow one another. */
import { HebbError } from '../../tensor/errors.js'

/**
 * A hyperparameter as a function of the step. `t` counts updates from 0: the first update uses `schedule(0)`. Any function will do;
 * those made here also say in JSON what they are, so that a run's configuration can record them.
 */
export interface Schedule {
  (t: number): number
  toJSON?(): unknown
}

/** A schedule that can be written down. */
export const named = (kind: string, options: object, at: (t: number) => number): Schedule =>
  Object.assign((t: number) => at(t), { toJSON: () => ({ schedule: kind, ...options }) })

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
  return named('sequence', { schedules, starts }, (t) => {
    const past = starts.filter((start) => t >= start).length
    return schedules[past]!(t - (starts[past - 1] ?? 0))
  })
}

/**
 * A schedule that counts epochs: step t uses `schedule(⌊t / stepsPerEpoch⌋)`.
 *
 * @example perEpoch(stepDecay({ lr: 0.1, every: 30 }), 500)
 */
export function perEpoch(schedule: Schedule, stepsPerEpoch: number): Schedule {
  requireSteps('perEpoch', 'stepsPerEpoch', stepsPerEpoch)
  return named('perEpoch', { of: schedule, stepsPerEpoch }, (t) => schedule(Math.floor(t / stepsPerEpoch)))
}
