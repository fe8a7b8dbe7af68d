/** The rules by which a token is chosen, and their order, in one place for everything that writes. */
import { HebbError } from '../../../tensor/index.js'
import { biased, forbidRepeatedNgrams, forbidSequences, forbidTokens, penalizePresence, penalizeRepetition } from './penalties.js'
import {
  dropBelowEpsilon,
  dropBelowEta,
  highestOf,
  keepMinP,
  keepTopK,
  keepTopP,
  keepTypical,
  scaleByTemperature,
  weightsOf,
} from './truncate.js'

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
  /** no run of so many tokens comes twice, the prompt counted [Paulus 2018]; default 0, which forbids none */
  readonly noRepeatNgramSize?: number
  /** sequences of ids that never come whole */
  readonly badWords?: readonly (readonly number[])[]
  /** ids that never come */
  readonly suppressTokens?: readonly number[]
  /** added to the scores of tokens, by id, before all else but penalties: 100 makes a token certain, −100 rules it out */
  readonly bias?: Readonly<Record<number, number>>
  /** scores are divided by it: below 1 the likely becomes likelier; 0 always takes the likeliest. Default 1 */
  readonly temperature?: number
  /** only the so many likeliest, and those exactly as likely as the last of them [Fan 2018]; 0 is all */
  readonly topK?: number
  /** only the likeliest that together reach this probability, the one that reaches it included [Holtzman 2020]; default 1 */
  readonly topP?: number
  /** only those at least this many times as likely as the likeliest [Nguyen 2025]; default 0 */
  readonly minP?: number
  /** only those nearest to the expected surprise that together reach this probability [Meister 2023]; default 1 */
  readonly typicalP?: number
  /** only those at least this likely [Hewitt 2022]; default 0 */
  readonly epsilonCutoff?: number
  /** as `epsilonCutoff`, lower where much is open [Hewitt 2022]; default 0 */
  readonly etaCutoff?: number
}

/** Names of the options that matter only where tokens are drawn. */
export const drawingOptions = ['temperature', 'topK', 'topP', 'minP', 'typicalP', 'epsilonCutoff', 'etaCutoff'] as const

/** Names of the options. */
export const samplingOptions = [
  'repetitionPenalty',
  'presencePenalty',
  'frequencyPenalty',
  'noRepeatNgramSize',
  'badWords',
  'suppressTokens',
  'bias',
  ...drawingOptions,
] as const

/** The tokens before the one to be chosen, for penalties. */
export interface TokensBefore {
  /** what was given: counts for `repetitionPenalty` and repeated runs alone */
  readonly prompt?: ArrayLike<number>
  readonly written?: ArrayLike<number>
}

/** Throws HebbError naming the option that makes no sense, and the function that was given it. */
export function checkSampling(name: string, options: SamplingOptions): void {
  const { temperature = 1, topK = 0, noRepeatNgramSize = 0, repetitionPenalty = 1, presencePenalty = 0, frequencyPenalty = 0 } = options
  if (!(temperature >= 0 && Number.isFinite(temperature)))
    throw new HebbError(`${name}: temperature ${temperature}: give a number from 0 on`)
  for (const [option, value] of Object.entries({ topK, noRepeatNgramSize }))
    if (!(Number.isInteger(value) && value >= 0)) throw new HebbError(`${name}: ${option} ${value}: give a whole number from 0 on`)
  const { topP = 1, minP = 0, typicalP = 1, epsilonCutoff = 0, etaCutoff = 0 } = options
  for (const [option, value] of Object.entries({ topP, minP, typicalP, epsilonCutoff, etaCutoff }))
    if (!(value >= 0 && value <= 1)) throw new HebbError(`${name}: ${option} ${value}: give a share from 0 to 1`)
  if (!(repetitionPenalty > 0 && Number.isFinite(repetitionPenalty)))
    throw new HebbError(`${name}: repetitionPenalty ${repetitionPenalty}: give a number above 0; 1 changes nothing`)
  for (const [option, value] of Object.entries({ presencePenalty, frequencyPenalty }))
    if (!Number.isFinite(value)) throw new HebbError(`${name}: ${option} ${value}: give a finite number; 0 changes nothing`)
}

/** Scores after penalties and what is forbidden: the first half of the rules, which greedy writing and beams know too. */
export function penalized(
  scores: ArrayLike<number>,
  options: SamplingOptions,
  { prompt = [], written = [] }: TokensBefore,
): ArrayLike<number> {
  const {
    repetitionPenalty = 1,
    presencePenalty = 0,
    frequencyPenalty = 0,
    noRepeatNgramSize = 0,
    badWords = [],
    suppressTokens = [],
    bias,
  } = options
  let left = scores
  const looks = repetitionPenalty !== 1 || noRepeatNgramSize > 0 || badWords.length > 0
  const ids = looks ? [...Array.from(prompt), ...Array.from(written)] : []
  if (repetitionPenalty !== 1) left = penalizeRepetition(left, ids, repetitionPenalty)
  if (presencePenalty !== 0 || frequencyPenalty !== 0) left = penalizePresence(left, written, presencePenalty, frequencyPenalty)
  if (bias) left = biased(left, bias)
  if (noRepeatNgramSize > 0) left = forbidRepeatedNgrams(left, ids, noRepeatNgramSize)
  if (badWords.length > 0) left = forbidSequences(left, ids, badWords)
  if (suppressTokens.length > 0) left = forbidTokens(left, suppressTokens)
  return left
}

/** Scores after temperature and what leaves out the unlikely: the second half of the rules, for drawing. */
export function truncated(scores: ArrayLike<number>, options: SamplingOptions): ArrayLike<number> {
  const { temperature = 1, topK = 0, topP = 1, minP = 0, typicalP = 1, epsilonCutoff = 0, etaCutoff = 0 } = options
  let left = scores
  if (temperature !== 1) left = scaleByTemperature(left, temperature)
  if (topK > 0) left = keepTopK(left, topK)
  if (topP < 1) left = keepTopP(left, topP)
  if (minP > 0) left = keepMinP(left, minP)
  if (typicalP < 1) left = keepTypical(left, typicalP)
  if (epsilonCutoff > 0) left = dropBelowEpsilon(left, epsilonCutoff)
  if (etaCutoff > 0) left = dropBelowEta(left, etaCutoff)
  return left
}

/** The place of the highest score, the first of equals. Throws HebbError when a score is NaN or none is finite. */
export function highestScore(name: string, scores: ArrayLike<number>): number {
  let best = 0
  for (let i = 0; i < scores.length; i++) {
    if (Number.isNaN(scores[i]!)) throw new HebbError(`${name}: the score of token ${i} is NaN: look for the layer that makes it`)
    if (scores[i]! > scores[best]!) best = i
  }
  if (!Number.isFinite(scores[best]))
    throw new HebbError(
      `${name}: the highest of ${scores.length} scores is ${scores[best]}: nothing can be drawn${scores[best] === Number.NEGATIVE_INFINITY ? ', as the rules leave no token' : ''}`,
    )
  return best
}

/** Probabilities of all tokens once the rules of drawing are applied to scores. */
export function drawnBy(scores: ArrayLike<number>, options: SamplingOptions): Float64Array {
  const { weights, total } = weightsOf(truncated(scores, options))
  for (let i = 0; i < weights.length; i++) if (weights[i]! > 0) weights[i]! /= total
  return weights
}

/** The id that a number u of [0, 1) draws from weights; a crumb that rounding leaves goes to the last that has any weight. */
export function drawFrom(weights: Float64Array, u: number): number {
  let total = 0
  for (let i = 0; i < weights.length; i++) total += weights[i]!
  let left = u * total
  let last = 0
  for (let i = 0; i < weights.length; i++) {
    if (weights[i] === 0) continue
    left -= weights[i]!
    if (left < 0) return i
    last = i
  }
  return last
}

/** log softmax(scores)[id]: what the model itself made of a token, whatever the rules made of its score. */
export function logProbability(scores: ArrayLike<number>, id: number): number {
  const highest = highestOf(scores)
  let total = 0
  for (let i = 0; i < scores.length; i++) total += Math.exp(scores[i]! - highest)
  return scores[id]! - highest - Math.log(total)
}
