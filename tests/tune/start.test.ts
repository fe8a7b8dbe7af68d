/** Adapters that begin as a part of the weights: which part, what is computed, learned, merged and written, and who is refused. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  initialize,
  Linear,
  nextTokenCrossEntropy,
  parameters,
  quantized,
  sequential,
  sgd,
  type Tensor,
  tensor,
  trainStep,
} from '../../src/index.js'
import { LLM } from '../../src/llm/index.js'
import { qr, svd } from '../../src/maths/linalg/index.js'
import { matmul, mul } from '../../src/ops/index.js'
import { type Adapters, type Initialisation, loadAdapter, lora, saveAdapter } from '../../src/tune/index.js'
import { expectClose } from '../compare.js'

const sizes = { vocab_size: 24, num_hidden_layers: 2, num_attention_heads: 4 }
const llama = (more: object = {}): LLM =>
  new LLM({
    model_type: 'llama',
    ...sizes,
    hidden_size: 16,
    intermediate_size: 24,
    num_key_value_heads: 2,
    max_position_embeddings: 32,
    initializer_range: 0.2,
    ...more,
  })
const gpt2 = (): LLM =>
  new LLM({
    model_type: 'gpt2',
    vocab_size: 24,
    n_embd: 16,
    n_layer: 2,
    n_head: 4,
    n_positions: 32,
    initializer_range: 0.2,
    resid_pdrop: 0,
    embd_pdrop: 0,
    attn_pdrop: 0,
  })
const ids = tensor([[1, 2, 3, 4, 5, 7, 3, 2]], { dtype: 'i32' })
const next = tensor([[2, 3, 4, 5, 7, 3, 2, 9]], { dtype: 'i32' })
const logits = async (model: LLM): Promise<Float32Array> => Float32Array.from((await model.forward(ids).data()) as Float32Array)
const train = async (model: LLM, steps = 4): Promise<void> => {
  const step = trainStep(model, sgd({ lr: 0.1 }), ({ x, y }: { x: Tensor; y: Tensor }) => nextTokenCrossEntropy(model.forward(x), y))
  for (let i = 0; i < steps; i++) await step({ x: ids, y: next })
}
const both = (adapters: Adapters<never>): { a: Tensor; b: Tensor } => {
  const [a, b] = [...adapters.tensors('default').values()].map(({ param }) => param)
  return { a: a!, b: b! }
}
const numbers = async (t: Tensor): Promise<Float32Array> => (await t.data()) as Float32Array

/** the principal part by `svd`, and Q and R by `qr` */
const parts: Record<string, (w: Tensor, rank: number) => Tensor> = {
  pissa: (w, rank) => {
    const { u, s, vt } = svd(w)
    return matmul(mul(u.slice([null, [0, rank]]), s.slice([[0, rank]])), vt.slice([[0, rank]]))
  },
  olora: (w, rank) => {
    const { q, r } = qr(w)
    return matmul(q.slice([null, [0, rank]]), r.slice([[0, rank]]))
  },
}

describe.each([
  [5, 9, 2],
  [9, 5, 3],
  [6, 6, 6],
  [70, 40, 3],
])('of a Linear %i → %i, rank %i', (inputs, outputs, rank) => {
  test.each(['pissa', 'olora', 'pissa_niter_3000'] as const)('%s', async (initialisation) => {
    const model = sequential(new Linear(inputs, outputs))
    initialize(model)
    const weight = [...parameters(model).values()][0]!
    const before = Float32Array.from(weight.storage.numbers()!)
    const adapters = lora(model, { rank, alpha: 3 * rank, targets: ['0'], initialisation })
    const { a, b } = both(adapters as Adapters<never>)
    const part = parts[initialisation.slice(0, 5)]!(tensor(before).reshape([outputs, inputs]), rank)
    const product = matmul(b, a)
    expectClose(await numbers(initialisation === 'olora' ? product : mul(product, 3)), await numbers(part), {
      atol: initialisation === 'pissa_niter_3000' ? 1e-4 : 1e-5,
    })
    if (initialisation === 'olora')
      expectClose(
        await numbers(matmul(b.transpose(), b)),
        await numbers(tensor(Array.from({ length: rank }, (_, i) => Array.from({ length: rank }, (__, j) => Number(i === j))))),
        { atol: 1e-5 },
      )
    // A and B share the singular values evenly
    else expectClose(await numbers(matmul(b.transpose(), b)), await numbers(matmul(a, a.transpose())), { atol: 1e-5 })
    expect(weight.storage.numbers()).toEqual(before)
  })
})

test('equal singular values: any part of them is principal', async () => {
  const model = sequential(new Linear(6, 6, { bias: false }))
  initialize(model)
  const weight = [...parameters(model).values()][0]!
  for (let i = 0; i < 36; i++) weight.storage.array![i] = i % 7 === 0 ? (i < 15 ? 5 : 1) : 0
  const { a, b } = both(lora(model, { rank: 3, alpha: 3, targets: ['0'], initialisation: 'pissa' }) as Adapters<never>)
  const want = new Float32Array(36)
  for (const i of [0, 7, 14]) want[i] = 5
  expectClose(await numbers(matmul(b, a)), want, { atol: 1e-5 })
})

test('orthogonal: BA is 0, A and B are not', async () => {
  const model = llama()
  initialize(model)
  const base = await logits(model)
  const adapters = lora(model, { rank: 4, initialisation: 'orthogonal' })
  const [a, b] = [...adapters.tensors('default').values()].map(({ param }) => param)
  expectClose(await numbers(matmul(b!, a!)), new Float32Array(256), { atol: 1e-6 })
  const spread = Math.sqrt(a!.storage.numbers()!.reduce((sum, value) => sum + value * value, 0) / a!.size)
  // of two free numbers through a row of length 1 in four: √(2/4) / 10
  expect(spread).toBeGreaterThan(0.05)
  expect(spread).toBeLessThan(0.09)
  expectClose(await logits(model), base, { atol: 1e-5 })
  expect(() => lora(llama(), { rank: 3, initialisation: 'orthogonal' })).toThrow('3 is odd: give an even one')
})

const kinds: [string, () => LLM, Parameters<typeof lora>[1]][] = [
  ['pissa', llama, { targets: 'all-linear', rank: 4, initialisation: 'pissa' }],
  ['pissa_niter_4 of GPT-2', gpt2, { targets: ['c_attn', 'c_fc'], rank: 2, initialisation: 'pissa_niter_4' }],
  ['olora of GPT-2', gpt2, { targets: ['c_attn', 'c_proj'], rank: 2, initialisation: 'olora' }],
  [
    'olora with rslora and patterns',
    llama,
    {
      targets: ['q_proj', 'v_proj'],
      rank: 2,
      rankPattern: { v_proj: 3 },
      alphaPattern: { q_proj: 5 },
      rslora: true,
      initialisation: 'olora',
    },
  ],
  ['pissa with magnitudes', llama, { rank: 2, dora: true, initialisation: 'pissa' }],
  ['pissa with a table', llama, { targets: ['embed_tokens', 'q_proj'], rank: 2, initialisation: 'pissa' }],
  [
    'pissa of a head that is the table',
    () => llama({ tie_word_embeddings: true }),
    { targets: ['lm_head', 'q_proj'], rank: 2, initialisation: 'pissa' },
  ],
]
describe.each(kinds)('%s', (name, make, options) => {
  test('starts as the base, learns, merges, is written for the whole base and read', async () => {
    const model = make()
    initialize(model)
    const base = await logits(model)
    const before = new Map([...parameters(model)].map(([path, p]) => [path, Float32Array.from(p.storage.numbers() as Float32Array)]))
    const adapters = lora(model, options)
    expect([...parameters(model).keys()].filter((path) => !/lora_/.test(path))).toEqual([...before.keys()])
    expectClose(await logits(model), base, { atol: 1e-5 })
    await train(model)
    const adapted = await logits(model)
    expect(adapted.some((value, i) => Math.abs(value - base[i]!) > 1e-3)).toBe(true)
    expect(await adapters.off(() => model.forward(ids)).data()).toEqual(base)
    const folder = mkdtempSync(join(tmpdir(), 'hebb-start-'))
    await saveAdapter(adapters, folder)
    const config = JSON.parse(readFileSync(join(folder, 'adapter_config.json'), 'utf8')) as Record<string, unknown>
    expect(config.init_lora_weights).toBe(true)
    expect(config.r).toBe(2 * options!.rank!)
    const other = make()
    initialize(other)
    await loadAdapter(other, folder)
    expectClose(await logits(other), adapted, { atol: 1e-5, rtol: 1e-5 })
    if (!name.includes('head')) {
      await adapters.merge()
      expectClose(await logits(model), adapted, { atol: 2e-5, rtol: 1e-4 })
      adapters.unmerge()
    }
    expect(await logits(model)).toEqual(adapted)
    lora(model, { name: 'plain', rank: 2, targets: ['q_proj', 'c_attn'] })
    expect(await logits(model)).toEqual(base)
    await adapters.remove()
    for (const [path, p] of parameters(model)) expect([path, p.storage.numbers(), p.trainable]).toEqual([path, before.get(path), true])
  })
})

test('what is dropped on the way into A is not dropped on the way into what went out', async () => {
  const model = llama()
  initialize(model)
  const base = await logits(model)
  lora(model, { rank: 4, dropout: 0.5, initialisation: 'pissa' })
  expectClose(await logits(model), base, { atol: 1e-5 })
  await train(model, 1)
})

describe('who is refused, and the model stays as it is', () => {
  test.each<[string, Initialisation | string, object?]>([
    ['needs covariances', 'corda'],
    ['needs singular vectors', 'eva'],
    ['few bits together', 'loftq'],
    ['needs gradients', 'lora_ga'],
    ['a B that stays', 'mica'],
    ['is none of true', 'pisa'],
    ['is none of true', 'pissa_niter_x'],
    ['divides by alpha, which is 0', 'pissa', { alpha: 0 }],
    ['nothing of a bias of B', 'olora', { loraBias: true }],
    ['which has no part of rank 9', 'olora', { rank: 9 }],
  ])('%s', (message, initialisation, more = {}) => {
    const model = llama()
    initialize(model)
    expect(() => lora(model, { initialisation: initialisation as Initialisation, ...more })).toThrow(message)
    expect([...parameters(model).values()].every((p) => p.trainable)).toBe(true)
  })
  test('a base in few bits', () => {
    const model = quantized(llama(), { match: '**.self_attn.*.weight', size: 16 })
    initialize(model)
    expect(() => lora(model, { initialisation: 'pissa' })).toThrow('is in blocks of 4 bits, and a part of its weights becomes the adapter')
  })
})

test('a file that says pissa or olora is of the base without its part', async () => {
  const [model, other] = [llama(), llama()]
  for (const one of [model, other]) initialize(one)
  const adapters = lora(model, { rank: 2, initialisation: 'pissa' })
  const folder = mkdtempSync(join(tmpdir(), 'hebb-start-'))
  await train(model)
  const trained = await logits(model)
  // as PEFT writes it that does not convert: A and B as they are
  await saveAdapter(lora(llama(), { rank: 2 }), folder)
  const { writeSafetensors } = await import('../../src/files/safetensors/file.js')
  const tensors = new Map(
    [...adapters.tensors('default')].map(([key, { param }]) => [
      `base_model.model.${key}`,
      { dtype: 'f32' as const, shape: param.shape, data: param.storage.numbers()! },
    ]),
  )
  await writeSafetensors(join(folder, 'adapter_model.safetensors'), tensors, { format: 'pt' })
  const path = join(folder, 'adapter_config.json')
  writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as object), init_lora_weights: 'pissa' }))
  await loadAdapter(other, folder)
  expectClose(await logits(other), trained, { atol: 1e-5 })
})

// the numbers of PEFT 0.21 for W[i][j] = sin(1.7 (1 + 3i + j)²), rank 2, lora_alpha 6: B·A, whose signs are free by themselves
test.each([
  ['pissa', [0.252181, 0.231356, -0.027238, 0.310414, -0.346761, -0.297461, 0.378894, 0.265961, -0.075045, 0.075608, -0.298445, -0.161881]],
  ['olora', [0.991665, 0.494113, -0.223946, 0.879273, -0.996087, -0.685073, 0.998858, 0.915095, -0.083982, 0.346649, -0.99724, -0.475158]],
] as const)('%s as in PEFT', async (initialisation, want) => {
  const model = sequential(new Linear(3, 4, { bias: false }))
  initialize(model)
  const weight = [...parameters(model).values()][0]!
  weight.storage.array!.set(Float32Array.from({ length: 12 }, (_, k) => Math.sin(1.7 * (1 + k) ** 2)))
  const { a, b } = both(lora(model, { rank: 2, alpha: 6, targets: ['0'], initialisation }) as Adapters<never>)
  expectClose(await numbers(matmul(b, a)), want, { atol: 2e-6 })
})
