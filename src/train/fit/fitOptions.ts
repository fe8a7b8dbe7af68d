/** What `fit` may be told, and what it checks of that. */
import { Dataset } from '../../data/dataset.js'
import type { Feed } from '../../data/feed.js'
import { requireParameters } from '../../nn/module.js'
import { type Optimizer, requireOptimizer } from '../../optim/optimizer.js'
import { HebbError } from '../../tensor/errors.js'
import { checkOptions, defined } from '../../tensor/options.js'
import type { Tensor } from '../../tensor/tensor.js'
import type { measure } from '../evaluate/evaluate.js'
import { type ExamplesFor, type FieldNames, type FieldOptions, fieldOptions, type Picked, requireFields } from '../evaluate/fields.js'
import { type AnyModel, type Loss, type Metrics, requireQuestions } from '../evaluate/reported.js'
import { type RunOptions, runOptions } from '../run/run.js'
import type { RunSettings } from '../run/savedRun.js'
import type { Fields } from '../step/lossProgram.js'
import { type StepOptions, stepOptions } from '../step/options.js'
import type { EarlyStopping } from './earlyStopping.js'

/** Settings of a run. */
export interface FitOptions<Out = Tensor, I extends FieldNames = 'x', T extends FieldNames = 'y'>
  extends StepOptions,
    RunOptions,
    FieldOptions<I, T> {
  /** from the model's output and the target to one number, or to one for each example, whose mean it is */
  readonly loss: Loss<Out, Picked<T>>
  readonly optimizer: Optimizer
  /** Default 1 */
  readonly epochs?: number | undefined
  /** of a data set; default 32 */
  readonly batchSize?: number | undefined
  /** ends an epoch after so many batches: for sets too large to go through; each epoch then sees other examples. Default: all */
  readonly batchesPerEpoch?: number | undefined
  /** leaves out a last batch of a data set that is not full, as batch norm of a single last example needs it. Default false */
  readonly dropLast?: boolean | undefined
  /** measured after each epoch, with the same fields */
  readonly validation?: ExamplesFor<I, T> | undefined
  readonly metrics?: Metrics<Out, Picked<T>> | undefined
  readonly stop?: EarlyStopping | undefined
  /** also yields a step event every so many updates */
  readonly every?: number | undefined
}

/** The same for models and fields of any kind. */
export type AnyOptions = FitOptions<never, FieldNames, FieldNames>

/** What the validation is asked: the batch size is the training's own. */
export const validating = ({ loss, metrics, inputs, target, weight }: AnyOptions): Parameters<typeof measure>[2] => ({
  loss,
  metrics,
  inputs,
  target,
  weight,
})

/** What a run and the one that goes on from its checkpoint must agree on. */
export const settingsOf = (model: AnyModel, data: unknown, feed: Feed<Fields>, options: AnyOptions): RunSettings =>
  defined({
    seed: options.seed ?? 0,
    ...(data instanceof Dataset ? { batchSize: options.batchSize ?? 32, examples: data.length } : { batches: feed.length ?? 'unknown' }),
    optimizer: options.optimizer.name,
    parameters: requireParameters(model).size,
    accumulate: options.accumulate ?? 1,
    ema: options.ema?.decay ?? 'none',
    batchesPerEpoch: options.batchesPerEpoch,
    dropLast: options.dropLast || undefined,
    weight: options.weight,
  })

const optionNames = [
  ...['loss', 'optimizer', 'epochs', 'batchSize', 'batchesPerEpoch', 'dropLast', 'validation', 'metrics', 'stop'],
  ...[...fieldOptions, ...runOptions, ...stepOptions],
]

/** What plain JavaScript may get wrong. */
export function check(model: AnyModel, data: unknown, options: AnyOptions): void {
  if (typeof model?.forward !== 'function')
    throw new HebbError('fit: the model has no forward: give a layer, such as sequential(new Linear(4, 2))')
  requireFields('fit', data, options ?? {})
  if (!options) throw new HebbError('fit: there are no options: give at least { loss, optimizer }')
  checkOptions('fit', options, optionNames)
  const { validation } = options
  requireQuestions('fit', options.loss, options.metrics)
  requireOptimizer('fit', options.optimizer)
  if (validation !== undefined) requireFields('fit: validation', validation, options)
  const { epochs = 1, batchesPerEpoch } = options
  if (!Number.isInteger(epochs) || epochs < 0) throw new HebbError(`fit: epochs ${epochs}: give a whole number`)
  if (batchesPerEpoch !== undefined && !(Number.isInteger(batchesPerEpoch) && batchesPerEpoch >= 1))
    throw new HebbError(`fit: batchesPerEpoch ${batchesPerEpoch}: give a whole number of at least 1`)
  if (options.stop && !validation) throw new HebbError('fit: an early stop watches the validation set: give { validation }')
}
