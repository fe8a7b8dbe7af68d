/** Places in a sequence, added to what stands there. */

import { add } from '../../ops/elementwise/arithmetic.js'
import { slice } from '../../ops/move/slice.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Fractional } from '../../tensor/dtypes.js'
import { HebbError, ShapeError } from '../../tensor/errors.js'
import { showShape } from '../../tensor/shape.js'
import { type Tensor, tensor } from '../../tensor/tensor.js'
import { normal } from '../init.js'
import { Param } from '../param.js'

/**
 * sin(t · base^(−2i/D)) at 2i and cos of the same at 2i + 1, for places t = offset, offset + 1, …: (T, D) [Vaswani 2017].
 * Throws HebbError for an odd width.
 *
 * @example sinusoidalPositions(2, 2) // [[0, 1], [0.84, 0.54]]
 */
export function sinusoidalPositions(
  steps: number,
  width: number,
  { base = 10_000, offset = 0 }: { base?: number | undefined; offset?: number | undefined } = {},
): Tensor {
  if (!Number.isInteger(width) || width < 2 || width % 2 !== 0)
    throw new HebbError(`sinusoidalPositions: width ${width} holds no pairs of sine and cosine: give an even number`)
  const values = new Float32Array(steps * width)
  for (let t = 0; t < steps; t++)
    for (let i = 0; i < width; i += 2) {
      const angle = (t + offset) * base ** (-i / width)
      values[t * width + i] = Math.sin(angle)
      values[t * width + i + 1] = Math.cos(angle)
    }
  return tensor(values, { shape: [steps, width] })
}

/** x + sinusoidalPositions: x (N, T, D) or (T, D) → the same; nothing to train, any length [Vaswani 2017]. */
export class SinusoidalPositions {
  private readonly base: number

  constructor(
    private readonly width: number,
    { base = 10_000 }: { base?: number | undefined } = {},
  ) {
    this.base = base
  }

  forward<D extends Dtype>(x: Tensor<D>, options?: { offset?: number | undefined }): Tensor<Fractional[D]>
  forward(x: Tensor, { offset = 0 }: { offset?: number | undefined } = {}): Tensor {
    if (x.rank < 2 || x.shape.at(-1) !== this.width)
      throw new ShapeError(`SinusoidalPositions: x ${showShape(x.shape)} is not (…, T, ${this.width})`)
    return add(x, sinusoidalPositions(x.shape.at(-2)!, this.width, { base: this.base, offset }))
  }
}

/**
 * x + weight[t]: a trained vector for each place [Gehring 2017].
 *
 * Shapes: x (N, T, D) or (T, D) → the same; weight (places, D), T up to places.
 * Initial values: normal with deviation 0.02, as in GPT-2. Throws ShapeError when x is longer than there are places.
 *
 * @example new LearnedPositions(1024, 256).forward(x)
 */
export class LearnedPositions {
  readonly weight: Param

  constructor(
    private readonly places: number,
    private readonly width: number,
  ) {
    this.weight = new Param([places, width], normal(0.02))
  }

  forward<D extends Dtype>(x: Tensor<D>, options?: { offset?: number | undefined }): Tensor<Fractional[D]>
  forward(x: Tensor, { offset = 0 }: { offset?: number | undefined } = {}): Tensor {
    const steps = x.shape.at(-2) ?? 0
    if (x.rank < 2 || x.shape.at(-1) !== this.width)
      throw new ShapeError(`LearnedPositions: x ${showShape(x.shape)} is not (…, T, ${this.width})`)
    if (!Number.isInteger(offset) || offset < 0 || offset + steps > this.places)
      throw new ShapeError(`LearnedPositions: steps ${offset} … ${offset + steps - 1} go beyond the ${this.places} places there are`)
    return add(x, slice(this.weight, [[offset, offset + steps]]))
  }
}
