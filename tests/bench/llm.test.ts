/** Works of language models: the files all libraries are given, the check of first results, the table, and what is counted. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { llmFolder } from '../../bench/llm/folder.js'
import { llmTable } from '../../bench/llm/table.js'
import { configOf } from '../../bench/llm/weights.js'
import { Watch } from '../../bench/machine.js'
import { randomIds, surprise } from '../../bench/peers/serve.js'
import { type Peer, runWork, takesPart } from '../../bench/run.js'
import type { Report } from '../../bench/table.js'
import { bytesOf, flopsOf, tokensOf } from '../../bench/works/cost.js'
import { llm } from '../../bench/works/llm.js'
import { mlpSmall } from '../../bench/works/mlp.js'
import type { LlmSizes, LlmWork } from '../../bench/works/work.js'
import { placeholder } from '../../src/graph/leaf.js'
import * as hebb from '../../src/index.js'
import { arrayOf } from '../../src/tensor/dtype.js'
import { expectClose } from '../compare.js'

const sizes: LlmSizes = { layers: 2, width: 64, heads: 4, keyHeads: 2, hidden: 96, vocabulary: 320, context: 64 }
const named = (name: string): LlmWork => ({ ...llm.find((work) => work.name === name)!, of: sizes })

test('folder and GGUF file hold one model, that of 4 bits nearly the same', async () => {
  const folder = llmFolder(sizes)
  expect(llmFolder({ ...sizes })).toBe(folder)
  expect(existsSync(join(folder, 'config.json'))).toBe(true)
  const ids = hebb.tensor([[...randomIds(20, 320)]], { dtype: 'i32' })
  const scores = async (source: string): Promise<Float32Array> =>
    arrayOf(await (await hebb.predict(await hebb.loadLLM(source), ids)).data(), 'f32')
  const [plain, gguf, few] = [await scores(folder), await scores(join(folder, 'model.gguf')), await scores(join(folder, 'model-4.gguf'))]
  expectClose(gguf, plain, { rtol: 0, atol: 1e-5 })
  const apart = Math.sqrt(few.reduce((sum, x, i) => sum + (x - plain[i]!) ** 2, 0) / plain.reduce((sum, x) => sum + x * x, 0))
  expect(apart).toBeGreaterThan(1e-3)
  expect(apart).toBeLessThan(0.3)
})

test('products are counted as the model has them', () => {
  const model = new hebb.LLM(configOf(sizes))
  const work: LlmWork = { ...named('llm-prompt'), time: 32 }
  let products = 0
  for (const [op, { flops }] of hebb.explain([model.forward(placeholder([1, 32], 'i32'))]).byOp) if (op === 'matmul') products += flops
  // all places have a head there, one has it here; attention is no matmul
  const attention = 2 * 2 * 2 * 64 * 32 * 32
  const head = 2 * 31 * 64 * 320
  expect(Math.abs(flopsOf(work)! + head - products) / products).toBeLessThan(attention / products)
  expect(flopsOf(named('llm-full'))! / flopsOf(named('llm-lora'))!).toBeGreaterThan(1.1)
  expect(flopsOf(named('llm-token-1'))).toBeUndefined()
  expect([tokensOf(named('llm-token-256')), tokensOf(named('llm-prompt')), tokensOf(named('llm-full'))]).toEqual([1, 512, undefined])
  expect(bytesOf(llm[0]!)! / 1e6).toBeCloseTo(538, 0)
})

test('who takes part, and who computes something else', async () => {
  const file = fileURLToPath(new URL('fakePeer.mjs', import.meta.url))
  const peer = (name: string, mood: string, does: Peer['does']): Peer => ({
    name,
    does,
    command: { file: process.execPath, args: [file, mood] },
  })
  const peers = [peer('own', 'works', 'all'), peer('net', 'works', 'networks'), peer('other', 'strange', 'language models')]
  expect(peers.filter((one) => takesPart(mlpSmall, one)).map(({ name }) => name)).toEqual(['own', 'net'])
  const { results, skips } = await runWork(named('llm-full'), peers, { threads: 2, rounds: 1, seconds: 0.002, watch: new Watch() })
  expect(results.map((one) => one.peer)).toEqual(['own'])
  expect(skips).toEqual([
    { work: 'llm-full', peer: 'other', reason: 'its first result is 2.01, that of own 2: it computes something else' },
  ])
  const few = await runWork(named('llm-qlora'), peers, { threads: 2, rounds: 1, seconds: 0.002, watch: new Watch() })
  expect(few.results.map((one) => one.peer)).toEqual(['own', 'other'])
})

test('the first result is the likeliest token, later ones a score', () => {
  const said = surprise()
  expect(said(Float32Array.of(1, 3, 2))).toBeCloseTo(Math.log(1 + Math.exp(-1) + Math.exp(-2)), 6)
  expect(said(Float32Array.of(1, 3, 2))).toBe(1)
})

test('the table has time, memory, and both as shares', () => {
  const result = (peer: string, median: number, peakMb: number) => ({
    ...{ work: 'llm-prompt', peer, version: '1', firstCallMs: 1, peakMb, first: 1, last: 1 },
    step: { median, low: median, high: median, count: 1 },
  })
  const report: Report = {
    ...{ date: '2026-01-02T00:00:00.000Z', command: 'npm run bench -- llm', threads: 2, rounds: 1, others: 0 },
    machine: { processor: 'Abacus', cores: 2, memoryGb: 4, system: 'linux x64 6', node: 'v20.0.0' },
    works: llm.filter(({ name }) => name === 'llm-prompt' || name === 'llm-full'),
    peers: ['Hebb', 'transformers'],
    results: [result('Hebb', 400, 700), result('transformers', 800, 1000)],
    skips: [],
  }
  expect(llmTable(report)).toMatchInlineSnapshot(`
    "|  | Hebb, ms | transformers, ms | Hebb, MB | transformers, MB | Hebb / transformers: time, memory |
    |---|---:|---:|---:|---:|---:|
    | LLM 135 M: prompt of 512 | 400 | 800 | 700 | 1000 | 0.50, 0.70 |
    | LLM 135 M: step of all weights, T 256, N 4 |  |  |  |  |  |

    Milliseconds a call, and the most memory the process ever had, libraries and weights included.
    \`npm run bench -- llm\` on 2026-01-02, Abacus, 2 of 2 threads, linux x64 6, Node 20.0.0; Hebb 1, transformers 1."
  `)
  expect(llmTable(report, { short: true }).split('\n').length).toBe(5)
})
