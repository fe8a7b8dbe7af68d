/** One long text as a feed: cut into windows without gaps, in other places each epoch. */
import { HebbError } from '../../tensor/errors.js'
import { type Batch, batches } from '../batches.js'
import { Draws } from '../draws.js'
import { checkSize, type Feed, passOf } from '../feed.js'
import { windows } from '../prepare/windows.js'

/** How `packedFeed` cuts. */
export interface PackedOptions {
  /** false keeps the windows in the order of the text, cut from its first id on; true */
  readonly shuffle?: boolean | undefined
  /** leaves out a last batch that is not full; true: every step then costs the same */
  readonly dropLast?: boolean | undefined
}

/**
 * Next-id prediction over a long sequence: x (N, T) the ids from some place on, y (N, T) those one place later, both i32. An epoch goes through the
 * sequence once, in windows of T side by side whose first begins at a place below T drawn for the epoch, so that over the epochs each id is foretold from
 * pasts of every length; `floor((ids − T) / T)` windows. Texts of many documents are packed: put an end-of-text id between them.
 * Throws HebbError when the sequence has no 2T ids, or for sizes that are no whole numbers.
 *
 * @example await fit(gpt, packedFeed(tokenizer.encode(text), 256, 12), { loss: nextToken, optimizer: adamW({ lr: 3e-4 }) })
 */
export function packedFeed(
  ids: Int32Array,
  length: number,
  size: number,
  { shuffle = true, dropLast = true }: PackedOptions = {},
): Feed<Batch<'x' | 'y'>> & { readonly length: number } {
  if (!Number.isInteger(length) || length < 1) throw new HebbError(`packedFeed: length ${length}: give a whole number of at least 1`)
  checkSize('packedFeed', size)
  // as many whatever the place of the first
  const count = Math.floor((ids.length - length) / length)
  const least = dropLast ? size : 1
  if (count < least)
    throw new HebbError(
      `packedFeed: ${ids.length} ids make ${Math.max(count, 0)} windows of ${length}, fewer than ${dropLast ? `a batch of ${size}` : 'one'}: give a longer text, shorter windows${dropLast ? ' or a smaller size' : ''}`,
    )
  return {
    length: dropLast ? Math.floor(count / size) : Math.ceil(count / size),
    batches(given) {
      const pass = passOf('packedFeed', given)
      const first = shuffle ? new Draws(pass.seed, 'packed', pass.epoch).integer(0, length) : 0
      const cut = windows(ids.subarray(first, first + count * length + 1), length, { stride: length })
      return batches(cut, size, { ...pass, shuffle, dropLast })
    },
  }
}
