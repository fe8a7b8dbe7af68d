/** Losses that are −log of a probability, or compare distributions. */
import { stopGradient } from '../autodiff/grad.js'
import { describe } from '../graph/leaf.js'
import { add, div, mul, sub } from '../ops/elementwise/arithmetic.js'
import { equal, greater } from '../ops/elementwise/compare.js'
import { real } from '../ops/elementwise/real.js'
import { clamp, where } from '../ops/elementwise/select.js'
import { exp, log, square } from '../ops/elementwise/unary.js'
import { unsqueeze } from '../ops/move/reshape.js'
import { sum } from '../ops/reduce/sum.js'
import { HebbError, ShapeError } from '../tensor/errors.js'
import { broadcast, sameShape } from '../tensor/shape.js'
import type { Tensor } from '../tensor/tensor.js'
import { note } from './facts.js'
import { checkSame, type LossOptions, type Reduction, reduced } from './reduction.js'
import { weighedMean } from './weights.js'

/** Options of klDivergence. */
export interface KlDivergenceOptions {
  /** 'batchMean' (default) divides by the size of axis 0, which gives the divergence; 'mean' divides by all elements, PyTorch's default */
  readonly reduction?: Reduction | 'batchMean' | undefined
  /** whether the target holds log-probabilities; default false */
  readonly logTarget?: boolean | undefined
}

/**
 * KL(target ‖ prediction) = Σ t(log t − x), from log-probabilities x and probabilities t [Kullback 1951]; where t is 0 it is 0 with gradient 0,
 * even where x is −∞.
 *
 * Shapes: (N, …) alike. Throws ShapeError when they differ or a batch mean has no batch.
 */
export function klDivergence(
  logProbs: Tensor,
  target: Tensor,
  { reduction = 'batchMean', logTarget = false }: KlDivergenceOptions = {},
): Tensor {
  checkSame('klDivergence', logProbs, target)
  const [x, t] = [real(logProbs), real(target)]
  const never = equal(t, logTarget ? Number.NEGATIVE_INFINITY : 0)
  const [known, seen] = [where(never, logTarget ? 0 : 1, t), where(never, 0, x)]
  const each = where(never, 0, logTarget ? mul(exp(known), sub(known, seen)) : mul(known, sub(log(known), seen)))
  const answers = { kind: 'distribution' } as const
  if (reduction !== 'batchMean') return note(reduced(each, reduction), { answers })
  if (x.rank === 0) throw new ShapeError("klDivergence: a scalar has no batch to average over: give reduction 'sum'")
  const others = [...each.shape.keys()].slice(1)
  const weigh = (w: Tensor): Tensor => weighedMean(others.length === 0 ? each : sum(each, others), w)
  return note(div(sum(each), x.shape[0]!), { counts: x.shape[0]!, rows: x.shape[0]!, answers, weigh })
}

/** Options of gaussianNll. */
export interface GaussianNllOptions extends LossOptions {
  /** smallest variance used; default 1e-6 */
  readonly eps?: number | undefined
  /** whether to add the constant ½ log 2π; default false */
  readonly full?: boolean | undefined
}

/**
 * ½(log v + (m − y)²/v), averaged: −log of the normal density of y with mean m and variance v [Nix 1994].
 * Variances below `eps` count as eps, but have the gradient they would have at eps.
 *
 * Shapes: mean and target (…) alike; variance the same, with a last axis of 1, or without the last axis. Throws ShapeError otherwise.
 */
export function gaussianNll(mean: Tensor, target: Tensor, variance: Tensor, options: GaussianNllOptions = {}): Tensor {
  const { eps = 1e-6, full = false, reduction } = options
  checkSame('gaussianNll', mean, target)
  if (!(eps > 0)) throw new HebbError(`gaussianNll: eps is ${eps}: give a number above 0`)
  const given = real(sameShape(variance.shape, mean.shape.slice(0, -1)) && mean.rank > 0 ? unsqueeze(variance, -1) : variance)
  if (given.rank > mean.rank || !sameShape(broadcast([given.shape, mean.shape], 'gaussianNll'), mean.shape))
    throw new ShapeError(
      `gaussianNll: the variance does not fit the mean\n  inputs: mean ${describe(mean)}, variance ${describe(variance)}`,
    )
  const v = add(given, stopGradient(sub(clamp(given, { min: eps }), given)))
  const each = mul(add(log(v), div(square(sub(real(mean), real(target))), v)), 0.5)
  return reduced(full ? add(each, Math.log(2 * Math.PI) / 2) : each, reduction)
}

/** Options of poissonNll. */
export interface PoissonNllOptions extends LossOptions {
  /** whether x is the logarithm of the rate (default) or the rate itself */
  readonly logInput?: boolean | undefined
  /** whether to add Stirling's approximation of log y!, for y above 1; default false */
  readonly full?: boolean | undefined
  /** added to a rate before its logarithm; default 1e-8 */
  readonly eps?: number | undefined
}

/**
 * eˣ − yx, averaged: −log of the Poisson probability of a count y at the rate eˣ, but for log y!. Without `logInput` it is x − y log(x + eps).
 *
 * Shapes: (…) alike. Throws ShapeError when they differ.
 */
export function poissonNll(
  x: Tensor,
  target: Tensor,
  { logInput = true, full = false, eps = 1e-8, reduction }: PoissonNllOptions = {},
): Tensor {
  checkSame('poissonNll', x, target)
  const [rate, y] = [real(x), real(target)]
  const each = logInput ? sub(exp(rate), mul(y, rate)) : sub(rate, mul(y, log(add(rate, eps))))
  if (!full) return reduced(each, reduction)
  const large = greater(y, 1)
  const safe = where(large, y, 1)
  const stirling = add(sub(mul(safe, log(safe)), safe), mul(log(mul(safe, 2 * Math.PI)), 0.5))
  return reduced(add(each, where(large, stirling, 0)), reduction)
}
