/** Which weights move how: an optimizer's groups applied to a model. */
import { HebbError } from '../tensor/errors.js'
import type { Hyper, Optimizer, ParamGroup } from './optimizer.js'
import { type Memory, memoriesOf } from './schedules/schedule.js'

/** A weight as groups see it. */
export interface WeightInfo {
  /** its path in the model: `encoder.0.bias` */
  readonly path: string
  readonly shape: readonly number[]
}

/** The weights that share an optimizer and its hyperparameters. */
export interface Part {
  readonly optimizer: Optimizer
  readonly hyper: Readonly<Record<string, Hyper>>
  /** indices into the weights, in order */
  readonly weights: readonly number[]
  /** running scalars, changed by `scalarsAt`; to be saved with the run */
  readonly carry: Record<string, number>
}

/** The group for weights of fewer than two axes (biases, norms), which are usually not decayed. */
export const noDecay: ParamGroup = { match: (_, shape) => shape.length < 2, hyper: { weightDecay: 0 } }

/** Splits weights among an optimizer and its groups; every weight is in exactly one part. Parts are in the order of their first weight. */
export function partition(optimizer: Optimizer, weights: readonly WeightInfo[]): Part[] {
  const parts = new Map<string, { optimizer: Optimizer; hyper: Readonly<Record<string, Hyper>>; weights: number[] }>()
  weights.forEach((weight, i) => {
    const { key, ...rest } = place(optimizer, weight, {}, '')
    const part = parts.get(key)
    if (part) part.weights.push(i)
    else parts.set(key, { ...rest, weights: [i] })
  })
  return [...parts.values()].map((part) => ({ ...part, carry: { ...part.optimizer.carry } }))
}

/** Follows groups down to the optimizer that has the weight; the key names the way taken. */
function place(
  optimizer: Optimizer,
  weight: WeightInfo,
  overrides: Readonly<Record<string, Hyper>>,
  key: string,
): { optimizer: Optimizer; hyper: Readonly<Record<string, Hyper>>; key: string } {
  const found = optimizer.groups.findIndex((group) => group.match(weight.path, weight.shape))
  const group = optimizer.groups[found]
  const here = `${key}/${found}`
  if (group?.optimizer) return place(group.optimizer, weight, { ...group.hyper, ...overrides }, here)
  return { optimizer, hyper: { ...optimizer.hyper, ...group?.hyper, ...overrides }, key: here }
}

/**
 * The scalars of one step of a part: schedules evaluated, checked, and turned into what update and kernel take. To be called once for each
 * step, counted from 1, as it moves `carry` on;
 * `values` are the hyperparameters where `hyperAt` was asked already. Throws HebbError when a schedule gives a number that is out of range.
 */
export function scalarsAt(
  part: Pick<Part, 'optimizer' | 'hyper' | 'carry'>,
  step: number,
  values?: Readonly<Record<string, number>>,
): Record<string, number> {
  const { optimizer, hyper, carry } = part
  if (!Number.isInteger(step) || step < 1) throw new HebbError(`${optimizer.name}: step ${step}: steps count from 1`)
  return optimizer.scalars(step, values ?? hyperAt(optimizer, hyper, step), carry)
}

/** The memories of the schedules of a part after `updates` updates, by hyperparameter: `lr`, or `lr.1` for a second one behind the same schedule. */
export function memoriesIn({ hyper }: Pick<Part, 'hyper'>, updates: number): [string, Memory][] {
  return Object.entries(hyper).flatMap(([name, value]) =>
    typeof value === 'function'
      ? memoriesOf(value, updates).map((memory, i): [string, Memory] => [i === 0 ? name : `${name}.${i}`, memory])
      : [],
  )
}

/** The hyperparameters of one step (counted from 1), schedules evaluated and checked. */
export function hyperAt(optimizer: Optimizer, hyper: Readonly<Record<string, Hyper>>, step: number): Record<string, number> {
  const now: Record<string, number> = {}
  let scheduled = false
  // asked for at every step: no list of entries for it
  for (const name in hyper) {
    const value = hyper[name]!
    scheduled ||= typeof value === 'function'
    now[name] = typeof value === 'function' ? value(step - 1) : value
  }
  if (scheduled) optimizer.check(now, step)
  return now
}
