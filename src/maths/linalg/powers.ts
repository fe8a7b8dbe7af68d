/** Functions of matrices: powers, the exponential, chains of products. */

import { describe } from '../../graph/leaf.js'
import { iterate } from '../../ops/control/iterate.js'
import { where } from '../../ops/elementwise/select.js'
import { concat } from '../../ops/move/concat.js'
import { matmul } from '../../ops/products/matmul.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Fractional } from '../../tensor/dtypes.js'
import { HebbError, ShapeError } from '../../tensor/errors.js'
import type { Tensor } from '../../tensor/tensor.js'
import { eyeLike, flipped, matrices, ruled } from './factor/ruled.js'
import { inv } from './solve.js'

/**
 * x multiplied by itself `power` times, by squaring; 0 gives unit matrices, negative powers those of the inverse. (…, n, n) → (…, n, n).
 * Throws ShapeError unless the matrices are square, HebbError for fractions.
 *
 * @example matrixPower(tensor([[1, 1], [0, 1]]), 5) // [[1, 5], [0, 1]]
 */
export function matrixPower<D extends Dtype>(x: Tensor<D>, power: number): Tensor<Fractional[D]>
export function matrixPower(x: Tensor, power: number): Tensor {
  const { a, rows, restore } = matrices('matrixPower', x, true)
  if (!Number.isInteger(power)) throw new HebbError(`matrixPower: ${power} is no whole number`)
  if (power < 0) return matrixPower(inv(x), -power)
  if (power === 0) return restore(eyeLike(a, rows).expand(a.shape))
  let result: Tensor | undefined
  for (let rest = power, square = a; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = result ? result.matmul(square) : square
    if (rest > 1) square = square.matmul(square)
  }
  return restore(result!)
}

/** Σ Aⁱ/i! for i below 20 by 7 products [Paterson 1973]; for column sums up to 1 what is left out is below rounding. */
function series(a: Tensor): Tensor {
  const unit = eyeLike(a, a.shape[1]!)
  const square = a.matmul(a)
  const powers = [unit, a, square, square.matmul(a)]
  const fourth = square.matmul(square)
  let factorial = 1
  const weights = Array.from({ length: 20 }, (_, i) => {
    factorial *= Math.max(i, 1)
    return 1 / factorial
  })
  const part = (j: number): Tensor => powers.map((p, i) => p.mul(weights[4 * j + i]!)).reduce((s, t) => s.add(t))
  let sum = part(4)
  for (let j = 3; j >= 0; j--) sum = sum.matmul(fourth).add(part(j))
  return sum
}

/** Halved until the series is exact, then squared as often. */
function scaledAndSquared(a: Tensor): Tensor {
  const length = a.abs().sum(1).max(1)
  const halvings = where(length.greater(1), length, 1).log2().ceil().unsqueeze(1).unsqueeze(1)
  const start = series(a.mul(halvings.neg().mul(Math.LN2).exp()))
  return iterate(
    (y: Tensor, index: Tensor) => {
      const done = index.cast(a.dtype)
      return { carry: where(halvings.greater(done), y.matmul(y), y), more: halvings.greater(done.add(1)).any() }
    },
    start,
    1100,
  )
}

// the derivative of exp at Aᵀ along G stands in the corner of exp [[Aᵀ, G], [0, Aᵀ]] [Mathias 1996]
const exponential = ruled('matrixExp', ([g], { inputs: [a] }) => {
  const n = a!.shape[1]!
  const t = flipped(a!)
  const block = concat([concat([t, g!], 2), concat([t.mul(0), t], 2)], 1)
  return [matrixExp(block).slice([null, [0, n], [n, 2 * n]])]
})

/**
 * e to the power of square matrices, Σ xⁱ/i!, by scaling and squaring: (…, n, n) → (…, n, n). Throws ShapeError unless they are square.
 *
 * @example matrixExp(tensor([[0, 1], [0, 0]])) // [[1, 1], [0, 1]]
 */
export function matrixExp(x: Tensor): Tensor {
  const { a, restore } = matrices('matrixExp', x, true)
  return a.size === 0 ? restore(a) : restore(exponential([scaledAndSquared(a)], [a], {})[0]!)
}

/** Where to split a chain of products so that it takes the fewest multiplications: sizes[i] × sizes[i + 1] is matrix i. */
function cheapest(sizes: readonly number[]): (from: number, to: number) => number {
  const n = sizes.length - 1
  const cost = Array.from({ length: n }, () => new Array<number>(n).fill(0))
  const cut = Array.from({ length: n }, () => new Array<number>(n).fill(0))
  for (let span = 1; span < n; span++)
    for (let i = 0; i + span < n; i++) {
      const j = i + span
      cost[i]![j] = Number.POSITIVE_INFINITY
      for (let k = i; k < j; k++) {
        const all = cost[i]![k]! + cost[k + 1]![j]! + sizes[i]! * sizes[k + 1]! * sizes[j + 1]!
        if (all < cost[i]![j]!) {
          cost[i]![j] = all
          cut[i]![j] = k
        }
      }
    }
  return (from, to) => cut[from]![to]!
}

/**
 * The product of two or more matrices in the order that takes the fewest multiplications. The first and the last may be vectors, a row and a
 * column whose axes disappear. Throws ShapeError for fewer than two, other ranks, or sizes that do not fit.
 */
export function multiDot(factors: readonly Tensor[]): Tensor {
  const [first, last] = [factors[0], factors.at(-1)]
  if (!first || !last || factors.length < 2) throw new ShapeError(`multiDot: ${factors.length} matrices are no chain: give two or more`)
  factors.forEach((t, i) => {
    const end = i === 0 || i === factors.length - 1
    if (t.rank !== 2 && !(end && t.rank === 1))
      throw new ShapeError(`multiDot: factor ${i} ${describe(t)} is no matrix${end ? ' and no vector' : ''}`)
  })
  const chain = factors.map((t, i) => (t.rank === 2 ? t : i === 0 ? t.unsqueeze(0) : t.unsqueeze(1)))
  const split = cheapest([chain[0]!.shape[0]!, ...chain.map((t) => t.shape[1]!)])
  const product = (from: number, to: number): Tensor => {
    if (from === to) return chain[from]!
    const at = split(from, to)
    return matmul(product(from, at), product(at + 1, to))
  }
  const whole = product(0, chain.length - 1)
  const ends = [...(first.rank === 1 ? [0] : []), ...(last.rank === 1 ? [1] : [])]
  return ends.length > 0 ? whole.squeeze(...ends) : whole
}
