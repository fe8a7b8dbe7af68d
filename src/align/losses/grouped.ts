/** Answers that the policy wrote itself, made likelier by how good they were beside one another: the losses of GRPO and its kin, and of RLOO. */
import { stopGradient } from '../../autodiff/grad.js'
import '../../functional/index.js'
import { where } from '../../ops/index.js'
import { HebbError } from '../../tensor/errors.js'
import { checkOptions } from '../../tensor/options.js'
import type { Tensor } from '../../tensor/tensor.js'
import { klEstimate } from './divergence.js'
import { kept, maskedMean, rowCounts, rowSums } from './logProbabilities.js'

/** What is known of N answers of T tokens. */
export interface AnswerTokens {
  /** log p of each token by the policy (N, T) */
  readonly logs: Tensor
  /** the same when the answers were written (N, T). Default: as now, whose gradient is that of the policy itself */
  readonly old?: Tensor | undefined
  /** by the reference (N, T), where `beta` is not 0 */
  readonly reference?: Tensor | undefined
  /** (N), or (N, T) for each token its own */
  readonly advantages: Tensor
  /** 1 for tokens that count (N, T) */
  readonly mask: Tensor
  /** how undecided the policy was at each token (N, T): `topEntropyQuantile`, `entropyCoef` */
  readonly entropies?: Tensor | undefined
}

/** Losses by the names of TRL 1.13. */
export const grpoLossTypes = ['grpo', 'bnpo', 'dr_grpo', 'dapo', 'cispo', 'sapo', 'luspo', 'vespo'] as const

/** A loss of `grpoLoss`. */
export type GrpoLossType = (typeof grpoLossTypes)[number]

/** Options of `grpoLoss`; the defaults are those of TRL 1.13. */
export interface GrpoLossOptions {
  /** default 'dapo' */
  readonly lossType?: GrpoLossType | undefined
  /** how much the distance from the reference costs (k3, by token). Default 0 */
  readonly beta?: number | undefined
  /** ratios are worth no less than 1 − ε. Default 0.2 */
  readonly epsilon?: number | undefined
  /** and no more than 1 + ε; of `cispo` the greatest ratio itself. Default as `epsilon` */
  readonly epsilonHigh?: number | undefined
  /** ratios are at most so large even where the advantage is negative. Default: any */
  readonly delta?: number | undefined
  /** ratios by token, or of whole answers by the mean over their tokens [Zheng 2025]. Default 'token' */
  readonly importanceSamplingLevel?: 'token' | 'sequence' | undefined
  /** whether the KL is multiplied with the ratio, as the tokens were drawn by the policy of before. Default true */
  readonly useBiasCorrectionKl?: boolean | undefined
  /** the longest answer there may be: what `dr_grpo` divides by. Default: as long as those there are */
  readonly maxCompletionLength?: number | undefined
  /** tokens that count in all answers that make one step: what `dapo`, `cispo` and `vespo` divide by. Default: those there are */
  readonly numItemsInBatch?: number | Tensor | undefined
  /** the share of tokens that are learned, those at which the policy was most undecided [Wang 2025]. Default 1 */
  readonly topEntropyQuantile?: number | undefined
  /** how much being undecided is worth. Default 0 */
  readonly entropyCoef?: number | undefined
  /** leaves out answers of negative advantage that the policy has moved away from so far, in nats by token. Default: none */
  readonly offPolicyMaskThreshold?: number | undefined
  /** of `sapo`. Default 1 */
  readonly sapoTemperaturePos?: number | undefined
  /** of `sapo`. Default 1.05 */
  readonly sapoTemperatureNeg?: number | undefined
  /** of `vespo`. Default 2 */
  readonly vespoKPos?: number | undefined
  /** of `vespo`. Default 3 */
  readonly vespoLambdaPos?: number | undefined
  /** of `vespo`. Default 3 */
  readonly vespoKNeg?: number | undefined
  /** of `vespo`. Default 2 */
  readonly vespoLambdaNeg?: number | undefined
}

/** The options of `grpoLoss` by name. */
export const grpoLossOptions = [
  ...['lossType', 'beta', 'epsilon', 'epsilonHigh', 'delta', 'importanceSamplingLevel', 'useBiasCorrectionKl', 'maxCompletionLength'],
  ...['numItemsInBatch', 'topEntropyQuantile', 'entropyCoef', 'offPolicyMaskThreshold', 'sapoTemperaturePos', 'sapoTemperatureNeg'],
  ...['vespoKPos', 'vespoLambdaPos', 'vespoKNeg', 'vespoLambdaNeg'],
]

/** A loss, and what is told of it; the names are those of TRL. */
export type PolicyLoss = { readonly loss: Tensor } & Readonly<Record<string, Tensor>>

/**
 * The clipped objective by token, −min(ρA, clamp(ρ, 1 − ε, 1 + ε′)A) + β KL, with ρ = π/π_old [Schulman 2017, Shao 2024], and how it is averaged: `grpo` over the tokens of each answer and then
 * over answers, `bnpo` over all tokens, `dr_grpo` over answers of full length [Liu 2025], `dapo` over the tokens of the whole step [Yu 2025]. `cispo` clips the weight of log p [MiniMax 2025],
 * `sapo` bends ratios softly [Gao 2025], `luspo` adds up over tokens, `vespo` weighs whole answers.
 *
 * Shapes: (N, T), advantages (N) → (). Beside the loss: `kl` and the shares of tokens that were clipped, by the names of TRL. Throws HebbError for options that mean nothing or need what is
 * not given.
 */
export function grpoLoss(tokens: AnswerTokens, options: GrpoLossOptions = {}): PolicyLoss {
  checkOptions('grpoLoss', options, grpoLossOptions)
  const { lossType = 'dapo', beta = 0, epsilon = 0.2, epsilonHigh = epsilon, delta, importanceSamplingLevel = 'token' } = options
  const { topEntropyQuantile = 1, entropyCoef = 0, offPolicyMaskThreshold, useBiasCorrectionKl = true } = options
  const { logs, mask, entropies, reference } = tokens
  const say = (problem: string): never => {
    throw new HebbError(`grpoLoss: ${problem}`)
  }
  if (!grpoLossTypes.includes(lossType)) say(`lossType '${String(lossType)}' is none of ${grpoLossTypes.join(', ')}`)
  if (importanceSamplingLevel !== 'token' && importanceSamplingLevel !== 'sequence')
    say(`importanceSamplingLevel '${String(importanceSamplingLevel)}' is none of token, sequence`)
  if (beta !== 0 && !reference) say(`beta ${beta} pays for the distance from a reference: give { reference }`)
  if ((topEntropyQuantile < 1 || entropyCoef !== 0) && !entropies) say('topEntropyQuantile and entropyCoef need { entropies }')
  const advantages = tokens.advantages.rank === 1 ? tokens.advantages.reshape([-1, 1]) : tokens.advantages
  const old = tokens.old ?? stopGradient(logs)
  const logRatio = logs.sub(old)
  const perToken = importanceSamplingLevel === 'token'
  const ratio = (perToken ? logRatio : rowSums(logRatio, mask).div(rowCounts(mask)).reshape([-1, 1])).exp()
  let each = objectiveOf(lossType, { ratio, logRatio, logs, advantages, mask, epsilon, epsilonHigh, delta }, options)
  if (offPolicyMaskThreshold !== undefined) {
    const moved = rowSums(stopGradient(old.sub(logs)), mask)
      .div(rowCounts(mask))
      .reshape([-1, 1])
    each = where(advantages.greaterEqual(0).or(moved.lessEqual(offPolicyMaskThreshold)), each, 0)
  }
  const undecided = topEntropyQuantile < 1 ? mostUndecided(stopGradient(entropies!), mask, 1 - topEntropyQuantile) : undefined
  if (undecided) each = each.mul(undecided)
  const kl = beta !== 0 ? klEstimate(logs, reference!, 'k3').mul(useBiasCorrectionKl ? ratio : 1) : undefined
  if (kl) each = each.add(kl.mul(beta))
  let loss = averagedAs(lossType, each.expand(logs.shape), mask, options)
  if (entropyCoef !== 0) loss = loss.sub(maskedMean(entropies!, undecided ? mask.cast('f32').mul(undecided) : mask).mul(entropyCoef))
  return { loss, ...(kl && { kl: maskedMean(kl, mask) }), ...clipped({ ratio, advantages, mask, epsilon, epsilonHigh }) }
}

interface Objective {
  readonly ratio: Tensor
  readonly logRatio: Tensor
  readonly logs: Tensor
  readonly advantages: Tensor
  readonly mask: Tensor
  readonly epsilon: number
  readonly epsilonHigh: number
  readonly delta: number | undefined
}

/** −objective of each token, or of each answer (N, 1). */
function objectiveOf(type: GrpoLossType, o: Objective, options: GrpoLossOptions): Tensor {
  const { ratio, logRatio, logs, advantages, mask, epsilon, epsilonHigh, delta } = o
  if (type === 'cispo') return stopGradient(ratio.minimum(epsilonHigh)).mul(advantages).mul(logs).neg()
  if (type === 'sapo') {
    const { sapoTemperaturePos = 1, sapoTemperatureNeg = 1.05 } = options
    const temperature = where(advantages.greater(0), sapoTemperaturePos, sapoTemperatureNeg)
    return ratio.sub(1).mul(temperature).sigmoid().mul(4).div(temperature).mul(advantages).neg()
  }
  if (type === 'vespo') {
    const { vespoKPos = 2, vespoLambdaPos = 3, vespoKNeg = 3, vespoLambdaNeg = 2 } = options
    const limits = { min: Math.log(1e-8), max: 20 }
    const log = rowSums(logRatio.clamp({ min: -20, max: 20 }), mask)
      .reshape([-1, 1])
      .clamp(limits)
    const good = advantages.greaterEqual(0)
    const [k, lambda] = [where(good, vespoKPos, vespoKNeg), where(good, vespoLambdaPos, vespoLambdaNeg).maximum(1e-4)]
    const phi = lambda.add(k.mul(log)).sub(lambda.mul(log.exp())).exp()
    return stopGradient(phi).mul(advantages).mul(logs).neg()
  }
  const bounded = ratio.clamp({ min: 1 - epsilon, max: 1 + epsilonHigh })
  const free = delta === undefined ? ratio : ratio.minimum(delta)
  return free.mul(advantages).minimum(bounded.mul(advantages)).neg()
}

/** How numbers of tokens become one. */
function averagedAs(type: GrpoLossType, each: Tensor, mask: Tensor, { maxCompletionLength, numItemsInBatch }: GrpoLossOptions): Tensor {
  const sums = rowSums(each, mask)
  if (type === 'grpo' || type === 'sapo') return sums.div(rowCounts(mask)).mean()
  if (type === 'luspo') return sums.mean()
  if (type === 'dr_grpo') return sums.sum().div(mask.shape[0]! * (maxCompletionLength ?? mask.shape[1]!))
  const own = mask.cast('f32').sum().maximum(1)
  const items = type === 'bnpo' || numItemsInBatch === undefined ? own : numItemsInBatch
  return sums.sum().div(typeof items === 'number' ? Math.max(items, 1) : items.maximum(1))
}

/** 1 for the tokens that count and at which the policy was at least as undecided as at this share of them. Shapes: (N, T) → (N, T). */
function mostUndecided(entropies: Tensor, mask: Tensor, share: number): Tensor {
  const inside = mask.notEqual(0)
  const order = where(inside, entropies, Number.POSITIVE_INFINITY).reshape([-1]).sort(0).values
  // as torch.quantile does between the two values at share · (n − 1)
  const at = mask.cast('f32').sum().sub(1).mul(share).maximum(0)
  const low = at.floor()
  const rank = (t: Tensor): Tensor => order.take(t.cast('i32').reshape([1])).reshape([])
  const [below, above] = [rank(low), rank(low.add(1).minimum(mask.cast('f32').sum().sub(1)).maximum(0))]
  const threshold = below.add(above.sub(below).mul(at.sub(low)))
  return inside.and(entropies.greaterEqual(threshold)).cast('f32')
}

/** Shares of tokens, or of answers, whose ratio was clipped. */
function clipped({
  ratio,
  advantages,
  mask,
  epsilon,
  epsilonHigh,
}: Omit<Objective, 'logs' | 'logRatio' | 'delta'>): Record<string, Tensor> {
  const low = ratio.less(1 - epsilon).and(advantages.less(0))
  const high = ratio.greater(1 + epsilonHigh).and(advantages.greater(0))
  const share = (which: Tensor): Tensor =>
    which.shape[1] === mask.shape[1] ? maskedMean(which.cast('f32'), mask) : which.cast('f32').mean()
  return { 'clip_ratio/low_mean': share(low), 'clip_ratio/high_mean': share(high), 'clip_ratio/region_mean': share(low.or(high)) }
}

/**
 * REINFORCE with the mean of the other answers as baseline [Ahmadian 2024], clipped by whole answers: −min(ρA, clamp(ρ, 1 − ε, 1 + ε′)A), ρ = π/π_old of the answer; mean over answers.
 * The KL is part of the reward there. Shapes: Σ log p now and before (N), advantages (N) → ().
 */
export function rlooLoss(
  { logs, old, advantages }: { readonly logs: Tensor; readonly old: Tensor; readonly advantages: Tensor },
  options: { readonly epsilon?: number | undefined; readonly epsilonHigh?: number | undefined } = {},
): PolicyLoss {
  checkOptions('rlooLoss', options, ['epsilon', 'epsilonHigh'])
  const { epsilon = 0.2, epsilonHigh = epsilon } = options
  const column = (x: Tensor): Tensor => x.reshape([-1, 1])
  const ratio = column(logs.sub(old).exp())
  const each = ratio.mul(column(advantages)).minimum(ratio.clamp({ min: 1 - epsilon, max: 1 + epsilonHigh }).mul(column(advantages)))
  const mask = kept(ratio, ratio).mul(0).add(1)
  return { loss: each.mean().neg(), ...clipped({ ratio, advantages: column(advantages), mask, epsilon, epsilonHigh }) }
}
