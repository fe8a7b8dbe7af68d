/** Layers that lay pixels out anew: windows as columns, channels as pixels, other sizes. */

import type { PerAxis } from '../../functional/spatial/geometry.js'
import { type InterpolateOptions, interpolate } from '../../functional/spatial/interpolate.js'
import { channelShuffle, pixelShuffle, pixelUnshuffle } from '../../functional/spatial/shuffle.js'
import { fold, type UnfoldOptions, unfold } from '../../functional/spatial/unfold.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Computed } from '../../tensor/dtypes.js'
import type { Tensor } from '../../tensor/tensor.js'

/** Windows of height and width. */
const square = (size: PerAxis): readonly number[] => (typeof size === 'number' ? [size, size] : size)

/**
 * Windows of `size` positions in height and width as columns, channel after channel.
 *
 * Shapes: x (N, C, Y, X) or (C, Y, X) → (N, C·ΠK, L) or (C·ΠK, L), L windows. No parameters. As in PyTorch.
 */
export class Unfold {
  constructor(
    private readonly size: PerAxis,
    private readonly options: UnfoldOptions = {},
  ) {}

  forward<D extends Dtype>(x: Tensor<D>): Tensor<D>
  forward(x: Tensor): Tensor {
    return unfold(x, square(this.size), this.options)
  }
}

/**
 * Columns of windows added up where the windows lie: the transpose of Unfold.
 *
 * Shapes: x (N, C·ΠK, L) or (C·ΠK, L) → (N, C, …outputSize) or (C, …outputSize). No parameters. As in PyTorch.
 */
export class Fold {
  constructor(
    private readonly outputSize: PerAxis,
    private readonly size: PerAxis,
    private readonly options: UnfoldOptions = {},
  ) {}

  forward<D extends Dtype>(x: Tensor<D>): Tensor<D>
  forward(x: Tensor): Tensor {
    return fold(x, square(this.outputSize), square(this.size), this.options)
  }
}

/**
 * r² channels become one of r times the height and width [Shi 2016].
 *
 * Shapes: x (…, C·r², Y, X) → (…, C, Y·r, X·r). No parameters. As in PyTorch.
 */
export class PixelShuffle {
  constructor(private readonly factor: number) {}

  forward<D extends Dtype>(x: Tensor<D>): Tensor<D>
  forward(x: Tensor): Tensor {
    return pixelShuffle(x, this.factor)
  }
}

/**
 * Squares of r × r pixels become r² channels: the other way round of PixelShuffle.
 *
 * Shapes: x (…, C, Y·r, X·r) → (…, C·r², Y, X). No parameters. As in PyTorch.
 */
export class PixelUnshuffle {
  constructor(private readonly factor: number) {}

  forward<D extends Dtype>(x: Tensor<D>): Tensor<D>
  forward(x: Tensor): Tensor {
    return pixelUnshuffle(x, this.factor)
  }
}

/**
 * Channels dealt out anew, so that each group gets some of every other [Zhang 2017].
 *
 * Shapes: x (N, C, …S) → the same. No parameters. As in PyTorch.
 */
export class ChannelShuffle {
  constructor(private readonly groups: number) {}

  forward<D extends Dtype>(x: Tensor<D>): Tensor<D>
  forward(x: Tensor): Tensor {
    return channelShuffle(x, this.groups)
  }
}

/**
 * Images and sequences at another size, by `size` or by `scale`: 'nearest' by default, 'linear', 'bilinear', 'trilinear', 'bicubic' or 'area'.
 *
 * Shapes: x (N, C, …S) → (N, C, …size) or (N, C, …⌊S·scale⌋). No parameters. As in PyTorch.
 *
 * @example new Upsample({ scale: 2, mode: 'bilinear' }).forward(images) // twice the height and width
 */
export class Upsample {
  constructor(private readonly options: InterpolateOptions) {}

  forward<D extends Dtype>(x: Tensor<D>): Tensor<Computed[D]>
  forward(x: Tensor): Tensor {
    return interpolate(x, this.options)
  }
}
