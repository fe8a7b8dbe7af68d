/** Normalisation of each example by itself: layerNorm, rmsNorm. */

import { add } from '../../ops/elementwise/arithmetic.js'
import type { Axes } from '../../ops/reduce/axes.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Fractional } from '../../tensor/dtypes.js'
import type { Tensor } from '../../tensor/tensor.js'
import { layer, rootMeanSquare } from './rowNorms.js'
import { rowsOf } from './rows.js'

/** Options of layerNorm. */
export interface LayerNormOptions {
  /** axes normalised together; default the last */
  axes?: Axes | undefined
  /** factors in the sizes of the normalised axes */
  weight?: Tensor | undefined
  /** summands in the sizes of the normalised axes */
  bias?: Tensor | undefined
  /** added to the variance; default 1e-5 */
  eps?: number | undefined
}

/**
 * (x − mean) / √(variance + eps) · weight + bias, with mean and (biased) variance over `axes` [Ba 2016].
 *
 * x (…, D) → the same; weight and bias (D). Throws ShapeError when they have other sizes than the normalised axes.
 */
export function layerNorm<D extends Dtype>(x: Tensor<D>, options?: LayerNormOptions): Tensor<Fractional[D]>
export function layerNorm(x: Tensor, { axes = -1, weight, bias, eps = 1e-5 }: LayerNormOptions = {}): Tensor {
  const { rows, first, restore, vectors } = rowsOf('layerNorm', x, axes, [weight, bias])
  const [scale, shift] = vectors
  if (shift && !scale) return restore(add(layer([rows], { first, eps })[0]!, shift))
  return restore(layer([rows, ...(scale ? [scale] : []), ...(shift ? [shift] : [])], { first, eps })[0]!)
}

/**
 * x / √(mean of x² + eps) · weight over `axes` (default the last) [Zhang 2019].
 *
 * x (…, D) → the same; weight (D). eps is 1e-6 by default, as language models have it (PyTorch: 1.2e-7).
 * Throws ShapeError when the weight has other sizes than the normalised axes.
 */
export function rmsNorm<D extends Dtype>(x: Tensor<D>, options?: Omit<LayerNormOptions, 'bias'>): Tensor<Fractional[D]>
export function rmsNorm(x: Tensor, { axes = -1, weight, eps = 1e-6 }: Omit<LayerNormOptions, 'bias'> = {}): Tensor {
  const { rows, first, restore, vectors } = rowsOf('rmsNorm', x, axes, [weight])
  return restore(rootMeanSquare(vectors[0] ? [rows, vectors[0]] : [rows], { first, eps })[0]!)
}
