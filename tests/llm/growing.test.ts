/** Texts that grow beyond the length their angles were made for, read in pieces, several at once, back and forth. */
import { describe, expect, test } from 'vitest'
import { initialize, LLM, TextBatch, TextReader, tensor } from '../../src/index.js'
import { expectClose } from '../compare.js'

const sizes = {
  vocab_size: 31,
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  initializer_range: 0.4,
}
const factors = { short_factor: [1, 1.2, 1.5, 2], long_factor: [2, 3, 4, 5] }
const models = {
  longrope: {
    model_type: 'phi3',
    ...sizes,
    pad_token_id: null,
    max_position_embeddings: 64,
    original_max_position_embeddings: 10,
    rope_scaling: { type: 'longrope', ...factors },
  },
  dynamic: { model_type: 'llama', ...sizes, max_position_embeddings: 10, rope_scaling: { type: 'dynamic', factor: 4 } },
}
const text = Array.from({ length: 40 }, (_, i) => (i * i + 3 * i) % 31)

describe.each(Object.entries(models))('%s', (_, config) => {
  const model = new LLM(config)
  initialize(model)
  const scores = async (ids: readonly number[]): Promise<Float32Array> => {
    const all = (await model.forward(tensor([[...ids]], { dtype: 'i32' })).data()) as Float32Array
    return all.slice(-31)
  }
  const near = { rtol: 1e-4, atol: 1e-5 }

  test('token by token, in pieces, back and on', async () => {
    const reader = new TextReader(model)
    expectClose(await reader.read(text.slice(0, 7)), await scores(text.slice(0, 7)), near)
    for (let t = 7; t < 14; t++) expectClose(await reader.read([text[t]!]), await scores(text.slice(0, t + 1)), near)
    expectClose(await reader.read(text.slice(14, 33)), await scores(text.slice(0, 33)), near)
    reader.rewind(8)
    expectClose(await reader.read([5]), await scores([...text.slice(0, 8), 5]), near)
    expectClose(await reader.read(text.slice(0, 4)), await scores([...text.slice(0, 8), 5, ...text.slice(0, 4)]), near)
    expect(reader.length).toBe(13)
  })

  test('several at once, each of its own length', async () => {
    const batch = new TextBatch(model)
    const [a, b] = [batch.open(), batch.open()]
    await batch.read([
      { reader: a, ids: text.slice(0, 10) },
      { reader: b, ids: text.slice(5, 9) },
    ])
    const c = a.fork()
    const [ofA, ofB, ofC] = await batch.read([
      { reader: a, ids: [1] },
      { reader: b, ids: [2] },
      { reader: c, ids: [3, 4] },
    ])
    expectClose(ofA!, await scores([...text.slice(0, 10), 1]), near)
    expectClose(ofB!, await scores([...text.slice(5, 9), 2]), near)
    expectClose(ofC!, await scores([...text.slice(0, 10), 3, 4]), near)
  })
})
