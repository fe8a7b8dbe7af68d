/** What functions of fractions compute in. */
import { computeDtype, isFloat } from '../../tensor/dtype.js'
import type { Tensor } from '../../tensor/tensor.js'
import { cast } from './cast.js'

/** x in the dtype it is computed in: half floats become f32, everything else stays. */
export const computed = (x: Tensor): Tensor => cast(x, computeDtype(x.dtype))

/** x as f32 or f64: integers and booleans become f32, half floats are computed in f32. */
export const real = (x: Tensor): Tensor => cast(x, isFloat(x.dtype) ? computeDtype(x.dtype) : 'f32')
