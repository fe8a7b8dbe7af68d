/** From feature maps to fewer numbers: pools, and Flatten. */

import { type AvgPoolOptions, adaptiveAvgPool, avgPool } from '../../functional/spatial/avgPool.js'
import { type PerAxis, perAxis } from '../../functional/spatial/geometry.js'
import { adaptiveMaxPool, type MaxPoolOptions, maxPool } from '../../functional/spatial/maxPool.js'
import { flatten } from '../../ops/move/reshape.js'
import { mean } from '../../ops/reduce/sum.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Computed, Fractional, Ranked } from '../../tensor/dtypes.js'
import { ShapeError } from '../../tensor/errors.js'
import { showShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'

/** Positions per axis after an adaptive pool: one number for all axes, or one for each; null keeps an axis. */
export type PooledSize = number | readonly (number | null)[]

const sizesOf = (size: PooledSize, rank: number, name: string): readonly (number | null)[] => {
  const list = typeof size === 'number' ? new Array<number>(rank).fill(size) : size
  perAxis(
    list.map((s) => s ?? 1),
    rank,
    `${name}: size`,
    1,
  )
  return list
}

/**
 * The largest number of each window of `size` positions along time.
 *
 * Shapes: x (N, C, T) or (C, T) → (N, C, T′) or (C, T′), T′ = ⌊(T + 2·padding − dilation·(size−1) − 1) / stride⌋ + 1. Stride is `size` by default.
 * No parameters. Numbers at the border are compared with nothing, as in PyTorch.
 */
export class MaxPool1d {
  private readonly window: readonly number[]
  constructor(
    size: PerAxis,
    private readonly options: MaxPoolOptions = {},
  ) {
    this.window = perAxis(size, 1, 'MaxPool1d: window', 1)
  }

  forward<D extends Dtype>(x: Tensor<D>): Tensor<Ranked[D]>
  forward(x: Tensor): Tensor {
    return maxPool(x, this.window, this.options)
  }
}

/**
 * The largest number of each window of `size` positions in height and width [LeCun 1998].
 *
 * Shapes: x (N, C, Y, X) or (C, Y, X) → (N, C, Y′, X′) or (C, Y′, X′), sizes as in MaxPool1d.
 * No parameters. Numbers at the border are compared with nothing, as in PyTorch.
 *
 * @example new MaxPool2d(2).forward(images) // half the height and width
 */
export class MaxPool2d {
  private readonly window: readonly number[]
  constructor(
    size: PerAxis,
    private readonly options: MaxPoolOptions = {},
  ) {
    this.window = perAxis(size, 2, 'MaxPool2d: window', 1)
  }

  forward<D extends Dtype>(x: Tensor<D>): Tensor<Ranked[D]>
  forward(x: Tensor): Tensor {
    return maxPool(x, this.window, this.options)
  }
}

/**
 * The mean of each window of `size` positions along time.
 *
 * Shapes: x (N, C, T) or (C, T) → (N, C, T′) or (C, T′), T′ = ⌊(T + 2·padding − size) / stride⌋ + 1. Stride is `size` by default.
 * No parameters. Padding counts as zeros unless countIncludePad is false, as in PyTorch.
 */
export class AvgPool1d {
  private readonly window: readonly number[]
  constructor(
    size: PerAxis,
    private readonly options: AvgPoolOptions = {},
  ) {
    this.window = perAxis(size, 1, 'AvgPool1d: window', 1)
  }

  forward<D extends Dtype>(x: Tensor<D>): Tensor<Computed[D]>
  forward(x: Tensor): Tensor {
    return avgPool(x, this.window, this.options)
  }
}

/**
 * The mean of each window of `size` positions in height and width [LeCun 1998].
 *
 * Shapes: x (N, C, Y, X) or (C, Y, X) → (N, C, Y′, X′) or (C, Y′, X′), sizes as in AvgPool1d.
 * No parameters. Padding counts as zeros unless countIncludePad is false, as in PyTorch.
 */
export class AvgPool2d {
  private readonly window: readonly number[]
  constructor(
    size: PerAxis,
    private readonly options: AvgPoolOptions = {},
  ) {
    this.window = perAxis(size, 2, 'AvgPool2d: window', 1)
  }

  forward<D extends Dtype>(x: Tensor<D>): Tensor<Computed[D]>
  forward(x: Tensor): Tensor {
    return avgPool(x, this.window, this.options)
  }
}

/**
 * Means over windows chosen so that `size` of them share each axis evenly: window p covers ⌊p·S/size⌋ up to ⌈(p+1)·S/size⌉.
 *
 * Shapes: x (N, C, Y, X) or (C, Y, X) → (N, C, …size) or (C, …size). No parameters. As in PyTorch.
 */
export class AdaptiveAvgPool2d {
  private readonly sizes: readonly (number | null)[]
  constructor(size: PooledSize) {
    this.sizes = sizesOf(size, 2, 'AdaptiveAvgPool2d')
  }

  forward<D extends Dtype>(x: Tensor<D>): Tensor<Computed[D]>
  forward(x: Tensor): Tensor {
    return adaptiveAvgPool(x, this.sizes)
  }
}

/**
 * Largest numbers over the windows of AdaptiveAvgPool2d.
 *
 * Shapes: x (N, C, Y, X) or (C, Y, X) → (N, C, …size) or (C, …size). No parameters. As in PyTorch.
 */
export class AdaptiveMaxPool2d {
  private readonly sizes: readonly (number | null)[]
  constructor(size: PooledSize) {
    this.sizes = sizesOf(size, 2, 'AdaptiveMaxPool2d')
  }

  forward<D extends Dtype>(x: Tensor<D>): Tensor<Ranked[D]>
  forward(x: Tensor): Tensor {
    return adaptiveMaxPool(x, this.sizes)
  }
}

/**
 * The mean of each channel over all positions: one number per example and channel [Lin 2014].
 *
 * Shapes: x (N, C, …S) → (N, C), any number of spatial axes. No parameters.
 * PyTorch has no such layer: there it is AdaptiveAvgPool2d(1) and Flatten. Throws ShapeError without a spatial axis.
 */
export class GlobalAvgPool {
  forward<D extends Dtype>(x: Tensor<D>): Tensor<Fractional[D]>
  forward(x: Tensor): Tensor {
    if (x.rank < 3) throw new ShapeError(`GlobalAvgPool: ${showShape(x.shape)} has no spatial axis behind (N, C)`)
    return mean(
      x,
      x.shape.slice(2).map((_, a) => a + 2),
    )
  }
}

/**
 * The axes `from` to `to`, both included, as one.
 *
 * Shapes: x (N, C, …S) → (N, C·S) by default: from 1, to −1, as in PyTorch. No parameters. The function `flatten` starts from 0.
 */
export class Flatten {
  private readonly from: number
  private readonly to: number
  constructor({ from = 1, to = -1 }: { from?: number | undefined; to?: number | undefined } = {}) {
    this.from = from
    this.to = to
  }

  forward<D extends Dtype>(x: Tensor<D>): Tensor<D>
  forward(x: Tensor): Tensor {
    return flatten(x, this.from, this.to)
  }
}
