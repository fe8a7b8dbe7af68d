/** Pooling layers. */
import { maxPool } from '../ops/spatial/maxPool.js'
import type { Tensor } from '../tensor/tensor.js'

/** The largest number of each window. x (N, C, H, W) → (N, C, H / size, W / size). */
export class MaxPool2d {
  constructor(readonly size: number) {}

  forward(x: Tensor): Tensor {
    return maxPool(x, this.size)
  }
}
