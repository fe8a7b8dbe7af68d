/** Elimination with partial pivoting: matrices as products of triangles. */

import { scan } from '../../../ops/control/scan.js'
import { and, equal } from '../../../ops/elementwise/compare.js'
import { where } from '../../../ops/elementwise/select.js'
import { concat } from '../../../ops/move/concat.js'
import { arange, zeros } from '../../../ops/move/create.js'
import type { Tensor } from '../../../tensor/tensor.js'
import { eyeLike, flipped, matrices, ruled } from './ruled.js'
import { solveTriangular } from './triangular.js'

/** What elimination leaves: factors of the rows, in the order in which rows became pivots, the pivot rows, and that order (B, n) i32. */
export interface Eliminated {
  readonly lower: Tensor
  readonly upper: Tensor
  readonly order: Tensor
}

/**
 * Gauss elimination of `steps` columns of a (B, n, m), the largest number left in a column its pivot. Rows are not moved: their order is kept
 * apart, as if they were, so that of equal candidates the same one is taken as by LAPACK.
 */
export function eliminate(a: Tensor, steps: number): Eliminated {
  const [batch, n, m] = a.shape as readonly [number, number, number]
  const place = arange(n)
  const { carry, ys } = scan(
    ([rest, order, free]: readonly Tensor[], k: Tensor): [Tensor[], Tensor[]] => {
      const column = rest!.take(k, 2)
      const left = where(place.greaterEqual(k), column.takeAlong(order!, 1).abs(), -1)
      const at = left.argmax(1, { keep: true })
      const row = order!.takeAlong(at, 1)
      const next = where(equal(place, at), order!.take(k, 1).unsqueeze(1), where(equal(place, k), row, order!))
      const others = and(free!, place.notEqual(row))
      const pivots = rest!.takeAlong(row.unsqueeze(2).expand([batch, 1, m]), 1)
      const pivot = pivots.take(k, 2)
      const factors = where(and(others, pivot.notEqual(0)), column.div(pivot), 0)
      return [
        [rest!.sub(factors.unsqueeze(2).mul(pivots)), next, others],
        [factors, pivots.squeeze(1)],
      ]
    },
    [a, place.expand([batch, n]), zeros([batch, n], { dtype: 'bool' }).not()],
    arange(steps),
  )
  const [, order] = carry
  const factors = ys[0]!.transpose([1, 2, 0]).takeAlong(order!.unsqueeze(2).expand([batch, n, steps]), 1)
  return { lower: factors.tril(-1).add(eyeLike(a, n, steps)), upper: ys[1]!.transpose([1, 0, 2]).triu(), order: order! }
}

/** Exchanging rows: the matrices P with P[order[i], i] = 1. */
const permutationOf = (order: Tensor, like: Tensor): Tensor => {
  const n = order.shape[1]!
  return equal(arange(n).unsqueeze(1), order.unsqueeze(1)).cast(like.dtype)
}

/** Sign of the permutations: odd where the number of i < j with order[i] > order[j] is. (B, n) → (B) */
export const signOf = (order: Tensor, like: Tensor): Tensor => {
  const falls = order.unsqueeze(2).greater(order.unsqueeze(1)).cast('i32').triu(1).sum([1, 2])
  return falls.cast(like.dtype).mod(2).mul(-2).add(1)
}

// for the square part M of A = P·[M | rest]: dM = L⁻ᵀ [tril(Lᵀ dL, −1) + triu(dU Uᵀ)] U⁻ᵀ
const square = (low: Tensor, up: Tensor, inner: Tensor): Tensor =>
  solveTriangular(flipped(low), solveTriangular(flipped(up), inner, { upper: false, left: false }), { upper: true, unit: true })

const factors = ruled<{ readonly [key: string]: never }>('lu', ([, gl, gu], { outs: [p, l, u] }) => {
  const [n, m] = [l!.shape.at(-2)!, u!.shape.at(-1)!]
  const k = Math.min(n, m)
  const left = gl ? flipped(l!).matmul(gl) : undefined
  const right = gu ? gu.matmul(flipped(u!)) : undefined
  const zero = u!.slice([null, null, [0, k]]).mul(0)
  const [low, up] = [l!.slice([null, [0, k]]), u!.slice([null, null, [0, k]])]
  if (n === m) return [p!.matmul(square(low, up, (left?.tril(-1) ?? zero).add(right?.triu() ?? zero)))]
  if (n < m) {
    // the further columns are L⁻¹ times theirs in A
    const [first, rest] = gu ? gu.split([k, m - k], 2) : [undefined, undefined]
    const further = rest && u!.slice([null, null, [k, m]])
    const lean = (left ?? zero).sub(rest ? rest.matmul(flipped(further!)) : zero)
    const main = square(low, up, lean.tril(-1).add(first ? first.matmul(flipped(up)).triu() : zero))
    const others = rest
      ? solveTriangular(flipped(low), rest, { upper: true, unit: true })
      : l!.matmul(u!.slice([null, null, [k, m]])).mul(0)
    return [p!.matmul(concat([main, others], 2))]
  }
  // the further rows are theirs in A times U⁻¹
  const [first, rest] = gl ? gl.split([k, n - k], 1) : [undefined, undefined]
  const further = l!.slice([null, [k, n]])
  const lean = (right ?? zero).sub(rest ? flipped(further).matmul(rest) : zero)
  const main = square(low, up, (first ? flipped(low).matmul(first).tril(-1) : zero).add(lean.triu()))
  const others = rest ? solveTriangular(flipped(up), rest, { upper: false, left: false }) : further.mul(0)
  return [p!.matmul(concat([main, others], 1))]
})

/** A permutation and two triangles. */
export interface Lu {
  readonly p: Tensor
  readonly l: Tensor
  readonly u: Tensor
}

/**
 * x = P·L·U: P a permutation, L lower with ones on the diagonal, U upper, by elimination with partial pivoting. Singular matrices have
 * zeros on U's diagonal, and gradients that are not finite.
 *
 * x (…, n, m) → p (…, n, n), l (…, n, k), u (…, k, m), k = min(n, m). Throws ShapeError below rank 2.
 */
export function lu(x: Tensor): Lu {
  const { a, rows, columns, restore } = matrices('lu', x)
  const k = Math.min(rows, columns)
  const batch = a.shape[0]!
  if (batch * k === 0) {
    const own = (n: number, m: number): Tensor => restore(eyeLike(a, n, m).expand([batch, n, m]))
    return { p: own(rows, rows), l: own(rows, k), u: own(k, columns) }
  }
  const { lower, upper, order } = eliminate(a, k)
  const [p, l, u] = factors([permutationOf(order, a), lower, upper], [a], {})
  return { p: restore(p!), l: restore(l!), u: restore(u!) }
}
