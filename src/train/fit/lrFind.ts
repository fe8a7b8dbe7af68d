/** Finding a learning rate: raise it step by step, watch the loss fall, then grow. */

import type { Feed } from '../../data/feed.js'
import { type Layer, requireParameters } from '../../nn/module.js'
import type { Optimizer } from '../../optim/optimizer.js'
import { adam } from '../../optim/optimizers/adam.js'
import type { Schedule } from '../../optim/schedules/schedule.js'
import type { Given } from '../../runtime/compile.js'
import { HebbError } from '../../tensor/errors.js'
import { least } from '../../tensor/extremes.js'
import { checkOptions } from '../../tensor/options.js'
import type { Tensor } from '../../tensor/tensor.js'
import { type Run, runOf } from '../run/begun.js'
import {
  type Examples,
  type FieldNames,
  type FieldOptions,
  feedOf,
  fieldOptions,
  type InputsOf,
  type NamesIn,
  type Picked,
  Roles,
  requireFields,
} from '../run/fields.js'
import { type AnyModel, type Loss, lossOf, seesBatch } from '../run/reported.js'
import { Learner } from '../step/learner.js'
import type { Fields } from '../step/lossProgram.js'
import { NonFiniteError } from '../step/nonFinite.js'
import type { StepOptions } from '../step/options.js'
import type { Stepper } from '../step/stepper.js'

/** Settings of `lrFind`. */
export interface LrFindOptions<Out = Tensor, I extends FieldNames = 'x', T extends FieldNames = 'y'>
  extends Omit<StepOptions, 'ema' | 'accumulate'>,
    FieldOptions<I, T> {
  /** from the model's output and the target to one number */
  readonly loss: Loss<Out, Picked<T>>
  /** the optimizer whose rate is sought, from the rate that rises; default `(lr) => adam({ lr })` */
  readonly optimizer?: (lr: Schedule) => Optimizer
  /** examples per step of a data set; default 32, as in `fit`. Use that of the training to come */
  readonly batchSize?: number
  /** first and last rate; default 1e-7 and 10 */
  readonly from?: number
  readonly to?: number
  /** steps from one to the other, each a constant factor above the last; default 100 */
  readonly steps?: number
  /** ends the search early; what was found so far counts */
  readonly signal?: AbortSignal
}

/** One step of the search. */
export interface LrPoint {
  /** rate of this step's update */
  readonly lr: number
  /** loss of this step's batch, before that update */
  readonly loss: number
  /** mean of the losses around it, weighted by nearness: what the curve would be without the noise of batches */
  readonly smooth: number
}

/** What a search tells after each step. */
export interface LrStep {
  /** counted from 1 */
  readonly step: number
  /** rate of this step's update */
  readonly lr: number
  /** loss of this step's batch, before that update */
  readonly loss: number
}

/** What a search found. */
export interface LrFinding {
  /** where the loss falls fastest per factor of the rate: a good rate to begin with */
  readonly suggestion: number
  /** where the loss is least: from here on it grows, so rates near it and above are too large */
  readonly lowest: number
  readonly curve: readonly LrPoint[]
  /** whether the loss left all bounds, or was NaN or infinite, before the last rate */
  readonly diverged: boolean
}

/**
 * The range test of [Smith 2017]: trains with a rate that rises exponentially, `lr_t = from·(to/from)^(t/(steps−1))`, and looks where the loss falls
 * fastest and where it turns. It stops early once the loss is far above its least. The model's weights and buffers are afterwards what
 * they were before, and stay undecided where they were undecided.
 * Awaited it gives what it found; `for await` sees each step on the way.
 * Throws HebbError for an empty set or a range that does not rise, and when the very first losses are NaN or infinite.
 *
 * @example const { suggestion } = await lrFind(model, train, { loss: crossEntropy, batchSize: 128 })
 */
export function lrFind<In, Out, const I extends FieldNames = InputsOf<In>, const T extends FieldNames = 'y'>(
  model: Layer<readonly [In], Out>,
  data: Examples<NamesIn<I> | NamesIn<T>>,
  options: LrFindOptions<Out, I, T>,
): Run<LrStep, LrFinding> {
  const search = new Search(model as AnyModel, data, options as LrFindOptions<never, FieldNames, FieldNames>)
  return runOf(lrFind, search.steps(), () => search.finding())
}

const optionNames = [
  'loss',
  'optimizer',
  'batchSize',
  'from',
  'to',
  'steps',
  'signal',
  'seed',
  'clip',
  'only',
  'statistics',
  ...fieldOptions,
]

class Search {
  private readonly losses: number[] = []
  private diverged = false
  private readonly rate: (t: number) => number
  private readonly count: number

  constructor(
    private readonly model: AnyModel,
    private readonly data: unknown,
    private readonly options: LrFindOptions<never, FieldNames, FieldNames>,
  ) {
    const { from = 1e-7, to = 10, steps = 100 } = options ?? {}
    this.rate = (t) => from * (to / from) ** (t / (steps - 1))
    this.count = steps
  }

  async *steps(): AsyncGenerator<LrStep, void, undefined> {
    const { model, data, losses, rate } = this
    requireFields('lrFind', data, this.options ?? {})
    checkOptions('lrFind', this.options ?? null, optionNames)
    const { loss, optimizer = (lr) => adam({ lr }), batchSize, from = 1e-7, to = 10, steps = 100, signal, ...others } = this.options
    const { inputs, target, weight, ...stepping } = others
    if (typeof loss !== 'function')
      throw new HebbError('lrFind: there is no loss: give a function of output and target, such as crossEntropy')
    if (!(from > 0 && to > from && Number.isFinite(to)))
      throw new HebbError(`lrFind: from ${from} to ${to}: give two rates above 0 that rise`)
    if (!Number.isInteger(steps) || steps < 10) throw new HebbError(`lrFind: steps ${steps}: give a whole number of at least 10`)
    const giveBack = remember(model)
    try {
      const learner = new Learner(model, optimizer(rate), stepping, 'lrFind')
      let stepper: Stepper<Fields> | undefined
      let roles: Roles | undefined
      const bounds = new Bounds()
      for await (const batch of endless(feedOf('lrFind', data, { batchSize }, 32), stepping.seed ?? 0)) {
        if (losses.length === steps || signal?.aborted) break
        roles ??= new Roles('lrFind', Object.keys(batch), others, { all: seesBatch({ loss }) })
        const known = roles
        stepper ??= learner.add('', 'lrFind', (fields: Fields) => lossOf(model, fields, known, loss))
        const { loss: value } = await stepper.run(known.pick(batch) as Given<Fields>)
        losses.push(value)
        this.diverged = bounds.left(value)
        yield { step: losses.length, lr: rate(losses.length - 1), loss: value }
        if (this.diverged) break
      }
    } catch (error) {
      if (!(error instanceof NonFiniteError) || losses.length < 3) throw error
      this.diverged = true
    } finally {
      giveBack()
    }
  }

  finding(): LrFinding {
    const { losses, rate } = this
    const smooth = smoothed(losses, Math.max(1, this.count / 40))
    const curve = losses.map((value, t) => ({ lr: rate(t), loss: value, smooth: smooth[t]! }))
    const lowest = smooth.indexOf(least(smooth))
    return { suggestion: rate(steepest(smooth, lowest)), lowest: rate(lowest), curve, diverged: this.diverged }
  }
}

/** Batches without end, epoch after epoch. Throws HebbError for an epoch without any. */
async function* endless(feed: Feed<Fields>, seed: number): AsyncGenerator<Fields> {
  for (let epoch = 0; ; epoch++) {
    let any = false
    for await (const batch of feed.batches({ seed, epoch })) {
      any = true
      yield batch
    }
    if (!any) throw new HebbError('lrFind: the feed gave no batches: there is nothing to learn from')
  }
}

/** Notes where a model's numbers live and what they are; gives the function that puts all of it back. */
function remember(model: AnyModel): () => void {
  const kept = [...requireParameters(model).values()].map(({ storage }) => ({
    storage,
    home: storage.home,
    copy: storage.home?.kind === 'arena' ? storage.home.array.slice() : undefined,
  }))
  return () => {
    for (const { storage, home, copy } of kept) {
      if (copy) home!.array.set(copy as never)
      storage.home = home
    }
  }
}

/** Tells when a loss has grown so far above its least that it will not come back. */
class Bounds {
  private first: number | undefined
  private least = Number.POSITIVE_INFINITY
  private mean = 0

  left(loss: number): boolean {
    // one wild batch is no divergence: the running mean must be out
    this.mean = this.first === undefined ? loss : 0.7 * this.mean + 0.3 * loss
    this.first ??= loss
    this.least = Math.min(this.least, this.mean)
    return this.mean - this.least > 3 * Math.max(Math.abs(this.first), Math.abs(this.least))
  }
}

/** Means weighted by a bell curve of `width` steps. */
function smoothed(values: readonly number[], width: number): number[] {
  const reach = Math.ceil(3 * width)
  return values.map((_, t) => {
    let [sum, weight] = [0, 0]
    for (let k = Math.max(0, t - reach); k <= Math.min(values.length - 1, t + reach); k++) {
      const w = Math.exp(-0.5 * ((k - t) / width) ** 2)
      sum += w * values[k]!
      weight += w
    }
    return sum / weight
  })
}

/** The step before `end` at which values fall fastest; the first step where they never fall. */
function steepest(values: readonly number[], end: number): number {
  let [best, slope] = [0, 0]
  for (let t = 1; t < end; t++) {
    const fall = values[t - 1]! - values[t + 1]!
    if (fall > slope) [best, slope] = [t, fall]
  }
  return best
}
