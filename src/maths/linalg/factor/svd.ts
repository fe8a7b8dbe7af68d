/** Singular values and vectors. */

import { where } from '../../../ops/elementwise/select.js'
import { concat } from '../../../ops/move/concat.js'
import { zeros } from '../../../ops/move/create.js'
import type { Tensor } from '../../../tensor/tensor.js'
import { gaps, inOrder, polished } from './eigh.js'
import { orthogonalise } from './jacobi.js'
import { reflect } from './qr.js'
import { diagonalOf, eyeLike, flipped, matrices, ruled } from './ruled.js'

/** Singular values and vectors of a (B, n, m), k = min(n, m): u (B, n, k), s (B, k), v (B, m, k). */
interface Parts {
  readonly u: Tensor
  readonly s: Tensor
  readonly v: Tensor
}

/** For n ≥ m. Rows of R, turned until they are orthogonal, are singular values times right vectors; the turns give the left ones. */
function tall(a: Tensor, vectors: boolean): Parts {
  const m = a.shape[2]!
  const largest = a.abs().max([1, 2], { keep: true })
  const scale = where(largest.equal(0), 1, largest)
  const { q, r } = reflect(a.div(scale), m)
  const turned = orthogonalise(vectors ? concat([r, eyeLike(a, m).expand(r.shape)], 2) : r, m)
  const rows = vectors ? turned.slice([null, null, [0, m]]) : turned
  const raw = rows.norm(2)
  const { values, indices } = raw.sort(1, { descending: true })
  const s = values.mul(scale.squeeze(2))
  if (!vectors) return { u: a, s, v: a }
  const sorted = inOrder(rows, indices)
  const unit = sorted.div(where(values.equal(0), 1, values).unsqueeze(2))
  // reflections keep orthonormal columns up to their signs, and put others at right angles in the place of zeros
  const right = reflect(flipped(unit), m)
  const signs = where(right.r.diagonal().less(0), -1, 1).cast(a.dtype).unsqueeze(1)
  const turns = polished(inOrder(turned.slice([null, null, [m, 2 * m]]), indices))
  return { u: q.matmul(flipped(turns)), s, v: right.q.mul(signs) }
}

function decompose(a: Tensor, vectors: boolean): Parts {
  if (a.shape[1]! >= a.shape[2]!) return tall(a, vectors)
  const { u, s, v } = tall(flipped(a), vectors)
  return { u: v, s, v: u }
}

const skew = (x: Tensor): Tensor => x.sub(flipped(x))

// [Giles 2008], [Ionescu 2015]: dA = U [(X sⱼ + Y sᵢ) / (sⱼ² − sᵢ²) + diag dS] Vᵀ, X = skew(Uᵀ dU), Y = skew(Vᵀ dV), and what of dU and dV leaves
// the spaces that U and V span. The fraction is ½ [(X + Y) / (sⱼ − sᵢ) + (X − Y) / (sⱼ + sᵢ)]
const factors = ruled('svd', ([gu, gs, gv], { outs: [u, s, v] }) => {
  const [n, k, m] = [u!.shape[1]!, s!.shape[1]!, v!.shape[1]!]
  const [x, y] = [gu && skew(flipped(u!).matmul(gu)), gv && skew(flipped(v!).matmul(gv))]
  const turns: Tensor[] = gs ? [diagonalOf(gs)] : []
  const first = x ?? y
  if (first) {
    const sums = s!.unsqueeze(1).add(s!.unsqueeze(2))
    const both = x && y ? x.add(y) : first
    const apart = x && y ? x.sub(y) : x ? x : first.neg()
    turns.push(both.mul(gaps(s!)).mul(0.5), apart.div(sums).mul(0.5))
  }
  const inner = turns.reduce((a, b) => a.add(b))
  const outside = (basis: Tensor, g: Tensor): Tensor => g.sub(basis.matmul(flipped(basis).matmul(g))).div(s!.unsqueeze(1))
  let total = u!.matmul(inner).matmul(flipped(v!))
  if (gu && n > k) total = total.add(outside(u!, gu).matmul(flipped(v!)))
  if (gv && m > k) total = total.add(u!.matmul(flipped(outside(v!, gv))))
  return [total]
})

// for the singular values alone
const values = ruled('svdvals', ([g], { inputs: [a] }) => {
  const { u, vt } = svd(a!)
  return [u.mul(g!.unsqueeze(1)).matmul(vt)]
})

/**
 * x = U·diag(s)·Vᵀ: singular values s ≥ 0 in descending order, with orthonormal columns of U and rows of Vᵀ, by one-sided Jacobi rotations,
 * which find small singular values as exactly as large ones [Demmel 1992]. Signs of pairs of vectors are free.
 *
 * x (…, n, m) → u (…, n, k), s (…, k), vt (…, k, m), k = min(n, m). Gradients [Giles 2008; Ionescu 2015] hold for functions that do not depend
 * on those signs. Those through vectors are finite only where all singular values differ and, unless x is square, none is 0; those through
 * singular values always are. Throws ShapeError below rank 2.
 *
 * @example svd(tensor([[3, 0], [0, -5]])).s // [5, 3]
 */
export function svd(x: Tensor): { u: Tensor; s: Tensor; vt: Tensor } {
  const { a, rows, columns, lead, restore } = matrices('svd', x)
  const k = Math.min(rows, columns)
  if (a.size === 0) {
    const none = (n: number, m: number): Tensor => restore(eyeLike(a, n, m).expand([a.shape[0]!, n, m]))
    return { u: none(rows, k), s: zeros([...lead, k], { dtype: a.dtype }), vt: none(k, columns) }
  }
  const found = decompose(a, true)
  const [u, s, v] = factors([found.u, found.s, found.v], [a], {})
  return { u: restore(u!), s: restore(s!), vt: restore(flipped(v!)) }
}

/** The singular values in descending order, (…, n, m) → (…, min(n, m)), without vectors: quicker than {@link svd}. Throws ShapeError below rank 2. */
export function svdvals(x: Tensor): Tensor {
  const { a, rows, columns, lead, restore } = matrices('svdvals', x)
  if (a.size === 0) return zeros([...lead, Math.min(rows, columns)], { dtype: a.dtype })
  return restore(values([decompose(a, false).s], [a], {})[0]!)
}
