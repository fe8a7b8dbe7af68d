/** What is told of pairs beside the loss, by the names of TRL. */
import type { Tensor } from '../../tensor/index.js'
import type { PairLoss } from '../losses/direct.js'
import type { Reported } from '../training.js'

/** Its names. */
export const pairMetrics = [
  'rewards/chosen',
  'rewards/rejected',
  'rewards/accuracies',
  'rewards/margins',
  'logps/chosen',
  'logps/rejected',
] as const

/** The numbers. */
export const pairReport = ({ loss, chosenRewards, rejectedRewards }: PairLoss, chosen: Tensor, rejected: Tensor): Reported => ({
  loss,
  'rewards/chosen': chosenRewards.mean(),
  'rewards/rejected': rejectedRewards.mean(),
  'rewards/accuracies': chosenRewards.greater(rejectedRewards).cast('f32').mean(),
  'rewards/margins': chosenRewards.sub(rejectedRewards).mean(),
  'logps/chosen': chosen.mean(),
  'logps/rejected': rejected.mean(),
})
