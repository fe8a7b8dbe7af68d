/** The adapters of a model: several by name on one base, switched, mixed, merged and taken away. */
import type { Home } from '../../graph/storage.js'
import { frozen, initialize, type Param, unfrozen } from '../../nn/index.js'
import type { Model } from '../../nn/module/layer.js'
import { walkOf } from '../../nn/module/walk.js'
import { HebbError } from '../../tensor/errors.js'
import { arrayOf, type Tensor } from '../../tensor/index.js'
import { headPath, holdsTiedTable, isTied, ownHead } from './heads.js'
import type { Adapted } from './layers/adapted.js'
import { LoraLinear } from './layers/linear.js'
import { withoutAdapters } from './layers/off.js'
import { Replaced } from './layers/replaced.js'
import type { LoraSettings } from './settings.js'
import { shareOf, type TrainableShare } from './share.js'
import { isPartOfBase } from './start/names.js'
import { type Plan, planOf } from './targets.js'
import { putAdapter, wrappersOf } from './wrappers.js'

/** What a model holds of an adapter. */
export interface Installed {
  readonly settings: LoraSettings
  readonly plan: Plan
  /** what a file said of it that means nothing here, to be written again */
  readonly kept: Readonly<Record<string, unknown>>
}

/**
 * The adapters of a model: see {@link lora}. The model holds them itself: it computes, trains and is saved with those in use.
 *
 * @example
 * const adapters = lora(model, { rank: 8, targets: 'all-linear' })
 * const reference = adapters.off(() => model.forward(ids)) // the base alone, in the same graph
 */
export class Adapters<M extends Model = Model> {
  readonly #installed = new Map<string, Installed>()
  readonly #undo: (() => void)[] = []
  /** what was trained before, to be trained again when no adapter is left */
  readonly #thawed: readonly Param[]
  #active: readonly { readonly name: string; readonly weight: number }[] = []
  /** where merged weights lived before */
  readonly #before = new Map<Param, Home>()

  /** `lora` and `loadAdapter` make it. */
  constructor(readonly model: M) {
    this.#thawed = [...walkOf(model).parameters.values()].filter((p) => !p.frozen)
    frozen(model)
  }

  /** the adapters, in the order they came */
  get names(): readonly string[] {
    return [...this.#installed.keys()]
  }
  /** those in use, and how much of each */
  get active(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#active.map(({ name, weight }) => [name, weight]))
  }
  /** whether the base's weights hold the adapters in use now */
  get merged(): boolean {
    return this.#before.size > 0
  }
  /** How many numbers are trained. */
  get share(): TrainableShare {
    return shareOf(this.model)
  }

  /** What an adapter is made by. Throws HebbError where there is none of the name. */
  of(name: string): Installed {
    const found = this.#installed.get(name)
    if (!found) throw new HebbError(`adapters: there is no '${name}', but ${this.names.map((one) => `'${one}'`).join(', ')}`)
    return found
  }

  /** Puts an adapter in and uses it alone; `lora` does. */
  add(where: string, settings: LoraSettings, kept: Readonly<Record<string, unknown>> = {}): void {
    const { name } = settings
    if (this.#installed.has(name)) throw new HebbError(`${where}: there is an adapter '${name}' already: give another name`)
    if (this.merged) throw new HebbError(`${where}: the adapters are merged: unmerge them first`)
    if (settings.bias !== 'none' && this.#installed.size > 0)
      throw new HebbError(
        `${where}: bias '${settings.bias}' trains the base's own biases, which other adapters compute with too: take them out first`,
      )
    const plan = planOf(where, this.model, settings)
    const paths = [...plan.targets.map(({ path }) => path), ...plan.saved, ...plan.tokens.map(({ path }) => path)]
    if (isTied(this.model) && paths.includes(headPath)) this.#undo.push(ownHead(this.model))
    const needsNumbers = settings.dora || isPartOfBase(settings.initialisation) || plan.saved.length > 0 || plan.tokens.length > 0
    if (needsNumbers) initialize(this.model, { seed: settings.seed })
    const isComplete = walkOf(this.model).complete
    putAdapter(this.model, plan, settings, this.#undo)
    if (isComplete) initialize(this.model, { seed: settings.seed })
    this.#installed.set(name, { settings, plan, kept })
    for (const wrapper of this.#wrappers.values()) if (wrapper.has(name)) wrapper.measure(name)
    this.use(name)
  }

  /** All wrappers, those nearest the base first. */
  get #wrappers(): Map<string, Adapted> {
    return wrappersOf(this.model)
  }

  /**
   * Uses one adapter, several with a weight each, or none: `use('french')`, `use({ french: 0.7, law: 0.3 })`, `use({})`. Those in use train and are computed with,
   * the others wait. Each adds its change times its weight, so that no copy of the base is made. Throws HebbError for names there are none of, and while merged.
   */
  use(names: string | Readonly<Record<string, number>>): void {
    const weights = typeof names === 'string' ? { [names]: 1 } : names
    if (this.merged) throw new HebbError('adapters: they are merged: unmerge them before others are used')
    for (const [name, weight] of Object.entries(weights)) {
      this.of(name)
      if (!Number.isFinite(weight)) throw new HebbError(`adapters: the weight of '${name}' is ${weight}: give a number`)
    }
    this.#active = Object.entries(weights).map(([name, weight]) => ({ name, weight }))
    const active = this.#active
    for (const wrapper of this.#wrappers.values()) {
      wrapper.active = active
      for (const name of this.names)
        if (wrapper.has(name)) for (const p of wrapper.tensors(name).values()) (Object.hasOwn(weights, name) ? unfrozen : frozen)(p)
    }
    for (const p of this.#biases('all')) frozen(p)
    for (const { name } of active) for (const p of this.#biases(this.of(name).settings.bias)) unfrozen(p)
  }

  /** The base's biases that an adapter trains. */
  #biases(bias: LoraSettings['bias']): Param[] {
    if (bias === 'none') return []
    const found: Param[] = []
    const { holders } = walkOf(this.model)
    const targeted = new Set([...this.#wrappers.values()].filter((one) => one instanceof LoraLinear).map(({ base }) => base as object))
    for (const [path, p] of this.baseParameters())
      if ((path === 'bias' || path.endsWith('.bias')) && (bias === 'all' || targeted.has(holders.get(p)!))) found.push(p)
    return found
  }

  /** The parameters of the base, by path. */
  baseParameters(): Map<string, Param> {
    const own = new Set<Param>()
    for (const wrapper of this.#wrappers.values())
      for (const name of this.names) if (wrapper.has(name)) for (const p of wrapper.tensors(name).values()) own.add(p)
    return new Map([...walkOf(this.model).parameters].filter(([, p]) => !own.has(p)))
  }

  /** An adapter's tensors, by the path of their layer and what files call them behind it. */
  tensors(name: string): Map<string, { readonly path: string; readonly tail: string; readonly param: Param }> {
    this.of(name)
    const found = new Map<string, { path: string; tail: string; param: Param }>()
    for (const [key, wrapper] of this.#wrappers) {
      if (!wrapper.has(name)) continue
      const path = key.slice(0, key.lastIndexOf(' '))
      for (const [tail, param] of wrapper.tensors(name)) found.set(`${path}.${tail}`, { path, tail, param })
    }
    return found
  }

  /** A (rank, in) and B (out, rank) as they were at first, by the path of their layer, where their product is a part of the base that is not computed with. */
  parts(name: string): Map<string, NonNullable<ReturnType<LoraLinear['part']>>> {
    const found = new Map<string, NonNullable<ReturnType<LoraLinear['part']>>>()
    for (const [key, wrapper] of this.#wrappers) {
      const part = wrapper instanceof LoraLinear ? wrapper.part(name) : undefined
      if (part) found.set(key.slice(0, key.lastIndexOf(' ')), part)
    }
    return found
  }

  /** The biases of the base that an adapter trains, by path. */
  trainedBiases(name: string): Map<string, Param> {
    const chosen = new Set(this.#biases(this.of(name).settings.bias))
    return new Map([...this.baseParameters()].filter(([, p]) => chosen.has(p)))
  }

  /** What `f` makes of the model while its adapters are off: the reference of one that is aligned. `f` makes a graph at once; for what runs later there is `use({})`. */
  off<R>(f: () => R): R {
    if (this.merged) throw new HebbError('adapters: they are merged into the base: unmerge them before it is asked for alone')
    const result = withoutAdapters(f)
    if (result instanceof Promise)
      throw new HebbError('adapters: off gave a promise, and what runs later runs with adapters: give tensors, or use({}) meanwhile')
    return result
  }

  /**
   * Writes the adapters in use into the base's weights, in f32, so that the model costs what the base does. The weights that were there are kept for `unmerge`.
   * A table or head of the adapter's own (`modulesToSave`) stays beside a table that is both. Throws HebbError where weights are in blocks of few bits, into which a small change would not go.
   */
  async merge(): Promise<void> {
    if (this.merged) return
    initialize(this.model)
    const changed = new Map<Param, Tensor>()
    const now = (p: Param): Tensor => changed.get(p) ?? p
    for (const { name, weight } of this.#active)
      for (const wrapper of [...this.#wrappers.values()].reverse())
        if (wrapper.has(name) && !this.#staysApart(wrapper))
          for (const [p, value] of wrapper.mergedInto(name, weight, now)) {
            if (p.storage.form)
              throw new HebbError(
                `adapters: ${p.storage.path ?? 'a weight'} is in blocks of ${p.storage.form.bits} bits, which would round the change away: merge into a base in f32`,
              )
            changed.set(p, value)
          }
    const homes: [Param, Float32Array][] = []
    for (const [p, value] of changed) homes.push([p, Float32Array.from(arrayOf(await value.data(), 'f32'))])
    for (const [p, array] of homes) {
      this.#before.set(p, p.storage.home!)
      p.storage.home = { kind: 'plain', array, dtype: 'f32' }
    }
    for (const wrapper of this.#wrappers.values()) wrapper.merged = !this.#staysApart(wrapper)
  }

  /** Whether a layer of an adapter's own replaces only one of a table's two uses. */
  #staysApart = (wrapper: Adapted): boolean => wrapper instanceof Replaced && holdsTiedTable(this.model, wrapper.base)

  /** Brings back the base's weights as they were, bit for bit. */
  unmerge(): void {
    for (const [p, home] of this.#before) p.storage.home = home
    this.#before.clear()
    for (const wrapper of this.#wrappers.values()) wrapper.merged = false
  }

  /** Takes an adapter out, or all of them; with the last one the model is what it was, and trains what it did. With `merge` what was in use stays in the weights. */
  async remove(name?: string, { merge = false }: { readonly merge?: boolean | undefined } = {}): Promise<void> {
    if (merge && [...this.#wrappers.values()].some(this.#staysApart))
      throw new HebbError("adapters: a table of their own is not the head, which is the base's table: read the base with a head of its own")
    if (merge) await this.merge()
    if (merge) this.#before.clear()
    else this.unmerge()
    for (const one of name === undefined || merge ? this.names : [name]) {
      this.of(one)
      for (const wrapper of this.#wrappers.values()) if (wrapper.has(one)) wrapper.drop(one)
      this.#installed.delete(one)
    }
    if (this.#installed.size > 0) {
      this.use(Object.fromEntries(this.#active.filter(({ name: one }) => this.#installed.has(one)).map((one) => [one.name, one.weight])))
      return
    }
    this.#active = []
    for (const undo of this.#undo.splice(0).reverse()) undo()
    for (const p of this.#thawed) unfrozen(p)
    adaptersByModel.delete(this.model)
  }
}

const adaptersByModel = new WeakMap<Model, Adapters>()

/** The adapters of a model, where it has any. */
export const adaptersOf = <M extends Model>(model: M): Adapters<M> | undefined => adaptersByModel.get(model) as Adapters<M> | undefined

/** The adapters of a model, which is frozen from now on. */
export function adaptersFor<M extends Model>(model: M): Adapters<M> {
  const found = adaptersOf(model) ?? new Adapters(model)
  adaptersByModel.set(model, found as Adapters)
  return found
}
