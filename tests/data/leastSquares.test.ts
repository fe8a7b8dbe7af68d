import { describe, expect, test } from 'vitest'
import { leastSquares } from '../../src/index.js'
import { keyOf } from '../../src/kernels/index.js'
import { normal } from '../../src/kernels/random.js'

describe('least squares', () => {
  const draws = normal(keyOf(5), 0, new Float32Array(400))
  const rows = Array.from({ length: 100 }, (_, i) => Array.from(draws.subarray(3 * i, 3 * i + 3)))

  test('finds the line that the data are on, large offsets and all', () => {
    const fit = leastSquares(
      rows.map((row) => row.map((v) => v + 1000)),
      rows.map(([a, b, c]) => 7 + 2 * a! - b! + 0.5 * c!),
    )
    ;[2, -1, 0.5].forEach((w, j) => {
      expect(fit.weights[j]).toBeCloseTo(w, 8)
    })
    expect(fit.offset).toBeCloseTo(7 - 1500, 5)
    expect(fit.predict([1000, 1001, 1002])).toBeCloseTo(7 - 1 + 1, 6)
  })

  test('leaves residuals that no column and no constant can lower', () => {
    const y = rows.map((row, i) => row[0]! + draws[300 + i]!)
    const fit = leastSquares(rows, y)
    const rest = y.map((v, i) => v - fit.predict(rows[i]!))
    expect(rest.reduce((a, b) => a + b)).toBeCloseTo(0, 8)
    for (let j = 0; j < 3; j++) expect(rest.reduce((a, r, i) => a + r * rows[i]![j]!, 0)).toBeCloseTo(0, 8)
  })

  test('ridge: for one centred column w = Σ x y / (Σ x² + ridge)', () => {
    const x = [-2, -1, 0, 1, 2]
    const fit = leastSquares(
      x.map((v) => [v]),
      x.map((v) => 3 * v + 1),
      { ridge: 5 },
    )
    expect(fit.weights[0]).toBeCloseTo(30 / 15, 12)
    expect(fit.offset).toBeCloseTo(1, 12)
  })

  test('says what is wrong', () => {
    expect(() => leastSquares([[1], [2]], [1])).toThrow('2 rows and 1 targets')
    expect(() =>
      leastSquares(
        [
          [1, 2],
          [1, 3],
        ],
        [1, 2],
      ),
    ).toThrow('2 rows do not determine 2 weights and an offset')
    expect(() => leastSquares([[1], [2, 3], [4]], [1, 2, 3])).toThrow('row 1 has 2 numbers, row 0 has 1')
    expect(() =>
      leastSquares(
        [1, 2, 3, 4].map((v) => [v, 2 * v]),
        [1, 2, 3, 4],
      ),
    ).toThrow('column 1 says nothing that the others do not say')
  })
})
