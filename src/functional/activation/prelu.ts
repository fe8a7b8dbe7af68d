/** Rectified units whose slope on the left is learned. */

import { describe } from '../../graph/leaf.js'
import { real } from '../../ops/elementwise/real.js'
import { where } from '../../ops/elementwise/select.js'
import type { Dtype } from '../../tensor/dtype.js'
import { promote } from '../../tensor/dtype.js'
import type { Fractional } from '../../tensor/dtypes.js'
import { ShapeError } from '../../tensor/errors.js'
import type { Tensor } from '../../tensor/tensor.js'

/**
 * x where it is above 0, else weight · x, with one slope for all or one for each channel [He 2015].
 *
 * x (N, C, …), weight (1), (C) or () → the same as x. Throws ShapeError when there is no slope for each channel.
 */
export function prelu<D extends Dtype>(x: Tensor<D>, weight: Tensor): Tensor<Fractional[D]>
export function prelu(x: Tensor, weight: Tensor): Tensor {
  const dtype = promote(real(x).dtype, real(weight).dtype)
  const channels = x.rank > 1 ? x.shape[1]! : 1
  if (weight.rank > 1 || (weight.size !== 1 && weight.size !== channels))
    throw new ShapeError(`prelu: needs one slope, or one for each of ${channels} channels\n  inputs: ${describe(x)}, ${describe(weight)}`)
  const [y, slope] = [x.cast(dtype), weight.cast(dtype)]
  const wide = weight.size === 1 ? slope.reshape([]) : slope.reshape([channels, ...x.shape.slice(2).map(() => 1)])
  return where(y.greater(0), y, y.mul(wide))
}
