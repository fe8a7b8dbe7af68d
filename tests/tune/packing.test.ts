/** Packing: rows as TRL makes them, and a step on packed examples is the step on each alone. */
import { expect, test } from 'vitest'
import { characters, initialize, parameters, sgd } from '../../src/index.js'
import { LLM } from '../../src/llm/index.js'
import { sft } from '../../src/tune/index.js'
import { packsOf } from '../../src/tune/sft/packs.js'
import { expectClose } from '../compare.js'

test('best fit, decreasing', () => {
  expect(packsOf([5, 2, 3, 1], 4)).toEqual([[0], [2, 3], [1]]) // the example in TRL's own docs
  const lengths = Array.from({ length: 500 }, (_, i) => 1 + ((i * 7919) % 60))
  const rows = packsOf(lengths, 64)
  expect(rows.flat().sort((a, b) => a - b)).toEqual([...lengths.keys()])
  for (const row of rows) expect(row.reduce((sum, i) => sum + lengths[i]!, 0)).toBeLessThanOrEqual(64)
  const all = lengths.reduce((a, b) => a + b)
  expect(rows.length).toBeLessThanOrEqual(Math.ceil((1.05 * all) / 64))
})

const tokenizer = characters('abcdefghijkl=. ', { special: ['eos'] })
const made = (): LLM => {
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
const examples = [
  ...'abcdefgh'.split('').map((c, i) => ({ prompt: `${c}=`, completion: 'bcdefgha'.slice(i) })),
  { text: 'abc def ghi jkl. abc.' },
]

test('a step on packed examples moves the weights as a step on each alone', async () => {
  const [apart, together] = [made(), made()]
  const how = { tokenizer, optimizer: sgd({ lr: 0.5 }), epochs: 1, clip: undefined }
  const a = await sft(apart, examples, { ...how, batchSize: examples.length })
  const rows: number[] = []
  const b = await sft(together, examples, { ...how, batchSize: 9, packing: true, onData: ({ batches }) => void rows.push(batches) })
  expect(rows).toEqual([1])
  expect(b!.loss).toBeCloseTo(a!.loss, 5)
  const [x, y] = [parameters(apart), parameters(together)]
  for (const [path, p] of x)
    expectClose(y.get(path)!.storage.numbers() as Float32Array, p.storage.numbers() as Float32Array, { rtol: 1e-5, atol: 1e-5 })
})

test('resumed in the middle of an epoch, packed batches are those of a straight run', async () => {
  const [straight, stopped] = [made(), made()]
  const { mkdtempSync } = await import('node:fs')
  const checkpoint = `${mkdtempSync('/tmp/hebb-packing-')}/run.safetensors`
  const how = { tokenizer, optimizer: sgd({ lr: 0.1 }), epochs: 2, maxLength: 24, batchSize: 1, packing: true, every: 1 }
  await sft(straight, examples, how)
  const stopper = new AbortController()
  for await (const { step } of sft(stopped, examples, { ...how, checkpoint, signal: stopper.signal })) if (step === 2) stopper.abort()
  const resumed = made()
  await sft(resumed, examples, { ...how, checkpoint, resume: true })
  for (const [path, p] of parameters(straight)) expect(parameters(resumed).get(path)!.storage.numbers()).toEqual(p.storage.numbers())
})
