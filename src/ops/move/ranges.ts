/** Ranges of a slice, as people write them and as the graph keeps them. */
import { describe } from '../../graph/leaf.js'
import { HebbError, ShapeError } from '../../tensor/errors.js'
import { kindOf } from '../../tensor/options.js'
import type { Shape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'

/**
 * What to keep of one axis: `null` all of it, else `[start, stop, step]` as in Python: stop excluded, negative numbers count from the end,
 * missing or null ones reach to the end, ranges past the end are cut. A negative step walks backward.
 */
export type Range = null | readonly [start?: number | null, stop?: number | null, step?: number | null]

/** What is kept of one axis: `count` elements from `start` on, `step` apart. */
export type Cut = readonly [start: number, step: number, count: number]

/** A range on an axis of `size`. Throws HebbError on what is no range, fractions, and step 0. */
export function cutOf(range: Range | undefined, size: number): Cut {
  if (range !== undefined && range !== null && !(Array.isArray(range) && range.length <= 3))
    throw new HebbError(
      `slice: the range of an axis is ${Array.isArray(range) ? `[${String(range)}]` : typeof range === 'number' ? range : kindOf(range)}: give [start, stop, step] or null for each axis, such as x.slice([[0, 1]])`,
    )
  const [start, stop, step] = range ?? []
  const by = step ?? 1
  for (const n of [start ?? 0, stop ?? 0, by])
    if (!Number.isInteger(n)) throw new HebbError(`slice: ${n} in range [${String(range)}] is not a whole number`)
  if (by === 0) throw new HebbError(`slice: range [${String(range)}] has step 0`)
  const place = (n: number | null | undefined, otherwise: number, low: number, high: number): number =>
    n === null || n === undefined ? otherwise : Math.min(Math.max(n < 0 ? n + size : n, low), high)
  const [low, high] = by > 0 ? [0, size] : [-1, size - 1]
  const from = place(start, by > 0 ? 0 : size - 1, low, high)
  const to = place(stop, by > 0 ? size : -1, low, high)
  const count = Math.max(0, Math.ceil((to - from) / by))
  return count === 0 ? [0, 1, 0] : [from, count === 1 ? 1 : by, count]
}

/** Whether a cut keeps an axis of `size` as it is. */
export const isWhole = ([start, step, count]: Cut, size: number): boolean => start === 0 && step === 1 && count === size

/** An index on an axis of `size` as 0 … size−1; negative counts from the end. Throws ShapeError outside. */
export function indexOn(x: Tensor, axis: number, index: number, op: string): number {
  const size = x.shape[axis]!
  if (!Number.isInteger(index) || index < -size || index >= size)
    throw new ShapeError(
      `${op}: index ${index} is outside axis ${axis} of ${describe(x)}: give ${size === 0 ? 'none, it is empty' : `${-size} to ${size - 1}`}`,
    )
  return index < 0 ? index + size : index
}

/** Sizes after the cuts. */
export const cutShape = (cuts: readonly Cut[]): Shape => cuts.map(([, , count]) => count)
