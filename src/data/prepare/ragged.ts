/** Sequences of different lengths: padded into one grid with their lengths, and batched among their like. */
import { HebbError } from '../../tensor/errors.js'
import { fromData, type Tensor } from '../../tensor/tensor.js'
import { range, shuffled } from '../order.js'

/** Sequences side by side. */
export interface Padded {
  /** (N, T) i32, T the longest */
  readonly ids: Tensor
  /** (N) i32 */
  readonly lengths: Tensor
}

/**
 * Sequences as a grid (N, T) filled up with `pad` (0) behind their end; longer ones than `most` are cut. T is `length` where it is given and no sequence
 * is longer, else the longest. Throws HebbError for none at all.
 */
export function padSequences(
  sequences: readonly ArrayLike<number>[],
  {
    pad = 0,
    most = Number.POSITIVE_INFINITY,
    length: least = 1,
  }: { readonly pad?: number | undefined; readonly most?: number | undefined; readonly length?: number | undefined } = {},
): Padded {
  if (sequences.length === 0) throw new HebbError('padSequences: there are no sequences')
  if (!(most >= 1)) throw new HebbError(`padSequences: most ${most}: give a number of at least 1`)
  const lengths = Int32Array.from(sequences, ({ length }) => Math.min(length, most))
  // a grid needs a column even when every sequence is empty
  const T = lengths.reduce((longest, length) => Math.max(longest, length), least)
  const data = new Int32Array(sequences.length * T).fill(pad)
  sequences.forEach((sequence, i) => {
    for (let t = 0; t < lengths[i]!; t++) data[i * T + t] = sequence[t]!
  })
  return { ids: fromData(data, [sequences.length, T], 'i32'), lengths: fromData(lengths, [sequences.length], 'i32') }
}

/** How `bucketBatches` goes through sequences. */
export interface BucketOptions {
  /** decides the order, together with the epoch; 0 */
  readonly seed?: number | undefined
  /** 0, 1, …: every epoch has its own order; 0 */
  readonly epoch?: number | undefined
  /** batches that are sorted by length together: 1 pads most and mixes best; 50 */
  readonly pool?: number | undefined
}

/**
 * Batches of indices whose sequences have nearly one length, so that little is padded: shuffled, then pools of `pool × size` sorted by
 * length and cut, then the batches shuffled. Each index comes once. Throws HebbError for a size or pool that is no whole number.
 *
 * @example for (const batch of bucketBatches(texts.map(({ length }) => length), 32, { epoch })) padSequences([...batch].map((i) => texts[i]!))
 */
export function bucketBatches(
  lengths: ArrayLike<number>,
  size: number,
  { seed = 0, epoch = 0, pool = 50 }: BucketOptions = {},
): Int32Array[] {
  for (const [name, value] of [
    ['size', size],
    ['pool', pool],
  ] as const)
    if (!Number.isInteger(value) || value < 1) throw new HebbError(`bucketBatches: ${name} ${value}: give a whole number of at least 1`)
  const order = shuffled(lengths.length, seed, 'bucket', epoch)
  const found: Int32Array[] = []
  for (let at = 0; at < order.length; at += pool * size) {
    const sorted = order.slice(at, at + pool * size).sort((a, b) => lengths[a]! - lengths[b]! || a - b)
    for (const b of range(0, Math.ceil(sorted.length / size))) found.push(sorted.subarray(b * size, (b + 1) * size))
  }
  return Array.from(shuffled(found.length, seed, 'buckets', epoch), (b) => found[b]!)
}
