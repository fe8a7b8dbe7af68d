/** Losses in all their options against TRL 1.13's, of the same drawn numbers (trl.json): loss, gradient, and what is reported. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  cpoLoss,
  distillationLoss,
  dpoLoss,
  groupAdvantages,
  grpoLoss,
  isAveraged,
  ktoLoss,
  lengthDesensitizedSums,
  maskedMean,
  orpoLoss,
  policyWeights,
  rlooLoss,
  rowCounts,
  rowSums,
  tokenEntropies,
  tokenLogProbabilities,
} from '../../src/align/losses/index.js'
import { halves } from '../../src/align/losses/logProbabilities.js'
import { type Tensor, tensor, valueAndGrad } from '../../src/index.js'
import { expectClose } from '../compare.js'
import type { GoldenTensor } from '../goldens.js'
import { optionsOf } from './golden.js'

interface Drawn {
  readonly dpo: Readonly<Record<'ids' | 'policy' | 'reference' | 'mask', GoldenTensor>>
  readonly kto: Readonly<Record<'policy' | 'reference' | 'label', GoldenTensor>>
  readonly attention: GoldenTensor
  readonly grpo: Readonly<Record<'logits' | 'ids' | 'old' | 'reference' | 'mask' | 'advantages', GoldenTensor>>
  readonly cases: readonly {
    readonly method: keyof typeof methods
    readonly config: Readonly<Record<string, unknown>>
    readonly loss: number
    readonly grad_norm: number
    readonly values?: Readonly<Record<string, number>>
  }[]
  readonly advantages: readonly {
    readonly rewards: readonly (readonly (number | null)[])[]
    readonly weights: readonly number[]
    readonly size: number
    readonly way: 'sum_then_normalize' | 'normalize_then_sum'
    readonly scale: 'group' | 'batch' | 'none'
    readonly want: readonly number[]
  }[]
}

const drawn = JSON.parse(readFileSync(new URL('trl.json', import.meta.url), 'utf8')) as Drawn
const floats = (t: GoldenTensor): Tensor => tensor(Float32Array.from(t.data.map(Number)), { shape: [...t.shape] })
const whole = (t: GoldenTensor): Tensor => tensor(Int32Array.from(t.data.map(Number)), { shape: [...t.shape] })

const next = (x: Tensor): Tensor => x.slice([null, [1, x.shape[1]!]])
const before = (x: Tensor): Tensor => x.slice([null, [0, x.shape[1]! - 1]])
const ids = next(whole(drawn.dpo.ids))
const mask = next(floats(drawn.dpo.mask))
const logsOf = (logits: Tensor): Tensor => tokenLogProbabilities(before(logits), ids)

type Reported = { readonly loss: Tensor } & Readonly<Record<string, Tensor>>

/** The loss of logits, and what is reported. */
const methods = {
  dpo: (logits: Tensor, config: Readonly<Record<string, unknown>>): Reported => {
    const logs = logsOf(logits)
    const reference = logsOf(floats(drawn.dpo.reference))
    const alpha = config.ld_alpha as number | undefined
    const sums = (x: Tensor): [Tensor, Tensor] => halves(alpha === undefined ? rowSums(x, mask) : lengthDesensitizedSums(x, mask, alpha))
    const [chosen, rejected] = sums(logs)
    const [referenceChosen, referenceRejected] = sums(reference)
    const [chosenTokens, rejectedTokens] = halves(rowCounts(floats(drawn.dpo.mask)))
    const [wc, wr] = halves(policyWeights(before(logits), logs, mask))
    const pairs = { chosen, rejected, referenceChosen, referenceRejected, chosenTokens, rejectedTokens }
    const chosenSurprise = maskedMean(halves(logs)[0], halves(mask)[0]).neg()
    const { loss, chosenRewards, rejectedRewards } = dpoLoss(
      { ...pairs, chosenSurprise, ...(config.use_weighting === true && { weights: wc.mul(wr) }) },
      optionsOf(config, ['ld_alpha', 'use_weighting']),
    )
    return {
      loss,
      entropy: maskedMean(tokenEntropies(before(logits)), mask),
      'rewards/chosen': chosenRewards.mean(),
      'rewards/rejected': rejectedRewards.mean(),
      'rewards/margins': chosenRewards.sub(rejectedRewards).mean(),
      'rewards/accuracies': chosenRewards.greater(rejectedRewards).cast('f32').mean(),
      'logps/chosen': chosen.mean(),
      'logps/rejected': rejected.mean(),
    }
  },
  kto: (logits: Tensor, { klsign = 1, ...config }: Readonly<Record<string, unknown>>): Reported => {
    const sum = (x: Tensor): Tensor => rowSums(logsOf(x), mask)
    const other = [sum(floats(drawn.kto.policy)), sum(floats(drawn.kto.reference))] as const
    const [a, b] = klsign === 1 ? [0, 1] : [1, 0]
    const answers = { logs: sum(logits), reference: sum(floats(drawn.dpo.reference)), label: floats(drawn.kto.label) }
    return ktoLoss({ ...answers, mismatched: { logs: other[a]!, reference: other[b]! } }, optionsOf(config))
  },
  cpo: (logits: Tensor, config: Readonly<Record<string, unknown>>): Reported => {
    const logs = logsOf(logits)
    const sums = rowSums(logs, mask)
    const [chosen, rejected] = halves(isAveraged(config.loss_type as 'simpo') ? sums.div(rowCounts(mask)) : sums)
    return { ...cpoLoss({ chosen, rejected, surprise: maskedMean(halves(logs)[0], halves(mask)[0]).neg() }, optionsOf(config)) }
  },
  orpo: (logits: Tensor, config: Readonly<Record<string, unknown>>): Reported => {
    const logs = logsOf(logits)
    const [chosen, rejected] = halves(rowSums(logs, mask).div(rowCounts(mask)))
    const surprise = maskedMean(halves(logs)[0], halves(next(floats(drawn.attention)))[0]).neg()
    const { loss, logOdds } = orpoLoss({ chosen, rejected, surprise }, optionsOf(config))
    return { loss, nll: surprise, log_odds: logOdds.mean() }
  },
  grpo: (logits: Tensor, { use_old = true, ...config }: Readonly<Record<string, unknown>>): Reported => {
    const entropies = tokenEntropies(logits)
    const answers = { logs: tokenLogProbabilities(logits, whole(drawn.grpo.ids)), mask: floats(drawn.grpo.mask), entropies }
    const old = use_old === true ? floats(drawn.grpo.old) : undefined
    const counted = { max_completion_length: 8, num_items_in_batch: 23, ...config }
    const others = { advantages: floats(drawn.grpo.advantages), reference: floats(drawn.grpo.reference), old }
    return { ...grpoLoss({ ...answers, ...others }, optionsOf(counted)), entropy: maskedMean(entropies, answers.mask) }
  },
  rloo: (logits: Tensor, config: Readonly<Record<string, unknown>>): Reported => {
    const counted = floats(drawn.grpo.mask)
    const logs = rowSums(tokenLogProbabilities(logits, whole(drawn.grpo.ids)), counted)
    return rlooLoss({ logs, old: rowSums(floats(drawn.grpo.old), counted), advantages: floats(drawn.grpo.advantages) }, optionsOf(config))
  },
  distill: (logits: Tensor, config: Readonly<Record<string, unknown>>): Reported => ({
    loss: distillationLoss(before(logits), before(floats(drawn.dpo.reference)), mask, optionsOf(config)),
  }),
}

test.each(drawn.cases.map((one) => [`${one.method} ${JSON.stringify(one.config)}`, one] as const))('%s', async (_, one) => {
  const logits = floats(one.method === 'grpo' || one.method === 'rloo' ? drawn.grpo.logits : drawn.dpo.policy)
  const reported = methods[one.method](logits, one.config)
  const [loss, gradient] = await Promise.all(
    Object.values(valueAndGrad((x: Tensor) => methods[one.method](x, one.config).loss)(logits)).map((t) => (t as Tensor).data()),
  )
  expectClose(loss as Float32Array, [one.loss], { rtol: 1e-5, atol: 1e-6, label: 'loss' })
  const norm = Math.sqrt((gradient as Float32Array).reduce((sum, g) => sum + g * g, 0))
  expectClose([norm], [one.grad_norm], { rtol: 1e-4, atol: 1e-7, label: 'gradient' })
  for (const [name, want] of Object.entries(one.values ?? {}))
    if (reported[name]) expectClose((await reported[name].data()) as Float32Array, [want], { rtol: 1e-4, atol: 1e-6, label: name })
})

test.each(drawn.advantages.map((one) => [`${one.way} ${one.scale}, groups of ${one.size}`, one] as const))(
  'advantages: %s',
  (_, { rewards, weights, size, way, scale, want }) => {
    const lists = rewards.map((list) => list.map((r) => r ?? Number.NaN))
    const options = { scaleRewards: scale, multiObjectiveAggregation: way, rewardWeights: weights }
    expectClose(groupAdvantages(lists, size, options), want, { rtol: 1e-4, atol: 1e-5 })
  },
)

test('options that mean nothing are refused by name', () => {
  const x = tensor([1, 2])
  const pairs = { chosen: x, rejected: x, referenceChosen: x, referenceRejected: x }
  expect(() => dpoLoss(pairs, { lossType: 'sigmoyd' as 'sigmoid' })).toThrow("lossType 'sigmoyd' is none of sigmoid, hinge")
  expect(() => dpoLoss(pairs, { lossType: 'ipo' })).toThrow('give chosenTokens and rejectedTokens')
  expect(() => dpoLoss(pairs, { lossType: 'exo_pair' })).toThrow('exo_pair needs a labelSmoothing above 0')
  expect(() => dpoLoss(pairs, { lossType: 'robust', labelSmoothing: 0.5 })).toThrow('robust takes less than 0.5')
  expect(() => dpoLoss(pairs, { lossType: ['sigmoid', 'sft'], lossWeights: [1] })).toThrow('1 lossWeights for 2 losses')
  expect(() => dpoLoss(pairs, { lossType: 'bco_pair', fDivergenceType: 'forward_kl' })).toThrow(
    'bco_pair is made of more than the difference',
  )
  expect(() => dpoLoss({ ...pairs, weights: x }, { lossType: 'aot' })).toThrow('aot sorts the pairs')
  expect(() => ktoLoss({ logs: x, reference: x, label: x })).toThrow('give { mismatched }')
  expect(() => cpoLoss({ chosen: x, rejected: x })).toThrow('give the surprise of preferred answers')
  expect(() => groupAdvantages([[1, 2, 3]], 2)).toThrow('3 rewards are no groups of 2')
  const grid = x.reshape([2, 1])
  expect(() => grpoLoss({ logs: grid, advantages: x, mask: grid }, { beta: 0.1 })).toThrow('give { reference }')
  expect(() => distillationLoss(grid, grid.reshape([1, 2]), grid)).toThrow('both are to have one vocabulary')
})
