/** What an optimizer is: how weights and its own state follow from gradients, as a graph and, where it pays, as one fused kernel. */
import type { Kernels } from '../kernels/kernels.js'
import { type Select, selector } from '../nn/module/select.js'
import { HebbError } from '../tensor/errors.js'
import { defined, kindOf, meant } from '../tensor/options.js'
import type { Tensor } from '../tensor/tensor.js'
import type { Schedule } from './schedules/schedule.js'

/** A hyperparameter: a number, or a number per step. */
export type Hyper = number | Schedule

/** Some of the weights, and what is different for them. */
export interface ParamGroup {
  /** which weights belong here: a path such as `'encoder'`, a RegExp, or `(path, param) => …`; the first group that means a weight has it */
  readonly match: Select
  /** hyperparameters that differ */
  readonly hyper?: Readonly<Record<string, Hyper>> | undefined
  /** another optimizer for these weights, with its own groups */
  readonly optimizer?: Optimizer | undefined
}

/** Where a kernel finds one run of weights: byte offsets into the memory of the kernels, and how many numbers. */
export interface Slices {
  readonly weight: number
  readonly grad: number
  readonly state: Readonly<Record<string, number>>
  readonly length: number
}

/** What an update gives back: the new weight and the new state. */
export interface Updated {
  readonly weight: Tensor
  readonly state: Record<string, Tensor>
}

/** How weights move. Made by the factories of this room (`sgd`, `adam`, …) or by `defineOptimizer`; holds no weights and no state. */
export interface Optimizer {
  readonly name: string
  /** lr, beta1, …: defaults and what the user gave. All may change from step to step without a new program */
  readonly hyper: Readonly<Record<string, Hyper>>
  /** settings that change what is computed, such as nesterov; fixed for a run */
  readonly flags: Readonly<Record<string, boolean | string>>
  /** arrays kept per weight, with their first value: `{ m: 0, v: 0 }` */
  readonly state: Readonly<Record<string, number>>
  /** numbers kept per part of the model, with their first value, such as NAdam's product of momenta; saved with the run */
  readonly carry: Readonly<Record<string, number>>
  /** 'element': any cut of the weights will do; 'tensor': each weight needs its own shape (Muon) */
  readonly granularity: 'element' | 'tensor'
  /** exceptions; the first that matches a weight has it */
  readonly groups: readonly ParamGroup[]
  /** The numbers of one step (`step` counts from 1), computed in f64 from this step's hyperparameters. Called once a step; may change `carry`. */
  scalars(step: number, hyper: Readonly<Record<string, number>>, carry: Record<string, number>): Record<string, number>
  /** The graph form: w, g and states are tensors of one shape, h the numbers of `scalars` as 0-d tensors. */
  update(w: Tensor, g: Tensor, state: Readonly<Record<string, Tensor>>, h: Readonly<Record<string, Tensor>>): Updated
  /** The fused form, in place on memory; without it the graph form runs. */
  kernel?(k: Kernels, at: Slices, h: Readonly<Record<string, number>>): void
  /** Throws HebbError unless these values of hyperparameters make sense, at this step if one is given; what a schedule gives is checked at every step. */
  check(hyper: Readonly<Record<string, number>>, step?: number): void
}

/** Options every optimizer has besides its hyperparameters. */
export interface GroupOptions {
  /** weights that are treated differently; the first group that matches a weight has it */
  groups?: readonly ParamGroup[] | undefined
}

/** What `defineOptimizer` needs to know. H names hyperparameters, S states, C the scalars of a step. */
export interface OptimizerSpec<H extends string, S extends string, C extends string> {
  name: string
  /** every hyperparameter with its default */
  hyper: Readonly<Record<H, Hyper>>
  /** what the user gave: hyperparameters by name, and groups */
  options?: ({ readonly [K in NoInfer<H>]?: Hyper | undefined } & { readonly groups?: readonly ParamGroup[] | undefined }) | undefined
  /** [least, most) of a hyperparameter. Default [0, ∞) */
  ranges?: { readonly [K in NoInfer<H>]?: readonly [least: number, below: number] } | undefined
  flags?: Readonly<Record<string, boolean | string>> | undefined
  /** arrays per weight with their first value. Default none */
  state?: Readonly<Record<S, number>> | undefined
  carry?: Readonly<Record<string, number>> | undefined
  granularity?: 'element' | 'tensor' | undefined
  /** default: the hyperparameters themselves */
  scalars?(step: number, hyper: Readonly<Record<NoInfer<H>, number>>, carry: Record<string, number>): Record<C, number>
  update(
    w: Tensor,
    g: Tensor,
    state: Readonly<Record<NoInfer<S>, Tensor>>,
    h: Readonly<Record<NoInfer<C>, Tensor>>,
  ): { weight: Tensor; state?: Record<NoInfer<S>, Tensor> | undefined }
  kernel?(k: Kernels, at: Slices & { readonly state: Readonly<Record<NoInfer<S>, number>> }, h: Readonly<Record<NoInfer<C>, number>>): void
}

/** The options of an optimizer. Throws HebbError where they are none, such as a bare rate. */
export function optionsOf<T>(name: string, options: T): T {
  if (typeof options === 'object' && options !== null) return options
  throw new HebbError(
    `${name}: the options are ${kindOf(options)}: give an object, ${name}({ lr: ${typeof options === 'number' ? options : 1e-3} })`,
  )
}

/**
 * An optimizer from its update rule. Throws HebbError when a hyperparameter is unknown or out of range.
 *
 * @example
 * const signum = (options: { lr?: number } = {}) =>
 *   defineOptimizer({
 *     name: 'signum', hyper: { lr: 0.01, beta: 0.9 }, options, state: { m: 0 },
 *     update: (w, g, { m }, { lr, beta }) => {
 *       const next = m.mul(beta).add(g.mul(sub(1, beta)))
 *       return { weight: w.sub(next.sign().mul(lr)), state: { m: next } }
 *     },
 *   })
 */
export function defineOptimizer<H extends string, S extends string = never, C extends string = H>(spec: OptimizerSpec<H, S, C>): Optimizer {
  const { name, update, kernel } = spec
  const { groups = [], ...given } = optionsOf<NonNullable<typeof spec.options>>(name, spec.options ?? {})
  const hyper: Record<string, Hyper> = { ...spec.hyper }
  const ranges: Readonly<Record<string, readonly [number, number] | undefined>> = spec.ranges ?? {}
  for (const [key, value] of Object.entries<Hyper | undefined>(given)) {
    if (value === undefined) continue
    requireKnown(name, hyper, key, [...Object.keys(spec.flags ?? {}), 'groups'])
    hyper[key] = value
  }

  const check = (values: Readonly<Record<string, number>>, step?: number): void => {
    for (const [key, value] of Object.entries(values)) {
      requireKnown(name, hyper, key)
      const [least, below] = ranges[key] ?? [0, Number.POSITIVE_INFINITY]
      if (!(value >= least && value < below))
        throw new HebbError(
          `${name}: ${key} is ${value}${step === undefined ? '' : ` at step ${step}`}: give a number of at least ${least}${Number.isFinite(below) ? ` and below ${below}` : ''}`,
        )
    }
  }
  const numbers = (all: Readonly<Record<string, Hyper>>): Record<string, number> =>
    Object.fromEntries(Object.entries(all).filter((entry): entry is [string, number] => typeof entry[1] === 'number'))
  check(numbers(hyper))
  for (const { match, hyper: values = {}, optimizer } of groups) {
    selector(`${name}: match`, match)
    for (const key of Object.keys(values)) requireKnown(optimizer?.name ?? name, optimizer?.hyper ?? hyper, key)
    ;(optimizer?.check ?? check)(numbers(values))
  }

  return {
    name,
    hyper,
    flags: spec.flags ?? {},
    state: spec.state ?? {},
    carry: spec.carry ?? {},
    granularity: spec.granularity ?? 'element',
    groups,
    scalars: spec.scalars ?? ((_, values) => ({ ...values })),
    update(w, g, state, h) {
      const next = update(w, g, state, h)
      return { weight: next.weight, state: next.state ?? {} }
    },
    ...defined({ kernel }),
    check,
  }
}

function requireKnown(name: string, hyper: Readonly<Record<string, Hyper>>, key: string, others: readonly string[] = []): void {
  const known = Object.keys(hyper)
  if (known.includes(key)) return
  throw new HebbError(`${name} has no hyperparameter ${key}: ${meant(key, [...known, ...others])}it has ${known.join(', ')}`)
}

/** Throws HebbError, with the cure, unless `value` is an optimizer: from plain JavaScript it may be missing, or a factory that was not called. */
export function requireOptimizer(where: string, value: unknown): asserts value is Optimizer {
  const cure = 'give one such as adam({ lr: 1e-3 })'
  if (value === undefined || value === null) throw new HebbError(`${where}: there is no optimizer: ${cure}`)
  if (typeof value === 'function')
    throw new HebbError(
      `${where}: the optimizer is a function${value.name ? `, ${value.name}` : ''}: call it, ${value.name || 'adam'}({ lr: 1e-3 })`,
    )
  if (typeof value !== 'object' || typeof (value as Partial<Optimizer>).update !== 'function')
    throw new HebbError(`${where}: the optimizer is ${typeof value === 'object' ? 'an object without an update' : kindOf(value)}: ${cure}`)
}
