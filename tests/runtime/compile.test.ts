import { expect, test } from 'vitest'
import { placeholder } from '../../src/graph/leaf.js'
import { compile, explain, frozen, initialize, Linear, layerNorm, type Tensor, tensor, unfrozen } from '../../src/index.js'
import { BoundProgram } from '../../src/runtime/bound.js'
import { assertMaxCompiles } from '../../src/runtime/index.js'

test('calls that overlap each get their own answer, short and long, whenever they come', async () => {
  for (const n of [2, 400]) {
    const f = compile((x: Tensor) => x.matmul(x))
    const given = (v: number): Tensor => tensor(new Float32Array(n * n).fill(v), { shape: [n, n] })
    const ask = async (v: number): Promise<boolean> => {
      for (let i = 0; i < v % 5; i++) await null
      return (await (await f(given(v))).data()).every((r) => r === v * v * n)
    }
    expect(await Promise.all(Array.from({ length: 24 }, (_, v) => ask(v)))).toEqual(Array(24).fill(true))
  }
})

test('compiles once for each shape', async () => {
  const f = compile((x: Tensor) => ({ twice: x.mul(2), parts: [x.sum()] }))
  await f(tensor([1, 2]))
  assertMaxCompiles(1)
  try {
    for (const x of [
      [3, 4],
      [5, 6],
    ])
      expect(await (await f(tensor(x))).twice.array()).toEqual(x.map((v) => 2 * v))
    expect(await (await f(tensor([1, 2, 3]))).parts[0]!.item()).toBe(6)
    await expect(f(tensor([1]))).rejects.toThrow('one too many')
  } finally {
    assertMaxCompiles(Number.POSITIVE_INFINITY)
  }
})

test('parameters are read where they live', async () => {
  const layer = new Linear(2, 1, { bias: false })
  initialize(layer)
  const f = compile((x: Tensor) => layer.forward(x).sum())
  for (const weight of [1, 5]) {
    layer.weight.storage.array = Float32Array.of(weight, weight)
    expect(await (await f(tensor([[3, 4]]))).item()).toBe(7 * weight)
  }
})

test('results of earlier calls stay as they are, large ones too', async () => {
  const f = compile((x: Tensor) => ({ sum: x.sum(), large: x.add(tensor(new Float32Array(1 << 22), { shape: [2048, 2048] })) }))
  const answers = []
  for (const x of [1, 2, 3]) answers.push(await f(tensor([x])))
  for (const [i, { sum, large }] of answers.entries()) {
    expect(await sum.item()).toBe(i + 1)
    const numbers = (await large.data()) as Float32Array
    expect([numbers.length, numbers[0], numbers.at(-1)]).toEqual([1 << 22, i + 1, i + 1])
  }
})

test('a last reshape is no node, and its source may be a result as well', async () => {
  const w = tensor([
    [1, 2],
    [3, 4],
  ])
  const twice = (x: Tensor) => {
    const y = x.matmul(w)
    return { y, flat: y.reshape([-1]), tall: y.reshape([4, 1]), same: x.reshape([4]) }
  }
  const x = tensor([
    [1, 0],
    [0, 10],
  ])
  for (const { y, flat, tall, same } of [twice(x), await compile(twice)(x)]) {
    for (const t of [y, flat, tall]) expect([...(await t.data())]).toEqual([1, 2, 30, 40])
    expect([...(await same.data())]).toEqual([1, 0, 0, 10])
    expect([y, flat, tall, same].map((t) => t.shape)).toEqual([[2, 2], [4], [4, 1], [4]])
  }
  const { nodes } = await explain(x.matmul(w).reshape([2, 1, 2]).reshape([4])).profile({ runs: 1 })
  expect(nodes.map(({ type }) => type)).toEqual(['Gemm'])
})

test('a computed result of an op with several outputs can be computed with, and keeps shape and dtype alone', async () => {
  const y = layerNorm(tensor([[1, 2, 3, 6]]))
  const first = [...(await y.data())]
  expect([...(await y.add(1).data())]).toEqual(first.map((v) => Math.fround(Number(v) + 1)))
  expect(y.node.outputs.map((o) => Object.keys(o))).toEqual(y.node.outputs.map(() => ['shape', 'dtype']))
})

test('memory of the caller is read where it lies, and may be changed for other memory', async () => {
  const [x, y, unread] = [placeholder([3], 'f32'), placeholder([3], 'f32'), placeholder([1], 'f32')]
  const bound = new BoundProgram([x, unread, y], [x.mul(y)])
  bound.set(2, Float32Array.of(2, 2, 2))
  const [a, b] = [Float32Array.of(1, 2, 3), Float32Array.of(4, 5, 6)]
  for (const other of [a, b, a]) {
    bound.slots[0] = other
    await bound.run()
    expect(bound.results[0]).toEqual(other.map((v) => 2 * v))
  }
  a[0] = 9
  await bound.run()
  expect(bound.results[0]).toEqual(Float32Array.of(18, 4, 6))
  bound.slots[1] = Float32Array.of(1)
  bound.results[0] = b
  await bound.run()
  expect(b).toEqual(Float32Array.of(18, 4, 6))
  bound.slots[0] = Float32Array.of(1)
  await expect(bound.run()).rejects.toThrow('takes 12 bytes, and its array has 4')
  bound.release()
})

test('a large result of frozen weights is handed over, and made again of the same numbers for whoever asks once more, whatever they are by then', async () => {
  const layer = new Linear(2, 1 << 22, { bias: false })
  initialize(layer)
  frozen(layer)
  const y = await compile((x: Tensor) => layer.forward(x))(tensor([[1, 2]]))
  const first = await y.data()
  const kept = first.slice(0, 100)
  first.fill(0)
  unfrozen(layer)
  layer.weight.storage.open()!.fill(7)
  expect((await y.data()).slice(0, 100)).toEqual(kept)
  expect((await layer.forward(tensor([[1, 2]])).data()).slice(0, 2)).toEqual(new Float32Array([21, 21]))
})
