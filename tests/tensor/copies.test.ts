/** What belongs to whom: numbers are copied in and out, so that nobody changes a graph by writing into an array. */
import { expect, test } from 'vitest'
import {
  batches,
  clearPrograms,
  compile,
  compute,
  Dataset,
  fromMemory,
  initialize,
  Linear,
  layerNorm,
  type Tensor,
  tensor,
  zeros,
} from '../../src/index.js'

type Arrays = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array | Uint16Array
const numbers = async (t: Tensor): Promise<number[]> => Array.from(await t.data(), Number)
const spoil = (a: Arrays): void => void a.fill((a instanceof BigInt64Array ? 77n : 77) as never)

test.each([
  ['f32', new Float32Array([1, 2])],
  ['f64', new Float64Array([1, 2])],
  ['i32', new Int32Array([1, 2])],
  ['i64', new BigInt64Array([1n, 2n])],
  ['u8', new Uint8Array([1, 2])],
  ['bool', new Uint8Array([1, 0])],
  ['f16', new Uint16Array([0x3c00, 0x4000])],
  ['bf16', new Uint16Array([0x3f80, 0x4000])],
] as const)('a %s tensor keeps its numbers whatever happens to the array it was made of', async (dtype, array) => {
  const given = array.slice()
  const x = tensor(given, { dtype })
  const y = x.reshape([2, 1])
  spoil(given)
  expect(await x.data()).toEqual(array)
  expect(await y.data()).toEqual(array)
})

test('an array that is transferred, resized or detached later was copied before', async () => {
  const buffer = new ArrayBuffer(32, { maxByteLength: 64 })
  const resized = tensor(new Float32Array(buffer).fill(3))
  const moved = new Float32Array(8).fill(4)
  const kept = tensor(moved).mul(2)
  structuredClone(moved.buffer, { transfer: [moved.buffer] })
  buffer.resize(0)
  expect(await numbers(resized.add(1))).toEqual(Array(8).fill(4))
  expect(await numbers(kept)).toEqual(Array(8).fill(8))
})

test('what data() gives is the caller’s: of a tensor, a result, one of several results, a parameter, at any size', async () => {
  const layer = new Linear(2, 2)
  initialize(layer)
  const large = compile((x: Tensor) => x.add(1))
  const given: Tensor[] = [
    tensor([1, 2, 3]),
    tensor([1, 2, 3]).mul(2),
    layerNorm(tensor([[1, 2, 4]])),
    layer.weight,
    await compile((x: Tensor) => x.mul(2))(tensor([1, 2])),
    zeros([1 << 10, 1 << 12]).add(1),
    await large(zeros([1 << 10, 1 << 12])),
    await compile((x: Tensor) => x.add(1))(zeros([1 << 10, 1 << 12])),
  ]
  for (const t of given) {
    const first = await t.data()
    const before = first.slice()
    spoil(first)
    expect((await t.data()).every((v, i) => v === before[i])).toBe(true)
    spoil(await t.data())
    const [sum, read] = await compute([t.cast('f64').sum(), t])
    expect(sum![0]).toBeCloseTo(
      Array.from(before, Number).reduce((a, v) => a + v, 0),
      3,
    )
    spoil(read!)
    expect((await t.data()).every((v, i) => v === before[i])).toBe(true)
  }
})

test('a large result of a function that was given away is the same when it is asked for again', async () => {
  const draw = compile((x: Tensor) => x.add(1))
  const x = new Float32Array(1 << 22).map((_, i) => i % 101)
  const y = await draw(tensor(x))
  const first = await y.data()
  const copy = first.slice()
  spoil(first)
  expect(await y.slice([[100, 103]]).array()).toEqual([101, 1, 2])
  expect((await y.data()).every((v, i) => v === copy[i])).toBe(true)
})

test('a large result of constants is given away once, and is the same however often it is asked for, alone or at once', async () => {
  const n = 600
  const a = tensor(
    new Float32Array(n * n).map((_, i) => Math.sin(i)),
    { shape: [n, n] },
  )
  const make = (): Tensor => a.matmul(a)
  const x = make()
  const first = await x.data()
  const copy = first.slice()
  spoil(first)
  expect(
    await x
      .slice([
        [0, 1],
        [3, 5],
      ])
      .array(),
  ).toEqual([[copy[3], copy[4]]])
  expect((await x.data()).every((v, i) => v === copy[i])).toBe(true)
  spoil(await x.data())
  expect(await x.value!.every((v, i) => v === copy[i])).toBe(true)
  // the same program again: by now it copies
  const y = make()
  spoil(await y.data())
  clearPrograms()
  expect((await y.data()).every((v, i) => v === copy[i])).toBe(true)
  const z = make()
  const both = await Promise.all([z.data(), z.data(), z.add(0).data()])
  spoil(both[0])
  for (const got of [both[1], both[2], await z.data()]) expect(got.every((v, i) => v === copy[i])).toBe(true)
})

test('a result of parameters, or of memory that changes, is remembered as it was computed', async () => {
  const layer = new Linear(600, 600, { bias: false })
  initialize(layer)
  const memory = new Float32Array(360_000).fill(2)
  const results = [layer.forward(zeros([600, 600]).add(1)), fromMemory(memory, { shape: [600, 600] }).mul(3)]
  for (const r of results) {
    const first = await r.data()
    const copy = first.slice()
    spoil(first)
    ;(layer.weight.storage.array as Float32Array).fill(1)
    memory.fill(1)
    expect((await r.data()).every((v, i) => v === copy[i])).toBe(true)
  }
})

test('compiled calls read their arguments when they are made', async () => {
  const double = compile((x: Tensor) => x.mul(2))
  const slow = compile((x: Tensor) => x.matmul(x))
  const size = 300
  const square = new Float32Array(size * size).fill(1)
  const [a, shared] = [new Float32Array([1, 2]), new Float32Array([1, 2])]
  const answers = [double(a), double(fromMemory(shared)), double(a), double(fromMemory(shared))]
  const busy = [slow(fromMemory(square, { shape: [size, size] })), slow(fromMemory(square, { shape: [size, size] }))]
  a.fill(9)
  shared.fill(9)
  square.fill(9)
  for (const answer of answers) expect(await numbers(await answer)).toEqual([2, 4])
  for (const answer of busy) expect((await numbers(await answer))[5]).toBe(size)
})

test('fromMemory reads memory in place, and says when it went away', async () => {
  const memory = new Float32Array([1, 2, 3, 4])
  const x = fromMemory(memory, { shape: [2, 2] })
  const f = compile((y: Tensor) => x.add(y))
  expect(await numbers(x.mul(1))).toEqual([1, 2, 3, 4])
  memory[0] = 10
  expect(await numbers(x.mul(1))).toEqual([10, 2, 3, 4])
  expect(await numbers(await f(tensor([1, 1])))).toEqual([11, 3, 4, 5])
  memory[3] = 0
  expect(await numbers(await f(tensor([1, 1])))).toEqual([11, 3, 4, 1])
  const lazy = x.sum()
  structuredClone(memory.buffer, { transfer: [memory.buffer] })
  await expect(lazy.data()).rejects.toThrow(/16 bytes.*0/)
  await expect(f(tensor([1, 1]))).rejects.toThrow(/16 bytes|transferred, resized/)
})

test('fromMemory takes what it can read as it is, and nothing else', () => {
  expect(fromMemory(new Int32Array(3)).dtype).toBe('i32')
  expect(fromMemory(new Uint16Array(3), { dtype: 'bf16' }).shape).toEqual([3])
  expect(() => fromMemory(new Float32Array(3), { dtype: 'f64' })).toThrow('a Float32Array is not how f64 is held')
  expect(() => fromMemory(new Uint8Array([2]), { dtype: 'bool' })).toThrow('a bool is a byte of 0 or 1')
  expect(() => fromMemory(new Float32Array(3), { shape: [2] })).toThrow('do not fill')
})

test('batches are not changed by what is done with their numbers', async () => {
  const data = new Dataset({ x: { data: new Float32Array([1, 2, 3, 4]), shape: [], dtype: 'f32' } })
  for (const { x } of batches(data, 2, { shuffle: false })) spoil(await x.data())
  expect((await Promise.all([...batches(data, 4, { shuffle: false })].map(({ x }) => numbers(x)))).flat()).toEqual([1, 2, 3, 4])
})

test("JavaScript's own operators refuse tensors instead of giving NaN", () => {
  const x = tensor([1, 2]) as unknown as number
  expect(() => x * 2).toThrow('write x.add(y), x.mul(2)')
  expect(() => x + 1).toThrow('is no number')
  expect(() => x > 1).toThrow('is no number')
  expect(`${tensor([1, 2])}`).toContain('Tensor (2) f32')
})
