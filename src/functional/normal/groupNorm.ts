/** Normalisation of groups of channels of each example: groupNorm, instanceNorm. */

import { describe } from '../../graph/leaf.js'
import { add } from '../../ops/elementwise/arithmetic.js'
import { cast } from '../../ops/elementwise/cast.js'
import { real } from '../../ops/elementwise/real.js'
import { reshape } from '../../ops/move/reshape.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Fractional } from '../../tensor/dtypes.js'
import { ShapeError } from '../../tensor/errors.js'
import { sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { layer } from './rowNorms.js'
import { alongAxis, scaleShift } from './scaleShift.js'

/** Options of groupNorm. */
export interface GroupNormOptions {
  /** one factor per channel (C) */
  weight?: Tensor | undefined
  /** one summand per channel (C) */
  bias?: Tensor | undefined
  /** added to the variance; default 1e-5 */
  eps?: number | undefined
}

/**
 * (x − mean) / √(variance + eps) · weight + bias, with mean and (biased) variance over each of `groups` equal groups of channels
 * of one example [Wu 2018].
 *
 * x (N, C, …) → the same; weight and bias (C). Throws ShapeError when the groups do not divide C, or weight and bias have other sizes.
 */
export function groupNorm<D extends Dtype>(x: Tensor<D>, groups: number, options?: GroupNormOptions): Tensor<Fractional[D]>
export function groupNorm(x: Tensor, groups: number, { weight, bias, eps = 1e-5 }: GroupNormOptions = {}): Tensor {
  const [n, channels] = [x.shape[0] ?? 0, x.shape[1] ?? 0]
  if (x.rank < 2 || !Number.isInteger(groups) || groups < 1 || channels % groups !== 0)
    throw new ShapeError(`groupNorm: ${groups} groups do not divide the channels of x (N, C, …)\n  input: ${describe(x)}`)
  for (const v of [weight, bias])
    if (v && (v.rank !== 1 || v.size !== channels))
      throw new ShapeError(
        `groupNorm: weight and bias have one number per channel, (${channels})\n  inputs: ${describe(x)}, ${describe(v)}`,
      )
  const values = real(x)
  const rows = reshape(values, [n * groups, sizeOf(x.shape.slice(1)) / groups])
  const y = reshape(layer([rows], { first: 1, eps })[0]!, x.shape)
  const shift = bias && cast(bias, values.dtype)
  if (weight) return scaleShift(y, cast(weight, values.dtype), shift, 1)
  return shift ? add(y, reshape(shift, alongAxis(x.shape, 1))) : y
}

/** groupNorm with every channel a group of its own [Ulyanov 2016]. x (N, C, …) → the same. */
export function instanceNorm<D extends Dtype>(x: Tensor<D>, options?: GroupNormOptions): Tensor<Fractional[D]>
export function instanceNorm(x: Tensor, options: GroupNormOptions = {}): Tensor {
  if (x.rank < 3) throw new ShapeError(`instanceNorm: x needs channels of several numbers, (N, C, …)\n  input: ${describe(x)}`)
  return groupNorm(x, x.shape[1]!, options)
}
