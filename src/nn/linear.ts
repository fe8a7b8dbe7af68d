/** The fully connected layers: of one input, and of two. */

import { einsum } from '../ops/products/einsum.js'
import { linear } from '../ops/products/matmul.js'
import type { Dtype } from '../tensor/dtype.js'
import type { Fractional } from '../tensor/dtypes.js'
import type { Tensor } from '../tensor/tensor.js'
import { lecunBound } from './init.js'
import { Param } from './param.js'

/**
 * y = xWᵀ + b
 *
 * Shapes: x (…, D) → (…, out); weight (out, D), bias (out).
 * Initial values: uniform within ±1/√D, as in PyTorch.
 *
 * @example new Linear(784, 10).forward(x)
 */
export class Linear {
  readonly weight: Param
  readonly bias?: Param

  constructor(inputs: number, outputs: number, { bias = true }: { bias?: boolean | undefined } = {}) {
    this.weight = new Param([outputs, inputs], lecunBound(inputs))
    if (bias) this.bias = new Param([outputs], lecunBound(inputs))
  }

  forward<D extends Dtype>(x: Tensor<D>): Tensor<Fractional[D]>
  forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias)
  }
}

/**
 * yₒ = x₁ᵀ Wₒ x₂ + bₒ
 *
 * Shapes: x₁ (…, first), x₂ (…, second) → (…, out); weight (out, first, second), bias (out).
 * Initial values: uniform within ±1/√first, as in PyTorch.
 */
export class Bilinear {
  readonly weight: Param
  readonly bias?: Param

  constructor(first: number, second: number, outputs: number, { bias = true }: { bias?: boolean | undefined } = {}) {
    this.weight = new Param([outputs, first, second], lecunBound(first))
    if (bias) this.bias = new Param([outputs], lecunBound(first))
  }

  forward<D extends Dtype>(first: Tensor<D>, second: Tensor<D>): Tensor<Fractional[D]>
  forward(first: Tensor, second: Tensor): Tensor {
    const y = einsum('...i,oij,...j->...o', first, this.weight, second)
    return this.bias ? y.add(this.bias) : y
  }
}
