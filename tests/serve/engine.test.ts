/** The engine: texts that join and leave, adapters of their own, beginnings that are known, memory that is short. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { generate, initialize, parameters } from '../../src/index.js'
import { LLM } from '../../src/llm/index.js'
import { ServedAdapters } from '../../src/serve/adapters/adapters.js'
import { Engine, type EngineOptions, type Order } from '../../src/serve/index.js'
import { settled } from '../../src/text/decode/writing/settings.js'
import { loadAdapter, lora, saveAdapter } from '../../src/tune/index.js'

const config = {
  model_type: 'llama',
  vocab_size: 90,
  hidden_size: 32,
  intermediate_size: 48,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  max_position_embeddings: 256,
  tie_word_embeddings: true,
  initializer_range: 0.3,
}
const made = (): LLM => {
  const model = new LLM(config)
  initialize(model, { seed: 4 })
  return model
}
const ids = (n: number, seed: number): number[] => Array.from({ length: n }, (_, i) => (i * 7 + seed * 13 + ((i * seed) % 5)) % 90)

/** An order for greedy text, with the scores of each of its tokens. */
function order(
  model: LLM,
  prompt: readonly number[],
  tokens: number,
  more: Partial<Order> = {},
): Order & { readonly scores: Float32Array[] } {
  const scores: Float32Array[] = []
  return {
    prompt,
    settings: settled(model, { tokens, temperature: 0, eos: [] }),
    adapter: undefined,
    seed: 0,
    sample: 0,
    client: 'one',
    signal: undefined,
    until: Number.POSITIVE_INFINITY,
    logs: true,
    onToken: (_, own) => scores.push(own.slice()),
    ...more,
    scores,
  }
}

/** A folder with an adapter of its own numbers. */
async function adapter(seed: number, rank: number, targets: readonly string[] | 'all-linear'): Promise<string> {
  const model = made()
  const adapters = lora(model, { rank, alpha: 2 * rank, targets, name: 'own', seed, initialisation: false })
  const folder = mkdtempSync(join(tmpdir(), 'hebb-adapter-'))
  await saveAdapter(adapters, folder)
  return folder
}

const engineOf = (options: EngineOptions = {}): { model: LLM; engine: Engine; adapters: ServedAdapters } => {
  const model = made()
  const adapters = new ServedAdapters(model)
  return { model, adapters, engine: new Engine(model, options, adapters) }
}

describe('many texts at once', () => {
  test('each is what it is alone, whoever comes and goes', async () => {
    const { model, engine } = engineOf({ texts: 4, piece: 16 })
    const asked = Array.from({ length: 9 }, (_, i) => ({ prompt: ids(3 + 9 * i, i), tokens: 4 + 3 * i }))
    const all = await Promise.all(asked.map(({ prompt, tokens }) => engine.write(order(model, prompt, tokens))))
    for (const [i, { prompt, tokens }] of asked.entries()) {
      const alone = await generate(made(), prompt, { tokens, temperature: 0, eos: [] })
      expect([...all[i]!.ids]).toEqual([...alone.ids])
      for (const [t, log] of alone.logProbabilities.entries()) expect(all[i]!.logProbabilities[t]).toBeCloseTo(log, 3)
    }
  })

  test('a mixed batch gives each text what its adapter alone gives', async () => {
    const folders = [
      await adapter(1, 8, 'all-linear'),
      await adapter(2, 3, ['q_proj', 'v_proj']),
      await adapter(3, 16, ['down_proj', 'k_proj']),
      await adapter(4, 8, ['q_proj', 'v_proj']),
    ]
    const { model, engine, adapters } = engineOf({ texts: 8 })
    const served = await Promise.all(folders.map((folder, i) => adapters.load(`a${i}`, folder)))
    const orders = Array.from({ length: 8 }, (_, i) => order(model, ids(5 + 3 * i, i), 8, { adapter: served[i % 5] }))
    const all = await Promise.all(orders.map((one) => engine.write(one)))
    for (const [i, one] of orders.entries()) {
      const alone = made()
      if (i % 5 < 4) await loadAdapter(alone, folders[i % 5]!)
      const { ids: written } = await generate(alone, one.prompt, { tokens: 8, temperature: 0, eos: [] })
      expect([...all[i]!.ids]).toEqual([...written])
      const engineAlone = new Engine(alone)
      const other = order(alone, one.prompt, 8)
      await engineAlone.write(other)
      for (const [t, scores] of one.scores.entries())
        for (const [id, score] of scores.entries()) expect(Math.abs(score - other.scores[t]![id]!)).toBeLessThan(1e-4)
    }
  })

  test('adapters come and go while texts are written', async () => {
    const { model, engine, adapters } = engineOf()
    const first = await adapters.load('a', await adapter(1, 8, 'all-linear'))
    const one = order(model, ids(6, 1), 60, { adapter: first })
    const writing = engine.write(one)
    adapters.drop('a')
    expect(adapters.get('a')).toBeUndefined()
    // its rows are not given to others as long as it is used
    const second = await adapters.load('a', await adapter(2, 8, 'all-linear'))
    const other = order(model, ids(6, 1), 60, { adapter: second })
    const [a, b] = await Promise.all([writing, engine.write(other)])
    const { ids: alone } = await generate(await withAdapter(1), ids(6, 1), { tokens: 60, temperature: 0, eos: [] })
    expect([...a.ids]).toEqual([...alone])
    const { ids: others } = await generate(await withAdapter(2), ids(6, 1), { tokens: 60, temperature: 0, eos: [] })
    expect([...b.ids]).toEqual([...others])
    expect(first.bytes).toBe(second.bytes)
    expect([...parameters(model).keys()]).toEqual([...parameters(made()).keys()])
  })

  test('what texts begin with alike is read once, by each adapter for itself', async () => {
    const { model, engine, adapters } = engineOf({ piece: 32 })
    const own = await adapters.load('a', await adapter(1, 4, ['q_proj']))
    const common = ids(100, 3)
    const orders = Array.from({ length: 6 }, (_, i) => order(model, [...common, i, i + 1], 5, { adapter: i % 2 ? own : undefined }))
    const all = await Promise.all(orders.map((one) => engine.write(one)))
    expect(engine.counts.read + engine.counts.reused).toBe(6 * 102)
    // one text of each kind reads it all
    expect(engine.counts.reused).toBe(4 * 96)
    expect(all.reduce((sum, { reused }) => sum + reused, 0)).toBe(4 * 96)
    const alone = await generate(made(), orders[2]!.prompt, { tokens: 5, temperature: 0, eos: [] })
    expect([...all[2]!.ids]).toEqual([...alone.ids])
  })

  test('where memory is short the last to come waits, and goes on as if it had not', async () => {
    // room for two rows of 128 places
    const { model, engine } = engineOf({ cacheBytes: 2 * 128 * 8 * 2 * 2 * 8, texts: 4, prefixBytes: 0 })
    expect(engine.context).toBe(256)
    const orders = [0, 1, 2].map((i) => order(model, ids(20, i), 100))
    const all = await Promise.all(orders.map((one) => engine.write(one)))
    expect(engine.memory.cache).toBeLessThanOrEqual(2 * 128 * 8 * 2 * 2 * 8)
    for (const [i, one] of orders.entries()) {
      const { ids: alone } = await generate(made(), one.prompt, { tokens: 100, temperature: 0, eos: [] })
      expect([...all[i]!.ids]).toEqual([...alone])
    }
  })
})

async function withAdapter(seed: number): Promise<LLM> {
  const model = made()
  await loadAdapter(model, await adapter(seed, 8, 'all-linear'))
  return model
}
