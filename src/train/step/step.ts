/** One step of training: loss and gradients of a batch, then accumulate, clip, update. */
import { initializeAt } from '../../nn/initialize.js'
import { type Model, requireParameters } from '../../nn/module.js'
import { checkClip, clipByNorm, clipByValue } from '../../optim/clip.js'
import { hyperAt } from '../../optim/groups.js'
import { type Optimizer, requireOptimizer } from '../../optim/optimizer.js'
import { HebbError } from '../../tensor/errors.js'
import { checkOptions } from '../../tensor/options.js'
import { showShape } from '../../tensor/shape.js'
import { type Fields, LossProgram, tensorsOf } from './lossProgram.js'
import { firstNonFinite, NonFiniteLossError, requireFiniteGradients } from './nonFinite.js'
import type { LossResult } from './numbers.js'
import { type StepOptions, type StepResult, stepOptions } from './options.js'
import { statisticsOf } from './statistics.js'
import { Trainable } from './trainable.js'
import { type Turn, turnOf } from './turn.js'
import { prepare } from './update.js'

/** What is known of batches summed toward an update. */
export interface Summed {
  /** what counts in the first of them in which something does */
  readonly unit: number
  /** what counts in all of them, in units; 1 for losses that are sums */
  readonly relative: number
  /** the parameters that some of them depend on */
  readonly touched?: readonly boolean[]
}
const nothing: Summed = { unit: 0, relative: 0 }

/** Trains a model batch by batch; made by `trainStep`. */
export class Stepper<B extends Fields> {
  readonly trained: Trainable
  readonly seed: number
  /** updates made */
  step = 0
  /** batches summed toward the next update, and what is known of them */
  pending = 0
  summed: Summed = nothing
  private readonly turn: Turn
  private readonly programs = new Map<string, LossProgram>()
  private latest: LossProgram | undefined
  private readonly statistics: (path: string) => boolean
  /** how much counts in each number of the last batch, in examples */
  weights: Readonly<Record<string, number>> = {}
  private readonly accumulate: number
  private lastLoss = Number.NaN
  private running = false

  constructor(
    readonly model: Model,
    readonly optimizer: Optimizer,
    private readonly loss: (batch: B) => LossResult,
    private readonly options: StepOptions = {},
    private readonly name = 'trainStep',
  ) {
    checkClip(name, options.clip)
    this.seed = options.seed ?? 0
    this.accumulate = options.accumulate ?? 1
    if (!Number.isInteger(this.accumulate) || this.accumulate < 1)
      throw new HebbError(`${name}: accumulate ${this.accumulate}: give a whole number of at least 1`)
    const { only = () => true } = options
    const all = requireParameters(model)
    const moving = new Map([...all].filter(([path, p]) => p.trainable && only(path)))
    if (moving.size === 0 && options.only) {
      const paths = [...all].flatMap(([path, p]) => (p.trainable ? [path] : []))
      const some = `${paths.slice(0, 8).join(', ')}${paths.length > 8 ? ` and ${paths.length - 8} more` : ''}`
      throw new HebbError(`${name}: only picks none of the model's trainable weights: ${some || 'it has none'}`)
    }
    this.statistics = statisticsOf(options, all, moving)
    this.turn = turnOf([...moving.values()].map(({ storage }) => storage))
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
  run(batch: B): Promise<StepResult> {
    return this.alone(this.name, 'a step is running already: await one before the next', () => this.advance(batch))
  }

  /**
   * Makes a step of the batches summed so far, where `accumulate` waits for more; undefined when there are none. Call it when no more batches come.
   *
   * @example for (const batch of batches(train, 8)) await step(batch); await step.flush()
   */
  async flush(): Promise<Omit<StepResult, 'loss' | 'metrics' | 'counts'> | undefined> {
    return this.alone('flush', 'a step is running: await it before', async () => (this.pending > 0 ? this.move(this.lastLoss) : undefined))
  }

  /** Keeps other steps of the same weights waiting while `f` runs, and refuses another call of this one. */
  private async alone<T>(name: string, refusal: string, f: () => Promise<T>): Promise<T> {
    if (this.running) throw new HebbError(`${name}: ${refusal}`)
    this.running = true
    try {
      const others = this.turn.take(name)
      if (others) await others
      try {
        return await f()
      } finally {
        this.turn.give()
      }
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
    return this.alone('averaged', 'a step is running: await it before', async () => {
      this.trained.showAverages()
      this.turn.root.blocked = 'averaged'
      try {
        return await f()
      } finally {
        this.turn.root.blocked = undefined
        this.trained.showWeights()
      }
    })
  }

  private async advance(batch: B): Promise<StepResult> {
    this.trained.claim()
    const program = this.programFor(batch)
    const { loss, ...metrics } = await program.run(batch, this.seed, this.step * this.accumulate + this.pending)
    const counts = program.weights.loss!
    this.weights = program.weights
    this.lastLoss = loss!
    if (!Number.isFinite(loss!))
      throw new NonFiniteLossError(this.step + 1, loss!, await firstNonFinite(program.outputs, program.bound.captured()))
    if (this.accumulate > 1) {
      this.gather(program)
      if (this.pending < this.accumulate) {
        program.commit()
        return { loss: loss!, metrics, counts, step: this.step, lr: this.lr }
      }
    } else if (program.counts === 0) this.clear(1)
    return { loss: loss!, metrics, counts, ...(await this.move(loss!, program)) }
  }

  /** The update along the gradients of the batch, or of those summed; the program is the one whose buffers wait for it. */
  private async move(loss: number, program?: LossProgram): Promise<Pick<StepResult, 'step' | 'lr' | 'gradientNorm'>> {
    const { trained } = this
    let touched = program?.touched
    if (this.pending > 0) {
      touched = this.summed.touched
      this.clear(1)
      const { relative } = this.summed
      if (relative > 0) trained.kernels.axpy(trained.arena.offset(1), trained.arena.offset(trained.sums!), trained.length, 1 / relative)
      this.pending = 0
      this.summed = nothing
    }
    const gradientNorm = this.clip()
    if (gradientNorm === undefined || !Number.isFinite(gradientNorm)) requireFiniteGradients(trained, this.step + 1, loss)
    const { lr, apply } = await prepare(trained, trained.plan(touched!), this.step + 1)
    // from here on nothing waits: whoever looks at the model meanwhile sees the weights of one step
    program?.commit()
    apply()
    this.step++
    if (trained.average !== undefined)
      this.options.ema!.update(
        trained.kernels,
        { average: trained.arena.offset(trained.average), weight: 0, length: trained.length },
        this.step,
      )
    return { step: this.step, lr, ...(gradientNorm !== undefined && { gradientNorm }) }
  }

  /** Fills a block with zeros: multiplied by 0, an infinite gradient of an earlier step would leave NaN behind. */
  private clear(block: number): void {
    new Float32Array(this.trained.arena.memory.buffer, this.trained.arena.offset(block), this.trained.length).fill(0)
  }

  /** Adds the batch's gradients to the sum, each batch with the weight of what counts in it. */
  private gather({ counts, touched }: LossProgram): void {
    const { kernels: k, arena, sums, length } = this.trained
    if (this.pending++ === 0) this.clear(sums!)
    const before = this.summed
    // weights are told in those of the first batch: equal ones add up to their number, without rounding
    const unit = before.unit || (counts === 'sum' ? 1 : counts)
    const weight = counts === 'sum' ? 1 : unit === 0 ? 0 : counts / unit
    if (weight > 0) k.axpy(arena.offset(sums!), arena.offset(1), length, weight)
    this.summed = {
      unit,
      relative: counts === 'sum' ? 1 : before.relative + weight,
      touched: before.touched?.every((was, i) => was || !touched[i])
        ? before.touched
        : touched.map((is, i) => is || before.touched?.[i] === true),
    }
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
      const { params, gradients } = this.trained
      program = new LossProgram(this.model, this.loss as (batch: never) => LossResult, batch, {
        params,
        gradients,
        statistics: this.statistics,
      })
      this.programs.set(key, program)
    }
    this.latest = program
    return program
  }
}

/** A training step as a function of a batch; `stepper` holds its state. */
export interface TrainStep<B extends Fields> {
  (batch: B): Promise<StepResult>
  /** Makes a step of the batches summed so far, where `accumulate` waits for more; undefined when there are none. */
  flush(): ReturnType<Stepper<B>['flush']>
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
  requireOptimizer('trainStep', optimizer)
  if (typeof loss !== 'function')
    throw new HebbError(
      `trainStep: the loss is ${loss === undefined ? 'missing' : `a ${typeof loss}`}: give a function of a batch, trainStep(model, optimizer, ({ x, y }) => …)`,
    )
  checkOptions('trainStep', options, stepOptions)
  const stepper = new Stepper(model, optimizer, loss, options)
  return Object.assign((batch: B) => stepper.run(batch), { stepper, flush: () => stepper.flush() })
}
