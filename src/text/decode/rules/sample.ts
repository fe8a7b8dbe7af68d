/** Choosing one token by its score. */
import { drawFrom, drawnBy, highestScore, penalized, type SamplingOptions, type TokensBefore } from './rules.js'

/**
 * A token id drawn by a number u of [0, 1) from softmax(scores / temperature), after penalties, and restricted by topK, topP, minP and the others, each of
 * what the one before left; unlike `generate` it keeps all tokens where no rule is given. Of equal scores the lower id comes first.
 * Throws HebbError when a score is NaN or none is finite.
 *
 * @example sampleToken([0, 2, 1], 0.5, { temperature: 0 }) // 1
 */
export function sampleToken(given: ArrayLike<number>, u: number, options: SamplingOptions = {}, before: TokensBefore = {}): number {
  const scores = penalized(given, options, before)
  const best = highestScore('sampleToken', scores)
  return options.temperature === 0 ? best : drawFrom(drawnBy(scores, options), u)
}
