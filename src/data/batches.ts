/** Batches: a data set in pieces, shuffled anew each epoch, as tensors. */
import type { TypedArray } from '../tensor/dtype.js'
import { allocate } from '../tensor/dtype.js'
import { HebbError } from '../tensor/errors.js'
import { sizeOf } from '../tensor/shape.js'
import { fromData, type Tensor } from '../tensor/tensor.js'
import { batchDtype } from './column.js'
import type { Dataset } from './dataset.js'
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
export interface BatchOptions {
  /** decides the order, together with the epoch; 0 */
  readonly seed?: number
  /** 0, 1, …: every epoch has its own order; 0 */
  readonly epoch?: number
  /** false keeps the order of the set; true */
  readonly shuffle?: boolean
  /** leaves out a last batch that is not full; false */
  readonly dropLast?: boolean
  /** number of the first batch, to go on with an epoch that was interrupted; 0 */
  readonly start?: number
  /** every batch is written over the one before: nothing is allocated, but a batch is only good until the next; false */
  readonly reuse?: boolean
}

/** The batches of one epoch; each loop over it starts from the beginning. */
export interface Batches<F extends string> extends Iterable<Batch<F>> {
  /** how many batches a loop gives */
  readonly length: number
}

/**
 * The examples of `data` in batches of `size`. The order is f(seed, epoch): asked again, it gives the same batches.
 * Throws HebbError for an empty set, for a size or start that is no whole number, and when `dropLast` leaves nothing.
 *
 * @example for (const { x, y } of batches(train, 128, { seed: 0, epoch })) await step({ x, y })
 */
export function batches<F extends string>(data: Dataset<F>, size: number, options: BatchOptions = {}): Batches<F> {
  const { seed = 0, epoch = 0, shuffle = true, dropLast = false, start = 0, reuse = false } = options
  if (data.length === 0) throw new HebbError('batches: the data set is empty: there is nothing to learn from')
  if (!Number.isInteger(size) || size < 1) throw new HebbError(`batches: size ${size}: give a whole number of at least 1`)
  const total = dropLast ? Math.floor(data.length / size) : Math.ceil(data.length / size)
  if (total === 0)
    throw new HebbError(
      `batches: ${data.length} examples make no full batch of ${size}, and dropLast leaves out the rest: give a smaller size`,
    )
  if (!Number.isInteger(start) || start < 0 || start > total)
    throw new HebbError(`batches: start ${start}: give a whole number from 0 to ${total}`)
  return {
    length: total - start,
    *[Symbol.iterator]() {
      const order = shuffle ? shuffled(data.length, seed, 'shuffle', epoch) : range(0, data.length)
      const buffers = reuse ? buffersFor(data, Math.min(size, data.length)) : undefined
      for (let b = start; b < total; b++) {
        const indices = order.subarray(b * size, Math.min((b + 1) * size, data.length))
        yield asBatch(gather(data, indices, buffers), indices)
      }
    },
  }
}

/** Arrays that `gather` can write batches of up to `size` examples into, one per field. */
export function buffersFor<F extends string>(data: Dataset<F>, size: number): Record<F, TypedArray> {
  const buffers = data.fields.map((name) => {
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
