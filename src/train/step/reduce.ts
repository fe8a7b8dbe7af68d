/** Gradients of several ranks, machines or processes, made those of all their examples: the one place where ranks meet in a step. */

import type { Region } from './memory/region.js'
import { gradients } from './memory/trainable.js'

/** Adds numbers up over all ranks, in place, to the same bits everywhere. */
export type AllReduce = (values: Float32Array) => Promise<void> | void

/** What a rank knows of its own batches before an update. */
export interface Share {
  /** how much counts in them; 'sum' where the loss is a sum, whose parts add up as they are */
  readonly counts: number | 'sum'
  /** which weights they touch */
  readonly touched: readonly boolean[]
  /** whether its loss is no number */
  readonly failed: boolean
}

/**
 * Puts Σ counts·g / Σ counts over all ranks in the gradients' place. Gives which weights move, those that any rank touched, and on how many ranks the loss
 * is no number: where there are any, no gradient has been exchanged, and every rank knows that none goes on.
 */
export async function reduceGradients(
  reduce: AllReduce,
  region: Region,
  { counts, touched, failed }: Share,
): Promise<{ touched: readonly boolean[]; failed: number }> {
  const own = counts === 'sum' ? 1 : counts
  // counted, not compared: a maximum over NaN is another number on each rank of some libraries
  const told = Float32Array.of(own, failed ? 1 : 0, ...touched.map(Number))
  await reduce(told)
  const [all, failures, ...touching] = told
  if (failures! > 0) return { touched, failed: failures! }
  const factor = counts === 'sum' ? 1 : all! > 0 ? own / all! : 0
  if (factor !== 1) for (const { k, at, length } of region.slices(gradients)) k.scale(at, length, factor)
  for (const numbers of region.numbers(gradients)) await reduce(numbers)
  // the same list again where it says the same: plans of updates go by it
  return { touched: touching.every((n, i) => n > 0 === touched[i]) ? touched : touching.map((n) => n > 0), failed: 0 }
}
