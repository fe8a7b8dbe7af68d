/** How far a policy is from its reference, told from single tokens, and the leash that keeps it near. */
import { HebbError } from '../../tensor/errors.js'
import type { Tensor } from '../../tensor/tensor.js'

/** Ways to estimate KL(π ‖ π₀) from tokens that π drew, with x = log π₀/π [Schulman 2020]. */
export type KlEstimator = keyof typeof estimators

const estimators = {
  /** −x: without bias, and as often too low as too high */
  k1: (x: Tensor) => x.neg(),
  /** x² / 2: never negative, a little off */
  k2: (x: Tensor) => x.square().mul(0.5),
  /** eˣ − 1 − x: without bias and never negative */
  k3: (x: Tensor) => x.exp().sub(x).sub(1),
} satisfies Readonly<Record<string, (x: Tensor) => Tensor>>

/** The KL that single tokens tell of. Shapes: log-probabilities of policy and reference (…) → (…). Throws HebbError for an estimator that is none. */
export function klEstimate(logs: Tensor, reference: Tensor, estimator: KlEstimator = 'k3'): Tensor {
  if (!Object.hasOwn(estimators, estimator))
    throw new HebbError(`klEstimate: '${String(estimator)}' is none of ${Object.keys(estimators).join(', ')}`)
  return estimators[estimator](reference.sub(logs))
}

/** Options of an adaptive leash. */
export interface LeashOptions {
  /** the KL to hold, nats for a whole answer */
  readonly target: number
  /** answers over which the coefficient moves by e at most 0.2. Default 10000 */
  readonly horizon?: number | undefined
}

/**
 * The next coefficient of the KL: it grows where the policy is farther away than the target, and shrinks where it is nearer, times 1 + clamp(KL/target − 1, ±0.2) · n/horizon
 * [Ziegler 2019].
 */
export function nextLeash(coefficient: number, kl: number, answers: number, { target, horizon = 10_000 }: LeashOptions): number {
  const error = Math.min(Math.max(kl / target - 1, -0.2), 0.2)
  return coefficient * (1 + (error * answers) / horizon)
}
