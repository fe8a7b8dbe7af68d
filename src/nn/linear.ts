/** The fully connected layer. */
import { linear } from '../ops/linalg/matmul.js'
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

  constructor(inputs: number, outputs: number, { bias = true }: { bias?: boolean } = {}) {
    this.weight = new Param([outputs, inputs], lecunBound(inputs))
    if (bias) this.bias = new Param([outputs], lecunBound(inputs))
  }

  forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias)
  }
}
