/** Temperature scaling against closed forms and against a search by hand. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fitTemperature } from '../../src/metrics/temperature.js'

const nll = (logits: readonly number[], truth: readonly number[], classes: number, T: number): number =>
  truth.reduce((sum, t, i) => {
    const row = logits.slice(i * classes, (i + 1) * classes).map((z) => z / T)
    const most = Math.max(...row)
    return sum + most + Math.log(row.reduce((s, z) => s + Math.exp(z - most), 0)) - row[t]!
  }, 0)

describe('fitTemperature', () => {
  test('two classes, right three times of four at logits ±a: the temperature makes p = ¾', () => {
    const a = 5
    const logits = [a, 0, a, 0, a, 0, a, 0]
    expect(fitTemperature(logits, [0, 0, 0, 1], 2)).toBeCloseTo(a / Math.log(3), 5)
  })

  test('always right: as cold as allowed; always wrong: as hot', () => {
    expect(fitTemperature([1, 0, 1, 0], [0, 0], 2)).toBeCloseTo(0.01, 6)
    expect(fitTemperature([1, 0, 1, 0], [1, 1], 2)).toBeCloseTo(100, 3)
  })

  test('no other temperature is better', () => {
    const cases = fc.integer({ min: 2, max: 5 }).chain((classes) =>
      fc.integer({ min: 1, max: 20 }).chain((n) =>
        fc.record({
          classes: fc.constant(classes),
          logits: fc.array(fc.double({ min: -8, max: 8, noNaN: true }), { minLength: n * classes, maxLength: n * classes }),
          truth: fc.array(fc.nat(classes - 1), { minLength: n, maxLength: n }),
        }),
      ),
    )
    fc.assert(
      fc.property(cases, fc.double({ min: 0.011, max: 99, noNaN: true }), ({ classes, logits, truth }, other) => {
        const T = fitTemperature(logits, truth, classes)
        const best = nll(logits, truth, classes, T)
        expect(best).toBeLessThanOrEqual(nll(logits, truth, classes, other) + 1e-6 * Math.max(1, Math.abs(best)))
      }),
    )
  })

  test('logits times c, temperature times c', () => {
    const logits = [2, -1, 0.5, 0.3, 1, -2, -0.4, 0.2, 0.1]
    const truth = [0, 0, 2]
    expect(
      fitTemperature(
        logits.map((z) => 3 * z),
        truth,
        3,
      ) / fitTemperature(logits, truth, 3),
    ).toBeCloseTo(3, 4)
  })

  test('refuses what it cannot judge', () => {
    expect(() => fitTemperature([], [], 2)).toThrowErrorMatchingInlineSnapshot(`[HebbError: fitTemperature: there are no examples]`)
    expect(() => fitTemperature([1], [0], 2)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: fitTemperature: 1 logits are not 1 examples × 2 classes]`,
    )
    expect(() => fitTemperature([1, Number.NaN], [0], 2)).toThrowErrorMatchingInlineSnapshot(`[HebbError: fitTemperature: logit 1 is NaN]`)
    expect(() => fitTemperature([1, 0], [2], 2)).toThrowErrorMatchingInlineSnapshot(
      `[HebbError: fitTemperature: label 2 at 0 is none of the 2 classes 0 … 1]`,
    )
  })
})
