import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encode } from 'fast-png'
import { afterAll, describe, expect, test } from 'vitest'
import {
  type Batch,
  dataset,
  datasetFeed,
  type Feed,
  type Pass,
  packedFeed,
  pictureFeed,
  ReplayBuffer,
  raggedFeed,
  streamFeed,
  Tensor,
} from '../../src/index.js'

type AnyBatch = Readonly<Record<string, unknown>> & { readonly indices: Int32Array; readonly size: number }

/** The numbers of a tensor. */
const numbers = (t: Tensor): number[] => Array.from(t.value as Int32Array)

/** Every number of a batch. */
const plain = (batch: AnyBatch): unknown =>
  Object.fromEntries(Object.entries(batch).map(([name, v]) => [name, v instanceof Tensor ? [v.shape, v.dtype, numbers(v)] : v]))

async function all(
  feed: Feed<AnyBatch>,
  pass: Pass = {},
  most = Number.POSITIVE_INFINITY,
): Promise<{ batch: unknown; indices: number[] }[]> {
  const found: { batch: unknown; indices: number[] }[] = []
  for await (const batch of feed.batches(pass)) {
    // a batch may be written over by the next
    found.push({ batch: structuredClone(plain(batch)), indices: [...batch.indices] })
    if (found.length === most) break
  }
  return found
}

const folder = mkdtempSync(join(tmpdir(), 'hebb-feed-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const flowers = join(folder, 'flowers')
for (const [c, name] of ['daisy', 'rose'].entries()) {
  mkdirSync(join(flowers, name), { recursive: true })
  for (let i = 0; i < 6 + c; i++) {
    const data = Uint8Array.from({ length: 4 * 3 * 3 }, (_, k) => (k * 7 + i * 31 + c * 100) % 256)
    writeFileSync(join(flowers, name, `${i}.png`), encode({ width: 4, height: 3, channels: 3, data }))
  }
}

const points = (n: number) =>
  dataset({ x: { data: Float32Array.from({ length: 2 * n }, (_, i) => i), shape: [2] }, y: Int32Array.from({ length: n }, (_, i) => i) })
const sequences = Array.from({ length: 13 }, (_, i) => Int32Array.from({ length: 1 + ((i * 5) % 11) }, (_, t) => 1 + t + 10 * i))

const feeds: Record<string, () => Feed<AnyBatch> | Promise<Feed<AnyBatch>>> = {
  'a set in memory': () => datasetFeed(points(13), 4),
  'a set in memory, written over': () => datasetFeed(points(13), 4, { reuse: true }),
  'a set in memory, in order': () => datasetFeed(points(13), 4, { shuffle: false }),
  'a stream': () =>
    streamFeed(
      function* () {
        for (let i = 0; i < 13; i++) yield { x: [i, -i], y: i }
      },
      4,
      { shuffleBuffer: 5 },
    ),
  pictures: () => pictureFeed(flowers, 4),
  'packed text': () =>
    packedFeed(
      Int32Array.from({ length: 14 * 5 }, (_, i) => i),
      5,
      4,
      { dropLast: false },
    ),
  ragged: () => raggedFeed(sequences, 4, dataset({ y: Int32Array.from(sequences, (_, i) => i) })),
}

describe('every feed', () => {
  for (const [name, make] of Object.entries(feeds))
    describe(name, () => {
      test('gives each example once, and the same bytes when asked again', async () => {
        const feed = await make()
        const once = await all(feed, { seed: 3, epoch: 2 })
        expect(once.flatMap(({ indices }) => indices).sort((a, b) => a - b)).toEqual(Array.from({ length: 13 }, (_, i) => i))
        expect(await all(await make(), { seed: 3, epoch: 2 })).toEqual(once)
        if (feed.length !== undefined) expect(once.length).toBe(feed.length)
        expect(once.map(({ indices }) => indices.length)).toContain(1)
      })

      test('goes on in the middle of an epoch with the same bytes', async () => {
        const feed = await make()
        const straight = await all(feed, { seed: 1, epoch: 5 })
        for (const start of [0, 1, straight.length - 1, straight.length])
          expect(await all(feed, { seed: 1, epoch: 5, start })).toEqual(straight.slice(start))
      })

      test('ranks divide every batch: together they are the epoch, each example once, in as many steps', async () => {
        const feed = await make()
        const whole = (await all(feed, { seed: 1 })).map(({ indices }) => indices)
        for (const ranks of [2, 3, 4]) {
          const parts = await Promise.all(Array.from({ length: ranks }, (_, rank) => all(feed, { seed: 1, rank, ranks })))
          const steps = new Set(parts.map(({ length }) => length))
          expect(steps.size).toBe(1)
          for (const part of parts) for (const { indices } of part) expect(indices.length).toBeGreaterThan(0)
          const joined = Array.from({ length: [...steps][0]! }, (_, b) => parts.flatMap((part) => part[b]!.indices))
          // 13 = 3 · 4 + 1: the last example is fewer than the ranks and joins another batch
          expect(joined.length).toBe(whole.length - 1)
          expect(joined.flat().sort((a, b) => a - b)).toEqual(whole.flat().sort((a, b) => a - b))
          for (const batch of joined.filter(({ length }) => length === 4)) expect(whole).toContainEqual(batch)
          for (const [rank, part] of parts.entries()) expect(await all(feed, { seed: 1, rank, ranks, start: 1 })).toEqual(part.slice(1))
        }
      })

      test('refuses what is no place in it', async () => {
        const feed = await make()
        await expect(all(feed, { start: -1 })).rejects.toThrow('start -1: give a whole number of at least 0')
        await expect(all(feed, { rank: 2, ranks: 2 })).rejects.toThrow('rank 2: of 2 the last is 1')
        await expect(all(feed, { ranks: 5 })).rejects.toThrow('batches of 4 leave some of 5 ranks nothing')
      })
    })

  test('epochs and seeds have orders of their own, where there is a shuffle', async () => {
    for (const name of ['a set in memory', 'a stream', 'pictures', 'packed text', 'ragged']) {
      const feed = await feeds[name]!()
      const orders = await Promise.all([{}, { epoch: 1 }, { seed: 1 }].map((pass) => all(feed, pass)))
      expect(new Set(orders.map((o) => JSON.stringify(o.map(({ indices }) => indices)))).size).toBe(3)
    }
  })
})

describe('packedFeed', () => {
  const ids = Int32Array.from({ length: 103 }, (_, i) => i)
  test('an epoch foretells the id after each of a run without gaps, begun elsewhere each time', async () => {
    const feed = packedFeed(ids, 10, 3)
    expect(feed.length).toBe(3)
    const firsts = new Set<number>()
    for (let epoch = 0; epoch < 8; epoch++) {
      const seen: number[] = []
      for await (const { x, y } of feed.batches({ epoch })) {
        expect(numbers(y)).toEqual(numbers(x).map((v) => v + 1))
        seen.push(...numbers(x))
      }
      expect(new Set(seen).size).toBe(90)
      firsts.add(Math.min(...seen))
    }
    expect(firsts.size).toBeGreaterThan(3)
    expect(() => packedFeed(ids.subarray(0, 15), 10, 1)).toThrow('15 ids make 0 windows of 10, fewer than a batch of 1')
  })
})

describe('pictureFeed', () => {
  test('classes by folder, numbers as in the files, grey on demand', async () => {
    const feed = await pictureFeed(flowers, 13, { shuffle: false })
    expect(feed.classes).toEqual(['daisy', 'rose'])
    expect(feed.files[6]).toBe('rose/0.png')
    for await (const { x, y } of feed.batches()) {
      expect(x.shape).toEqual([13, 3, 3, 4])
      expect(numbers(y)).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1])
      // picture 1, green of its second pixel
      expect(x.value![36 + 12 + 1]).toBeCloseTo(((4 * 7 + 31) % 256) / 255, 6)
    }
    for await (const { x } of (await pictureFeed(flowers, 1, { shuffle: false, channels: 1 })).batches()) {
      expect(x.shape).toEqual([1, 1, 3, 4])
      expect(numbers(x)[0]! * 255).toBeCloseTo(Math.round(0.587 * 7 + 0.114 * 14), 4)
      break
    }
  })

  test('palettes and greys of few bits', async () => {
    const made = join(folder, 'palette')
    mkdirSync(join(made, 'a'), { recursive: true })
    const palette = [
      [10, 20, 30],
      [200, 100, 50],
    ] as const
    const indices = Uint8Array.of(0, 1, 1)
    writeFileSync(
      join(made, 'a', '0.png'),
      encode({ width: 3, height: 1, channels: 1, depth: 8, data: indices, palette: palette.map((c) => [...c]) as never }),
    )
    for await (const { x } of (await pictureFeed(made, 1)).batches())
      expect(numbers(x).map((v) => Math.round(v * 255))).toEqual([10, 200, 200, 20, 100, 100, 30, 50, 50])
    // rows of 3 pixels of 2 bits: 0 1 2, 3 0 1
    writeFileSync(
      join(made, 'a', '0.png'),
      encode({ width: 3, height: 2, channels: 1, depth: 2, data: Uint8Array.of(0b00011000, 0b11000100) }),
    )
    for await (const { x } of (await pictureFeed(made, 1, { channels: 1 })).batches())
      expect(numbers(x).map((v) => Math.round(v * 255))).toEqual([0, 85, 170, 255, 0, 85])
  })

  test('sixteen bits are cut to eight', async () => {
    const few = join(folder, 'few')
    mkdirSync(join(few, 'a'), { recursive: true })
    writeFileSync(join(few, 'a', '0.png'), encode({ width: 3, height: 1, channels: 1, depth: 16, data: Uint16Array.of(0, 0x1234, 0xffff) }))
    for await (const { x } of (await pictureFeed(few, 1, { channels: 1 })).batches())
      expect(numbers(x).map((v) => Math.round(v * 255))).toEqual([0, 0x12, 255])
  })

  test('what is no class, no picture, of another size, or damaged, is named', async () => {
    const bad = join(folder, 'bad')
    mkdirSync(bad)
    await expect(pictureFeed(join(folder, 'nowhere'), 2)).rejects.toThrow('there is no such folder')
    await expect(pictureFeed(bad, 2)).rejects.toThrow('has no sub-folders')
    mkdirSync(join(bad, 'a'))
    writeFileSync(join(bad, 'a', '0.jpg'), Uint8Array.of(0xff, 0xd8, 0xff))
    await expect(pictureFeed(bad, 2)).rejects.toThrow('hold no PNG files, but a/0.jpg: convert them')
    const png = (width: number) => encode({ width, height: 2, channels: 1, data: new Uint8Array(2 * width) })
    writeFileSync(join(bad, 'a', '1.png'), png(2))
    writeFileSync(join(bad, 'a', '2.png'), png(3))
    const feed = await pictureFeed(bad, 2, { shuffle: false })
    await expect(all(feed)).rejects.toThrow('a/2.png is 3 × 2 pixels and a/1.png 2 × 2: bring all to one size')
    writeFileSync(join(bad, 'a', '2.png'), png(2).fill(0, 40))
    await expect(all(feed)).rejects.toThrow('2.png is no PNG that can be read')
    writeFileSync(join(bad, 'a', '2.png'), Uint8Array.of(0xff, 0xd8, 0xff, 0))
    await expect(all(feed)).rejects.toThrow('2.png is a JPEG, which is not read yet: convert it')
  })
})

describe('raggedFeed', () => {
  test('batches of like lengths, padded to few lengths, with what belongs to each', async () => {
    const feed = raggedFeed(sequences, 4, dataset({ y: Int32Array.from(sequences, (_, i) => i) }), { pad: 99, most: 8 })
    for await (const { x, lengths, y, indices } of feed.batches()) {
      expect(x.shape[1]).toBe(8)
      expect(numbers(y)).toEqual([...indices])
      for (const [n, i] of [...indices].entries()) {
        const length = Math.min(sequences[i]!.length, 8)
        expect(lengths.value![n]).toBe(length)
        const row = numbers(x).slice(n * 8, n * 8 + 8)
        expect(row).toEqual([...sequences[i]!.subarray(0, length), ...Array<number>(8 - length).fill(99)])
      }
    }
    expect(() => raggedFeed(sequences, 4, dataset({ y: Int32Array.of(1, 2) }))).toThrow('there are 13 sequences, and 2 examples')
    expect(() => raggedFeed([], 4)).toThrow('no sequences')
  })
})

describe('ReplayBuffer', () => {
  const made = () => new ReplayBuffer({ obs: [2], action: { dtype: 'i32' } }, { capacity: 100, size: 8 })
  const fill = (buffer: ReturnType<typeof made>, from: number, to: number) => {
    for (let i = from; i < to; i++) buffer.push({ obs: [i, -i], action: i })
  }
  const seen = (batch: Batch<'obs' | 'action'>): number[] => numbers(batch.action)

  test('holds the newest, and draws all of them alike', () => {
    const buffer = made()
    expect(() => buffer.sample(4)).toThrow('the buffer is empty: push examples first')
    fill(buffer, 0, 3)
    expect(new Set(seen(buffer.sample(64)))).toEqual(new Set([0, 1, 2]))
    fill(buffer, 3, 250)
    expect(buffer.count).toBe(100)
    const counts = new Int32Array(250)
    for (let k = 0; k < 200; k++) for (const a of seen(buffer.sample(100))) counts[a]!++
    expect(counts.subarray(0, 150).every((c) => c === 0)).toBe(true)
    // 20,000 draws of 100: 200 each, give or take 5 standard deviations of 14
    expect(counts.subarray(150).every((c) => c > 130 && c < 270)).toBe(true)
    const { obs, action } = buffer.sample(5)
    expect(obs.shape).toEqual([5, 2])
    for (let n = 0; n < 5; n++)
      expect([obs.value![2 * n], obs.value![2 * n + 1]]).toEqual([Number(action.value![n]), -Number(action.value![n])])
  })

  test('as a feed it is asked for what it holds then, without end, and goes on from any batch', async () => {
    const buffer = made()
    fill(buffer, 0, 20)
    const straight = await all(buffer, { seed: 1, epoch: 2 }, 6)
    expect(await all(buffer, { seed: 1, epoch: 2, start: 4 }, 2)).toEqual(straight.slice(4))
    const parts = await Promise.all([0, 1, 2].map((rank) => all(buffer, { seed: 1, epoch: 2, rank, ranks: 3 }, 6)))
    for (let b = 0; b < 6; b++) expect(parts.flatMap((part) => part[b]!.indices)).toEqual(straight[b]!.indices)
  })

  test('its state brings it back, and what is none of its own is refused', () => {
    for (const pushed of [0, 7, 130]) {
      const [buffer, other] = [made(), made()]
      fill(buffer, 0, pushed)
      if (pushed > 0) buffer.sample(3)
      fill(other, 500, 520)
      const saved = buffer.state()
      other.check(saved)
      other.restore(saved)
      fill(buffer, pushed, pushed + 90)
      fill(other, pushed, pushed + 90)
      for (let k = 0; k < 5; k++) expect(seen(other.sample(16))).toEqual(seen(buffer.sample(16)))
      expect(other.count).toBe(buffer.count)
    }
    const saved = made().state()
    expect(() => new ReplayBuffer({ obs: [3] }, { capacity: 100 }).check(saved)).toThrow('the state has (0, 2) f32 for obs')
    expect(() => made().check({ plain: { pushed: -1, draws: 0 } })).toThrow('are no counts')
    expect(() => made().push({ obs: [1], action: 1 })).toThrow('push: obs has 1 numbers: the buffer holds (2) of it')
    expect(() => made().push({ obs: [1, 2] } as never)).toThrow('push: action is missing')
  })
})
