/** Eigenvalues and eigenvectors of symmetric matrices. */

import { where } from '../../../ops/elementwise/select.js'
import { zeros } from '../../../ops/move/create.js'
import type { Tensor } from '../../../tensor/tensor.js'
import { orthogonalise } from './jacobi.js'
import { eyeLike, flipped, matrices, ruled } from './ruled.js'

/** Rows in the order of `order`: (B, n, m), (B, n) → (B, n, m). */
export const inOrder = (rows: Tensor, order: Tensor): Tensor => rows.takeAlong(order.unsqueeze(2).expand(rows.shape), 1)

/** Rows that are nearly orthonormal made so to rounding: the first step of Newton's iteration. */
export const polished = (rows: Tensor): Tensor => rows.mul(1.5).sub(rows.matmul(flipped(rows)).matmul(rows).mul(0.5))

/**
 * Of a symmetric a (B, n, n). A plus a multiple of the unit matrix that makes it positive definite has orthogonal columns once it is turned
 * by its eigenvectors, which are these columns' directions.
 */
function decompose(a: Tensor): { values: Tensor; vectors: Tensor } {
  const n = a.shape[1]!
  const largest = a.abs().max([1, 2], { keep: true })
  const scaled = a.div(where(largest.equal(0), 1, largest))
  // a row sum of A⁴ bounds the largest eigenvalue's fourth power, closer than one of A bounds the eigenvalue
  const squared = scaled.matmul(scaled)
  const bound = squared.matmul(squared).abs().sum(2, { keep: true }).max(1, { keep: true }).sqrt().sqrt()
  const shift = where(bound.equal(0), 1, bound.mul(1.25))
  const turned = orthogonalise(scaled.add(shift.mul(eyeLike(a, n))), n)
  const rows = polished(turned.div(turned.norm(2, { keep: true })))
  const raw = rows.matmul(a).mul(rows).sum(2)
  const { values, indices } = raw.sort(1)
  return { values, vectors: flipped(inOrder(rows, indices)) }
}

/** 1/(λⱼ − λᵢ), and 0 on the diagonal. */
export function gaps(values: Tensor): Tensor {
  const own = eyeLike(values, values.shape.at(-1)!)
  return values.unsqueeze(-2).sub(values.unsqueeze(-1)).add(own).reciprocal().sub(own)
}

// [Giles 2008]: dA = V (diag dλ + (Vᵀ dV) / (λⱼ − λᵢ)) Vᵀ, made symmetric
const factors = ruled('eigh', ([gl, gv], { outs: [l, v] }) => {
  const along = gl ? v!.mul(gl.unsqueeze(1)) : undefined
  if (!gv) return [along!.matmul(flipped(v!))]
  const turn = flipped(v!).matmul(gv)
  const inner = turn.sub(flipped(turn)).mul(gaps(l!).mul(0.5))
  const around = v!.matmul(inner)
  return [(along ? along.add(around) : around).matmul(flipped(v!))]
})

/**
 * x = V·diag(λ)·Vᵀ of symmetric matrices: eigenvalues λ in ascending order and orthonormal eigenvectors, the columns of V, by Jacobi
 * rotations. Only the lower half of x is read (the upper with `upper`). Signs of eigenvectors, and directions within an eigenspace, are free.
 *
 * x (…, n, n) → values (…, n), vectors (…, n, n). Gradients [Giles 2008] are symmetric. Those through eigenvectors are finite only where all
 * eigenvalues differ, and inexact where they nearly do not, as they are divided by the differences; those through eigenvalues always are.
 * Throws ShapeError unless the matrices are square.
 *
 * @example eigh(tensor([[2, 1], [1, 2]])).values // [1, 3]
 */
export function eigh(x: Tensor, { upper = false }: { readonly upper?: boolean | undefined } = {}): { values: Tensor; vectors: Tensor } {
  const { a, rows, lead, restore } = matrices('eigh', x, true)
  if (a.size === 0) return { values: zeros([...lead, rows], { dtype: a.dtype }), vectors: restore(a) }
  const half = upper ? flipped(a.triu()) : a.tril()
  const whole = half.add(flipped(half.tril(-1)))
  const found = decompose(whole)
  const [values, vectors] = factors([found.values, found.vectors], [a], {})
  return { values: restore(values!), vectors: restore(vectors!) }
}

/** Eigenvalues of symmetric matrices in ascending order, (…, n, n) → (…, n); see {@link eigh}. The gradient is finite for equal ones too. */
export const eigvalsh = (x: Tensor, options?: { readonly upper?: boolean | undefined }): Tensor => eigh(x, options).values
