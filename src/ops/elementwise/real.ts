/** What functions of fractions compute in. */

import type { Dtype } from '../../tensor/dtype.js'
import { computeDtype, isFloat } from '../../tensor/dtype.js'
import type { Computed, Fractional } from '../../tensor/dtypes.js'
import type { Tensor } from '../../tensor/tensor.js'
import { cast } from './cast.js'

/** x in the dtype it is computed in: half floats become f32, everything else stays. */
export function computed<D extends Dtype>(x: Tensor<D>): Tensor<Computed[D]>
export function computed(x: Tensor): Tensor {
  return cast(x, computeDtype(x.dtype))
}

/** x as f32 or f64: integers and booleans become f32, half floats are computed in f32. */
export function real<D extends Dtype>(x: Tensor<D>): Tensor<Fractional[D]>
export function real(x: Tensor): Tensor {
  return cast(x, isFloat(x.dtype) ? computeDtype(x.dtype) : 'f32')
}
