/** ORPO, CPO and SimPO end to end: their first loss by hand, preferences learned, resumed to the byte. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cpo, orpo, simpo } from '../../src/align/index.js'
import { adam, parameters, sgd } from '../../src/index.js'
import type { LLM } from '../../src/llm/index.js'
import { lora } from '../../src/tune/index.js'
import { logSigmoid, logsOf, made, mean, pairs, sum, tokenizer } from './small.js'

const still = { tokenizer, optimizer: sgd({ lr: 0 }), epochs: 1 }
/** What the model says of answers: log p of their tokens, and of every token of preferred rows. */
async function saidOf(model: LLM): Promise<{ chosen: number[][]; rejected: number[][]; whole: number[] }> {
  const of = (side: 'chosen' | 'rejected'): Promise<number[][]> => Promise.all(pairs.map((pair) => logsOf(model, pair.prompt + pair[side])))
  const [chosen, rejected] = [await of('chosen'), await of('rejected')]
  // the prompt has two tokens, of which the first is foretold by nothing
  return { chosen: chosen.map((logs) => logs.slice(1)), rejected: rejected.map((logs) => logs.slice(1)), whole: chosen.flat() }
}

test('ORPO is −log p of prompts and preferred answers, and β times the odds', async () => {
  const model = made()
  const { chosen, rejected, whole } = await saidOf(model)
  const odds = (logs: number[]): number => mean(logs) - Math.log1p(-Math.exp(mean(logs)))
  const each = chosen.map((logs, n) => odds(logs) - odds(rejected[n]!))
  const found = await orpo(model, pairs, { ...still, beta: 0.3 })
  expect(found!.metrics.nll_loss).toBeCloseTo(-mean(whole), 4)
  expect(found!.metrics.log_odds_chosen).toBeCloseTo(mean(each), 4)
  expect(found!.metrics.log_odds_ratio).toBeCloseTo(mean(each.map(logSigmoid)), 4)
  expect(found!.loss).toBeCloseTo(-mean(whole) - 0.3 * mean(each.map(logSigmoid)), 4)
  expect(found!.metrics['logps/chosen']).toBeCloseTo(mean(chosen.map(mean)), 4)
  expect(found!.metrics['rewards/chosen']).toBeCloseTo(0.3 * mean(chosen.map(mean)), 4)
})

test('CPO is DPO with no reference, and −log p of preferred answers; SimPO goes by token, with a margin', async () => {
  const model = made()
  const { chosen, rejected } = await saidOf(model)
  const by = (of: (logs: readonly number[]) => number, beta: number, gamma: number): number =>
    -mean(chosen.map((logs, n) => logSigmoid(beta * (of(logs) - of(rejected[n]!)) - gamma)))
  const surprise = -mean(chosen.flat())
  expect((await cpo(model, pairs, still))!.loss).toBeCloseTo(by(sum, 0.1, 0) + surprise, 4)
  expect((await simpo(model, pairs, still))!.loss).toBeCloseTo(by(mean, 0.1, 0.5), 4)
  const other = await simpo(model, pairs, { ...still, beta: 2, simpoGamma: 1, cpoAlpha: 0.5 })
  expect(other!.loss).toBeCloseTo(by(mean, 2, 1) + 0.5 * surprise, 4)
  expect(other!.metrics.nll_loss).toBeCloseTo(surprise, 4)
})

test.each([
  ['orpo', orpo, {}],
  ['simpo', simpo, { beta: 2, simpoGamma: 1 }],
] as const)('%s learns preferences by adapters', async (_, train, more) => {
  const model = made()
  lora(model, { targets: 'all-linear', rank: 4 })
  const options = { tokenizer, optimizer: adam({ lr: 0.02 }), epochs: 15, batchSize: 4, validation: pairs, ...more }
  const last = await (train as typeof simpo)(model, pairs, options)
  expect(last!.validation!.metrics['rewards/accuracies']).toBe(1)
  expect(last!.validation!.metrics['rewards/margins']).toBeGreaterThan(0.1)
})

test('resumed, ORPO gives the bytes of a run that was never stopped', async () => {
  const options = { tokenizer, optimizer: adam({ lr: 0.01 }), epochs: 3, batchSize: 3, every: 1 }
  const [straight, stopped, resumed] = [made(), made(), made()]
  await orpo(straight, pairs, options)
  const files = { checkpoint: join(mkdtempSync(join(tmpdir(), 'hebb-orpo-')), 'run.safetensors'), resume: true }
  const stopper = new AbortController()
  for await (const { step } of orpo(stopped, pairs, { ...options, ...files, signal: stopper.signal })) if (step === 4) stopper.abort()
  await orpo(resumed, pairs, { ...options, ...files })
  const numbers = (model: LLM): unknown[] => [...parameters(model)].map(([path, p]) => [path, p.storage.numbers()])
  expect(numbers(resumed)).toEqual(numbers(straight))
})

test('options that mean nothing are refused before anything is read', () => {
  expect(() => orpo(made(), pairs, { tokenizer, beta: -1 })).toThrow('orpo: beta -1: give a number of 0 or more')
  expect(() => simpo(made(), pairs, { tokenizer, beta: 0 })).toThrow('simpo: beta 0: give a number above 0')
  expect(() => cpo(made(), pairs, { tokenizer, lossType: 'dpo' as 'ipo' })).toThrow(
    "cpo: lossType 'dpo' is none of sigmoid, hinge, ipo, simpo",
  )
})
