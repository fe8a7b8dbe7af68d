/** Convolution layers. */
import { conv } from '../ops/spatial/conv.js'
import type { Tensor } from '../tensor/tensor.js'
import { lecunBound } from './init.js'
import { Param } from './param.js'

/** Options of a convolution layer. */
export interface Conv2dOptions {
  readonly stride?: number | readonly number[]
  readonly padding?: number | readonly number[] | 'same' | 'valid'
  readonly dilation?: number | readonly number[]
  readonly groups?: number
  readonly bias?: boolean
}

/**
 * y = w ⋆ x + b, the kernel slid over height and width.
 *
 * Shapes: x (N, C, H, W) → (N, O, H', W'); weight (O, C/groups, K, K), bias (O).
 * Initial values: uniform within ±1/√(C/groups·K·K), as in PyTorch.
 *
 * @example new Conv2d(1, 32, 3, { padding: 1 })
 */
export class Conv2d {
  readonly weight: Param
  readonly bias?: Param

  constructor(
    inputs: number,
    outputs: number,
    kernel: number | readonly [number, number],
    private readonly options: Conv2dOptions = {},
  ) {
    const { groups = 1, bias = true } = options
    const [height, width] = typeof kernel === 'number' ? [kernel, kernel] : kernel
    const init = lecunBound((inputs / groups) * height * width)
    this.weight = new Param([outputs, inputs / groups, height, width], init)
    if (bias) this.bias = new Param([outputs], init)
  }

  forward(x: Tensor): Tensor {
    const { bias: _, ...options } = this.options
    return conv(x, this.weight, { ...options, ...(this.bias && { bias: this.bias }) })
  }
}
