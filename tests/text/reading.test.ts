/** Reading with kept keys and values against the whole text computed anew: scores, tokens, batches of texts, and what bad input gets. */
import { describe, expect, test } from 'vitest'
import {
  type GenerateOptions,
  Gpt,
  generate,
  HebbError,
  initialize,
  type LanguageModel,
  sampleToken,
  TextBatch,
  TextReader,
  tensor,
} from '../../src/index.js'
import { compileCount } from '../../src/runtime/index.js'
import { isCaching } from '../../src/text/index.js'
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
/** What a model writes. */
const written = async (of: LanguageModel, prompt: readonly number[], options: GenerateOptions): Promise<number[]> => [
  ...(await generate(of, prompt, options)).ids,
]
const near = { rtol: 1e-4, atol: 1e-4 }

test('token by token up to the context: the scores of the whole text, at every place and across every size', async () => {
  const want = await whole(text)
  const reader = new TextReader(model)
  for (const [t, id] of text.entries()) expectClose(await reader.read([id]), want[t]!, near)
  expect(reader.length).toBe(100)
})

test('in pieces of any length, after a prompt read in one go, and again after going back', async () => {
  const want = await whole(text)
  const reader = new TextReader(model)
  for (const [from, to] of [
    [0, 21],
    [21, 22],
    [22, 60],
    [60, 63],
    [63, 100],
  ] as const)
    expectClose(await reader.read(text.slice(from, to)), want[to - 1]!, near)
  reader.rewind(40)
  const other = [...text.slice(0, 40), 5, 6, 7]
  expectClose(await reader.read([5, 6]), (await whole(other))[41]!, near)
  expectClose(await reader.read([7]), (await whole(other))[42]!, near)
})

test('scores after each id, alone and in a batch, and what is forgotten is as if never read', async () => {
  const want = await whole(text)
  const reader = new TextReader(model)
  for (const [from, to] of [
    [0, 3],
    [3, 4],
    [4, 59],
    [59, 100],
  ] as const)
    for (const [i, scores] of (await reader.readEach(text.slice(from, to))).entries()) expectClose(scores, want[from + i]!, near)
  const batch = new TextBatch(model)
  const [a, b] = [batch.open(), batch.open()]
  await batch.read([a, b].map((reader) => ({ reader, ids: text.slice(0, 20) })))
  const before = compileCount()
  const found = await b.readEach([...text.slice(20, 24), 1])
  expect(compileCount() - before).toBe(1)
  for (let t = 0; t < 4; t++) expectClose(found[t]!, want[20 + t]!, near)
  b.rewind(24)
  expectClose(await b.read([text[24]!]), want[24]!, near)
  expectClose(await a.read([text[20]!]), want[20]!, near)
  expect([a.length, b.length]).toEqual([21, 25])
})

test('the same tokens with and without: greedy and drawn, within the context and past it', async () => {
  const prompt = text.slice(0, 7)
  for (const options of [{ temperature: 0 }, { temperature: 1, seed: 3 }, { temperature: 1.5, topK: 9, topP: 0.9, seed: 4 }]) {
    const kept = await written(model, prompt, { ...options, tokens: 110, slide: true })
    expect(kept).toEqual(await written(model, prompt, { ...options, tokens: 110, slide: true, cache: false }))
    // a text that stands still would prove little
    expect(new Set(kept.slice(0, 90)).size).toBeGreaterThan(3)
  }
  const long = [...text, ...text.slice(0, 20)]
  expect(await written(model, long, { tokens: 5, slide: true })).toEqual(
    await written(model, long, { tokens: 5, slide: true, cache: false }),
  )
})

test('several texts at once are told apart, and share programs', async () => {
  const [a, b] = [text.slice(0, 30), text.slice(30, 60)]
  const [first, second] = [new TextReader(model), new TextReader(model)]
  const [wantA, wantB] = [await whole(a), await whole(b)]
  const before = compileCount()
  for (let t = 0; t < 30; t++) {
    const [x, y] = await Promise.all([first.read([a[t]!]), second.read([b[t]!])])
    expectClose(x, wantA[t]!, near)
    expectClose(y, wantB[t]!, near)
  }
  expect(compileCount()).toBe(before)
  const texts = await Promise.all([1, 2].map((seed) => written(model, a, { seed, tokens: 20 })))
  for (const [i, ids] of texts.entries()) expect(ids).toEqual(await written(model, a, { seed: i + 1, tokens: 20, cache: false }))
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
  await new TextReader(moving).read([1, 2, 3])
  const head = moving.transformer.wte.weight.storage.array as Float32Array
  head.set((await numbers([29, 16], 5).data()) as Float32Array)
  expectClose(await new TextReader(moving).read([1, 2, 3]), (await whole([1, 2, 3], moving))[2]!, near)
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
  expect(await written(plain, text.slice(0, 5), { tokens: 8 })).toEqual(await written(model, text.slice(0, 5), { tokens: 8 }))
})

describe('a batch', () => {
  const prompts = [text.slice(0, 5), text.slice(20, 57), text.slice(3, 4), text.slice(50, 70), text.slice(9, 30)]
  const greedy = (scores: Float32Array): number => sampleToken(scores, 0, { temperature: 0 })

  /** Scores after the prompt and after each of `tokens` greedy tokens, read alone. */
  async function alone(prompt: readonly number[], tokens: number): Promise<Float32Array[]> {
    const reader = new TextReader(model)
    const scores = [await reader.read(prompt)]
    for (let n = 0; n < tokens; n++) scores.push(await reader.read([greedy(scores.at(-1)!)]))
    return scores
  }
  const same = (got: Float32Array, want: Float32Array): void => {
    expectClose(got, want, { rtol: 1e-5, atol: 1e-5 * Math.max(...want.map(Math.abs)) })
    expect(greedy(got)).toBe(greedy(want))
  }

  test('prompts of unequal length, then token by token: the scores of each text alone', async () => {
    const want = await Promise.all(prompts.map((prompt) => alone(prompt, 30)))
    const batch = new TextBatch(model)
    const readers = prompts.map(() => batch.open())
    let scores = await batch.read(readers.map((reader, n) => ({ reader, ids: prompts[n]! })))
    for (let t = 0; t <= 30; t++) {
      for (const [n, row] of scores.entries()) same(row, want[n]![t]!)
      scores = await batch.read(readers.map((reader, n) => ({ reader, ids: [greedy(scores[n]!)] })))
    }
    expect(readers.map(({ length }) => length)).toEqual(prompts.map(({ length }) => length + 31))
  })

  test('texts enter and leave while others go on, in any order', async () => {
    const want = await Promise.all(prompts.map((prompt) => alone(prompt, 12)))
    const batch = new TextBatch(model)
    const waiting = [...prompts.entries()]
    const running: { readonly n: number; readonly reader: TextReader; at: number; ids: readonly number[] }[] = []
    const finished: number[] = []
    for (let step = 0; finished.length < prompts.length; step++) {
      // one enters at every other step; each leaves when it has written enough, the early ones early
      if (step % 2 === 0 && waiting.length > 0) {
        const [n, ids] = waiting.shift()!
        running.push({ n, reader: batch.open(), at: 0, ids })
      }
      const scores = await batch.read(running)
      for (const [i, one] of [...running.entries()].reverse()) {
        same(scores[i]!, want[one.n]![one.at]!)
        one.ids = [greedy(scores[i]!)]
        if (one.at++ < 3 + 4 * (one.n % 3)) continue
        running.splice(i, 1)
        one.reader.close()
        finished.push(one.n)
      }
      expect(batch.size).toBe(running.length)
    }
    expect(finished).not.toEqual([0, 1, 2, 3, 4])
  })

  test('some of the texts, pieces of several lengths after a past, forks and going back', async () => {
    const batch = new TextBatch(model)
    const [a, b, c] = [batch.open(), batch.open(), batch.open()]
    await batch.read([
      { reader: b, ids: text.slice(0, 20) },
      { reader: c, ids: text.slice(30, 32) },
    ])
    const [ofC, ofA, ofB] = await batch.read([
      { reader: c, ids: text.slice(32, 40) },
      { reader: a, ids: text.slice(0, 1) },
      { reader: b, ids: text.slice(20, 41) },
    ])
    expectClose(ofC!, (await whole(text.slice(30, 40)))[9]!, near)
    expectClose(ofA!, (await whole(text.slice(0, 1)))[0]!, near)
    expectClose(ofB!, (await whole(text.slice(0, 41)))[40]!, near)
    const d = b.fork()
    a.close()
    expect([b.length, c.length, d.length, batch.size]).toEqual([41, 10, 41, 3])
    b.rewind(10)
    const [again, forked] = await batch.read([
      { reader: b, ids: [7] },
      { reader: d, ids: [8] },
    ])
    expectClose(again!, (await whole([...text.slice(0, 10), 7]))[10]!, near)
    expectClose(forked!, (await whole([...text.slice(0, 41), 8]))[41]!, near)
  })

  test('what a broken text leaves behind does not spoil the next one', async () => {
    const broken = lively({ vocabulary: 29, context: 16, layers: 1, heads: 2, width: 16 })
    const batch = new TextBatch(broken)
    const [first, second] = [batch.open(), batch.open()]
    const table = broken.transformer.wte.weight.storage.array as Float32Array
    const kept = table.slice()
    table.fill(Number.NaN)
    expect((await second.read([1, 2, 3]))[0]).toBeNaN()
    table.set(kept)
    second.close()
    expectClose(await batch.open().read([4]), (await whole([4], broken))[0]!, near)
    expectClose(await first.read([5]), (await whole([5], broken))[0]!, near)
  })

  test('says what is wrong, and then has read nothing', async () => {
    const batch = new TextBatch(model)
    const [a, b] = [batch.open(), batch.open()]
    const both = (ids: readonly number[]) => batch.read([a, b].map((reader) => ({ reader, ids })))
    await both([1, 2])
    await expect(both([1, -1])).rejects.toThrow('TextReader: id -1 at place 3 is not in 0 … 28')
    await expect(batch.read([a, a].map((reader) => ({ reader, ids: [1] })))).rejects.toThrow(
      'piece 1 is more of a text that is read already',
    )
    await expect(batch.read([{ reader: new TextReader(model), ids: [1] }])).rejects.toThrow('is of another batch')
    expect(() => new TextReader(lively({ vocabulary: 3, context: 4, layers: 1, heads: 1, width: 2 }), { batch })).toThrow(
      'of another model',
    )
    const under = a.read([3])
    const refused = expect(b.read([3])).rejects.toThrow(/or another of its batch/)
    // before anything is awaited: the read may be over by then
    expect(() => a.close()).toThrow(/is being read/)
    await refused
    await under
    expect([a.length, b.length]).toEqual([3, 2])
    b.close()
    await expect(b.read([3])).rejects.toThrow('this text was closed')
    expect(() => b.length).toThrow(HebbError)
  })
})

test('says what is wrong, and loses nothing by it', async () => {
  const reader = new TextReader(model)
  await reader.read(text.slice(0, 9))
  await expect(reader.read([])).rejects.toThrow('TextReader: nothing to read: give at least one id')
  await expect(reader.read([1, 29])).rejects.toThrow('TextReader: id 29 at place 10 is not in 0 … 28')
  await expect(reader.read(text.slice(0, 92))).rejects.toThrow(
    'TextReader: 9 tokens read and 92 more are beyond the context of 100: rewind first',
  )
  expect(() => reader.rewind(10)).toThrow(HebbError)
  const under = reader.read([text[9]!])
  expect(() => reader.rewind(1)).toThrow(/this text is being read/)
  await expect(reader.read([1])).rejects.toThrow(/this text is being read/)
  expectClose(await under, (await whole(text.slice(0, 10)))[9]!, near)
})
