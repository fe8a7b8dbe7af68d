/** Writing: token by token and as a whole, as ids and as text, when it ends, and what bad input gets. */
import { describe, expect, test } from 'vitest'
import { bpe, characters, Gpt, generate, initialize, type Tokenizer, tensor, type WrittenText } from '../../src/index.js'

const model = new Gpt({ vocabulary: 11, context: 8, layers: 1, heads: 2, width: 8 })
const drawn = { tokens: 20, seed: 1, temperature: 5, slide: true }

describe('generate', () => {
  test('writes the same tokens from the same seed, past its context; looped over as awaited', async () => {
    const { ids, why } = await generate(model, [1, 2, 3], drawn)
    expect([ids.length, why]).toEqual([20, 'tokens'])
    expect((await generate(model, [1, 2, 3], drawn)).ids).toEqual(ids)
    expect((await generate(model, [1, 2, 3], { ...drawn, seed: 2 })).ids).not.toEqual(ids)
    const heard: number[] = []
    for await (const { token } of generate(model, [1, 2, 3], drawn)) heard.push(token)
    expect(heard).toEqual([...ids])
  })

  test('ends after an id to stop at, at a signal, or when the loop is left', async () => {
    const { ids } = await generate(model, [1], drawn)
    const first = ids[4]!
    const stopped = await generate(model, [1], { ...drawn, stop: [first] })
    expect([[...stopped.ids], stopped.why]).toEqual([[...ids.slice(0, ids.indexOf(first) + 1)], 'stop'])
    const abort = new AbortController()
    const asked = generate(model, [1], { ...drawn, signal: abort.signal })
    for (let n = 0; n < 3; n++) await asked.next()
    abort.abort()
    const { why, ids: some } = await asked
    expect([why, [...some]]).toEqual(['signal', [...ids.slice(0, 3)]])
    const left = generate(model, [1], drawn)
    for await (const _ of left) break
    expect(await left).toMatchObject({ why: 'break', ids: ids.slice(0, 1) })
    expect(await generate(model, [1], { tokens: 0 })).toMatchObject({ why: 'tokens', ids: new Int32Array(0) })
  })

  test('log probabilities are the model’s own, whatever the rules', async () => {
    const { ids, logProbabilities } = await generate(model, [1, 2], { ...drawn, tokens: 6, topK: 3, repetitionPenalty: 1.2 })
    const logs = (await model
      .forward(tensor([[1, 2, ...ids.slice(0, 5)]], { dtype: 'i32' }))
      .logSoftmax(-1)
      .data()) as Float32Array
    expect([...logProbabilities]).toEqual([...ids].map((id, t) => expect.closeTo(logs[(t + 1) * 11 + id]!, 4)))
  })

  test('penalties look at what was written', async () => {
    const greedy = { tokens: 11, slide: true } as const
    expect(new Set((await generate(model, [1], greedy)).ids).size).toBeLessThan(11)
    expect(new Set((await generate(model, [1], { ...greedy, presencePenalty: 1e6 })).ids).size).toBe(11)
    // the prompt counts here
    expect((await generate(model, [1, 4], { ...greedy, tokens: 9, repetitionPenalty: 1e9 })).ids).not.toContain(4)
  })
})

describe('text', () => {
  const text = 'Žluťoučký kůň úpěl ďábelské ódy 🙂, no 12!'
  /** A model that says a text by heart, whatever is drawn: each id of it leads to the next. */
  function knows(tokenizer: Tokenizer): Gpt {
    const ids = tokenizer.encode(text)
    const gpt = new Gpt({ vocabulary: tokenizer.size, context: ids.length + 1, layers: 1, heads: 1, width: ids.length + 1, tied: false })
    initialize(gpt)
    const { wte, wpe, h } = gpt.transformer
    for (const part of [h[0]!.attn.c_proj, h[0]!.mlp.c_proj]) (part.weight.storage.array as Float32Array).fill(0)
    ;(wte.weight.storage.array as Float32Array).fill(0)
    const [places, head] = [wpe.weight.storage.array as Float32Array, gpt.lm_head!.weight.storage.array as Float32Array]
    const width = ids.length + 1
    places.fill(0)
    head.fill(0)
    // place t points one way, which only the id after it shares
    for (let t = 0; t < width; t++) places[t * width + t] = 1
    ids.forEach((id, t) => {
      if (t > 0) head[id * width + t - 1] = 9
    })
    return gpt
  }

  test.each([
    ['characters', characters(text)],
    ['bytes', bpe(['no text of this kind'], { size: 262 })],
    ['pieces', bpe([text, text], { size: 290 })],
  ])('of %s: pieces are the text, characters come whole', async (_, tokenizer) => {
    const gpt = knows(tokenizer)
    const start = tokenizer.decode(tokenizer.encode(text).subarray(0, 1)).includes('\ufffd') ? 2 : 1
    const prompt = tokenizer.encode(text).subarray(0, start)
    const given = tokenizer.decode(prompt)
    const pieces: WrittenText[] = []
    const run = generate(gpt, prompt, { tokenizer, tokens: tokenizer.encode(text).length - start, temperature: 0 })
    for await (const piece of run) pieces.push(piece)
    expect(given + pieces.map((piece) => piece.text).join('')).toBe(text)
    for (const piece of pieces) expect(piece.text).not.toContain('\ufffd')
    expect(given + (await run).text).toBe(text)
    // the end of what was cut is no character
    const cut = await generate(gpt, given, { tokenizer, tokens: 4, temperature: 0 })
    expect(cut.text).toBe(tokenizer.decode([...prompt, ...cut.ids]).slice(given.length))
  })

  test('says what is wrong at once, at the line that calls', () => {
    const tokenizer = characters('abc')
    expect(() => generate(model, [])).toThrow('the prompt is empty')
    expect(() => generate(model, [11])).toThrow('id 11 at place 0 of the prompt is not in 0 … 10')
    expect(() => generate(model, '' as never)).toThrow('the prompt is text: give the tokenizer')
    expect(() => generate(model, 'abd', { tokenizer })).toThrow('"d" at character 2')
    expect(() => generate(model, 'a', { tokenizer: characters('abcdefghijkl') })).toThrow('the tokenizer has 12 ids, the model 11')
    expect(() => generate(model, [1], { tokens: -1 })).toThrow('-1 is no number of tokens')
    expect(() => generate(model, [1], { onToken: () => 0 } as never)).toThrow('generate has no option onToken: did you mean')
    for (const [options, why] of [
      [{ topP: 1.5 }, 'topP 1.5: give a share'],
      [{ topK: 0.5 }, 'topK 0.5: give a whole number'],
      [{ minP: 2 }, 'minP 2: give a share'],
      [{ temperature: Number.NaN }, 'temperature NaN'],
      [{ repetitionPenalty: 0 }, 'repetitionPenalty 0'],
      [{ presencePenalty: Number.POSITIVE_INFINITY }, 'presencePenalty Infinity'],
    ] as const)
      expect(() => generate(model, [1], options)).toThrow(`generate: ${why}`)
  })
})
