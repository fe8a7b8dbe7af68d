/** What a run of `fit` remembers beside its learner: the place in the data, the early stop, the best weights. */

import type { StoredTensor } from '../../files/safetensors/stored.js'
import { type ArrayForm, plainFields, requireArrays } from '../../files/saved.js'
import type { Saved, Stateful } from '../../files/stateful.js'
import { type Model, requireParameters } from '../../nn/module.js'
import { restore } from '../../saving/load.js'
import { snapshotOf } from '../../saving/save.js'
import { HebbError } from '../../tensor/errors.js'
import type { Evaluation } from '../evaluate/evaluate.js'
import type { EarlyStopping, StopState } from './earlyStopping.js'

/** Finished epochs, and batches done in the one under way. */
export class Place implements Stateful {
  epoch = 0
  batch = 0

  /** the begin of the next epoch */
  next(): void {
    this.epoch++
    this.batch = 0
  }
  state(): Saved {
    return { plain: { epoch: this.epoch, batch: this.batch } }
  }
  check({ plain }: Saved): void {
    plainFields(plain, { epoch: 'count', batch: 'count' })
  }
  restore({ plain }: Saved): void {
    Object.assign(this, plainFields(plain, { epoch: 'count', batch: 'count' }))
  }
}

/** An early stop with its memory; without one it never ends the run. */
export class Stop implements Stateful {
  over = false
  readonly #memory: StopState | undefined

  readonly #rule: EarlyStopping | undefined

  constructor(rule: EarlyStopping | undefined) {
    this.#rule = rule

    this.#memory = rule?.start()
  }

  /** Notes an epoch's validation: whether its weights are the best so far, undefined without an early stop. */
  see(epoch: number, validation: Evaluation | undefined): boolean | undefined {
    if (!this.#rule || !this.#memory || !validation) return undefined
    const value = validation[this.#rule.monitor]
    if (value === undefined)
      throw new HebbError(`fit: the early stop watches ${this.#rule.monitor}, which this task does not have: there must be right answers`)
    const verdict = this.#rule.see(this.#memory, epoch, value)
    this.over = verdict === 'stop'
    return verdict === 'best'
  }

  state(): Saved {
    return { plain: { over: this.over, memory: this.#memory ? { ...this.#memory } : null } }
  }
  check({ plain }: Saved): void {
    const { memory } = plainFields(plain, { over: 'boolean', memory: 'plain' })
    if (memory !== null) plainFields(memory, memoryKinds)
  }
  restore({ plain }: Saved): void {
    const { over, memory } = plainFields(plain, { over: 'boolean', memory: 'plain' })
    this.over = over
    if (this.#memory && memory !== null) Object.assign(this.#memory, plainFields(memory, memoryKinds))
  }
}

const memoryKinds = { best: 'number', bestEpoch: 'count', waited: 'count' } as const

/** The weights of the best epoch, once there is one. */
export class Best implements Stateful {
  #weights: ReadonlyMap<string, StoredTensor> | undefined

  readonly #model: Model

  constructor(model: Model) {
    this.#model = model
  }

  keep(): void {
    this.#weights = snapshotOf(this.#model)
  }
  giveBack(): void {
    if (this.#weights) restore(this.#model, this.#weights, 'the best epoch')
  }

  state(): Saved {
    return { plain: null, arrays: this.#weights ?? new Map() }
  }
  check(saved: Saved): void {
    if (saved.arrays && saved.arrays.size > 0) requireArrays(saved, requireParameters(this.#model) as ReadonlyMap<string, ArrayForm>)
  }
  restore({ arrays }: Saved): void {
    this.#weights = arrays && arrays.size > 0 ? arrays : undefined
  }
}
