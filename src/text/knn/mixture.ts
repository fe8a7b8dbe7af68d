/** Two opinions about the same tokens mixed into one: the loss of a mixture, and the best share. */
import { HebbError } from '../../tensor/index.js'

/**
 * Mean of −log(λ pₙ + (1 − λ) qₙ), in nats.
 * Throws HebbError when there are no tokens, not as many of both, or λ is not in 0 … 1.
 */
export function mixtureCrossEntropy(p: ArrayLike<number>, q: ArrayLike<number>, share: number): number {
  if (p.length === 0 || p.length !== q.length)
    throw new HebbError(`mixtureCrossEntropy: ${p.length} and ${q.length} probabilities: give as many of both, and one or more`)
  if (!(share >= 0 && share <= 1)) throw new HebbError(`mixtureCrossEntropy: share is ${share}: give a number from 0 to 1`)
  let sum = 0
  for (let n = 0; n < p.length; n++) sum -= Math.log(share * p[n]! + (1 - share) * q[n]!)
  return sum / p.length
}

/**
 * The λ in 0 … 1 with the smallest {@link mixtureCrossEntropy}, to 1e-4: the loss is convex in λ, so intervals that cannot hold its minimum are cut off.
 *
 * @example bestShare(memorySays, modelSays) // on text that nothing is reported on
 */
export function bestShare(p: ArrayLike<number>, q: ArrayLike<number>): number {
  let [low, high] = [0, 1]
  while (high - low > 1e-4) {
    const [a, b] = [low + (high - low) / 3, high - (high - low) / 3]
    if (mixtureCrossEntropy(p, q, a) <= mixtureCrossEntropy(p, q, b)) high = b
    else low = a
  }
  return (low + high) / 2
}
