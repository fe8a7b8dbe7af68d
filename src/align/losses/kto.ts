/** Answers that are good or bad by themselves, in no pairs: the losses of KTO. */
import { stopGradient } from '../../autodiff/grad.js'
import '../../functional/index.js'
import { where } from '../../ops/index.js'
import { HebbError } from '../../tensor/errors.js'
import { checkOptions, type Settled } from '../../tensor/options.js'
import type { Tensor } from '../../tensor/tensor.js'

/** What policy and reference say of N answers: Σ log p over the tokens of each, (N). */
export interface AnswerLogs {
  readonly logs: Tensor
  readonly reference: Tensor
  /** which are good, (N): 1 and 0, or booleans */
  readonly label: Tensor
  /** the same of prompts with the answers of others, by which the distance from the reference is told; `kto` needs them */
  readonly mismatched?: { readonly logs: Tensor; readonly reference: Tensor } | undefined
}

/** Options of `ktoLoss`; the defaults are those of TRL 1.13. */
export interface KtoLossOptions {
  /** default 0.1 */
  readonly beta?: number | undefined
  /** default 'kto' */
  readonly lossType?: 'kto' | 'apo_zero_unpaired' | undefined
  /** how much good answers count. Default 1 */
  readonly desirableWeight?: number | undefined
  /** how much bad answers count. Default 1 */
  readonly undesirableWeight?: number | undefined
}

/** The options of `ktoLoss` by name. */
export const ktoLossOptions = [
  'beta',
  'lossType',
  'desirableWeight',
  'undesirableWeight',
] as const satisfies readonly (keyof KtoLossOptions)[]

/** The options once each has a value. Throws HebbError for those that mean nothing. */
export function settledKtoLoss(called: string, options: KtoLossOptions = {}): Settled<KtoLossOptions> {
  checkOptions(called, options, ktoLossOptions)
  const { beta = 0.1, lossType = 'kto', desirableWeight = 1, undesirableWeight = 1 } = options
  if (!(beta > 0)) throw new HebbError(`${called}: beta ${beta}: give a number above 0`)
  if (lossType !== 'kto' && lossType !== 'apo_zero_unpaired')
    throw new HebbError(`${called}: lossType '${String(lossType)}' is none of kto, apo_zero_unpaired`)
  return { beta, lossType, desirableWeight, undesirableWeight }
}

/**
 * A good answer is worth σ(β(u − z)), a bad one σ(β(z − u)), and the loss is the mean of 1 − that, times the weight of its kind [Ethayarajh 2024]: u = log π/π₀ of the answer
 * and z = max(0, mean log π/π₀ of mismatched answers), through which no gradient passes. `apo_zero_unpaired` has z = 0 [DOosterlinck 2024].
 *
 * Shapes: (N) each → loss (), kl = z (), rewards β u (N). Throws HebbError where `kto` has no mismatched answers, and for options that mean nothing.
 */
export function ktoLoss(
  { logs, reference, label, mismatched }: AnswerLogs,
  options: KtoLossOptions = {},
): { readonly loss: Tensor; readonly kl: Tensor; readonly rewards: Tensor } {
  const { beta, lossType, desirableWeight, undesirableWeight } = settledKtoLoss('ktoLoss', options)
  if (lossType === 'kto' && !mismatched)
    throw new HebbError('ktoLoss: kto measures by answers that belong to other prompts: give { mismatched }')
  const u = logs.sub(reference)
  const kl = lossType === 'kto' ? stopGradient(mismatched!.logs.sub(mismatched!.reference).mean().maximum(0)) : u.sum().mul(0)
  const margin = u.sub(kl).mul(beta)
  // 1 − σ(x) = σ(−x)
  const each = where(label.notEqual(0), margin.neg().sigmoid().mul(desirableWeight), margin.sigmoid().mul(undesirableWeight))
  return { loss: each.mean(), kl, rewards: u.mul(beta) }
}
