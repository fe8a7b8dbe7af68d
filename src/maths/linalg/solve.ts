/** Systems of equations and inverses. */

import { describe } from '../../graph/leaf.js'
import { real } from '../../ops/elementwise/real.js'
import { concat } from '../../ops/move/concat.js'
import type { Dtype } from '../../tensor/dtype.js'
import { promote } from '../../tensor/dtype.js'
import type { Fractional } from '../../tensor/dtypes.js'
import { ShapeError } from '../../tensor/errors.js'
import { broadcast, sameShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { eliminate } from './factor/lu.js'
import { eyeLike, flipped, matrices, ruled, together } from './factor/ruled.js'
import { substituteBack } from './factor/triangular.js'

// A·X = B: dB = A⁻ᵀ dX, dA = −dB Xᵀ
const solved = ruled('solve', ([g], { inputs: [a], outs: [x], needs }) => {
  const back = solve(flipped(a!), g!)
  return [needs[0] ? back.matmul(flipped(x!)).neg() : undefined, back]
})

/**
 * X with A·X = b (X·A = b without `left`), by elimination with partial pivoting. Where A is singular the result holds ±∞ or NaN.
 *
 * a (…, n, n), b (…, n, k) → (…, n, k), leading axes broadcast; b (n), or (…, n) with exactly a's leading axes, is a vector for each matrix
 * and gives (…, n). Throws ShapeError when sizes do not fit.
 *
 * @example solve(tensor([[2, 1], [1, 3]]), tensor([3, 5])) // [0.8, 1.4]
 */
export function solve(a: Tensor, b: Tensor, { left = true }: { readonly left?: boolean | undefined } = {}): Tensor {
  const { rows, lead } = matrices('solve', a, true)
  if (b.rank === 1 || sameShape(b.shape, [...lead, rows])) {
    if (b.shape.at(-1) !== rows) throw new ShapeError(`solve: needs b with ${rows} rows\n  inputs: ${describe(a)}, ${describe(b)}`)
    return solve(left ? a : flipped(a), b.unsqueeze(-1)).squeeze(-1)
  }
  if (!left) return b.rank < 2 ? solve(a, b) : flipped(solve(flipped(a), flipped(b)))
  if (b.rank < 2 || b.shape.at(-2) !== rows)
    throw new ShapeError(`solve: needs b with ${rows} rows\n  inputs: ${describe(a)}, ${describe(b)}`)
  const dtype = promote(real(a).dtype, real(b).dtype)
  const common = broadcast([lead, b.shape.slice(0, -2)], 'solve')
  const [wide, right] = together('solve', a.cast(dtype), b.cast(dtype), common)
  const m = matrices('solve', wide)
  const r = matrices('solve', right)
  if (r.a.size === 0) return r.restore(r.a)
  const { upper } = eliminate(concat([m.a, r.a], 2), rows)
  const x = substituteBack(upper.slice([null, null, [0, rows]]), upper.slice([null, null, [rows, rows + r.columns]]), true, false)
  return r.restore(solved([x], [m.a, r.a], {})[0]!)
}

/**
 * The inverse of square matrices (…, n, n), by elimination with partial pivoting; ±∞ and NaN where one is singular.
 * `solve(a, b)` is quicker and more exact than `inv(a).matmul(b)`. Throws ShapeError unless they are square.
 *
 * @example inv(tensor([[2, 0], [0, 4]])) // [[0.5, 0], [0, 0.25]]
 */
export function inv<D extends Dtype>(x: Tensor<D>): Tensor<Fractional[D]>
export function inv(x: Tensor): Tensor {
  const { a, rows, restore } = matrices('inv', x, true)
  return restore(solve(a, eyeLike(a, rows).expand(a.shape)))
}
