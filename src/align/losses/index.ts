/** The losses as functions of what policy and reference say. */
export {
  type GaeOptions,
  type GroupOptions,
  generalizedAdvantages,
  groupAdvantages,
  leaveOneOutAdvantages,
  weighedRewards,
  whitened,
} from './advantages.js'
export {
  type DivergenceType,
  type DpoLossOptions,
  type DpoLossType,
  dpoLoss,
  dpoLossTypes,
  type PairLogs,
  type PairLoss,
} from './direct.js'
export { type DistillationOptions, distillationDivergence, distillationLoss, softLabelLoss } from './distillation.js'
export { type KlEstimator, klEstimate, type LeashOptions, nextLeash } from './divergence.js'
export {
  type AnswerTokens,
  type GrpoLossOptions,
  type GrpoLossType,
  grpoLoss,
  grpoLossTypes,
  type PolicyLoss,
  rlooLoss,
} from './grouped.js'
export { type AnswerLogs, type KtoLossOptions, ktoLoss } from './kto.js'
export {
  lengthDesensitizedSums,
  maskedMean,
  policyWeights,
  rowCounts,
  rowSums,
  tokenEntropies,
  tokenLogProbabilities,
} from './logProbabilities.js'
export { clippedObjective, type PolicySteps, type PpoLossOptions, ppoLoss } from './proximal.js'
export { type RewardLossOptions, rewardLoss } from './reward.js'
export { type CpoLossOptions, cpoLoss, isAveraged, type OddsLogs, orpoLoss } from './withoutReference.js'
