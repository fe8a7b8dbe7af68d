/** Losses of examples that do not all weigh the same. */
import { describe } from '../graph/leaf.js'
import { substitute } from '../graph/walk.js'
import { div, mul } from '../ops/elementwise/arithmetic.js'
import { cast } from '../ops/elementwise/cast.js'
import { equal } from '../ops/elementwise/compare.js'
import { where } from '../ops/elementwise/select.js'
import { reshape } from '../ops/move/reshape.js'
import { sum } from '../ops/reduce/sum.js'
import { ShapeError } from '../tensor/errors.js'
import { sameShape } from '../tensor/shape.js'
import type { Tensor } from '../tensor/tensor.js'
import { losses, note } from './facts.js'

/** Weights as factors of what has the shape of `each`: trailing axes of 1 where they have fewer. Throws ShapeError where they do not fit. */
export function factorsFor(weights: Tensor, each: Tensor): Tensor {
  if (weights.rank > each.rank || !sameShape(weights.shape, each.shape.slice(0, weights.rank)))
    throw new ShapeError(
      `weight: there is not one for each of what is averaged: give one number per example, (N)\n  inputs: weights ${describe(weights)}, losses ${describe(each)}`,
    )
  return reshape(cast(weights, each.dtype), [...weights.shape, ...each.shape.slice(weights.rank).map(() => 1)])
}

/** Numbers times the weights of their examples; what weighs 0 is 0, even where it is not finite. */
function weighed(each: Tensor, factors: Tensor): Tensor {
  return where(equal(factors, 0), 0, mul(each, factors))
}

/**
 * Σ w·l / Σ w·f of numbers l (N, …) whose example i weighs w[i], noted as a loss that counts Σ w·f; `counting` are the f, factors that l holds already:
 * 0 where it is ignored. `basis` is what decides them.
 */
export function weighedMean(each: Tensor, weights: Tensor, counting?: Tensor, basis: readonly unknown[] = []): Tensor {
  const factors = factorsFor(weights, each)
  const counts = counting ? sum(mul(factors, counting)) : mul(sum(factors), each.size / factors.size)
  return note(div(sum(weighed(each, factors)), counts), {
    counts,
    rows: each.size,
    basis: [weights.node, weights.index, each.size, counting !== undefined, ...basis],
  })
}

/** Σ w·l of numbers l (N, …) whose example i weighs w[i], noted as a sum. */
export const weighedSum = (each: Tensor, weights: Tensor): Tensor => note(sum(weighed(each, factorsFor(weights, each))), { counts: 'sum' })

/**
 * A loss where example i weighs `weights[i]`: of one made of others by arithmetic, each of these. Undefined where none of them knows the losses of its
 * examples.
 */
export function weighLoss(loss: Tensor, weights: Tensor): Tensor | undefined {
  const replaced = new Map<Tensor, Tensor>()
  for (const { loss: part, facts } of losses(loss)) {
    if (!facts.weigh) return undefined
    const now = facts.weigh(weights)
    replaced.set(part, facts.answers ? note(now, { answers: facts.answers }) : now)
  }
  return replaced.size === 0 ? undefined : substitute([loss], replaced)[0]
}
