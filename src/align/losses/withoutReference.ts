/** Preferences learned without a reference model: the losses of ORPO, CPO and SimPO. */
import '../../functional/index.js'
import { where } from '../../ops/index.js'
import { HebbError } from '../../tensor/errors.js'
import { checkOptions, type Settled } from '../../tensor/options.js'
import type { Tensor } from '../../tensor/tensor.js'
import type { PairLoss } from './direct.js'

/** What the policy says of N pairs. */
export interface OddsLogs {
  /** mean log p over the tokens of each preferred answer (N) */
  readonly chosen: Tensor
  readonly rejected: Tensor
  /** mean −log p over all tokens of prompts and preferred answers () */
  readonly surprise: Tensor
}

/** log(1 − eˣ) for x < 0, to the last digits on both sides of −log 2. */
const logOneMinusExp = (x: Tensor): Tensor => {
  const near = x.less(-Math.LN2)
  // each form gets what it is good for, so that the gradient of the one not taken is no NaN
  return where(near, where(near, x, -1).exp().neg().log1p(), where(near, -0.5, x).expm1().neg().log())
}

/**
 * −log p of the preferred answers as in fine-tuning, minus β log σ(log odds ratio): odds = p / (1 − p) with p the mean probability by token [Hong 2024].
 * Shapes: (N), (N), () → (). `beta` (λ in the paper) is 0.1 as in TRL 1.13.
 */
export function orpoLoss(
  { chosen, rejected, surprise }: OddsLogs,
  options: { readonly beta?: number | undefined } = {},
): PairLoss & { readonly logOdds: Tensor } {
  checkOptions('orpoLoss', options, ['beta'])
  const { beta = 0.1 } = options
  const logOdds = chosen.sub(rejected).sub(logOneMinusExp(chosen).sub(logOneMinusExp(rejected)))
  const loss = surprise.sub(logOdds.logSigmoid().mean().mul(beta))
  return { loss, logOdds, chosenRewards: chosen.mul(beta), rejectedRewards: rejected.mul(beta) }
}

/** Options of `cpoLoss`; the defaults are those of TRL 1.13. */
export interface CpoLossOptions {
  /** default 0.1 */
  readonly beta?: number | undefined
  /** default 'sigmoid' */
  readonly lossType?: (typeof cpoLossTypes)[number] | undefined
  /** share of pairs whose labels are wrong: `sigmoid` and `simpo`. Default 0 */
  readonly labelSmoothing?: number | undefined
  /** how much −log p of the preferred answers counts. Default 1; SimPO alone has 0 */
  readonly cpoAlpha?: number | undefined
  /** γ, the margin that SimPO asks for. Default 0.5 */
  readonly simpoGamma?: number | undefined
  /** bends rewards, r = (1 − p^(−α)) / α [Gupta 2025]; 0 is log p. Default 0 */
  readonly alpha?: number | undefined
}

/** The options of `cpoLoss` by name. */
export const cpoLossOptions = [
  'beta',
  'lossType',
  'labelSmoothing',
  'cpoAlpha',
  'simpoGamma',
  'alpha',
] as const satisfies readonly (keyof CpoLossOptions)[]

/** The losses of `cpoLoss` by name. */
export const cpoLossTypes = ['sigmoid', 'hinge', 'ipo', 'simpo'] as const

/** The options once each has a value. Throws HebbError for those that mean nothing. */
export function settledCpoLoss(where: string, options: CpoLossOptions = {}): Settled<CpoLossOptions> {
  checkOptions(where, options, cpoLossOptions)
  const { beta = 0.1, lossType = 'sigmoid', labelSmoothing = 0, cpoAlpha = 1, simpoGamma = 0.5, alpha = 0 } = options
  if (!(beta > 0)) throw new HebbError(`${where}: beta ${beta}: give a number above 0`)
  if (!cpoLossTypes.includes(lossType))
    throw new HebbError(`${where}: lossType '${String(lossType)}' is none of ${cpoLossTypes.join(', ')}`)
  return { beta, lossType, labelSmoothing, cpoAlpha, simpoGamma, alpha }
}

/** Whether a loss takes the mean over the tokens of an answer, and not the sum. */
export const isAveraged = (lossType: CpoLossOptions['lossType']): boolean => lossType === 'ipo' || lossType === 'simpo'

/**
 * DPO without its reference [Xu 2024]: with Δ the difference of rewards, −log σ(βΔ) for `sigmoid`, max(0, 1 − βΔ) for `hinge`, (Δ − 1/2β)² for `ipo`, and −log σ(βΔ − γ)
 * with the mean over tokens for `simpo` [Meng 2024]; and `cpoAlpha` times −log p of the preferred answers.
 *
 * Shapes: chosen and rejected (N), Σ log p over tokens, or their mean for `ipo` and `simpo`; surprise () → loss ().
 * Throws HebbError for options that mean nothing, and where `surprise` is missing and counts.
 */
export function cpoLoss(
  { chosen, rejected, surprise }: Omit<OddsLogs, 'surprise'> & { readonly surprise?: Tensor | undefined },
  options: CpoLossOptions = {},
): PairLoss {
  const { beta, lossType, labelSmoothing, cpoAlpha, simpoGamma, alpha } = settledCpoLoss('cpoLoss', options)
  if (cpoAlpha !== 0 && !surprise) throw new HebbError('cpoLoss: give the surprise of preferred answers, or { cpoAlpha: 0 }')
  const reward = (logs: Tensor): Tensor => (alpha === 0 ? logs : logs.mul(-alpha).exp().neg().add(1).div(alpha))
  const [right, wrong] = [reward(chosen), reward(rejected)]
  const delta = right.sub(wrong)
  const soft = (x: Tensor): Tensor =>
    x
      .logSigmoid()
      .mul(labelSmoothing - 1)
      .sub(x.neg().logSigmoid().mul(labelSmoothing))
  const forms = {
    sigmoid: () => soft(delta.mul(beta)),
    simpo: () => soft(delta.mul(beta).sub(simpoGamma)),
    hinge: () => delta.mul(-beta).add(1).maximum(0),
    ipo: () => delta.sub(1 / (2 * beta)).square(),
  }
  const each = forms[lossType]().mean()
  return {
    loss: surprise && cpoAlpha !== 0 ? each.add(surprise.mul(cpoAlpha)) : each,
    chosenRewards: right.mul(beta),
    rejectedRewards: wrong.mul(beta),
  }
}
