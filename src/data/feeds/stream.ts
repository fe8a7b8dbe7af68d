/** Examples that arrive one by one: batched, shuffled within a buffer, and fetched ahead of their use. */

import type { Dtype } from '../../tensor/dtype.js'
import { HebbError } from '../../tensor/errors.js'
import type { Settled } from '../../tensor/options.js'
import { asBatch, type Batch } from '../batches.js'
import type { Column } from '../column.js'
import { Draws } from '../draws.js'
import { type NewValue, packValues } from '../example.js'
import { checkSize, type Feed, type Pass, partOf, passOf } from '../feed.js'
import { gatherColumn, type Rows } from '../gather.js'
import { range } from '../order.js'

/** Anything that gives values one after the other, now or later. */
export type Stream<T> = Iterable<T> | AsyncIterable<T>

/**
 * The same values, asked for up to `ahead` at a time before they are needed, so that reading and computing overlap.
 * Errors come at their place in the order; leaving the loop closes the source.
 */
export async function* prefetch<T>(source: Stream<T>, ahead = 2): AsyncGenerator<T, void, undefined> {
  if (!Number.isInteger(ahead) || ahead < 1) throw new HebbError(`prefetch: ahead ${ahead}: give a whole number of at least 1`)
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
  const pending: Promise<IteratorResult<T>>[] = []
  let last: Promise<unknown> = Promise.resolve()
  try {
    for (;;) {
      while (pending.length < ahead) {
        const next = last.then(() => iterator.next())
        next.catch(() => {}) // reported when its turn comes
        pending.push(next)
        last = next
      }
      const { done, value } = await pending.shift()!
      if (done) return
      yield value
    }
  } finally {
    await last.catch(() => {})
    await iterator.return?.()
  }
}

/** How a stream is batched. */
export interface StreamOptions<F extends string> extends Pass {
  /** examples held back to draw from at random; 0 keeps the order */
  readonly shuffleBuffer?: number | undefined
  /** leaves out a last batch that is not full; false */
  readonly dropLast?: boolean | undefined
  /** batches made before they are needed; 2 */
  readonly ahead?: number | undefined
  /** dtypes of fields; numbers are f32 otherwise, typed arrays what they hold */
  readonly dtypes?: Partial<Record<F, Dtype>> | undefined
}

/**
 * Batches of examples that come from a file, a network or a generator, without ever holding them all. All examples need one shape per field.
 * `indices` count the examples in the order they arrived. Throws HebbError when none arrive, ShapeError when shapes differ.
 *
 * @example for await (const { x, y } of streamBatches(readLines(), 32, { dtypes: { y: 'i32' } })) await step({ x, y })
 */
export async function* streamBatches<F extends string>(
  source: Stream<Readonly<Record<F, NewValue>>>,
  size: number,
  options: StreamOptions<F> = {},
): AsyncGenerator<Batch<F>, void, undefined> {
  const pass = passOf('streamBatches', options)
  checkSize('streamBatches', size, pass.ranks)
  yield* prefetch(packed(source, size, options, pass), options.ahead ?? 2)
}

/** How `streamFeed` batches what streams give. */
export type StreamFeedOptions<F extends string> = Omit<StreamOptions<F>, keyof Pass>

/**
 * A stream as a feed: `open` makes it anew for each epoch, from the start. Each example goes through the shuffle buffer by draws of f(seed, epoch).
 * To go on in the middle of an epoch the examples before are read once more and dropped; several ranks read the same stream, and each batches its part.
 * Throws, where it is read, what `streamBatches` throws.
 *
 * @example
 * const lines = streamFeed(() => readLines('train.jsonl'), 32, { shuffleBuffer: 10_000, dtypes: { y: 'i32' } })
 * await fit(model, lines, { loss: crossEntropy, optimizer: adam(), epochs: 3 })
 */
export function streamFeed<F extends string>(
  open: (epoch: number) => Stream<Readonly<Record<F, NewValue>>>,
  size: number,
  options: StreamFeedOptions<F> = {},
): Feed<Batch<F>> {
  checkSize('streamFeed', size)
  return { batches: (pass = {}) => streamBatches(open(pass.epoch ?? 0), size, { ...options, ...pass }) }
}

interface Arrived<F extends string> {
  readonly index: number
  readonly example: Readonly<Record<F, NewValue>>
}

async function* packed<F extends string>(
  source: Stream<Readonly<Record<F, NewValue>>>,
  size: number,
  options: StreamOptions<F>,
  pass: Settled<Pass>,
): AsyncGenerator<Batch<F>> {
  const columns: Partial<Record<F, Column>> = {}
  const pack = (arrived: readonly Arrived<F>[]): Batch<F> => {
    const names = Object.keys(arrived[0]!.example) as F[]
    const rows = names.map((name): [F, Rows] => {
      const values = arrived.map(({ example, index }) => {
        if (example[name] === undefined) throw new HebbError(`streamBatches: example ${index} has no field ${name}`)
        return example[name]
      })
      const column = packValues(name, values, { before: columns[name], dtype: options.dtypes?.[name] })
      columns[name] ??= column
      return [name, gatherColumn(name, column, range(0, values.length))]
    })
    return asBatch(
      Object.fromEntries(rows) as Record<F, Rows>,
      Int32Array.from(arrived, ({ index }) => index),
    )
  }
  let batch: Arrived<F>[] = []
  let any = false
  let made = 0
  const part = (full: readonly Arrived<F>[]): Batch<F>[] => (made++ < pass.start ? [] : [pack(partOf(full, pass))])
  // the last may be too short for all ranks, and joins the one before it then: that one waits for it
  let before: Arrived<F>[] | undefined
  for await (const arrived of drawn(source, options, pass)) {
    any = true
    batch.push(arrived)
    if (batch.length < size) continue
    if (before) yield* part(before)
    if (pass.ranks > 1) before = batch
    else yield* part(batch)
    batch = []
  }
  if (!any) throw new HebbError('streamBatches: no examples arrived: there is nothing to learn from')
  const short = batch.length > 0 && batch.length < pass.ranks && !options.dropLast
  if (short && !before) throw new HebbError(`streamBatches: ${batch.length} examples are fewer than ${pass.ranks} ranks`)
  if (before) yield* part(short ? [...before, ...batch] : before)
  if (batch.length > 0 && !short && !options.dropLast) yield* part(batch)
}

/** The examples with their numbers; with a buffer, each leaves in exchange for a later one. */
async function* drawn<F extends string>(
  source: Stream<Readonly<Record<F, NewValue>>>,
  { shuffleBuffer = 0 }: StreamOptions<F>,
  { seed, epoch }: Settled<Pass>,
): AsyncGenerator<Arrived<F>> {
  const draws = new Draws(seed, 'stream', epoch)
  const held: Arrived<F>[] = []
  let index = 0
  for await (const example of source) {
    const arrived = { index: index++, example }
    if (held.length < shuffleBuffer) held.push(arrived)
    else if (shuffleBuffer < 1) yield arrived
    else {
      const at = draws.integer(0, held.length)
      yield held[at]!
      held[at] = arrived
    }
  }
  while (held.length > 0) {
    const at = draws.integer(0, held.length)
    yield held[at]!
    held[at] = held.at(-1)! // the last one into the gap: closing it would move all behind it
    held.pop()
  }
}
