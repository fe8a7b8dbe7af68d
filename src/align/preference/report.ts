/** What is told of pairs beside the loss, by the names of TRL. */
import { note } from '../../loss/facts.js'
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

/** What is told of answers that are good or bad by themselves. */
export const judgedMetrics = ['rewards/chosen', 'rewards/rejected', 'rewards/margins', 'logps/chosen', 'logps/rejected'] as const

/** The numbers: means over good and over bad answers, over the batches that hold some; of a batch that holds none, 0. */
export function judgedReport(rewards: Tensor, logs: Tensor, label: Tensor): Readonly<Record<(typeof judgedMetrics)[number], Tensor>> {
  const rows = label.size
  const isBad = label.neg().add(1)
  const [good, bad] = [label.sum(), isBad.sum()]
  const mean = (x: Tensor, which: Tensor, counts: Tensor): Tensor => note(x.mul(which).sum().div(counts.maximum(1)), { counts, rows })
  const [chosen, rejected] = [mean(rewards, label, good), mean(rewards, isBad, bad)]
  const both = good.mul(bad).minimum(1)
  return {
    'rewards/chosen': chosen,
    'rewards/rejected': rejected,
    'rewards/margins': note(chosen.sub(rejected).mul(both), { counts: both.mul(rows), rows }),
    'logps/chosen': mean(logs, label, good),
    'logps/rejected': mean(logs, isBad, bad),
  }
}
