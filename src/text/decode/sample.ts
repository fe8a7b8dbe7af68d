/** Choosing one token by its score. */
import { HebbError } from '../../tensor/index.js'

/** How a token is chosen. */
export interface SamplingOptions {
  /** scores are divided by it: below 1 the likely becomes likelier; 0 always takes the likeliest. Default 1 */
  readonly temperature?: number
  /** only the so many likeliest [Fan 2018]; default all */
  readonly topK?: number
  /** only the likeliest that together reach this probability, the one that reaches it included [Holtzman 2020]; default 1 */
  readonly topP?: number
}

/** Throws HebbError naming the option that makes no sense. */
export function checkSampling({ temperature = 1, topK, topP = 1 }: SamplingOptions): void {
  if (!(temperature >= 0)) throw new HebbError(`generate: temperature ${temperature}: give a number from 0 on`)
  if (topK !== undefined && !(Number.isInteger(topK) && topK >= 1)) throw new HebbError(`generate: topK ${topK}: give 1 or more`)
  if (!(topP > 0 && topP <= 1)) throw new HebbError(`generate: topP ${topP}: give a probability above 0, up to 1`)
}

/**
 * A token id drawn from softmax(logits / temperature), restricted to topK and then topP, by a number u of [0, 1).
 * Of equal scores the lower id comes first. Throws HebbError when a score is NaN or none is finite.
 *
 * @example sampleToken([0, 2, 1], 0.5, { temperature: 0 }) // 1
 */
export function sampleToken(logits: ArrayLike<number>, u: number, options: SamplingOptions = {}): number {
  const { temperature = 1, topK = logits.length, topP = 1 } = options
  let best = 0
  for (let i = 0; i < logits.length; i++) {
    if (Number.isNaN(logits[i]!)) throw new HebbError(`sampleToken: the score of token ${i} is NaN: look for the layer that makes it`)
    if (logits[i]! > logits[best]!) best = i
  }
  const highest = logits[best]!
  if (!Number.isFinite(highest))
    throw new HebbError(`sampleToken: the highest of ${logits.length} scores is ${highest}: nothing can be drawn`)
  if (temperature === 0) return best
  const weights = Float64Array.from(logits, (x) => Math.exp((x - highest) / temperature))
  const kept = topK < logits.length || topP < 1 ? likeliest(weights, topK, topP) : undefined
  const among = kept ?? Uint32Array.from(weights.keys())
  let total = 0
  for (const i of among) total += weights[i]!
  let left = u * total
  for (const i of among) {
    left -= weights[i]!
    if (left < 0) return i
  }
  // rounding may leave a crumb: the last that has any weight has it
  return among.findLast((i) => weights[i]! > 0) ?? best
}

/** The ids that topK and topP leave, likeliest first. */
function likeliest(weights: Float64Array, topK: number, topP: number): Uint32Array {
  const order = Uint32Array.from(weights.keys())
    .sort((a, b) => weights[b]! - weights[a]! || a - b)
    .subarray(0, topK)
  if (topP >= 1) return order
  const total = order.reduce((sum, i) => sum + weights[i]!, 0)
  let sum = 0
  let n = 0
  while (n < order.length && sum < topP * total) sum += weights[order[n++]!]!
  return order.subarray(0, Math.max(n, 1))
}
