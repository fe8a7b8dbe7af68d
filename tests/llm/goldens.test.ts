/** Language models against Hugging Face's numbers: every golden folder loads as it stands, and says, writes and learns the same. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { generate, initialize, nextTokenCrossEntropy, parameters, sgd, type Tensor, tensor, trainStep } from '../../src/index.js'
import { type LLM, loadLLM } from '../../src/llm/index.js'
import { expectClose, type Tolerance } from '../compare.js'
import { goldenPath } from '../goldens.js'

interface Prompt {
  readonly ids: readonly number[]
  readonly logits_shape: readonly [number, number]
  readonly last_logits: readonly number[]
  readonly logits_mean: number
  readonly logits_std: number
  readonly argmax: readonly number[]
  readonly token_logprobs: readonly number[]
  readonly hidden_rms: readonly number[]
  readonly greedy?: { readonly new_ids: readonly number[]; readonly logprobs: readonly number[]; readonly smallest_margin: number }
  readonly loss?: { readonly value: number; readonly grad_norm: number; readonly grad_norms: Readonly<Record<string, number>> }
}
interface Expected {
  readonly same_as?: string
  readonly num_parameters?: number
  readonly prompts: readonly Prompt[]
  readonly tol: Required<Tolerance>
}

const root = goldenPath('models')
const folders = root ? readdirSync(root).filter((name) => readdirSync(join(root, name)).includes('expected.json')) : []

const read = (name: string): Expected => {
  const expected = JSON.parse(readFileSync(join(root!, name, 'expected.json'), 'utf8')) as Expected
  return expected.same_as ? read(expected.same_as) : expected
}
const batch = (ids: readonly number[]): Tensor => tensor([[...ids]], { dtype: 'i32' })
const argmax = (row: Float32Array): number => row.indexOf(Math.max(...row))

test.runIf(folders.length === 0)('golden models are absent', ({ skip }) => skip('no goldens/models'))

describe.each(folders)('goldens/models/%s', (name) => {
  const { prompts, tol, num_parameters: count } = read(name)
  const open = (): Promise<LLM> => loadLLM(join(root!, name))
  let model: LLM
  beforeAll(async () => {
    model = await open()
  })

  test('logits at every place', async () => {
    if (count !== undefined) expect([...parameters(model).values()].reduce((sum, p) => sum + p.size, 0)).toBe(count)
    for (const { ids, logits_shape: shape, last_logits, logits_mean, logits_std, argmax: best, token_logprobs } of prompts) {
      const out = model.forward(batch(ids))
      expect(out.shape.slice(1)).toEqual(shape)
      const logits = (await out.data()) as Float32Array
      const V = shape[1]
      const row = (t: number): Float32Array => logits.subarray(t * V, (t + 1) * V)
      expectClose(row(ids.length - 1), last_logits, tol)
      const mean = logits.reduce((a, b) => a + b, 0) / logits.length
      const deviation = Math.sqrt(logits.reduce((a, b) => a + (b - mean) ** 2, 0) / (logits.length - 1))
      expectClose([mean, deviation], [logits_mean, logits_std], tol)
      expect(ids.map((_, t) => argmax(row(t)))).toEqual(best)
      const logs = (await out.logSoftmax(2).data()) as Float32Array
      expectClose(
        ids.slice(1).map((id, t) => logs[t * V + id]!),
        token_logprobs,
        tol,
      )
    }
  })

  test('what is in the stream after every layer', async () => {
    for (const { ids, hidden_rms } of prompts) {
      const layers = await Promise.all(model.hiddenStates(batch(ids)).map((h) => h.data() as Promise<Float32Array>))
      const rms = layers.map((h) => Math.sqrt(h.reduce((a, b) => a + b * b, 0) / h.length))
      expectClose(rms, hidden_rms, tol)
    }
  })

  test('the same text, greedily, with kept keys and without', async () => {
    for (const { ids, greedy } of prompts) {
      if (!greedy) continue
      const options = { tokens: greedy.new_ids.length, temperature: 0 }
      const { ids: got, logProbabilities } = await generate(model, ids, options)
      expect([...got]).toEqual(greedy.new_ids)
      expectClose(logProbabilities, greedy.logprobs, tol)
      expect([...(await generate(model, ids, { ...options, cache: false })).ids]).toEqual(greedy.new_ids)
    }
  })

  test('the same loss and gradients', async () => {
    for (const { ids, loss } of prompts) {
      if (!loss) continue
      const moved = await open()
      initialize(moved)
      const before = new Map([...parameters(moved)].map(([path, p]) => [path, Float32Array.from(p.storage.numbers() as Float32Array)]))
      const step = trainStep(moved, sgd({ lr: 1 }), ({ x, y }: { x: Tensor; y: Tensor }) => nextTokenCrossEntropy(moved.forward(x), y))
      expectClose([(await step({ x: batch(ids.slice(0, -1)), y: batch(ids.slice(1)) })).loss], [loss.value], tol)
      const norms = [...parameters(moved)].map(([path, p]): [string, number] => {
        const now = p.storage.numbers() as Float32Array
        return [path, Math.sqrt(before.get(path)!.reduce((sum, v, i) => sum + (v - now[i]!) ** 2, 0))]
      })
      const names = Object.keys(loss.grad_norms)
      expect(norms.map(([path]) => path).sort()).toEqual([...names].sort())
      const got = Object.fromEntries(norms)
      // a difference of weights of about 1 keeps seven digits of them
      for (const path of names) expectClose([got[path]!], [loss.grad_norms[path]!], { rtol: 1e-3, atol: 1e-4, label: path })
      expectClose([Math.sqrt(norms.reduce((sum, [, n]) => sum + n * n, 0))], [loss.grad_norm], { rtol: 1e-3 })
    }
  })
})
