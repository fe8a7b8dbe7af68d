import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { initialize, LLM, loadLLM, predict, saveLLM, TextReader, tensor } from '../../src/index.js'
import { expectClose } from '../compare.js'

test.each([4, 8] as const)('weights of %i bits read a text piece by piece as they read it whole', async (bits) => {
  const made = new LLM({
    ...{ model_type: 'llama', vocab_size: 96, hidden_size: 64, intermediate_size: 96, num_hidden_layers: 3 },
    ...{ num_attention_heads: 4, num_key_value_heads: 2, max_position_embeddings: 64, initializer_range: 0.2 },
  })
  initialize(made, { seed: 3 })
  const folder = join(mkdtempSync(join(tmpdir(), 'hebb-bits-')), 'model')
  await saveLLM(made, folder)
  const model = await loadLLM(folder, { bits })
  const ids = Array.from({ length: 40 }, (_, i) => (i * 7) % 96)
  const reader = new TextReader(model)
  await reader.read(ids.slice(0, 30))
  await reader.read(ids.slice(30, 31))
  const last = await reader.read(ids.slice(31))
  const whole = predict(model, tensor([ids], { dtype: 'i32' }))
  const logits = await whole.then((y) => y.data())
  expect(reader.length).toBe(40)
  expectClose(last, logits.slice(-96), { rtol: 0, atol: 2e-2 })
})
