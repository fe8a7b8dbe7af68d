/** What one objective does with gradients: sum, reduce over ranks, clip, and update its weights alone. */
import { breathe, inPieces } from '../../host/pace.js'
import type { Model } from '../../nn/module.js'
import { checkClip, clipByNorm, clipByValue } from '../../optim/clip.js'
import { hyperAt } from '../../optim/groups.js'
import { type Memory, noting } from '../../optim/schedules/schedule.js'
import { isRead, moving } from '../../runtime/machine.js'
import { HebbError } from '../../tensor/errors.js'
import type { LossProgram } from './lossProgram.js'
import { addBatch, nothing, type Summed, takeSum } from './memory/accumulate.js'
import type { Clocks } from './memory/clocks.js'
import type { Region } from './memory/region.js'
import { gradients, manyNumbers, type Trainable } from './memory/trainable.js'
import { apply, applyInPieces, prepare, type Update } from './memory/update.js'
import { NonFiniteLossError, requireFiniteGradients } from './nonFinite.js'
import type { StepOptions } from './options.js'
import { type AllReduce, reduceGradients } from './reduce.js'
import type { Turn } from './turn.js'

/** What the objectives of a learner share. */
export interface Shared {
  readonly model: Model
  readonly trained: Trainable
  readonly clocks: Clocks
  readonly seed: number
  /** batches that make one step */
  readonly accumulate: number
  readonly reduce: AllReduce | undefined
  readonly turn: Turn
  /** what the schedules asked so far remember */
  readonly memories: Set<Memory>
  /** what moves weights, one for each objective */
  readonly movers: readonly Mover[]
  /** Throws HebbError where the model is not the one it was. */
  requireUnchanged(where: string): void
  /** Moves the averages after weights that have moved, where there are any. */
  follow(region: Region, step: number): void
}

/** What an update did. */
export interface Moved {
  readonly step: number
  readonly lr: number | undefined
  readonly gradientNorm: number | undefined
}

/** The updates of one objective. */
export class Mover {
  /** updates made */
  step = 0
  /** batches summed toward the next update, and what is known of them */
  pending = 0
  summed: Summed = nothing
  readonly #shared: Shared
  readonly #clip: StepOptions['clip']
  /** why an update cannot be: told when all ranks know */
  #failure: NonFiniteLossError | undefined

  /** `where` is what messages call it, `region` the weights it moves. */
  constructor(
    shared: Shared,
    readonly where: string,
    readonly region: Region,
    clip: StepOptions['clip'],
  ) {
    checkClip(where, clip)
    this.#shared = shared
    this.#clip = clip
  }

  /** Learning rate of the update after `step` updates. */
  get lr(): number | undefined {
    const { part } = this.#shared.clocks.of[this.region.members[0]!]!
    return hyperAt(part.optimizer, part.hyper, this.step + 1).lr
  }
  /** How many batches came before the next one: what its randomness goes by. */
  get batch(): number {
    return this.step * this.#shared.accumulate + this.pending
  }

  /** Takes the gradients that a program has left in the arena; false while more batches are to come before an update. */
  add(program: LossProgram): boolean {
    const { accumulate, trained } = this.#shared
    if (accumulate > 1) {
      this.summed = addBatch(this.region, trained.sums!, program, this.pending++ === 0 ? undefined : this.summed)
      return this.pending === accumulate
    }
    if (program.counts === 0) this.region.clear(gradients)
    return true
  }

  /** Objectives sum their batches in one block: those that share weights take turns between updates. */
  requireSums(): void {
    if (this.pending > 0) return
    for (const other of this.#shared.movers) {
      if (other === this || other.pending === 0) continue
      const shared = other.region.members.find((i) => this.region.members.includes(i))
      if (shared !== undefined)
        throw new HebbError(
          `${this.where}: ${other.pending} batches of ${other.where} wait to be summed to a step, and both move ${this.#shared.trained.paths[shared]}: give it the rest of its batches before, or call its flush()`,
        )
    }
  }

  /** Throws the failure, or keeps it until all ranks know. */
  fail(failure: NonFiniteLossError): void {
    if (!this.#shared.reduce) throw failure
    this.#failure ??= failure
  }

  /**
   * The update along the gradients of the batch, or of those summed; the program is the one whose buffers wait for it. Undefined where there are no
   * gradients, on any rank.
   */
  move(loss: number, program?: LossProgram): Moved | undefined | Promise<Moved | undefined> {
    const { trained, reduce } = this.#shared
    let touched = program?.touched
    let counts = program?.counts ?? 0
    if (this.pending > 0) {
      const { relative, unit, sum } = this.summed
      touched = this.summed.touched
      counts = sum ? 'sum' : relative * unit
      takeSum(this.region, trained.sums!, this.summed)
      this.pending = 0
      this.summed = nothing
    }
    if (reduce) return this.#moveTogether(reduce, loss, counts, touched, program)
    return touched && this.#update(loss, touched, program)
  }

  /** The same with what the other ranks found. */
  async #moveTogether(
    reduce: AllReduce,
    loss: number,
    counts: number | 'sum',
    own: readonly boolean[] | undefined,
    program: LossProgram | undefined,
  ): Promise<Moved | undefined> {
    const failure = this.#failure
    this.#failure = undefined
    if (!own) this.region.clear(gradients)
    const { touched, failed } = await reduceGradients(reduce, this.region, {
      counts,
      touched: own ?? this.region.members.map(() => false),
      failed: failure !== undefined,
    })
    if (failed > 0) throw failure ?? new NonFiniteLossError(this.step + 1, Number.NaN, `it is on ${failed} of the other ranks`)
    return touched.includes(true) ? this.#update(loss, touched, program) : undefined
  }

  #update(loss: number, touched: readonly boolean[], program: LossProgram | undefined): Moved | Promise<Moved> {
    const { trained, clocks } = this.#shared
    if (isRead() || this.region.length > manyNumbers) return this.#updateInPieces(loss, touched, program)
    const gradientNorm = this.#clipped()
    if (gradientNorm === undefined || !Number.isFinite(gradientNorm)) requireFiniteGradients(trained, this.region, this.step + 1, loss)
    const update = noting(this.#shared.memories, () => prepare(clocks.plan(touched, this.region.members), this.step + 1))
    return update instanceof Promise
      ? update.then((u) => this.#finish(u, program, gradientNorm))
      : this.#finish(update, program, gradientNorm)
  }

  /** The same for many weights, with turns of the event loop in between: programs that begin meanwhile wait for the end of it. */
  async #updateInPieces(loss: number, touched: readonly boolean[], program: LossProgram | undefined): Promise<Moved> {
    const { trained, clocks } = this.#shared
    const gradientNorm = this.#clipped()
    await breathe()
    if (gradientNorm === undefined || !Number.isFinite(gradientNorm)) requireFiniteGradients(trained, this.region, this.step + 1, loss)
    const update = await prepare(clocks.plan(touched, this.region.members), this.step + 1)
    await breathe()
    await moving(async () => {
      program?.commit()
      await inPieces(applyInPieces(update, ++this.step))
      this.#shared.follow(this.region, this.step)
    })
    return { step: this.step, lr: update.lr, gradientNorm }
  }

  /** Here nothing waits: whoever looks at the model meanwhile sees the weights of one step. */
  #finish(update: Update, program: LossProgram | undefined, gradientNorm: number | undefined): Moved {
    program?.commit()
    apply(update, ++this.step)
    this.#shared.follow(this.region, this.step)
    return { step: this.step, lr: update.lr, gradientNorm }
  }

  #clipped(): number | undefined {
    const clip = this.#clip
    if (!clip) return undefined
    const slices = this.region.slices(gradients)
    if ('norm' in clip) return clipByNorm(slices, { max: clip.norm, order: clip.order })
    clipByValue(slices, clip.value)
    return undefined
  }
}
