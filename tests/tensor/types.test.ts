/** The dtype that the compiler knows is the dtype that comes out: each line is checked by both. */
import { describe, expect, expectTypeOf, test } from 'vitest'
import {
  AvgPool1d,
  add,
  arange,
  attentionWeights,
  BatchNorm1d,
  Bilinear,
  Conv1d,
  ConvTranspose1d,
  compute,
  concat,
  conv,
  cummax,
  Dropout,
  type Dtype,
  div,
  dot,
  Embedding,
  einsum,
  Flatten,
  fromMemory,
  GRU,
  GRUCell,
  init,
  initialize,
  LayerNorm,
  LearnedPositions,
  Linear,
  LSTM,
  LSTMCell,
  linear,
  logSumExp,
  MaxPool1d,
  MultiheadAttention,
  matmul,
  maxPoolWithIndices,
  median,
  nanMax,
  nanMean,
  nanSum,
  ones,
  Param,
  PReLU,
  predict,
  quantile,
  relu,
  reshape,
  SelfAttention,
  type Sequential,
  scaledDotProductAttention,
  sequential,
  softmax,
  stack,
  sum,
  type Tensor,
  TransformerEncoderLayer,
  tensor,
  where,
  zeros,
} from '../../src/index.js'

/** One dtype, not several. */
type One<D, All = D> = D extends unknown ? ([All] extends [D] ? D : never) : never
/** The compiler sees that t is a tensor of just this dtype, and it is one. */
const is = <D extends Dtype>(t: Tensor<D>, dtype: One<NoInfer<D>>): void => expect(t.dtype).toBe(dtype)

const made = <D extends Dtype>(dtype: D): Tensor<D> => tensor([1, 1, 1, 1], { shape: [2, 2], dtype })
const [bool, u8, i32, i64] = [made('bool'), made('u8'), made('i32'), made('i64')]
const [f16, bf16, f32, f64] = [made('f16'), made('bf16'), made('f32'), made('f64')]

describe('dtypes', () => {
  test('of what is made', () => {
    is(tensor([1, 2]), 'f32')
    is(tensor(3), 'f32')
    is(tensor([[1], [2]]), 'f32')
    is(tensor([true, false]), 'bool')
    is(tensor([1n]), 'i64')
    is(tensor(Int32Array.of(1)), 'i32')
    is(tensor(Uint8Array.of(1)), 'u8')
    is(tensor(new Float64Array(2)), 'f64')
    is(tensor([1, 2], { dtype: 'u8' }), 'u8')
    is(fromMemory(new Float32Array(2)), 'f32')
    is(zeros([2]), 'f32')
    is(ones([2], { dtype: 'i64' }), 'i64')
    is(new Param([2], init.zeros), 'f32')
    is(arange(3, 4, 1, { dtype: 'i64' }), 'i64')
    is(i64.oneHot(2), 'f32')
    is(i32.oneHot(2, { dtype: 'f64' }), 'f64')
  })

  test('of what keeps it', () => {
    is(f16.reshape([4]), 'f16')
    is(bool.transpose(), 'bool')
    is(bf16.slice([[0, 1]]), 'bf16')
    is(i64.at(0), 'i64')
    is(u8.split(1)[0]!, 'u8')
    is(i32.flip(), 'i32')
    is(f64.take(i32.at(0)), 'f64')
    is(reshape(i32, [4]), 'i32')
    is(f32.pad([1, 1]), 'f32')
    is(f16.pad([1, 1]), 'f32')
    is(i32.max(), 'i32')
    is(bf16.max(), 'f32')
    is(i64.abs(), 'i64')
    is(i32.neg(), 'i32')
    is(i32.sort().values, 'i32')
    is(f16.sort().values, 'f32')
    is(i64.sort().indices, 'i32')
    is(i32.topK(1).values, 'i32')
    is(u8.floor(), 'u8')
    is(bool.floor(), 'f32')
  })

  test('of fractions', () => {
    is(i32.exp(), 'f32')
    is(f64.softmax(), 'f64')
    is(softmax(bool), 'f32')
    is(f16.mean(), 'f32')
    is(i64.mean(), 'f32')
    is(f64.std(), 'f64')
    is(relu(f32), 'f32')
    is(f32.layerNorm(), 'f32')
    is(f64.svd().s, 'f64')
    is(i32.norm(), 'f32')
    is(f32.quantile(0.5), 'f32')
    is(u8.sinh(), 'f32')
    is(f64.gelu(), 'f64')
  })

  test('of sums', () => {
    is(bool.sum(), 'i64')
    is(u8.prod(), 'i64')
    is(i32.cumsum(0), 'i64')
    is(f16.sum(), 'f32')
    is(sum(f64), 'f64')
    is(i32.trace(), 'i64')
  })

  test('of tests and places', () => {
    is(f32.greater(0), 'bool')
    is(i32.equal(f64), 'bool')
    is(f64.isNaN(), 'bool')
    is(f32.any(), 'bool')
    is(f64.argmax(1), 'i32')
    is(f32.argsort(), 'i32')
    is(f32.countNonzero(), 'i32')
  })

  test('of two that meet', () => {
    is(i32.add(i64), 'i64')
    is(u8.mul(i32), 'i32')
    is(bool.add(bool), 'bool')
    is(bool.mul(u8), 'u8')
    is(f16.add(f16), 'f32')
    is(i64.sub(f32), 'f32')
    is(f32.mul(f64), 'f64')
    is(add(i32, f64), 'f64')
    is(i32.matmul(i64), 'i64')
    is(matmul(f32, f64), 'f64')
    is(linear(f32, f32), 'f32')
    is(f32.greater(0).where(i32, f32), 'f32')
    is(where(bool, i32, i64), 'i64')
    is(i32.floorDiv(i64), 'i64')
    is(i32.div(i64), 'f32')
    is(f32.atan2(f64), 'f64')
    is(i32.bitwiseAnd(i64), 'i64')
    is(conv(f32.reshape([1, 1, 2, 2]), f16.reshape([1, 1, 2, 2])), 'f32')
    is(u8.gcd(u8), 'u8')
    is(u8.bitwiseOr(1), 'u8')
    is(bool.bitwiseOr(bool), 'bool')
    is(bool.bitwiseOr(2), 'i32')
    is(bool.shiftLeft(1), 'i32')
    is(i32.copySign(f64), 'f32')
    is(bool.heaviside(u8), 'u8')
  })

  test('of functions that are no methods, as of methods', () => {
    is(quantile(f64, 0.5), 'f64')
    is(median(bool), 'u8')
    is(nanSum(u8), 'i64')
    is(nanMean(i32), 'f32')
    is(nanMax(f16), 'f32')
    is(logSumExp(i32), 'f32')
    is(cummax(f64, 0).values, 'f64')
    is(dot(i32.reshape([4]), f64.reshape([4])), 'f64')
    is(einsum('ij,jk->ik', f64, f64), 'f64')
    is(attentionWeights(f32, f64), 'f64')
    is(scaledDotProductAttention(f16, f16, f16), 'f32')
    const pooled = maxPoolWithIndices(i32.reshape([1, 1, 2, 2]), 2)
    is(pooled.values, 'i32')
    is(pooled.indices, 'i64')
  })

  test('of those side by side', () => {
    is(concat([i32, i32]), 'i32')
    is(stack([bool, bool]), 'bool')
    is(concat([f32, f32], 1), 'f32')
    const [larger, half]: ['i32' | 'i64', 'f16' | 'f32' | 'i32'] = [concat<'i32' | 'i64'>([i32, i64]).dtype, stack([f16, i32]).dtype]
    expect([larger, half]).toEqual(['i64', 'f32'])
  })

  test('beside numbers, by whether they are whole', () => {
    is(i32.add(1), 'i32')
    is(i32.mul(-2), 'i32')
    is(u8.add(1), 'u8')
    is(i32.add(0.5), 'f32')
    is(i64.sub(1.5), 'f32')
    is(bool.add(1), 'i32')
    is(f16.mul(2), 'f32')
    is(f32.pow(2), 'f32')
    is(i32.div(2), 'f32')
    is(div(1, f64), 'f64')
    is(f32.maximum(0), 'f32')
    is(f32.clamp({ min: 0 }), 'f32')
    const n: number = 2
    const dtype: 'i32' | 'f32' = i32.add(n).dtype
    expect(dtype).toBe('i32')
    is(f32.add(n), 'f32')
  })

  test('of layers', () => {
    const line = new Linear(2, 2)
    is(line.forward(f32), 'f32')
    is(line.forward(f64), 'f64')
    is(line.forward(i32), 'f32')
    is(line.forward(f16), 'f32')
    is(new Bilinear(2, 2, 1).forward(f64, f64), 'f64')
    is(new Conv1d(2, 2, 1).forward(f16), 'f32')
    is(new ConvTranspose1d(2, 2, 1).forward(f64), 'f64')
    is(new BatchNorm1d(2).forward(f32), 'f32')
    is(new BatchNorm1d(2).forward(f64), 'f64')
    is(new LayerNorm(2).forward(f16), 'f32')
    is(new PReLU().forward(f64), 'f64')
    is(new Dropout().forward(f32), 'f32')
    is(new Dropout().forward(f64), 'f64')
    is(new Embedding(3, 2).forward(i32), 'f32')
    is(new MaxPool1d(2).forward(i32), 'i32')
    is(new AvgPool1d(2).forward(f64), 'f64')
    is(new Flatten({ from: 0 }).forward(i64), 'i64')
    const rows = f64.reshape([1, 2, 2])
    is(new LearnedPositions(2, 2).forward(rows), 'f64')
    is(new MultiheadAttention(2, 1).forward(f32).output, 'f32')
    is(new MultiheadAttention(2, 1).forward(rows).weights, 'f64')
    is(new SelfAttention(2, 1).forward(rows), 'f64')
    is(new TransformerEncoderLayer(2, 1).forward(f32.reshape([1, 2, 2])), 'f32')
    is(new LSTM(2, 3).forward(rows).cell, 'f64')
    is(new GRU(2, 3).forward(f32.reshape([1, 2, 2])).output, 'f32')
    is(new GRUCell(2, 3).forward(f32), 'f32')
    is(new LSTMCell(2, 3).forward(f64).hidden, 'f64')
  })

  test('of layers one after the other: those of the last', () => {
    is(
      f32.pipe(new Linear(2, 2), (x) => x.argmax(1)),
      'i32',
    )
    const said: 'f32' | 'f64' = sequential(new Flatten(), new Linear(2, 2), relu).forward(f32).dtype
    const steps = [relu, new Linear(2, 2)]
    const net: Sequential = sequential(...steps)
    expect([said, net.forward(f32).dtype]).toEqual(['f32', 'f32'])
  })

  test('of predictions', async () => {
    const line = new Linear(2, 2)
    initialize(line)
    const said = await predict(line, f32)
    const dtype: 'f32' | 'f64' = said.dtype
    expect(dtype).toBe('f32')
    expect(said.cast('f32')).toBe(said)
    const positive = { line, forward: (x: Tensor) => line.forward(x).greater(0) }
    is(await predict(positive, f32), 'bool')
  })

  test('of a cast, which is the same tensor where there is nothing to cast', () => {
    is(f32.cast('i64'), 'i64')
    const any: Tensor = f32
    is(any.cast('f32'), 'f32')
    expect(any.cast('f32')).toBe(f32)
  })
})

test('arrays have the type of their dtype', async () => {
  expectTypeOf(f32.data()).resolves.toEqualTypeOf<Float32Array>()
  expectTypeOf(i64.data()).resolves.toEqualTypeOf<BigInt64Array>()
  expectTypeOf(bool.data()).resolves.toEqualTypeOf<Uint8Array>()
  expectTypeOf(f32.greater(0).data()).resolves.toEqualTypeOf<Uint8Array>()
  expectTypeOf<Awaited<ReturnType<Tensor['data']>>>().toEqualTypeOf<
    Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array | Uint16Array
  >()
  const [sums, tests] = await compute([f32.add(1), f32.greater(0)])
  expectTypeOf(sums).toEqualTypeOf<Float32Array>()
  expectTypeOf(tests).toEqualTypeOf<Uint8Array>()
  expect([sums, tests]).toEqual([new Float32Array(4).fill(2), new Uint8Array(4).fill(1)])
  const numbers: Float32Array = await f32.add(1).data()
  expect(numbers).toEqual(new Float32Array([2, 2, 2, 2]))
})

test('a tensor of some dtype is a tensor, and not the other way round', () => {
  expectTypeOf<Tensor<'f32'>>().toExtend<Tensor>()
  expectTypeOf<Tensor<'f32'>>().toExtend<Tensor<'f32' | 'f64'>>()
  expectTypeOf<Tensor>().not.toExtend<Tensor<'f32'>>()
  expectTypeOf<Tensor<'f32'>>().not.toExtend<Tensor<'i32'>>()
  expectTypeOf(new Linear(2, 2).weight).toExtend<Tensor<'f32'>>()
})
