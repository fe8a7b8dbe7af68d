/** Directions and lengths of vectors: normalize, cosineSimilarity. */

import { div, maximum, mul } from '../../ops/elementwise/arithmetic.js'
import { operands } from '../../ops/elementwise/broadcasting.js'
import { real } from '../../ops/elementwise/real.js'
import { expand, reshape } from '../../ops/move/reshape.js'
import type { Axes } from '../../ops/reduce/axes.js'
import { norm } from '../../ops/reduce/norm.js'
import { sum } from '../../ops/reduce/sum.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Fractional } from '../../tensor/dtypes.js'
import { HebbError } from '../../tensor/errors.js'
import { axesOf, axisOf, broadcast } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'

/** Settings of `normalize`. */
export interface NormalizeOptions {
  /** which norm becomes 1; default 2 */
  order?: number | undefined
  /** default the last */
  axes?: Axes | undefined
  /** the least a vector is divided by; default 1e-12 */
  epsilon?: number | undefined
}

/**
 * x / max(‖x‖, ε): vectors along the axes with length 1, zeros where they are (almost) zero. PyTorch's default axis is 1, here it is the last.
 *
 * @example normalize(tensor([3, 4])) // [0.6, 0.8]
 */
export function normalize<D extends Dtype>(x: Tensor<D>, options?: NormalizeOptions): Tensor<Fractional[D]>
export function normalize(x: Tensor, { order = 2, axes = -1, epsilon = 1e-12 }: NormalizeOptions = {}): Tensor {
  const y = real(x)
  if (y.rank === 0) return reshape(normalize(reshape(y, [1]), { order, axes, epsilon }), [])
  return div(y, maximum(norm(y, axesOf(axes, y.rank, 'normalize'), { order, keep: true }), epsilon))
}

/** Settings of `cosineSimilarity`. */
export interface CosineOptions {
  /** default the last */
  axis?: number | undefined
  /** the least a length counts as; default 1e-8 */
  epsilon?: number | undefined
}

/**
 * The cosine of the angle between vectors along an axis: Σ x y / (max(‖x‖, ε) · max(‖y‖, ε)), broadcasting. 0 where one is zero, with gradients.
 * PyTorch's default axis is 1, here it is the last. Throws HebbError for an ε below 0.
 *
 * @example cosineSimilarity(tensor([1, 0]), tensor([1, 1])) // 0.7071
 */
export function cosineSimilarity(x: Tensor, other: Tensor, { axis = -1, epsilon = 1e-8 }: CosineOptions = {}): Tensor {
  if (!(epsilon >= 0)) throw new HebbError(`cosineSimilarity: epsilon ${epsilon} is below 0`)
  const common = broadcast([x.shape, other.shape], 'cosineSimilarity')
  // two numbers are vectors of one
  const shape = common.length === 0 ? [1] : common
  const along = axisOf(axis, shape.length, 'cosineSimilarity')
  const [a, b] = operands(expand(real(x), shape), expand(real(other), shape))
  const length = (t: Tensor): Tensor => maximum(norm(t, along, { keep: true }), epsilon)
  return sum(mul(div(a, length(a)), div(b, length(b))), along)
}
