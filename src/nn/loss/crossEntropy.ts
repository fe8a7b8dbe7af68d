/** The loss of classification. */
import { describe } from '../../graph/leaf.js'
import { defineOp } from '../../graph/op.js'
import { add, div, mul, neg, sub } from '../../ops/elementwise/arithmetic.js'
import { cast } from '../../ops/elementwise/cast.js'
import { equal, notEqual } from '../../ops/elementwise/compare.js'
import { real } from '../../ops/elementwise/real.js'
import { where } from '../../ops/elementwise/select.js'
import { takeAlong } from '../../ops/gather/along.js'
import { oneHot, take } from '../../ops/gather/take.js'
import { reshape, squeeze, unsqueeze } from '../../ops/move/reshape.js'
import { logSoftmax, softmax } from '../../ops/normal/softmax.js'
import { mean, sum } from '../../ops/reduce/sum.js'
import { isFloat } from '../../tensor/dtype.js'
import { HebbError, ShapeError } from '../../tensor/errors.js'
import { sameShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'

/** How a loss per example becomes one number: its mean (default), its sum, or not at all. */
export type Reduction = 'mean' | 'sum' | 'none'

/** Options of crossEntropy. */
export interface CrossEntropyOptions {
  readonly reduction?: Reduction
  /** one factor per class (C); the mean divides by the factors used */
  readonly weight?: Tensor
  /** class id whose examples do not count. Default −100 */
  readonly ignoreIndex?: number
  /** share of the target spread over all classes [Szegedy 2016]. Default 0 */
  readonly labelSmoothing?: number
}

// the plain case, where the gradient is (softmax − one hot) over the examples that count, and nothing in between needs to be kept
const meanOfIds: (logits: Tensor, ids: Tensor, ignoreIndex: number) => Tensor = defineOp({
  name: 'softmaxCrossEntropy',
  args: (logits: Tensor, ids: Tensor, ignoreIndex: number) => [[logits, ids], { ignoreIndex }],
  spec: ([logits]) => ({ shape: [], dtype: logits!.dtype }),
  vjp: (g, { inputs: [logits, ids], attrs: { ignoreIndex } }) => {
    const counts = cast(notEqual(ids!, ignoreIndex), logits!.dtype)
    const hot = cast(oneHot(mul(ids!, cast(counts, ids!.dtype)), logits!.shape[1]!), logits!.dtype)
    return [mul(sub(softmax(logits!, 1), hot), unsqueeze(mul(counts, div(g, sum(counts))), 1)), undefined]
  },
  onnx: (e, [logits, ids], { ignoreIndex }) =>
    e.many('SoftmaxCrossEntropyLoss', [logits, e.cast(ids!, 'i64')], 1, { reduction: 'mean', ignore_index: ignoreIndex })[0]!,
})

/**
 * −log softmax(logits)[target], averaged: how surprised a classifier is by the right answers, in nats.
 *
 * Shapes: logits (N, C), (N, C, …) or (C); targets are class ids (N), (N, …) or (), or probabilities in the shape of the logits.
 * With label smoothing s the target is (1 − s)·target + s/C. With reduction 'mean' and weights or ignored ids, the mean is over the weights that count;
 * it is NaN when none does. Throws ShapeError when targets fit neither form.
 *
 * @example crossEntropy(model.forward(x), y)
 */
export function crossEntropy(logits: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const { reduction = 'mean', weight, ignoreIndex = -100, labelSmoothing = 0 } = options
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
    throw new HebbError(`crossEntropy: labelSmoothing ${labelSmoothing}: give a share from 0 to 1`)
  if (logits.rank === 0)
    throw new ShapeError(`crossEntropy: logits need an axis of classes\n  inputs: ${describe(logits)}, ${describe(target)}`)
  const scores = real(logits)
  if (isFloat(target.dtype) && sameShape(target.shape, logits.shape))
    return ofProbabilities(scores, target, reduction, weight, labelSmoothing)
  const axis = logits.rank === 1 ? 0 : 1
  const expected = logits.shape.filter((_, i) => i !== axis)
  if (isFloat(target.dtype) || !sameShape(target.shape, expected))
    throw new ShapeError(
      `crossEntropy: targets are class ids (${expected.join(', ')}) of an integer dtype, or probabilities in the shape of the logits\n  inputs: ${describe(logits)}, ${describe(target)}`,
    )
  const plain = reduction === 'mean' && !weight && labelSmoothing === 0 && logits.rank === 2
  if (plain && scores.dtype === 'f32') return meanOfIds(scores, target, ignoreIndex)
  const classes = logits.shape[axis]!
  const counts = equal(target, ignoreIndex)
  const ids = where(counts, 0, cast(target, 'i32'))
  const logs = logSoftmax(scores, axis)
  const perClass = weight ? reshape(weight, weightShape(scores, axis)) : undefined
  const own = weight ? take(weight, ids) : undefined
  const kept = where(counts, 0, own ?? cast(equal(ids, ids), scores.dtype))
  const hit = neg(mul(squeeze(takeAlong(logs, unsqueeze(ids, axis), axis), axis), kept))
  const spread = neg(sum(perClass ? mul(logs, perClass) : logs, axis))
  const each = labelSmoothing === 0 ? hit : add(mul(hit, 1 - labelSmoothing), mul(where(counts, 0, spread), labelSmoothing / classes))
  if (reduction === 'none') return each
  return reduction === 'sum' ? sum(each) : div(sum(each), sum(kept))
}

function ofProbabilities(scores: Tensor, target: Tensor, reduction: Reduction, weight: Tensor | undefined, smoothing: number): Tensor {
  const axis = scores.rank === 1 ? 0 : 1
  const classes = scores.shape[axis]!
  const wanted = smoothing === 0 ? target : add(mul(target, 1 - smoothing), smoothing / classes)
  const logs = logSoftmax(scores, axis)
  const each = neg(sum(mul(weight ? mul(logs, reshape(weight, weightShape(scores, axis))) : logs, wanted), axis))
  if (reduction === 'none') return each
  // as in PyTorch the mean is over examples, whatever the weights
  return reduction === 'sum' ? sum(each) : mean(each)
}

const weightShape = (scores: Tensor, axis: number): number[] => scores.shape.map((d, i) => (i === axis ? d : 1))
