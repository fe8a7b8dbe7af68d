/** Residual networks for small pictures [He 2016], and the same networks without their shortcuts. */

import { pad, relu } from '../../functional/index.js'
import { BatchNorm2d, Conv2d, GlobalAvgPool, init, Linear, Param, type Sequential, sequential } from '../../nn/index.js'
import { slice } from '../../ops/index.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Fractional } from '../../tensor/dtypes.js'
import { HebbError, type Tensor } from '../../tensor/index.js'

/** Options of the networks for CIFAR. */
export interface CifarNetOptions {
  /** default 10 */
  readonly classes?: number | undefined
  /** channels of the pictures; default 3 */
  readonly channels?: number | undefined
  /** channels of the first third; the second has twice, the last four times as many; default 16 */
  readonly width?: number | undefined
  /** where a block makes pictures smaller: 'A' drops pixels and adds channels of zeros, 'B' is a 1×1 convolution; default 'A', the paper's for CIFAR */
  readonly shortcut?: 'A' | 'B' | undefined
}

/** A convolution without bias, as a normalisation follows, with first values for relu [He 2015]. */
class BareConv2d extends Conv2d {
  override readonly weight: Param
  constructor(inputs: number, outputs: number, kernel: number, stride: number) {
    super(inputs, outputs, kernel, { stride, padding: (kernel - 1) / 2, bias: false })
    this.weight = new Param([outputs, inputs, kernel, kernel], init.kaimingNormal())
  }
}

/**
 * y = relu(f(x) + around(x)) with f = conv3×3, batch norm, relu, conv3×3, batch norm [He 2016]; without a shortcut y = relu(f(x)).
 *
 * Shapes: x (N, C, Y, X) → (N, outputs, ⌈Y/stride⌉, ⌈X/stride⌉).
 * Around: the input itself where shapes agree; else every stride-th pixel with channels of zeros before and after ('A'), or
 * `downsample`, a 1×1 convolution and batch norm ('B').
 * Initial values: normal with deviation √(2/(9·C)) for kernels.
 */
export class BasicBlock {
  readonly conv1: Conv2d
  readonly bn1: BatchNorm2d
  readonly conv2: Conv2d
  readonly bn2: BatchNorm2d
  readonly downsample?: Sequential

  constructor(
    private readonly inputs: number,
    private readonly outputs: number,
    private readonly options: { readonly stride?: number | undefined; readonly shortcut?: 'A' | 'B' | 'none' | undefined } = {},
  ) {
    const { stride = 1, shortcut = 'A' } = options
    this.conv1 = new BareConv2d(inputs, outputs, 3, stride)
    this.bn1 = new BatchNorm2d(outputs)
    this.conv2 = new BareConv2d(outputs, outputs, 3, 1)
    this.bn2 = new BatchNorm2d(outputs)
    if (shortcut === 'B' && (stride !== 1 || inputs !== outputs))
      this.downsample = sequential(new BareConv2d(inputs, outputs, 1, stride), new BatchNorm2d(outputs))
  }

  forward<D extends Dtype>(x: Tensor<D>): Tensor<Fractional[D]>
  forward(x: Tensor): Tensor {
    const y = x.pipe(this.conv1, this.bn1, relu, this.conv2, this.bn2)
    return relu(this.options.shortcut === 'none' ? y : y.add(this.around(x)))
  }

  private around(x: Tensor): Tensor {
    const { stride = 1 } = this.options
    if (this.downsample) return this.downsample.forward(x)
    const fewer = stride === 1 ? x : slice(x, [null, null, [0, null, stride], [0, null, stride]])
    const more = this.outputs - this.inputs
    const before = Math.floor(more / 2)
    return more === 0
      ? fewer
      : pad(fewer, [
          [0, 0],
          [before, more - before],
          [0, 0],
          [0, 0],
        ])
  }
}

/**
 * The networks of [He 2016] for 32×32 pictures: a 3×3 convolution, three thirds of `blocks` blocks each with width, 2·width and
 * 4·width channels (the second and last third halve height and width first), the mean of each channel, one linear layer.
 * 6·blocks + 2 layers with weights.
 *
 * Shapes: x (N, channels, Y, X) → logits (N, classes). Fields are named as in torchvision's checkpoints: conv1, bn1, layer1.0.conv1, …, fc.
 * `resnet20`, `plain20` and their like make it.
 */
export class CifarResNet {
  readonly conv1: Conv2d
  readonly bn1: BatchNorm2d
  readonly layer1: Sequential
  readonly layer2: Sequential
  readonly layer3: Sequential
  readonly fc: Linear
  private readonly pool = new GlobalAvgPool()

  constructor(
    /** blocks in each third */
    blocks: number,
    {
      classes = 10,
      channels = 3,
      width = 16,
      shortcut = 'A',
    }: Omit<CifarNetOptions, 'shortcut'> & { readonly shortcut?: 'A' | 'B' | 'none' | undefined } = {},
  ) {
    if (!Number.isInteger(blocks) || blocks < 1) throw new HebbError(`CifarResNet: ${blocks} is no number of blocks: give 1 or more`)
    const third = (inputs: number, outputs: number): Sequential =>
      sequential(
        ...Array.from({ length: blocks }, (_, i) =>
          i === 0
            ? new BasicBlock(inputs, outputs, { stride: inputs === outputs ? 1 : 2, shortcut })
            : new BasicBlock(outputs, outputs, { shortcut }),
        ),
      )
    this.conv1 = new BareConv2d(channels, width, 3, 1)
    this.bn1 = new BatchNorm2d(width)
    this.layer1 = third(width, width)
    this.layer2 = third(width, 2 * width)
    this.layer3 = third(2 * width, 4 * width)
    this.fc = new Linear(4 * width, classes)
  }

  forward<D extends Dtype>(x: Tensor<D>): Tensor<Fractional[D]>
  forward(x: Tensor): Tensor {
    return x.pipe(this.conv1, this.bn1, relu, this.layer1, this.layer2, this.layer3, this.pool, this.fc)
  }
}

/**
 * ResNet-20 for 32×32 pictures: 269,722 trained numbers with 10 classes and shortcuts of kind A [He 2016].
 *
 * @example const logits = resnet20().forward(pictures) // (N, 3, 32, 32) → (N, 10)
 */
export const resnet20 = (options: CifarNetOptions = {}): CifarResNet => new CifarResNet(3, options)
/** ResNet-32: five blocks in each third, 464,154 trained numbers [He 2016]. */
export const resnet32 = (options: CifarNetOptions = {}): CifarResNet => new CifarResNet(5, options)
/** ResNet-20's layers without shortcuts: what its depth costs where nothing leads around it [He 2016]. */
export const plain20 = (options: Omit<CifarNetOptions, 'shortcut'> = {}): CifarResNet =>
  new CifarResNet(3, { ...options, shortcut: 'none' })
/** ResNet-32's layers without shortcuts [He 2016]. */
export const plain32 = (options: Omit<CifarNetOptions, 'shortcut'> = {}): CifarResNet =>
  new CifarResNet(5, { ...options, shortcut: 'none' })
