/** One objective at work: a batch goes in, its loss and gradients are computed, and weights move. */
import { keyOf } from '../../kernels/random.js'
import { initializeAsync } from '../../nn/initialize.js'
import type { Given } from '../../runtime/compile.js'
import { programs } from '../../runtime/store.js'
import type { TypedArray } from '../../tensor/dtype.js'
import { HebbError } from '../../tensor/errors.js'
import { Form, type Numbers, numbersOf } from '../../tensor/form.js'
import { defined } from '../../tensor/options.js'
import { type Fields, LossProgram } from './lossProgram.js'
import { Region } from './memory/region.js'
import { Mover, type Shared } from './mover.js'
import { firstNonFinite, NonFiniteLossError } from './nonFinite.js'
import type { LossResult } from './numbers.js'
import type { ObjectiveOptions, StepResult } from './options.js'
import type { Statistics } from './statistics.js'

/** What an objective is made of. */
export interface ObjectiveParts<B> {
  /** its name among those of the learner; '' where there is one alone */
  readonly name: string
  /** what messages call it */
  readonly where: string
  readonly loss: (batch: B) => LossResult
  /** the weights it moves, by number */
  readonly members: readonly number[]
  readonly clip: ObjectiveOptions['clip']
  readonly statistics: Statistics
}

/** Trains weights of a learner by one loss, batch by batch; made by `Learner`. */
export class Stepper<B extends Fields> {
  readonly mover: Mover
  /** how much counts in each number of the last batch, in examples */
  weights: Readonly<Record<string, number>> = {}
  readonly #shared: Shared
  readonly #where: string
  readonly #loss: (batch: B) => LossResult
  readonly #statistics: Statistics
  readonly #seed: number
  /** form of the last batch */
  #latest: Form | undefined
  #lastLoss = Number.NaN
  #running = false

  constructor(shared: Shared, { name, where, loss, members, clip, statistics }: ObjectiveParts<B>) {
    this.#shared = shared
    this.#where = where
    this.#loss = loss
    this.#statistics = statistics
    this.#seed = seedOf(shared.seed, name)
    this.mover = new Mover(shared, where, new Region(shared.trained, members), clip)
  }

  /** updates made */
  get step(): number {
    return this.mover.step
  }
  /** batches summed toward the next update */
  get pending(): number {
    return this.mover.pending
  }

  /**
   * One batch. Throws NonFiniteLossError when the loss, NonFiniteGradientError when a gradient is NaN or infinite; the weights are
   * untouched then. Gradients summed over several batches are looked at together, before their update.
   */
  async run(batch: Given<B>): Promise<StepResult> {
    if (this.#running) this.#refuse(this.#where)
    this.#shared.requireUnchanged(this.#where)
    let found = this.#latest?.read(batch)
    if (!found) {
      this.#latest = new Form(`${this.#where}: the batch`, batch)
      found = this.#latest.read(batch)!
    }
    const form = this.#latest!
    // plain loops: lists of functions took a twentieth of a step of 15 µs
    const values: (Numbers | Promise<TypedArray>)[] = new Array(found.length)
    let open = false
    for (let i = 0; i < values.length; i++) {
      const numbers = numbersOf(found[i]!)
      values[i] = numbers
      open ||= numbers instanceof Promise
    }
    const others = this.#enter(this.#where)
    try {
      if (others) {
        // who waits takes the numbers of now along: their memory may be another batch's by then
        for (const [i, v] of values.entries()) if (ArrayBuffer.isView(v)) values[i] = v.slice()
        await others
      }
      const ready = (open ? await Promise.all(values) : values) as readonly Numbers[]
      const { trained, model } = this.#shared
      if (!trained.begun) await initializeAsync(model)
      trained.hold()
      const place = programs.place<LossProgram>(this, form.key)
      const program = place.enter(() => this.#program(form))
      try {
        return await this.#advance(program, ready)
      } finally {
        place.leave()
      }
    } finally {
      this.#leave()
    }
  }

  /** Makes a step of the batches summed so far; undefined when there are none. */
  async flush(): Promise<Omit<StepResult, 'loss' | 'metrics' | 'counts'> | undefined> {
    await this.#enter('flush')
    try {
      const moved = await this.mover.move(this.#lastLoss)
      if (!moved) return undefined
      const { step, lr, gradientNorm } = moved
      return { step, lr, ...defined({ gradientNorm }) }
    } finally {
      this.#leave()
    }
  }

  /** Keeps other steps of the same weights waiting until `leave`, and refuses another call of this one; a promise where others are to end before. */
  #enter(name: string): Promise<void> | undefined {
    if (this.#running) this.#refuse(name)
    const others = this.#shared.turn.take(name)
    this.#running = true
    return others
  }
  #refuse(name: string): never {
    throw new HebbError(`${name}: a step is running already: await one before the next`)
  }
  #leave(): void {
    this.#running = false
    this.#shared.turn.give()
  }

  async #advance(program: LossProgram, values: readonly Numbers[]): Promise<StepResult> {
    const { mover } = this
    mover.requireSums()
    const { loss, ...metrics } = await program.run(values, this.#seed, mover.batch)
    const counts = program.weights.loss!
    this.weights = program.weights
    this.#lastLoss = loss!
    if (!Number.isFinite(loss!))
      mover.fail(new NonFiniteLossError(this.step + 1, loss!, await firstNonFinite(program.outputs, program.bound.captured())))
    if (!mover.add(program)) {
      program.commit()
      return { loss: loss!, metrics, counts, step: this.step, lr: mover.lr }
    }
    const moved = mover.move(loss!, program)
    const { step, lr, gradientNorm } = (moved instanceof Promise ? await moved : moved)!
    return gradientNorm === undefined
      ? { loss: loss!, metrics, counts, step, lr }
      : { loss: loss!, metrics, counts, step, lr, gradientNorm }
  }

  #program(form: Form): LossProgram {
    const { model, trained } = this.#shared
    const { members } = this.mover.region
    return new LossProgram(model, this.#loss as (batch: never) => LossResult, form, {
      params: members.map((i) => trained.params[i]!),
      gradients: members.map((i) => trained.gradients[i]!),
      statistics: this.#statistics,
    })
  }
}

/** The seed of an objective's randomness: two of them draw different numbers in the same layer. */
function seedOf(seed: number, name: string): number {
  if (name === '') return seed
  const [a, b] = keyOf(seed, 'objective', name)
  return (a >>> 0) * 2 ** 21 + (b >>> 11)
}
