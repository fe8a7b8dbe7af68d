/** Choosing one token by its score: the rules, and their order, in one place for everything that writes. */
import { HebbError } from '../../tensor/index.js'
import { likeliest } from './likeliest.js'

/** How a token is chosen: by these rules in this order, as transformers applies them. */
export interface SamplingOptions {
  /**
   * every token that stands anywhere before: a score above 0 is divided by it, one below 0 multiplied [Keskar 2019]; above 1 repeats less.
   * Default 1
   */
  readonly repetitionPenalty?: number
  /** taken off the score of every token that was written before, however often; default 0 */
  readonly presencePenalty?: number
  /** taken off the score of a token for each time it was written before; default 0 */
  readonly frequencyPenalty?: number
  /** scores are divided by it: below 1 the likely becomes likelier; 0 always takes the likeliest. Default 1 */
  readonly temperature?: number
  /** only the so many likeliest, and those exactly as likely as the last of them [Fan 2018]; default all */
  readonly topK?: number
  /** only the likeliest that together reach this probability, the one that reaches it included [Holtzman 2020]; default 1 */
  readonly topP?: number
  /** only those at least this many times as likely as the likeliest [Nguyen 2025]; default 0 */
  readonly minP?: number
}

/** Names of the options. */
export const samplingOptions = ['repetitionPenalty', 'presencePenalty', 'frequencyPenalty', 'temperature', 'topK', 'topP', 'minP'] as const

/** The tokens before the one to be chosen, for penalties. */
export interface TokensBefore {
  /** what was given: counts for `repetitionPenalty` alone */
  readonly prompt?: ArrayLike<number>
  readonly written?: ArrayLike<number>
}

/** Throws HebbError naming the option that makes no sense, and the function that was given it. */
export function checkSampling(name: string, options: SamplingOptions): void {
  const { temperature = 1, topK, topP = 1, minP = 0, repetitionPenalty = 1, presencePenalty = 0, frequencyPenalty = 0 } = options
  if (!(temperature >= 0 && Number.isFinite(temperature)))
    throw new HebbError(`${name}: temperature ${temperature}: give a number from 0 on`)
  if (topK !== undefined && !(Number.isInteger(topK) && topK >= 1)) throw new HebbError(`${name}: topK ${topK}: give 1 or more`)
  if (!(topP > 0 && topP <= 1)) throw new HebbError(`${name}: topP ${topP}: give a probability above 0, up to 1`)
  if (!(minP >= 0 && minP <= 1)) throw new HebbError(`${name}: minP ${minP}: give a share from 0 to 1`)
  if (!(repetitionPenalty > 0 && Number.isFinite(repetitionPenalty)))
    throw new HebbError(`${name}: repetitionPenalty ${repetitionPenalty}: give a number above 0; 1 changes nothing`)
  for (const [option, value] of Object.entries({ presencePenalty, frequencyPenalty }))
    if (!Number.isFinite(value)) throw new HebbError(`${name}: ${option} ${value}: give a finite number; 0 changes nothing`)
}

/**
 * A token id drawn by a number u of [0, 1) from softmax(scores / temperature), after penalties, and restricted to topK, topP and minP, each of
 * what the one before left. Of equal scores the lower id comes first. Throws HebbError when a score is NaN or none is finite.
 *
 * @example sampleToken([0, 2, 1], 0.5, { temperature: 0 }) // 1
 */
export function sampleToken(given: ArrayLike<number>, u: number, options: SamplingOptions = {}, before: TokensBefore = {}): number {
  const { temperature = 1 } = options
  const scores = penalised(given, options, before)
  let best = 0
  for (let i = 0; i < scores.length; i++) {
    if (Number.isNaN(scores[i]!)) throw new HebbError(`sampleToken: the score of token ${i} is NaN: look for the layer that makes it`)
    if (scores[i]! > scores[best]!) best = i
  }
  const highest = scores[best]!
  if (!Number.isFinite(highest))
    throw new HebbError(`sampleToken: the highest of ${scores.length} scores is ${highest}: nothing can be drawn`)
  if (temperature === 0) return best
  const weights = Float64Array.from(scores, (x) => Math.exp((x - highest) / temperature))
  const among = allowed(weights, options)
  const total = among ? sumOf(weights, among) : weights.reduce((sum, w) => sum + w, 0)
  let left = u * total
  const count = among?.length ?? weights.length
  // rounding may leave a crumb: the last that has any weight has it
  let last = best
  for (let n = 0; n < count; n++) {
    const i = among ? among[n]! : n
    const weight = weights[i]!
    if (weight === 0) continue
    left -= weight
    if (left < 0) return i
    last = i
  }
  return last
}

/** log softmax(scores)[id]: what the model itself made of a token, whatever the rules made of its score. */
export function logProbability(scores: ArrayLike<number>, id: number): number {
  let highest = Number.NEGATIVE_INFINITY
  for (let i = 0; i < scores.length; i++) if (scores[i]! > highest) highest = scores[i]!
  let total = 0
  for (let i = 0; i < scores.length; i++) total += Math.exp(scores[i]! - highest)
  return scores[id]! - highest - Math.log(total)
}

/** Scores less what tokens before have cost them; the scores themselves where nothing does. */
function penalised(scores: ArrayLike<number>, options: SamplingOptions, { prompt = [], written = [] }: TokensBefore): ArrayLike<number> {
  const { repetitionPenalty = 1, presencePenalty = 0, frequencyPenalty = 0 } = options
  if (repetitionPenalty === 1 && presencePenalty === 0 && frequencyPenalty === 0) return scores
  const left = Float64Array.from(scores)
  if (repetitionPenalty !== 1)
    for (const id of new Set([...Array.from(prompt), ...Array.from(written)]))
      left[id]! = left[id]! < 0 ? left[id]! * repetitionPenalty : left[id]! / repetitionPenalty
  if (presencePenalty !== 0 || frequencyPenalty !== 0) {
    const counts = new Map<number, number>()
    for (const id of Array.from(written)) counts.set(id, (counts.get(id) ?? 0) + 1)
    for (const [id, count] of counts) left[id]! -= presencePenalty + frequencyPenalty * count
  }
  return left
}

const sumOf = (weights: Float64Array, ids: readonly number[]): number => ids.reduce((sum, i) => sum + weights[i]!, 0)

/** The ids that topK, topP and minP leave; undefined for all. Likeliest first, unless minP alone is asked for. */
function allowed(weights: Float64Array, { topK = weights.length, topP = 1, minP = 0 }: SamplingOptions): readonly number[] | undefined {
  const left = topK < weights.length ? withEquals(weights, likeliest(weights, topK)) : undefined
  const reaching = topP < 1 ? nucleus(weights, topP, left) : left
  // the likeliest weighs 1
  if (minP === 0) return reaching
  return (reaching ?? Array.from(weights.keys())).filter((i) => weights[i]! >= minP)
}

/** The likeliest ids and those that weigh as much as the last of them, which have higher numbers. */
function withEquals(weights: Float64Array, ids: readonly number[]): readonly number[] {
  const last = ids.at(-1)!
  const equals: number[] = []
  for (let i = last + 1; i < weights.length; i++) if (weights[i] === weights[last]) equals.push(i)
  return equals.length > 0 ? [...ids, ...equals] : ids
}

/** The fewest of the likeliest that together have a share of `topP`. */
function nucleus(weights: Float64Array, topP: number, among: readonly number[] | undefined): readonly number[] {
  const total = among ? sumOf(weights, among) : weights.reduce((sum, w) => sum + w, 0)
  // without topK the likeliest are looked for as far as they are needed: a vocabulary of 100,000 is not sorted for ten of them
  for (let most = among?.length ?? 64; ; most *= 8) {
    const order = among ?? likeliest(weights, most)
    let sum = 0
    for (let n = 0; n < order.length; n++) {
      sum += weights[order[n]!]!
      if (sum >= topP * total) return order.slice(0, n + 1)
    }
    if (order === among || order.length === weights.length) return order
  }
}
