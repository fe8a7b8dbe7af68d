/** A training run as a stream of events. */
import { type Batch, batches } from '../../data/batches.js'
import type { Dataset } from '../../data/dataset.js'
import type { StoredTensor } from '../../files/safetensors/stored.js'
import { type Layer, requireParameters } from '../../nn/module.js'
import { type Optimizer, requireOptimizer } from '../../optim/optimizer.js'
import { HebbError } from '../../tensor/errors.js'
import { checkOptions } from '../../tensor/options.js'
import type { Tensor } from '../../tensor/tensor.js'
import { restore } from '../load.js'
import { type Run, runOf } from '../run/begun.js'
import { loadCheckpoint, type RunIdentity, type RunPosition, saveCheckpoint } from '../run/checkpoint.js'
import { evaluationOf, type Loss, Means, type Metrics, measure, reported, requireExamples } from '../run/evaluate.js'
import { snapshotOf } from '../save.js'
import { Learner } from '../step/learner.js'
import { type StepOptions, stepOptions } from '../step/options.js'
import type { Stepper } from '../step/stepper.js'
import type { EarlyStopping, StopState } from './earlyStopping.js'
import type { EpochEvent, FitEvent, StepEvent } from './events.js'

/** Settings of a run. */
export interface FitOptions extends StepOptions {
  /** from the model's output and the target to one number */
  readonly loss: Loss
  readonly optimizer: Optimizer
  /** Default 1 */
  readonly epochs?: number
  /** Default 32 */
  readonly batchSize?: number
  /** ends an epoch after so many batches: for sets too large to go through; each epoch then sees other examples. Default: all */
  readonly batchesPerEpoch?: number
  /** leaves out a last batch that is not full, as batch norm of a single last example needs it. Default false */
  readonly dropLast?: boolean
  /** measured after each epoch */
  readonly validation?: Dataset<'x' | 'y'>
  readonly metrics?: Metrics
  readonly stop?: EarlyStopping
  /** also yields a step event every so many updates */
  readonly every?: number
  /** ends the run after the step under way; with a checkpoint its state is written first */
  readonly signal?: AbortSignal
  /** a file that holds the state of the run: written every so many seconds (default 30), after each epoch and at the end */
  readonly checkpoint?: { readonly path: string; readonly seconds?: number }
  /** goes on from the checkpoint at this path */
  readonly resume?: string
}

/**
 * Trains a model on a data set with fields x and y, yielding an event after each epoch (and with `every` after steps). Awaited it trains to the end and
 * gives the last event. Leaving the loop stops the run; the weights are the model's. The same seed gives the same bytes, resumed or not.
 * Batches left at the end of an epoch, where `accumulate` waits for more, make a step of what is there. With `ema` the validation measures the averaged
 * weights, which the model holds while an epoch's event is looked at, and after the run.
 * Throws HebbError for an empty set and for options that do not exist, NonFiniteLossError when the loss is NaN or infinite, NonFiniteGradientError when
 * only a gradient is.
 *
 * @example
 * for await (const e of fit(model, train, { loss: crossEntropy, optimizer: adam({ lr: 1e-3 }), epochs: 3, validation: test }))
 *   console.log(e.epoch, e.loss, e.accuracy)
 */
export function fit(model: Layer, data: Dataset<'x' | 'y'>, options: FitOptions & { readonly every: number }): Run<FitEvent>
export function fit(model: Layer, data: Dataset<'x' | 'y'>, options: FitOptions): Run<EpochEvent>
export function fit(model: Layer, data: Dataset<'x' | 'y'>, options: FitOptions): Run<FitEvent> {
  return runOf(fit, new Fitting(model, data, options).events())
}

const optionNames = [
  ...['loss', 'optimizer', 'epochs', 'batchSize', 'batchesPerEpoch', 'dropLast', 'validation', 'metrics', 'stop', 'every'],
  ...['signal', 'checkpoint', 'resume', ...stepOptions],
]

/** What plain JavaScript may get wrong. */
function check(model: Layer, data: Dataset<'x' | 'y'>, options: FitOptions): void {
  if (typeof model?.forward !== 'function')
    throw new HebbError('fit: the model has no forward: give a layer, such as sequential(new Linear(4, 2))')
  requireExamples('fit', data)
  if (!options) throw new HebbError('fit: there are no options: give at least { loss, optimizer }')
  checkOptions('fit', options, optionNames)
  const { loss, validation } = options
  if (typeof loss !== 'function')
    throw new HebbError(
      `fit: the loss is ${loss === undefined ? 'missing' : `a ${typeof loss}`}: give a function of output and target, such as crossEntropy`,
    )
  requireOptimizer('fit', options.optimizer)
  if (validation !== undefined) requireExamples('fit: validation', validation)
}

type Pair = { readonly x: Tensor; readonly y: Tensor }

class Fitting {
  private readonly learner: Learner
  private readonly stepper: Stepper<Pair>
  private readonly identity: RunIdentity
  private readonly size: number
  private readonly means = new Means()
  private readonly stop: StopState | undefined
  private best: ReadonlyMap<string, StoredTensor> | undefined
  private stopped = false
  private epoch = 0
  private batch = 0
  private saved = performance.now()
  /** where the run stood when its checkpoint was written last */
  private savedAt: string | undefined
  private began = performance.now()

  constructor(
    private readonly model: Layer,
    private readonly data: Dataset<'x' | 'y'>,
    private readonly options: FitOptions,
  ) {
    check(model, data, options)
    const { loss, metrics, validation, stop, optimizer, batchSize = 32, epochs = 1, seed = 0, batchesPerEpoch } = options
    if (data.length === 0) throw new HebbError('fit: the data set is empty: there is nothing to learn from')
    if (!Number.isInteger(epochs) || epochs < 0) throw new HebbError(`fit: epochs ${epochs}: give a whole number`)
    if (batchesPerEpoch !== undefined && !(Number.isInteger(batchesPerEpoch) && batchesPerEpoch >= 1))
      throw new HebbError(`fit: batchesPerEpoch ${batchesPerEpoch}: give a whole number of at least 1`)
    if (stop && !validation) throw new HebbError('fit: an early stop watches the validation set: give { validation }')
    this.size = batchSize
    this.stop = stop?.start()
    this.learner = new Learner(model, optimizer, options, 'fit')
    this.stepper = this.learner.add('', 'fit', ({ x, y }: Pair) => reported(model.forward(x), y, loss, metrics))
    this.identity = {
      seed,
      batchSize,
      optimizer: optimizer.name,
      examples: data.length,
      parameters: requireParameters(model).size,
      accumulate: options.accumulate ?? 1,
      ema: options.ema?.decay ?? 'none',
      ...(batchesPerEpoch !== undefined && { batchesPerEpoch }),
      ...(options.dropLast && { dropLast: true }),
    }
  }

  async *events(): AsyncGenerator<FitEvent, void, undefined> {
    const { options } = this
    if (options.resume !== undefined) await this.goOn(options.resume)
    const { epochs = 1 } = options
    const { trained } = this.learner
    try {
      while (this.epoch < epochs && !this.stopped && !options.signal?.aborted) {
        const ended = yield* this.oneEpoch()
        if (!ended) break
        trained.showAverages()
        const event = await this.endEpoch()
        this.stopped = this.judge(event) === 'stop'
        yield { ...event, ...(this.stop && { best: this.stop.bestEpoch === event.epoch }) }
        trained.showWeights()
        // after the event: whoever notes it has it before the state that goes on behind it
        await this.checkpoint()
      }
    } finally {
      trained.showWeights()
      await this.checkpoint()
      trained.showAverages()
      if (this.best && (this.stopped || this.epoch >= epochs)) restore(this.model, this.best, 'the best epoch')
    }
  }

  /** The batches of an epoch; false when the run is to end in the middle of it. */
  private async *oneEpoch(): AsyncGenerator<StepEvent, boolean, undefined> {
    const { seed = 0, every, signal, checkpoint, dropLast = false, batchesPerEpoch = Number.POSITIVE_INFINITY } = this.options
    const plan = batches(this.data, this.size, { seed, epoch: this.epoch, start: this.batch, dropLast, reuse: true })
    const total = Math.min(plan.length + this.batch, batchesPerEpoch)
    const source = plan[Symbol.iterator]()
    let next = source.next()
    while (!next.done && this.batch < total) {
      if (signal?.aborted) return false
      const { size } = next.value
      const running = this.stepper.run(pair(next.value))
      // the next batch is gathered while this one runs: the program has copied its inputs already
      next = source.next()
      let result = await running
      this.means.add({ loss: result.loss, ...result.metrics }, this.stepper.weights, size)
      this.batch++
      // batches that wait for more at the end of an epoch make a step of what is there
      if (this.batch >= total) result = { ...result, ...(await this.stepper.flush()) }
      if (every !== undefined && result.step % every === 0 && this.stepper.pending === 0)
        yield {
          kind: 'step',
          ...result,
          epoch: this.epoch + 1,
          batch: this.batch,
          batches: total,
          examples: this.means.examples,
          seconds: this.seconds(),
        }
      if (checkpoint && performance.now() - this.saved > 1000 * (checkpoint.seconds ?? 30)) await this.checkpoint()
    }
    return true
  }

  private async endEpoch(): Promise<EpochEvent> {
    const { loss, accuracy, metrics, examples } = evaluationOf(this.means)
    this.means.clear()
    this.epoch++
    this.batch = 0
    const { validation: held, loss: measured, metrics: asked } = this.options
    const validation = held && (await measure(this.model, held, { loss: measured, ...(asked && { metrics: asked }) }))
    return {
      kind: 'epoch',
      epoch: this.epoch,
      step: this.stepper.step,
      loss,
      ...(accuracy !== undefined && { accuracy }),
      metrics,
      ...(validation && { validation }),
      examples,
      seconds: this.seconds(),
    }
  }

  private judge({ epoch, validation }: EpochEvent): 'best' | 'wait' | 'stop' {
    const { stop } = this.options
    if (!stop || !this.stop || !validation) return 'wait'
    const value = validation[stop.monitor]
    if (value === undefined)
      throw new HebbError(`fit: the early stop watches ${stop.monitor}, which this task does not have: there must be right answers`)
    const verdict = stop.see(this.stop, epoch, value)
    if (verdict === 'best') this.best = snapshotOf(this.model)
    return verdict
  }

  private seconds(): number {
    return (performance.now() - this.began) / 1000
  }

  private async checkpoint(): Promise<void> {
    const at = `${this.epoch}/${this.batch}/${this.stopped}`
    // leaving the loop right after an epoch finds its checkpoint written
    if (!this.options.checkpoint || at === this.savedAt) return
    const position: RunPosition = {
      epoch: this.epoch,
      batch: this.batch,
      sums: this.means.state,
      examples: this.means.examples,
      ...(this.stop && { stop: { ...this.stop } }),
      ...(this.stopped && { stopped: true }),
      seconds: this.seconds(),
    }
    await saveCheckpoint(this.options.checkpoint.path, this.learner, position, this.identity, this.best)
    this.saved = performance.now()
    this.savedAt = at
  }

  private async goOn(path: string): Promise<void> {
    const { position, best } = await loadCheckpoint(path, this.learner, this.identity)
    this.epoch = position.epoch
    this.batch = position.batch
    this.means.restore(position.sums, position.examples)
    if (this.stop && position.stop) Object.assign(this.stop, position.stop)
    this.stopped = position.stopped ?? false
    if (best.size > 0) this.best = best
    this.began -= position.seconds * 1000
  }
}

const pair = ({ x, y }: Batch<'x' | 'y'>): Pair => ({ x, y })
