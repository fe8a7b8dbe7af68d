/** Which weights move how: an optimizer's groups applied to a model. */
import { requireNamed, selector } from '../nn/module/select.js'
import type { Param } from '../nn/param.js'
import { HebbError } from '../tensor/errors.js'
import type { Hyper, Optimizer, ParamGroup } from './optimizer.js'
import { type Memory, memoriesOf } from './schedules/schedule.js'

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
export const noDecay: ParamGroup = { match: (_, { shape }) => shape.length < 2, hyper: { weightDecay: 0 } }

/** Splits weights, by path, among an optimizer and its groups; every weight is in exactly one part. Parts are in the order of their first weight. */
export function partition(optimizer: Optimizer, weights: Iterable<readonly [path: string, param: Param]>): Part[] {
  const parts = new Map<string, { optimizer: Optimizer; hyper: Readonly<Record<string, Hyper>>; weights: number[] }>()
  const placed = placing(optimizer)
  let i = 0
  for (const [path, param] of weights) {
    const { key, ...rest } = placed(path, param, {}, '')
    const part = parts.get(key)
    if (part) part.weights.push(i)
    else parts.set(key, { ...rest, weights: [i] })
    i++
  }
  return [...parts.values()].map((part) => ({ ...part, carry: { ...part.optimizer.carry } }))
}

type Place = (
  path: string,
  param: Param,
  overrides: Readonly<Record<string, Hyper>>,
  key: string,
) => { optimizer: Optimizer; hyper: Readonly<Record<string, Hyper>>; key: string }

/** Follows groups down to the optimizer that has a weight; the key names the way taken. */
function placing(optimizer: Optimizer): Place {
  const groups = optimizer.groups.map((group) => ({
    ...group,
    has: selector(`${optimizer.name}: match`, group.match),
    inner: group.optimizer && placing(group.optimizer),
  }))
  return (path, param, overrides, key) => {
    const found = groups.findIndex(({ has }) => has(path, param))
    const group = groups[found]
    const here = `${key}/${found}`
    if (group?.inner) return group.inner(path, param, { ...group.hyper, ...overrides }, here)
    return { optimizer, hyper: { ...optimizer.hyper, ...group?.hyper, ...overrides }, key: here }
  }
}

/** Throws HebbError where a group is for a path that none of these weights has. */
export function requireGroups(optimizer: Optimizer, paths: readonly string[]): void {
  for (const { match, optimizer: inner } of optimizer.groups) {
    requireNamed(`${optimizer.name}: match`, match, paths)
    if (inner) requireGroups(inner, paths)
  }
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
