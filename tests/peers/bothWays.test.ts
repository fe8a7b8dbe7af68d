/**
 * Files both ways: what transformers, PEFT and tokenizers wrote with settings drawn at random is read, computed with and written again, and they read that.
 * HEBB_PEERS_PYTHON=/path/to/python HEBB_PEERS_COUNT=200 npx vitest run tests/peers
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type LLM, loadLLM, predict, saveLLM, tensor } from '../../src/index.js'
import { arrayOf } from '../../src/tensor/dtype.js'
import { type PublishedTokenizer, tokenizerOf } from '../../src/tokenize/index.js'
import { loadAdapter, saveAdapter } from '../../src/tune/index.js'
import { apart, beside, casesIn, drawn, seed } from './python.js'

const logitsOf = async (model: LLM, ids: readonly number[]): Promise<Float32Array> =>
  Float32Array.from(arrayOf(await (await predict(model, tensor([[...ids]], { dtype: 'i32' }))).data(), 'f32'))

interface ModelCase {
  readonly said: Readonly<Record<string, unknown>>
  readonly error?: string
  readonly ids: readonly number[]
  readonly logits: readonly number[]
}

beside('models of all families', async (folder, script) => {
  script('models.py', 'draw', folder, seed, drawn)
  const written = `${folder}-written`
  const expected = new Map<string, Float32Array>()
  for (const [n, { said, error, ids, logits }] of casesIn<ModelCase>(folder)) {
    expect.soft(error, JSON.stringify(said)).toBeUndefined()
    const model = await loadLLM(join(folder, n), { dtype: 'f32' })
    expect.soft(apart(await logitsOf(model, ids), logits), JSON.stringify(said)).toBeLessThan(1e-4)
    const dtype = (['f32', 'bf16', 'f16'] as const)[Number(n) % 3]!
    await saveLLM(model, join(written, n), { dtype, shardBytes: Number(n) % 2 ? 3e4 : 5e9 })
    // numbers that were rounded are compared with what they are now
    expected.set(n, await logitsOf(await loadLLM(join(written, n), { dtype: 'f32' }), ids))
    writeFileSync(`${join(written, n)}.json`, JSON.stringify({ ids }))
  }
  script('models.py', 'read', written)
  for (const [n, { logits, error }] of casesIn<{ readonly logits: readonly number[]; readonly error?: string }>(written, 'out.json')) {
    expect.soft(error, n).toBeUndefined()
    expect.soft(apart(expected.get(n)!, logits), n).toBeLessThan(1e-4)
  }
})

interface AdapterCase {
  readonly settings?: unknown
  /** PEFT itself refuses some */
  readonly error?: string
  readonly ids: readonly number[]
  readonly adapted: readonly number[]
  readonly merged?: readonly number[]
}

beside('adapters of all kinds', async (folder, script) => {
  script('adapters.py', 'draw', folder, seed, drawn)
  const cases = new Map(casesIn<AdapterCase>(folder).filter(([, { error }]) => error === undefined))
  for (const [n, { settings, ids, adapted, merged }] of cases) {
    const model = await loadLLM(join(folder, n, 'base'), { dtype: 'f32' })
    const adapters = await loadAdapter(model, join(folder, n, 'adapter'))
    expect.soft(apart(await logitsOf(model, ids), adapted), JSON.stringify(settings)).toBeLessThan(1e-4)
    await saveAdapter(adapters, join(folder, n, 'ours'))
    if (!merged) continue
    await adapters.merge()
    expect.soft(apart(await logitsOf(model, ids), merged), `merged: ${JSON.stringify(settings)}`).toBeLessThan(1e-4)
  }
  script('adapters.py', 'read', folder)
  for (const [n, { adapted, error }] of casesIn<{ readonly adapted: readonly number[]; readonly error?: string }>(folder, 'out.json')) {
    expect.soft(error, n).toBeUndefined()
    expect.soft(apart(adapted, cases.get(n)!.adapted), JSON.stringify(cases.get(n)!.settings)).toBeLessThan(1e-4)
  }
})

interface TokenCase {
  readonly error?: string
  readonly text?: string
  readonly ids?: readonly number[]
  readonly plain?: readonly number[]
  readonly random?: readonly number[]
  readonly kept: string
  readonly skipped: string
}

beside('tokenizers of all kinds of parts', async (folder, script) => {
  script('tokenizer_parts.py', folder, seed, drawn)
  const files = new Map(casesIn<unknown>(folder))
  for (const [n, cases] of casesIn<readonly TokenCase[]>(folder, 'cases.json')) {
    if (!files.has(n)) continue
    const tokenizer: PublishedTokenizer = tokenizerOf({ tokenizer: files.get(n) })
    for (const one of cases.filter(({ error }) => error === undefined)) {
      const ids = one.ids ?? one.random!
      const got = {
        ...(one.text !== undefined && {
          ids: [...tokenizer.encode(one.text, { special: true })],
          plain: [...tokenizer.encode(one.text)],
        }),
        kept: tokenizer.decode(ids, { special: true }),
        skipped: tokenizer.decode(ids),
      }
      expect
        .soft(got, `${n}: ${JSON.stringify(one.text ?? ids)}`)
        .toMatchObject(
          got.ids ? { ids: one.ids, plain: one.plain, kept: one.kept, skipped: one.skipped } : { kept: one.kept, skipped: one.skipped },
        )
    }
  }
})
