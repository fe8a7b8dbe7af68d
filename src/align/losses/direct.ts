/** Preferences learned without a reward model: the losses of DPO and its kin. */
import '../../functional/index.js'
import { HebbError } from '../../tensor/errors.js'
import { checkOptions, type Settled } from '../../tensor/options.js'
import type { Tensor } from '../../tensor/tensor.js'

/** What policy and reference say of N pairs: Σ log p over the tokens of each answer, (N) each. */
export interface PairLogs {
  readonly chosen: Tensor
  readonly rejected: Tensor
  readonly referenceChosen: Tensor
  readonly referenceRejected: Tensor
  /** tokens of each answer (N): `ipo`, `sigmoid_norm` and `sft` divide by them */
  readonly chosenTokens?: Tensor | undefined
  readonly rejectedTokens?: Tensor | undefined
  /** factors of the pairs (N), as `policyWeights` gives them for both answers */
  readonly weights?: Tensor | undefined
  /** mean −log p of the tokens of preferred answers: `sft`; default of `chosen` and `chosenTokens` */
  readonly chosenSurprise?: Tensor | undefined
}

/** The losses of TRL 1.13, by its names. */
export type DpoLossType = keyof typeof forms

/** How far the policy is from the reference, by the names of TRL. */
export type DivergenceType = 'reverse_kl' | 'forward_kl' | 'js_divergence' | 'alpha_divergence'

/** Options of `dpoLoss`; the defaults are those of TRL 1.13. */
export interface DpoLossOptions {
  /** how dearly distance from the reference is paid. Default 0.1 */
  readonly beta?: number | undefined
  /** one loss, or several whose sum it is. Default 'sigmoid' */
  readonly lossType?: DpoLossType | readonly DpoLossType[] | undefined
  /** a factor for each of several losses. Default 1 each */
  readonly lossWeights?: readonly number[] | undefined
  /** ε, the share of pairs whose labels are wrong: `robust`, `exo_pair`, `aot`. Default 0 */
  readonly labelSmoothing?: number | undefined
  /** default 'reverse_kl' */
  readonly fDivergenceType?: DivergenceType | undefined
  /** α of 'alpha_divergence'. Default 0.5 */
  readonly fAlphaDivergenceCoef?: number | undefined
  /** τ of `discopop`. Default 0.05 */
  readonly discopopTau?: number | undefined
}

/** The options of `dpoLoss` by name. */
export const dpoLossOptions = [
  'beta',
  'lossType',
  'lossWeights',
  'labelSmoothing',
  'fDivergenceType',
  'fAlphaDivergenceCoef',
  'discopopTau',
] as const satisfies readonly (keyof DpoLossOptions)[]

/** What a loss may be made of: u and v are log π/π₀ of the preferred and the other answer, Δ = f′(u) − f′(v) what the divergence makes of them (N). */
interface Ratios {
  readonly logs: PairLogs
  readonly u: Tensor
  readonly v: Tensor
  readonly scores: readonly [chosen: Tensor, rejected: Tensor]
  readonly delta: Tensor
  readonly beta: number
  readonly epsilon: number
  readonly tau: number
}

const smoothed = (x: Tensor, epsilon: number): Tensor =>
  x
    .logSigmoid()
    .mul(epsilon - 1)
    .sub(x.neg().logSigmoid().mul(epsilon))
const sorted = (x: Tensor): Tensor => x.sort(0).values

/** Each loss as one number for each pair. */
const forms = {
  /** −log σ(βΔ) [Rafailov 2023] */
  sigmoid: ({ delta, beta }: Ratios) => delta.mul(beta).logSigmoid().neg(),
  /** max(0, 1 − βΔ) [Zhao 2023] */
  hinge: ({ delta, beta }: Ratios) => delta.mul(-beta).add(1).maximum(0),
  /** (Δ − 1/2β)², Δ by token [Azar 2024] */
  ipo: (r: Ratios) =>
    byToken(r)
      .sub(1 / (2 * r.beta))
      .square(),
  /** KL of σ(±βΔ) from (1 − ε, ε) [Ji 2024] */
  exo_pair: ({ delta, beta, epsilon }: Ratios) => {
    const x = delta.mul(beta)
    const [right, wrong] = [x.logSigmoid(), x.neg().logSigmoid()]
    return x
      .sigmoid()
      .mul(right.sub(Math.log1p(-epsilon)))
      .add(
        x
          .neg()
          .sigmoid()
          .mul(wrong.sub(Math.log(epsilon))),
      )
  },
  /** −log σ(βu) − ½ log σ(−βu) − ½ log σ(−βv) [Chen 2024] */
  nca_pair: ({ u, v, beta }: Ratios) => {
    const [x, y] = [u.mul(beta), v.mul(beta)]
    return x.logSigmoid().neg().sub(x.neg().logSigmoid().mul(0.5)).sub(y.neg().logSigmoid().mul(0.5))
  },
  /** (ε log σ(−βΔ) − (1 − ε) log σ(βΔ)) / (1 − 2ε) [Chowdhury 2024] */
  robust: ({ delta, beta, epsilon }: Ratios) => {
    const x = delta.mul(beta)
    return x
      .neg()
      .logSigmoid()
      .mul(epsilon)
      .sub(x.logSigmoid().mul(1 - epsilon))
      .div(1 - 2 * epsilon)
  },
  /** −log σ(βu) − log σ(−βv) [Jung 2024], its shift 0 */
  bco_pair: ({ u, v, beta }: Ratios) => u.mul(beta).logSigmoid().neg().sub(v.mul(-beta).logSigmoid()),
  /** (u − 1/2β)² + (v + 1/2β)² [Wu 2024] */
  sppo_hard: ({ u, v, beta }: Ratios) =>
    u
      .sub(0.5 / beta)
      .square()
      .add(v.add(0.5 / beta).square()),
  /** −log σ of the difference of both models' sorted margins [Melnyk 2024] */
  aot: ({ logs, beta, epsilon }: Ratios) =>
    smoothed(
      sorted(logs.chosen.sub(logs.rejected))
        .sub(sorted(logs.referenceChosen.sub(logs.referenceRejected)))
        .mul(beta),
      epsilon,
    ),
  /** −log σ of the difference of sorted u and sorted v [Melnyk 2024] */
  aot_unpaired: ({ u, v, beta, epsilon }: Ratios) => smoothed(sorted(u).sub(sorted(v)).mul(beta), epsilon),
  /** 1 − σ(βu) + σ(βv): answers better than what the model says [DOosterlinck 2024] */
  apo_zero: ({ u, v, beta }: Ratios) => u.mul(-beta).sigmoid().add(v.mul(beta).sigmoid()),
  /** σ(βu) + 1 − σ(β(u − v)): answers worse than what the model says [DOosterlinck 2024] */
  apo_down: ({ u, v, beta }: Ratios) => u.mul(beta).sigmoid().add(v.sub(u).mul(beta).sigmoid()),
  /** (1 − s)·(−log σ(βΔ)) + s·e^(−βΔ) with s = σ(βΔ/τ) [Lu 2024] */
  discopop: ({ delta, beta, tau }: Ratios) => {
    const x = delta.mul(beta)
    const share = x.div(tau).sigmoid()
    return x.logSigmoid().neg().mul(share.neg().add(1)).add(x.neg().exp().mul(share))
  },
  /** −log p of the preferred answer by token, as in fine-tuning */
  sft: ({ logs, delta }: Ratios) => surpriseOf(logs).expand(delta.shape),
  /** −log σ(βΔ), Δ by token [Meng 2024] */
  sigmoid_norm: (r: Ratios) => byToken(r).mul(r.beta).logSigmoid().neg(),
} satisfies Readonly<Record<string, (ratios: Ratios) => Tensor>>

/** Losses in which only the difference of scores counts, so that other divergences than the reverse KL mean something. */
const byDifference: readonly DpoLossType[] = ['sigmoid', 'sigmoid_norm', 'hinge', 'ipo', 'exo_pair', 'robust', 'discopop', 'sft']
const bySorting: readonly DpoLossType[] = ['aot', 'aot_unpaired']

/** Names of the losses. */
export const dpoLossTypes = Object.keys(forms) as readonly DpoLossType[]

function byToken({ logs: { chosenTokens, rejectedTokens }, scores: [chosen, rejected] }: Ratios): Tensor {
  if (!chosenTokens || !rejectedTokens)
    throw new HebbError('dpoLoss: this loss divides by the length of answers: give chosenTokens and rejectedTokens')
  return chosen.div(chosenTokens.maximum(1)).sub(rejected.div(rejectedTokens.maximum(1)))
}

function surpriseOf({ chosen, chosenTokens, chosenSurprise }: PairLogs): Tensor {
  if (chosenSurprise) return chosenSurprise
  if (!chosenTokens) throw new HebbError('dpoLoss: sft divides by the number of tokens: give chosenTokens')
  return chosen.sum().neg().div(chosenTokens.sum())
}

/** f′(π/π₀) of log ratios. */
const scoreOf: Readonly<Record<DivergenceType, (ratio: Tensor, alpha: number) => Tensor>> = {
  reverse_kl: (ratio) => ratio,
  forward_kl: (ratio) => ratio.neg().exp().neg().add(1),
  js_divergence: (ratio) => ratio.logSigmoid().add(Math.LN2),
  alpha_divergence: (ratio, alpha) =>
    Math.abs(alpha - 1) < 1e-6
      ? ratio
      : ratio
          .mul(alpha - 1)
          .minimum(80)
          .exp()
          .sub(1)
          .div(alpha - 1),
}

/** The options once each has a value. Throws HebbError for those that mean nothing. */
export function settledDpoLoss(
  where: string,
  options: DpoLossOptions = {},
): Settled<Omit<DpoLossOptions, 'lossType' | 'lossWeights'>> & {
  readonly types: readonly DpoLossType[]
  readonly factors: readonly number[]
} {
  const { beta = 0.1, lossType = 'sigmoid', labelSmoothing = 0, fDivergenceType = 'reverse_kl', fAlphaDivergenceCoef = 0.5 } = options
  const { discopopTau = 0.05 } = options
  const types = typeof lossType === 'string' ? [lossType] : lossType
  const factors = options.lossWeights ?? types.map(() => 1)
  const say = (problem: string): never => {
    throw new HebbError(`${where}: ${problem}`)
  }
  if (!(beta > 0)) say(`beta ${beta}: give a number above 0`)
  if (types.length === 0) say(`lossType names no loss: give one of ${dpoLossTypes.join(', ')}`)
  for (const type of types) if (!Object.hasOwn(forms, type)) say(`lossType '${String(type)}' is none of ${dpoLossTypes.join(', ')}`)
  if (factors.length !== types.length) say(`${factors.length} lossWeights for ${types.length} losses: give one for each`)
  if (!Object.hasOwn(scoreOf, fDivergenceType))
    say(`fDivergenceType '${String(fDivergenceType)}' is none of ${Object.keys(scoreOf).join(', ')}`)
  const strange = types.find((type) => !byDifference.includes(type))
  if (fDivergenceType !== 'reverse_kl' && strange)
    say(
      `${strange} is made of more than the difference of scores, which ${fDivergenceType} does not give: take one of ${byDifference.join(', ')}`,
    )
  if (!(labelSmoothing >= 0 && labelSmoothing < 1)) say(`labelSmoothing ${labelSmoothing}: give a share from 0, below 1`)
  if (types.includes('robust') && labelSmoothing >= 0.5)
    say(`labelSmoothing ${labelSmoothing}: robust takes less than 0.5, from where on labels say nothing`)
  if (types.includes('exo_pair') && labelSmoothing === 0) say('exo_pair needs a labelSmoothing above 0, such as 1e-3')
  if (!(discopopTau > 0)) say(`discopopTau ${discopopTau}: give a number above 0`)
  return { beta, types, factors, labelSmoothing, fDivergenceType, fAlphaDivergenceCoef, discopopTau }
}

/** A loss, and what the policy takes each answer to be worth: β log π/π₀ (N), without gradient to speak of. */
export interface PairLoss {
  readonly loss: Tensor
  readonly chosenRewards: Tensor
  readonly rejectedRewards: Tensor
}

/**
 * The losses of direct preference optimisation, mean over pairs: of u = log π/π₀ of the preferred answer and v of the other, Δ = f′(u) − f′(v); by default
 * −log σ(β(u − v)) [Rafailov 2023]. The formulas and defaults are those of TRL 1.13, a table of them is in docs/alignment.md.
 *
 * Shapes: (N) each → (). Throws HebbError for options that mean nothing, and where a loss needs lengths that are not given.
 *
 * @example dpoLoss({ chosen, rejected, referenceChosen, referenceRejected }, { beta: 0.1, lossType: 'hinge' }).loss
 */
export function dpoLoss(logs: PairLogs, options: DpoLossOptions = {}): PairLoss {
  checkOptions('dpoLoss', options, dpoLossOptions)
  const { beta, types, factors, labelSmoothing, fDivergenceType, fAlphaDivergenceCoef, discopopTau } = settledDpoLoss('dpoLoss', options)
  if (logs.weights && types.some((type) => bySorting.includes(type)))
    throw new HebbError('dpoLoss: aot sorts the pairs, so that weights would be those of others: leave one of both out')
  const u = logs.chosen.sub(logs.referenceChosen)
  const v = logs.rejected.sub(logs.referenceRejected)
  const score = scoreOf[fDivergenceType]
  const scores = [score(u, fAlphaDivergenceCoef), score(v, fAlphaDivergenceCoef)] as const
  const ratios = { logs, u, v, scores, delta: scores[0].sub(scores[1]), beta, epsilon: labelSmoothing, tau: discopopTau }
  const each = types.map((type, i) => {
    const by = forms[type](ratios)
    return (logs.weights ? by.mul(logs.weights) : by).mean().mul(factors[i]!)
  })
  return { loss: each.reduce((sum, one) => sum.add(one)), chosenRewards: u.mul(beta), rejectedRewards: v.mul(beta) }
}
