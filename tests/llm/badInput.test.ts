/** Models and configs that are wrong: one error that names the thing, the value and the cure, whatever was done to the files. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Draws, HebbError, LLM, loadLLM, parameters, readSafetensors, saveLLM, tensor, writeSafetensors } from '../../src/index.js'
import { type ModelConfig, readConfig } from '../../src/llm/index.js'
import { expectClose } from '../compare.js'
import { goldenPath } from '../goldens.js'
import { cases, filled } from './cases.js'

const all = mkdtempSync(join(tmpdir(), 'hebb-llm-'))
afterAll(() => rmSync(all, { recursive: true, force: true }))
const small = {
  model_type: 'llama',
  vocab_size: 31,
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  num_key_value_heads: 2,
}

/** A folder of a model, whose config and weights may be changed. */
async function folderOf(
  config: ModelConfig,
  change: { config?: (c: Record<string, unknown>) => unknown; weights?: Change } = {},
): Promise<string> {
  const folder = join(mkdtempSync(join(all, 'a')), 'model')
  await saveLLM(filled(config), folder)
  const at = join(folder, 'config.json')
  if (change.config) writeFileSync(at, JSON.stringify(change.config(JSON.parse(readFileSync(at, 'utf8')))))
  if (change.weights) {
    const { tensors } = await readSafetensors(join(folder, 'model.safetensors'))
    await writeSafetensors(join(folder, 'model.safetensors'), change.weights(new Map(tensors)), { format: 'pt' })
  }
  return folder
}
type Tensors = Awaited<ReturnType<typeof readSafetensors>>['tensors']
type Change = (tensors: Tensors) => Tensors

/** Tensors without one. */
const less = (tensors: Tensors, name: string): Tensors => new Map([...tensors].filter(([other]) => other !== name))

describe('config.json', () => {
  test.each<[string, Record<string, unknown>, RegExp]>([
    ['another architecture', { model_type: 'mamba' }, /model_type "mamba" is not built: gpt2, llama/],
    ['one by its class', { model_type: undefined, architectures: ['FalconForCausalLM'] }, /architecture "FalconForCausalLM" is not built/],
    ['a classifier', { architectures: ['LlamaForSequenceClassification'] }, /"LlamaForSequenceClassification".*language models/],
    ['an activation', { hidden_act: 'xielu' }, /hidden_act is "xielu", which is not built/],
    ['a rope type', { rope_scaling: { rope_type: 'mrope', factor: 2 } }, /rope_type "mrope" is not built/],
    ['a factor', { rope_scaling: { type: 'linear' } }, /rope_scaling: factor is missing/],
    ['quantized weights', { quantization_config: { quant_method: 'gptq' } }, /quant_method "gptq": such weights are not read/],
    ['no whole number', { hidden_size: 16.5 }, /hidden_size is 16.5: a whole number/],
    ['a text for a number', { num_hidden_layers: '2' }, /num_hidden_layers is "2"/],
    [
      'heads that do not share',
      { num_key_value_heads: 4, num_attention_heads: 6, head_dim: 4 },
      /6 is no multiple of num_key_value_heads 4/,
    ],
    ['width that heads do not share', { num_attention_heads: 3 }, /head_dim is missing/],
    ['too many layers', { num_hidden_layers: 2e9 }, /layers is 2000000000: give 10000 at most/],
    ['no flag', { tie_word_embeddings: 'yes' }, /tie_word_embeddings is "yes": true or false/],
    [
      'long factors',
      { model_type: 'phi3', rope_scaling: { type: 'longrope', short_factor: [1], long_factor: [1] } },
      /longrope has 1 factors for 4 pairs/,
    ],
    ['layers that slide', { model_type: 'qwen2', layer_types: ['sliding_attention', 'full_attention'] }, /sliding_window is none/],
    ['a kind of layer', { model_type: 'qwen3', layer_types: ['linear_attention', 'full_attention'] }, /layer 0 "linear_attention"/],
    ['too few kinds', { model_type: 'qwen3', layer_types: ['full_attention'] }, /layer_types names 1 layers of 2/],
    ['both ways', { model_type: 'gemma2', use_bidirectional_attention: true }, /use_bidirectional_attention is true, which is not built/],
  ])('%s', (_, more, message) => {
    expect(() => new LLM({ ...small, ...more })).toThrow(message)
    expect(() => new LLM({ ...small, ...more })).toThrow(HebbError)
  })

  test('anything in any field: an error that names it, or a model', () => {
    const draws = new Draws(0, 'configs')
    const junk: readonly unknown[] = [
      null,
      -1,
      0,
      1.5,
      1e308,
      Number.NaN,
      '',
      'x',
      true,
      [],
      [1],
      [null],
      {},
      { rope_type: 'yarn' },
      { type: 7 },
      ['full_attention'],
      { factor: -1 },
      { rope_type: 'longrope', short_factor: ['a'], long_factor: [] },
      { full_attention: 3 },
      '__proto__',
      2 ** 53,
    ]
    const pick = <T>(list: readonly T[]): T => list[Math.floor(draws.uniform() * list.length)]!
    const names = [
      'rope_scaling',
      'rope_parameters',
      'layer_types',
      'sliding_window',
      'head_dim',
      'pad_token_id',
      'architectures',
      'quantization_config',
    ]
    const configs = Object.values(cases).map(({ config }) => config)
    let made = 0
    for (let i = 0; i < 3000; i++) {
      const config: Record<string, unknown> = { ...pick(configs) }
      for (let n = 0; n < 1 + (i % 3); n++) config[pick([...Object.keys(config), ...names])] = pick(junk)
      try {
        readConfig(config)
        made++
      } catch (error) {
        if (!(error instanceof HebbError)) throw new Error(`${JSON.stringify(config)}: ${String(error)}`)
        expect(error.message.length).toBeLessThan(600)
      }
    }
    expect(made).toBeGreaterThan(100)
    for (const no of [null, 3, 'llama', [], undefined])
      expect(() => readConfig(no as never)).toThrow(/config: it is .*: an object is wanted/)
  })
})

describe('a folder', () => {
  const refused = (folder: string): Promise<void> => expect(loadLLM(folder)).rejects.toThrow(HebbError)

  test('without what it needs', async () => {
    const folder = await folderOf(small)
    rmSync(join(folder, 'config.json'))
    await expect(loadLLM(folder)).rejects.toThrow(/holds no config.json: name the folder of a model/)
    writeFileSync(join(folder, 'config.json'), '{"model_type": ')
    await expect(loadLLM(folder)).rejects.toThrow(/config.json is no JSON/)
    await expect(loadLLM('')).rejects.toThrow(/is no model: give a folder/)
    await expect(loadLLM(folder, { dtype: 'f64' as never })).rejects.toThrow(/dtype f64/)
    await expect(loadLLM(folder, { bits: 3 as never })).rejects.toThrow(/bits 3: give 4 or 8/)
    await expect(loadLLM(folder, { quantize: 4 } as never)).rejects.toThrow(/loadLLM has no option quantize/)
  })

  test('weights that are missing, left over, of another shape or kind: each named', async () => {
    const without = await folderOf(small, { weights: (t) => less(t, 'model.norm.weight') })
    await expect(loadLLM(without)).rejects.toThrow(/missing in the file: model.norm.weight/)
    expect((await loadLLM(without, { strict: false })).family).toBe('llama')
    const more = await folderOf(small, { weights: (t) => t.set('model.layers.0.self_attn.q_proj.bias', t.get('model.norm.weight')!) })
    await expect(loadLLM(more)).rejects.toThrow(/not in the model: model.layers.0.self_attn.q_proj.bias/)
    const wide = await folderOf(small, { config: (c) => ({ ...c, intermediate_size: 25 }) })
    await expect(loadLLM(wide)).rejects.toThrow(/mlp.gate_proj.weight: \(24, 16\) in the file, \(25, 16\) in the model/)
    const whole = { dtype: 'i8', shape: [16], data: new Int8Array(16) } as const
    const counted = await folderOf(small, { weights: (t) => t.set('model.norm.weight', whole) })
    await expect(loadLLM(counted)).rejects.toThrow(/model.norm.weight is i8.*f32, f16 and bf16/)
    const headless = await folderOf(small, { weights: (t) => less(t, 'lm_head.weight') })
    await expect(loadLLM(headless)).rejects.toThrow(/tie_word_embeddings false.*no lm_head.weight.*strict: false/)
  })

  test('parts that are not all there', async () => {
    const folder = join(mkdtempSync(join(all, 'a')), 'model')
    await saveLLM(filled(small), folder, { shardBytes: 4000 })
    const second = readdirSync(folder).find((name) => name.startsWith('model-00002-of-'))!
    rmSync(join(folder, second))
    await expect(loadLLM(folder)).rejects.toThrow(second)
  })

  test('a head with other numbers wins over the tie; the same numbers are tied; names without the first word; masks', async () => {
    const ids = tensor([[1, 2, 3, 4]], { dtype: 'i32' })
    const logits = async (model: LLM): Promise<Float32Array> => (await model.forward(ids).data()) as Float32Array
    const untied = filled(small)
    const other = await folderOf(small, { config: (c) => ({ ...c, tie_word_embeddings: true }) })
    expectClose(await logits(await loadLLM(other)), await logits(untied))
    const tied = { ...small, tie_word_embeddings: true }
    const same = await folderOf(tied, { weights: (t) => t.set('lm_head.weight', t.get('model.embed_tokens.weight')!) })
    const read = await loadLLM(same)
    expect(parameters(read).has('lm_head.weight')).toBe(false)
    expectClose(await logits(read), await logits(filled(tied)))
    const { config } = cases.gpt2!
    const bare = await folderOf(config, {
      weights: (t) =>
        new Map([...t].map(([name, x]) => [name.replace('transformer.', ''), x] as const)).set('h.0.attn.bias', {
          dtype: 'f32',
          shape: [1],
          data: new Float32Array(1),
        }),
    })
    expectClose(await logits(await loadLLM(bare)), await logits(filled(config)))
  })

  test.runIf(goldenPath('models/qwen2'))('a tokenizer of another model', async () => {
    const folder = await folderOf({ ...small, max_position_embeddings: 64 })
    for (const name of ['tokenizer.json', 'tokenizer_config.json']) cpSync(join(goldenPath('models/qwen2')!, name), join(folder, name))
    await expect(loadLLM(folder)).rejects.toThrow(/the tokenizer has 400 tokens and the model vectors for 31/)
    expect((await loadLLM(folder, { tokenizer: false })).tokenizer).toBeUndefined()
  })

  test('damaged at random: refused with a reason, or read', async () => {
    const draws = new Draws(1, 'damage')
    const good = await folderOf(small)
    for (let i = 0; i < 60; i++) {
      const folder = mkdtempSync(join(all, 'd'))
      cpSync(good, folder, { recursive: true })
      const name = ['config.json', 'generation_config.json', 'model.safetensors'][i % 3]!
      const bytes = readFileSync(join(folder, name))
      if (i % 2) truncateSync(join(folder, name), Math.floor(draws.uniform() * bytes.length))
      else {
        for (let n = 0; n < 4; n++) bytes[Math.floor(draws.uniform() * Math.min(bytes.length, 900))] = Math.floor(draws.uniform() * 256)
        writeFileSync(join(folder, name), bytes)
      }
      await loadLLM(folder).catch((error) => expect(error).toBeInstanceOf(HebbError))
    }
    await refused(join(good, 'model.safetensors'))
  })
})
