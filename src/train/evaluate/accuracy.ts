/** Accuracy as part of a graph, where a task has right answers. */
import { type Answers, note } from '../../loss/facts.js'
import { weighedMean } from '../../loss/weights.js'
import { div, mul } from '../../ops/elementwise/arithmetic.js'
import { cast } from '../../ops/elementwise/cast.js'
import { and, equal, greater, not } from '../../ops/elementwise/compare.js'
import { reshape } from '../../ops/move/reshape.js'
import { argmax } from '../../ops/reduce/extremes.js'
import { mean, sum } from '../../ops/reduce/sum.js'
import { isFloat } from '../../tensor/dtype.js'
import { sameShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'

/**
 * The share of right answers, where it is known what is right; undefined for other tasks. `answers` is what the loss says of it;
 * an example with a weight counts that much.
 *
 * - scores (N, C, …), class ids (N, …): the highest score is that of the target's class. Targets equal to `ignoreIndex` (−100 without a loss that says
 *   another) do not count;
 * - scores (N, C, …), probabilities of the classes alike, one-hot ones among them: both are highest at the same class;
 * - one output for each target of 0 or 1, for one question or for many: on the same side of the loss's threshold, 0 for logits and ½ for probabilities.
 *   Integer targets for an output of one column, and booleans, are such targets whatever the loss; the threshold is ½ then where the output is a sigmoid.
 */
export function accuracyOf(output: Tensor, target: Tensor, answers?: Answers, weights?: Tensor): Tensor | undefined {
  const shareOf = (right: Tensor): Tensor => share(right, weights)

  const named = isFloat(target.dtype) || target.dtype === 'bool' ? undefined : idsIn(output, target)
  if (named) {
    if (answers?.kind === 'ids')
      return sameShape(answers.scores.shape, output.shape) ? rightIds(output, target, answers, weights) : undefined
    return rightIds(output, target, { ignoreIndex: -100, valid: undefined }, weights)
  }
  const alike = sameShape(output.shape, target.shape)
  const classes = alike && output.rank > 1 && output.shape[1]! > 1
  const isSoftmax = output.node.op === 'softmax' || output.node.op === 'logSoftmax'
  if (classes && (answers?.kind === 'distribution' || (answers?.kind !== 'decisions' && isSoftmax)))
    return shareOf(equal(argmax(output, 1), argmax(cast(target, 'f32'), 1)))
  if (output.size !== target.size || answers?.kind === 'distribution' || answers?.kind === 'ids') return undefined
  if (answers?.kind === 'decisions') return shareOf(decided(output, target, answers.level))
  // an output of one column beside integers is a yes or no, unless a loss of numbers says that they are numbers
  const column = output.rank === target.rank + 1 && output.shape[1] === 1 && !isFloat(target.dtype) && answers === undefined
  if (target.dtype !== 'bool' && !column) return undefined
  return shareOf(decided(output, target, output.node.op === 'sigmoid' || answers?.kind === 'values' ? 0.5 : 0))
}

/** Whether the target has one id where the output has scores of two classes or more. */
const idsIn = (output: Tensor, target: Tensor): boolean =>
  output.rank === target.rank + 1 && output.shape[1]! > 1 && sameShape([output.shape[0]!, ...output.shape.slice(2)], target.shape)

function rightIds(
  output: Tensor,
  target: Tensor,
  { ignoreIndex, valid }: Pick<Answers & { kind: 'ids' }, 'ignoreIndex' | 'valid'>,
  weights: Tensor | undefined,
): Tensor {
  const right = equal(argmax(output, 1), cast(target, 'i32'))
  if (ignoreIndex === undefined) return share(right, weights)
  const counting = not(equal(target, ignoreIndex))
  const counts = cast(valid ?? sum(cast(counting, 'f32')), 'f32')
  // an id that is no class is never the highest
  const isClass = ignoreIndex >= 0 && ignoreIndex < output.shape[1]!
  const hits = cast(isClass ? and(right, counting) : right, 'f32')
  if (weights) return weighedMean(hits, weights, cast(counting, 'f32'))
  return note(mul(mean(hits), div(target.size, counts)), { counts, rows: target.size })
}

const decided = (output: Tensor, target: Tensor, level: number): Tensor => {
  const yes = greater(reshape(output, target.shape), level)
  return equal(cast(yes, 'i32'), cast(greater(cast(target, 'f32'), 0.5), 'i32'))
}

const share = (right: Tensor, weights: Tensor | undefined): Tensor =>
  weights ? weighedMean(cast(right, 'f32'), weights) : note(mean(cast(right, 'f32')), { counts: right.size, rows: right.size })
