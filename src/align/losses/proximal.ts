/** Proximal policy optimisation: a policy that moves a little at a time, and what it takes a state to be worth. */
import '../../functional/index.js'
import { checkOptions } from '../../tensor/options.js'
import type { Tensor } from '../../tensor/tensor.js'
import type { PolicyLoss } from './grouped.js'
import { maskedMean } from './logProbabilities.js'

/** What is known of steps; any shape, the same for all. */
export interface PolicySteps {
  /** log p of what was done, now and when it was done */
  readonly logs: Tensor
  readonly old: Tensor
  readonly advantages: Tensor
  /** what the state is taken to be worth, now and then, and what came */
  readonly values: Tensor
  readonly oldValues: Tensor
  readonly returns: Tensor
  /** 1 for steps that count */
  readonly mask: Tensor
  readonly entropies?: Tensor | undefined
}

/** Options of `ppoLoss`; the defaults are those TRL had. */
export interface PpoLossOptions {
  /** ε of ratios. Default 0.2 */
  readonly cliprange?: number | undefined
  /** how far values move at most. Default 0.2 */
  readonly cliprangeValue?: number | undefined
  /** how much the error of values counts. Default 0.1 */
  readonly vfCoef?: number | undefined
  /** how much being undecided is worth. Default 0 */
  readonly entropyCoef?: number | undefined
}

/** The options of `ppoLoss` by name. */
export const ppoLossOptions = ['cliprange', 'cliprangeValue', 'vfCoef', 'entropyCoef'] as const satisfies readonly (keyof PpoLossOptions)[]

/** −min(ρA, clamp(ρ, 1 − ε, 1 + ε)A) of each step, ρ = π/π_old [Schulman 2017]. Shapes: (…) each → (…). */
export function clippedObjective(logs: Tensor, old: Tensor, advantages: Tensor, epsilon: number): Tensor {
  const ratio = logs.sub(old).exp()
  return ratio
    .mul(advantages)
    .minimum(ratio.clamp({ min: 1 - epsilon, max: 1 + epsilon }).mul(advantages))
    .neg()
}

/**
 * The clipped objective, the error of values, ½ max((V − R)², (clamp(V, V_old ± c) − R)²), times `vfCoef`, and minus `entropyCoef` times the entropy; each is a mean over
 * the steps that count [Schulman 2017].
 *
 * Shapes: (…) each → loss (), and beside it policyLoss, valueLoss, entropy, clipFraction and the approximate KL from before.
 */
export function ppoLoss(steps: PolicySteps, options: PpoLossOptions = {}): PolicyLoss {
  checkOptions('ppoLoss', options, ppoLossOptions)
  const { cliprange = 0.2, cliprangeValue = 0.2, vfCoef = 0.1, entropyCoef = 0 } = options
  const { logs, old, advantages, values, oldValues, returns, mask, entropies } = steps
  const policyLoss = maskedMean(clippedObjective(logs, old, advantages, cliprange), mask)
  const near = values.maximum(oldValues.sub(cliprangeValue)).minimum(oldValues.add(cliprangeValue))
  const valueLoss = maskedMean(values.sub(returns).square().maximum(near.sub(returns).square()), mask).mul(0.5)
  const entropy = entropies && maskedMean(entropies, mask)
  let loss = policyLoss.add(valueLoss.mul(vfCoef))
  if (entropy && entropyCoef !== 0) loss = loss.sub(entropy.mul(entropyCoef))
  const ratio = logs.sub(old)
  const limits = [Math.log1p(-cliprange), Math.log1p(cliprange)] as const
  const isClipped = ratio
    .less(limits[0])
    .and(advantages.less(0))
    .or(ratio.greater(limits[1]).and(advantages.greater(0)))
  return {
    loss,
    policyLoss,
    valueLoss,
    ...(entropy && { entropy }),
    clipFraction: maskedMean(isClipped.cast('f32'), mask),
    approximateKl: maskedMean(ratio.square().mul(0.5), mask),
  }
}
