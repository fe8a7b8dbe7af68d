/** Dropout. */
import type { Dtype } from '../tensor/dtype.js'
import type { Fractional } from '../tensor/dtypes.js'
import { HebbError } from '../tensor/errors.js'
import type { Tensor } from '../tensor/tensor.js'
import { isTraining, randomFor } from './scope.js'

/**
 * In training each element becomes 0 with probability p and x / (1 − p) otherwise; in evaluation x passes unchanged [Srivastava 2014].
 *
 * Shapes: any → the same.
 */
export class Dropout {
  constructor(readonly p = 0.5) {
    if (!(p >= 0 && p < 1)) throw new HebbError(`Dropout: ${p} is no probability below 1`)
  }

  forward<D extends Dtype>(x: Tensor<D>): Tensor<D | Fractional[D]>
  forward(x: Tensor): Tensor {
    if (!isTraining() || this.p === 0) return x
    const kept = randomFor(this, x.shape).greaterEqual(this.p)
    return x.mul(kept.cast(x.dtype).mul(1 / (1 - this.p)))
  }
}
