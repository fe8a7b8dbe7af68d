/** What a model says of the tokens of answers: log-probabilities, how undecided it was, and sums and means over the tokens that count. */
import { stopGradient } from '../../autodiff/grad.js'
import '../../functional/index.js'
import { crossEntropy } from '../../loss/index.js'
import { where } from '../../ops/index.js'
import { ShapeError } from '../../tensor/errors.js'
import { sameShape, showShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'

/**
 * log p of tokens, log softmax(logits)[ids]. Shapes: logits (…, V), ids (…) → (…). A token comes with the logits that foretell it, those of the place before.
 * Throws ShapeError where ids have not the shape of the logits without their last axis.
 */
export function tokenLogProbabilities(logits: Tensor, ids: Tensor): Tensor {
  if (!sameShape(logits.shape.slice(0, -1), ids.shape))
    throw new ShapeError(
      `tokenLogProbabilities: ids ${showShape(ids.shape)} do not fit logits ${showShape(logits.shape)}: one for each place`,
    )
  const rows = logits.reshape([ids.size, logits.shape.at(-1)!])
  return crossEntropy(rows, ids.reshape([-1]), { reduction: 'none' })
    .neg()
    .reshape(ids.shape)
}

/** −Σ p log p of softmax(logits), in nats: how undecided a model is. Shapes: (…, V) → (…). */
export function tokenEntropies(logits: Tensor): Tensor {
  const logs = logits.logSoftmax(-1)
  return logs.exp().mul(logs).sum(-1).neg()
}

/** x where the mask (0 and 1, or booleans) holds and 0 elsewhere, whatever stands there. */
export const kept = (x: Tensor, mask: Tensor): Tensor => where(mask.notEqual(0), x, 0)

/** Σ of each row over its places that count. Shapes: (N, T), mask (N, T) → (N). */
export const rowSums = (x: Tensor, mask: Tensor): Tensor => kept(x, mask).sum(-1)

/** How many places of each row count, at least 1. Shapes: (N, T) → (N). */
export const rowCounts = (mask: Tensor): Tensor => mask.cast('f32').sum(-1).maximum(1)

/** Mean over all places that count; 0 where none does. Shapes: (…), mask (…) → (). */
export const maskedMean = (x: Tensor, mask: Tensor): Tensor => kept(x, mask).sum().div(mask.cast('f32').sum().maximum(1))

/**
 * Σ of log-probabilities of answers in which tokens beyond the length of the shorter one of a pair count `alpha` [Liu 2024]. Shapes: logs and mask (2N, T),
 * the preferred answers in the first half → (2N).
 */
export function lengthDesensitizedSums(logs: Tensor, mask: Tensor, alpha: number): Tensor {
  const counted = mask.notEqual(0).cast('f32')
  const rank = counted.cumsum(1)
  const [chosen, rejected] = halves(counted.sum(1))
  const shorter = chosen.minimum(rejected).tile([2]).reshape([-1, 1])
  return kept(logs, mask)
    .mul(where(rank.greater(shorter), alpha, 1))
    .sum(1)
}

/** The first and the second half of the rows. */
export function halves(x: Tensor): [Tensor, Tensor] {
  const half = x.shape[0]! / 2
  const [first, second] = x.split([half, half], 0)
  return [first!, second!]
}

/**
 * How much an answer that someone else wrote says about this policy: e to the mean over its tokens of log p − log Σ p² [Zhou 2024]. No gradient passes.
 * Shapes: logits (N, T, V), logs and mask (N, T) → (N).
 */
export function policyWeights(logits: Tensor, logs: Tensor, mask: Tensor): Tensor {
  const likeliness = logits.mul(2).logSumExp(-1).sub(logits.logSumExp(-1).mul(2))
  return stopGradient(rowSums(logs.sub(likeliness), mask).div(rowCounts(mask)).exp())
}
