/** Least squares: the straight line through data, which every net has to beat. */

import { HebbError, ShapeError } from '../../tensor/errors.js'
import { greatest } from '../../tensor/extremes.js'

/** y ≈ offset + weights · x. */
export interface LinearFit {
  readonly offset: number
  readonly weights: Float64Array
  /** the fitted value for one row of numbers */
  predict(row: ArrayLike<number>): number
}

/**
 * The offset and weights that minimise Σ (y − offset − w·x)² + ridge · Σ w² over the rows, by the normal equations of centred data in f64. `ridge` (default 0)
 * keeps weights small where features say nearly the same. Throws ShapeError when rows and targets differ in number or rows in width,
 * HebbError when there are fewer rows than weights, or when columns depend on one another and `ridge` is 0.
 *
 * @example leastSquares([[0], [1], [2]], [1, 3, 5]).predict([3]) // 7
 */
export function leastSquares(
  rows: readonly ArrayLike<number>[],
  targets: ArrayLike<number>,
  { ridge = 0 }: { readonly ridge?: number | undefined } = {},
): LinearFit {
  const width = rows[0]?.length ?? 0
  if (rows.length !== targets.length)
    throw new ShapeError(`leastSquares: ${rows.length} rows and ${targets.length} targets: give one for each`)
  if (rows.length <= width && ridge === 0)
    throw new HebbError(`leastSquares: ${rows.length} rows do not determine ${width} weights and an offset: give more rows, or { ridge }`)
  const odd = rows.findIndex((row) => row.length !== width)
  if (odd >= 0) throw new ShapeError(`leastSquares: row ${odd} has ${rows[odd]!.length} numbers, row 0 has ${width}`)
  const means = Array.from({ length: width }, (_, j) => rows.reduce((sum, row) => sum + row[j]!, 0) / rows.length)
  let mean = 0
  for (let i = 0; i < targets.length; i++) mean += targets[i]! / targets.length
  // the matrix of the equations, with their right side as its last column
  const system = Array.from({ length: width }, () => new Float64Array(width + 1))
  rows.forEach((row, i) => {
    for (let j = 0; j < width; j++) {
      const a = row[j]! - means[j]!
      for (let k = j; k < width; k++) system[j]![k]! += a * (row[k]! - means[k]!)
      system[j]![width]! += a * (targets[i]! - mean)
    }
  })
  for (let j = 0; j < width; j++) for (let k = 0; k < j; k++) system[j]![k] = system[k]![j]!
  for (let j = 0; j < width; j++) system[j]![j]! += ridge
  const weights = solve(system)
  const offset = mean - weights.reduce((sum, w, j) => sum + w * means[j]!, 0)
  return { offset, weights, predict: (row) => weights.reduce((sum, w, j) => sum + w * row[j]!, offset) }
}

/** Elimination with the largest pivot of each column. */
function solve(system: readonly Float64Array[]): Float64Array {
  const rows = [...system]
  const n = rows.length
  const scale = greatest(
    rows.map((row, j) => Math.abs(row[j]!)),
    0,
  )
  for (let j = 0; j < n; j++) {
    let best = j
    for (let i = j + 1; i < n; i++) if (Math.abs(rows[i]![j]!) > Math.abs(rows[best]![j]!)) best = i
    const pivot = rows[best]!
    if (!(Math.abs(pivot[j]!) > 1e-12 * scale))
      throw new HebbError(`leastSquares: column ${j} says nothing that the others do not say: leave it out, or give { ridge }`)
    rows[best] = rows[j]!
    rows[j] = pivot
    for (let i = j + 1; i < n; i++) {
      const factor = rows[i]![j]! / pivot[j]!
      for (let k = j; k <= n; k++) rows[i]![k]! -= factor * pivot[k]!
    }
  }
  const out = new Float64Array(n)
  for (let j = n - 1; j >= 0; j--) {
    let rest = rows[j]![n]!
    for (let k = j + 1; k < n; k++) rest -= rows[j]![k]! * out[k]!
    out[j] = rest / rows[j]![j]!
  }
  return out
}
