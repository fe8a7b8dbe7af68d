/** Convolution layers and their transposes, over one to three spatial axes. */

import { pad } from '../../functional/pad.js'
import { conv, convTranspose } from '../../functional/spatial/conv.js'
import { type PerAxis, perAxis } from '../../functional/spatial/geometry.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Fractional } from '../../tensor/dtypes.js'
import { HebbError } from '../../tensor/errors.js'
import type { Tensor } from '../../tensor/tensor.js'
import { lecunBound } from '../init.js'
import { Param } from '../param.js'

/** What lies beyond the border: zeros, the mirrored inside, the border's own numbers, or the other side. */
export type PaddingMode = 'zeros' | 'reflect' | 'replicate' | 'circular'

/** Options of a convolution layer. */
export interface ConvLayerOptions {
  /** positions from one window to the next; default 1 */
  readonly stride?: PerAxis | undefined
  /** positions added on both sides; 'same' keeps the sizes (stride 1 only), 'valid' is 0, the default */
  readonly padding?: PerAxis | 'same' | 'valid' | undefined
  /** default 'zeros' */
  readonly paddingMode?: PaddingMode | undefined
  /** positions from one tap of the kernel to the next; default 1 */
  readonly dilation?: PerAxis | undefined
  /** channel groups that do not see each other; default 1 */
  readonly groups?: number | undefined
  /** whether a number per output channel is added; default true */
  readonly bias?: boolean | undefined
}

/** Options of a transposed convolution layer. */
export interface ConvTransposeLayerOptions extends Omit<ConvLayerOptions, 'padding' | 'paddingMode'> {
  /** positions cut off on both sides of the full result; default 0 */
  readonly padding?: PerAxis | undefined
  /** positions added behind the result; default 0 */
  readonly outputPadding?: PerAxis | undefined
}

/** The kernel's taps per axis. Throws HebbError unless sizes are whole numbers and channels fill the groups. */
function kernelOf(name: string, rank: number, inputs: number, outputs: number, size: PerAxis, groups: number): number[] {
  for (const [what, n] of Object.entries({ inputs, outputs, groups }))
    if (!Number.isInteger(n) || n < 1) throw new HebbError(`${name}: ${n} is no number of ${what}: give 1 or more`)
  for (const [what, n] of Object.entries({ inputs, outputs }))
    if (n % groups !== 0) throw new HebbError(`${name}: ${n} ${what} cannot be shared evenly between ${groups} groups`)
  return perAxis(size, rank, `${name}: kernel`, 1)
}

/** What the convolution layers share. */
class Convolution {
  readonly weight: Param
  readonly bias?: Param
  readonly kernel: readonly number[]

  constructor(
    private readonly name: string,
    rank: number,
    inputs: number,
    outputs: number,
    size: PerAxis,
    private readonly options: ConvLayerOptions,
  ) {
    const { groups = 1, bias = true } = options
    this.kernel = kernelOf(name, rank, inputs, outputs, size, groups)
    const shape = [outputs, inputs / groups, ...this.kernel]
    const init = lecunBound(shape.slice(1).reduce((a, b) => a * b))
    this.weight = new Param(shape, init)
    if (bias) this.bias = new Param([outputs], init)
  }

  /** Positions added before and after each spatial axis. */
  private ends(): [number, number][] {
    const { padding = 0, dilation = 1, stride = 1 } = this.options
    const rank = this.kernel.length
    if (padding === 'valid') return this.kernel.map(() => [0, 0])
    if (padding !== 'same') return perAxis(padding, rank, `${this.name}: padding`, 0).map((p) => [p, p])
    if (perAxis(stride, rank, `${this.name}: stride`, 1).some((s) => s !== 1))
      throw new HebbError(`${this.name}: padding 'same' needs stride 1: give the padding as numbers`)
    const steps = perAxis(dilation, rank, `${this.name}: dilation`, 1)
    return this.kernel.map((k, a) => {
      const both = steps[a]! * (k - 1)
      return [Math.floor(both / 2), Math.ceil(both / 2)]
    })
  }

  forward<D extends Dtype>(x: Tensor<D>): Tensor<Fractional[D]>
  forward(x: Tensor): Tensor {
    const { bias: _, paddingMode = 'zeros', ...options } = this.options
    const { bias } = this
    if (paddingMode === 'zeros') return conv(x, this.weight, { ...options, bias })
    return conv(pad(x, this.ends(), { mode: paddingMode }), this.weight, { ...options, padding: 0, bias })
  }
}

/**
 * y[o, p] = b[o] + Σ w[o, c, k] · x[c, p·stride + k·dilation − padding]: a kernel slid along time [LeCun 1998].
 *
 * Shapes: x (N, C, T) or (C, T) → (N, O, T′) or (O, T′), T′ = ⌊(T + 2·padding − dilation·(K−1) − 1) / stride⌋ + 1;
 * weight (O, C/groups, K), bias (O).
 * Initial values: uniform within ±1/√(C/groups·K), as in PyTorch.
 *
 * @example new Conv1d(16, 32, 3, { padding: 'same' }).forward(x)
 */
export class Conv1d extends Convolution {
  constructor(inputs: number, outputs: number, kernel: PerAxis, options: ConvLayerOptions = {}) {
    super('Conv1d', 1, inputs, outputs, kernel, options)
  }
}

/**
 * Conv1d's formula over two axes: a kernel slid over height and width [LeCun 1998].
 *
 * Shapes: x (N, C, Y, X) or (C, Y, X) → (N, O, Y′, X′) or (O, Y′, X′); weight (O, C/groups, K, K), bias (O).
 * Initial values: uniform within ±1/√(C/groups·K·K), as in PyTorch.
 *
 * @example new Conv2d(3, 32, 3, { padding: 1, stride: 2 }).forward(images)
 */
export class Conv2d extends Convolution {
  constructor(inputs: number, outputs: number, kernel: PerAxis, options: ConvLayerOptions = {}) {
    super('Conv2d', 2, inputs, outputs, kernel, options)
  }
}

/**
 * Conv1d's formula over three axes: volumes, or images in time.
 *
 * Shapes: x (N, C, Z, Y, X) or (C, Z, Y, X) → (N, O, Z′, Y′, X′) or (O, Z′, Y′, X′); weight (O, C/groups, K, K, K), bias (O).
 * Initial values: uniform within ±1/√(C/groups·K·K·K), as in PyTorch.
 */
export class Conv3d extends Convolution {
  constructor(inputs: number, outputs: number, kernel: PerAxis, options: ConvLayerOptions = {}) {
    super('Conv3d', 3, inputs, outputs, kernel, options)
  }
}

/** What the transposed convolution layers share. */
class TransposedConvolution {
  readonly weight: Param
  readonly bias?: Param

  constructor(
    name: string,
    rank: number,
    inputs: number,
    outputs: number,
    size: PerAxis,
    private readonly options: ConvTransposeLayerOptions,
  ) {
    const { groups = 1, bias = true } = options
    const shape = [inputs, outputs / groups, ...kernelOf(name, rank, inputs, outputs, size, groups)]
    const init = lecunBound(shape.slice(1).reduce((a, b) => a * b))
    this.weight = new Param(shape, init)
    if (bias) this.bias = new Param([outputs], init)
  }

  forward<D extends Dtype>(x: Tensor<D>): Tensor<Fractional[D]>
  forward(x: Tensor): Tensor {
    const { bias: _, ...options } = this.options
    return convTranspose(x, this.weight, { ...options, bias: this.bias })
  }
}

/**
 * y[o, i] = b[o] + Σ w[c, o, k] · x[c, p] over all p, k with p·stride + k·dilation − padding = i: each position spread over a window,
 * as Conv1d's gradient is [Zeiler 2010].
 *
 * Shapes: x (N, C, T) or (C, T) → (N, O, T′) or (O, T′), T′ = (T−1)·stride − 2·padding + dilation·(K−1) + outputPadding + 1;
 * weight (C, O/groups, K), bias (O).
 * Initial values: uniform within ±1/√(O/groups·K), as in PyTorch. The sizes of the result are set by outputPadding only, not at the call.
 */
export class ConvTranspose1d extends TransposedConvolution {
  constructor(inputs: number, outputs: number, kernel: PerAxis, options: ConvTransposeLayerOptions = {}) {
    super('ConvTranspose1d', 1, inputs, outputs, kernel, options)
  }
}

/**
 * ConvTranspose1d's formula over two axes: makes images larger.
 *
 * Shapes: x (N, C, Y, X) or (C, Y, X) → (N, O, Y′, X′) or (O, Y′, X′); weight (C, O/groups, K, K), bias (O).
 * Initial values: uniform within ±1/√(O/groups·K·K), as in PyTorch. The sizes of the result are set by outputPadding only, not at the call.
 *
 * @example new ConvTranspose2d(64, 32, 3, { stride: 2, padding: 1, outputPadding: 1 }).forward(x) // twice the height and width
 */
export class ConvTranspose2d extends TransposedConvolution {
  constructor(inputs: number, outputs: number, kernel: PerAxis, options: ConvTransposeLayerOptions = {}) {
    super('ConvTranspose2d', 2, inputs, outputs, kernel, options)
  }
}
