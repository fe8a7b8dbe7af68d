/** Where batches come from, whatever holds the examples: a set in memory, a stream, a folder, a buffer. */
import { HebbError } from '../tensor/errors.js'
import type { Settled } from '../tensor/options.js'

/** One way through a feed. */
export interface Pass {
  /** decides the order, together with the epoch; 0 */
  readonly seed?: number | undefined
  /** 0, 1, …: every epoch has its own order; 0 */
  readonly epoch?: number | undefined
  /** number of the first batch, to go on with an epoch that was interrupted; 0 */
  readonly start?: number | undefined
  /** which of several processes asks, counted from 0; 0 */
  readonly rank?: number | undefined
  /** how many processes divide the epoch; 1 */
  readonly ranks?: number | undefined
}

/**
 * Something that gives batches, epoch after epoch. A batch is an object of named tensors, nested or not; `size` in it, where it stands, is how many
 * examples it holds.
 *
 * What a pass gives is f(seed, epoch): asked again it gives the same bytes, and with `start` those of the batches from there on. Several ranks divide
 * each batch between them, each gets a run of its examples in order: `size / ranks` of them, rounded up or down. So all ranks make as many steps, every
 * example comes once, and a place in the epoch means the same whatever their number. A last batch that has fewer examples than there are ranks joins
 * the one before it. A batch may be written over the one before: take from it what is needed before asking for the next.
 *
 * @example
 * const squares: Feed<{ x: Tensor; y: Tensor }> = {
 *   length: 100,
 *   *batches({ seed = 0, epoch = 0, start = 0 } = {}) {
 *     for (let b = start; b < 100; b++) {
 *       const x = tensor(uniform(keyOf(seed, 'squares', epoch), b, new Float32Array(32)), { shape: [32, 1] })
 *       yield { x, y: x.square() }
 *     }
 *   },
 * }
 */
export interface Feed<out B = Readonly<Record<string, unknown>>> {
  /** batches of an epoch, where that is known before */
  readonly length?: number | undefined
  batches(pass?: Pass): Iterable<B> | AsyncIterable<B>
}

/** Whether something gives batches. */
export const isFeed = (value: unknown): value is Feed<unknown> =>
  typeof value === 'object' && value !== null && 'batches' in value && typeof value.batches === 'function'

/** A pass with all it leaves open decided. Throws HebbError, naming `where`, for what is no whole number and for a rank that is none. */
export function passOf(where: string, { seed = 0, epoch = 0, start = 0, rank = 0, ranks = 1 }: Pass = {}): Settled<Pass> {
  for (const [name, value, least] of [
    ['epoch', epoch, 0],
    ['start', start, 0],
    ['rank', rank, 0],
    ['ranks', ranks, 1],
  ] as const)
    if (!Number.isInteger(value) || value < least)
      throw new HebbError(`${where}: ${name} ${value}: give a whole number of at least ${least}`)
  if (rank >= ranks) throw new HebbError(`${where}: rank ${rank}: of ${ranks} the last is ${ranks - 1}`)
  return { seed, epoch, start, rank, ranks }
}

/** Throws HebbError unless batches of `size` can be made for so many ranks. */
export function checkSize(where: string, size: number, ranks = 1): void {
  if (!Number.isInteger(size) || size < 1) throw new HebbError(`${where}: size ${size}: give a whole number of at least 1`)
  if (size < ranks)
    throw new HebbError(`${where}: batches of ${size} leave some of ${ranks} ranks nothing: give a size of at least ${ranks}`)
}

/** What one of several ranks gets of `items`: a run of them, as long as the others' or one shorter. */
export function partOf<T extends { readonly length: number; slice(from: number, to: number): T }>(
  items: T,
  { rank, ranks }: Pick<Settled<Pass>, 'rank' | 'ranks'>,
): T {
  const at = (r: number): number => Math.floor((items.length * r) / ranks)
  return ranks === 1 ? items : items.slice(at(rank), at(rank + 1))
}

/** Where the batches of an epoch of `count` examples begin, and where the last of them ends. Throws HebbError when there is none. */
export function cutsInto(where: string, count: number, size: number, { dropLast = false, ranks = 1 }): Int32Array {
  checkSize(where, size, ranks)
  if (count < ranks) throw new HebbError(`${where}: ${count} examples are fewer than ${ranks} ranks`)
  let total = dropLast ? Math.floor(count / size) : Math.ceil(count / size)
  if (total === 0)
    throw new HebbError(`${where}: ${count} examples make no full batch of ${size}, and dropLast leaves out the rest: give a smaller size`)
  const left = count % size
  if (!dropLast && left > 0 && left < ranks) total--
  const cuts = Int32Array.from({ length: total + 1 }, (_, b) => b * size)
  cuts[total] = dropLast ? total * size : count
  return cuts
}

/** Throws HebbError for a start behind the end. */
export function checkStart(where: string, start: number, total: number): void {
  if (start > total) throw new HebbError(`${where}: start ${start}: give a whole number from 0 to ${total}`)
}
