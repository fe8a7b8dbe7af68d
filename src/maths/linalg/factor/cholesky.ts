/** Positive definite matrices as products of a triangle with itself. */
import { describe } from '../../../graph/leaf.js'
import { scan } from '../../../ops/control/scan.js'
import { where } from '../../../ops/elementwise/select.js'
import { arange } from '../../../ops/move/create.js'
import { ShapeError } from '../../../tensor/errors.js'
import type { Tensor } from '../../../tensor/tensor.js'
import { flipped, matrices, ruled } from './ruled.js'
import { solveTriangular } from './triangular.js'

/** One column after the other leaves the rest smaller by its product with itself; (B, n, n). */
function columnByColumn(a: Tensor): Tensor {
  const n = a.shape[1]!
  const place = arange(n)
  const { ys } = scan(
    (rest: Tensor, k: Tensor): [Tensor, Tensor] => {
      const column = rest.take(k, 2)
      const pivot = column.take(k, 1).unsqueeze(1)
      const root = where(pivot.greater(0), pivot, Number.NaN).sqrt()
      const own = where(place.greaterEqual(k), column.div(root), 0)
      return [rest.sub(own.unsqueeze(2).mul(own.unsqueeze(1))), own]
    },
    a,
    arange(n),
  )
  return ys.transpose([1, 2, 0])
}

/** ½(M + Mᵀ) of the lower half of M, the diagonal counted once: the transpose of taking the lower half of a symmetric matrix. */
const halves = (m: Tensor): Tensor => {
  const low = m.tril()
  return low.add(flipped(m.tril(-1))).mul(0.5)
}

// [Murray 2016]: dx = L⁻ᵀ Φ(Lᵀ dL) L⁻¹, Φ the lower half with the diagonal halved, made symmetric
const factor = ruled('cholesky', ([g], { outs: [l] }) => {
  const inner = halves(flipped(l!).matmul(g!.tril()))
  const left = solveTriangular(flipped(l!), inner, { upper: true })
  return [solveTriangular(l!, left, { upper: false, left: false })]
})

/**
 * L with x = L·Lᵀ and positive diagonal, of symmetric positive definite matrices; `upper` gives Lᵀ. Only the lower half of x is read
 * (the upper with `upper`); the gradient is symmetric [Murray 2016].
 *
 * x (…, n, n) → (…, n, n). Where x is not positive definite, the columns from the first that shows it are NaN.
 * Throws ShapeError unless the matrices are square.
 *
 * @example cholesky(tensor([[4, 2], [2, 5]])) // [[2, 0], [1, 2]]
 */
export function cholesky(x: Tensor, { upper = false }: { readonly upper?: boolean | undefined } = {}): Tensor {
  const { a, rows, restore } = matrices('cholesky', x, true)
  if (a.size === 0) return restore(a)
  const lower = upper ? flipped(a.triu()) : a.tril()
  const [l] = factor([columnByColumn(lower.add(flipped(lower.tril(-1))))], [upper ? flipped(a) : a], {})
  return restore(upper && rows > 0 ? flipped(l!) : l!)
}

/**
 * X with A·X = b, where `factor` is the Cholesky factor of A: lower (default) or upper.
 *
 * b (…, n, k), factor (…, n, n) → (…, n, k); leading axes broadcast. Throws ShapeError when sizes do not fit.
 */
export function choleskySolve(b: Tensor, factor: Tensor, { upper = false }: { readonly upper?: boolean | undefined } = {}): Tensor {
  if (factor.rank < 2 || b.rank < 2)
    throw new ShapeError(`choleskySolve: needs b (…, n, k) and a factor (…, n, n)\n  inputs: ${describe(b)}, ${describe(factor)}`)
  const lower = upper ? flipped(factor) : factor
  return solveTriangular(flipped(lower), solveTriangular(lower, b, { upper: false }), { upper: true })
}
