import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { describe, expect, type TestContext, test } from 'vitest'
import { batches } from '../../src/data/batches.js'
import { parseIdx } from '../../src/data/formats/idx.js'
import { fashionMnist } from '../../src/sets/pictures/fashion-mnist.js'
import { mnist, type TrainTest } from '../../src/sets/pictures/mnist.js'

/** The set, or a skip that says why it cannot be had here: only 'no source' skips, a wrong file fails. */
async function reachable(context: TestContext, load: () => Promise<TrainTest>): Promise<TrainTest> {
  try {
    return await load()
  } catch (error) {
    const message = (error as Error).message
    if (!message.includes('no source gave') || /md5|sha256|bytes, should/.test(message)) throw error
    return context.skip(`no download: ${message.split('\n').slice(0, 4).join(' | ')}`)
  }
}

/** Mean and standard deviation of all pixels, in [0, 1]. */
function moments(bytes: Uint8Array): [number, number] {
  const histogram = new Float64Array(256)
  for (const b of bytes) histogram[b]!++
  let sum = 0
  let squares = 0
  histogram.forEach((count, b) => {
    sum += (count * b) / 255
    squares += count * (b / 255) ** 2
  })
  const mean = sum / bytes.length
  return [mean, Math.sqrt(squares / bytes.length - mean ** 2)]
}

describe('MNIST', () => {
  test('counts, checksums, moments, classes, first images', { timeout: 120_000 }, async (context) => {
    const { train, test: held } = await reachable(context, mnist)
    expect(String(train)).toBe('Dataset of 60000: x (1, 28, 28) u8 × 0.00392, y () i32; 10 classes')
    expect(String(held)).toBe('Dataset of 10000: x (1, 28, 28) u8 × 0.00392, y () i32; 10 classes')
    const md5 = (bytes: Uint8Array, header: number[]): string => {
      const words = Buffer.alloc(4 * header.length)
      header.forEach((word, i) => void words.writeUInt32BE(word, 4 * i))
      return createHash('md5').update(words).update(bytes).digest('hex')
    }
    const labels = (set: TrainTest['train']): Uint8Array => Uint8Array.from(set.columns.y.data as Int32Array)
    const pixels = (set: TrainTest['train']): Uint8Array => set.columns.x.data as Uint8Array
    expect(md5(pixels(train), [0x803, 60_000, 28, 28])).toBe('6bbc9ace898e44ae57da46a324031adb')
    expect(md5(labels(train), [0x801, 60_000])).toBe('a25bea736e30d166cdddb491f175f624')
    expect(md5(pixels(held), [0x803, 10_000, 28, 28])).toBe('2646ac647ad5339dbf082846283269ea')
    expect(md5(labels(held), [0x801, 10_000])).toBe('27ae3e4e09519cfbb04c329615203637')
    const [mean, deviation] = moments(pixels(train))
    expect(mean).toBeCloseTo(0.1307, 4)
    expect(deviation).toBeCloseTo(0.3081, 4)
    expect([...train.classCounts()]).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
    expect([...held.classCounts()]).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])
    expect([...train.take(10).columns.y.data]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4])
    const [batch] = batches(train, 128)
    expect([batch!.x.shape, batch!.x.dtype, batch!.y.dtype]).toEqual([[128, 1, 28, 28], 'f32', 'i32'])
    expect(Math.max(...((await batch!.x.data()) as Float32Array))).toBe(1)
  })
})

describe('Fashion-MNIST', () => {
  test('counts, moments, classes', { timeout: 120_000 }, async (context) => {
    const { train, test: held } = await reachable(context, () => fashionMnist({ connectTimeout: 2000 }))
    const [mean, deviation] = moments(train.columns.x.data as Uint8Array)
    expect(mean).toBeCloseTo(0.286, 4)
    expect(deviation).toBeCloseTo(0.353, 4)
    expect([...train.classCounts()]).toEqual(new Array(10).fill(6000))
    expect([...held.classCounts()]).toEqual(new Array(10).fill(1000))
    expect(train.classes?.[train.example(0).y as number]).toBe('ankle boot')
  })
})

describe('IDX', () => {
  const idx = (type: number, shape: readonly number[], body: Uint8Array): Uint8Array => {
    const header = Buffer.alloc(4 + 4 * shape.length)
    header.set([0, 0, type, shape.length])
    shape.forEach((d, i) => void header.writeUInt32BE(d, 4 + 4 * i))
    return new Uint8Array(Buffer.concat([header, body]))
  }
  const bigEndian = (write: (view: DataView) => void, length: number): Uint8Array => {
    const view = new DataView(new ArrayBuffer(length))
    write(view)
    return new Uint8Array(view.buffer)
  }

  test('every number type', () => {
    const bytes = idx(8, [2, 3], Uint8Array.of(1, 2, 3, 4, 5, 255))
    const parsed = parseIdx(bytes)
    expect(parsed).toEqual({ data: Uint8Array.of(1, 2, 3, 4, 5, 255), shape: [2, 3], dtype: 'u8' })
    expect(parsed.data.buffer).toBe(bytes.buffer)
    expect(parseIdx(idx(9, [2], Uint8Array.of(255, 1))).data).toEqual(Int32Array.of(-1, 1))
    expect(
      parseIdx(
        idx(
          11,
          [1],
          bigEndian((v) => v.setInt16(0, -300), 2),
        ),
      ).data,
    ).toEqual(Int32Array.of(-300))
    expect(
      parseIdx(
        idx(
          12,
          [1],
          bigEndian((v) => v.setInt32(0, -70_000), 4),
        ),
      ).data,
    ).toEqual(Int32Array.of(-70_000))
    expect(
      parseIdx(
        idx(
          13,
          [1],
          bigEndian((v) => v.setFloat32(0, 1.5), 4),
        ),
      ),
    ).toEqual({ data: Float32Array.of(1.5), shape: [1], dtype: 'f32' })
    expect(
      parseIdx(
        idx(
          14,
          [1],
          bigEndian((v) => v.setFloat64(0, 1e300), 8),
        ),
      ).data,
    ).toEqual(Float64Array.of(1e300))
  })

  test.each<[string, Uint8Array, string]>([
    ['empty', new Uint8Array(0), 'pixels has 0 bytes: too short for an IDX file'],
    ['packed', new Uint8Array(gzipSync('x')), 'pixels is packed with gzip: unpack it first'],
    ['foreign', Uint8Array.of(137, 80, 78, 71), 'pixels is no IDX file: it does not begin with two zero bytes'],
    ['unknown type', idx(10, [1], new Uint8Array(1)), 'pixels has number type 10, which IDX does not know'],
    ['cut header', idx(8, [2, 2], new Uint8Array(4)).subarray(0, 9), 'pixels says it has 2 axes but ends within its header'],
    ['cut short', idx(8, [4], new Uint8Array(3)), 'pixels has 11 bytes, but (4) needs 12: it is cut short'],
    ['too long', idx(8, [4], new Uint8Array(5)), 'pixels has 13 bytes, but (4) needs 12: it is too long'],
    ['another shape', idx(8, [2, 2], new Uint8Array(4)), 'pixels holds (2, 2), not (n, 3)'],
  ])('%s is refused', (_, bytes, message) =>
    expect(() => parseIdx(bytes, { name: 'pixels', ...(message.includes('not (n') ? { shape: [-1, 3] } : {}) })).toThrow(message),
  )
})
