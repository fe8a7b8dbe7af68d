/** What singular values decide: pseudo-inverses, ranks, least squares. */

import { describe } from '../../graph/leaf.js'
import { real } from '../../ops/elementwise/real.js'
import { where } from '../../ops/elementwise/select.js'
import { zeros } from '../../ops/move/create.js'
import type { Dtype } from '../../tensor/dtype.js'
import { promote } from '../../tensor/dtype.js'
import type { Fractional } from '../../tensor/dtypes.js'
import { ShapeError } from '../../tensor/errors.js'
import { broadcast, sameShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { eigvalsh } from './factor/eigh.js'
import { epsilon, flipped, matrices, ruled, together } from './factor/ruled.js'
import { svd, svdvals } from './factor/svd.js'

/** From where on singular values count: those above max(atol, rtol · the largest). */
export interface RankOptions {
  /** default 0 */
  readonly atol?: number | undefined
  /** default max(n, m)·ε, and 0 where `atol` is given */
  readonly rtol?: number | undefined
}

/** Of x with singular values s (…, k): the smallest that counts, (…, 1). */
function threshold(x: Tensor, s: Tensor, { atol, rtol }: RankOptions): Tensor {
  const relative = rtol ?? (atol === undefined || atol === 0 ? Math.max(x.shape.at(-1)!, x.shape.at(-2)!) * epsilon(s) : 0)
  return s
    .max(-1, { keep: true })
    .mul(relative)
    .maximum(atol ?? 0)
}

/** How many columns (or rows) are independent: (…, n, m) → (…). `symmetric` takes x as symmetric, which is quicker. Throws ShapeError below rank 2. */
export function matrixRank(
  x: Tensor,
  { symmetric = false, ...limits }: RankOptions & { readonly symmetric?: boolean | undefined } = {},
): Tensor {
  const { a, rows, columns, lead } = matrices('matrixRank', x, symmetric)
  if (rows * columns * a.shape[0]! === 0) return zeros(lead, { dtype: 'i64' })
  const s = symmetric ? eigvalsh(a).abs() : svdvals(a)
  return s
    .greater(threshold(a, s, limits))
    .cast('i64')
    .sum(-1)
    .reshape(lead)
}

/** V, 1/s where s counts, Uᵀ: what a pseudo-inverse is made of. */
function parts(a: Tensor, limits: RankOptions): { v: Tensor; inverse: Tensor; ut: Tensor; s: Tensor; counts: Tensor } {
  const { u, s, vt } = svd(a)
  const counts = s.greater(threshold(a, s, limits))
  return { v: flipped(vt), inverse: where(counts, where(counts, s, 1).reciprocal(), 0), ut: flipped(u), s, counts }
}

type Limits = RankOptions & { readonly [key: string]: number | undefined }

// [Golub 1973], with P the pseudo-inverse: dA = −(P dPᵀ P)ᵀ + (1 − A P) dPᵀ P Pᵀ + Pᵀ P dPᵀ (1 − P A), in the order that keeps products small
function back(a: Tensor, p: Tensor, g: Tensor): Tensor {
  const [pt, gt] = [flipped(p), flipped(g)]
  if (a.shape.at(-2)! <= a.shape.at(-1)!) {
    const k = gt.matmul(p)
    const kp = k.matmul(pt)
    return kp
      .sub(flipped(p.matmul(k)))
      .sub(a.matmul(p).matmul(kp))
      .add(pt.matmul(p).matmul(gt.sub(k.matmul(a))))
  }
  const k = p.matmul(gt)
  const pk = pt.matmul(k)
  return gt
    .sub(a.matmul(k))
    .matmul(p)
    .matmul(pt)
    .sub(flipped(k.matmul(p)))
    .add(pk)
    .sub(pk.matmul(p).matmul(a))
}

const inverse = ruled<Limits>('pinv', ([g], { inputs: [a], outs: [p] }) => [back(a!, p!, g!)])

/**
 * The pseudo-inverse of Moore and Penrose, (…, n, m) → (…, m, n): singular values that count are inverted, the others stay 0.
 * The gradient [Golub 1973] holds as long as the rank stays the same. Throws ShapeError below rank 2.
 *
 * @example pinv(tensor([[1], [1]])) // [[0.5, 0.5]]
 */
export function pinv<D extends Dtype>(x: Tensor<D>, limits?: RankOptions): Tensor<Fractional[D]>
export function pinv(x: Tensor, limits: RankOptions = {}): Tensor {
  const { a, restore } = matrices('pinv', x)
  if (a.size === 0) return restore(flipped(a))
  const { v, inverse: s, ut } = parts(a, limits)
  return restore(inverse([v.mul(s.unsqueeze(1)).matmul(ut)], [a], { ...limits })[0]!)
}

const fitted = ruled<Limits>('lstsq', ([g], { inputs: [a, b], attrs: { atol, rtol } }) => {
  const p = pinv(a!, { atol, rtol })
  return [back(a!, p, g!.matmul(flipped(b!))), flipped(p).matmul(g!)]
})

/** What least squares give. */
export interface LeastSquares {
  /** (…, m, k), or (…, m) for vectors */
  readonly solution: Tensor
  /** squared distance of each column of A·X from b, (…, k), or (…) for vectors; NumPy and PyTorch leave it empty for ranks below m, and where n ≤ m */
  readonly residuals: Tensor
  /** how many singular values of A count, (…) i64 */
  readonly rank: Tensor
  /** of A, in descending order, (…, min(n, m)) */
  readonly singularValues: Tensor
}

/**
 * X that brings A·X nearest to b in the sum of squares, and of all these the one of least norm, so that A may have any rank.
 *
 * a (…, n, m), b (…, n, k) → (…, m, k), leading axes broadcast; b (n), or (…, n) with exactly a's leading axes, is a vector for each matrix.
 * The gradient holds as long as the rank stays the same. Throws ShapeError when sizes do not fit.
 *
 * @example lstsq(tensor([[1, 0], [1, 1], [1, 2]]), tensor([1, 3, 5])).solution // [1, 2]
 */
export function lstsq(a: Tensor, b: Tensor, limits: RankOptions = {}): LeastSquares {
  const { rows, lead } = matrices('lstsq', a)
  const vector = b.rank === 1 || sameShape(b.shape, [...lead, rows])
  const wide = vector ? b.unsqueeze(-1) : b
  if (wide.rank < 2 || wide.shape.at(-2) !== rows)
    throw new ShapeError(`lstsq: needs b with ${rows} rows\n  inputs: ${describe(a)}, ${describe(b)}`)
  const dtype = promote(real(a).dtype, real(b).dtype)
  const common = broadcast([lead, wide.shape.slice(0, -2)], 'lstsq')
  const [l, r] = together('lstsq', a.cast(dtype), wide.cast(dtype), common)
  const [m, right] = [matrices('lstsq', l), matrices('lstsq', r)]
  const [columns, sides] = [m.columns, right.columns]
  const close = (x: Tensor): { solution: Tensor; residuals: Tensor } => {
    const residuals = l.matmul(x).sub(r).square().sum(-2)
    return vector ? { solution: x.squeeze(-1), residuals: residuals.squeeze(-1) } : { solution: x, residuals }
  }
  if (m.a.size === 0 || sides === 0)
    return {
      ...close(zeros([...common, columns, sides], { dtype })),
      rank: matrixRank(l, limits),
      singularValues: svdvals(l),
    }
  const { v, inverse: s, ut, s: singular, counts } = parts(m.a, limits)
  const [x] = fitted([v.matmul(s.unsqueeze(2).mul(ut.matmul(right.a)))], [m.a, right.a], { ...limits })
  return { ...close(m.restore(x!)), rank: counts.cast('i64').sum(-1).reshape(common), singularValues: m.restore(singular) }
}
