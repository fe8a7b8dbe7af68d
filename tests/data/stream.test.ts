import { describe, expect, test } from 'vitest'
import { prefetch, streamBatches } from '../../src/data/feeds/stream.js'

const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1))

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const value of source) all.push(value)
  return all
}

describe('prefetch', () => {
  async function* counting(n: number, log: string[] = []): AsyncGenerator<number> {
    try {
      for (let i = 0; i < n; i++) {
        log.push(`make ${i}`)
        await tick()
        yield i
      }
    } finally {
      log.push('closed')
    }
  }

  test('same values, same order, never more than `ahead` at once', async () => {
    expect(await collect(prefetch(counting(7), 3))).toEqual([0, 1, 2, 3, 4, 5, 6])
    expect(await collect(prefetch([1, 2], 5))).toEqual([1, 2])
    const log: string[] = []
    const values = prefetch(counting(9, log), 2)
    await values.next()
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(log).toEqual(['make 0', 'make 1'])
    await values.next()
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(log).toEqual(['make 0', 'make 1', 'make 2'])
    await values.return()
    expect(log.at(-1)).toBe('closed')
  })

  test('an error comes at its place', async () => {
    async function* failing(): AsyncGenerator<number> {
      yield 1
      yield 2
      throw new Error('torn tape')
    }
    const seen: number[] = []
    await expect(async () => {
      for await (const v of prefetch(failing(), 4)) seen.push(v)
    }).rejects.toThrow('torn tape')
    expect(seen).toEqual([1, 2])
    await expect(collect(prefetch([1], 0))).rejects.toThrow('ahead 0')
  })
})

describe('streamBatches', () => {
  function* points(n: number): Generator<{ x: number[]; y: number }> {
    for (let i = 0; i < n; i++) yield { x: [i, -i], y: i }
  }

  test('packs examples as they arrive', async () => {
    const made = await collect(streamBatches(points(5), 2, { dtypes: { y: 'i32' } }))
    expect(made.map((b) => [...b.indices])).toEqual([[0, 1], [2, 3], [4]])
    expect([made[1]!.x.shape, made[1]!.x.dtype, made[1]!.y.dtype]).toEqual([[2, 2], 'f32', 'i32'])
    expect(await made[1]!.x.data()).toEqual(Float32Array.of(2, -2, 3, -3))
    expect((await collect(streamBatches(points(5), 2, { dropLast: true }))).length).toBe(2)
  })

  test('a shuffle buffer gives every example once, decided by seed and epoch', async () => {
    const order = async (seed: number, epoch: number): Promise<number[]> =>
      (await collect(streamBatches(points(50), 8, { shuffleBuffer: 10, seed, epoch }))).flatMap((b) => [...b.indices])
    const first = await order(0, 0)
    expect(first).not.toEqual(first.toSorted((a, b) => a - b))
    expect(first.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i))
    expect(await order(0, 0)).toEqual(first)
    expect(await order(0, 1)).not.toEqual(first)
    expect(await order(1, 0)).not.toEqual(first)
  })

  test('says what is wrong', async () => {
    await expect(collect(streamBatches([], 2))).rejects.toThrow('no examples arrived')
    await expect(collect(streamBatches(points(1), 0))).rejects.toThrow('size 0')
    await expect(collect(streamBatches([{ x: [1] }, { x: [1, 2] }], 2))).rejects.toThrow('all examples need one shape')
    await expect(collect(streamBatches<string>([{ x: 1, y: 1 }, { x: 1 }], 2))).rejects.toThrow('example 1 has no field y')
  })
})
