/** Pictures moved: cut out at a random place, and mirrored. */

import { pad } from '../../functional/index.js'
import { isTraining, randomFor } from '../../nn/index.js'
import { arange, cast, expand, flip, floor, less, mul, reshape, takeAlong, where } from '../../ops/index.js'
import { HebbError, ShapeError, type Tensor } from '../../tensor/index.js'
import { showShape } from '../../tensor/shape.js'
import { requirePictures, requireProbability } from './pictures.js'

/** Options of RandomCrop. */
export interface RandomCropOptions {
  /** height and width of what is cut out; default those of the picture */
  readonly size?: number | undefined
  /** what the frame holds; default 0: black, or the mean where pictures are normalised before */
  readonly value?: number | undefined
}

/**
 * In training each picture gets a frame of `padding` pixels, and a part is cut out of it at a random place: y[i, j] = framed[i + dy, j + dx]
 * with dy and dx whole numbers, all that fit equally likely, for each picture its own [He 2016]. In evaluation pictures pass unchanged.
 *
 * Shapes: x (N, C, Y, X) → the same, or (N, C, size, size). Throws ShapeError where the framed picture is smaller than `size`.
 *
 * @example new RandomCrop(4) // of 32×32 pictures with a frame of 4 pixels, one of 9×9 places
 */
export class RandomCrop {
  readonly value: number
  readonly size: number | undefined
  constructor(
    readonly padding: number,
    { value = 0, size }: RandomCropOptions = {},
  ) {
    if (!Number.isInteger(padding) || padding < 0)
      throw new HebbError(`RandomCrop: a frame of ${padding} pixels: give a whole number from 0 on`)
    if (size !== undefined && (!Number.isInteger(size) || size < 1))
      throw new HebbError(`RandomCrop: a size of ${size} pixels: give a whole number of at least 1`)
    this.value = value
    this.size = size
  }

  forward(x: Tensor): Tensor {
    const [N, C, Y, X] = requirePictures(x, 'RandomCrop')
    const { padding: p, size } = this
    const [tall, wide, height, width] = [Y + 2 * p, X + 2 * p, size ?? Y, size ?? X]
    if (height > tall || width > wide)
      throw new ShapeError(`RandomCrop: ${size} × ${size} pixels do not fit into ${showShape(x.shape)} with a frame of ${p}`)
    if (!isTraining() || (height === tall && width === wide)) return x
    const framed =
      p === 0
        ? x
        : pad(
            x,
            [
              [0, 0],
              [0, 0],
              [p, p],
              [p, p],
            ],
            { value: this.value },
          )
    const shift = (places: number): Tensor => cast(floor(mul(randomFor(this, [N, 1, 1]), places)), 'i32')
    const rows = reshape(arange(height), [1, height, 1]).add(shift(tall - height + 1))
    const columns = reshape(arange(width), [1, 1, width]).add(shift(wide - width + 1))
    const places = reshape(rows.mul(wide).add(columns), [N, 1, height * width])
    const cut = takeAlong(reshape(framed, [N, C, tall * wide]), expand(places, [N, C, height * width]), 2)
    return reshape(cut, [N, C, height, width])
  }
}

/**
 * In training each picture is mirrored left to right with probability p, default 0.5; in evaluation it passes unchanged.
 *
 * Shapes: x (N, C, Y, X) → the same.
 */
export class RandomHorizontalFlip {
  constructor(readonly p = 0.5) {
    requireProbability(p, 'RandomHorizontalFlip')
  }

  forward(x: Tensor): Tensor {
    requirePictures(x, 'RandomHorizontalFlip')
    if (!isTraining() || this.p === 0) return x
    return where(less(randomFor(this, [x.shape[0]!, 1, 1, 1]), this.p), flip(x, [-1]), x)
  }
}
