/** Loss and accuracy of predicting the next token at every place. */

import { factsOf, note } from '../loss/facts.js'
import { type CrossEntropyOptions, crossEntropy } from '../loss/index.js'
import { weighedMean } from '../loss/weights.js'
import { argmax, cast, div, equal, expand, mul, notEqual, reshape, sum } from '../ops/index.js'
import { ShapeError, type Tensor } from '../tensor/index.js'

/** Scores as rows (N · T, V) and targets as (N · T). */
function rows(name: string, logits: Tensor, target: Tensor): [Tensor, Tensor] {
  const [width, places] = [logits.shape.at(-1), logits.shape.slice(0, -1)]
  if (width === undefined || places.length !== target.rank || places.some((d, i) => d !== target.shape[i]))
    throw new ShapeError(
      `${name}: targets (${target.shape.join(', ')}) are no ids for logits (${logits.shape.join(', ')}): give (N, T) for (N, T, V)`,
    )
  return [reshape(logits, [-1, width]), reshape(target, [-1])]
}

/**
 * Mean of −log softmax(logits)[target] over all places: {@link crossEntropy} with the vocabulary as last axis.
 *
 * Shapes: logits (N, T, V), target ids (N, T); ids equal to `ignoreIndex` (default −100) do not count.
 * Throws ShapeError when shapes do not fit.
 *
 * @example nextTokenCrossEntropy(gpt.forward(x), y)
 */
export function nextTokenCrossEntropy(logits: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const loss = crossEntropy(...rows('nextTokenCrossEntropy', logits, target), options)
  const { weigh } = factsOf(loss)
  return weigh ? note(loss, { weigh: (w) => weigh(byPlace(w, target)) }) : loss
}

/** The share of places whose highest score is the target's; shapes and `ignoreIndex` as {@link nextTokenCrossEntropy}. */
export function nextTokenAccuracy(logits: Tensor, target: Tensor, { ignoreIndex }: { readonly ignoreIndex?: number } = {}): Tensor {
  const [scores, ids] = rows('nextTokenAccuracy', logits, target)
  const right = cast(equal(argmax(scores, 1), cast(ids, 'i32')), 'f32')
  if (ignoreIndex === undefined) return note(right.mean(), { weigh: (w) => weighedMean(right, byPlace(w, target)) })
  const counted = cast(notEqual(ids, ignoreIndex), 'f32')
  const [hits, counts] = [mul(right, counted), sum(counted)]
  const weigh = (w: Tensor): Tensor => weighedMean(hits, byPlace(w, target), counted)
  return note(div(sum(hits), counts), { counts, rows: ids.size, weigh })
}

/** Weights of texts (N), or of places (N, T), as one for each place (N · T). */
function byPlace(weights: Tensor, target: Tensor): Tensor {
  const missing = target.rank - weights.rank
  if (missing <= 0) return reshape(weights, [-1])
  return reshape(expand(reshape(weights, [...weights.shape, ...target.shape.slice(-missing).map(() => 1)]), target.shape), [-1])
}
