/** Losses of yes-or-no answers. */
import { describe } from '../../graph/leaf.js'
import { logSigmoid } from '../../ops/activation/softplus.js'
import { add, mul, neg, sub } from '../../ops/elementwise/arithmetic.js'
import { clamp } from '../../ops/elementwise/select.js'
import { log } from '../../ops/elementwise/unary.js'
import { mean, sum } from '../../ops/reduce/sum.js'
import { ShapeError } from '../../tensor/errors.js'
import { sameShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import type { Reduction } from './crossEntropy.js'

/** Options of the binary cross entropies. */
export interface BinaryCrossEntropyOptions {
  readonly reduction?: Reduction
  /** one factor per element, or broadcasting */
  readonly weight?: Tensor
}

function check(name: string, x: Tensor, target: Tensor): void {
  if (!sameShape(x.shape, target.shape))
    throw new ShapeError(`${name}: answers and targets need one shape\n  inputs: ${describe(x)}, ${describe(target)}`)
}

const reduced = (each: Tensor, { reduction = 'mean', weight }: BinaryCrossEntropyOptions): Tensor => {
  const weighted = weight ? mul(each, weight) : each
  return reduction === 'none' ? weighted : reduction === 'sum' ? sum(weighted) : mean(weighted)
}

/**
 * −(y log σ(x) + (1 − y) log(1 − σ(x))), averaged, from logits x, in a form that neither overflows nor loses digits. `positiveWeight` multiplies the part of the
 * positives, for data where they are rare.
 *
 * Shapes: logits and targets (…) alike, targets 0 … 1. Throws ShapeError when they differ.
 *
 * @example binaryCrossEntropyWithLogits(model.forward(x), y)
 */
export function binaryCrossEntropyWithLogits(
  logits: Tensor,
  target: Tensor,
  { positiveWeight, ...options }: BinaryCrossEntropyOptions & { readonly positiveWeight?: Tensor } = {},
): Tensor {
  check('binaryCrossEntropyWithLogits', logits, target)
  const surprise = neg(logSigmoid(logits))
  const factor = positiveWeight ? add(mul(sub(positiveWeight, 1), target), 1) : undefined
  return reduced(add(mul(sub(1, target), logits), factor ? mul(factor, surprise) : surprise), options)
}

/**
 * −(y log p + (1 − y) log(1 − p)), averaged, from probabilities p; logarithms stop at −100, as in PyTorch. Logits are better served by
 * `binaryCrossEntropyWithLogits`.
 *
 * Shapes: probabilities and targets (…) alike. Throws ShapeError when they differ.
 */
export function binaryCrossEntropy(probabilities: Tensor, target: Tensor, options: BinaryCrossEntropyOptions = {}): Tensor {
  check('binaryCrossEntropy', probabilities, target)
  const [yes, no] = [clamp(log(probabilities), { min: -100 }), clamp(log(sub(1, probabilities)), { min: -100 })]
  return reduced(neg(add(mul(target, yes), mul(sub(1, target), no))), options)
}
