/** The kNN language model against its formula by hand, on a small GPT with first values only. */
import { describe, expect, test } from 'vitest'
import {
  type ContextKey,
  type Contexts,
  Gpt,
  generate,
  initialize,
  KeyValueMemory,
  KnnLanguageModel,
  type KnnOptions,
  type LanguageModel,
  mixtureCrossEntropy,
  perplexity,
  type Tensor,
  tensor,
} from '../../src/index.js'
import { labelShares } from '../../src/memory/index.js'
import { bestShare, rememberText, textContexts } from '../../src/text/index.js'
import { expectClose } from '../compare.js'

const vocabulary = 7
const gpt = new Gpt({ vocabulary, context: 12, layers: 2, heads: 2, width: 8 })
initialize(gpt, { seed: 3 })

/** A text in which what comes next is seldom clear. */
const text = Int32Array.from({ length: 150 }, (_, i) => (i * i + (i >> 2)) % vocabulary)

/** A whole text in one piece. */
async function whole(ids: Int32Array, options: Parameters<typeof textContexts>[2]): Promise<Contexts> {
  const pieces: Contexts[] = []
  for await (const piece of textContexts(gpt, ids, options)) pieces.push(piece)
  return {
    keys: Float32Array.from(pieces.flatMap(({ keys }) => [...keys])),
    next: Int32Array.from(pieces.flatMap(({ next }) => [...next])),
    losses: Float32Array.from(pieces.flatMap(({ losses }) => [...losses])),
  }
}

describe('a text as the model sees it', () => {
  test.each([{}, { stride: 5 }, { stride: 1, batchSize: 7 }, { window: 9, stride: 4, batchSize: 3 }])(
    '%j: each token but the first once and in order, with the losses of perplexity',
    async (options) => {
      const { keys, next, losses } = await whole(text, options)
      expect(next).toEqual(text.slice(1))
      expect(keys.length).toBe(149 * 8)
      const { loss } = await perplexity(gpt, text, options)
      expect(losses.reduce((a, b) => a + b) / 149).toBeCloseTo(loss, 5)
    },
  )

  test.each([
    ['states', (ids: Tensor) => gpt.states(ids)],
    ['feedForward', (ids: Tensor) => gpt.keyedStates(ids).keys],
  ] as const)('keys are the %s of the place before', async (key, vectors) => {
    const { keys } = await whole(text.subarray(0, 13), { key })
    expectClose(keys, (await vectors(tensor(text.slice(0, 12), { shape: [1, 12] })).data()) as Float32Array, { rtol: 1e-5, atol: 1e-6 })
  })

  test('what the last feed-forward net is given, sent through it and the last normalisation, is the state', async () => {
    const ids = tensor(text.slice(0, 12), { shape: [1, 12] })
    const { states, keys } = gpt.keyedStates(ids)
    const last = gpt.transformer.h.at(-1)!
    const { output, fed } = last.run(gpt.transformer.h[0]!.forward(gpt.transformer.wpe.forward(gpt.transformer.wte.weight.take(ids))))
    expectClose((await fed.data()) as Float32Array, (await keys.data()) as Float32Array, { rtol: 1e-5, atol: 1e-6 })
    expectClose((await gpt.transformer.ln_f.forward(output).data()) as Float32Array, (await states.data()) as Float32Array, {
      rtol: 1e-5,
      atol: 1e-6,
    })
  })

  test('what makes no sense is refused', async () => {
    const first = async (model: LanguageModel, ids: Int32Array, options: object): Promise<unknown> => {
      for await (const piece of textContexts(model, ids, options)) return piece
      return undefined
    }
    await expect(first(gpt, text.subarray(0, 1), {})).rejects.toThrow('1 ids hold nothing to predict')
    await expect(first(gpt, text, { window: 13 })).rejects.toThrow('window 13: give 1 to 12')
    await expect(first(gpt, text, { stride: 13 })).rejects.toThrow('stride 13')
    await expect(first(gpt, text, { key: 'middle' as ContextKey })).rejects.toThrow("key 'middle' is none of feedForward, states")
    const { context, states, logits, forward } = gpt
    const bare: LanguageModel = { vocabulary, context, states, logits, forward }
    await expect(first(bare, text, {})).rejects.toThrow("choose { key: 'states' }")
  })
})

describe('the mixture', () => {
  const settings = { k: 9, temperature: 0.7, share: 0.4 }

  async function remembered(ids: Int32Array, options: KnnOptions = settings): Promise<KnnLanguageModel> {
    const memory = new KeyValueMemory(8)
    await rememberText(memory, gpt, ids, { stride: 3 })
    return new KnnLanguageModel(gpt, memory, options)
  }

  test('is λ p_memory + (1 − λ) p_model at every place, and sums to 1', async () => {
    const model = await remembered(text)
    const ids = tensor(text.slice(20, 44), { shape: [2, 12] })
    const p = Float32Array.from((await model.forward(ids).data()) as Float32Array, Math.exp)
    const said = (await gpt.forward(ids).softmax().data()) as Float32Array
    const keys = (await gpt.keyedStates(ids).keys.data()) as Float32Array
    const shares = labelShares(await model.memory.nearest(keys, settings.k), model.memory.values, { classes: vocabulary, temperature: 0.7 })
    expectClose(
      p,
      shares.map((s, i) => 0.4 * s + 0.6 * said[i]!),
      { rtol: 1e-4, atol: 1e-5 },
    )
    for (let place = 0; place < 24; place++)
      expect(p.subarray(place * vocabulary, (place + 1) * vocabulary).reduce((a, b) => a + b)).toBeCloseTo(1, 5)
  })

  test('with no share is the model, and with all of it still has finite scores', async () => {
    const ids = tensor(text.slice(0, 12), { shape: [1, 12] })
    const model = (await gpt.forward(ids).logSoftmax().data()) as Float32Array
    const without = await remembered(text, { ...settings, share: 0 })
    expectClose((await without.forward(ids).data()) as Float32Array, model, { rtol: 1e-4, atol: 1e-5 })
    const only = await remembered(text, { ...settings, share: 1, k: 1 })
    expect([...((await only.forward(ids).data()) as Float32Array)].every(Number.isFinite)).toBe(true)
  })

  test('a text that is remembered word for word becomes easier', async () => {
    const { loss: alone } = await perplexity(gpt, text)
    const { loss } = await perplexity(await remembered(text, { k: 1, temperature: 1, share: 0.9 }), text, { stride: 3 })
    expect(alone).toBeGreaterThan(1.5)
    expect(loss).toBeLessThan(0.3)
  })

  test('writes what it remembers', async () => {
    const model = await remembered(text, { k: 1, share: 1 })
    // keys were made with up to twelve tokens before them
    const { ids } = await generate(model, text.subarray(0, 4), { tokens: 8, temperature: 0 })
    expect(ids).toEqual(text.slice(4, 12))
  })

  test('what makes no sense is refused', async () => {
    const memory = new KeyValueMemory(8)
    expect(() => new KnnLanguageModel(gpt, memory, { share: 1.5 })).toThrow('share is 1.5')
    const ids = tensor(Int32Array.of(1, 2), { shape: [1, 2] })
    expect(() => new KnnLanguageModel(gpt, memory).forward(ids)).toThrow('no slots to read')
    expect(() => new KnnLanguageModel(gpt, new KeyValueMemory(5)).forward(ids)).toThrow(
      "the memory's keys have 5 numbers, those of the model 8",
    )
    memory.append(new Float32Array(8), [vocabulary])
    expect(() => new KnnLanguageModel(gpt, memory).forward(ids)).toThrow('label 7 is not in 0 … 6')
  })
})

describe('the best share', () => {
  test('is the one whose loss has no slope', () => {
    // half the tokens only p knows, half only q: λ of one half; three quarters: λ of three quarters
    for (const right of [1, 2, 3]) {
      const p = [0, 1, 2, 3].map((n) => (n < right ? 0.8 : 0))
      const q = p.map((x) => 0.8 - x)
      expect(bestShare(p, q)).toBeCloseTo(right / 4, 3)
      expect(mixtureCrossEntropy(p, q, 0.5)).toBeCloseTo(-Math.log(0.4), 12)
    }
    expect(bestShare([0.9, 0.8], [0.1, 0.2])).toBeGreaterThan(0.999)
    expect(bestShare([0.1, 0.2], [0.9, 0.8])).toBeLessThan(0.001)
  })

  test('needs as many of both', () => {
    expect(() => mixtureCrossEntropy([], [], 0.5)).toThrow('0 and 0 probabilities')
    expect(() => mixtureCrossEntropy([1], [1, 1], 0.5)).toThrow('1 and 2 probabilities')
    expect(() => mixtureCrossEntropy([1], [1], 2)).toThrow('share is 2')
  })
})
