/** Key–value memories against a search by hand: every key compared with, in f64, one after the other. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import {
  compute,
  FileError,
  gradcheck,
  HebbError,
  KeyValueMemory,
  loadMemory,
  type MemoryDistance,
  type Neighbours,
  ShapeError,
  saveMemory,
  type Tensor,
  tensor,
  writeSafetensors,
} from '../../src/index.js'
import { labelShares, mergeNeighbours, nearestSlots, readSlots } from '../../src/memory/index.js'
import { expectClose } from '../compare.js'

/** Whole numbers from a fixed stream: products of them are exact, and many distances equal. */
function whole(count: number, values: number, seed: number): Float32Array {
  let state = seed
  return Float32Array.from({ length: count }, () => {
    state = (state * 1103515245 + 12345) % 2147483648
    return (state >> 12) % values
  })
}

/** The same answer without any cleverness. */
function byHand(keys: Float32Array, queries: Float32Array, width: number, k: number, distance: MemoryDistance): [number[], number[]] {
  const [distances, indices]: [number[], number[]] = [[], []]
  for (let q = 0; q < queries.length; q += width) {
    const all = Array.from({ length: keys.length / width }, (_, s) => {
      let sum = 0
      for (let d = 0; d < width; d++) {
        const [a, b] = [queries[q + d]!, keys[s * width + d]!]
        sum += distance === 'dot' ? -a * b : (a - b) ** 2
      }
      return [sum, s] as const
    })
    all.sort((a, b) => a[0] - b[0] || a[1] - b[1])
    for (const [d, s] of all.slice(0, k)) {
      distances.push(d)
      indices.push(s)
    }
  }
  return [distances, indices]
}

const labelsOf = (slots: number): Int32Array => Int32Array.from({ length: slots }, (_, i) => i % 7)

function filled(keys: Float32Array, width: number, distance: MemoryDistance = 'squaredEuclidean'): KeyValueMemory {
  const memory = new KeyValueMemory(width, { distance, capacity: 3 })
  const half = Math.floor(keys.length / width / 2)
  const labels = labelsOf(keys.length / width)
  memory.append(keys.subarray(0, half * width), labels.subarray(0, half))
  memory.append(keys.subarray(half * width), labels.subarray(half))
  return memory
}

const lists = ({ distances, indices }: Neighbours): [number[], number[]] => [[...distances], [...indices]]

describe.each(['squaredEuclidean', 'dot'] as const)('the nearest by %s', (distance) => {
  test.each([
    // two chunks and a rest, more queries than a block
    { slots: 20_001, width: 6, queries: 700, k: 9, numbers: 5 },
    { slots: 8192, width: 3, queries: 513, k: 4, numbers: 3 },
    // one key many times
    { slots: 300, width: 2, queries: 5, k: 64, numbers: 2 },
    { slots: 1, width: 4, queries: 2, k: 1, numbers: 9 },
    // more asked for than there are
    { slots: 5, width: 4, queries: 3, k: 50, numbers: 9 },
  ])('$slots slots, k $k: as by hand, equal ones in their order', async ({ slots, width, queries, k, numbers }) => {
    const [keys, asked] = [whole(slots * width, numbers, 1), whole(queries * width, numbers, 2)]
    const memory = filled(keys, width, distance)
    const near = lists(await memory.nearest(asked, k))
    const checked = Math.min(queries, 12)
    const [some, last] = [asked.subarray(0, checked * width), asked.subarray(-checked * width)]
    const wantSome = byHand(keys, some, width, k, distance)
    expect(near.map((x) => x.slice(0, wantSome[0].length))).toEqual(wantSome)
    expect(near.map((x) => x.slice(-wantSome[0].length))).toEqual(byHand(keys, last, width, k, distance))
    // inside a graph
    const { values, indices } = memory.nearestSlots(tensor(some, { shape: [some.length / width, width] }), k)
    const found = await compute([values, indices])
    expect(found.map((x) => Array.from(x as Float32Array, (v) => v + 0))).toEqual(wantSome.map((x) => x.map((v) => v + 0)))
  })

  test('parts searched one after the other and joined are the whole', async () => {
    const [keys, asked] = [whole(400 * 3, 4, 5), whole(30 * 3, 4, 6)]
    const memory = filled(keys, 3, distance)
    const [a, b] = [await memory.nearest(asked, 20, { to: 7 }), await memory.nearest(asked, 20, { from: 7 })]
    expect(a.k).toBe(7)
    expect(lists(mergeNeighbours(a, b, 20))).toEqual(lists(await memory.nearest(asked, 20)))
    expect(mergeNeighbours(a, b, 1000).k).toBe(27)
  })

  test('many slots one by one are found as in one piece', async () => {
    const keys = whole(90, 4, 8)
    const memory = new KeyValueMemory(3, { distance, capacity: 1 })
    for (let s = 0; s < 30; s++) memory.append(keys.subarray(3 * s, 3 * s + 3), [s])
    expect([...memory.keys]).toEqual([...keys])
    expect(lists(await memory.nearest(keys, 5))).toEqual(byHand(keys, keys, 3, 5, distance))
  })
})

test('distances near 0 keep their digits far from the origin', async () => {
  const memory = new KeyValueMemory(2)
  memory.append(Float32Array.of(1000, 1000, 1000.5, 1000), [0, 1])
  expect(lists(await memory.nearest(Float32Array.of(1000, 1000), 2))).toEqual([
    [0, 0.25],
    [0, 1],
  ])
})

describe('reading', () => {
  const [keys, queries] = [whole(12 * 3, 7, 3), whole(4 * 3, 7, 4)]
  const memory = filled(keys, 3)
  const softmaxOf = (distances: readonly number[], temperature: number): number[] => {
    const weights = distances.map((d) => Math.exp((distances[0]! - d) / temperature))
    const sum = weights.reduce((a, b) => a + b)
    return weights.map((w) => w / sum)
  }
  const want = (k: number, temperature: number): number[] => {
    const [distances, indices] = byHand(keys, queries, 3, k, 'squaredEuclidean')
    const shares = Array<number>(4 * 7).fill(0)
    for (let q = 0; q < 4; q++)
      softmaxOf(distances.slice(q * k, (q + 1) * k), temperature).forEach((w, n) => {
        shares[q * 7 + (indices[q * k + n]! % 7)]! += w
      })
    return shares
  }

  test.each([
    [5, 3],
    [12, 10],
    [1, 1],
  ])('shares of labels over %i slots at temperature %d, as arrays and in a graph', async (k, temperature) => {
    const near = await memory.nearest(queries, 12)
    const shares = labelShares(near, memory.values, { classes: 7, temperature, k })
    expectClose(shares, want(k, temperature), { rtol: 1e-5, atol: 1e-7 })
    for (let q = 0; q < 4; q++) expect(shares.subarray(q * 7, q * 7 + 7).reduce((a, b) => a + b)).toBeCloseTo(1, 5)
    const graph = memory.read(tensor(queries, { shape: [4, 3] }), { classes: 7, k, temperature })
    expectClose(await graph.data(), want(k, temperature), { rtol: 1e-4, atol: 1e-6 })
  })

  test('values as vectors: weighted means over the nearest or over all slots', async () => {
    const [q, ks, vs] = [tensor(queries, { shape: [4, 3] }), tensor(keys, { shape: [12, 3] }), Float32Array.from(memory.values)]
    const onehot = tensor(
      Float32Array.from({ length: 12 * 7 }, (_, i) => (vs[Math.floor(i / 7)] === i % 7 ? 1 : 0)),
      { shape: [12, 7] },
    )
    expectClose(await readSlots(q, ks, onehot, { k: 5, temperature: 3 }).data(), want(5, 3), { rtol: 1e-4, atol: 1e-6 })
    expectClose(await readSlots(q, ks, onehot, { temperature: 10 }).data(), want(12, 10), { rtol: 1e-4, atol: 1e-6 })
  })

  test('has gradients for queries, keys and values', async () => {
    const rows = (n: number, w: number, seed: number): Tensor =>
      tensor(
        Float32Array.from(whole(n * w, 97, seed), (x) => x / 40),
        { shape: [n, w] },
      )
    for (const options of [{}, { k: 3 }, { distance: 'dot', k: 4, temperature: 2 }] as const)
      await gradcheck(
        (q: Tensor, k: Tensor, v: Tensor) => readSlots(q, k, v, options),
        [rows(3, 4, 1).cast('f64'), rows(6, 4, 2).cast('f64'), rows(6, 2, 3).cast('f64')],
      )
  })
})

describe('files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hebb-memory-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'memory.safetensors')

  test('a memory is read as it was written', async () => {
    for (const distance of ['dot', 'squaredEuclidean'] as const) {
      const memory = filled(whole(40 * 5, 100, 9), 5, distance)
      await saveMemory(memory, path, { text: 'plays' })
      const again = await loadMemory(path)
      expect(again).toMatchObject({ width: 5, size: 40, distance })
      expect(again.keys).toEqual(memory.keys)
      expect(again.values).toEqual(memory.values)
      const asked = whole(15, 100, 10)
      expect(await again.nearest(asked, 3)).toEqual(await memory.nearest(asked, 3))
    }
    expect(readdirSync(folder)).toEqual(['memory.safetensors'])
  })

  test('a file cut short, or of something else, says so', async () => {
    await saveMemory(filled(whole(40 * 5, 100, 9), 5), path)
    const cut = join(folder, 'cut.safetensors')
    const bytes = readFileSync(path)
    for (const left of [3, 60, bytes.length - 1]) {
      writeFileSync(cut, bytes.subarray(0, left))
      await expect(loadMemory(cut)).rejects.toThrow(FileError)
      await expect(loadMemory(cut)).rejects.toThrow(cut)
    }
    const other = join(folder, 'other.safetensors')
    const f32 = (shape: readonly number[]) => ({ dtype: 'f32' as const, shape, data: new Float32Array(shape.reduce((a, b) => a * b)) })
    for (const tensors of [{ weight: f32([2, 3]) }, { keys: f32([2, 3]) }, { keys: f32([2, 3]), values: f32([2]) }]) {
      await writeSafetensors(other, tensors, { distance: 'dot' })
      await expect(loadMemory(other)).rejects.toThrow(/is no memory: it holds .*saveMemory/)
    }
    const values = { dtype: 'i32' as const, shape: [2], data: new Int32Array(2) }
    await writeSafetensors(other, { keys: f32([2, 3]), values })
    await expect(loadMemory(other)).rejects.toThrow('names no distance')
    await writeSafetensors(other, { keys: f32([2, 3]), values }, { distance: 'far' })
    await expect(loadMemory(other)).rejects.toThrow("distance 'far' is none of")
    await expect(loadMemory(join(folder, 'none.safetensors'))).rejects.toThrow('there is no such file')
  })
})

describe('what makes no sense', () => {
  const memory = filled(whole(10, 5, 1), 2)

  test('is refused with the numbers and the cure', async () => {
    expect(() => new KeyValueMemory(0)).toThrow('width is 0')
    expect(() => new KeyValueMemory(2, { distance: 'cosine' as MemoryDistance })).toThrow(
      "distance 'cosine' is none of squaredEuclidean, dot",
    )
    expect(() => memory.append(new Float32Array(5), [1, 2])).toThrow('5 numbers are no 2 keys of 2')
    expect(() => memory.append(Float32Array.of(0, Number.NaN), [1])).toThrow('key 0')
    expect(() => memory.append(Float32Array.of(0, 1), [1.5])).toThrow('label 0 is 1.5')
    expect(memory.size).toBe(5)
    await expect(memory.nearest(new Float32Array(3), 1)).rejects.toThrow('3 numbers are no queries of 2')
    await expect(memory.nearest(Float32Array.of(0, 0, Number.NaN, 0), 1)).rejects.toThrow('query 1 holds NaN')
    await expect(memory.nearest(new Float32Array(2), 0)).rejects.toThrow('k is 0')
    await expect(memory.nearest(new Float32Array(2), 1, { from: 3, to: 9 })).rejects.toThrow('no slots 3 to 9 in a memory of 5')
    await expect(memory.nearest(new Float32Array(2), 1, { from: 3, to: 3 })).rejects.toThrow('no slots to read')
    await expect(new KeyValueMemory(2).nearest(new Float32Array(2), 1)).rejects.toThrow(HebbError)
    expect(() => new KeyValueMemory(2).nearestSlots(tensor([[1, 2]]), 1)).toThrow('no slots to read')
    expect(() => memory.nearestSlots(tensor([[1, 2, 3]]), 1)).toThrow(ShapeError)
    expect(() => memory.read(tensor([[1, 2]]), { classes: 2, k: 3 })).toThrow('is not in 0 … 1')
    expect(() => memory.read(tensor([[1, 2]]), { classes: 9, k: 3, temperature: 0 })).toThrow('temperature is 0')
    expect(() => nearestSlots(tensor([[1, 2]]), tensor([[1, 2, 3]]), 1)).toThrow('not as wide as a key')
    expect(() => readSlots(tensor([[1, 2]]), tensor([[1, 2]]), tensor([[1], [2]]))).toThrow('not one value for each key')
    const near = await memory.nearest(new Float32Array(2), 3)
    expect(() => labelShares(near, memory.values, { classes: 1 })).toThrow(/slot \d has label/)
    expect(() => mergeNeighbours(near, { ...near, queries: 2 }, 3)).toThrow('1 queries beside 2')
  })

  test('a search can be stopped', async () => {
    await expect(memory.nearest(new Float32Array(2), 1, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
  })

  test('no queries have no neighbours', async () => {
    expect(await memory.nearest(new Float32Array(0), 2)).toMatchObject({ queries: 0, k: 2 })
  })
})
