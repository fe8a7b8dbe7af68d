/** A decoder that computes the inner values of its layers twice learns the same, to the last bit, and reads a frozen base where it lies. */
import { expect, test } from 'vitest'
import { adamW, frozen, initialize, parameters, quantized, type Tensor, tensor, trainStep } from '../../src/index.js'
import { LLM } from '../../src/llm/index.js'
import { nextTokenCrossEntropy } from '../../src/text/index.js'
import { lora } from '../../src/tune/index.js'

const made = (family: string): LLM => {
  const model = new LLM({
    model_type: family,
    vocab_size: 96,
    hidden_size: 32,
    intermediate_size: 64,
    num_hidden_layers: 3,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    max_position_embeddings: 32,
    sliding_window: 8,
    head_dim: 8,
  })
  initialize(model, { seed: 1 })
  return model
}
const ids = Int32Array.from({ length: 2 * 13 }, (_, i) => (i * 31) % 96)
const batch = (from: number): Tensor => tensor(ids.slice(from, from + 24), { shape: [2, 12] })

async function trained(model: LLM): Promise<Uint8Array[]> {
  const step = trainStep(model, adamW({ lr: 1e-2 }), ({ x, y }: { x: Tensor; y: Tensor }) => nextTokenCrossEntropy(model.forward(x), y))
  for (let i = 0; i < 3; i++) await step({ x: batch(0), y: batch(1) })
  const all: Uint8Array[] = []
  for (const p of parameters(model).values()) all.push(new Uint8Array((await p.data()).slice().buffer))
  expect(all.length).toBeGreaterThan(20)
  return all
}

test.each(['llama', 'gemma2', 'qwen3'])('%s: the same weights after three steps', async (family) => {
  const [plain, again] = [made(family), made(family)]
  again.recomputes = true
  expect(await trained(again)).toEqual(await trained(plain))
})

test.each([undefined, 4, 8] as const)('adapters on a base in %s bits: the same weights after three steps', async (bits) => {
  const adapted = (recomputes: boolean): LLM => {
    const model = made('llama')
    if (bits) quantized(model, { bits })
    else frozen(model)
    model.recomputes = recomputes
    lora(model, { rank: 2, dropout: 0.1, targets: 'all-linear' })
    return model
  }
  expect(await trained(adapted(true))).toEqual(await trained(adapted(false)))
})
