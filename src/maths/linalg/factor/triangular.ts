/** Systems of equations whose matrix is a triangle. */
import { describe } from '../../../graph/leaf.js'
import { scan } from '../../../ops/control/scan.js'
import { real } from '../../../ops/elementwise/real.js'
import { arange } from '../../../ops/move/create.js'
import { promote } from '../../../tensor/dtype.js'
import { ShapeError } from '../../../tensor/errors.js'
import { broadcast } from '../../../tensor/shape.js'
import type { Tensor } from '../../../tensor/tensor.js'
import { flipped, matrices, ruled, together } from './ruled.js'

/** How a triangle is read. */
export interface TriangularOptions {
  /** the upper half of the matrix, else the lower; the other is not read */
  readonly upper: boolean
  /** false solves X·A = b; default true */
  readonly left?: boolean | undefined
  /** whether the diagonal counts as ones and is not read; default false */
  readonly unit?: boolean | undefined
}

/** A·X = b, one unknown after the other; a (B, n, n), b (B, n, k). */
export function substituteBack(a: Tensor, b: Tensor, upper: boolean, unit: boolean): Tensor {
  const columns = (upper ? a.triu(1) : a.tril(-1)).transpose([2, 0, 1])
  const places = arange(a.shape[1]!)
  const pivots = unit ? undefined : a.diagonal().transpose().unsqueeze(2)
  const { ys } = scan(
    (rest: Tensor, [column, k, pivot]: readonly Tensor[]): [Tensor, Tensor] => {
      const row = rest.take(k!, 1)
      const own = pivot ? row.div(pivot) : row
      return [rest.sub(column!.unsqueeze(2).mul(own.unsqueeze(1))), own]
    },
    b,
    pivots ? [columns, places, pivots] : [columns, places],
    { reverse: upper },
  )
  return ys.transpose([1, 0, 2])
}

interface Attributes {
  readonly upper: boolean
  readonly unit: boolean
  readonly [key: string]: boolean
}

// A·X = B: dB = A⁻ᵀ dX, dA = −dB Xᵀ where A is read
const solved = ruled<Attributes>('solveTriangular', ([g], { inputs: [a], outs: [x], attrs: { upper, unit }, needs }) => {
  const back = solveTriangular(flipped(a!), g!, { upper: !upper, unit })
  const whole = needs[0] ? back.matmul(flipped(x!)).neg() : undefined
  return [whole && (upper ? whole.triu(unit ? 1 : 0) : whole.tril(unit ? -1 : 0)), back]
})

/**
 * X with A·X = b (X·A = b without `left`) for a triangular A. A zero on the diagonal gives ±∞ and NaN.
 *
 * a (…, n, n), b (…, n, k) → (…, n, k); leading axes broadcast. Throws ShapeError when sizes do not fit.
 *
 * @example solveTriangular(tensor([[2, 0], [1, 4]]), tensor([[2], [9]]), { upper: false }) // [[1], [2]]
 */
export function solveTriangular(a: Tensor, b: Tensor, { upper, left = true, unit = false }: TriangularOptions): Tensor {
  if (!left) return flipped(solveTriangular(flipped(a), flipped(b), { upper: !upper, unit }))
  const { rows } = matrices('solveTriangular', a, true)
  if (b.rank < 2 || b.shape.at(-2) !== rows)
    throw new ShapeError(`solveTriangular: needs b with ${rows} rows\n  inputs: ${describe(a)}, ${describe(b)}`)
  const common = broadcast([a.shape.slice(0, -2), b.shape.slice(0, -2)], 'solveTriangular')
  const dtype = promote(real(a).dtype, real(b).dtype)
  const [m, r] = together('solveTriangular', a.cast(dtype), b.cast(dtype), common).map((t) => matrices('solveTriangular', t)) as [
    ReturnType<typeof matrices>,
    ReturnType<typeof matrices>,
  ]
  if (r.a.size === 0) return r.restore(r.a)
  return r.restore(solved([substituteBack(m.a, r.a, upper, unit)], [m.a, r.a], { upper, unit })[0]!)
}
