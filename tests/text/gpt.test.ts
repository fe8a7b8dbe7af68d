/** GPT against Hugging Face's numbers: files load unchanged, logits, loss, gradients and greedy text agree; and what bad input gets. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  countParameters,
  Gpt,
  type GptConfig,
  generate,
  HebbError,
  initialize,
  load,
  nextTokenCrossEntropy,
  parameters,
  perplexity,
  ShapeError,
  sgd,
  type Tensor,
  tensor,
  trainStep,
} from '../../src/index.js'
import { goldenPath } from '../goldens.js'

interface Prompt {
  readonly ids: readonly number[]
  readonly last_logits: readonly number[]
  readonly argmax: readonly number[]
  readonly token_logprobs: readonly number[]
  readonly greedy: { readonly new_ids: readonly number[] }
  readonly loss: { readonly value: number; readonly grad_norms: Readonly<Record<string, number>> }
}

const folder = goldenPath('models/gpt2')

describe.skipIf(!folder)('the checkpoint of a small GPT-2', () => {
  const config = { vocabulary: 400, context: 128, layers: 2, heads: 4, width: 48, activation: 'gelu_new' } as const satisfies GptConfig
  // the body of a skipped suite runs too
  const { prompts }: { prompts: readonly Prompt[] } = folder
    ? JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'))
    : { prompts: [] }
  const loaded = async (): Promise<Gpt> => {
    const model = new Gpt(config)
    await load(model, join(folder!, 'model.safetensors'))
    return model
  }

  test('gives the same logits and text', async () => {
    const model = await loaded()
    for (const { ids, last_logits: last, argmax, greedy } of prompts) {
      const logits = (await model.forward(tensor([[...ids]], { dtype: 'i32' })).data()) as Float32Array
      const at = (ids.length - 1) * 400
      last.forEach((want, i) => {
        expect(Math.abs(logits[at + i]! - want)).toBeLessThan(1e-4)
      })
      const best = ids.map((_, t) => {
        const row = logits.subarray(t * 400, (t + 1) * 400)
        return row.indexOf(Math.max(...row))
      })
      expect(best).toEqual(argmax)
      const { ids: new_ids } = await generate(model, ids, { tokens: greedy.new_ids.length, temperature: 0 })
      expect([...new_ids]).toEqual(greedy.new_ids)
    }
  })

  test('is as surprised by a text, whatever the windows', async () => {
    const model = await loaded()
    const { ids, token_logprobs: logs } = prompts[0]!
    const want = -logs.reduce((a, b) => a + b, 0) / logs.length
    const got = await perplexity(model, Int32Array.from(ids))
    expect(got.loss).toBeCloseTo(want, 4)
    expect(got.perplexity).toBeCloseTo(Math.exp(want), 1)
    expect(got.tokens).toBe(ids.length - 1)
    // a window that moves by one sees the same as whole prefixes of that length
    const window = 8
    let total = 0
    for (let t = 1; t < ids.length; t++) {
      const before = ids.slice(Math.max(0, t - window), t)
      const logits = (await model
        .forward(tensor([[...before]], { dtype: 'i32' }))
        .logSoftmax(2)
        .data()) as Float32Array
      total -= logits[(before.length - 1) * 400 + ids[t]!]!
    }
    expect((await perplexity(model, Int32Array.from(ids), { window, stride: 1, batchSize: 4 })).loss).toBeCloseTo(
      total / (ids.length - 1),
      4,
    )
  })

  test('has the same loss and gradients', async () => {
    for (const { ids, loss } of prompts.filter((p) => p.loss)) {
      const model = await loaded()
      const before = new Map([...parameters(model)].map(([name, p]) => [name, Float32Array.from(p.storage.array as Float32Array)]))
      const step = trainStep(model, sgd({ lr: 1 }), ({ x, y }: { x: Tensor; y: Tensor }) => nextTokenCrossEntropy(model.forward(x), y))
      const [x, y] = [ids.slice(0, -1), ids.slice(1)].map((row) => tensor([row], { dtype: 'i32' }))
      expect((await step({ x: x!, y: y! })).loss).toBeCloseTo(loss.value, 4)
      for (const [name, p] of parameters(model)) {
        const moved = Float64Array.from(p.storage.array as Float32Array, (v, i) => before.get(name)![i]! - v)
        const norm = Math.sqrt(moved.reduce((a, v) => a + v * v, 0))
        expect({ name, ratio: norm / loss.grad_norms[name]! }).toEqual({ name, ratio: expect.closeTo(1, 2) })
      }
    }
  })
})

test.runIf(!folder)('golden models are absent: Hugging Face numbers not compared', ({ skip }) => skip('no goldens/models/gpt2'))

describe('Gpt', () => {
  const small = { vocabulary: 11, context: 8, layers: 1, heads: 2, width: 8 } as const

  test('has the parameters of nanoGPT', () => {
    const nano = new Gpt({ vocabulary: 65, context: 64, layers: 4, heads: 4, width: 128, bias: false })
    // 12 D² a layer, two scales a layer and one at the end, tokens and places
    expect(countParameters(nano).total).toBe(4 * (12 * 128 ** 2 + 2 * 128) + 128 + (65 + 64) * 128)
    expect(parameters(new Gpt({ ...small, tied: false })).has('lm_head.weight')).toBe(true)
  })

  test('no place sees a later one', async () => {
    const model = new Gpt(small)
    initialize(model)
    const logits = async (ids: number[]): Promise<Float32Array> =>
      (await model.forward(tensor([ids], { dtype: 'i32' })).data()) as Float32Array
    const [a, b] = [await logits([1, 2, 3, 4]), await logits([1, 2, 9, 10])]
    expect(a.slice(0, 22)).toEqual(b.slice(0, 22))
    expect(a.slice(22)).not.toEqual(b.slice(22))
  })

  test('says what is wrong', async () => {
    expect(() => new Gpt({ ...small, heads: 3 })).toThrow(/width 8 cannot be shared evenly between 3 heads/)
    expect(() => new Gpt({ ...small, layers: 0 })).toThrow(HebbError)
    const model = new Gpt(small)
    expect(() => model.forward(tensor([[1, 2, 3, 4, 5, 6, 7, 8, 9]], { dtype: 'i32' }))).toThrow(ShapeError)
    await expect(perplexity(model, Int32Array.of(1))).rejects.toThrow(/nothing to predict/)
    await expect(perplexity(model, Int32Array.of(1, 2, 3), { window: 4, stride: 5 })).rejects.toThrow(/stride 5/)
  })
})
