/** Training a model on a set or a feed: epochs of batches, measured after each. */
import type { Layer } from '../../nn/module.js'
import { numbersIn } from '../../report/curves/journal.js'
import type { Given } from '../../runtime/compile.js'
import { HebbError } from '../../tensor/errors.js'
import { defined } from '../../tensor/options.js'
import { Tensor } from '../../tensor/tensor.js'
import { evaluationOf, measure } from '../evaluate/evaluate.js'
import { type ExamplesFor, type FieldNames, feedOf, type InputsOf, rolesOf, sizeOfBatch } from '../evaluate/fields.js'
import { Means } from '../evaluate/means.js'
import { type AnyModel, reported, seesBatch } from '../evaluate/reported.js'
import type { Run } from '../run/begun.js'
import { run } from '../run/run.js'
import { Learner } from '../step/learner.js'
import type { Fields } from '../step/lossProgram.js'
import type { EpochEvent, FitEvent } from './events.js'
import { type AnyOptions, check, type FitOptions, settingsOf, validating } from './fitOptions.js'
import { Best, Place, Stop } from './parts.js'

/**
 * Trains a model on a data set or a feed, yielding an event after each epoch (and with `every` after steps). Awaited it trains to the end and
 * gives the last event. Leaving the loop stops the run; the weights are the model's. The same seed gives the same bytes, resumed or not.
 * Model and loss get the fields x and y of each batch, or those that `inputs` and `target` name; with `weight` each example counts as much as that field
 * says. Several ranks (`world`) divide each batch between them.
 * Batches left at the end of an epoch, where `accumulate` waits for more, make a step of what is there. With `ema` the validation measures the averaged
 * weights, which the model holds while an epoch's event is looked at, and after the run.
 * Throws HebbError for no examples, for fields that are missing, naming those there are, and for options that do not exist, NonFiniteLossError when the
 * loss is NaN or infinite, NonFiniteGradientError when only a gradient is.
 *
 * @example
 * for await (const e of fit(model, train, { loss: crossEntropy, optimizer: adam({ lr: 1e-3 }), epochs: 3, validation: test }))
 *   console.log(e.epoch, e.loss, e.accuracy)
 * @example
 * class Prices { forward({ image, age }: { image: Tensor; age: Tensor }): Tensor { … } }
 * await fit(new Prices(), houses, { inputs: ['image', 'age'], target: 'price', weight: 'w', loss: huber, optimizer: adam() })
 */
export function fit<In, Out, const I extends FieldNames = InputsOf<In>, const T extends FieldNames = 'y'>(
  model: Layer<readonly [In], Out>,
  data: ExamplesFor<I, T>,
  options: FitOptions<Out, I, T> & { readonly every: number | undefined },
): Run<FitEvent>
export function fit<In, Out, const I extends FieldNames = InputsOf<In>, const T extends FieldNames = 'y'>(
  model: Layer<readonly [In], Out>,
  data: ExamplesFor<I, T>,
  options: FitOptions<Out, I, T>,
): Run<EpochEvent>
export function fit(model: AnyModel, data: unknown, options: AnyOptions): Run<FitEvent> {
  check(model, data, options)
  const { validation, optimizer, epochs = 1, seed = 0, world } = options
  const feed = feedOf('fit', data, { batchSize: options.batchSize, dropLast: options.dropLast ?? false }, 32)
  const reduce = options.reduce ?? (world && world.size > 1 ? world.allReduce : undefined)
  const learner = new Learner(model, optimizer, { ...options, reduce }, 'fit')
  const roles = rolesOf('fit', options, { all: seesBatch(options) })
  const stepper = learner.add('', 'fit', (fields: Fields) => reported(model, fields, roles(fields), options))
  const [place, means, stop, best] = [new Place(), new Means(), new Stop(options.stop), new Best(model)]
  const parts = { learner, place, means, stop, best }
  const end = (): void => {
    learner.trained.showAverages()
    if (stop.over || place.epoch >= epochs) best.giveBack()
  }
  const method = {
    ...options,
    every: options.every ?? Number.POSITIVE_INFINITY,
    settings: settingsOf(model, data, feed, options),
    end,
    called: fit,
  }
  return run(parts, method, async function* (r): AsyncGenerator<FitEvent, void, undefined> {
    while (place.epoch < epochs && !stop.over) {
      const total = Math.min(feed.length ?? Number.POSITIVE_INFINITY, options.batchesPerEpoch ?? Number.POSITIVE_INFINITY)
      const pass = { seed, epoch: place.epoch, start: place.batch, rank: r.world.rank, ranks: r.world.size }
      const source = iteratorOf(feed.batches(pass))
      try {
        let next = await source.next()
        while (!next.done && place.batch < total) {
          if (!(await r.goesOn())) return
          const picked = roles(next.value).pick(next.value)
          const size = sizeOfBatch(next.value)
          const running = stepper.run(picked as Given<Fields>)
          // the next batch is gathered while this one runs: the program has copied its inputs already
          const coming = place.batch + 1 < total && isComputed(picked) ? asked(source) : undefined
          let result = await running
          means.add({ loss: result.loss, ...result.metrics }, stepper.weights, size)
          place.batch++
          next = place.batch < total ? await (coming ?? source.next()) : { done: true, value: undefined }
          // batches that wait for more at the end of an epoch make a step of what is there
          if (next.done) result = { ...result, ...(await stepper.flush()) }
          r.step = result.step
          if (r.due && stepper.pending === 0)
            yield r.event({
              kind: 'step',
              ...result,
              epoch: place.epoch + 1,
              batch: place.batch,
              ...defined({ batches: Number.isFinite(total) ? total : undefined }),
              examples: means.examples,
            })
        }
      } finally {
        await source.return?.()
      }
      if (place.batch === 0)
        throw new HebbError(`fit: the feed gave no batches in epoch ${place.epoch + 1}: there is nothing to learn from`)
      if (!(await r.goesOn())) return
      const trained = evaluationOf(means)
      means.clear()
      place.next()
      learner.trained.showAverages()
      const measured = defined({
        validation: validation && (await measure(model, validation, validating(options), 'fit: validation')),
      })
      const isBest = stop.see(place.epoch, measured.validation)
      if (isBest) best.keep()
      for (const memory of learner.memories) memory.see?.(numbersIn({ ...trained, ...measured }))
      yield r.event({ kind: 'epoch', epoch: place.epoch, ...trained, ...measured, ...defined({ best: isBest }) })
      learner.trained.showWeights()
      await r.save()
    }
  })
}

const iteratorOf = <T>(given: Iterable<T> | AsyncIterable<T>): Iterator<T> | AsyncIterator<T> =>
  Symbol.asyncIterator in given ? given[Symbol.asyncIterator]() : given[Symbol.iterator]()

/** Whether all numbers of a batch are there: a step takes them along before it waits for anything. */
const isComputed = (batch: Fields): boolean => Object.values(batch).every((value) => value instanceof Tensor && value.value !== undefined)

/** The next batch, or its error, which is told when it is waited for. */
function asked<T>(source: Iterator<T> | AsyncIterator<T>): Promise<IteratorResult<T>> | IteratorResult<T> {
  const next = source.next()
  if (next instanceof Promise) next.catch(() => {})
  return next
}
