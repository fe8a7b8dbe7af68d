/** Making a classifier's probabilities honest with one number: temperature scaling. */
import { HebbError, ShapeError } from '../tensor/errors.js'
import { checkLabel, type Labels } from './confusion.js'

/**
 * The temperature T > 0 for which softmax(logits / T) gives the labels the highest likelihood [Guo 2017]. Above 1 the classifier was too
 * sure of itself. No answer changes, only how sure it is. Find T on examples that were neither trained on nor will be tested on.
 * `logits` (N, C) row-major. T is sought in 0.01 … 100, to 6 digits.
 *
 * @throws ShapeError when they are not N × C, HebbError when there are no examples or a logit is not finite
 * @example const T = fitTemperature(validationLogits, labels, 10) // then softmax(logits / T)
 */
export function fitTemperature(logits: ArrayLike<number>, truth: Labels, classes: number): number {
  if (truth.length === 0) throw new HebbError('fitTemperature: there are no examples')
  if (logits.length !== truth.length * classes)
    throw new ShapeError(`fitTemperature: ${logits.length} logits are not ${truth.length} examples × ${classes} classes`)
  for (let i = 0; i < logits.length; i++)
    if (!Number.isFinite(logits[i]!)) throw new HebbError(`fitTemperature: logit ${i} is ${logits[i]}`)
  // the loss is convex in 1/T: bisect its slope, Σ (E[z] − z of the label)
  let [low, high] = [Math.log(0.01), Math.log(100)]
  while (high - low > 1e-7) {
    const middle = (low + high) / 2
    if (slope(logits, truth, classes, Math.exp(middle)) > 0) high = middle
    else low = middle
  }
  return Math.exp(-(low + high) / 2)
}

/** Derivative of the negative log likelihood by the factor b = 1/T. */
function slope(logits: ArrayLike<number>, truth: Labels, classes: number, factor: number): number {
  let sum = 0
  for (let i = 0; i < truth.length; i++) {
    const from = i * classes
    let most = Number.NEGATIVE_INFINITY
    for (let c = 0; c < classes; c++) most = Math.max(most, logits[from + c]!)
    let [weights, mean] = [0, 0]
    for (let c = 0; c < classes; c++) {
      const weight = Math.exp(factor * (logits[from + c]! - most))
      weights += weight
      mean += weight * logits[from + c]!
    }
    sum += mean / weights - logits[from + checkLabel('fitTemperature: label', truth[i]!, classes, i)]!
  }
  return sum
}
