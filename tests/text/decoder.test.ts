/** Decoding with kept keys and values against the whole text computed anew: scores, tokens, several texts at once, and what bad input gets. */
import { expect, test } from 'vitest'
import { compileCount, Decoder, Gpt, generate, HebbError, initialize, isCaching, type LanguageModel, tensor } from '../../src/index.js'
import { expectClose } from '../compare.js'
import { numbers } from '../nn/layering.js'

/** A model whose answers depend on what it reads: weights of the first draw give nearly the same scores everywhere. */
function lively(config: ConstructorParameters<typeof Gpt>[0], seed = 0): Gpt {
  const model = new Gpt(config)
  initialize(model, { seed })
  const stir = (w: { storage: { array?: unknown } }): void => {
    const array = w.storage.array as Float32Array
    array.forEach((x, i) => {
      array[i] = x * 8
    })
  }
  for (const block of model.transformer.h)
    for (const part of [block.attn.c_attn, block.attn.c_proj, block.mlp.c_fc, block.mlp.c_proj]) stir(part.weight)
  for (const table of [model.transformer.wte, model.transformer.wpe]) stir(table.weight)
  return model
}
const model = lively({ vocabulary: 29, context: 100, layers: 3, heads: 2, width: 16 })
const text = Array.from({ length: 100 }, (_, i) => (i * i + 3 * i) % 29)

/** Scores after each place, the whole text at once. */
async function whole(ids: readonly number[], of: LanguageModel = model): Promise<Float32Array[]> {
  const all = (await of.forward(tensor([[...ids]], { dtype: 'i32' })).data()) as Float32Array
  return ids.map((_, t) => all.slice(t * of.vocabulary, (t + 1) * of.vocabulary))
}
const near = { rtol: 1e-4, atol: 1e-4 }

test('token by token up to the context: the scores of the whole text, at every place and across every size', async () => {
  const want = await whole(text)
  const decoder = new Decoder(model)
  for (const [t, id] of text.entries()) expectClose(await decoder.read([id]), want[t]!, near)
  expect(decoder.length).toBe(100)
})

test('in pieces of any length, after a prompt read in one go, and again after going back', async () => {
  const want = await whole(text)
  const decoder = new Decoder(model)
  for (const [from, to] of [
    [0, 21],
    [21, 22],
    [22, 60],
    [60, 63],
    [63, 100],
  ] as const)
    expectClose(await decoder.read(text.slice(from, to)), want[to - 1]!, near)
  decoder.rewind(40)
  const other = [...text.slice(0, 40), 5, 6, 7]
  expectClose(await decoder.read([5, 6]), (await whole(other))[41]!, near)
  expectClose(await decoder.read([7]), (await whole(other))[42]!, near)
})

test('the same tokens with and without: greedy and drawn, within the context and past it', async () => {
  const prompt = text.slice(0, 7)
  for (const options of [{ temperature: 0 }, { temperature: 1, seed: 3 }, { temperature: 1.5, topK: 9, topP: 0.9, seed: 4 }]) {
    const kept = await generate(model, prompt, { ...options, tokens: 110 })
    expect([...kept]).toEqual([...(await generate(model, prompt, { ...options, tokens: 110, cache: false }))])
    // a text that stands still would prove little
    expect(new Set(kept.subarray(0, 90)).size).toBeGreaterThan(3)
  }
  const long = [...text, ...text.slice(0, 20)]
  expect([...(await generate(model, long, { tokens: 5 }))]).toEqual([...(await generate(model, long, { tokens: 5, cache: false }))])
})

test('several texts at once are told apart, and share programs', async () => {
  const [a, b] = [text.slice(0, 30), text.slice(30, 60)]
  const [first, second] = [new Decoder(model), new Decoder(model)]
  const [wantA, wantB] = [await whole(a), await whole(b)]
  const before = compileCount()
  for (let t = 0; t < 30; t++) {
    const [x, y] = await Promise.all([first.read([a[t]!]), second.read([b[t]!])])
    expectClose(x, wantA[t]!, near)
    expectClose(y, wantB[t]!, near)
  }
  expect(compileCount()).toBe(before)
  const texts = await Promise.all([1, 2].map((seed) => generate(model, a, { seed, tokens: 20 })))
  for (const [i, ids] of texts.entries())
    expect([...ids]).toEqual([...(await generate(model, a, { seed: i + 1, tokens: 20, cache: false }))])
})

test('programs are few: one a size, not one a length', async () => {
  const fresh = lively({ vocabulary: 29, context: 100, layers: 1, heads: 2, width: 16 })
  const before = compileCount()
  await generate(fresh, [1, 2, 3], { tokens: 97 })
  // the prompt, then 16, 32, 64 and 100 places
  expect(compileCount() - before).toBe(5)
})

test('weights are read where they live: training in between shows in what is read next', async () => {
  const moving = lively({ vocabulary: 29, context: 16, layers: 1, heads: 2, width: 16 })
  await new Decoder(moving).read([1, 2, 3])
  const head = moving.transformer.wte.weight.storage.array as Float32Array
  head.set((await numbers([29, 16], 5).data()) as Float32Array)
  expectClose(await new Decoder(moving).read([1, 2, 3]), (await whole([1, 2, 3], moving))[2]!, near)
})

test('a model without kept keys and values is read anew for each token', async () => {
  const plain: LanguageModel & { readonly inner: Gpt } = {
    inner: model,
    vocabulary: model.vocabulary,
    context: model.context,
    states: (ids) => model.states(ids),
    logits: (states) => model.logits(states),
    forward: (ids) => model.forward(ids),
  }
  expect(isCaching(plain)).toBe(false)
  expect(isCaching(model)).toBe(true)
  expect([...(await generate(plain, text.slice(0, 5), { tokens: 8 }))]).toEqual([
    ...(await generate(model, text.slice(0, 5), { tokens: 8 })),
  ])
})

test('says what is wrong, and loses nothing by it', async () => {
  const decoder = new Decoder(model)
  await decoder.read(text.slice(0, 9))
  await expect(decoder.read([])).rejects.toThrow('Decoder: nothing to read: give at least one id')
  await expect(decoder.read([1, 29])).rejects.toThrow('Decoder: id 29 at place 10 is not in 0 … 28')
  await expect(decoder.read(text.slice(0, 92))).rejects.toThrow(
    'Decoder: 9 tokens read and 92 more are beyond the context of 100: rewind first',
  )
  expect(() => decoder.rewind(10)).toThrow(HebbError)
  const under = decoder.read([text[9]!])
  expect(() => decoder.rewind(1)).toThrow(/this text is being read/)
  await expect(decoder.read([1])).rejects.toThrow(/this text is being read/)
  expectClose(await under, (await whole(text.slice(0, 10)))[9]!, near)
})
