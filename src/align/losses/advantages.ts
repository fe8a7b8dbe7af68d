/** How much better than expected an answer, or a step, was. */
import { HebbError } from '../../tensor/errors.js'

/** Numbers, one for each of what they are about. */
type Numbers = ArrayLike<number>

/** Mean and deviation (n − 1) over the numbers that are no NaN; NaN and 0 where there are too few. */
export function momentsOf(values: Numbers): { readonly mean: number; readonly deviation: number; readonly count: number } {
  let [sum, count] = [0, 0]
  for (let i = 0; i < values.length; i++)
    if (!Number.isNaN(values[i]!)) {
      sum += values[i]!
      count++
    }
  const mean = sum / count
  let squares = 0
  for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i]!)) squares += (values[i]! - mean) ** 2
  return { mean, deviation: count > 1 ? Math.sqrt(squares / (count - 1)) : 0, count }
}

/** Σ of several rewards of each answer, times their weights; a reward that is NaN does not count, and where all are NaN the sum is. */
export function weighedRewards(rewards: readonly Numbers[], weights: Numbers = rewards.map(() => 1)): Float64Array {
  if (weights.length !== rewards.length)
    throw new HebbError(`${weights.length} rewardWeights for ${rewards.length} rewards: give one for each`)
  return Float64Array.from({ length: rewards[0]?.length ?? 0 }, (_, i) => {
    const all = rewards.map((reward) => reward[i]!)
    return all.every(Number.isNaN) ? Number.NaN : all.reduce((sum, r, k) => (Number.isNaN(r) ? sum : sum + weights[k]! * r), 0)
  })
}

/** Options of `groupAdvantages`; the defaults are those of TRL 1.13. */
export interface GroupOptions {
  /** what the difference is divided by: the deviation of its group, of all, or nothing [Liu 2025]. Default 'group' */
  readonly scaleRewards?: 'group' | 'batch' | 'none' | undefined
  /** whether several rewards are summed first, or each made comparable by its own deviation first. Default 'sum_then_normalize' */
  readonly multiObjectiveAggregation?: 'sum_then_normalize' | 'normalize_then_sum' | undefined
  /** how much each of several rewards counts. Default 1 each */
  readonly rewardWeights?: readonly number[] | undefined
}

/** Numbers a group at a time. */
function groupsOf(where: string, values: Numbers, size: number): Float64Array[] {
  if (!Number.isInteger(size) || size < 1 || values.length % size !== 0)
    throw new HebbError(`${where}: ${values.length} rewards are no groups of ${size}: give as many answers for each prompt`)
  return Array.from({ length: values.length / size }, (_, g) => Float64Array.from({ length: size }, (_, i) => values[g * size + i]!))
}

const settled = (x: number): number => (Number.isNaN(x) ? 0 : x)

/**
 * Advantages of answers to the same prompt beside one another: (r − mean of the group) / (deviation + 1e-4) [Shao 2024]. `rewards` are lists of one number for each answer, those of
 * a group beside one another; an answer whose rewards are all NaN has no part in the mean and the advantage 0.
 */
export function groupAdvantages(rewards: readonly Numbers[], size: number, options: GroupOptions = {}): Float32Array {
  const { scaleRewards = 'group', multiObjectiveAggregation: way = 'sum_then_normalize', rewardWeights } = options
  if (!['group', 'batch', 'none'].includes(scaleRewards))
    throw new HebbError(`groupAdvantages: scaleRewards '${String(scaleRewards)}' is none of group, batch, none`)
  if (way === 'normalize_then_sum') {
    const own = rewards.map((reward) =>
      groupsOf('groupAdvantages', reward, size).flatMap((group) => {
        const { mean, deviation } = momentsOf(group)
        return [...group].map((r) => (r - mean) / (deviation + 1e-4))
      }),
    )
    const all = weighedRewards(own, rewardWeights)
    const { mean, deviation } = momentsOf(all)
    return Float32Array.from(all, (r) => settled((r - mean) / (deviation + 1e-4)))
  }
  if (way !== 'sum_then_normalize')
    throw new HebbError(`groupAdvantages: multiObjectiveAggregation '${String(way)}' is none of sum_then_normalize, normalize_then_sum`)
  const all = weighedRewards(rewards, rewardWeights)
  const overall = momentsOf(all).deviation
  return Float32Array.from(
    groupsOf('groupAdvantages', all, size).flatMap((group) => {
      const { mean, deviation } = momentsOf(group)
      const scale = { group: deviation + 1e-4, batch: overall + 1e-4, none: 1 }[scaleRewards]
      return [...group].map((r) => settled((r - mean) / scale))
    }),
  )
}

/**
 * Advantages over the mean of the other answers to the same prompt: rᵢ − Σ_{j≠i} rⱼ / (n − 1) [Ahmadian 2024]. With `normalize` they are then brought to mean 0 and deviation 1.
 * NaN as in `groupAdvantages`.
 */
export function leaveOneOutAdvantages(rewards: Numbers, size: number, { normalize = false } = {}): Float32Array {
  const all = groupsOf('leaveOneOutAdvantages', rewards, size).flatMap((group) => {
    const { mean, count } = momentsOf(group)
    return [...group].map((r) => (count > 1 ? r - (mean * count - r) / (count - 1) : Number.NaN))
  })
  const { mean, deviation } = momentsOf(all)
  return Float32Array.from(all, (a) => settled(normalize ? (a - mean) / (deviation + 1e-4) : a))
}

/** Options of `generalizedAdvantages`. */
export interface GaeOptions {
  /** γ, what a reward of the next step is worth now. Default 1 */
  readonly gamma?: number | undefined
  /** λ, how far rewards are trusted over values. Default 0.95 */
  readonly lambda?: number | undefined
  /** the value after the last step, where the episode goes on. Default 0 */
  readonly last?: number | undefined
  /** steps that end an episode */
  readonly dones?: ArrayLike<number> | undefined
}

/**
 * Generalised advantages of one run of steps [Schulman 2016]: A_t = δ_t + γλ A_{t+1}, δ_t = r_t + γ V_{t+1} − V_t, and returns A + V.
 * Where `dones[t]` is 1 nothing comes after t.
 */
export function generalizedAdvantages(
  rewards: Numbers,
  values: Numbers,
  { gamma = 1, lambda = 0.95, last = 0, dones }: GaeOptions = {},
): { readonly advantages: Float64Array; readonly returns: Float64Array } {
  const advantages = new Float64Array(rewards.length)
  let [next, after] = [last, 0]
  for (let t = rewards.length - 1; t >= 0; t--) {
    const goesOn = dones?.[t] ? 0 : 1
    const delta = rewards[t]! + gamma * next * goesOn - values[t]!
    after = delta + gamma * lambda * after * goesOn
    advantages[t] = after
    next = values[t]!
  }
  return { advantages, returns: advantages.map((a, t) => a + values[t]!) }
}

/** Numbers with mean 0 and deviation 1 over those that the mask leaves: (x − mean) / √(variance + 1e-8), variance over n; with `shift` false the mean stays. */
export function whitened(values: Numbers, mask: Numbers, { shift = true } = {}): Float64Array {
  let [sum, count] = [0, 0]
  for (let i = 0; i < values.length; i++)
    if (mask[i]) {
      sum += values[i]!
      count++
    }
  const mean = sum / Math.max(count, 1)
  let squares = 0
  for (let i = 0; i < values.length; i++) if (mask[i]) squares += (values[i]! - mean) ** 2
  const scale = 1 / Math.sqrt(squares / Math.max(count, 1) + 1e-8)
  return Float64Array.from({ length: values.length }, (_, i) => (mask[i] ? (values[i]! - mean) * scale + (shift ? 0 : mean) : 0))
}
