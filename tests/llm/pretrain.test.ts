import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { tokensOf } from '../../src/data/index.js'
import { countParameters, Gpt, parameters, perplexity, predict, tensor } from '../../src/index.js'
import { dial, dialOptimizer, LLM, type PretrainEvent } from '../../src/llm/index.js'
import { bitsPerByte } from '../../src/text/index.js'
import { characters, trainTokenizer } from '../../src/tokenize/index.js'
import { ids, pretrained, sizes, tokenizer } from './pretrained.js'

const folder = mkdtempSync(join(tmpdir(), 'hebb-pretrain-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the dial', () => {
  test.each([1, 2, 5])('depth %i: what it says of the model is so', (depth) => {
    const { config, parameters } = dial(depth, { vocabulary: 300 })
    expect(countParameters(new LLM(config)).total).toBe(parameters)
    expect(config).toMatchObject({
      hidden_size: 64 * depth,
      num_attention_heads: depth,
      num_hidden_layers: depth,
      tie_word_embeddings: true,
    })
  })
  test('its numbers at depths of note', () => {
    const at = (depth: number, vocabulary: number): (number | string)[] => {
      const { parameters, batch, atOnce, steps, lr, warmup } = dial(depth, { vocabulary })
      return [parameters, batch, atOnce, steps, lr.toExponential(2), warmup]
    }
    expect(at(2, 2048)).toEqual([688_768, 16, 16, 3363, '4.00e-3', 169])
    expect(at(4, 4096)).toEqual([4_262_144, 32, 32, 10_406, '2.83e-3', 500])
    expect(at(12, 12_288)).toEqual([94_391_040, 128, 8, 57_612, '1.63e-3', 500])
  })
  test('tokens follow from ratio and parameters, updates from tokens and batch; what is given goes before', () => {
    const { tokens, parameters, steps, batch, flops } = dial(3, { vocabulary: 1000, ratio: 7 })
    expect(Math.abs(tokens / (7 * parameters) - 1)).toBeLessThan(0.001)
    expect([tokens, flops]).toEqual([steps * batch * 256, 6 * parameters * tokens])
    expect(dial(3, { vocabulary: 1000, steps: 5 }).steps).toBe(5)
    expect(dial(2, { vocabulary: 1000, rate: 0.5 }).lr).toBe(0.002)
  })
  test('sizes that are none are refused', () => {
    expect(() => dial(0, { vocabulary: 10 })).toThrow('dial: depth 0: give a whole number of at least 1')
    expect(() => dial(1.5, { vocabulary: 10 })).toThrow('depth 1.5')
    expect(() => dial(1, { vocabulary: 0 })).toThrow('vocabulary 0')
    expect(() => dial(1, { vocabulary: 10, ratio: 0 })).toThrow('ratio 0')
  })
  test('Muon is for matrices between the tables, AdamW for the rest', () => {
    const { groups, name } = dialOptimizer(dial(1, { vocabulary: 10 }))
    const moved = [...parameters(new LLM(dial(1, { vocabulary: 10 }).config))]
    const byRest = moved.filter(([path, p]) => typeof groups[0]!.match === 'function' && groups[0]!.match(path, p)).map(([path]) => path)
    expect(name).toBe('muon')
    expect(byRest.filter((path) => !/norm/.test(path))).toEqual(['model.embed_tokens.weight'])
    expect(dialOptimizer(dial(1, { vocabulary: 10, optimizer: 'adamW' })).name).toBe('adamW')
  })
})

describe('bits per byte', () => {
  test('is what a hand finds from the logits', async () => {
    const text = 'Übung macht den Meister, Übung macht froh. '
    const tokenizer = await trainTokenizer([text.repeat(3)], { vocabulary: 280 })
    const eos = tokenizer.special.eos!
    const ids = Int32Array.of(...tokenizer.encode(text), eos, ...tokenizer.encode('Übung'))
    const model = new Gpt({ vocabulary: tokenizer.size, context: 64, layers: 1, heads: 2, width: 16 })
    const logits = (await (await predict(model, tensor([[...ids.subarray(0, -1)]], { dtype: 'i32' }))).data()) as Float32Array
    let [nats, bytes, tokens] = [0, 0, 0]
    for (const [t, id] of ids.subarray(1).entries()) {
      if (id === eos) continue
      const row = logits.subarray(t * tokenizer.size, (t + 1) * tokenizer.size)
      nats += Math.log(row.reduce((sum, v) => sum + Math.exp(v), 0)) - row[id]!
      tokens++
    }
    bytes = new TextEncoder().encode(tokenizer.decode(ids.subarray(1))).length
    const found = await bitsPerByte(model, ids, { tokenizer })
    expect([found.tokens, found.bytes]).toEqual([tokens, bytes])
    expect(found.bitsPerByte).toBeCloseTo(nats / Math.LN2 / bytes, 5)
    expect(found.loss).toBeCloseTo(nats / tokens, 5)
  })
  test('a tokenizer of characters: bits per byte are bits per letter where letters are bytes', async () => {
    const tokenizer = characters('abc')
    const model = new Gpt({ vocabulary: 3, context: 8, layers: 1, heads: 1, width: 8 })
    const ids = tokenizer.encode('abcabccba'.repeat(4))
    const [{ bits }, { bitsPerByte: each }] = [await perplexity(model, ids), await bitsPerByte(model, ids, { tokenizer })]
    expect(each).toBeCloseTo(bits, 6)
    await expect(bitsPerByte(model, Int32Array.of(1), { tokenizer })).rejects.toThrow('1 ids hold no text to predict')
  })
})

/** What a run leaves, without what depends on time. */
const timeless = (events: readonly object[]): object[] => events.map((e) => ({ ...e, seconds: 0 }))
const numbersOf = async (model: LLM): Promise<number[]> =>
  (await Promise.all([...parameters(model).values()].map(async (p) => [...(await p.cast('f32').data())].map(Number)))).flat()

describe('pretraining', () => {
  test('tells steps, measures at the begin, on the way and at the end, and learns', async () => {
    const events: PretrainEvent[] = []
    for await (const e of pretrained()) events.push(e)
    expect(events.filter(({ kind }) => kind === 'measure').map(({ step }) => step)).toEqual([0, 5, 10, 12])
    expect(events.filter(({ kind }) => kind === 'step')).toHaveLength(12)
    const bits = events.flatMap((e) => (e.kind === 'measure' ? [e.validation.bitsPerByte] : []))
    expect(bits[0]).toBeCloseTo(Math.log2(tokenizer.size), 0)
    expect(bits.at(-1)).toBeLessThan(0.9 * bits[0]!)
    expect(events.flatMap((e) => (e.kind === 'measure' ? [e.sample!.slice(0, 4)] : []))).toEqual(Array(4).fill('the '))
    expect(events.at(-1)!.tokens).toBe(12 * 4 * 16)
  })

  test('stopped anywhere and resumed it gives the same bytes', async () => {
    const whole = new LLM(sizes.config)
    const straight: PretrainEvent[] = []
    for await (const e of pretrained({}, whole)) straight.push(e)
    for (const at of [0, 5, 7]) {
      const files = { checkpoint: join(folder, `${at}.safetensors`), journal: join(folder, `${at}.jsonl`), resume: true }
      const stop = new AbortController()
      for await (const e of pretrained({ ...files, signal: stop.signal })) if (e.step === at) stop.abort()
      const resumed = new LLM(sizes.config)
      await pretrained(files, resumed)
      expect(await numbersOf(resumed)).toEqual(await numbersOf(whole))
      const lines = readFileSync(files.journal, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object)
      expect(timeless(lines)).toEqual(timeless(JSON.parse(JSON.stringify(straight)) as object[]))
    }
  })

  test('killed at any moment and gone on with it gives the same bytes', { timeout: 240_000 }, async () => {
    const runner = fileURLToPath(new URL('pretrainRunner.ts', import.meta.url))
    const begun = (name: string) => {
      const child = spawn(
        process.execPath,
        ['--import', 'tsx', runner, join(folder, `${name}.safetensors`), join(folder, `${name}.jsonl`)],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      )
      const first = new Promise((done) => child.stdout.once('data', done))
      return { child, first, ended: new Promise<number | null>((done) => child.once('close', done)) }
    }
    for (const wait of [30, 250]) {
      const { child, first, ended } = begun('killed')
      await Promise.race([first, ended])
      await pause(wait)
      child.kill('SIGKILL')
      await ended
    }
    expect(existsSync(join(folder, 'killed.safetensors'))).toBe(true)
    expect(await begun('killed').ended).toBe(0)
    expect(await begun('straight').ended).toBe(0)
    const events = (name: string): object[] =>
      timeless(
        readFileSync(join(folder, `${name}.jsonl`), 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as object),
      )
    expect(events('killed')).toEqual(events('straight'))
    const weights = async (name: string): Promise<number[]> => {
      const model = new LLM(sizes.config)
      await pretrained({ resume: join(folder, `${name}.safetensors`) }, model)
      return numbersOf(model)
    }
    expect(await weights('killed')).toEqual(await weights('straight'))
  })

  test('refuses what cannot be', () => {
    expect(() => pretrained({ steps: 0 })).toThrow('pretrain: steps 0: give a whole number of at least 1')
    expect(() => pretrained({ atOnce: 3 })).toThrow('atOnce 3 does not divide a batch of 4')
    expect(() => pretrained({ validation: tokensOf(ids.subarray(0, 1)) })).toThrow('1 tokens are held out')
    expect(() => pretrained({}, new LLM({ ...sizes.config, vocab_size: 4 }))).toThrow(
      /the tokenizer has \d+ tokens and the model vectors for 4/,
    )
  })
})
