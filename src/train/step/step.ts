/** One step of training: loss and gradients of a batch, then accumulate, clip, update. */
import { initializeAt } from '../../nn/initialize.js'
import { type Model, requireParameters } from '../../nn/module.js'
import { clipByNorm, clipByValue, type NormOrder } from '../../optim/clip.js'
import type { Ema } from '../../optim/ema.js'
import { hyperAt } from '../../optim/groups.js'
import type { Optimizer } from '../../optim/optimizer.js'
import { HebbError } from '../../tensor/errors.js'
import { showShape } from '../../tensor/shape.js'
import { type Fields, LossProgram, type LossResult, tensorsOf } from './lossProgram.js'
import { firstNonFinite, NonFiniteLossError, requireFiniteGradients } from './nonFinite.js'
import { Trainable } from './trainable.js'
import { update } from './update.js'

/** Settings of a training step. */
export interface StepOptions {
  /** decides first values and all randomness. Default 0 */
  readonly seed?: number
  /** limits gradients: their common norm, or each number */
  readonly clip?: { readonly norm: number; readonly order?: NormOrder } | { readonly value: number }
  /** batches whose mean gradient makes one step. Default 1 */
  readonly accumulate?: number
  /** keeps an average of the weights beside them; running statistics (BatchNorm) are not averaged */
  readonly ema?: Ema
  /** which weights move, by path. Default: all trainable ones */
  readonly only?: (path: string) => boolean
}

/** What a step reports. */
export interface StepResult {
  /** loss of the batch, before the update */
  readonly loss: number
  /** further numbers the loss function gave */
  readonly metrics: Readonly<Record<string, number>>
  /** updates made so far, this one included */
  readonly step: number
  /** learning rate of the update just made, or of the next one while gradients are summed */
  readonly lr: number | undefined
  /** norm of all gradients before clipping; only with `clip: { norm }` */
  readonly gradientNorm?: number
}

/** Trains a model batch by batch; made by `trainStep`. */
export class Stepper<B extends Fields> {
  readonly trained: Trainable
  readonly seed: number
  /** updates made */
  step = 0
  /** batches summed toward the next update */
  pending = 0
  private readonly programs = new Map<string, LossProgram>()
  private latest: LossProgram | undefined
  private readonly accumulate: number
  private running = false

  constructor(
    readonly model: Model,
    readonly optimizer: Optimizer,
    private readonly loss: (batch: B) => LossResult,
    private readonly options: StepOptions = {},
  ) {
    this.seed = options.seed ?? 0
    this.accumulate = options.accumulate ?? 1
    if (!Number.isInteger(this.accumulate) || this.accumulate < 1)
      throw new HebbError(`trainStep: accumulate ${this.accumulate}: give a whole number of at least 1`)
    const { only = () => true } = options
    const moving = new Map([...requireParameters(model)].filter(([path, p]) => p.trainable && only(path)))
    this.trained = new Trainable(moving, optimizer, { sums: this.accumulate > 1, average: options.ema !== undefined }, (homes) =>
      initializeAt(model, this.seed, homes),
    )
  }

  /** Learning rate of the update after `step` updates. */
  get lr(): number | undefined {
    const part = this.trained.parts[0]!
    return hyperAt(part.optimizer, part.hyper, this.step + 1).lr
  }

  /**
   * One batch. Throws NonFiniteLossError when the loss, NonFiniteGradientError when a gradient is NaN or infinite; the weights are
   * untouched then. Gradients summed over several batches are looked at together, before their update.
   */
  async run(batch: B): Promise<StepResult> {
    if (this.running) throw new HebbError('trainStep: a step is running already: await one before the next')
    this.running = true
    try {
      return await this.advance(batch)
    } finally {
      this.running = false
    }
  }

  /**
   * What `f` gives while the model holds the averaged weights, which `evaluate`, `predict` and `save` see then; afterwards it holds those that train.
   * Throws HebbError without the option `ema`, or while a step is running.
   *
   * @example const { loss } = await step.stepper.averaged(() => evaluate(model, test, { loss: crossEntropy }))
   */
  async averaged<T>(f: () => T | Promise<T>): Promise<T> {
    if (this.trained.average === undefined)
      throw new HebbError('averaged: this step keeps no average of the weights: give it { ema: ema() }')
    if (this.running) throw new HebbError('averaged: a step is running: await it before')
    this.running = true
    this.trained.showAverages()
    try {
      return await f()
    } finally {
      this.trained.showWeights()
      this.running = false
    }
  }

  private async advance(batch: B): Promise<StepResult> {
    const { trained } = this
    trained.claim()
    const program = this.programFor(batch)
    const { loss, ...metrics } = await program.run(batch, this.seed, this.step * this.accumulate + this.pending)
    if (!Number.isFinite(loss!))
      throw new NonFiniteLossError(this.step + 1, loss!, await firstNonFinite(program.outputs, program.bound.captured()))
    if (this.accumulate > 1) {
      this.gather()
      if (this.pending < this.accumulate) {
        program.commit()
        return { loss: loss!, metrics, step: this.step, lr: this.lr }
      }
      this.pending = 0
    }
    const gradientNorm = this.clip()
    if (gradientNorm === undefined || !Number.isFinite(gradientNorm)) requireFiniteGradients(trained, this.step + 1, loss!)
    program.commit()
    const lr = await update(trained, this.step + 1)
    this.step++
    if (trained.average !== undefined)
      this.options.ema!.update(
        trained.kernels,
        { average: trained.arena.offset(trained.average), weight: 0, length: trained.length },
        this.step,
      )
    return { loss: loss!, metrics, step: this.step, lr, ...(gradientNorm !== undefined && { gradientNorm }) }
  }

  /** Adds the batch's gradients to the sum; after the last batch their mean stands in the gradients' place. */
  private gather(): void {
    const { kernels: k, arena, sums, length } = this.trained
    const [gradients, sum] = [arena.offset(1), arena.offset(sums!)]
    // filled, not multiplied by 0: an infinite gradient of an earlier step would leave NaN behind
    const clear = (at: number): unknown => new Float32Array(arena.memory.buffer, at, length).fill(0)
    if (this.pending === 0) clear(sum)
    k.axpy(sum, gradients, length, 1)
    if (++this.pending < this.accumulate) return
    clear(gradients)
    k.axpy(gradients, sum, length, 1 / this.accumulate)
  }

  private clip(): number | undefined {
    const { clip } = this.options
    if (!clip) return undefined
    const slice = [{ k: this.trained.kernels, at: this.trained.arena.offset(1), length: this.trained.length }]
    if ('norm' in clip) return clipByNorm(slice, { max: clip.norm, ...(clip.order !== undefined && { order: clip.order }) })
    clipByValue(slice, clip.value)
    return undefined
  }

  private programFor(batch: B): LossProgram {
    if (this.latest?.fits(batch)) return this.latest
    const key = tensorsOf(batch)
      .map(([name, t]) => `${name}:${t.dtype}${showShape(t.shape)}`)
      .join()
    let program = this.programs.get(key)
    if (!program) {
      program = new LossProgram(this.model, this.loss as (batch: never) => LossResult, batch, this.trained)
      this.programs.set(key, program)
    }
    this.latest = program
    return program
  }
}

/** A training step as a function of a batch; `stepper` holds its state. */
export interface TrainStep<B extends Fields> {
  (batch: B): Promise<StepResult>
  readonly stepper: Stepper<B>
}

/**
 * Compiles loss, gradients and update of a model into one step, for a training loop of your own. The loss function is traced in training mode,
 * once for each batch shape. It may give `{ loss, … }` to report more numbers.
 *
 * @example
 * const step = trainStep(model, adam(), ({ x, y }: { x: Tensor; y: Tensor }) => crossEntropy(model.forward(x), y))
 * for (const batch of batches(train, 128)) console.log((await step(batch)).loss)
 */
export function trainStep<B extends Fields>(
  model: Model,
  optimizer: Optimizer,
  loss: (batch: B) => LossResult,
  options: StepOptions = {},
): TrainStep<B> {
  const stepper = new Stepper(model, optimizer, loss, options)
  return Object.assign((batch: B) => stepper.run(batch), { stepper })
}
