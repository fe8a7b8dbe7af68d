/** Rude clients: half open, slow, over-long, malformed, vanishing. The polite ones lose nothing. */
import { expect, test } from 'vitest'
import { rude, together } from '../../bench/serving/clients.js'
import { LLM } from '../../src/llm/index.js'
import { serve } from '../../src/serve/index.js'
import { tokenizerOf } from '../../src/tokenize/index.js'

test('polite answers are whole beside 50 rude clients, and nothing is left of those', { timeout: 60_000 }, async () => {
  const size = 49_152
  const vocab = Object.fromEntries(Array.from({ length: size }, (_, i) => [`w${i}`, i]))
  const tokenizer = tokenizerOf({
    tokenizer: { model: { type: 'WordLevel', vocab, unk_token: 'w0' }, pre_tokenizer: { type: 'WhitespaceSplit' }, added_tokens: [] },
    config: {},
  })
  const config = {
    model_type: 'llama',
    vocab_size: size,
    hidden_size: 8,
    intermediate_size: 8,
    num_hidden_layers: 1,
    num_attention_heads: 1,
    max_position_embeddings: 512,
  }
  const failures: unknown[] = []
  const server = await serve(new LLM(config, { tokenizer }), { port: 0, name: 'base', log: (error) => failures.push(error) })
  const all = Promise.all(Array.from({ length: 10 }, () => Object.values(rude).map((act) => act(server.port))).flat())
  for (let n = 0; n < 3; n++) expect(await together(server.url, 4, (i) => ({ seed: i, tokens: 24 }))).toBeGreaterThan(0)
  await all
  await expect.poll(() => server.engine.load, { timeout: 20_000 }).toEqual({ texts: 0, waiting: 0 })
  expect(await together(server.url, 4, (i) => ({ seed: i, tokens: 24 }))).toBeGreaterThan(0)
  expect(failures).toEqual([])
  await server.close(0)
})
