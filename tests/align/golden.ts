/** Cases of TRL's numbers: their inputs as batches, and each method's loss of them by the functions of hebb/align. */
import {
  cpoLoss,
  distillationDivergence,
  distillationLoss,
  dpoLoss,
  generalizedAdvantages,
  groupAdvantages,
  grpoLoss,
  isAveraged,
  ktoLoss,
  leaveOneOutAdvantages,
  lengthDesensitizedSums,
  maskedMean,
  orpoLoss,
  policyWeights,
  ppoLoss,
  rewardLoss,
  rlooLoss,
  rowCounts,
  rowSums,
  softLabelLoss,
  tokenEntropies,
  tokenLogProbabilities,
  weighedRewards,
  whitened,
} from '../../src/align/losses/index.js'
import { halves } from '../../src/align/losses/logProbabilities.js'
import { type LLM, nextTokenCrossEntropy, type Param, type Tensor, tensor } from '../../src/index.js'
import type { GoldenTensor } from '../goldens.js'

/** A case of goldens/trl/losses.json. */
export interface Case {
  readonly name: string
  readonly method: string
  readonly config: Readonly<Record<string, unknown>>
  readonly batch: Readonly<Record<string, GoldenTensor>>
  readonly values: Readonly<Record<string, GoldenTensor | number>>
  readonly loss: number
  readonly grad_norm: number
  readonly grad_norms: Readonly<Record<string, number>>
}

/** What a method is computed with. */
export interface Models {
  readonly policy: LLM
  readonly reference: LLM | undefined
  readonly heads: Readonly<Record<string, Param>>
}

/** The loss, and what else the case gives numbers of. */
export type Found = { readonly loss: Tensor } & Readonly<Record<string, Tensor | number | ArrayLike<number>>>

const numbers = ({ data }: GoldenTensor): number[] => data.map(Number)
const ofCase = (t: GoldenTensor, dtype: 'i32' | 'f32' = 'f32'): Tensor =>
  tensor(dtype === 'i32' ? Int32Array.from(numbers(t)) : Float32Array.from(numbers(t)), { shape: [...t.shape] })

const renamed = (name: string): string => name.replace(/_([a-z])/g, (_, c: string) => c.toUpperCase())
/** Keys of the config as options, but for those named; null is left out. */
export function optionsOf(config: Case['config'], without: readonly string[] = []): Record<string, never> {
  const found = Object.entries(config).filter(([name, value]) => value !== null && !without.includes(name))
  return Object.fromEntries(found.map(([name, value]) => [renamed(name), value])) as Record<string, never>
}

/** Logits and ids of all places but the last and the first. Shapes: (N, T) → (N, T − 1, V), (N, T − 1). */
function shifted(model: LLM, ids: Tensor): { readonly logits: Tensor; readonly next: Tensor } {
  const [N, T] = ids.shape as [number, number]
  return {
    logits: model.forward(ids).slice([
      [0, N],
      [0, T - 1],
    ]),
    next: ids.slice([
      [0, N],
      [1, T],
    ]),
  }
}
const tail = (mask: Tensor): Tensor =>
  mask.slice([
    [0, mask.shape[0]!],
    [1, mask.shape[1]!],
  ])

/** Σ log p of each row under both models. */
function summed(models: Models, ids: Tensor, mask: Tensor): { readonly own: Tensor; readonly reference: Tensor } {
  const of = (model: LLM): Tensor => {
    const { logits, next } = shifted(model, ids)
    return rowSums(tokenLogProbabilities(logits, next), tail(mask))
  }
  return { own: of(models.policy), reference: of(models.reference!) }
}

/** Rows with the padding of their prompts behind them instead of before; where each answer's tokens are foretold. */
function leftPadded(
  promptIds: GoldenTensor,
  promptMask: GoldenTensor,
  answers: GoldenTensor,
): { readonly ids: Tensor; readonly at: Tensor } {
  const [[N, P], C] = [promptIds.shape as [number, number], answers.shape[1]!]
  const [p, m, a] = [numbers(promptIds), numbers(promptMask), numbers(answers)]
  const ids = new Int32Array(N * (P + C))
  const at = new Int32Array(N * C)
  for (let n = 0; n < N; n++) {
    const prompt = Array.from({ length: P }, (_, i) => n * P + i).flatMap((i) => (m[i] ? [p[i]!] : []))
    const row = [...prompt, ...a.slice(n * C, (n + 1) * C)]
    ids.set(row, n * (P + C))
    for (let c = 0; c < C; c++) at[n * C + c] = n * (P + C) + prompt.length - 1 + c
  }
  return { ids: tensor(ids, { shape: [N, P + C] }), at: tensor(at, { shape: [N, C] }) }
}

function answerLogits(model: LLM, { ids, at }: { readonly ids: Tensor; readonly at: Tensor }): Tensor {
  const states = model.states(ids)
  return model.logits(states.reshape([ids.size, -1]).take(at))
}

const methods: Readonly<Record<string, (given: Case, models: Models) => Found>> = {
  sft: ({ batch, config }, { policy }) => {
    const { logits, next } = shifted(policy, ofCase(batch.input_ids!, 'i32'))
    const labels = tail(ofCase(batch.labels!, 'i32'))
    const mask = labels.notEqual(-100)
    const logs = tokenLogProbabilities(logits, next)
    const items = config.num_items_in_batch as number | null
    if (config.loss_type === 'dft') return { loss: maskedMean(logs.exp().mul(logs), mask).neg() }
    return {
      loss: items === null || items === undefined ? nextTokenCrossEntropy(logits, labels) : rowSums(logs, mask).sum().neg().div(items),
    }
  },
  dpo: ({ batch, config }, models) => {
    const [ids, whole] = [ofCase(batch.input_ids!, 'i32'), ofCase(batch.completion_mask!)]
    const mask = tail(whole)
    const alpha = config.ld_alpha as number | null | undefined
    const of = (model: LLM): { readonly logits: Tensor; readonly logs: Tensor; readonly sums: readonly [Tensor, Tensor] } => {
      const { logits, next } = shifted(model, ids)
      const logs = tokenLogProbabilities(logits, next)
      return { logits, logs, sums: halves(typeof alpha === 'number' ? lengthDesensitizedSums(logs, mask, alpha) : rowSums(logs, mask)) }
    }
    const [policy, reference] = [of(models.policy), of(models.reference!)]
    const [chosenTokens, rejectedTokens] = halves(rowCounts(whole))
    const [weighC, weighR] = halves(policyWeights(policy.logits, policy.logs, mask))
    const [chosen, rejected] = policy.sums
    const [chosenLogs] = halves(policy.logs)
    const [chosenMask] = halves(mask)
    const { loss, chosenRewards, rejectedRewards } = dpoLoss(
      {
        ...{ chosen, rejected, referenceChosen: reference.sums[0], referenceRejected: reference.sums[1], chosenTokens, rejectedTokens },
        chosenSurprise: maskedMean(chosenLogs, chosenMask).neg(),
        ...(config.use_weighting === true && { weights: weighC.mul(weighR) }),
      },
      optionsOf(config, ['ld_alpha', 'use_weighting']),
    )
    return {
      ...{
        loss,
        chosen_logps: chosen,
        rejected_logps: rejected,
        ref_chosen_logps: reference.sums[0],
        ref_rejected_logps: reference.sums[1],
      },
      ...{ rewards_chosen: chosenRewards, rewards_rejected: rejectedRewards },
    }
  },
  kto: ({ batch, config }, models) => {
    const { own, reference } = summed(models, ofCase(batch.input_ids!, 'i32'), ofCase(batch.completion_mask!))
    const other = batch.KL_input_ids && summed(models, ofCase(batch.KL_input_ids, 'i32'), ofCase(batch.KL_completion_mask!))
    const { loss, kl, rewards } = ktoLoss(
      { logs: own, reference, label: ofCase(batch.label!), mismatched: other && { logs: other.own, reference: other.reference } },
      optionsOf(config),
    )
    return { loss, kl, rewards, logps: own, ref_logps: reference, ...(other && { KL_logps: other.own, ref_KL_logps: other.reference }) }
  },
  orpo: (given, models) => {
    const { chosen, rejected, whole } = pairsOf(given, models, true)
    const { loss, logOdds } = orpoLoss({ chosen, rejected, surprise: whole }, optionsOf(given.config))
    return { loss, chosen_avg_logps: chosen, rejected_avg_logps: rejected, nll: whole, log_odds: logOdds }
  },
  cpo: (given, models) => {
    const { chosen, rejected, answers } = pairsOf(given, models, isAveraged(given.config.loss_type as 'simpo'))
    return { ...cpoLoss({ chosen, rejected, surprise: answers }, optionsOf(given.config)), chosen_logps: chosen, rejected_logps: rejected }
  },
  reward: ({ batch, config }, { policy, heads }) => {
    const [ids, mask] = [ofCase(batch.input_ids!, 'i32'), batch.attention_mask!]
    const [N, T] = ids.shape as [number, number]
    const m = numbers(mask)
    const last = Int32Array.from({ length: N }, (_, n) => n * T + m.slice(n * T, (n + 1) * T).lastIndexOf(1))
    const states = policy
      .states(ids)
      .reshape([N * T, -1])
      .take(tensor(last))
    const [chosen, rejected] = halves(states.linear(heads['score.weight']!).reshape([N]))
    const margin = batch.margin && ofCase(batch.margin)
    return { loss: rewardLoss(chosen, rejected, { margin, ...optionsOf(config) }), rewards_chosen: chosen, rewards_rejected: rejected }
  },
  grpo: ({ batch, config }, models) => {
    const place = leftPadded(batch.prompt_ids!, batch.prompt_mask!, batch.completion_ids!)
    const logits = answerLogits(models.policy, place)
    const tokens = ofCase(batch.completion_ids!, 'i32')
    const temperature = (config.temperature as number | undefined) ?? 1
    const logs = tokenLogProbabilities(logits.div(temperature), tokens)
    const rewards = rewardLists(batch.rewards!)
    const grouping = ['num_generations', 'scale_rewards', 'reward_weights', 'multi_objective_aggregation']
    const kept = Object.fromEntries(Object.entries(config).filter(([name]) => grouping.includes(name) && name !== 'num_generations'))
    const advantages = batch.advantages
      ? Float32Array.from(numbers(batch.advantages))
      : groupAdvantages(rewards, config.num_generations as number, optionsOf(kept))
    const old = batch.old_per_token_logps && ofCase(batch.old_per_token_logps)
    const reference = batch.ref_per_token_logps
      ? ofCase(batch.ref_per_token_logps)
      : models.reference && tokenLogProbabilities(answerLogits(models.reference, place).div(temperature), tokens)
    const mask = ofCase(batch.completion_mask!).mul(batch.tool_mask ? ofCase(batch.tool_mask) : 1)
    const found = grpoLoss(
      { logs, old, reference, advantages: tensor(advantages), mask, entropies: tokenEntropies(logits.div(temperature)) },
      optionsOf(config, [...grouping, 'temperature', 'mask_truncated_completions', 'num_iterations']),
    )
    return { ...found, advantages, per_token_logps: logs, clip_fraction: found['clip_ratio/region_mean']! }
  },
  rloo: ({ batch, config }, models) => {
    const place = leftPadded(batch.prompt_ids!, batch.prompt_mask!, batch.completion_ids!)
    const mask = ofCase(batch.completion_mask!)
    const temperature = (config.temperature as number | undefined) ?? 1
    const tokens = tokenLogProbabilities(answerLogits(models.policy, place).div(temperature), ofCase(batch.completion_ids!, 'i32'))
    const logs = rowSums(tokens, mask)
    const {
      beta = 0.05,
      num_generations,
      normalize_advantages = false,
      reward_clip_range,
      reward_weights,
    } = config as Readonly<Record<string, never>> & { readonly beta?: number; readonly num_generations: number }
    const old = batch.old_per_token_logps && numbers(batch.old_per_token_logps)
    const [N, C] = batch.completion_ids!.shape as [number, number]
    const m = numbers(batch.completion_mask!)
    const sumOf = (x: readonly number[], n: number): number =>
      x.slice(n * C, (n + 1) * C).reduce((sum, v, c) => sum + (m[n * C + c] ? v : 0), 0)
    const oldLogs = batch.old_logps ? numbers(batch.old_logps) : Array.from({ length: N }, (_, n) => sumOf(old!, n))
    const reference = batch.ref_per_token_logps && numbers(batch.ref_per_token_logps)
    const [low, high] = (reward_clip_range as readonly number[] | undefined) ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
    const rewards = weighedRewards(rewardLists(batch.rewards!), reward_weights)
      .map((r) => Math.min(Math.max(r, low!), high!))
      .map((r, n) => (beta !== 0 && reference ? r - beta * (oldLogs[n]! - sumOf(reference, n)) : r))
    const advantages = batch.advantages
      ? Float32Array.from(numbers(batch.advantages))
      : leaveOneOutAdvantages(rewards, num_generations, { normalize: normalize_advantages })
    const found = rlooLoss(
      { logs, old: tensor(Float32Array.from(oldLogs)), advantages: tensor(advantages) },
      optionsOf(Object.fromEntries(Object.entries(config).filter(([name]) => name.startsWith('epsilon')))),
    )
    return { ...found, advantages, logps: logs, per_token_logps: tokens, clip_fraction: found['clip_ratio/region_mean']! }
  },
  ppo: ({ batch, config }, { policy, heads }) => {
    const ids = ofCase(batch.input_ids!, 'i32')
    const { logits, next } = shifted(policy, ids)
    const [N, T] = next.shape as [number, number]
    const states = policy.states(ids).slice([
      [0, N],
      [0, T],
    ])
    const bias = heads['value_head.bias']
    const values = states.linear(heads['value_head.weight']!, bias).reshape([N, T])
    const logs = tokenLogProbabilities(logits, next)
    const { rewards, raw, advantages, returns } = stepsOf(batch, config)
    const of = (x: ArrayLike<number>): Tensor => tensor(Float32Array.from(x), { shape: [N, T] })
    const found = ppoLoss(
      {
        ...{ logs, values, entropies: tokenEntropies(logits), mask: ofCase(batch.action_mask!), old: ofCase(batch.old_logps!) },
        ...{ oldValues: ofCase(batch.old_values!), advantages: of(advantages), returns: of(returns) },
      },
      optionsOf(config, ['gamma', 'lam', 'kl_coef', 'whiten_advantages', 'whiten_rewards', 'kl_estimator']),
    )
    return {
      ...{
        loss: found.loss,
        rewards,
        advantages_raw: raw,
        advantages,
        returns,
        policy_loss: found.policyLoss!,
        value_loss: found.valueLoss!,
      },
      ...{ entropy: found.entropy!, clip_fraction: found.clipFraction!, new_logps: logs, new_values: values },
    }
  },
  distill: ({ batch, config }, models) => {
    const { student, teacher, mask } = taught(batch, models)
    const options = optionsOf(config, ['reduction'])
    const each = distillationDivergence(student, teacher, { beta: 0.5, ...options })
    const loss = distillationLoss(student, teacher, mask, { beta: 0.5, ...options })
    return { loss: config.reduction === 'sum' ? rowSums(each, mask).sum() : loss, per_token: each }
  },
  distill_mix: ({ batch, config }, models) => {
    const { student, teacher, mask, ids } = taught(batch, models)
    const { loss, soft, hard } = softLabelLoss(student, teacher, ids, mask, optionsOf(config))
    return { loss, kd: soft, ce: hard }
  },
}

/** The method of a case. Throws for one that is not known, so that no new kind of case passes unseen. */
export function methodOf({ name, method }: Case): (given: Case, models: Models) => Found {
  const found = { ...methods, simpo: methods.cpo!, gkd: methods.distill! }[method]
  if (!found) throw new Error(`${name}: the method ${method} is not known to the test`)
  return found
}

/** One list of rewards for each function: (N) is one, (N, K) is K. */
function rewardLists(rewards: GoldenTensor): number[][] {
  const K = rewards.shape[1] ?? 1
  const all = numbers(rewards)
  return Array.from({ length: K }, (_, k) => all.filter((_, i) => i % K === k))
}

function pairsOf({ batch }: Case, { policy }: Models, averaged: boolean): Record<'chosen' | 'rejected' | 'whole' | 'answers', Tensor> {
  const side = (which: 'chosen' | 'rejected'): { readonly logs: Tensor; readonly whole: Tensor; readonly answers: Tensor } => {
    const ids = ofCase(batch[`${which}_input_ids`]!, 'i32')
    const { logits, next } = shifted(policy, ids)
    const tokens = tokenLogProbabilities(logits, next)
    const answer = tail(ofCase(batch[`${which}_labels`]!, 'i32')).notEqual(-100)
    const sums = rowSums(tokens, answer)
    const all = tail(ofCase(batch[`${which}_attention_mask`]!))
    return {
      logs: averaged ? sums.div(rowCounts(answer)) : sums,
      whole: maskedMean(tokens, all).neg(),
      answers: maskedMean(tokens, answer).neg(),
    }
  }
  const [chosen, rejected] = [side('chosen'), side('rejected')]
  return { chosen: chosen.logs, rejected: rejected.logs, whole: chosen.whole, answers: chosen.answers }
}

function taught(batch: Case['batch'], { policy, reference }: Models): Record<'student' | 'teacher' | 'mask' | 'ids', Tensor> {
  const ids = ofCase(batch.input_ids!, 'i32')
  const [student, teacher] = [shifted(policy, ids), shifted(reference!, ids)]
  return { student: student.logits, teacher: teacher.logits, ids: student.next, mask: tail(ofCase(batch.labels!, 'i32')).notEqual(-100) }
}

/** Rewards, advantages and returns of PPO's steps, row by row over those that count. */
function stepsOf(batch: Case['batch'], config: Case['config']): Record<'rewards' | 'raw' | 'advantages' | 'returns', Float64Array> {
  const [N, T] = batch.action_mask!.shape as [number, number]
  const [mask, old, reference, values] = [batch.action_mask!, batch.old_logps!, batch.ref_logps!, batch.old_values!].map(numbers) as [
    number[],
    number[],
    number[],
    number[],
  ]
  const final = numbers(batch.final_rewards!)
  const kl = config.kl_coef as number
  const rewards = Float64Array.from({ length: N * T }, (_, i) => (mask[i] ? -kl * (old[i]! - reference[i]!) : 0))
  const [raw, returns] = [new Float64Array(N * T), new Float64Array(N * T)]
  for (let n = 0; n < N; n++) {
    const places = Array.from({ length: T }, (_, t) => n * T + t).filter((i) => mask[i])
    rewards[places.at(-1)!]! += final[n]!
    const of = (x: ArrayLike<number>): number[] => places.map((i) => x[i]!)
    const found = generalizedAdvantages(of(rewards), of(values), { gamma: config.gamma as number, lambda: config.lam as number })
    places.forEach((i, k) => {
      raw[i] = found.advantages[k]!
      returns[i] = found.returns[k]!
    })
  }
  return { rewards, raw, returns, advantages: config.whiten_advantages === true ? whitened(raw, mask) : raw }
}
