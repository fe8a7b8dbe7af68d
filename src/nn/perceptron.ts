/** The perceptron: units that answer yes or no. */
import { greater } from '../ops/elementwise/compare.js'
import { linear } from '../ops/products/matmul.js'
import type { Tensor } from '../tensor/tensor.js'
import { zeros } from './init.js'
import { Param } from './param.js'

/**
 * y = 1 where xWᵀ + b > 0, else 0: every output is one threshold unit [Rosenblatt 1958].
 *
 * Shapes: x (…, D) → (…, out) f32 of 0 and 1; weight (out, D), bias (out).
 * Initial values: 0. A threshold has no slope, so gradients do not train it: `perceptronRule` does.
 *
 * @example const unit = new Perceptron(2, 1)
 */
export class Perceptron {
  readonly weight: Param
  readonly bias: Param

  constructor(inputs: number, outputs = 1) {
    this.weight = new Param([outputs, inputs], zeros)
    this.bias = new Param([outputs], zeros)
  }

  /** How far each unit is above its threshold: x (…, D) → (…, out). */
  scores(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias)
  }

  forward(x: Tensor): Tensor {
    return greater(this.scores(x), 0).cast('f32')
  }
}
