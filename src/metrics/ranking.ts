/** How well scores order examples, whatever threshold is drawn later: ROC, AUC, average precision, top-k. */
import { HebbError, ShapeError } from '../tensor/errors.js'
import { checkLabel, type Labels } from './confusion.js'

/** One threshold of a ROC curve: calling "positive" all scores ≥ threshold. */
export interface RocPoint {
  readonly threshold: number
  /** share of the negatives called positive */
  readonly falsePositiveRate: number
  /** share of the positives called positive */
  readonly truePositiveRate: number
}

/**
 * The ROC curve of N scores for binary labels (1 positive, 0 negative): from (0, 0) at threshold ∞ to (1, 1), one point per
 * distinct score.
 *
 * @throws ShapeError when the lengths differ, HebbError for other labels, NaN scores, or when a class has no examples
 */
export function rocCurve(scores: ArrayLike<number>, labels: Labels): RocPoint[] {
  const { order, positives, negatives } = ranked('rocCurve', scores, labels)
  if (positives === 0 || negatives === 0)
    throw new HebbError(`rocCurve: ${positives} positive and ${negatives} negative examples: it needs at least one of each`)
  const points: RocPoint[] = [{ threshold: Number.POSITIVE_INFINITY, falsePositiveRate: 0, truePositiveRate: 0 }]
  for (const { score, hits, alarms } of steps(order, scores, labels))
    points.push({ threshold: score, falsePositiveRate: alarms / negatives, truePositiveRate: hits / positives })
  return points
}

/**
 * Area under the ROC curve: the chance that a random positive scores above a random negative, ties counting half
 * [Hanley & McNeil 1982]. 0.5 is guessing, 1 perfect order. Throws as {@link rocCurve}.
 */
export function rocAuc(scores: ArrayLike<number>, labels: Labels): number {
  const points = rocCurve(scores, labels)
  let area = 0
  for (let i = 1; i < points.length; i++) {
    const [a, b] = [points[i - 1]!, points[i]!]
    area += ((b.falsePositiveRate - a.falsePositiveRate) * (a.truePositiveRate + b.truePositiveRate)) / 2
  }
  return area
}

/**
 * Average precision Σ (Rₙ − Rₙ₋₁) Pₙ over the thresholds, the area under the precision–recall curve without interpolation:
 * the better summary where positives are rare. Throws as {@link rocCurve}, but needs positives only.
 */
export function averagePrecision(scores: ArrayLike<number>, labels: Labels): number {
  const { order, positives } = ranked('averagePrecision', scores, labels)
  if (positives === 0) throw new HebbError('averagePrecision: no positive examples: it needs at least one')
  let area = 0
  let before = 0
  for (const { hits, alarms } of steps(order, scores, labels)) {
    area += ((hits - before) / positives) * (hits / (hits + alarms))
    before = hits
  }
  return area
}

/**
 * Share of examples whose true class is among the k highest scores; `scores` (N, C) row-major, probabilities or logits.
 * A tie at the edge goes to the lower class number, as a stable sort would have it.
 *
 * @throws ShapeError when scores are not N × C
 */
export function topKAccuracy(scores: ArrayLike<number>, truth: Labels, classes: number, k = 1): number {
  if (scores.length !== truth.length * classes)
    throw new ShapeError(`topKAccuracy: ${scores.length} scores are not ${truth.length} examples × ${classes} classes`)
  let hits = 0
  for (let i = 0; i < truth.length; i++) {
    const label = checkLabel('topKAccuracy: true label', truth[i]!, classes, i)
    const own = scores[i * classes + label]!
    let ahead = 0
    for (let c = 0; c < classes; c++) {
      const score = scores[i * classes + c]!
      if (score > own || (score === own && c < label)) ahead++
    }
    if (ahead < k && !Number.isNaN(own)) hits++
  }
  return hits / truth.length
}

/** Checked input, and the examples from the highest score down. */
function ranked(name: string, scores: ArrayLike<number>, labels: Labels): { order: Uint32Array; positives: number; negatives: number } {
  if (scores.length !== labels.length)
    throw new ShapeError(`${name}: ${scores.length} scores but ${labels.length} labels: give one for each`)
  let positives = 0
  for (let i = 0; i < scores.length; i++) {
    if (Number.isNaN(scores[i]!)) throw new HebbError(`${name}: the score at ${i} is NaN`)
    positives += checkLabel(`${name}: label`, labels[i]!, 2, i)
  }
  const order = Uint32Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => scores[b]! - scores[a]! || 0)
  return { order, positives, negatives: scores.length - positives }
}

/** Positives and negatives at or above each distinct score, highest first. */
function* steps(order: Uint32Array, scores: ArrayLike<number>, labels: Labels): Generator<{ score: number; hits: number; alarms: number }> {
  let hits = 0
  for (let i = 0; i < order.length; i++) {
    const at = order[i]!
    hits += Number(labels[at])
    const next = order[i + 1]
    if (next === undefined || scores[next] !== scores[at]) yield { score: scores[at]!, hits, alarms: i + 1 - hits }
  }
}
