/** DPO end to end: its loss by hand, preferences learned by adapters and whole, resumed to the byte, pairs left out and named. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { dpo } from '../../src/align/index.js'
import { adam, characters, initialize, parameters, sgd, tensor } from '../../src/index.js'
import { LLM } from '../../src/llm/index.js'
import { lora } from '../../src/tune/index.js'

const tokenizer = characters('abcdefghijkl=. ', { special: ['eos'] })
function made(): LLM {
  const model = new LLM({
    model_type: 'llama',
    vocab_size: tokenizer.size,
    hidden_size: 32,
    intermediate_size: 64,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    initializer_range: 0.1,
    max_position_embeddings: 64,
  })
  initialize(model)
  return model
}
const pairs = 'abcdefgh'
  .split('')
  .map((c, i) => ({ prompt: `${c}=`, chosen: 'bcdefgha'[i]!, rejected: 'hgfedcba'[i] === 'bcdefgha'[i] ? 'k' : 'hgfedcba'[i]! }))

async function sumOf(model: LLM, prompt: string, answer: string): Promise<number> {
  const ids = [...tokenizer.encode(prompt + answer), tokenizer.special.eos!]
  const logs = (await model
    .forward(tensor([ids], { dtype: 'i32' }))
    .logSoftmax(2)
    .array()) as number[][][]
  return ids.reduce((sum, id, t) => (t < prompt.length ? sum : sum + logs[0]![t - 1]![id]!), 0)
}

test('at first the loss is log 2; a step later it is that of the formula', async () => {
  const model = made()
  const [one] = pairs
  const options = { tokenizer, optimizer: sgd({ lr: 0.5 }), epochs: 1, clip: undefined }
  const before = [await sumOf(model, one!.prompt, one!.chosen), await sumOf(model, one!.prompt, one!.rejected)]
  const first = await dpo(model, [one], options)
  expect(first!.loss).toBeCloseTo(Math.LN2, 5)
  expect(first!.metrics['logps/chosen']).toBeCloseTo(before[0]!, 3)
  const after = [await sumOf(model, one!.prompt, one!.chosen), await sumOf(model, one!.prompt, one!.rejected)]
  expect(after[0]! - after[1]!).toBeGreaterThan(before[0]! - before[1]!)
})

test.each<[string, (model: LLM) => void]>([
  ['all of it', () => undefined],
  ['adapters alone', (model) => void lora(model, { targets: 'all-linear', rank: 4 })],
])('preferences are learned: %s', async (_, prepare) => {
  const model = made()
  prepare(model)
  const last = await dpo(model, pairs, { tokenizer, optimizer: adam({ lr: 0.01 }), epochs: 12, batchSize: 4, validation: pairs })
  expect(last!.loss).toBeLessThan(0.5)
  expect(last!.validation!.metrics['rewards/accuracies']).toBe(1)
  expect(last!.validation!.metrics['rewards/margins']).toBeGreaterThan(0.5)
})

test('resumed, it gives the bytes of a run that was never stopped', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hebb-dpo-'))
  const data = join(folder, 'pairs.jsonl')
  writeFileSync(data, pairs.map((one) => JSON.stringify(one)).join('\n'))
  for (const adapters of [true, false]) {
    const tuned = (): LLM => {
      const model = made()
      if (adapters) lora(model, { dropout: 0.1 })
      return model
    }
    const options = { tokenizer, optimizer: adam({ lr: 0.01 }), epochs: 4, batchSize: 3, every: 1 }
    const [straight, stopped, resumed] = [tuned(), tuned(), tuned()]
    await dpo(straight, data, options)
    const files = { checkpoint: join(folder, `run-${adapters}.safetensors`), resume: true }
    const stopper = new AbortController()
    for await (const { step } of dpo(stopped, data, { ...options, ...files, signal: stopper.signal })) if (step === 5) stopper.abort()
    await dpo(resumed, data, { ...options, ...files })
    const numbers = (model: LLM): unknown[] => [...parameters(model)].map(([path, p]) => [path, p.storage.numbers()])
    expect(numbers(resumed)).toEqual(numbers(straight))
  }
})

test('pairs that teach nothing are left out, counted and named; what is no pair is refused', async () => {
  const model = made()
  const told: string[] = []
  const bad = [
    ...pairs.slice(0, 2),
    { prompt: 'a=', chosen: 'b', rejected: 'b' },
    { prompt: 'a=', chosen: 'b', rejected: ' ' },
    { prompt: 'abcdefghijkl', chosen: 'b', rejected: 'c' },
  ]
  await dpo(model, bad, { tokenizer, epochs: 1, maxLength: 8, onData: ({ text }) => told.push(text) })
  expect(told[0]).toContain('5 examples, 2 of them learned from')
  expect(told[0]).toContain('1 whose answers are equal is left out (example 2)')
  expect(told[0]).toContain('1 with an empty answer is left out (example 3)')
  expect(told[0]).toContain('1 whose prompt leaves no room for an answer is left out (example 4)')
  const run = (data: readonly unknown[], more = {}): PromiseLike<unknown> => dpo(model, data, { tokenizer, ...more }).then(() => undefined)
  await expect(run([{ prompt: 'a=', chosen: 'b' }])).rejects.toThrow('example 0: it has prompt, chosen: give prompt, chosen and rejected')
  await expect(run([bad[2]])).rejects.toThrow('dpo: nothing is left')
  await expect(run([{ chosen: 3, rejected: 'b' }])).rejects.toThrow('example 0: chosen is a number')
  await expect(run([])).rejects.toThrow('dpo: there are no examples')
  expect(() => dpo(model, pairs, { tokenizer, beta: 0 })).toThrow('beta 0')
  expect(() => dpo(model, pairs)).toThrow('no tokenizer of its own')
})

test('a prompt that both answers begin with', async () => {
  const model = made()
  const implicit = pairs.map(({ prompt, chosen, rejected }) => ({ chosen: prompt + chosen, rejected: prompt + rejected }))
  const options = { tokenizer, optimizer: sgd({ lr: 0 }), epochs: 1 }
  const [a, b] = [await dpo(model, pairs, options), await dpo(made(), implicit, options)]
  expect(b!.metrics).toEqual(a!.metrics)
})
