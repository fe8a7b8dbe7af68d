/** Rows turned in pairs until all are at right angles: the heart of `svd` and `eigh`. */

import { iterate } from '../../../ops/control/iterate.js'
import { where } from '../../../ops/elementwise/select.js'
import { concat } from '../../../ops/move/concat.js'
import { zeros } from '../../../ops/move/create.js'
import type { Tensor } from '../../../tensor/tensor.js'
import { epsilon } from './ruled.js'

/** Sweeps over all pairs; six to ten are usual, as each squares what is left once it is small. */
const mostSweeps = 40

/**
 * One-sided Jacobi rotations [Hestenes 1958] of the rows of x (B, n, w), all disjoint pairs of a round at once, in the order of a round-robin
 * tournament: the first `width` numbers of all rows become orthogonal, the others go along. Sweeps end when no pair is further from a right
 * angle than rounding.
 */
export function orthogonalise(x: Tensor, width: number): Tensor {
  const [batch, n, w] = x.shape as readonly [number, number, number]
  if (n < 2) return x
  const half = Math.ceil(n / 2)
  // a row of zeros is at right angles to all others
  const even =
    n % 2 === 0
      ? x
      : x.pad([
          [0, 1],
          [0, 0],
        ])
  const tolerance = epsilon(x) * Math.sqrt(width)
  const head = (t: Tensor): Tensor => (width === w ? t : t.slice([null, null, [0, width]]))
  const round = ([top, bottom, worst]: readonly Tensor[]): Tensor[] => {
    const [a, b] = [head(top!), head(bottom!)]
    const [aa, bb, ab] = [a.square(), b.square(), a.mul(b)].map((t) => t.sum(2, { keep: true })) as [Tensor, Tensor, Tensor]
    const limit = aa.mul(bb).sqrt()
    const angle = where(limit.greater(0), ab.abs().div(where(limit.greater(0), limit, 1)), 0)
    const turn = angle.greater(tolerance)
    const slope = bb.sub(aa).div(where(turn, ab, 1).mul(2))
    const least = slope.abs().add(slope.square().add(1).sqrt())
    const tangent = where(turn, where(slope.less(0), -1, 1).cast(x.dtype).div(least), 0)
    const cosine = tangent.square().add(1).rsqrt()
    const sine = tangent.mul(cosine)
    const up = cosine.mul(top!).sub(sine.mul(bottom!))
    const down = sine.mul(top!).add(cosine.mul(bottom!))
    const most = worst!.maximum(angle.max())
    if (half === 1) return [up, down, most]
    // the first stays where it is, the others move on by one seat
    return [
      concat([up.slice([null, [0, 1]]), down.slice([null, [0, 1]]), up.slice([null, [1, half - 1]])], 1),
      concat([down.slice([null, [1, half]]), up.slice([null, [half - 1, half]])], 1),
      most,
    ]
  }
  const none = zeros([], { dtype: x.dtype })
  const rounds = 2 * half - 1
  const [top, bottom] = iterate(
    ([upper, lower]: readonly Tensor[]) => {
      const swept = iterate<readonly Tensor[]>((carry) => ({ carry: round(carry) }), [upper!, lower!, none], rounds)
      return { carry: swept, more: swept[2]!.greater(tolerance) }
    },
    [even.slice([null, [0, half]]), even.slice([null, [half, 2 * half]]), none] as readonly Tensor[],
    mostSweeps,
  )
  return concat([top!, bottom!], 1).slice([
    [0, batch],
    [0, n],
  ])
}
