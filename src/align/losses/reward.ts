/** What makes answers worth a number: the loss of a reward model. */
import '../../functional/index.js'
import { checkOptions } from '../../tensor/options.js'
import type { Tensor } from '../../tensor/tensor.js'

/** Options of `rewardLoss`; the defaults are those of TRL 1.13. */
export interface RewardLossOptions {
  /** by how much the preferred answer is to be worth more, (N). Default 0 */
  readonly margin?: Tensor | undefined
  /** how much the squared sum of both rewards counts, which keeps them around 0 [Eisenstein 2023]. Default: not at all */
  readonly centerRewardsCoefficient?: number | undefined
}

/**
 * −log σ(r − r′ − margin): how surprised a reward is by what people preferred [Bradley 1952], mean over pairs, and `centerRewardsCoefficient` · mean (r + r′)².
 * Shapes: (N), (N) → ().
 *
 * @example rewardLoss(tensor([1, 2]), tensor([0, 3]))
 */
export function rewardLoss(chosen: Tensor, rejected: Tensor, options: RewardLossOptions = {}): Tensor {
  checkOptions('rewardLoss', options, ['margin', 'centerRewardsCoefficient'])
  const { margin, centerRewardsCoefficient } = options
  const difference = chosen.sub(rejected)
  const loss = (margin ? difference.sub(margin) : difference).logSigmoid().neg().mean()
  return centerRewardsCoefficient === undefined ? loss : loss.add(chosen.add(rejected).square().mean().mul(centerRewardsCoefficient))
}
