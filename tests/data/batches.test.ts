import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { batches, buffersFor } from '../../src/data/batches.js'
import { dataset } from '../../src/data/dataset.js'
import { gather } from '../../src/data/gather.js'
import { keyOf, permutation } from '../../src/kernels/random.js'

const counted = (n: number) =>
  dataset({ x: { data: Float32Array.from({ length: 2 * n }, (_, i) => i), shape: [2] }, y: Int32Array.from({ length: n }, (_, i) => i) })

describe('gather', () => {
  test('equals picking examples one by one, for any dtype, width and overlap', () => {
    const arrays = {
      f32: Float32Array,
      f64: Float64Array,
      i32: Int32Array,
      u8: Uint8Array,
      i64: BigInt64Array,
    } as const
    fc.assert(
      fc.property(
        fc.constantFrom(...(Object.keys(arrays) as (keyof typeof arrays)[])),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 20 }),
        fc.boolean(),
        fc.array(fc.nat(1000), { maxLength: 12 }),
        (dtype, size, n, overlap, picks) => {
          const data =
            dtype === 'i64'
              ? BigInt64Array.from({ length: size * n }, (_, i) => BigInt(i * 7))
              : arrays[dtype].from(Array.from({ length: size * n }, (_, i) => i * 7))
          const set = dataset({ x: { data, shape: [size], ...(overlap ? { stride: 1 } : {}) } })
          const indices = picks.map((p) => p % set.length)
          const want = indices.flatMap((i) =>
            Array.from(data.subarray(i * (overlap ? 1 : size), i * (overlap ? 1 : size) + size) as Iterable<number | bigint>),
          )
          const { x } = gather(set, indices)
          expect([Array.from(x.data as Iterable<number | bigint>), x.shape, x.dtype]).toEqual([want, [indices.length, size], dtype])
        },
      ),
    )
  })

  test('every byte over 255 is what f32 division gives', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
    const { x } = gather(dataset({ x: { data: bytes, shape: [256], scale: 1 / 255 } }), [0])
    expect(x.dtype).toBe('f32')
    expect(x.data).toEqual(Float32Array.from(bytes, (b) => b / 255))
    const odd = gather(dataset({ x: { data: bytes.subarray(0, 255), shape: [5], scale: 1 / 255 } }), [50, 3])
    expect(odd.x.data).toEqual(Float32Array.of(250, 251, 252, 253, 254, 15, 16, 17, 18, 19).map((b) => b / 255))
  })

  test('writes into given arrays and leaves their rest alone', () => {
    const set = counted(4)
    const into = { x: new Float32Array(6).fill(-1), y: new Int32Array(2) }
    const rows = gather(set, [3, 1], into)
    expect(into.x).toEqual(Float32Array.of(6, 7, 2, 3, -1, -1))
    expect(rows.x.data.buffer).toBe(into.x.buffer)
    expect(rows.x.data.length).toBe(4)
    expect(rows.y.data).toBe(into.y)
    expect(() => gather(set, [4])).toThrow('there is no example 4: the set has 4')
    expect(() => gather(set, [0.5])).toThrow('there is no example 0.5')
    expect(() => gather(set, [0, 1, 2], { y: new Int32Array(2) })).toThrow('field y needs room for 3 numbers, the array given has 2')
    expect(() => gather(set, [0], { y: new Float32Array(2) })).toThrow('field y is i32: give a Int32Array, not a Float32Array')
  })
})

describe('batches', () => {
  const orders = (n: number, size: number, options: Parameters<typeof batches>[2]): number[][] =>
    Array.from(batches(counted(n), size, options), (b) => [...b.indices])

  test('every example once an epoch, in the order of the permutation for seed and epoch', () => {
    const order = [...permutation(10, keyOf(3, 'shuffle', 5))]
    expect(orders(10, 4, { seed: 3, epoch: 5 })).toEqual([order.slice(0, 4), order.slice(4, 8), order.slice(8)])
    expect(orders(10, 4, { seed: 3, epoch: 5, dropLast: true })).toEqual([order.slice(0, 4), order.slice(4, 8)])
    expect(orders(10, 4, { seed: 3, epoch: 6 })).not.toEqual(orders(10, 4, { seed: 3, epoch: 5 }))
    expect(orders(3, 2, { shuffle: false })).toEqual([[0, 1], [2]])
  })

  test('start goes on where an epoch was left', () => {
    const whole = orders(11, 3, { seed: 1 })
    for (let start = 0; start <= 4; start++) {
      expect(orders(11, 3, { seed: 1, start })).toEqual(whole.slice(start))
      expect(batches(counted(11), 3, { start }).length).toBe(4 - start)
    }
  })

  test('tensors, indices and size; the same batches each time; for await too', async () => {
    const epoch = batches(counted(5), 2)
    const seen: number[] = []
    for await (const { x, y, indices, size } of epoch) {
      expect([x.shape, x.dtype, y.shape, y.dtype]).toEqual([[size, 2], 'f32', [size], 'i32'])
      expect(await y.data()).toEqual(indices)
      expect(await x.data()).toEqual(Float32Array.from([...indices].flatMap((i) => [2 * i, 2 * i + 1])))
      seen.push(...indices)
    }
    expect(seen).toEqual(Array.from(epoch).flatMap((b) => [...b.indices]))
  })

  test('reuse writes over the batch before', () => {
    const memory = new Set<unknown>()
    for (const { x } of batches(counted(5), 2, { reuse: true })) memory.add(x.value!.buffer)
    expect(memory.size).toBe(1)
    expect(buffersFor(counted(5), 3)).toEqual({ x: new Float32Array(6), y: new Int32Array(3) })
  })

  test.each<[string, () => unknown, string]>([
    ['empty', () => batches(counted(3).take(0), 2), 'the data set is empty'],
    ['size', () => batches(counted(3), 0), 'size 0: give a whole number of at least 1'],
    ['nothing left', () => batches(counted(3), 4, { dropLast: true }), '3 examples make no full batch of 4'],
    ['start', () => batches(counted(3), 2, { start: 3 }), 'start 3: give a whole number from 0 to 2'],
  ])('%s is refused', (_, make, message) => expect(make).toThrow(message))
})
