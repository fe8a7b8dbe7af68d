/** Masks: who may look where. */
import { sub } from '../../ops/elementwise/arithmetic.js'
import { and, greaterEqual, less } from '../../ops/elementwise/compare.js'
import { where } from '../../ops/elementwise/select.js'
import { abs } from '../../ops/elementwise/unary.js'
import { arange } from '../../ops/move/create.js'
import { unsqueeze } from '../../ops/move/reshape.js'
import { DtypeError, HebbError } from '../../tensor/errors.js'
import type { Tensor } from '../../tensor/tensor.js'

/** Padding (N, S) as a mask of scores: (N, 1, 1, S). Throws DtypeError unless it is bool, ShapeError unless it has two axes. */
export function paddingMask(keyMask: Tensor): Tensor {
  if (keyMask.dtype !== 'bool')
    throw new DtypeError(`the keyMask is ${keyMask.dtype}, not bool: true for keys that are there, as lengthMask(lengths, steps) gives`)
  keyMask.sizes('N S', 'the keyMask')
  return unsqueeze(keyMask, 1, 2)
}

/** A mask of scores and padding as one mask; undefined where there is neither. */
export function bothMasks({
  mask,
  keyMask,
}: {
  readonly mask?: Tensor | undefined
  readonly keyMask?: Tensor | undefined
}): Tensor | undefined {
  if (!keyMask) return mask
  const padding = paddingMask(keyMask)
  if (!mask) return padding
  return mask.dtype === 'bool' ? and(mask, padding) : where(padding, mask, Number.NEGATIVE_INFINITY)
}

/** Options of sliding windows. */
export interface WindowOptions {
  /** how far a query sees: keys s with |t − s| < window */
  readonly window: number
  /** whether it sees no later keys; default true */
  readonly causal?: boolean | undefined
}

/**
 * Which keys lie in each query's window: bool (T, S), true where |t − s| < window, and s ≤ t when causal [Beltagy 2020].
 * Throws HebbError unless the window is a whole number of 1 or more.
 *
 * @example slidingWindowMask(3, 3, { window: 2 }) // [[1, 0, 0], [1, 1, 0], [0, 1, 1]]
 */
export function slidingWindowMask(queries: number, keys: number, { window, causal = true }: WindowOptions): Tensor {
  checkWindow(window)
  const ahead = sub(unsqueeze(arange(queries), 1), arange(keys))
  return causal ? and(greaterEqual(ahead, 0), less(ahead, window)) : less(abs(ahead), window)
}

/** Throws HebbError unless a window is a whole number of 1 or more. */
export function checkWindow(window: number): void {
  if (!Number.isInteger(window) || window < 1)
    throw new HebbError(`a window of ${window} keys: give a whole number of 1 or more, which counts the query's own place`)
}
