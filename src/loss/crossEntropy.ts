/** The losses of classification: crossEntropy of scores, nll of log-probabilities. */

import { logSoftmax } from '../functional/normal/softmax.js'
import { describe } from '../graph/leaf.js'
import { add, div, mul, neg } from '../ops/elementwise/arithmetic.js'
import { cast } from '../ops/elementwise/cast.js'
import { and, equal, not } from '../ops/elementwise/compare.js'
import { where } from '../ops/elementwise/select.js'
import { takeAlong } from '../ops/gather/along.js'
import { ones } from '../ops/move/create.js'
import { expand, reshape } from '../ops/move/reshape.js'
import { sum } from '../ops/reduce/sum.js'
import { isFloat } from '../tensor/dtype.js'
import { HebbError, ShapeError } from '../tensor/errors.js'
import { type Shape, sameShape, showShape, sizeOf } from '../tensor/shape.js'
import type { Tensor } from '../tensor/tensor.js'
import { classWeight, type Ids, idShape, idsOf, rowsOfClasses, surprise } from './classes.js'
import { note } from './facts.js'
import { largeProduct, type Product, summedSurpriseOfProduct, surpriseOfProduct } from './largeScores.js'
import { checkTensors, type LossOptions, type Reduction, reduced } from './reduction.js'
import { factorsFor, weighedMean } from './weights.js'

/** Options of nll. */
export interface ClassLossOptions extends LossOptions {
  /** one factor per class (C); the mean divides by the factors of the targets */
  readonly weight?: Tensor | undefined
  /** class id whose examples do not count; default −100 */
  readonly ignoreIndex?: number | undefined
}

/** Options of crossEntropy. */
export interface CrossEntropyOptions extends ClassLossOptions {
  /** share of the target spread over all classes [Szegedy 2016]; default 0 */
  readonly labelSmoothing?: number | undefined
}

/**
 * −log softmax(logits)[target], averaged: how surprised a classifier is by the right answers, in nats.
 *
 * Shapes: logits (N, C), (N, C, …) or (C); targets are class ids (N), (N, …) or () of an integer dtype, or probabilities in the shape of the logits.
 * With label smoothing s the target is (1 − s)·target + s/C. With ids, the mean divides by the weights of the targets that count, and is NaN when
 * none does; with probabilities, by the number of examples. Throws ShapeError when targets fit neither form or a known id is no class; a run fails
 * at one that is known only then.
 *
 * @example crossEntropy(model.forward(x), y)
 */
export function crossEntropy(logits: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor {
  checkTensors('crossEntropy', logits, target)
  const { reduction, weight, ignoreIndex = -100, labelSmoothing = 0 } = options
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
    throw new HebbError(`crossEntropy: labelSmoothing is ${labelSmoothing}: give a share from 0 to 1`)
  if (logits.rank === 0)
    throw new ShapeError(`crossEntropy: logits need an axis of classes\n  inputs: ${describe(logits)}, ${describe(target)}`)
  const expected = idShape(logits)
  const probabilities = isFloat(target.dtype) && sameShape(target.shape, logits.shape)
  if (!probabilities && (isFloat(target.dtype) || !sameShape(target.shape, expected)))
    throw new ShapeError(
      `crossEntropy: targets are class ids ${showShape(expected)} of an integer dtype, or probabilities in the shape of the logits${cureOf(target, expected, logits)}\n  inputs: ${describe(logits)}, ${describe(target)}`,
    )
  const rows = rowsOfClasses(logits)
  const classes = rows.shape[1]!
  if (probabilities) {
    const wanted = rowsOfClasses(cast(target, rows.dtype))
    const smooth = labelSmoothing === 0 ? wanted : add(mul(wanted, 1 - labelSmoothing), labelSmoothing / classes)
    const logs = logSoftmax(rows, 1)
    // a class of probability 0 costs nothing even where its logit is −∞
    const finite = where(and(equal(smooth, 0), equal(logs, Number.NEGATIVE_INFINITY)), 0, logs)
    const costs = mul(finite, smooth)
    const each = neg(sum(weight ? mul(costs, classWeight('crossEntropy', weight, rows)) : costs, 1))
    return note(reduced(reshape(each, expected), reduction), { answers: { kind: 'distribution' } })
  }
  const found = idsOf({ loss: 'crossEntropy', scores: logits, rows, target, ignoreIndex, weight })
  const product = labelSmoothing === 0 ? largeProduct(rows) : undefined
  if (product) return ofProduct(product, found, reduction, expected)
  const own = counted(surprise(rows, found.ids), found)
  if (labelSmoothing === 0) return finish(own, found, reduction, expected)
  const logs = logSoftmax(rows, 1)
  const all = neg(sum(weight ? mul(logs, classWeight('crossEntropy', weight, rows)) : logs, 1, { keep: true }))
  const spread = mul(found.ignored ? where(found.ignored, 0, all) : all, labelSmoothing / classes)
  return finish(add(mul(own, 1 - labelSmoothing), spread), found, reduction, expected)
}

/** What makes targets of the wrong form class ids, where that is plain. */
function cureOf(target: Tensor, ids: Shape, logits: Tensor): string {
  if (sameShape(target.shape, ids)) return ": cast them, target.cast('i32'), or give the field as an Int32Array"
  if (sameShape(target.shape, logits.shape)) return ": cast one-hot rows, target.cast('f32')"
  return target.size === sizeOf(ids) && !isFloat(target.dtype) ? `: reshape them, target.reshape([${ids.join(', ')}])` : ''
}

/**
 * −logProbs[target], averaged: crossEntropy where the logarithm of the softmax is already taken.
 *
 * Shapes: logProbs (N, C), (N, C, …) or (C); targets are class ids (N), (N, …) or (). The mean divides by the weights of the targets that count.
 * Throws ShapeError or DtypeError when targets do not fit or a known id is no class.
 */
export function nll(logProbs: Tensor, target: Tensor, { reduction, weight, ignoreIndex = -100 }: ClassLossOptions = {}): Tensor {
  checkTensors('nll', logProbs, target)
  if (logProbs.rank === 0)
    throw new ShapeError(`nll: log-probabilities need an axis of classes\n  inputs: ${describe(logProbs)}, ${describe(target)}`)
  const rows = rowsOfClasses(logProbs)
  const found = idsOf({ loss: 'nll', scores: logProbs, rows, target, ignoreIndex, weight })
  const own = neg(takeAlong(rows, found.ids, 1))
  return finish(counted(own, found), found, reduction, idShape(logProbs))
}

/** Losses per row (M, 1) times their factors; what does not count is 0 even where it is not finite. */
function counted(each: Tensor, { ignored, factors }: Ids): Tensor {
  const finite = ignored ? where(ignored, 0, each) : each
  return factors ? mul(finite, factors) : finite
}

/** The loss of scores that are a large product: the same, without all of them in memory. */
function ofProduct(product: Product, found: Ids, reduction: Reduction | undefined, shape: Shape): Tensor {
  const { ids, ignored, factors, asked } = found
  const each = (): Tensor => reshape(counted(surpriseOfProduct(product, ids), found), shape)
  if (reduction === 'none') return each()
  const weights = factors ?? (ignored ? cast(not(ignored), product.states.dtype) : ones(ids.shape, product.states))
  const summed = (by: Tensor): Tensor => reshape(summedSurpriseOfProduct(product, ids, by), [])
  const { scores, target, ignoreIndex, weight } = asked
  const answers = { kind: 'ids', scores, ignoreIndex, valid: factors ? undefined : sum(weights) } as const
  const weighed = (w: Tensor): Tensor => mul(reshape(expand(factorsFor(w, each()), shape), ids.shape), weights)
  if (reduction === 'sum')
    return note(summed(weights), { counts: 'sum', answers, weigh: (w) => note(summed(weighed(w)), { counts: 'sum' }) })
  if (reduction !== undefined && reduction !== 'mean') return reduced(each(), reduction)
  const basis = [target.node, target.index, ignoreIndex, weight?.node, weight?.index]
  const mean = (by: Tensor, on: readonly unknown[]): Tensor => {
    const counts = sum(by)
    return note(div(summed(by), counts), { counts, rows: ids.size, basis: on })
  }
  return note(mean(weights, basis), { answers, weigh: (w) => mean(weighed(w), [w.node, w.index, ...basis]) })
}

function finish(each: Tensor, { ignored, factors, asked }: Ids, reduction: Reduction | undefined, shape: readonly number[]): Tensor {
  const weights = factors ?? (ignored && cast(not(ignored), each.dtype))
  const { scores, target, ignoreIndex, weight } = asked
  const answers = { kind: 'ids', scores, ignoreIndex } as const
  if (!weights || (reduction !== undefined && reduction !== 'mean'))
    return note(reduced(reshape(each, shape), reduction), { answers: { ...answers, valid: undefined } })
  const counts = sum(weights)
  const basis = [target.node, target.index, ignoreIndex, weight?.node, weight?.index]
  return note(div(sum(each), counts), {
    counts,
    rows: each.size,
    basis,
    answers: { ...answers, valid: factors ? undefined : counts },
    weigh: (w) => weighedMean(reshape(each, shape), w, reshape(weights, shape), basis),
  })
}
