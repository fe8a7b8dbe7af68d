/** Adapters on models of every layout: what they compute, who is targeted, how they are switched, mixed, merged, written and refused. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  adam,
  frozen,
  generate,
  initialize,
  Linear,
  nextTokenCrossEntropy,
  parameters,
  quantized,
  readSafetensors,
  relu,
  sequential,
  type Tensor,
  tensor,
  trainStep,
} from '../../src/index.js'
import { LLM } from '../../src/llm/index.js'
import { adaptersOf, loadAdapter, lora, saveAdapter } from '../../src/tune/index.js'
import { expectClose } from '../compare.js'

const sizes = {
  vocab_size: 24,
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
}
const llama = (more: object = {}): LLM =>
  new LLM({ model_type: 'llama', ...sizes, max_position_embeddings: 32, initializer_range: 0.2, ...more })
const gpt2 = (): LLM =>
  new LLM({
    model_type: 'gpt2',
    vocab_size: 24,
    n_embd: 16,
    n_layer: 2,
    n_head: 4,
    n_positions: 32,
    resid_pdrop: 0,
    embd_pdrop: 0,
    attn_pdrop: 0,
  })
const ids = tensor([[1, 2, 3, 4, 5, 7, 3, 2]], { dtype: 'i32' })
const logits = async (model: LLM): Promise<Float32Array> => Float32Array.from((await model.forward(ids).data()) as Float32Array)
const fill = (model: object, seed = 5): void => {
  initialize(model)
  let count = 0
  for (const [path, p] of parameters(model))
    if (/lora_|token_adapter|modules_to_save/.test(path)) {
      const middle = path.includes('magnitude') ? 1 : 0
      const array = Float32Array.from({ length: p.size }, () => middle + 0.2 * Math.sin(seed * 100 + 7.3 * count++))
      p.storage.home = p.frozen ? { kind: 'plain', array, dtype: 'f32' } : { kind: 'arena', array }
    }
}

test('y = Wx + b + (alpha / rank) · B A x', async () => {
  const model = sequential(new Linear(2, 2), relu)
  initialize(model)
  const [weight, bias] = [...parameters(model).values()]
  weight!.storage.array!.set([1, 2, 3, 4])
  bias!.storage.array!.set([10, 20])
  const adapters = lora(model, { rank: 1, alpha: 3, targets: ['0'] })
  fill(model)
  const { lora_A: a, lora_B: b } = Object.fromEntries(
    [...adapters.tensors('default').values()].map(({ tail, param }) => [tail.split('.')[0]!, param]),
  )
  a!.storage.array!.set([1, -1])
  b!.storage.array!.set([0.5, 2])
  expect(await model.forward(tensor([[3, 1]])).array()).toEqual([[15 + 3, 33 + 12]])
  expect(await adapters.off(() => model.forward(tensor([[3, 1]]))).array()).toEqual([[15, 33]])
  expect(adapters.share).toMatchObject({ trainable: 4, total: 10 })
})

const kinds: Record<string, { model: () => LLM; options: Parameters<typeof lora>[1]; keys?: number }> = {
  'llama, its default': { model: llama, options: {}, keys: 8 },
  'all-linear, rslora': { model: llama, options: { targets: 'all-linear', rslora: true, rank: 4 }, keys: 28 },
  'GPT-2, whose weights are (in, out)': { model: gpt2, options: { rank: 2 }, keys: 4 },
  'GPT-2 with magnitudes': { model: gpt2, options: { targets: ['c_attn', 'c_fc'], dora: true, rank: 2 }, keys: 12 },
  'table and head': { model: llama, options: { targets: ['embed_tokens', 'lm_head', 'q_proj'], rank: 2 }, keys: 10 },
  'a table with a magnitude': { model: llama, options: { targets: ['embed_tokens', 'v_proj'], dora: true, rank: 2 }, keys: 10 },
  'patterns of ranks and alphas': {
    model: llama,
    options: { targets: /.*\.(q|k)_proj/, rankPattern: { 'layers.1.self_attn.q_proj': 3, k_proj: 2 }, alphaPattern: { q_proj: 2 } },
    keys: 8,
  },
  'some layers': { model: llama, options: { targets: ['q_proj', 'up_proj'], layers: [1] }, keys: 4 },
  'layers trained whole': { model: llama, options: { modulesToSave: ['lm_head', 'norm'] }, keys: 8 + 1 + 5 },
  'rows of a table': { model: llama, options: { trainableTokens: [3, 7] }, keys: 9 },
  'rows of a table that is the head, too': {
    model: () => llama({ tie_word_embeddings: true }),
    options: { trainableTokens: [3, 7] },
    keys: 9,
  },
  'a head that is the table': { model: () => llama({ tie_word_embeddings: true }), options: { targets: ['lm_head'], rank: 2 }, keys: 3 },
  'biases of GPT-2': { model: gpt2, options: { bias: 'all', loraBias: true }, keys: 4 + 2 + 8 + 5 },
  'biases of what is targeted': { model: gpt2, options: { bias: 'lora_only' }, keys: 6 },
}

describe.each(Object.entries(kinds))('%s', (name, { model: make, options, keys }) => {
  test('starts as the base, merges to what it computes, is written and read', async () => {
    const model = make()
    initialize(model)
    const base = await logits(model)
    const before = new Map([...parameters(model)].map(([path, p]) => [path, Float32Array.from(p.storage.numbers() as Float32Array)]))
    const adapters = lora(model, options)
    expectClose(await logits(model), base, { atol: 1e-5 })
    fill(model)
    const adapted = await logits(model)
    expect(adapted.some((value, i) => Math.abs(value - base[i]!) > 1e-3)).toBe(true)
    expect(await adapters.off(() => model.forward(ids)).data()).toEqual(base)
    const folder = mkdtempSync(join(tmpdir(), 'hebb-lora-'))
    await saveAdapter(adapters, folder)
    if (keys !== undefined) expect((await readSafetensors(join(folder, 'adapter_model.safetensors'))).tensors.size).toBe(keys)
    const other = make()
    initialize(other)
    const read = await loadAdapter(other, folder)
    expect(await logits(other)).toEqual(adapted)
    expect(read.of('default').plan).toEqual(adapters.of('default').plan)
    const again = mkdtempSync(join(tmpdir(), 'hebb-lora-'))
    await saveAdapter(read, again)
    for (const file of ['adapter_config.json', 'adapter_model.safetensors'])
      expect(readFileSync(join(again, file)).equals(readFileSync(join(folder, file)))).toBe(true)
    // an adapter of a table that is the head changes both once it is merged
    if (!name.startsWith('a head')) {
      await adapters.merge()
      expectClose(await logits(model), adapted, { atol: 2e-5, rtol: 1e-4 })
      adapters.unmerge()
    }
    expect(await logits(model)).toEqual(adapted)
    await adapters.remove()
    expect([...parameters(model).keys()]).toEqual([...before.keys()])
    for (const [path, p] of parameters(model)) expect([path, p.storage.numbers(), p.trainable]).toEqual([path, before.get(path), true])
    expect(adaptersOf(model)).toBeUndefined()
  })
})

test('two adapters on one base: switched, mixed by weight, none', async () => {
  const model = llama()
  initialize(model)
  const base = await logits(model)
  const adapters = lora(model, { name: 'one', rank: 2 })
  fill(model, 1)
  const one = await logits(model)
  lora(model, { name: 'two', rank: 4, targets: ['q_proj', 'o_proj'] })
  expect(await logits(model)).toEqual(base)
  adapters.use({ one: 1, two: 0.5 })
  expectClose(await logits(model), one, { atol: 1e-5 })
  await generate(model, [1, 2], { tokens: 3, temperature: 0 })
  adapters.use({})
  expect(await logits(model)).toEqual(base)
  expect(adapters.share.trainable).toBe(0)
  adapters.use({ one: 0.25 })
  await adapters.merge()
  const merged = await logits(model)
  adapters.unmerge()
  expectClose(await logits(model), merged, { atol: 1e-5, rtol: 1e-4 })
  await adapters.remove('two')
  adapters.use('one')
  expect(await logits(model)).toEqual(one)
  expect(() => adapters.use('two')).toThrow("adapters: there is no 'two', but 'one'")
})

test('a base in 4 bits is learned through, and refuses to be merged', async () => {
  const model = quantized(llama(), { match: '**.self_attn.*.weight', size: 16 })
  initialize(model)
  const adapters = lora(model, { targets: /.*_proj|lm_head/, rank: 4, dropout: 0.1 })
  const step = trainStep(model, adam({ lr: 0.02 }), ({ x, y }: { x: Tensor; y: Tensor }) => nextTokenCrossEntropy(model.forward(x), y))
  const x = tensor([[1, 2, 3, 4, 5, 6]], { dtype: 'i32' })
  const y = tensor([[2, 3, 4, 5, 6, 7]], { dtype: 'i32' })
  const first = (await step({ x, y })).loss
  let loss = first
  for (let i = 0; i < 60; i++) loss = (await step({ x, y })).loss
  expect(loss).toBeLessThan(first / 3)
  await expect(adapters.merge()).rejects.toThrow('is in blocks of 4 bits')
})

describe('what does not fit is refused, and the model is as it was', () => {
  const write = async (change: (config: Record<string, unknown>) => void): Promise<string> => {
    const folder = mkdtempSync(join(tmpdir(), 'hebb-lora-'))
    await saveAdapter(lora(llama(), { rank: 2 }), folder)
    const path = join(folder, 'adapter_config.json')
    const config = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
    change(config)
    writeFileSync(path, JSON.stringify(config))
    return folder
  }
  test.each<[string, object, (config: Record<string, unknown>) => void]>([
    [
      'of another shape: base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight: (2, 16) in the file, (2, 32)',
      { hidden_size: 32 },
      () => undefined,
    ],
    ['missing in the file: base_model.model.model.layers.2', { num_hidden_layers: 3 }, () => undefined],
    ['with no place in the model: base_model.model.model.layers.1', { num_hidden_layers: 1 }, () => undefined],
    ['peft_type is "LOHA": only LORA is read', {}, (c) => (c.peft_type = 'LOHA')],
    ['use_qalora is set', {}, (c) => (c.use_qalora = true)],
    ['layer_replication is set', {}, (c) => (c.layer_replication = [[0, 1]])],
    ['init_lora_weights is "pissa_niter_4"', {}, (c) => (c.init_lora_weights = 'pissa_niter_4')],
    ['r is "8", not a number', {}, (c) => (c.r = '8')],
    ['lora_alpha is null', {}, (c) => (c.lora_alpha = null)],
    ['no layer is targeted', {}, (c) => (c.target_modules = 'q_proj')],
    ['targets', {}, (c) => (c.target_modules = '(')],
  ])('%s', async (message, more, change) => {
    const folder = await write(change)
    const model = llama(more)
    initialize(model)
    const paths = [...parameters(model)].map(([path, p]) => [path, p.trainable])
    await expect(loadAdapter(model, folder)).rejects.toThrow(message === 'targets' ? 'is no pattern' : message)
    expect([...parameters(model)].map(([path, p]) => [path, p.trainable])).toEqual(paths)
    expect(adaptersOf(model)).toBeUndefined()
  })
  test('options', () => {
    expect(() => lora(llama(), { targets: ['q_porj'] })).toThrow('did you mean q_proj?')
    expect(() => lora(llama(), { targets: ['self_attn'] })).toThrow('which can have no adapter')
    expect(() => lora(llama(), { rank: 0 })).toThrow('rank 0 is no rank')
    expect(() => lora(frozen(sequential(new Linear(2, 2))), {})).toThrow('no known family')
    expect(() => lora(new LLM({ model_type: 'phi3', ...sizes }))).toThrow('phi3 has no targets of its own')
    expect(() => lora(llama(), { targets: /.*q_proj/, layers: 1 })).toThrow('layers choose among targets')
  })
  test('unknown settings are kept for when it is written again', async () => {
    const folder = await write((c) => Object.assign(c, { of_tomorrow: { x: 1 }, revision: 'main', target_modules: '.*\\.(q|v)_proj' }))
    const adapters = await loadAdapter(llama(), folder)
    const out = mkdtempSync(join(tmpdir(), 'hebb-lora-'))
    await saveAdapter(adapters, out, { base: 'owner/model' })
    const config = JSON.parse(readFileSync(join(out, 'adapter_config.json'), 'utf8')) as object
    expect(config).toMatchObject({
      of_tomorrow: { x: 1 },
      revision: 'main',
      target_modules: '.*\\.(q|v)_proj',
      base_model_name_or_path: 'owner/model',
    })
  })
})

test('a table of its own stays apart from the head of a tied model when merged, and a new folder is made whole', async () => {
  const model = llama({ tie_word_embeddings: true })
  initialize(model, { seed: 2 })
  const before = await logits(model)
  const adapters = lora(model, { targets: ['q_proj'], modulesToSave: ['embed_tokens'] })
  fill(model)
  const adapted = await logits(model)
  expect(Math.max(...adapted.map((x, i) => Math.abs(x - before[i]!)))).toBeGreaterThan(0.01)
  await adapters.merge()
  expectClose(await logits(model), adapted, { rtol: 0, atol: 1e-5 })
  await expect(adapters.remove(undefined, { merge: true })).rejects.toThrow('a table of their own is not the head')
  adapters.unmerge()
  const folder = join(mkdtempSync(join(tmpdir(), 'hebb-adapter-')), 'below', 'it')
  await saveAdapter(adapters, folder)
  expect(adapters.names.length).toBe(1)
  const again = llama({ tie_word_embeddings: true })
  initialize(again, { seed: 2 })
  await loadAdapter(again, folder)
  expectClose(await logits(again), adapted, { rtol: 0, atol: 1e-5 })
})
