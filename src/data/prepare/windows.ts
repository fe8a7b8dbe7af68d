/** Windows of a long text to predict the next id in. */
import { HebbError } from '../../tensor/errors.js'
import { Dataset } from '../dataset.js'

/**
 * Windows over a sequence of ids for next-id prediction: x (T) the ids from some place on, y (T) those one place later, both i32.
 * A window begins every `stride` places: 1 gives all of them, each a view of the one sequence; T covers the text once.
 * Divide the sequence before making windows, not after: neighbouring windows share their ids.
 * Throws HebbError when the sequence has no T + 1 ids.
 *
 * @example
 * const ids = characters(text).encode(text)
 * const train = windows(ids.subarray(0, 0.9 * ids.length), 64)
 * for (const { x, y } of batches(train, 12, { seed })) …
 */
export function windows(
  ids: Int32Array,
  length: number,
  { stride = 1 }: { readonly stride?: number | undefined } = {},
): Dataset<'x' | 'y'> {
  if (!Number.isInteger(length) || length < 1) throw new HebbError(`windows: length ${length}: give a whole number of at least 1`)
  if (!Number.isInteger(stride) || stride < 1) throw new HebbError(`windows: stride ${stride}: give a whole number of at least 1`)
  if (ids.length <= length)
    throw new HebbError(`windows: ${ids.length} ids hold no window of ${length} and the id after it: give a longer text or shorter windows`)
  const column = (data: Int32Array) => ({ data, shape: [length], dtype: 'i32', stride }) as const
  return new Dataset({ x: column(ids.subarray(0, ids.length - 1)), y: column(ids.subarray(1)) })
}
