/** Adapters against PEFT's numbers: every golden folder is read, computes, learns, merges and is written the same. */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { generate, nextTokenCrossEntropy, parameters, sgd, type Tensor, tensor, trainStep } from '../../src/index.js'
import { type LLM, loadLLM } from '../../src/llm/index.js'
import { type Adapters, loadAdapter, saveAdapter } from '../../src/tune/index.js'
import { expectClose, type Tolerance } from '../compare.js'
import { goldenPath } from '../goldens.js'

interface Prompt {
  readonly ids: readonly number[]
  readonly base_last_logits: readonly number[]
  readonly adapter_last_logits: readonly number[]
  readonly adapter_logits_mean?: number
  readonly adapter_logits_std?: number
  readonly merged_last_logits?: readonly number[]
  readonly greedy_merged?: { readonly new_ids: readonly number[] }
  readonly loss?: { readonly value: number; readonly grad_norm: number; readonly grad_norms: Readonly<Record<string, number>> }
}
interface Expected {
  readonly base: string
  readonly trainable: { readonly trainable_params: number; readonly all_params: number; readonly printed: string }
  readonly prompts: readonly Prompt[]
  readonly merged_weight_norms?: Readonly<Record<string, number>>
  readonly merged_delta_norms?: Readonly<Record<string, number>>
  readonly tol: Required<Tolerance>
}

const root = goldenPath('peft')
const folders = root ? readdirSync(root).filter((name) => readdirSync(join(root, name)).includes('expected.json')) : []
test.runIf(folders.length === 0)('golden adapters are absent', ({ skip }) => skip('no goldens/peft'))

const batch = (ids: readonly number[]): Tensor => tensor([[...ids]], { dtype: 'i32' })
const last = async (model: LLM, ids: readonly number[], make = (t: Tensor): Tensor => model.forward(t)): Promise<Float32Array> =>
  ((await make(batch(ids)).data()) as Float32Array).slice(-model.vocabulary)
const rms = (a: ArrayLike<number>, b?: ArrayLike<number>): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i]! - (b?.[i] ?? 0)) ** 2
  return Math.sqrt(sum)
}

describe.each(folders)('goldens/peft/%s', (name) => {
  const folder = join(root!, name)
  const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Expected
  const { prompts, tol, trainable } = expected
  const open = async (trainable = false): Promise<{ model: LLM; adapters: Adapters<LLM> }> => {
    const model = await loadLLM(join(folder, expected.base))
    return { model, adapters: await loadAdapter(model, folder, { trainable }) }
  }

  test('logits of the base, with the adapter, and merged', async () => {
    const { model, adapters } = await open()
    const base = await loadLLM(join(folder, expected.base))
    for (const { ids, base_last_logits, adapter_last_logits } of prompts) {
      const off = adapters.off(() => model.forward(batch(ids)))
      const bare = await last(base, ids)
      expectClose(bare, base_last_logits, tol)
      expect([...((await off.data()) as Float32Array).slice(-model.vocabulary)]).toEqual([...bare])
      expectClose(await last(model, ids), adapter_last_logits, tol)
    }
    await generate(model, prompts[0]!.ids, { tokens: 2, temperature: 0 })
    const before = new Map(
      [...adapters.baseParameters()].map(([path, p]) => [path, Float32Array.from(p.storage.numbers() as Float32Array)]),
    )
    await adapters.merge()
    const now = adapters.baseParameters()
    for (const [path, norm] of Object.entries(expected.merged_weight_norms ?? {}))
      expectClose([rms(now.get(path)!.storage.numbers() as Float32Array)], [norm], { ...tol, label: path })
    for (const [path, norm] of Object.entries(expected.merged_delta_norms ?? {}))
      expectClose([rms(now.get(path)!.storage.numbers() as Float32Array, before.get(path))], [norm], {
        rtol: 1e-3,
        atol: 1e-4,
        label: path,
      })
    for (const { ids, merged_last_logits, greedy_merged } of prompts) {
      if (merged_last_logits) expectClose(await last(model, ids), merged_last_logits, tol)
      if (greedy_merged) {
        const { ids: got } = await generate(model, ids, { tokens: greedy_merged.new_ids.length, temperature: 0 })
        expect([...got]).toEqual(greedy_merged.new_ids)
      }
    }
    adapters.unmerge()
    for (const [path, p] of adapters.baseParameters()) expect(p.storage.numbers(), path).toEqual(before.get(path))
    expectClose(await last(model, prompts[0]!.ids), prompts[0]!.adapter_last_logits, tol)
  })

  test('loss and gradients, and the trainable share', async () => {
    for (const { ids, loss } of prompts) {
      if (!loss) continue
      const { model, adapters } = await open(true)
      const { trainable: moving, total, text } = adapters.share
      expect({ moving, total, text }).toEqual({ moving: trainable.trainable_params, total: trainable.all_params, text: trainable.printed })
      const before = new Map([...parameters(model)].map(([path, p]) => [path, Float32Array.from(p.storage.numbers() as Float32Array)]))
      const step = trainStep(model, sgd({ lr: 1 }), ({ x, y }: { x: Tensor; y: Tensor }) => nextTokenCrossEntropy(model.forward(x), y))
      expectClose([(await step({ x: batch(ids.slice(0, -1)), y: batch(ids.slice(1)) })).loss], [loss.value], tol)
      const norms = new Map<string, number>()
      for (const [path, p] of parameters(model)) {
        const moved = rms(p.storage.numbers() as Float32Array, before.get(path))
        if (p.trainable) norms.set(path.replace('.default', '').replace(/(lora_magnitude_vector)\.weight$/, '$1'), moved)
        else expect(moved, path).toBe(0)
      }
      for (const [path, norm] of Object.entries(loss.grad_norms))
        expectClose([norms.get(path)!], [norm], { rtol: 1e-3, atol: 1e-4, label: path })
      expectClose([Math.hypot(...norms.values())], [loss.grad_norm], { rtol: 1e-3 })
    }
  })

  test('the files it is written to are those it was read from', async () => {
    const { adapters } = await open()
    const out = mkdtempSync(join(tmpdir(), 'hebb-peft-'))
    await saveAdapter(adapters, out)
    const json = (path: string): unknown => JSON.parse(readFileSync(join(path, 'adapter_config.json'), 'utf8'))
    expect(json(out)).toEqual(json(folder))
    const [a, b] = [out, folder].map((path) => readFileSync(join(path, 'adapter_model.safetensors')))
    expect(a!.equals(b!)).toBe(true)
  })
})
