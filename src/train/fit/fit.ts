/** Training a model on a data set: epochs of batches, measured after each. */
import { batches } from '../../data/batches.js'
import type { Dataset } from '../../data/dataset.js'
import { type Layer, requireParameters } from '../../nn/module.js'
import { type Optimizer, requireOptimizer } from '../../optim/optimizer.js'
import { HebbError } from '../../tensor/errors.js'
import { checkOptions } from '../../tensor/options.js'
import type { Tensor } from '../../tensor/tensor.js'
import type { Run } from '../run/begun.js'
import { evaluationOf, type Loss, Means, type Metrics, measure, reported, requireExamples } from '../run/evaluate.js'
import { type RunOptions, run, runOptions } from '../run/run.js'
import type { RunSettings } from '../run/savedRun.js'
import { Learner } from '../step/learner.js'
import { type StepOptions, stepOptions } from '../step/options.js'
import type { EarlyStopping } from './earlyStopping.js'
import type { EpochEvent, FitEvent } from './events.js'
import { Best, Place, Stop } from './parts.js'

/** Settings of a run. */
export interface FitOptions extends StepOptions, RunOptions {
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
  check(model, data, options)
  const { loss, metrics, validation, optimizer, epochs = 1, batchSize = 32, seed = 0, dropLast = false } = options
  type Pair = { readonly x: Tensor; readonly y: Tensor }
  const reduce = options.reduce ?? (options.world && options.world.size > 1 ? options.world.allReduce : undefined)
  const learner = new Learner(model, optimizer, { ...options, ...(reduce && { reduce }) }, 'fit')
  const stepper = learner.add('', 'fit', ({ x, y }: Pair) => reported(model.forward(x), y, loss, metrics))
  const [place, means, stop, best] = [new Place(), new Means(), new Stop(options.stop), new Best(model)]
  const parts = { learner, place, means, stop, best }
  const method = { ...options, every: options.every ?? Number.POSITIVE_INFINITY, settings: settingsOf(model, data, options), called: fit }
  return run(parts, method, async function* (r): AsyncGenerator<FitEvent, void, undefined> {
    r.after(() => {
      learner.trained.showAverages()
      if (stop.over || place.epoch >= epochs) best.giveBack()
    })
    while (place.epoch < epochs && !stop.over) {
      const plan = batches(data, batchSize, { seed, epoch: place.epoch, start: place.batch, dropLast, reuse: true })
      const total = Math.min(plan.length + place.batch, options.batchesPerEpoch ?? Number.POSITIVE_INFINITY)
      const source = plan[Symbol.iterator]()
      let next = source.next()
      while (!next.done && place.batch < total) {
        if (!(await r.goesOn())) return
        const { x, y, size } = next.value
        const running = stepper.run({ x, y })
        // the next batch is gathered while this one runs: the program has copied its inputs already
        next = source.next()
        let result = await running
        means.add({ loss: result.loss, ...result.metrics }, stepper.weights, size)
        place.batch++
        // batches that wait for more at the end of an epoch make a step of what is there
        if (place.batch >= total) result = { ...result, ...(await stepper.flush()) }
        r.step = result.step
        if (r.due && stepper.pending === 0)
          yield r.event({ kind: 'step', ...result, epoch: place.epoch + 1, batch: place.batch, batches: total, examples: means.examples })
      }
      if (!(await r.goesOn())) return
      const trained = evaluationOf(means)
      means.clear()
      place.epoch++
      place.batch = 0
      learner.trained.showAverages()
      const measured = validation && { validation: await measure(model, validation, { loss, ...(metrics && { metrics }) }) }
      const isBest = stop.see(place.epoch, measured?.validation)
      if (isBest) best.keep()
      yield r.event({ kind: 'epoch', epoch: place.epoch, ...trained, ...measured, ...(isBest !== undefined && { best: isBest }) })
      learner.trained.showWeights()
      await r.save()
    }
  })
}

/** What a run and the one that goes on from its checkpoint must agree on. */
const settingsOf = (model: Layer, data: Dataset<'x' | 'y'>, options: FitOptions): RunSettings => ({
  seed: options.seed ?? 0,
  batchSize: options.batchSize ?? 32,
  optimizer: options.optimizer.name,
  examples: data.length,
  parameters: requireParameters(model).size,
  accumulate: options.accumulate ?? 1,
  ema: options.ema?.decay ?? 'none',
  ...(options.batchesPerEpoch !== undefined && { batchesPerEpoch: options.batchesPerEpoch }),
  ...(options.dropLast && { dropLast: true }),
})

const optionNames = [
  ...['loss', 'optimizer', 'epochs', 'batchSize', 'batchesPerEpoch', 'dropLast', 'validation', 'metrics', 'stop'],
  ...[...runOptions, ...stepOptions],
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
  const { epochs = 1, batchesPerEpoch } = options
  if (data.length === 0) throw new HebbError('fit: the data set is empty: there is nothing to learn from')
  if (!Number.isInteger(epochs) || epochs < 0) throw new HebbError(`fit: epochs ${epochs}: give a whole number`)
  if (batchesPerEpoch !== undefined && !(Number.isInteger(batchesPerEpoch) && batchesPerEpoch >= 1))
    throw new HebbError(`fit: batchesPerEpoch ${batchesPerEpoch}: give a whole number of at least 1`)
  if (options.stop && !validation) throw new HebbError('fit: an early stop watches the validation set: give { validation }')
}
