/** Batches: a data set in pieces, shuffled anew each epoch, as tensors. */
import type { TypedArray } from '../tensor/dtype.js'
import { allocate } from '../tensor/dtype.js'
import { HebbError } from '../tensor/errors.js'
import { sizeOf } from '../tensor/shape.js'
import { fromData, type Tensor } from '../tensor/tensor.js'
import { batchDtype } from './column.js'
import type { Dataset } from './dataset.js'
import { checkStart, cutsInto, type Feed, type Pass, partOf, passOf } from './feed.js'
import { gather, type Rows } from './gather.js'
import { range, shuffled } from './order.js'

/** A tensor (size, …) per field, with the numbers of the examples in the set and their count. */
export type Batch<F extends string> = Readonly<Record<F, Tensor>> & {
  /** which examples of the set these are */
  readonly indices: Int32Array
  /** how many; the last batch of an epoch may be smaller */
  readonly size: number
}

/** How `batches` goes through a set. */
export interface BatchOptions extends Pass {
  /** false keeps the order of the set; true */
  readonly shuffle?: boolean | undefined
  /** leaves out a last batch that is not full; false */
  readonly dropLast?: boolean | undefined
  /** every batch is written over the one before: nothing is allocated, but a batch is only good until the next; false */
  readonly reuse?: boolean | undefined
}

/** The batches of one epoch; each loop over it starts from the beginning. */
export interface Batches<F extends string> extends Iterable<Batch<F>> {
  /** how many batches a loop gives */
  readonly length: number
}

/**
 * The examples of `data` in batches of `size`. The order is f(seed, epoch): asked again, it gives the same batches. Several ranks divide each batch,
 * as `Feed` says.
 * Throws HebbError for an empty set, for a size or start that is no whole number, and when `dropLast` leaves nothing.
 *
 * @example for (const { x, y } of batches(train, 128, { seed: 0, epoch })) await step({ x, y })
 */
export function batches<F extends string>(data: Dataset<F>, size: number, options: BatchOptions = {}): Batches<F> {
  const { shuffle = true, dropLast = false, reuse = false, ...pass } = options
  if (data.length === 0) throw new HebbError('batches: the data set is empty: there is nothing to learn from')
  const { seed, epoch, start, rank, ranks } = passOf('batches', pass)
  const cuts = cutsInto('batches', data.length, size, { dropLast, ranks })
  const total = cuts.length - 1
  checkStart('batches', start, total)
  return {
    length: total - start,
    *[Symbol.iterator]() {
      const order = shuffle ? shuffled(data.length, seed, 'shuffle', epoch) : range(0, data.length)
      // the last may be longer: one too short for all ranks joined it
      const buffers = reuse ? buffersFor(data, Math.min(size + ranks - 1, data.length)) : undefined
      for (let b = start; b < total; b++) {
        const indices = partOf(order.subarray(cuts[b], cuts[b + 1]), { rank, ranks })
        yield asBatch(gather(data, indices, buffers), indices)
      }
    },
  }
}

/** How `datasetFeed` goes through a set. */
export type DatasetFeedOptions = Pick<BatchOptions, 'shuffle' | 'dropLast' | 'reuse'>

/**
 * A set in memory as a feed: `batches` with its size and its order decided. Throws what `batches` throws.
 *
 * @example await fit(model, datasetFeed(train, 128, { dropLast: true }), { loss: crossEntropy, optimizer: adam() })
 */
export function datasetFeed<F extends string>(
  data: Dataset<F>,
  size: number,
  options: DatasetFeedOptions = {},
): Feed<Batch<F>> & { readonly length: number } {
  return { length: batches(data, size, options).length, batches: (pass = {}) => batches(data, size, { ...options, ...pass }) }
}

/** Arrays that `gather` can write batches of up to `size` examples into, one per field. */
export function buffersFor<F extends string>(data: Dataset<F>, size: number): Record<F, TypedArray> {
  const buffers = (Object.keys(data.columns) as F[]).map((name) => {
    const column = data.columns[name]
    return [name, allocate(batchDtype(column), size * sizeOf(column.shape))]
  })
  return Object.fromEntries(buffers) as Record<F, TypedArray>
}

/** Gathered rows as a batch of tensors over the same memory. */
export function asBatch<F extends string>(rows: Record<F, Rows>, indices: Int32Array): Batch<F> {
  const tensors = (Object.keys(rows) as F[]).map((name) => [name, fromData(rows[name].data, rows[name].shape, rows[name].dtype)])
  return { ...(Object.fromEntries(tensors) as Record<F, Tensor>), indices, size: indices.length }
}
