/** Batch normalisation: channels made alike over a batch. */

import { batchNorm } from '../../functional/normal/batchNorm.js'
import { add, div } from '../../ops/elementwise/arithmetic.js'
import { cast } from '../../ops/elementwise/cast.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Fractional } from '../../tensor/dtypes.js'
import { HebbError, ShapeError } from '../../tensor/errors.js'
import { showShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { ones, zeros } from '../init.js'
import { Param } from '../param.js'
import { latest, updateBuffer, usesBatch } from '../scope.js'

/** Options of batch normalisation. */
export interface BatchNormLayerOptions {
  /** added to the variance; default 1e-5 */
  readonly eps?: number | undefined
  /** share of the batch in the new running values; 'cumulative', or null as in PyTorch, makes them the plain mean of all batches; default 0.1 */
  readonly momentum?: number | 'cumulative' | null | undefined
  /** whether there are a weight and a bias; default true */
  readonly affine?: boolean | undefined
  /** whether running values are kept; without them evaluation uses the batch, too; default true */
  readonly trackRunningStats?: boolean | undefined
}

/** What the layers share. Buffers carry the names they have in checkpoints. */
class BatchNorm {
  readonly weight?: Param
  readonly bias?: Param
  readonly running_mean?: Param
  readonly running_var?: Param
  /** batches seen in training */
  readonly num_batches_tracked?: Param
  private readonly eps: number
  private readonly momentum: number | 'cumulative'

  constructor(
    private readonly name: string,
    private readonly ranks: readonly number[],
    channels: number,
    { eps = 1e-5, momentum = 0.1, affine = true, trackRunningStats = true }: BatchNormLayerOptions,
  ) {
    if (!Number.isInteger(channels) || channels < 1) throw new HebbError(`${name}: ${channels} is no number of channels: give 1 or more`)
    if (momentum !== 'cumulative' && momentum !== null && !(momentum >= 0 && momentum <= 1))
      throw new HebbError(`${name}: momentum ${momentum} is no share between 0 and 1; 'cumulative' or null gives every batch the same`)
    this.eps = eps
    this.momentum = momentum ?? 'cumulative'
    if (affine) {
      this.weight = new Param([channels], ones)
      this.bias = new Param([channels], zeros)
    }
    if (!trackRunningStats) return
    this.running_mean = new Param([channels], zeros, { trainable: false })
    this.running_var = new Param([channels], ones, { trainable: false })
    this.num_batches_tracked = new Param([], zeros, { trainable: false, dtype: 'i64' })
  }

  forward<D extends Dtype>(x: Tensor<D>): Tensor<Fractional[D]>
  forward(x: Tensor): Tensor {
    if (!this.ranks.includes(x.rank))
      throw new ShapeError(
        `${this.name}: x ${showShape(x.shape)} has ${x.rank} axes, not ${this.ranks.join(' or ')}: batch, channels, positions`,
      )
    const { eps, weight, bias, running_mean: mean, running_var: variance, num_batches_tracked: count } = this
    const affine = { weight, bias }
    if (!mean || !variance || !count) return batchNorm(x, { ...affine, eps, training: true }).y
    if (!usesBatch(this)) return batchNorm(x, { ...affine, eps, runningMean: mean, runningVariance: variance }).y
    const seen = add(latest(count), 1)
    const momentum = this.momentum === 'cumulative' ? div(1, cast(seen, 'f32')) : this.momentum
    const done = batchNorm(x, { ...affine, eps, momentum, training: true, runningMean: latest(mean), runningVariance: latest(variance) })
    // x in f64 gives statistics in f64; buffers keep their dtype
    updateBuffer(mean, cast(done.runningMean!, mean.dtype))
    updateBuffer(variance, cast(done.runningVariance!, variance.dtype))
    updateBuffer(count, seen)
    return done.y
  }
}

/**
 * y = (x − mean) / √(variance + eps) · weight + bias for each channel: in training with mean and biased variance of the batch,
 * in evaluation, and where the layer is not trained, with running_mean and running_var, which training moves: new = (1 − momentum)·old + momentum·batch, the batch's variance unbiased [Ioffe 2015].
 *
 * Shapes: x (N, C) or (N, C, T) → the same; weight, bias, running_mean, running_var (C), num_batches_tracked () i64.
 * Initial values: weight and running_var 1, the others 0, as in PyTorch.
 * Throws ShapeError in training when a channel has a single number.
 *
 * @example sequential(new Linear(784, 128), new BatchNorm1d(128), relu)
 */
export class BatchNorm1d extends BatchNorm {
  constructor(channels: number, options: BatchNormLayerOptions = {}) {
    super('BatchNorm1d', [2, 3], channels, options)
  }
}

/**
 * BatchNorm1d's formula for images: mean and variance of each channel over batch, height and width [Ioffe 2015].
 *
 * Shapes: x (N, C, Y, X) → the same; parameters, buffers and initial values as BatchNorm1d.
 *
 * @example sequential(new Conv2d(3, 32, 3, { padding: 1, bias: false }), new BatchNorm2d(32), relu)
 */
export class BatchNorm2d extends BatchNorm {
  constructor(channels: number, options: BatchNormLayerOptions = {}) {
    super('BatchNorm2d', [4], channels, options)
  }
}

/** BatchNorm1d's formula for volumes: x (N, C, Z, Y, X) → the same; parameters, buffers and initial values as BatchNorm1d. */
export class BatchNorm3d extends BatchNorm {
  constructor(channels: number, options: BatchNormLayerOptions = {}) {
    super('BatchNorm3d', [5], channels, options)
  }
}
