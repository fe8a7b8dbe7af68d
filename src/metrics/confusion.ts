/** How a classifier errs: the confusion matrix and what follows from it. */
import { HebbError, ShapeError } from '../tensor/errors.js'

/** Class numbers 0 … C−1, one per example; a bigint array of i64 labels will do. */
export type Labels = ArrayLike<number | bigint>

/** Counts of (true, predicted) pairs: `counts[t][p]` examples of class t were taken for p. */
export interface Confusion {
  readonly classes: number
  readonly counts: readonly (readonly number[])[]
  /** examples in all */
  readonly total: number
}

/**
 * The confusion matrix of N predictions over C classes.
 *
 * @throws ShapeError when the lengths differ, HebbError for a label outside 0 … C−1
 * @example confusionMatrix([0, 1, 1], [0, 1, 0], 2).counts   // [[1, 0], [1, 1]]
 */
export function confusionMatrix(truth: Labels, predicted: Labels, classes: number): Confusion {
  if (truth.length !== predicted.length)
    throw new ShapeError(`confusionMatrix: ${truth.length} true labels but ${predicted.length} predictions: give one for each`)
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
  for (let i = 0; i < truth.length; i++) {
    const row = counts[checkLabel('confusionMatrix: true label', truth[i]!, classes, i)]!
    row[checkLabel('confusionMatrix: predicted label', predicted[i]!, classes, i)]! += 1
  }
  return { classes, counts, total: truth.length }
}

/** A label as a number. @throws HebbError naming what it is, when it is no class */
export function checkLabel(what: string, label: number | bigint, classes: number, at: number): number {
  const value = Number(label)
  if (!Number.isInteger(value) || value < 0 || value >= classes)
    throw new HebbError(`${what} ${label} at ${at} is none of the ${classes} classes 0 … ${classes - 1}`)
  return value
}

/** The class with the highest score of each example, the first of equals; `scores` (N, C) row-major, probabilities or logits. */
export function predictedClasses(scores: ArrayLike<number>, classes: number): number[] {
  return Array.from({ length: scores.length / classes }, (_, i) => {
    let best = 0
    for (let c = 1; c < classes; c++) if (scores[i * classes + c]! > scores[i * classes + best]!) best = c
    return best
  })
}

/** How well one class is told from the others. */
export interface ClassScores {
  /** TP / (TP + FP): how many of those called this class are */
  readonly precision: number
  /** TP / (TP + FN): how many of this class are found */
  readonly recall: number
  /** 2 TP / (2 TP + FP + FN), the harmonic mean of the two [van Rijsbergen 1979] */
  readonly f1: number
  /** examples of the class */
  readonly support: number
}

/**
 * Precision, recall and F1 of each class. A score whose denominator is 0 (a class never predicted, or without examples)
 * is `undefinedAs`, default 0 as in scikit-learn.
 */
export function classScores({ classes, counts }: Confusion, { undefinedAs = 0 } = {}): ClassScores[] {
  const ratio = (a: number, b: number): number => (b === 0 ? undefinedAs : a / b)
  return Array.from({ length: classes }, (_, c) => {
    const hits = counts[c]![c]!
    const support = sum(counts[c]!)
    const called = counts.reduce((n, row) => n + row[c]!, 0)
    return { precision: ratio(hits, called), recall: ratio(hits, support), f1: ratio(2 * hits, called + support), support }
  })
}

/**
 * Scores over all classes: `macro` weighs every class alike, `weighted` by its examples.
 * (Over all examples at once, "micro", precision, recall and F1 are all the accuracy.)
 */
export function averageScores(scores: readonly ClassScores[], average: 'macro' | 'weighted'): Omit<ClassScores, 'support'> {
  const weights = scores.map(({ support }) => (average === 'macro' ? 1 : support))
  const all = sum(weights)
  const mean = (field: 'precision' | 'recall' | 'f1'): number => scores.reduce((s, score, i) => s + score[field] * weights[i]!, 0) / all
  return { precision: mean('precision'), recall: mean('recall'), f1: mean('f1') }
}

/** Share of examples told right, Σ counts[c][c] / N; NaN without examples. */
export const accuracy = ({ counts, total }: Confusion): number => counts.reduce((n, row, c) => n + row[c]!, 0) / total

/**
 * The range in which the true share lies, given `hits` of `total`, with 95 % confidence (z = 1.96): unlike the plain ± it stays
 * inside 0 … 1 and is right for shares near the ends [Wilson 1927]. [0, 1] without examples.
 */
export function wilsonInterval(hits: number, total: number, { z = 1.959963984540054 } = {}): [low: number, high: number] {
  if (total === 0) return [0, 1]
  const share = hits / total
  const scale = 1 + z ** 2 / total
  const middle = (share + z ** 2 / (2 * total)) / scale
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / total + z ** 2 / (4 * total ** 2))
  return [hits === 0 ? 0 : middle - half, hits === total ? 1 : middle + half] // exactly, whatever rounding says
}

/** Mean recall of the classes that have examples; unlike accuracy it does not reward betting on frequent classes. */
export function balancedAccuracy(confusion: Confusion): number {
  const seen = classScores(confusion).filter(({ support }) => support > 0)
  return sum(seen.map(({ recall }) => recall)) / seen.length
}

/** Agreement beyond chance, (p₀ − pₑ) / (1 − pₑ): 1 is perfect, 0 what the class frequencies alone give, NaN with one class only [Cohen 1960]. */
export function cohenKappa({ counts, total }: Confusion): number {
  const rows = counts.map(sum)
  const columns = counts.map((_, c) => counts.reduce((n, row) => n + row[c]!, 0))
  const observed = counts.reduce((n, row, c) => n + row[c]!, 0) / total
  const expected = rows.reduce((s, n, c) => s + n * columns[c]!, 0) / total ** 2
  return (observed - expected) / (1 - expected)
}

/**
 * The correlation of truth and prediction for any number of classes, −1 … 1; 0 where either is always the same class
 * [Matthews 1975, Gorodkin 2004].
 */
export function matthewsCorrelation({ counts, total }: Confusion): number {
  const rows = counts.map(sum)
  const columns = counts.map((_, c) => counts.reduce((n, row) => n + row[c]!, 0))
  const hits = counts.reduce((n, row, c) => n + row[c]!, 0)
  const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((s, x, i) => s + x * b[i]!, 0)
  const spread = Math.sqrt((total ** 2 - dot(columns, columns)) * (total ** 2 - dot(rows, rows)))
  return spread === 0 ? 0 : (hits * total - dot(rows, columns)) / spread
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)
