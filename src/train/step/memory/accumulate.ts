/** Several batches summed to one step, each with the weight of what counts in it. */
import type { LossProgram } from '../lossProgram.js'
import type { Region } from './region.js'
import { gradients } from './trainable.js'

/** What is known of batches summed toward an update. */
export interface Summed {
  /** what counts in the first of them in which something does */
  readonly unit: number
  /** what counts in all of them, in units; 1 for losses that are sums */
  readonly relative: number
  /** whether the loss is a sum */
  readonly sum?: boolean
  /** the parameters that some of them depend on */
  readonly touched?: readonly boolean[]
}
/** Before the first batch. */
export const nothing: Summed = { unit: 0, relative: 0 }

/** Adds the gradients of a batch to those summed `before`, or begins with it. */
export function addBatch(
  region: Region,
  sums: number,
  { counts, touched }: Pick<LossProgram, 'counts' | 'touched'>,
  before?: Summed,
): Summed {
  if (!before) region.clear(sums)
  const known = before?.touched
  const all = known?.every((was, i) => was || !touched[i]) ? known : touched.map((is, i) => is || known?.[i] === true)
  if (counts === 'sum') {
    region.add(sums, gradients, 1)
    return { unit: 1, relative: 1, sum: true, touched: all }
  }
  // weights are told in those of the first batch: equal ones add up to their number, without rounding
  const unit = before?.unit || counts
  const weight = unit === 0 ? 0 : counts / unit
  if (weight > 0) region.add(sums, gradients, weight)
  return { unit, relative: (before?.relative ?? 0) + weight, touched: all }
}

/** Puts the gradient of all batches in the gradients' place. */
export function takeSum(region: Region, sums: number, { relative }: Summed): void {
  region.clear(gradients)
  if (relative > 0) region.add(gradients, sums, 1 / relative)
}
