/** Models written as folders and read back: every family, in parts, in other formats, whole or not at all; what transformers writes. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import {
  FileError,
  frozen,
  HebbError,
  Linear,
  LLM,
  loadLLM,
  parameters,
  readSafetensors,
  saveLLM,
  type Tensor,
  tensor,
  wrap,
} from '../../src/index.js'
import { difference, expectClose } from '../compare.js'
import { goldenPath } from '../goldens.js'
import { cases, filled } from './cases.js'

const all = mkdtempSync(join(tmpdir(), 'hebb-llm-'))
afterAll(() => rmSync(all, { recursive: true, force: true }))
const temporaryFolder = (): string => mkdtempSync(join(all, 'a'))

const ids = tensor([[3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7]], { dtype: 'i32' })
// products with constants may be summed in another order
const near = { rtol: 1e-5, atol: 1e-5 }
const logits = async (model: LLM): Promise<Float32Array> => (await model.forward(ids).data()) as Float32Array
const json = (path: string): Record<string, unknown> => JSON.parse(readFileSync(path, 'utf8'))

describe.each(Object.entries(cases).filter(([name]) => !name.startsWith('activation')))('%s', (_, { config }) => {
  test('written and read: the same logits, and a config in the newer style that says the same', async () => {
    const folder = join(temporaryFolder(), 'model')
    const model = filled(config)
    await saveLLM(model, folder)
    const read = await loadLLM(folder)
    expectClose(await logits(read), await logits(model), near)
    expect(read.decoder).toEqual(model.decoder)
    for (const old of ['rope_theta', 'rope_scaling', 'torch_dtype']) expect(read.config).not.toHaveProperty(old)
    // written again, nothing changes
    await saveLLM(read, `${folder}2`)
    expect(json(`${folder}2/config.json`)).toEqual(json(`${folder}/config.json`))
    const { metadata, tensors } = await readSafetensors(join(folder, 'model.safetensors'))
    expect(metadata).toEqual({ format: 'pt' })
    expect([...tensors.keys()].sort()).toEqual([...parameters(model).keys()].sort())
    expect(tensors.has('lm_head.weight')).toBe(!model.decoder.tied)
  })
})

describe('saveLLM', () => {
  const config = cases['llama, llama3']!.config

  test('several files and an index', async () => {
    const folder = join(temporaryFolder(), 'a', 'model')
    const model = filled(config)
    await saveLLM(model, folder, { shardBytes: 40_000 })
    const parts = readdirSync(folder).filter((name) => name.endsWith('.safetensors'))
    expect(parts.length).toBeGreaterThan(2)
    const index = json(join(folder, 'model.safetensors.index.json')) as {
      metadata: { total_size: number }
      weight_map: Record<string, string>
    }
    expect(index.metadata.total_size).toBe([...parameters(model).values()].reduce((sum, p) => sum + 4 * p.size, 0))
    expect([...new Set(Object.values(index.weight_map))].sort()).toEqual(parts.sort())
    expectClose(await logits(await loadLLM(folder)), await logits(model), near)
  })

  test('beside what a folder holds, whose config.json keeps what it said besides', async () => {
    const folder = temporaryFolder()
    const model = filled(config)
    writeFileSync(join(folder, 'config.json'), '{"recipe": "mine", "hidden_size": 7}')
    writeFileSync(join(folder, 'notes.txt'), 'kept')
    await saveLLM(model, folder, { beside: true })
    expect(json(join(folder, 'config.json'))).toMatchObject({ recipe: 'mine', hidden_size: config.hidden_size, model_type: 'llama' })
    expect(readFileSync(join(folder, 'notes.txt'), 'utf8')).toBe('kept')
    expectClose(await logits(await loadLLM(folder)), await logits(model), near)
    writeFileSync(join(folder, 'config.json'), 'no json')
    await expect(saveLLM(model, folder, { beside: true })).rejects.toThrow(`${join(folder, 'config.json')} is no JSON`)
  })

  test('in 16 bits, which stay so and are computed with in f32', async () => {
    const folder = join(temporaryFolder(), 'model')
    const model = filled(config)
    await saveLLM(model, folder, { dtype: 'bf16' })
    expect(json(join(folder, 'config.json')).dtype).toBe('bfloat16')
    const read = await loadLLM(folder)
    const [got, want] = [await logits(read), await logits(model)]
    expect(difference(got, want, near)).toBeDefined()
    expectClose(got, want, { atol: 0.1 })
    const wide = await loadLLM(folder, { dtype: 'f32', frozen: true })
    expectClose(await logits(wide), got, near)
    const home = (of: LLM): unknown => parameters(of).get('model.norm.weight')!.storage.home
    expect(home(read)).toMatchObject({ kind: 'plain', dtype: 'bf16' })
    expect(home(wide)).toMatchObject({ kind: 'plain', dtype: 'f32' })
    await saveLLM(read, `${folder}2`)
    expect(readFileSync(`${folder}2/model.safetensors`)).toEqual(readFileSync(`${folder}/model.safetensors`))
  })

  test('few bits near the weights they stand for', async () => {
    const folder = join(temporaryFolder(), 'model')
    await saveLLM(filled({ ...config, hidden_size: 64 }), folder)
    const small = await loadLLM(folder, { bits: 8 })
    expectClose(await logits(small), await logits(await loadLLM(folder)), { atol: 0.2 })
    expect(parameters(small).get('model.layers.0.mlp.up_proj.weight')!.storage.home!.kind).toBe('blocks')
    await saveLLM(small, `${folder}2`)
    expectClose(await logits(await loadLLM(`${folder}2`)), await logits(small), { atol: 0.1 })
  })

  test('embeddings scaled in the format of the weights', async () => {
    const folder = join(temporaryFolder(), 'model')
    await saveLLM(new LLM({ ...cases.gemma2!.config, hidden_size: 72 }), folder, { dtype: 'bf16' })
    expect((await loadLLM(folder)).decoder.embeddingScale).toBe(8.5)
    expect((await loadLLM(folder, { dtype: 'f32' })).decoder.embeddingScale).toBe(Math.fround(Math.sqrt(72)))
  })

  test('fractions as Python wants them', async () => {
    const folder = join(temporaryFolder(), 'model')
    await saveLLM(filled(cases.gemma2!.config), folder)
    const text = readFileSync(join(folder, 'config.json'), 'utf8')
    for (const line of ['"final_logit_softcapping": 5.0', '"rope_theta": 10000.0', '"query_pre_attn_scalar": 24,', '"hidden_size": 48,'])
      expect(text).toContain(line)
  })

  test('whole or not at all', async () => {
    const root = temporaryFolder()
    const model = filled(config)
    mkdirSync(join(root, 'there'))
    writeFileSync(join(root, 'there', 'notes.txt'), 'mine')
    await expect(saveLLM(model, join(root, 'there'))).rejects.toThrow(/there: the folder holds 1 files already/)
    await expect(saveLLM(model, join(root, 'there', 'notes.txt'))).rejects.toThrow(FileError)
    await saveLLM(model, join(root, 'there'), { replace: true })
    expect(readdirSync(join(root, 'there')).sort()).toEqual(['config.json', 'generation_config.json', 'model.safetensors'])
    // its tokenizer is gone: nothing is left behind
    const lost = new LLM(config, { folder: join(root, 'gone') })
    await expect(saveLLM(lost, join(root, 'new'))).rejects.toThrow(/gone/)
    expect(readdirSync(root)).toEqual(['there'])
    await expect(saveLLM(lost, join(root, 'there'), { replace: true })).rejects.toThrow(/gone/)
    expect((await loadLLM(join(root, 'there'))).family).toBe('llama')
  })

  test('no adapters', async () => {
    const model = filled(config)
    class Beside {
      static readonly through = 'base'
      readonly more = new Linear(48, 128)
      constructor(readonly base: Linear) {}
      forward(x: Tensor): Tensor {
        return this.base.forward(x)
      }
    }
    const { undo } = wrap(
      frozen(model),
      (path, layer): layer is Linear => layer instanceof Linear && path === 'model.layers.0.self_attn.q_proj',
      (layer) => new Beside(layer),
    )
    const folder = join(temporaryFolder(), 'model')
    await expect(saveLLM(model, folder)).rejects.toThrow(HebbError)
    expect(existsSync(folder)).toBe(false)
    undo()
    await saveLLM(model, folder)
  })

  test.runIf(goldenPath('models'))('tokenizer, template and how it writes go with it', async () => {
    const folder = join(temporaryFolder(), 'model')
    const model = await loadLLM(join(goldenPath('models')!, 'qwen2'))
    await saveLLM(model, folder)
    const read = await loadLLM(folder)
    const said = [{ role: 'user', content: 'Hello!' }]
    expect(read.chat!.render(said, { addGenerationPrompt: true })).toBe(model.chat!.render(said, { addGenerationPrompt: true }))
    expect([...read.tokenizer!.encode('Hello, world!')]).toEqual([...model.tokenizer!.encode('Hello, world!')])
    expect(read.generation).toEqual(model.generation)
  })
})
