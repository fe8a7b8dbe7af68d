/** Several batches summed to one step, each with the weight of what counts in it. */
import type { LossProgram } from './lossProgram.js'
import type { Trainable } from './trainable.js'

/** What is known of batches summed toward an update. */
export interface Summed {
  /** what counts in the first of them in which something does */
  readonly unit: number
  /** what counts in all of them, in units; 1 for losses that are sums */
  readonly relative: number
  /** the parameters that some of them depend on */
  readonly touched?: readonly boolean[]
}
/** Before the first batch. */
export const nothing: Summed = { unit: 0, relative: 0 }

/** Fills a block with zeros: multiplied by 0, an infinite gradient of an earlier step would leave NaN behind. */
function clear({ arena, length }: Trainable, block: number): void {
  new Float32Array(arena.memory.buffer, arena.offset(block), length).fill(0)
}

/** Makes all gradients 0, as those of a batch in which nothing counts are. */
export const clearGradients = (trained: Trainable): void => clear(trained, 1)

/** Adds the gradients of a batch to those summed `before`, or begins with it. */
export function addBatch(trained: Trainable, { counts, touched }: Pick<LossProgram, 'counts' | 'touched'>, before?: Summed): Summed {
  const { kernels, arena, sums, length } = trained
  if (!before) clear(trained, sums!)
  // weights are told in those of the first batch: equal ones add up to their number, without rounding
  const unit = before?.unit || (counts === 'sum' ? 1 : counts)
  const weight = counts === 'sum' ? 1 : unit === 0 ? 0 : counts / unit
  if (weight > 0) kernels.axpy(arena.offset(sums!), arena.offset(1), length, weight)
  const known = before?.touched
  return {
    unit,
    relative: counts === 'sum' ? 1 : (before?.relative ?? 0) + weight,
    touched: known?.every((was, i) => was || !touched[i]) ? known : touched.map((is, i) => is || known?.[i] === true),
  }
}

/** Puts the gradient of all batches in the gradients' place. */
export function takeSum(trained: Trainable, { relative }: Summed): void {
  const { kernels, arena, sums, length } = trained
  clear(trained, 1)
  if (relative > 0) kernels.axpy(arena.offset(1), arena.offset(sums!), length, 1 / relative)
}
