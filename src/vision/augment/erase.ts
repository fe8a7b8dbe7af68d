/** Pictures with holes, so that no single part of them decides. */
import { isTraining, randomFor } from '../../nn/index.js'
import { and, arange, exp, floor, full, greaterEqual, less, minimum, mul, reshape, round, sqrt, where } from '../../ops/index.js'
import { HebbError, type Tensor } from '../../tensor/index.js'
import { requirePictures, requireProbability } from './pictures.js'

/** True inside rectangles: one for each picture, given by its first row and column and its sizes (N, 1, 1, 1), all of them whole; (N, 1, Y, X). */
function inside(Y: number, X: number, top: Tensor, left: Tensor, height: Tensor, width: Tensor): Tensor {
  const within = (places: Tensor, from: Tensor, length: Tensor): Tensor => and(greaterEqual(places, from), less(places, from.add(length)))
  const [rows, columns] = [reshape(arange(Y), [1, 1, Y, 1]).cast('f32'), reshape(arange(X), [1, 1, 1, X]).cast('f32')]
  return and(within(rows, top, height), within(columns, left, width))
}

/** Options of Cutout. */
export interface CutoutOptions {
  /** what the hole holds; default 0 */
  readonly value?: number | undefined
  /** how often a picture gets one; default 1 */
  readonly p?: number | undefined
}

/**
 * In training a square of size × size pixels around a random pixel becomes `value`, as far as it lies in the picture [DeVries 2017]; each
 * picture has its own. In evaluation pictures pass unchanged.
 *
 * Shapes: x (N, C, Y, X) → the same. Every pixel is equally often the middle, pixel ⌊size/2⌋ of the square.
 */
export class Cutout {
  readonly value: number
  readonly p: number
  constructor(
    readonly size: number,
    { value = 0, p = 1 }: CutoutOptions = {},
  ) {
    if (!Number.isInteger(size) || size < 1) throw new HebbError(`Cutout: a square of ${size} pixels: give a whole number of at least 1`)
    requireProbability(p, 'Cutout')
    this.value = value
    this.p = p
  }

  forward(x: Tensor): Tensor {
    const [N, , Y, X] = requirePictures(x, 'Cutout')
    if (!isTraining() || this.p === 0) return x
    const { size, p, value } = this
    const start = (places: number): Tensor => floor(mul(randomFor(this, [N, 1, 1, 1]), places)).sub(Math.floor(size / 2))
    const side = full([N, 1, 1, 1], size)
    const hole = inside(Y, X, start(Y), start(X), side, side)
    return where(p === 1 ? hole : and(hole, less(randomFor(this, [N, 1, 1, 1]), p)), value, x)
  }
}

/** Options of RandomErasing. */
export interface RandomErasingOptions {
  /** how often a picture gets a hole; default 0.5 */
  readonly p?: number | undefined
  /** smallest and largest share of the picture; default 0.02 to 0.33 */
  readonly area?: readonly [number, number] | undefined
  /** smallest and largest height / width; default 0.3 to 3.3 */
  readonly ratio?: readonly [number, number] | undefined
  /** what the hole holds; default 0 */
  readonly value?: number | undefined
}

/**
 * In training a rectangle of random area, form and place becomes `value` in a share p of the pictures [Zhong 2020]; each picture has its own.
 * In evaluation pictures pass unchanged.
 *
 * Shapes: x (N, C, Y, X) → the same. The area is even on its range, the logarithm of height / width on its own; sizes are rounded and end at
 * the picture's, where torchvision draws again.
 */
export class RandomErasing {
  readonly p: number
  readonly area: readonly [number, number]
  readonly ratio: readonly [number, number]
  readonly value: number
  constructor({ p = 0.5, area = [0.02, 0.33], ratio = [0.3, 3.3], value = 0 }: RandomErasingOptions = {}) {
    requireProbability(p, 'RandomErasing')
    if (!(area[0] > 0 && area[0] <= area[1] && area[1] <= 1))
      throw new HebbError(`RandomErasing: areas from ${area[0]} to ${area[1]}: give shares of the picture above 0 and at most 1`)
    if (!(ratio[0] > 0 && ratio[0] <= ratio[1]))
      throw new HebbError(`RandomErasing: ratios from ${ratio[0]} to ${ratio[1]}: give numbers above 0, the smaller first`)
    this.p = p
    this.area = area
    this.ratio = ratio
    this.value = value
  }

  forward(x: Tensor): Tensor {
    const [N, , Y, X] = requirePictures(x, 'RandomErasing')
    if (!isTraining() || this.p === 0) return x
    const draw = (): Tensor => randomFor(this, [N, 1, 1, 1])
    const between = (from: number, to: number): Tensor =>
      draw()
        .mul(to - from)
        .add(from)
    const chosen = less(draw(), this.p)
    const area = between(this.area[0], this.area[1]).mul(Y * X)
    const ratio = exp(between(Math.log(this.ratio[0]), Math.log(this.ratio[1])))
    const height = minimum(round(sqrt(area.mul(ratio))), Y)
    const width = minimum(round(sqrt(area.div(ratio))), X)
    const start = (size: number, length: Tensor): Tensor => floor(draw().mul(length.neg().add(size + 1)))
    return where(and(chosen, inside(Y, X, start(Y, height), start(X, width), height, width)), this.value, x)
  }
}
