/** One step of training: loss and gradients of a batch, then accumulate, clip, update. */
import { initializeAt } from '../../nn/initialize.js'
import { type Model, requireParameters } from '../../nn/module.js'
import { checkClip, clipByNorm, clipByValue } from '../../optim/clip.js'
import { hyperAt } from '../../optim/groups.js'
import { type Optimizer, requireOptimizer } from '../../optim/optimizer.js'
import type { Given } from '../../runtime/compile.js'
import { programs } from '../../runtime/store.js'
import type { TypedArray } from '../../tensor/dtype.js'
import { HebbError } from '../../tensor/errors.js'
import { Form, type Numbers, numbersOf } from '../../tensor/form.js'
import { checkOptions } from '../../tensor/options.js'
import { addBatch, clearGradients, nothing, type Summed, takeSum } from './accumulate.js'
import { type Fields, LossProgram } from './lossProgram.js'
import { firstNonFinite, NonFiniteLossError, requireFiniteGradients } from './nonFinite.js'
import type { LossResult } from './numbers.js'
import { type StepOptions, type StepResult, stepOptions } from './options.js'
import { statisticsOf } from './statistics.js'
import { Trainable } from './trainable.js'
import { type Turn, turnOf } from './turn.js'
import { apply, prepare, type Update } from './update.js'

interface Moved {
  readonly step: number
  readonly lr: number | undefined
  readonly gradientNorm: number | undefined
}

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
  /** form of the last batch */
  private latest: Form | undefined
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
  async run(batch: Given<B>): Promise<StepResult> {
    if (this.running) this.refuse(this.name)
    let found = this.latest?.read(batch)
    if (!found) {
      this.latest = new Form(`${this.name}: the batch`, batch)
      found = this.latest.read(batch)!
    }
    const form = this.latest!
    // plain loops: lists of functions took a twentieth of a step of 15 µs
    const values: (Numbers | Promise<TypedArray>)[] = new Array(found.length)
    let open = false
    for (let i = 0; i < values.length; i++) {
      const numbers = numbersOf(found[i]!)
      values[i] = numbers
      open ||= numbers instanceof Promise
    }
    const others = this.enter(this.name)
    try {
      if (others) {
        // who waits takes the numbers of now along: their memory may be another batch's by then
        for (const [i, v] of values.entries()) if (ArrayBuffer.isView(v)) values[i] = v.slice()
        await others
      }
      const ready = (open ? await Promise.all(values) : values) as readonly Numbers[]
      const place = programs.place<LossProgram>(this, form.key)
      const program = place.enter(() => this.program(form))
      try {
        return await this.advance(program, ready)
      } finally {
        place.leave()
      }
    } finally {
      this.leave()
    }
  }

  /**
   * Makes a step of the batches summed so far, where `accumulate` waits for more; undefined when there are none. Call it when no more batches come.
   *
   * @example for (const batch of batches(train, 8)) await step(batch); await step.flush()
   */
  async flush(): Promise<Omit<StepResult, 'loss' | 'metrics' | 'counts'> | undefined> {
    await this.enter('flush')
    try {
      if (this.pending === 0) return undefined
      const { step, lr, gradientNorm } = await this.move(this.lastLoss)
      return { step, lr, ...(gradientNorm !== undefined && { gradientNorm }) }
    } finally {
      this.leave()
    }
  }

  /** Keeps other steps of the same weights waiting until `leave`, and refuses another call of this one; a promise where others are to end before. */
  private enter(name: string): Promise<void> | undefined {
    if (this.running) this.refuse(name)
    const others = this.turn.take(name)
    this.running = true
    return others
  }
  private refuse(name: string): never {
    throw new HebbError(`${name}: a step is running already: await one before the next`)
  }
  private leave(): void {
    this.running = false
    this.turn.give()
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
    await this.enter('averaged')
    this.trained.showAverages()
    this.turn.root.blocked = 'averaged'
    try {
      return await f()
    } finally {
      this.turn.root.blocked = undefined
      this.trained.showWeights()
      this.leave()
    }
  }

  private async advance(program: LossProgram, values: readonly Numbers[]): Promise<StepResult> {
    this.trained.claim()
    const { loss, ...metrics } = await program.run(values, this.seed, this.step * this.accumulate + this.pending)
    const counts = program.weights.loss!
    this.weights = program.weights
    this.lastLoss = loss!
    if (!Number.isFinite(loss!))
      throw new NonFiniteLossError(this.step + 1, loss!, await firstNonFinite(program.outputs, program.bound.captured()))
    if (this.accumulate > 1) {
      this.summed = addBatch(this.trained, program, this.pending++ === 0 ? undefined : this.summed)
      if (this.pending < this.accumulate) {
        program.commit()
        return { loss: loss!, metrics, counts, step: this.step, lr: this.lr }
      }
    } else if (program.counts === 0) clearGradients(this.trained)
    const moved = this.move(loss!, program)
    const { step, lr, gradientNorm } = moved instanceof Promise ? await moved : moved
    return gradientNorm === undefined
      ? { loss: loss!, metrics, counts, step, lr }
      : { loss: loss!, metrics, counts, step, lr, gradientNorm }
  }

  /** The update along the gradients of the batch, or of those summed; the program is the one whose buffers wait for it. */
  private move(loss: number, program?: LossProgram): Moved | Promise<Moved> {
    const { trained } = this
    let touched = program?.touched
    if (this.pending > 0) {
      touched = this.summed.touched
      takeSum(trained, this.summed)
      this.pending = 0
      this.summed = nothing
    }
    const gradientNorm = this.clip()
    if (gradientNorm === undefined || !Number.isFinite(gradientNorm)) requireFiniteGradients(trained, this.step + 1, loss)
    const update = prepare(trained, trained.plan(touched!), this.step + 1)
    return update instanceof Promise
      ? update.then((u) => this.finish(u, program, gradientNorm))
      : this.finish(update, program, gradientNorm)
  }

  /** Here nothing waits: whoever looks at the model meanwhile sees the weights of one step. */
  private finish(update: Update, program: LossProgram | undefined, gradientNorm: number | undefined): Moved {
    const { trained } = this
    program?.commit()
    apply(trained, update, ++this.step)
    if (trained.average !== undefined)
      this.options.ema!.update(
        trained.kernels,
        { average: trained.arena.offset(trained.average), weight: 0, length: trained.length },
        this.step,
      )
    return { step: this.step, lr: update.lr, gradientNorm }
  }

  private clip(): number | undefined {
    const { clip } = this.options
    if (!clip) return undefined
    const slice = [{ k: this.trained.kernels, at: this.trained.arena.offset(1), length: this.trained.length }]
    if ('norm' in clip) return clipByNorm(slice, { max: clip.norm, ...(clip.order !== undefined && { order: clip.order }) })
    clipByValue(slice, clip.value)
    return undefined
  }

  private program(form: Form): LossProgram {
    const { params, gradients } = this.trained
    this.trained.claim()
    return new LossProgram(this.model, this.loss as (batch: never) => LossResult, form, { params, gradients, statistics: this.statistics })
  }
}

/** A training step as a function of a batch; `stepper` holds its state. */
export interface TrainStep<B extends Fields> {
  (batch: Given<B>): Promise<StepResult>
  /** Makes a step of the batches summed so far, where `accumulate` waits for more; undefined when there are none. */
  flush(): ReturnType<Stepper<B>['flush']>
  readonly stepper: Stepper<B>
}

/**
 * Compiles loss, gradients and update of a model into one step, for a training loop of your own. The loss function is traced in training mode,
 * once for each form of batch. It may give `{ loss, … }` to report more numbers, and `counts` among them, how much counts in the batch.
 *
 * A batch may be nested: tensors, typed arrays and numbers at any depth come in as tensors (numbers 0-d, f32), another string or boolean is another
 * program, and anything else is refused by name. What the loss function reads from elsewhere is part of the program, as it was at the first call:
 * give numbers that change in the batch. Weights that a loss does not depend on do not move, and steps of the same weights made at once take turns.
 *
 * @example
 * const step = trainStep(model, adam(), ({ x, y }: { x: Tensor; y: Tensor }) => crossEntropy(model.forward(x), y))
 * for (const batch of batches(train, 128)) console.log((await step(batch)).loss)
 * @example
 * const step = trainStep(model, adam(), ({ x, beta }: { x: Tensor; beta: Tensor }) => loss(x).add(penalty(model).mul(beta)))
 * await step({ x, beta: 0.1 })
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
  return Object.assign((batch: Given<B>) => stepper.run(batch), { stepper, flush: () => stepper.flush() })
}
