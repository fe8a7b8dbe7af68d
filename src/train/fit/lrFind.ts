/** Finding a learning rate: raise it step by step, watch the loss fall, then grow. */

import type { Feed } from '../../data/feed.js'
import type { Stateful } from '../../files/stateful.js'
import { type Layer, requireParameters } from '../../nn/module.js'
import type { Optimizer } from '../../optim/optimizer.js'
import { adam } from '../../optim/optimizers/adam.js'
import type { Schedule } from '../../optim/schedules/schedule.js'
import type { Given } from '../../runtime/compile.js'
import { HebbError } from '../../tensor/errors.js'
import { checkOptions } from '../../tensor/options.js'
import type { Tensor } from '../../tensor/tensor.js'
import {
  type ExamplesFor,
  type FieldNames,
  type FieldOptions,
  feedOf,
  fieldOptions,
  type InputsOf,
  type Picked,
  requireFields,
  rolesOf,
} from '../evaluate/fields.js'
import { type AnyModel, type Loss, lossOf, seesBatch } from '../evaluate/reported.js'
import type { Run } from '../run/begun.js'
import { type Runner, type RunOptions, run, runOptions } from '../run/run.js'
import { Learner } from '../step/learner.js'
import type { Fields } from '../step/lossProgram.js'
import { NonFiniteError } from '../step/nonFinite.js'
import type { StepOptions } from '../step/options.js'
import { Found, findingOf, type LrFinding } from './lrFound.js'
import { Place } from './parts.js'

/** Settings of `lrFind`. */
export interface LrFindOptions<Out = Tensor, I extends FieldNames = 'x', T extends FieldNames = 'y'>
  extends Omit<StepOptions, 'ema' | 'accumulate'>,
    FieldOptions<I, T>,
    RunOptions {
  /** from the model's output and the target to one number, or to one for each example, whose mean it is */
  readonly loss: Loss<Out, Picked<T>>
  /** the optimizer whose rate is sought, from the rate that rises; default `(lr) => adam({ lr })` */
  readonly optimizer?: ((lr: Schedule) => Optimizer) | undefined
  /** examples per step of a data set; default 32, as in `fit`. Use that of the training to come */
  readonly batchSize?: number | undefined
  /** first and last rate; default 1e-7 and 10 */
  readonly from?: number | undefined
  readonly to?: number | undefined
  /** steps from one to the other, each a constant factor above the last; default 100 */
  readonly steps?: number | undefined
}

/** What a search tells after each step. */
export interface LrStep {
  readonly kind: 'step'
  /** counted from 1 */
  readonly step: number
  /** rate of this step's update */
  readonly lr: number
  /** loss of this step's batch, before that update */
  readonly loss: number
  /** seconds of training so far */
  readonly seconds: number
}

/**
 * The range test of [Smith 2017]: trains with a rate that rises exponentially, `lr_t = from·(to/from)^(t/(steps−1))`, and looks where the loss falls
 * fastest and where it turns. It stops early once the loss is far above its least. The model's weights and buffers are afterwards what
 * they were before, and stay undecided where they were undecided.
 * Awaited it gives what it found, so far where a signal ended it; `for await` sees each step on the way. It is a `run`, with checkpoint, resume and journal.
 * Throws HebbError for an empty set or a range that does not rise, and when the very first losses are NaN or infinite.
 *
 * @example const { suggestion } = await lrFind(model, train, { loss: crossEntropy, batchSize: 128 })
 */
export function lrFind<In, Out, const I extends FieldNames = InputsOf<In>, const T extends FieldNames = 'y'>(
  model: Layer<readonly [In], Out>,
  data: ExamplesFor<I, T>,
  options: LrFindOptions<Out, I, T>,
): Run<LrStep, LrFinding> {
  return search(model as AnyModel, data, options as LrFindOptions<never, FieldNames, FieldNames>)
}

const optionNames = [
  ...['loss', 'optimizer', 'batchSize', 'from', 'to', 'steps', 'seed', 'clip', 'only', 'statistics', 'reduce'],
  ...[...fieldOptions, ...runOptions],
]

function search(model: AnyModel, data: unknown, options: LrFindOptions<never, FieldNames, FieldNames>): Run<LrStep, LrFinding> {
  requireFields('lrFind', data, options ?? {})
  checkOptions('lrFind', options ?? null, optionNames)
  const { loss, optimizer = (lr) => adam({ lr }), batchSize, from = 1e-7, to = 10, steps = 100, seed = 0 } = options
  if (typeof loss !== 'function')
    throw new HebbError('lrFind: there is no loss: give a function of output and target, such as crossEntropy')
  if (!(from > 0 && to > from && Number.isFinite(to)))
    throw new HebbError(`lrFind: from ${from} to ${to}: give two rates above 0 that rise`)
  if (!Number.isInteger(steps) || steps < 10) throw new HebbError(`lrFind: steps ${steps}: give a whole number of at least 10`)
  const rate = (t: number): number => from * (to / from) ** (t / (steps - 1))
  const chosen = optimizer(rate)
  const feed = feedOf('lrFind', data, { batchSize }, 32)
  const [place, found] = [new Place(), new Found()]
  let giveBack: (() => void) | undefined
  const roles = rolesOf('lrFind', options, { all: seesBatch({ loss }) })
  // the model is left alone until the search begins
  const begun = once(() => {
    giveBack = remember(model)
    const learner = new Learner(model, chosen, options, 'lrFind')
    return { learner, stepper: learner.add('', 'lrFind', (fields: Fields) => lossOf(model, fields, roles(fields), loss)) }
  })
  const settings = { seed, batchSize: batchSize ?? 32, from, to, steps, optimizer: chosen.name, parameters: requireParameters(model).size }
  const method = { ...options, settings, end: () => giveBack?.(), called: lrFind }
  const body = async function* (r: Runner): AsyncGenerator<LrStep, void, undefined> {
    const { stepper } = begun()
    const { losses } = found
    for await (const batch of endless(feed, seed, place)) {
      if (losses.length === steps || found.diverged || !(await r.goesOn())) return
      const step = await stepper.run(roles(batch).pick(batch) as Given<Fields>).catch((error: unknown) => {
        if (!(error instanceof NonFiniteError) || losses.length < 3) throw error
      })
      if (!step) return found.diverge()
      found.add(step.loss)
      place.batch++
      r.step = losses.length
      if (r.due) yield r.event({ kind: 'step', step: losses.length, lr: rate(losses.length - 1), loss: step.loss })
    }
  }
  return run({ learner: later(() => begun().learner), place, found }, method, body, () => findingOf(found, rate, steps))
}

/** Batches without end, epoch after epoch, from a place on. Throws HebbError for an epoch without any. */
async function* endless(feed: Feed<Fields>, seed: number, place: Place): AsyncGenerator<Fields> {
  for (; ; place.next()) {
    yield* feed.batches({ seed, epoch: place.epoch, start: place.batch })
    if (place.batch === 0) throw new HebbError('lrFind: the feed gave no batches: there is nothing to learn from')
  }
}

const once = <T>(make: () => T): (() => T) => {
  let made: T | undefined
  return () => (made ??= make())
}
/** A part that is made when it is first asked. */
const later = (part: () => Stateful): Stateful => ({
  state: () => part().state(),
  check: (saved) => part().check(saved),
  restore: (saved) => part().restore(saved),
})

/** Notes where a model's numbers live and what they are; gives the function that puts all of it back. */
function remember(model: AnyModel): () => void {
  const kept = [...requireParameters(model).values()].map(({ storage }) => ({
    storage,
    home: storage.home,
    copy: storage.home?.kind === 'arena' ? storage.home.array.slice() : undefined,
  }))
  return () => {
    for (const { storage, home, copy } of kept) {
      storage.home = home
      if (copy) storage.array!.set(copy as never)
    }
  }
}
