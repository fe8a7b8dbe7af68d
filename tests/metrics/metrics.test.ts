import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { brierScore, calibration } from '../../src/metrics/calibration.js'
import {
  accuracy,
  averageScores,
  balancedAccuracy,
  classScores,
  cohenKappa,
  confusionMatrix,
  matthewsCorrelation,
  predictedClasses,
  wilsonInterval,
} from '../../src/metrics/confusion.js'
import { averagePrecision, rocAuc, rocCurve, topKAccuracy } from '../../src/metrics/ranking.js'

/** N examples of C classes with their true and predicted labels. */
const anyLabels = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 40 })).chain(([classes, n]) => {
  const labels = fc.array(fc.nat(classes - 1), { minLength: n, maxLength: n })
  return fc.record({ classes: fc.constant(classes), truth: labels, predicted: labels })
})

describe('confusion', () => {
  test('the highest score names the class, the first of equals', () => {
    expect(predictedClasses([0.1, 0.7, 0.2, 0.4, 0.2, 0.4, -3, -2, -1], 3)).toEqual([1, 0, 2])
    expect(predictedClasses([], 3)).toEqual([])
  })

  // truth:     0 0 0 0 1 1 1 2 2 2;  predicted: 0 0 0 1 1 1 2 2 0 0
  const confusion = confusionMatrix([0, 0, 0, 0, 1, 1, 1, 2, 2, 2], [0, 0, 0, 1, 1, 1, 2, 2, 0, 0], 3)

  test('worked by hand', () => {
    expect(confusion.counts).toEqual([
      [3, 1, 0],
      [0, 2, 1],
      [2, 0, 1],
    ])
    expect(accuracy(confusion)).toBe(0.6)
    expect(classScores(confusion)).toEqual([
      { precision: 3 / 5, recall: 3 / 4, f1: 6 / 9, support: 4 },
      { precision: 2 / 3, recall: 2 / 3, f1: 4 / 6, support: 3 },
      { precision: 1 / 2, recall: 1 / 3, f1: 2 / 5, support: 3 },
    ])
    const scores = classScores(confusion)
    expect(averageScores(scores, 'macro').f1).toBeCloseTo((2 / 3 + 2 / 3 + 2 / 5) / 3, 14)
    expect(averageScores(scores, 'weighted').precision).toBeCloseTo((4 * 0.6 + 3 * (2 / 3) + 3 * 0.5) / 10, 14)
    expect(balancedAccuracy(confusion)).toBeCloseTo((3 / 4 + 2 / 3 + 1 / 3) / 3, 14)
    expect(cohenKappa(confusion)).toBeCloseTo((0.6 - 0.35) / (1 - 0.35), 14) // pe = (4·5 + 3·3 + 3·2) / 100
    expect(matthewsCorrelation(confusion)).toBeCloseTo((6 * 10 - 35) / Math.sqrt((100 - 38) * (100 - 34)), 14)
  })

  test('against direct counting', () => {
    fc.assert(
      fc.property(anyLabels, ({ classes, truth, predicted }) => {
        const confusion = confusionMatrix(truth, predicted, classes)
        const count = (f: (t: number, p: number) => boolean): number => truth.filter((t, i) => f(t, predicted[i]!)).length
        expect(accuracy(confusion)).toBe(count((t, p) => t === p) / truth.length)
        classScores(confusion, { undefinedAs: Number.NaN }).forEach((score, c) => {
          const both = count((t, p) => t === c && p === c)
          expect(score.precision).toBe(both / count((_, p) => p === c))
          expect(score.recall).toBe(both / count((t) => t === c))
          expect(score.support).toBe(count((t) => t === c))
          if (both > 0) expect(score.f1).toBeCloseTo(2 / (1 / score.precision + 1 / score.recall), 12)
        })
        expect(averageScores(classScores(confusion), 'weighted').recall).toBeCloseTo(accuracy(confusion), 12)
      }),
    )
  })

  test('two classes: Matthews is the phi coefficient', () => {
    const [tp, fn, fp, tn] = [20, 5, 7, 18]
    const truth = [...Array(tp + fn).fill(1), ...Array(fp + tn).fill(0)]
    const predicted = [...Array(tp).fill(1), ...Array(fn).fill(0), ...Array(fp).fill(1), ...Array(tn).fill(0)]
    const phi = (tp * tn - fp * fn) / Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    expect(matthewsCorrelation(confusionMatrix(truth, predicted, 2))).toBeCloseTo(phi, 14)
  })

  test('perfect and constant predictions', () => {
    const perfect = confusionMatrix([0, 1, 2], [0, 1, 2], 3)
    expect([accuracy(perfect), balancedAccuracy(perfect), cohenKappa(perfect), matthewsCorrelation(perfect)]).toEqual([1, 1, 1, 1])
    const constant = confusionMatrix([0, 0, 0, 1], [0, 0, 0, 0], 3)
    expect([balancedAccuracy(constant), cohenKappa(constant), matthewsCorrelation(constant)]).toEqual([0.5, 0, 0])
    expect(classScores(constant)[1]).toEqual({ precision: 0, recall: 0, f1: 0, support: 1 })
    expect(classScores(constant, { undefinedAs: Number.NaN })[1]).toEqual({ precision: Number.NaN, recall: 0, f1: 0, support: 1 })
    expect(accuracy(confusionMatrix([], [], 2))).toBeNaN()
  })

  test('Wilson: the ends are where the distance to the share found is z of their own spread', () => {
    const z = 1.959963984540054
    for (const [hits, total] of [
      [9, 10],
      [9912, 10000],
      [1, 3],
    ] as const)
      for (const end of wilsonInterval(hits, total)) {
        expect(Math.abs(end - hits / total) / Math.sqrt((end * (1 - end)) / total)).toBeCloseTo(z, 9)
      }
    expect(wilsonInterval(0, 10)[0]).toBe(0)
    expect(wilsonInterval(10, 10)[1]).toBe(1)
    expect(wilsonInterval(0, 10)[1]).toBeCloseTo(z ** 2 / (10 + z ** 2), 14)
    expect(wilsonInterval(0, 0)).toEqual([0, 1])
  })

  test('i64 labels; labels that are none', () => {
    expect(confusionMatrix(new BigInt64Array([1n, 0n]), new Int32Array([1, 1]), 2).counts).toEqual([
      [0, 1],
      [0, 1],
    ])
    expect(() => confusionMatrix([0, 1], [0], 2)).toThrow('confusionMatrix: 2 true labels but 1 predictions: give one for each')
    expect(() => confusionMatrix([0, 2], [0, 0], 2)).toThrow('confusionMatrix: true label 2 at 1 is none of the 2 classes 0 … 1')
    expect(() => confusionMatrix([0], [-1], 2)).toThrow('confusionMatrix: predicted label -1 at 0 is none of')
    expect(() => confusionMatrix([0.5], [0], 2)).toThrow('true label 0.5 at 0')
  })
})

describe('ranking', () => {
  test('worked by hand', () => {
    const scores = [0.1, 0.4, 0.35, 0.8]
    const labels = [0, 0, 1, 1]
    expect(rocAuc(scores, labels)).toBe(0.75)
    expect(rocCurve(scores, labels).map((p) => [p.falsePositiveRate, p.truePositiveRate])).toEqual([
      [0, 0],
      [0, 0.5],
      [0.5, 0.5],
      [0.5, 1],
      [1, 1],
    ])
    expect(averagePrecision(scores, labels)).toBeCloseTo(0.5 * 1 + 0.5 * (2 / 3), 14)
  })

  test('AUC is the chance that a positive outranks a negative, ties half', () => {
    const example = fc.record({ score: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.double({ noNaN: true })), label: fc.nat(1) })
    fc.assert(
      fc.property(fc.array(example, { maxLength: 30 }), (examples) => {
        const positives = examples.filter((e) => e.label === 1)
        const negatives = examples.filter((e) => e.label === 0)
        fc.pre(positives.length > 0 && negatives.length > 0)
        let won = 0
        for (const p of positives) for (const n of negatives) won += p.score > n.score ? 1 : p.score === n.score ? 0.5 : 0
        const auc = rocAuc(
          examples.map((e) => e.score),
          examples.map((e) => e.label),
        )
        expect(auc).toBeCloseTo(won / (positives.length * negatives.length), 12)
      }),
    )
  })

  test('constant scores, perfect and turned order, infinities', () => {
    expect(rocAuc([1, 1, 1, 1], [0, 1, 0, 1])).toBe(0.5)
    expect(averagePrecision([1, 1, 1, 1], [0, 1, 0, 1])).toBe(0.5)
    expect([rocAuc([1, 2, 3], [0, 1, 1]), rocAuc([3, 2, 1], [0, 1, 1])]).toEqual([1, 0])
    expect(rocAuc([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], [1, 0, 0])).toBe(0.75)
  })

  test('what cannot be ranked', () => {
    expect(() => rocAuc([1], [1])).toThrow('rocCurve: 1 positive and 0 negative examples: it needs at least one of each')
    expect(() => averagePrecision([1], [0])).toThrow('averagePrecision: no positive examples: it needs at least one')
    expect(() => rocAuc([1, Number.NaN], [0, 1])).toThrow('rocCurve: the score at 1 is NaN')
    expect(() => rocAuc([1], [0, 1])).toThrow('rocCurve: 1 scores but 2 labels: give one for each')
    expect(() => rocAuc([1, 2], [0, 2])).toThrow('rocCurve: label 2 at 1 is none of the 2 classes 0 … 1')
  })

  test('top-k', () => {
    const scores = [0.1, 0.6, 0.3, 0.5, 0.2, 0.3]
    expect([1, 2, 3].map((k) => topKAccuracy(scores, [1, 1], 3, k))).toEqual([0.5, 0.5, 1])
    expect(topKAccuracy([1, 1, 1], [0], 3)).toBe(1)
    expect(topKAccuracy([1, 1, 1], [1], 3)).toBe(0)
    expect(topKAccuracy([Number.NaN, 1], [0], 2)).toBe(0)
    expect(() => topKAccuracy([1, 2, 3], [0], 2)).toThrow('topKAccuracy: 3 scores are not 1 examples × 2 classes')
  })
})

describe('calibration', () => {
  test('worked by hand', () => {
    // confidences 0.9 right, 0.9 wrong, 0.6 right: bins of width 0.5
    const p = [0.9, 0.1, 0.1, 0.9, 0.6, 0.4]
    const { bins, expectedError, maximumError } = calibration(p, [0, 0, 0], 2, { bins: 2 })
    expect(bins[0]).toEqual({ from: 0, to: 0.5, count: 0, confidence: Number.NaN, accuracy: Number.NaN })
    expect(bins[1]).toMatchObject({ from: 0.5, to: 1, count: 3, accuracy: 2 / 3 })
    expect(bins[1]!.confidence).toBeCloseTo(0.8, 14)
    expect(expectedError).toBeCloseTo(0.8 - 2 / 3, 14)
    expect(maximumError).toBeCloseTo(0.8 - 2 / 3, 14)
    const fine = calibration(p, [0, 0, 0], 2, { bins: 10 })
    expect(fine.expectedError).toBeCloseTo((2 / 3) * (0.9 - 0.5) + (1 / 3) * (1 - 0.6), 14)
    expect(fine.maximumError).toBeCloseTo(0.4, 14)
  })

  test('a classifier that is right exactly as often as it says has no error', () => {
    const p: number[] = []
    const truth: number[] = []
    for (const [confidence, n] of [
      [0.6, 10],
      [0.75, 8],
      [1, 5],
    ] as const)
      for (let i = 0; i < n; i++) {
        p.push(confidence, 1 - confidence)
        truth.push(i < Math.round(confidence * n) ? 0 : 1)
      }
    expect(calibration(p, truth, 2).expectedError).toBeCloseTo(0, 14)
  })

  test('Brier score', () => {
    expect(brierScore([1, 0, 0, 1], [0, 1], 2)).toBe(0)
    expect(brierScore([1, 0, 0, 1], [1, 0], 2)).toBe(2)
    expect(brierScore([0.7, 0.2, 0.1], [0], 3)).toBeCloseTo(0.09 + 0.04 + 0.01, 14)
  })

  test('what is no probability', () => {
    expect(() => calibration([2, -1], [0], 2)).toThrow('calibration: 2 at 0 is no probability: give softmax outputs, not logits')
    expect(() => calibration([Number.NaN, 1], [0], 2)).toThrow('calibration: NaN at 0 is no probability')
    expect(() => calibration([], [], 2)).toThrow('calibration: no examples')
    expect(() => brierScore([1], [0], 2)).toThrow('brierScore: 1 probabilities are not 1 examples × 2 classes')
  })
})
