/** Normalisation of channels over a batch. */

import { describe } from '../../graph/leaf.js'
import { defineMultiOp, defineOp, type Emit, float } from '../../graph/op.js'
import { add, div, mul, neg, sub } from '../../ops/elementwise/arithmetic.js'
import { cast } from '../../ops/elementwise/cast.js'
import { real } from '../../ops/elementwise/real.js'
import { rsqrt, sqrt } from '../../ops/elementwise/unary.js'
import { full } from '../../ops/move/create.js'
import { emitMean } from '../../ops/reduce/stages.js'
import { sum } from '../../ops/reduce/sum.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Fractional } from '../../tensor/dtypes.js'
import { ShapeError } from '../../tensor/errors.js'
import { axisOf, type Shape, sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { alongAxis, hasLongRuns, otherAxes, scaleShift } from './scaleShift.js'

interface BatchAttrs {
  readonly axis: number
  readonly eps: number
  readonly [key: string]: number
}

/** Whether the runtime's own BatchNormalization is the fastest way, or the one to export. */
const fused = (e: Emit, shape: Shape, axis: number): boolean => axis === 1 && (!e.native || hasLongRuns(shape, axis))

/** channels of more numbers per example than this are summed in stages: the runtime's own means of 10⁶ numbers are off by 1e-3 */
const longRun = 16384

// outputs: y, mean and biased variance of the batch
const ofBatch: (x: Tensor, weight: Tensor, bias: Tensor, attrs: BatchAttrs) => Tensor[] = defineMultiOp({
  name: 'batchNormTrain',
  empty: Number.NaN,
  args: (x: Tensor, weight: Tensor, bias: Tensor, attrs: BatchAttrs) => [[x, weight, bias], attrs],
  spec: ([x, weight]) => [x!, weight!, weight!],
  vjp: ([g, gMean, gVariance], { inputs: [x, weight], outs: [, mean, variance], attrs: { axis, eps }, needs }) => {
    const n = x!.size / weight!.size
    const axes = otherAxes(x!, axis)
    const inverse = rsqrt(add(variance!, eps))
    const normal = scaleShift(x!, inverse, neg(mul(mean!, inverse)), axis)
    const dBias = g && sum(g, axes)
    const dWeight = g && sum(mul(g, normal), axes)
    if (!needs[0]) return [undefined, dWeight, dBias]
    let shift: Tensor | undefined = gMean && div(gMean, n)
    // variance = mean of (normal / inverse)²
    let along: Tensor | undefined = gVariance && mul(gVariance, div(2 / n, inverse))
    let direct: Tensor | undefined
    if (g) {
      const factor = mul(weight!, inverse)
      const level = mul(mul(factor, dBias!), -1 / n)
      const slope = mul(mul(factor, dWeight!), -1 / n)
      direct = scaleShift(g, factor, shift ? add(shift, level) : level, axis)
      along = along ? add(along, slope) : slope
      shift = undefined
    }
    const tilted = scaleShift(normal, along ?? full(weight!.shape, 0, { dtype: x!.dtype }), shift, axis)
    return [direct ? add(direct, tilted) : tilted, dWeight, dBias]
  },
  onnx: (e, [x, weight, bias], { axis, eps }, node) => {
    const { shape, dtype } = node.outputs[0]!
    const channels = shape[axis]!
    const axes = shape.flatMap((_, i) => (i === axis ? [] : [i]))
    if (e.native && fused(e, shape, axis) && sizeOf(shape.slice(2)) <= longRun) {
      // With momentum 0 the node's new running statistics are those of the batch. It writes them over the old ones, even over constants and
      // inputs of the model, so those must be values of their own: zeros made from x.
      const [starts, ends] = [0, 1].map((v) => e.ints(shape.slice(1).map(() => v)))
      const some = e('Reshape', [e('Slice', [x, starts, ends, e.ints(axes)]), e.ints([channels])])
      const start = [e('Sub', [some, some]), e('Mul', [some, e.scalar(0, dtype)])]
      return e.many('BatchNormalization', [x, weight, bias, ...start], 3, { training_mode: 1, momentum: float(0), epsilon: float(eps) })
    }
    const wide = (v: string): string => e('Reshape', [v, e.ints(alongAxis(shape.slice(axis), 0))])
    const mean = emitMean(e, x!, shape, axes, dtype)
    const centred = e('Sub', [x, mean])
    const variance = emitMean(e, e('Mul', [centred, centred]), shape, axes, dtype)
    const factor = e('Div', [wide(weight!), e('Sqrt', [e('Add', [variance, e.scalar(eps, dtype)])])])
    const y = e('Add', [e('Mul', [centred, factor]), wide(bias!)])
    const flat = (v: string): string => e('Reshape', [v, e.ints([channels])])
    return [y, flat(mean), flat(variance)]
  },
  flops: (node) => 7 * sizeOf(node.outputs[0]!.shape),
})

// (x − mean) / √(variance + eps) · weight + bias with everything given
const withStatistics: (inputs: readonly Tensor[], attrs: BatchAttrs) => Tensor = defineOp({
  name: 'batchNorm',
  args: (inputs: readonly Tensor[], attrs: BatchAttrs) => [inputs, attrs],
  spec: ([x]) => x!,
  vjp: (g, { inputs, attrs, pullback }) => pullback([unfused(inputs, attrs)], [g], inputs),
  onnx: (e, inputs, { axis, eps }, node) => {
    const { shape, dtype } = node.outputs[0]!
    if (fused(e, shape, axis)) return e('BatchNormalization', inputs, { epsilon: float(eps) })
    const [x, weight, bias, mean, variance] = inputs
    const wide = (v: string): string => e('Reshape', [v, e.ints(alongAxis(shape.slice(axis), 0))])
    const factor = e('Div', [weight, e('Sqrt', [e('Add', [variance, e.scalar(eps, dtype)])])])
    const shift = e('Sub', [bias, e('Mul', [mean, factor])])
    return e('Add', [e('Mul', [x, wide(factor)]), wide(shift)])
  },
  flops: (node) => 2 * sizeOf(node.outputs[0]!.shape),
})

/** The same with other ops, which says what the gradients are. */
function unfused([x, weight, bias, mean, variance]: readonly Tensor[], { axis, eps }: BatchAttrs): Tensor {
  const factor = div(weight!, sqrt(add(variance!, eps)))
  return scaleShift(x!, factor, sub(bias!, mul(mean!, factor)), axis)
}

/** Options of batchNorm. */
export interface BatchNormOptions {
  /** one factor per channel (C) */
  weight?: Tensor | undefined
  /** one summand per channel (C) */
  bias?: Tensor | undefined
  /** mean per channel (C) over earlier batches; when not training it is what x is normalised with */
  runningMean?: Tensor | undefined
  /** variance per channel (C) over earlier batches */
  runningVariance?: Tensor | undefined
  /** normalise with the statistics of x itself, and move the running ones towards them; default false */
  training?: boolean | undefined
  /** share of the batch in the new running statistics; default 0.1 */
  momentum?: number | Tensor | undefined
  /** added to the variance; default 1e-5 */
  eps?: number | undefined
  /** the axis of channels; default 1 */
  axis?: number | undefined
}

/** What batchNorm gives back. */
export interface BatchNormed<D extends Dtype = Dtype> {
  readonly y: Tensor<D>
  /** (1 − momentum)·old + momentum·mean of the batch when training, else the old; undefined when none was given */
  readonly runningMean: Tensor | undefined
  /** the same of the variance, with n − 1 in its denominator */
  readonly runningVariance: Tensor | undefined
}

/**
 * (x − mean) / √(variance + eps) · weight + bias per channel [Ioffe 2015]: in training with mean and biased variance of x over all
 * axes but the channels', else with the running ones.
 *
 * x (N, C, …) → y the same; all others (C). Throws ShapeError when a size is not C, when training meets a single number per channel,
 * or when there are no running statistics to use.
 */
export function batchNorm<D extends Dtype>(x: Tensor<D>, options?: BatchNormOptions): BatchNormed<Fractional[D]>
export function batchNorm(x: Tensor, options: BatchNormOptions = {}): BatchNormed {
  const { weight, bias, runningMean, runningVariance, training = false, momentum = 0.1, eps = 1e-5 } = options
  if (x.rank < 2) throw new ShapeError(`batchNorm: x needs a batch and channels, (N, C, …)\n  input: ${describe(x)}`)
  const axis = axisOf(options.axis ?? 1, x.rank, 'batchNorm')
  const channels = x.shape[axis]!
  for (const v of [weight, bias, runningMean, runningVariance])
    if (v && (v.rank !== 1 || v.size !== channels))
      throw new ShapeError(
        `batchNorm: weight, bias and statistics have one number per channel, (${channels})\n  inputs: ${describe(x)}, ${describe(v)}`,
      )
  const values = real(x)
  const { dtype } = values
  const factors = weight ? cast(weight, dtype) : full([channels], 1, { dtype })
  const summands = bias ? cast(bias, dtype) : full([channels], 0, { dtype })
  if (!training) {
    if (!runningMean || !runningVariance) throw new ShapeError('batchNorm: without training it needs runningMean and runningVariance')
    return {
      y: withStatistics([values, factors, summands, cast(runningMean, dtype), cast(runningVariance, dtype)], { axis, eps }),
      runningMean,
      runningVariance,
    }
  }
  const n = x.size / channels
  if (!(n > 1))
    throw new ShapeError(
      `batchNorm: ${n} numbers per channel have no variance to train with: use a larger batch, or leave out a last one that is not full, { dropLast: true } of fit and batches\n  input: ${describe(x)}`,
    )
  const [y, mean, variance] = ofBatch(values, factors, summands, { axis, eps })
  const moved = (old: Tensor, now: Tensor): Tensor => add(old, mul(sub(now, old), momentum))
  return {
    y: y!,
    runningMean: runningMean && moved(runningMean, mean!),
    runningVariance: runningVariance && moved(runningVariance, mul(variance!, n / (n - 1))),
  }
}
