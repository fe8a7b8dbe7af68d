/** Normalisation of each example by itself: its last axes, or groups of its channels. */

import { groupNorm } from '../../functional/normal/groupNorm.js'
import { layerNorm, rmsNorm } from '../../functional/normal/layerNorm.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Fractional } from '../../tensor/dtypes.js'
import { HebbError } from '../../tensor/errors.js'
import { type Shape, showShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { ones, zeros } from '../init.js'
import { Param } from '../param.js'

/** Options of LayerNorm and GroupNorm. */
export interface NormLayerOptions {
  /** added to the variance; default 1e-5 */
  readonly eps?: number | undefined
  /** whether there is a weight; default true */
  readonly affine?: boolean | undefined
  /** whether there is a bias beside the weight; default true */
  readonly bias?: boolean | undefined
}

function sizesOf(name: string, shape: number | Shape): Shape {
  const sizes = typeof shape === 'number' ? [shape] : [...shape]
  if (sizes.length === 0 || sizes.some((d) => !Number.isInteger(d) || d < 1))
    throw new HebbError(`${name}: ${showShape(sizes)} is no shape to normalise: give the sizes of the last axes, 1 or more`)
  return sizes
}
const lastAxes = (shape: Shape): number[] => shape.map((_, i) => i - shape.length)

/**
 * y = (x − mean) / √(variance + eps) · weight + bias, with mean and biased variance over the last axes of each example [Ba 2016].
 *
 * Shapes: x (…, D) → the same; weight and bias (D). `shape` may name several last axes, which weight and bias then have.
 * Initial values: weight 1, bias 0, as in PyTorch, whose elementwise_affine is `affine` here.
 *
 * @example new LayerNorm(64).forward(x)
 */
export class LayerNorm {
  readonly weight?: Param
  readonly bias?: Param
  private readonly axes: readonly number[]
  private readonly eps: number

  constructor(shape: number | Shape, { eps = 1e-5, affine = true, bias = true }: NormLayerOptions = {}) {
    const sizes = sizesOf('LayerNorm', shape)
    if (affine) this.weight = new Param(sizes, ones)
    if (affine && bias) this.bias = new Param(sizes, zeros)
    this.axes = lastAxes(sizes)
    this.eps = eps
  }

  forward<D extends Dtype>(x: Tensor<D>): Tensor<Fractional[D]>
  forward(x: Tensor): Tensor {
    const { weight, bias, axes, eps } = this
    return layerNorm(x, { axes, eps, weight, bias })
  }
}

/**
 * y = x / √(mean of x² + eps) · weight over the last axes of each example [Zhang 2019].
 *
 * Shapes: x (…, D) → the same; weight (D). `shape` may name several last axes.
 * Initial values: weight 1, as in PyTorch; eps is 1e-6 as language models have it (PyTorch: the dtype's own, 1.2e-7 in f32).
 *
 * @example new RMSNorm(64, { eps: 1e-5 }).forward(x)
 */
export class RMSNorm {
  readonly weight?: Param
  private readonly axes: readonly number[]
  private readonly eps: number

  constructor(shape: number | Shape, { eps = 1e-6, affine = true }: Omit<NormLayerOptions, 'bias'> = {}) {
    const sizes = sizesOf('RMSNorm', shape)
    if (affine) this.weight = new Param(sizes, ones)
    this.axes = lastAxes(sizes)
    this.eps = eps
  }

  forward<D extends Dtype>(x: Tensor<D>): Tensor<Fractional[D]>
  forward(x: Tensor): Tensor {
    const { weight, axes, eps } = this
    return rmsNorm(x, { axes, eps, weight })
  }
}

/**
 * y = (x − mean) / √(variance + eps) · weight + bias, with mean and biased variance over each of `groups` equal groups of channels
 * of one example; weight and bias per channel [Wu 2018]. One group normalises whole examples, C groups every channel by itself.
 *
 * Shapes: x (N, C, …S) → the same; weight and bias (C). Initial values: weight 1, bias 0, as in PyTorch.
 * Throws HebbError when the groups do not divide the channels.
 *
 * @example new GroupNorm(8, 64).forward(images)
 */
export class GroupNorm {
  readonly weight?: Param
  readonly bias?: Param
  private readonly eps: number

  constructor(
    private readonly groups: number,
    channels: number,
    { eps = 1e-5, affine = true, bias = true }: NormLayerOptions = {},
  ) {
    if (!Number.isInteger(channels) || channels < 1) throw new HebbError(`GroupNorm: ${channels} is no number of channels: give 1 or more`)
    if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0)
      throw new HebbError(`GroupNorm: ${channels} channels cannot be shared evenly between ${groups} groups`)
    if (affine) this.weight = new Param([channels], ones)
    if (affine && bias) this.bias = new Param([channels], zeros)
    this.eps = eps
  }

  forward<D extends Dtype>(x: Tensor<D>): Tensor<Fractional[D]>
  forward(x: Tensor): Tensor {
    const { weight, bias, eps } = this
    return groupNorm(x, this.groups, { eps, weight, bias })
  }
}
