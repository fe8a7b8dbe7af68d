/** Layers and losses on rows of another dtype than their weights: the larger one computes, and a gradient has its weight's dtype. */
import { describe, expect, test } from 'vitest'
import { gradients } from '../../src/autodiff/grad.js'
import * as hebb from '../../src/index.js'
import { compute, type Dtype, full, type Tensor, tensor } from '../../src/index.js'
import { some } from '../ops/examples.js'

describe('linear', () => {
  const [x, w, b] = [
    [[1, 2]],
    [
      [3, 4],
      [5, 6],
    ],
    [100, 1000],
  ] as const
  const list = async (t: Tensor): Promise<number[]> => Array.from(await t.cast('f64').data(), Number)
  test.each(['i32', 'i64', 'f16', 'bf16', 'f32', 'f64'] as const)('with a bias, all in %s', async (dtype) => {
    const of = (v: Parameters<typeof tensor>[0]): Tensor => tensor(v, { dtype })
    const y = hebb.linear(of(x), of(w), of(b))
    expect(y.dtype).toBe(dtype.endsWith('16') ? 'f32' : dtype)
    // bf16 holds eight bits: 1000 is 1000
    expect(await list(y)).toEqual([111, 1017])
    expect(await list(hebb.linear(of(x[0]), of(w), of(b)))).toEqual([111, 1017])
    expect(await list(hebb.linear(of([x, x]), of(w), of(b)))).toEqual([111, 1017, 111, 1017])
    expect(await list(hebb.linear(tensor(x), tensor(w), of(b)))).toEqual([111, 1017])
  })
  const pairs: readonly (readonly [Dtype, Dtype, Dtype, Dtype])[] = [
    ['f64', 'f32', 'f32', 'f64'],
    ['f32', 'f64', 'f32', 'f64'],
    ['f32', 'f32', 'f64', 'f64'],
    ['f16', 'f32', 'i32', 'f32'],
    ['i32', 'f32', 'f16', 'f32'],
    ['u8', 'i32', 'i64', 'i64'],
  ]
  test.each(pairs)('x %s, weight %s, bias %s: %s', async (dx, dw, db, dy) => {
    const y = hebb.linear(tensor(x, { dtype: dx }), tensor(w, { dtype: dw }), tensor(b, { dtype: db }))
    expect(y.dtype).toBe(dy)
    expect(await list(y)).toEqual([111, 1017])
  })
  test('a transposed weight of another dtype', async () => {
    const y = hebb.linear(tensor(x, { dtype: 'f64' }), tensor(w).transpose().transpose(), tensor(b))
    expect(await list(y)).toEqual([111, 1017])
  })
})

type Made = readonly [name: string, make: () => { forward(x: Tensor): unknown }, shape: readonly number[]]
const layers: readonly Made[] = [
  ['Linear', () => new hebb.Linear(3, 2), [2, 3]],
  ['LSTM', () => new hebb.LSTM(3, 2), [2, 4, 3]],
  ['GRU', () => new hebb.GRU(3, 2), [2, 4, 3]],
  ['RNN', () => new hebb.RNN(3, 2), [2, 4, 3]],
  ['GRUCell', () => new hebb.GRUCell(3, 2), [2, 3]],
  ['LSTMCell', () => new hebb.LSTMCell(3, 2), [2, 3]],
  ['TransformerEncoderLayer', () => new hebb.TransformerEncoderLayer(4, 2), [2, 3, 4]],
  ['Conv1d', () => new hebb.Conv1d(3, 2, 2), [2, 3, 5]],
  ['Conv2d', () => new hebb.Conv2d(3, 2, 2), [2, 3, 5, 5]],
  ['ConvTranspose2d', () => new hebb.ConvTranspose2d(3, 2, 2), [2, 3, 4, 4]],
  ['LayerNorm', () => new hebb.LayerNorm(3), [2, 3]],
  ['RMSNorm', () => new hebb.RMSNorm(3), [2, 3]],
  ['GroupNorm', () => new hebb.GroupNorm(1, 3), [2, 3, 4]],
  ['BatchNorm1d', () => new hebb.BatchNorm1d(3), [2, 3]],
]

/** The tensor among what a layer gives. */
const tensorOf = (y: unknown): Tensor => {
  if (y instanceof hebb.Tensor) return y
  const { output, hidden } = y as { output?: Tensor; hidden?: Tensor }
  return (output ?? hidden)!
}

describe('layers of f32 weights on f64 rows', () => {
  test.each(layers)('%s', async (_, make, shape) => {
    const model = make()
    hebb.initialize(model, { seed: 3 })
    const rows = some(shape, { seed: 5 })
    const [fine, coarse] = [tensorOf(model.forward(rows)), tensorOf(model.forward(rows.cast('f32')))]
    expect([fine.dtype, coarse.dtype]).toEqual(['f64', 'f32'])
    const weights = [...hebb.parameters(model).values()].filter((p) => p.trainable)
    const [a, b] = [fine, coarse].map((y) => gradients(y.mul(some(y.shape, { seed: 9 }).cast(y.dtype)).sum(), weights))
    expect(a!.map((g) => g.dtype)).toEqual(weights.map(() => 'f32'))
    const numbers = await compute([fine, ...a!, coarse, ...b!])
    const half = numbers.length / 2
    for (let i = 0; i < half; i++)
      for (const [k, v] of numbers[i]!.entries()) expect(Number(v)).toBeCloseTo(Number(numbers[half + i]![k]), 3)
  })
  test('MultiheadAttention, and attention of mixed dtypes', async () => {
    const model = new hebb.MultiheadAttention(4, 2)
    hebb.initialize(model, { seed: 3 })
    const rows = some([2, 3, 4])
    expect(tensorOf(model.forward(rows, rows, rows)).dtype).toBe('f64')
    const [q, k, v] = [full([1, 2, 4], 0.1, { dtype: 'f64' }), full([1, 2, 4], 0.1), full([1, 2, 4], 0.25)]
    for (const [a, b, c] of [
      [q, k, v],
      [k, q, v],
      [k, v, q],
      [q, q, v],
    ] as const) {
      const y = hebb.scaledDotProductAttention(a, b, c)
      expect(y.dtype).toBe('f64')
      expect(Number((await y.data())[0])).toBeCloseTo(c === q ? 0.1 : 0.25, 6)
    }
  })
})
