import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { encode } from 'fast-png'
import { describe, expect, test } from 'vitest'
import type { Dataset } from '../../src/data/dataset.js'
import { dataFolder } from '../../src/data/fetch/cache.js'
import { cifar10, toRecords } from '../../src/sets/pictures/cifar10.js'
import { digits } from '../../src/sets/pictures/digits.js'
import { drawnDigits } from '../../src/sets/pictures/drawn-digits.js'
import { blobs, circles, moons, spirals, xor } from '../../src/sets/synthetic.js'

type Pairs = Dataset<'x' | 'y'>
const bytesOf = (data: Pairs): string => {
  const hash = createHash('md5')
  for (const { data: array } of Object.values(data.columns)) hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
  return hash.digest('hex')
}
/** Share of examples whose nearest neighbour among the others, of the first `k` as neighbours, has their class. */
function nearest(train: Pairs, held: Pairs): number {
  const rows = (set: Pairs) => Array.from(set, ({ x, y }) => ({ x: x as Float32Array, y: y as number }))
  const known = rows(train)
  const distance = (a: Float32Array, b: Float32Array): number => a.reduce((sum, v, i) => sum + (v - b[i]!) ** 2, 0)
  const right = rows(held).filter(({ x, y }) => {
    let best = known[0]!
    let least = Number.POSITIVE_INFINITY
    for (const k of known) {
      const d = distance(x, k.x)
      if (d < least) [best, least] = [k, d]
    }
    return best.y === y
  })
  return right.length / held.length
}

describe('made-up points', () => {
  test('xor', () => {
    expect(Array.from(xor(), ({ x, y }) => [...(x as Float32Array), y])).toEqual([
      [0, 0, 0],
      [0, 1, 1],
      [1, 0, 1],
      [1, 1, 0],
    ])
  })

  const made = { spirals, moons, circles, blobs }
  test.each(Object.entries(made))('%s: balanced, the same for a seed, learnable from neighbours', (name, make) => {
    const data = make({ perClass: 80, seed: 3 })
    const classes = name === 'moons' || name === 'circles' ? 2 : 3
    expect(String(data)).toBe(`Dataset of ${80 * classes}: x (2) f32, y () i32`)
    expect([...data.classCounts()]).toEqual(new Array(classes).fill(80))
    expect([...data.take(classes).columns.y.data]).toEqual(Array.from({ length: classes }, (_, c) => c))
    expect(bytesOf(make({ perClass: 80, seed: 3 }))).toBe(bytesOf(data))
    expect(bytesOf(make({ perClass: 80, seed: 4 }))).not.toBe(bytesOf(data))
    const [train, held] = data.split(0.7)
    expect(nearest(train, held)).toBeGreaterThan(0.9)
    expect(() => make({ perClass: 0 })).toThrow(`${name}: perClass 0: give a whole number of at least 1`)
    expect(() => make({ noise: -1 })).toThrow(`${name}: noise -1: give a number of at least 0`)
  })

  test('without noise the points lie where the formulas say', () => {
    const radius = ({ x }: { x: unknown }): number => Math.hypot(...(x as Float32Array))
    for (const e of circles({ noise: 0 })) expect(radius(e)).toBeCloseTo(e.y === 0 ? 1 : 0.5, 6)
    for (const { x, y } of moons({ noise: 0 })) {
      const [px, py] = x as Float32Array
      expect(y === 0 ? Math.hypot(px!, py!) : Math.hypot(px! - 1, py! - 0.5)).toBeCloseTo(1, 6)
    }
    expect(Array.from(spirals({ noise: 0, perClass: 4, classes: 2 }), radius).map((r) => Number(r.toFixed(6)))).toEqual([
      0.125, 0.125, 0.375, 0.375, 0.625, 0.625, 0.875, 0.875,
    ])
    expect(blobs({ classes: 5, features: 7, perClass: 2 }).columns.x.shape).toEqual([7])
  })
})

describe('drawn digits', () => {
  test('the form of MNIST, the same for a seed, a larger set begins with the smaller', () => {
    const data = drawnDigits({ count: 200, seed: 1 })
    expect(String(data)).toBe('Dataset of 200: x (1, 28, 28) u8 × 0.00392, y () i32; 10 classes')
    expect([...data.classCounts()]).toEqual(new Array(10).fill(20))
    expect(bytesOf(drawnDigits({ count: 300, seed: 1 }).take(200))).toBe(bytesOf(data))
    expect(bytesOf(drawnDigits({ count: 200, seed: 2 }))).not.toBe(bytesOf(data))
    expect(new Set(Array.from({ length: 200 }, (_, i) => bytesOf(data.slice(i, i + 1)))).size).toBe(200)
    for (const { x } of data) {
      const ink = (x as Float32Array).reduce((sum, v) => sum + v, 0)
      expect(ink).toBeGreaterThan(20)
      expect(ink).toBeLessThan(300)
    }
    expect(() => drawnDigits({ count: 0.5 })).toThrow('count 0.5')
  })

  test('digits look like their own kind', () => {
    const [train, held] = drawnDigits({ count: 600 }).split(0.8, { stratify: 'y' })
    expect(nearest(train, held)).toBeGreaterThan(0.85)
  })
})

describe('real sets', () => {
  test('digits: 1797 of 8 × 8', async (context) => {
    const data = await digits({ connectTimeout: 2000 }).catch((error: Error) => {
      if (!error.message.includes('no source gave') || error.message.includes('md5')) throw error
      return context.skip(`no download: ${error.message.split('\n').slice(0, 4).join(' | ')}`)
    })
    expect(String(data)).toBe('Dataset of 1797: x (1, 8, 8) u8 × 0.0625, y () i32; 10 classes')
    expect([...data.classCounts()]).toEqual([178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
    expect([...data.take(10).columns.y.data]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect((data.example(0).x as Float32Array).slice(0, 8)).toEqual(Float32Array.of(0, 0, 5, 13, 9, 1, 0, 0).map((v) => v / 16))
    const [train, held] = data.split(0.8, { stratify: 'y' })
    expect(nearest(train, held)).toBeGreaterThan(0.97)
  })

  test('CIFAR-10: counts, moments per channel, the first labels', { timeout: 300_000 }, async (context) => {
    if (!existsSync(join(dataFolder(), 'cifar10')) && !process.env.HEBB_TEST_DOWNLOADS)
      context.skip('139 MB that are not in the data folder: HEBB_TEST_DOWNLOADS=1 fetches them')
    const { train, test: held } = await cifar10()
    expect(String(train)).toBe('Dataset of 50000: x (3, 32, 32) u8 × 0.00392, y () i32; 10 classes')
    expect([...train.classCounts()]).toEqual(new Array(10).fill(5000))
    expect([...held.classCounts()]).toEqual(new Array(10).fill(1000))
    expect([...train.take(10).columns.y.data]).toEqual([6, 9, 9, 4, 1, 1, 2, 7, 8, 3])
    const bytes = train.columns.x.data as Uint8Array
    const moments = [0, 1, 2].map((c) => {
      const histogram = new Float64Array(256)
      for (let n = 0; n < 50_000; n++) for (let k = 0; k < 1024; k++) histogram[bytes[n * 3072 + c * 1024 + k]!]!++
      const mean = histogram.reduce((sum, count, b) => sum + count * b, 0) / 51_200_000 / 255
      const square = histogram.reduce((sum, count, b) => sum + count * b * b, 0) / 51_200_000 / 255 ** 2
      return [mean, Math.sqrt(square - mean ** 2)].map((v) => v.toFixed(4))
    })
    expect(moments).toEqual([
      ['0.4914', '0.2470'],
      ['0.4822', '0.2435'],
      ['0.4465', '0.2616'],
    ])
  })

  test('CIFAR-10: pictures to planes', () => {
    const data = Uint8Array.from({ length: 2 * 3072 }, (_, i) => (i * 7) % 256)
    const records = toRecords(encode({ width: 1024, height: 2, channels: 3, depth: 8, data }), [4, 9], 'p.png')
    expect([records.length, records[0], records[3073]]).toEqual([2 * 3073, 4, 9])
    for (const [i, c, k] of [
      [0, 0, 0],
      [0, 2, 5],
      [1, 1, 1023],
    ] as const)
      expect(records[i * 3073 + 1 + c * 1024 + k]).toBe(data[i * 3072 + 3 * k + c])
    expect(() => toRecords(encode({ width: 1024, height: 2, channels: 3, depth: 8, data }), [1], 'p.png')).toThrow(
      'p.png is 1024 × 2 with 3 channels of 8 bits, not 1024 × 1',
    )
  })
})
