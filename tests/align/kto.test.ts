/** KTO end to end: its loss by hand at a distance from the reference, learned by adapters and whole, resumed to the byte, what is refused. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { kto } from '../../src/align/index.js'
import { adam, parameters, sgd } from '../../src/index.js'
import type { LLM } from '../../src/llm/index.js'
import { lora } from '../../src/tune/index.js'
import { logSigmoid, logsOf, made, mean, pairs, sum, tokenizer } from './small.js'

const judged = pairs.flatMap(({ prompt, chosen, rejected }) => [
  { prompt, completion: chosen, label: true },
  { prompt, completion: rejected, label: false },
])
const of = async (model: LLM, prompt: string, answer: string): Promise<number> => sum((await logsOf(model, prompt + answer)).slice(1))

test('at first a good answer costs ½ and a bad one ½, each times its weight', async () => {
  const options = { tokenizer, optimizer: sgd({ lr: 0 }), epochs: 1, desirableWeight: 3 }
  const found = await kto(made(), judged, options)
  expect(found!.loss).toBeCloseTo(1, 4)
  expect(found!.metrics.kl).toBeCloseTo(0, 4)
})

test('away from its reference the loss is that of the formula, with answers moved on to the next prompt', async () => {
  const model = made()
  const adapters = lora(model, { targets: 'all-linear', rank: 4 })
  await kto(model, judged, { tokenizer, optimizer: adam({ lr: 0.02 }), epochs: 4, batchSize: 4 })
  // two examples: whatever the order, each gets the answer of the other
  const two = [judged[0]!, judged[3]!]
  const logs = async (): Promise<{ own: number[]; other: number[] }> => ({
    own: await Promise.all(two.map(({ prompt, completion }) => of(model, prompt, completion))),
    other: await Promise.all(two.map(({ prompt }, i) => of(model, prompt, two[1 - i]!.completion))),
  })
  const now = await logs()
  const used = adapters.active
  adapters.use({})
  const before = await logs()
  adapters.use(used)
  const u = now.own.map((x, i) => x - before.own[i]!)
  const z = Math.max(0, mean(now.other.map((x, i) => x - before.other[i]!)))
  const found = await kto(model, two, { tokenizer, optimizer: sgd({ lr: 0 }), epochs: 1, beta: 0.5 })
  const sigmoid = (x: number): number => Math.exp(logSigmoid(x))
  expect(Math.abs(u[0]!) + Math.abs(u[1]!)).toBeGreaterThan(0.5)
  expect(found!.metrics.kl).toBeCloseTo(z, 3)
  expect(found!.loss).toBeCloseTo((2 - sigmoid(0.5 * (u[0]! - z)) - sigmoid(0.5 * (z - u[1]!))) / 2, 3)
  expect(found!.metrics['rewards/chosen']).toBeCloseTo(0.5 * u[0]!, 3)
  expect(found!.metrics['rewards/margins']).toBeCloseTo(0.5 * (u[0]! - u[1]!), 3)
  expect(found!.metrics['logps/rejected']).toBeCloseTo(now.own[1]!, 3)
})

test.each([
  ['all of it', false],
  ['adapters alone', true],
])('judgements are learned, and gone on with exactly: %s', async (_, adapters) => {
  const tuned = (): LLM => {
    const model = made()
    if (adapters) lora(model, { targets: 'all-linear', rank: 4 })
    return model
  }
  const options = { tokenizer, optimizer: adam({ lr: 0.01 }), epochs: 8, batchSize: 4, every: 1, beta: 0.5 }
  const [straight, stopped, resumed] = [tuned(), tuned(), tuned()]
  const last = await kto(straight, judged, options)
  expect(last!.loss).toBeLessThan(0.4)
  expect((last as { metrics: Record<string, number> }).metrics['rewards/margins']).toBeGreaterThan(0.5)
  const files = { checkpoint: join(mkdtempSync(join(tmpdir(), 'hebb-kto-')), 'run.safetensors'), resume: true }
  const stopper = new AbortController()
  for await (const { step } of kto(stopped, judged, { ...options, ...files, signal: stopper.signal })) if (step === 6) stopper.abort()
  await kto(resumed, judged, { ...options, ...files })
  const numbers = (model: LLM): unknown[] => [...parameters(model)].map(([path, p]) => [path, p.storage.numbers()])
  expect(numbers(resumed)).toEqual(numbers(straight))
})

test('good answers alone: means are over those there are; apo_zero_unpaired needs no others', async () => {
  const good = judged.filter(({ label }) => label)
  const still = { tokenizer, optimizer: sgd({ lr: 0 }), epochs: 1 }
  const found = await kto(made(), good, { ...still, lossType: 'apo_zero_unpaired', batchSize: 1 })
  expect(found!.loss).toBeCloseTo(0.5, 5)
  expect(found!.metrics['logps/chosen']).toBeLessThan(-1)
})

test('what is no judged answer is refused, by its place', async () => {
  const run = (data: readonly unknown[], more = {}): PromiseLike<unknown> => kto(made(), data, { tokenizer, ...more }).then(() => undefined)
  await expect(run([{ prompt: 'a=', completion: 'b' }])).rejects.toThrow(
    'example 0: it has prompt, completion: give prompt, completion and label',
  )
  await expect(run([{ prompt: 'a=', completion: 'b', label: 'good' }])).rejects.toThrow(
    'example 0: label is "good": give true for a good answer',
  )
  await expect(run([{ prompt: 'a=', completion: ' ', label: true }])).rejects.toThrow('kto: nothing is left')
  expect(() => kto(made(), judged, { tokenizer, batchSize: 1 })).toThrow('kto: batchSize 1')
  expect(() => kto(made(), judged, { tokenizer, beta: 0 })).toThrow('kto: beta 0')
})
