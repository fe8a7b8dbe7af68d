/** Matrices as an orthogonal one times a triangle. */

import { scan } from '../../../ops/control/scan.js'
import { where } from '../../../ops/elementwise/select.js'
import { concat } from '../../../ops/move/concat.js'
import { arange } from '../../../ops/move/create.js'
import { HebbError } from '../../../tensor/errors.js'
import type { Tensor } from '../../../tensor/tensor.js'
import { diagonalOf, eyeLike, flipped, matrices, ruled } from './ruled.js'
import { solveTriangular } from './triangular.js'

/**
 * Householder reflections I − w v vᵀ, one for each of the first columns of a (B, n, m), which they bring to a triangle: Q with `columns`
 * columns and R with as many rows. A column that is a triangle's already is left alone, so R's diagonal has LAPACK's signs.
 */
export function reflect(a: Tensor, columns: number): { q: Tensor; r: Tensor } {
  const [batch, n, m] = a.shape as readonly [number, number, number]
  const place = arange(n)
  const { carry: rest, ys } = scan(
    (left: Tensor, k: Tensor): [Tensor, Tensor[]] => {
      const column = where(place.greaterEqual(k), left.take(k, 2), 0)
      const largest = column.abs().max(1, { keep: true })
      const scaled = column.div(where(largest.equal(0), 1, largest))
      const first = scaled.take(k, 1).unsqueeze(1)
      const tail = where(place.greater(k), scaled, 0)
      const squares = tail.square().sum(1, { keep: true })
      const length = first.square().add(squares).sqrt()
      const lead = first.add(where(first.less(0), length.neg(), length))
      const v = where(place.equal(k), lead, tail)
      // vᵀv = 2 · length · |lead|
      const w = where(squares.equal(0), 0, v.div(where(squares.equal(0), 1, length.mul(lead.abs()))))
      return [left.sub(w.unsqueeze(2).mul(v.unsqueeze(1).matmul(left))), [v, w]]
    },
    a,
    arange(Math.min(n, m)),
  )
  const { carry: q } = scan(
    (built: Tensor, [v, w]: readonly Tensor[]): [Tensor, Tensor[]] => [built.sub(w!.unsqueeze(2).mul(v!.unsqueeze(1).matmul(built))), []],
    eyeLike(a, n, columns).expand([batch, n, columns]),
    ys,
    { reverse: true },
  )
  return { q, r: rest.slice([null, [0, columns]]).triu() }
}

// for A of at least as many rows: dA = [dQ + Q (X + Xᵀ − diag X)] R⁻ᵀ, X = triu(dR Rᵀ − Qᵀ dQ)
function tall(q: Tensor, r: Tensor, gq: Tensor, gr: Tensor): Tensor {
  const upper = gr.matmul(flipped(r)).sub(flipped(q).matmul(gq)).triu()
  const symmetric = upper.add(flipped(upper)).sub(diagonalOf(upper.diagonal()))
  return solveTriangular(flipped(r), gq.add(q.matmul(symmetric)), { upper: false, left: false })
}

const factors = ruled<{ readonly complete: boolean }>('qr', ([gq, gr], { outs: [q, r], attrs: { complete } }) => {
  const [n, m] = [q!.shape.at(-2)!, r!.shape.at(-1)!]
  if (complete && n > m)
    throw new HebbError(`qr: the complete Q of a matrix with more rows (${n}) than columns (${m}) is not unique and has no gradient`)
  const dq = gq ?? q!.mul(0)
  const dr = gr ?? r!.mul(0)
  if (n >= m) return [tall(q!, r!, dq, dr)]
  // A = Q [R₁ R₂]: Q and R₁ belong to the first n columns, R₂ = Qᵀ A₂
  const [first, further] = dr.split([n, m - n], 2) as [Tensor, Tensor]
  const rest = q!.matmul(r!.slice([null, null, [n, m]]))
  const main = tall(q!, r!.slice([null, null, [0, n]]), dq.add(rest.matmul(flipped(further))), first)
  return [concat([main, q!.matmul(further)], 2)]
})

/**
 * x = Q·R by Householder reflections: Q has orthonormal columns, R is upper triangular, its diagonal signed as LAPACK has it.
 * 'reduced' (default) gives k = min(n, m) columns, 'complete' all n.
 *
 * x (…, n, m) → q (…, n, k or n), r (…, k or n, m). The gradient is finite where the first k columns are independent; with 'complete' and
 * n > m there is none. Throws ShapeError below rank 2.
 *
 * @example qr(tensor([[3, 1], [4, 2]])).r // [[-5, -2.2], [0, 0.4]]
 */
export function qr(x: Tensor, { mode = 'reduced' }: { readonly mode?: 'reduced' | 'complete' | undefined } = {}): { q: Tensor; r: Tensor } {
  const { a, rows, columns, restore } = matrices('qr', x)
  const width = mode === 'complete' ? rows : Math.min(rows, columns)
  const batch = a.shape[0]!
  if (a.size === 0) {
    const own = (n: number, m: number): Tensor => restore(eyeLike(a, n, m).expand([batch, n, m]))
    return { q: own(rows, width), r: own(width, columns) }
  }
  const found = reflect(a, width)
  const [q, r] = factors([found.q, found.r], [a], { complete: mode === 'complete' })
  return { q: restore(q!), r: restore(r!) }
}
