/** Guessed tokens: the same text as without, whoever guesses; drawn ones as likely as without; and what bad drafts get. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  characters,
  type GenerateOptions,
  Gpt,
  generate,
  initialize,
  type LanguageModel,
  LLM,
  loadLLM,
  tensor,
} from '../../../src/index.js'
import { expectClose } from '../../compare.js'
import { goldenPath } from '../../goldens.js'

/** A model whose answers depend on what it reads. */
function lively(config: ConstructorParameters<typeof Gpt>[0], seed: number, by = 8): Gpt {
  const model = new Gpt(config)
  initialize(model, { seed })
  const { h, wte, wpe } = model.transformer
  for (const { weight } of [...h.flatMap(({ attn, mlp }) => [attn.c_attn, attn.c_proj, mlp.c_fc, mlp.c_proj]), wte, wpe]) {
    const array = weight.storage.array as Float32Array
    array.forEach((x, i) => {
      array[i] = x * by
    })
  }
  return model
}

const size = { vocabulary: 29, context: 100, layers: 2, heads: 2, width: 16 }
const model = lively(size, 0)
/** The same model, its last weights changed a little: right most of the time. */
const near = lively(size, 0)
for (const [i, x] of (near.transformer.wte.weight.storage.array as Float32Array).entries())
  (near.transformer.wte.weight.storage.array as Float32Array)[i] = x * (1 + 0.2 * Math.sin(i * i))
const drafts: Readonly<Record<string, LanguageModel | 'lookup'>> = {
  itself: model,
  near,
  other: lively({ ...size, layers: 1, width: 8 }, 5),
  short: lively({ ...size, context: 20, layers: 1 }, 6),
  lookup: 'lookup',
}
const tokenizer = characters('abcdefghijklmnopqrstuvwxyz .,')
const prompt = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8]

const cases: readonly GenerateOptions[] = [
  { tokens: 88 },
  { tokens: 120 },
  { tokens: 120, slide: true },
  { tokens: 40, repetitionPenalty: 1.3, presencePenalty: 0.4, frequencyPenalty: 0.2, noRepeatNgramSize: 3 },
  { tokens: 40, badWords: [[3], [4, 5]], suppressTokens: [7], beginSuppressTokens: [8], forcedEos: 2 },
  { tokens: 60, eos: [1, 5, 9, 11, 14, 20], minTokens: 30 },
  { tokens: 60, stop: [0, 4, 9] },
  { tokens: 60, stop: ['ab', 'fo', 'g.', 'i', 'q'], tokenizer },
  { tokens: 30, regex: /[a-f]{3}(x|y.)z*[g-k]+/, eos: 28, tokenizer },
  { tokens: 60, choices: ['abcabcabcabc', 'abdabdabd', 'zzzz'], tokenizer },
]

describe.each(Object.entries(drafts))('guessed by %s', (name, draft) => {
  test.each(cases)('the same text: $tokens tokens, case %#', async (options) => {
    const { logProbabilities, ...want } = await generate(model, prompt, options)
    const { logProbabilities: logs, ...found } = await generate(model, prompt, { ...options, draft })
    expect(found).toEqual(want)
    expectClose(logs, logProbabilities, { rtol: 1e-3, atol: 1e-3 })
  })

  test('several texts, each as alone; drawn with a seed the same again, by lookup as without', async () => {
    const options = { tokens: 30, temperature: 0.7, seed: 3, samples: 2, draft }
    const prompts = [prompt, [1, 2, 3], [7]]
    const texts = await generate(model, prompts, options)
    for (const { prompt: p, sample, ids } of texts) {
      const { seed, ...rest } = options
      const alone = await generate(model, [prompts[p]!], { ...rest, seed: seed + p })
      expect(ids).toEqual(alone[sample]!.ids)
      if (name === 'lookup')
        expect(ids).toEqual((await generate(model, [prompts[p]!], { ...rest, seed: seed + p, draft: undefined }))[sample]!.ids)
    }
  })
})

test('the tokens come one by one, and a signal or the end of the loop stops between those of a round', async () => {
  const want = [...(await generate(model, prompt, { tokens: 30 })).ids]
  for (const n of [1, 4, 5, 9]) {
    const abort = new AbortController()
    const run = generate(model, prompt, { tokens: 30, draft: model, signal: abort.signal })
    for (let i = 0; i < n; i++) expect((await run.next()).value).toMatchObject({ token: want[i] })
    abort.abort()
    expect(await run).toMatchObject({ why: 'signal', ids: Int32Array.from(want.slice(0, n)) })
    let heard = 0
    const left = generate(model, prompt, { tokens: 30, draft: model })
    for await (const _ of left) if (++heard === n) break
    expect((await left).ids).toEqual(Int32Array.from(want.slice(0, n)))
  }
})

const factors = { short_factor: [1, 1.2, 1.5, 2], long_factor: [2, 3, 4, 5] }
const sizes = {
  vocab_size: 29,
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  initializer_range: 0.4,
}
test.each([
  {
    model_type: 'phi3',
    ...sizes,
    pad_token_id: null,
    max_position_embeddings: 64,
    original_max_position_embeddings: 30,
    rope_scaling: { type: 'longrope', ...factors },
  },
  { model_type: 'llama', ...sizes, max_position_embeddings: 30, rope_scaling: { type: 'dynamic', factor: 4 } },
  { model_type: 'mistral', ...sizes, max_position_embeddings: 64, sliding_window: 9 },
])('texts that outgrow their angles, and windows: $model_type', async (config) => {
  const grown = new LLM(config)
  initialize(grown)
  const want = await generate(grown, prompt, { tokens: 40 })
  for (const draft of [grown, model, 'lookup'] as const)
    expect((await generate(grown, prompt, { tokens: 40, draft })).ids).toEqual(want.ids)
})

/** log p of every text of `length` tokens, by the rules. */
async function chances(of: LanguageModel, begin: readonly number[], length: number, temperature: number): Promise<Map<string, number>> {
  let texts = new Map<string, number>([['', 1]])
  for (let t = 0; t < length; t++) {
    const next = new Map<string, number>()
    for (const [text, p] of texts) {
      const ids = [...begin, ...[...text].map(Number)]
      const scores = ((await of.forward(tensor([ids], { dtype: 'i32' })).data()) as Float32Array).slice(-of.vocabulary)
      const weights = Array.from(scores, (s) => Math.exp((s - Math.max(...scores)) / temperature))
      const total = weights.reduce((a, b) => a + b, 0)
      for (const [id, w] of weights.entries()) next.set(text + String(id), (p * w) / total)
    }
    texts = next
  }
  return texts
}

test.each([
  ['another model', 1.2],
  ['one that is nearly right', 1],
  ['lookup', 1],
] as const)('drawn with a draft by %s: every text as often as the model alone writes it', async (kind, temperature) => {
  const tiny = { vocabulary: 4, context: 12, layers: 1, heads: 1, width: 8 }
  const judge = lively(tiny, 1, 25)
  const draft = kind === 'lookup' ? kind : lively(tiny, kind === 'another model' ? 2 : 1, kind === 'another model' ? 20 : 22)
  const begin = [1, 2, 0, 1, 2]
  const exact = await chances(judge, begin, 4, temperature)
  const counts = new Map<string, number>()
  const rounds = 60
  const samples = 64
  for (let seed = 0; seed < rounds; seed++)
    for (const { ids } of await generate(judge, begin, { tokens: 4, temperature, topK: 0, seed: seed * samples, samples, draft })) {
      const text = [...ids].join('')
      counts.set(text, (counts.get(text) ?? 0) + 1)
    }
  // what is expected less than five times is counted together
  const n = rounds * samples
  let [chi2, cells, rare, rareFound] = [0, 0, 0, 0]
  for (const [text, p] of exact) {
    const found = counts.get(text) ?? 0
    if (p * n < 5) [rare, rareFound] = [rare + p * n, rareFound + found]
    else [chi2, cells] = [chi2 + (found - p * n) ** 2 / (p * n), cells + 1]
  }
  if (rare >= 5) [chi2, cells] = [chi2 + (rareFound - rare) ** 2 / rare, cells + 1]
  expect(cells).toBeGreaterThan(30)
  // [Wilson 1931]: (χ²/k)^⅓ is nearly normal; 3.5 standard deviations
  const k = cells - 1
  const z = ((chi2 / k) ** (1 / 3) - (1 - 2 / (9 * k))) / Math.sqrt(2 / (9 * k))
  expect(Math.abs(z)).toBeLessThan(3.5)
})

const root = goldenPath('models')
const folders = root ? readdirSync(root).filter((name) => readdirSync(join(root, name)).includes('config.json')) : []
test.skipIf(!root)('golden models guess for one another where their tokens are the same, and else it says so', async () => {
  const models = (await Promise.all(folders.map((name) => loadLLM(join(root!, name))))).filter(({ tokenizer: own }) => own)
  let paired = 0
  for (const own of models) {
    const begin = own.tokenizer!.encode('Once upon a time, there was')
    const want = await generate(own, begin, { tokens: 24, eos: [] })
    expect((await generate(own, begin, { tokens: 24, eos: [], draft: 'lookup' })).ids).toEqual(want.ids)
    for (const draft of models) {
      const same = JSON.stringify(ids(own)) === JSON.stringify(ids(draft))
      if (!same) expect(() => generate(own, begin, { draft })).toThrow('draft has another tokenizer: id')
      else {
        paired++
        expect((await generate(own, begin, { tokens: 24, eos: [], draft })).ids).toEqual(want.ids)
      }
    }
  }
  expect(paired).toBeGreaterThanOrEqual(models.length)
})
const ids = ({
  tokenizer: t,
}: {
  readonly tokenizer?: { readonly size: number; tokenOf?(id: number): string | undefined } | undefined
}): unknown => Array.from({ length: t!.size }, (_, id) => t!.tokenOf!(id))

test('says what a draft must be', () => {
  const wrong =
    (options: GenerateOptions): (() => unknown) =>
    () =>
      generate(model, prompt, options)
  expect(wrong({ draft: 'gpt2' as never })).toThrow("draft is 'gpt2': give a smaller model, or 'lookup'")
  expect(wrong({ draft: 3 as never })).toThrow('draft is a number')
  expect(wrong({ draft: near, beams: 2 })).toThrow('leave out draft, or beams')
  expect(wrong({ draft: near, cache: false })).toThrow('leave out draft, or cache')
  expect(wrong({ draft: lively({ ...size, vocabulary: 30 }, 1) })).toThrow('draft has 30 tokens, the model 29')
  const plain = { vocabulary: 29, context: 100, forward: () => 0, states: () => 0, logits: () => 0 } as never
  expect(wrong({ draft: plain })).toThrow('give a model with decode')
  expect(() => generate(plain, prompt, { draft: near })).toThrow('this model keeps nothing')
})
