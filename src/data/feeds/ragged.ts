/** Sequences of different lengths as a feed: batched among their like, padded, with what belongs to each. */
import { bucket } from '../../runtime/buckets.js'
import { HebbError } from '../../tensor/errors.js'
import type { Tensor } from '../../tensor/tensor.js'
import { asBatch } from '../batches.js'
import type { Dataset } from '../dataset.js'
import { checkSize, checkStart, type Feed, partOf, passOf } from '../feed.js'
import { gather } from '../gather.js'
import { range } from '../order.js'
import { bucketBatches, padSequences } from '../prepare/ragged.js'

/** How `raggedFeed` batches. */
export interface RaggedOptions {
  /** false keeps the order of the sequences, whatever their lengths; true */
  readonly shuffle?: boolean | undefined
  /** batches that are sorted by length together: 1 pads most and mixes best; 50 */
  readonly pool?: number | undefined
  /** id behind the end of a sequence; 0 */
  readonly pad?: number | undefined
  /** longer sequences are cut there; the longest there is */
  readonly most?: number | undefined
}

/** Padded sequences, their lengths, and the other fields of the same examples. */
export type RaggedBatch<F extends string> = Readonly<Record<F, Tensor>> & {
  /** (N, T) i32 */
  readonly x: Tensor
  /** (N) i32 */
  readonly lengths: Tensor
  readonly indices: Int32Array
  readonly size: number
}

/**
 * Sequences in batches of nearly one length: x (N, T) i32 padded, lengths (N) i32, and the fields of `rest`, a set whose example i belongs to sequence i.
 * T is the smallest of 16, 32, 64, … and `most` that holds the batch's longest, so that few programs are compiled.
 * The model gets both with `inputs: ['x', 'lengths']`. Throws HebbError for no sequences, for as many as `rest` has not, and for sizes that are no whole
 * numbers.
 *
 * @example
 * const feed = raggedFeed(texts.map((t) => tokenizer.encode(t)), 32, dataset({ y: labels }))
 * await fit(classifier, feed, { inputs: ['x', 'lengths'], loss: crossEntropy, optimizer: adam() })
 */
export function raggedFeed<F extends string = never>(
  sequences: readonly ArrayLike<number>[],
  size: number,
  rest?: Dataset<F>,
  options: RaggedOptions = {},
): Feed<RaggedBatch<F>> & { readonly length: number } {
  if (sequences.length === 0) throw new HebbError('raggedFeed: there are no sequences')
  if (rest && rest.length !== sequences.length)
    throw new HebbError(`raggedFeed: there are ${sequences.length} sequences, and ${rest.length} examples that belong to them`)
  for (const name of ['x', 'lengths'])
    if (rest?.fields.includes(name as F))
      throw new HebbError(`raggedFeed: the other fields hold a ${name} too: rename it, rest.rename({ ${name}: '…' })`)
  checkSize('raggedFeed', size)
  const longest = sequences.reduce((most, { length }) => Math.max(most, length), 1)
  const { pad = 0, most = longest, pool = 50, shuffle = true } = options
  if (!Number.isInteger(most) || most < 1) throw new HebbError(`raggedFeed: most ${most}: give a whole number of at least 1`)
  const lengths = Int32Array.from(sequences, ({ length }) => Math.min(length, most))
  return {
    length: Math.ceil(sequences.length / size),
    *batches(given) {
      const pass = passOf('raggedFeed', given)
      checkSize('raggedFeed', size, pass.ranks)
      const { seed, epoch, start, ranks } = pass
      const all = shuffle ? bucketBatches(lengths, size, { seed, epoch, pool }) : inOrder(lengths.length, size)
      const plan = withoutShort(all, size, ranks)
      checkStart('raggedFeed', start, plan.length)
      for (const whole of plan.slice(start)) {
        // every rank pads to the longest of all
        const T = bucket(
          whole.reduce((top, i) => Math.max(top, lengths[i]!), 1),
          most,
        )
        const indices = partOf(whole, pass)
        const { ids, lengths: counts } = padSequences(
          Array.from(indices, (i) => sequences[i]!),
          { pad, most, length: T },
        )
        const others = rest ? asBatch(gather(rest, indices), indices) : { indices, size: indices.length }
        yield { ...(others as RaggedBatch<F>), x: ids, lengths: counts }
      }
    },
  }
}

const inOrder = (count: number, size: number): Int32Array[] =>
  Array.from({ length: Math.ceil(count / size) }, (_, b) => range(b * size, Math.min((b + 1) * size, count)))

/** The batches with the one that is too short for all ranks joined to another. Throws HebbError when it is the only one. */
function withoutShort(plan: readonly Int32Array[], size: number, ranks: number): readonly Int32Array[] {
  const short = plan.findIndex(({ length }) => length < Math.min(ranks, size))
  if (short < 0) return plan
  if (plan.length === 1) throw new HebbError(`raggedFeed: ${plan[0]!.length} sequences are fewer than ${ranks} ranks`)
  const home = short === 0 ? 1 : short - 1
  return plan.flatMap((batch, b) => (b === short ? [] : [b === home ? Int32Array.of(...batch, ...plan[short]!) : batch]))
}
