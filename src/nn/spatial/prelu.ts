/** Rectified units with slopes that are learned. */

import { prelu } from '../../functional/activation/prelu.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Fractional } from '../../tensor/dtypes.js'
import { HebbError } from '../../tensor/errors.js'
import type { Tensor } from '../../tensor/tensor.js'
import { constant } from '../init.js'
import { Param } from '../param.js'

/**
 * x where it is above 0, else a·x with a learned slope [He 2015]: one for all numbers, or one for each of `channels`.
 *
 * Shapes: x (N, C, …) → the same; weight (channels). Initial values: `slope`, by default 0.25, as in PyTorch.
 * Throws HebbError for a number of channels below 1.
 */
export class PReLU {
  readonly weight: Param

  constructor(channels = 1, { slope = 0.25 }: { slope?: number | undefined } = {}) {
    if (!Number.isInteger(channels) || channels < 1) throw new HebbError(`PReLU: ${channels} is no number of channels: give 1 or more`)
    this.weight = new Param([channels], constant(slope))
  }

  forward<D extends Dtype>(x: Tensor<D>): Tensor<Fractional[D]>
  forward(x: Tensor): Tensor {
    return prelu(x, this.weight)
  }
}
