/** What reductions share: which axes, and how a result stretches back. */

import { axesOf, reducedShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { equal } from '../elementwise/compare.js'
import { computed } from '../elementwise/real.js'
import { where } from '../elementwise/select.js'
import { expand, reshape } from '../move/reshape.js'

/** Axes to reduce: one, several, or all when missing. */
export type Axes = number | readonly number[] | undefined | null
/** How a reduction leaves the axes it takes. */
export interface ReduceOptions {
  /** keep reduced axes with size 1; default false */
  keep?: boolean | undefined
}

/** Call arguments of a reduction as attributes; half floats are computed in f32. */
export const reduceArgs =
  (name: string) =>
  (x: Tensor, axes?: Axes, { keep = false }: ReduceOptions = {}) =>
    [[computed(x)], { axes: axesOf(axes, x.rank, name), keep }] as const

/** A reduced tensor stretched back over the axes it lost. */
export const stretch = (y: Tensor, x: Tensor, axes: readonly number[]): Tensor =>
  expand(y.rank === 0 ? y : reshape(y, reducedShape(x.shape, axes, true)), x.shape)

/** f of sums that are 0 is 0, and has gradient 0 there, not NaN. */
export function awayFromZero(x: Tensor, f: (x: Tensor) => Tensor): Tensor {
  const none = equal(x, 0)
  return where(none, 0, f(where(none, 1, x)))
}
