/** Whether a classifier's probabilities mean what they say. */

import { HebbError, ShapeError } from '../tensor/errors.js'
import { greatest } from '../tensor/extremes.js'
import { checkLabel, type Labels } from './confusion.js'

/** The examples whose confidence (largest probability) lies in (from, to]. */
export interface CalibrationBin {
  readonly from: number
  readonly to: number
  readonly count: number
  /** mean of the largest probability; NaN when empty */
  readonly confidence: number
  /** share told right; NaN when empty */
  readonly accuracy: number
}

/** How confidence and accuracy fit together. */
export interface Calibration {
  readonly bins: readonly CalibrationBin[]
  /** expected calibration error Σ nᵢ/N · |accuracyᵢ − confidenceᵢ|, 0 for a classifier that is right as often as it says */
  readonly expectedError: number
  /** the largest |accuracyᵢ − confidenceᵢ| of a bin that has examples */
  readonly maximumError: number
}

/**
 * Confidence against accuracy in bins of equal width [Guo 2017]. `probabilities` (N, C) row-major, each row summing to 1.
 *
 * @throws ShapeError when they are not N × C, HebbError for a value outside 0 … 1 or when there are no examples
 * @example calibration(probabilities, labels, 10).expectedError
 */
export function calibration(probabilities: ArrayLike<number>, truth: Labels, classes: number, { bins = 15 } = {}): Calibration {
  check('calibration', probabilities, truth, classes)
  const sums = Array.from({ length: bins }, () => ({ count: 0, confidence: 0, hits: 0 }))
  for (let i = 0; i < truth.length; i++) {
    let best = 0
    for (let c = 1; c < classes; c++) if (probabilities[i * classes + c]! > probabilities[i * classes + best]!) best = c
    const confidence = probabilities[i * classes + best]!
    const bin = sums[Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins) - 1))]!
    bin.count++
    bin.confidence += confidence
    if (best === Number(truth[i])) bin.hits++
  }
  const filled = sums.map(({ count, confidence, hits }, b): CalibrationBin => {
    return { from: b / bins, to: (b + 1) / bins, count, confidence: confidence / count, accuracy: hits / count }
  })
  const used = filled.filter(({ count }) => count > 0)
  const gap = (bin: CalibrationBin): number => Math.abs(bin.accuracy - bin.confidence)
  return {
    bins: filled,
    expectedError: used.reduce((s, bin) => s + (bin.count / truth.length) * gap(bin), 0),
    maximumError: greatest(used.map(gap)),
  }
}

/** Brier score (1/N) Σₙ Σ_c (p_nc − [c is true])²: 0 perfect, 2 worst; rewards honest probabilities [Brier 1950]. Throws as {@link calibration}. */
export function brierScore(probabilities: ArrayLike<number>, truth: Labels, classes: number): number {
  check('brierScore', probabilities, truth, classes)
  let sum = 0
  for (let i = 0; i < truth.length; i++)
    for (let c = 0; c < classes; c++) sum += (probabilities[i * classes + c]! - (c === Number(truth[i]) ? 1 : 0)) ** 2
  return sum / truth.length
}

function check(name: string, probabilities: ArrayLike<number>, truth: Labels, classes: number): void {
  if (truth.length === 0) throw new HebbError(`${name}: no examples`)
  if (probabilities.length !== truth.length * classes)
    throw new ShapeError(`${name}: ${probabilities.length} probabilities are not ${truth.length} examples × ${classes} classes`)
  for (let i = 0; i < truth.length; i++) checkLabel(`${name}: true label`, truth[i]!, classes, i)
  for (let i = 0; i < probabilities.length; i++)
    if (!(probabilities[i]! >= -1e-6 && probabilities[i]! <= 1 + 1e-6))
      throw new HebbError(`${name}: ${probabilities[i]} at ${i} is no probability: give softmax outputs, not logits`)
}
