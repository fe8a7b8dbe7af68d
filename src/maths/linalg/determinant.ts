/** Determinants, with gradients that bear singular matrices. */

import { where } from '../../ops/elementwise/select.js'
import { ones, zeros } from '../../ops/move/create.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Fractional } from '../../tensor/dtypes.js'
import type { Tensor } from '../../tensor/tensor.js'
import { eliminate, signOf } from './factor/lu.js'
import { diagonalOf, epsilon, eyeLike, flipped, held, matrices, ruled } from './factor/ruled.js'
import { svd } from './factor/svd.js'
import { inv } from './solve.js'

/** What elimination leaves on the diagonal, and the sign of the exchanges; a (B, n, n). */
function pivotsOf(a: Tensor): { pivots: Tensor; sign: Tensor } {
  const { upper, order } = eliminate(a, a.shape[1]!)
  return { pivots: upper.diagonal(), sign: signOf(order, a) }
}
const determinantOf = (a: Tensor): Tensor => {
  const { pivots, sign } = pivotsOf(a)
  return pivots.prod(-1).mul(sign)
}

/** A matrix beside a whose pivots are not 0, so near that det·A⁻ᵀ has come to its limit. */
function nearby(a: Tensor): Tensor {
  const { lower, upper, order } = eliminate(a, a.shape[1]!)
  const pivots = upper.diagonal()
  const least = upper
    .abs()
    .max([1, 2])
    .mul(4 * a.shape[1]! * epsilon(a))
    .maximum(1e-30)
    .unsqueeze(1)
  const added = where(pivots.abs().lessEqual(least), where(pivots.less(0), least.neg(), least), 0)
  const moved = lower.matmul(diagonalOf(added))
  return a.add(moved.takeAlong(order.argsort(1).unsqueeze(2).expand(moved.shape), 1))
}

// second derivatives along singular vectors are products of all other singular values
const cofactors = ruled('cofactor', ([g], { inputs: [a] }) => {
  const n = a!.shape[1]!
  const { u, s, vt } = svd(a!)
  const turned = flipped(u).matmul(g!).matmul(flipped(vt))
  const own = eyeLike(a!, n)
  const left = own.unsqueeze(0).add(own.unsqueeze(1)).greater(0)
  const others = where(left, 1, s.unsqueeze(1).unsqueeze(1)).prod(-1).mul(own.neg().add(1))
  const along = others.matmul(turned.diagonal().unsqueeze(2)).squeeze(2)
  const inner = diagonalOf(along).sub(flipped(others.mul(turned)))
  const sign = held(determinantOf(u).mul(determinantOf(vt)))
    .sign()
    .unsqueeze(-1)
    .unsqueeze(-1)
  return [u.matmul(inner).matmul(vt).mul(sign)]
})

/** The derivatives of det by each element, (B, n, n). */
function cofactor(a: Tensor): Tensor {
  const near = nearby(a)
  return cofactors([flipped(inv(near)).mul(determinantOf(near).unsqueeze(-1).unsqueeze(-1))], [a], {})[0]!
}

const determinant = ruled('det', ([g], { inputs: [a] }) => [cofactor(a!).mul(g!.unsqueeze(-1).unsqueeze(-1))])

/**
 * The determinants of square matrices, (…, n, n) → (…), by elimination. The gradient is the matrix of cofactors, that of singular matrices too.
 * Throws ShapeError unless they are square.
 *
 * @example det(tensor([[1, 2], [3, 5]])) // -1
 */
export function det<D extends Dtype>(x: Tensor<D>): Tensor<Fractional[D]>
export function det(x: Tensor): Tensor {
  const { a, lead } = matrices('det', x, true)
  return a.size === 0 ? ones(lead, { dtype: a.dtype }) : determinant([determinantOf(a)], [a], {})[0]!.reshape(lead)
}

const logarithm = ruled('slogdet', ([, g], { inputs: [a] }) => [g && flipped(inv(a!)).mul(g.unsqueeze(-1).unsqueeze(-1))])

/**
 * Determinants as sign (−1, 0 or 1) and logarithm of the absolute value, which neither over- nor underflow: (…, n, n) → two of (…).
 * Singular matrices have sign 0, logarithm −∞ and a gradient that is not finite. Throws ShapeError unless they are square.
 *
 * @example slogdet(tensor([[0, 2], [1, 0]])) // sign -1, logabsdet 0.6931…
 */
export function slogdet(x: Tensor): { sign: Tensor; logabsdet: Tensor } {
  const { a, lead } = matrices('slogdet', x, true)
  if (a.size === 0) return { sign: ones(lead, { dtype: a.dtype }), logabsdet: zeros(lead, { dtype: a.dtype }) }
  const { pivots, sign } = pivotsOf(a)
  const [signs, logs] = logarithm([pivots.sign().prod(-1).mul(sign), pivots.abs().log().sum(-1)], [a], {})
  return { sign: signs!.reshape(lead), logabsdet: logs!.reshape(lead) }
}
