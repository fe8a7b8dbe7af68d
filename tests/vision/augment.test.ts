/** Augmentation against plain loops over the same random numbers, and its rates over many pictures. */
import { describe, expect, test } from 'vitest'
import {
  ColorJitter,
  Cutout,
  crossEntropy,
  Flatten,
  HebbError,
  initialize,
  type Layer,
  Linear,
  MirrorAverage,
  Mixup,
  Normalize,
  RandomCrop,
  RandomErasing,
  RandomHorizontalFlip,
  ShapeError,
  sequential,
  sgd,
  type Tensor,
  tensor,
  trainStep,
} from '../../src/index.js'
import { trace } from '../../src/nn/scope.js'
import { betaQuantiles } from '../../src/vision/augment/mixup.js'
import { expectClose, expectSame } from '../compare.js'
import { countedPictures, filled, inTraining, pixelsOf } from './training.js'

const shape = [16, 3, 6, 5] as const
const [N, C, Y, X] = shape
const data = countedPictures(N, C, Y, X)
const x = pixelsOf(data, shape)
const perExample = [N, 1, 1, 1]
const f32 = Math.fround

describe('RandomCrop', () => {
  test.each([
    [2, undefined],
    [0, 4],
    [3, 5],
    [1, 2],
  ])('a frame of %i and size %s are loops over pictures', async (padding, size) => {
    const layer = new RandomCrop(padding, { ...(size !== undefined && { size }), value: -1 })
    const { got, draws } = await inTraining(layer, data, shape, [
      [N, 1, 1],
      [N, 1, 1],
    ])
    const [height, width] = [size ?? Y, size ?? X]
    const start = (u: number, framed: number, kept: number): number => Math.floor(f32(u * (framed - kept + 1))) - padding
    const want = filled([N, C, height, width], (n, c, i, j) => {
      const [y, k] = [i + start(draws[0]![n]!, Y + 2 * padding, height), j + start(draws[1]![n]!, X + 2 * padding, width)]
      return y >= 0 && y < Y && k >= 0 && k < X ? x.at(n, c, y, k) : -1
    })
    expect(got.shape).toEqual([N, C, height, width])
    expectSame(got.data, want)
  })

  test('every place is as likely as any other', async () => {
    const many = 4000
    const { got } = await inTraining(
      new RandomCrop(1),
      filled([many, 1, 3, 3], (_, __, i, j) => 1 + 3 * i + j),
      [many, 1, 3, 3],
      [],
    )
    const counts = new Map<number, number>()
    for (let n = 0; n < many; n++) counts.set(got.at(n, 0, 1, 1), (counts.get(got.at(n, 0, 1, 1)) ?? 0) + 1)
    expect(counts.size).toBe(9)
    // 9 places: 444 each, deviation 20
    for (const count of counts.values()) expect(Math.abs(count - many / 9)).toBeLessThan(100)
  })
})

describe('RandomHorizontalFlip', () => {
  test('mirrors the pictures whose number is below p', async () => {
    const { got, draws } = await inTraining(new RandomHorizontalFlip(0.4), data, shape, [perExample])
    const mirrored = [...draws[0]!].map((u) => u < f32(0.4))
    expect(new Set(mirrored).size).toBe(2)
    expectSame(
      got.data,
      filled(shape, (n, c, i, j) => x.at(n, c, i, mirrored[n] ? X - 1 - j : j)),
    )
  })
})

describe('Cutout', () => {
  test.each([1, 2, 3, 9])('a square of %i around a random pixel, cut at the edges', async (size) => {
    const { got, draws } = await inTraining(new Cutout(size, { value: 7 }), data, shape, [perExample, perExample])
    const from = (u: number, places: number): number => Math.floor(f32(u * places)) - Math.floor(size / 2)
    expectSame(
      got.data,
      filled(shape, (n, c, i, j) => {
        const [top, left] = [from(draws[0]![n]!, Y), from(draws[1]![n]!, X)]
        return i >= top && i < top + size && j >= left && j < left + size ? 7 : x.at(n, c, i, j)
      }),
    )
  })
  test('leaves the share 1 − p of the pictures whole', async () => {
    const { got, draws } = await inTraining(new Cutout(9, { value: 7, p: 0.5 }), data, shape, [perExample, perExample, perExample])
    for (let n = 0; n < N; n++)
      expect([...(got.data as Float32Array).subarray(n * C * Y * X, (n + 1) * C * Y * X)].includes(7)).toBe(draws[2]![n]! < 0.5)
  })
})

describe('RandomErasing', () => {
  test('rectangles of the drawn area and form, at the drawn place', async () => {
    const layer = new RandomErasing({ p: 0.7, area: [0.1, 0.4], ratio: [0.5, 2], value: 7 })
    const { got, draws } = await inTraining(
      layer,
      data,
      shape,
      Array.from({ length: 5 }, () => perExample),
    )
    const [chosen, area, ratio, top, left] = draws as [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array]
    const even = (v: number): number => (Math.abs(v % 1) === 0.5 ? 2 * Math.round(v / 2) : Math.round(v))
    const holes = Array.from({ length: N }, (_, n) => {
      const pixels = (0.1 + 0.3 * area[n]!) * Y * X
      const form = Math.exp(Math.log(0.5) + (Math.log(2) - Math.log(0.5)) * ratio[n]!)
      const [height, width] = [Math.min(even(Math.sqrt(pixels * form)), Y), Math.min(even(Math.sqrt(pixels / form)), X)]
      return { height, width, top: Math.floor(top[n]! * (Y - height + 1)), left: Math.floor(left[n]! * (X - width + 1)) }
    })
    expectSame(
      got.data,
      filled(shape, (n, c, i, j) => {
        const h = holes[n]!
        return chosen[n]! < f32(0.7) && i >= h.top && i < h.top + h.height && j >= h.left && j < h.left + h.width ? 7 : x.at(n, c, i, j)
      }),
    )
    expect([...chosen].some((u) => u >= 0.7)).toBe(true)
  })
})

describe('ColorJitter', () => {
  const grey = (at: (c: number) => number): number => 0.299 * at(0) + 0.587 * at(1) + 0.114 * at(2)
  const limited = (v: number): number => Math.min(1, Math.max(0, v))
  test('brightness, contrast and saturation in this order', async () => {
    const layer = new ColorJitter({ brightness: 0.8, contrast: 0.5, saturation: 0.9 })
    const { got, draws } = await inTraining(layer, data, shape, [perExample, perExample, perExample])
    const factor = (k: number, range: number, n: number): number => 1 - range + 2 * range * draws[k]![n]!
    const light = pixelsOf(
      filled(shape, (n, c, i, j) => limited(x.at(n, c, i, j) * factor(0, 0.8, n))),
      shape,
    )
    const mean = Array.from({ length: N }, (_, n) => {
      let sum = 0
      for (let i = 0; i < Y; i++) for (let j = 0; j < X; j++) sum += grey((c) => light.at(n, c, i, j))
      return sum / (Y * X)
    })
    const strong = pixelsOf(
      filled(shape, (n, c, i, j) => {
        const f = factor(1, 0.5, n)
        return limited(f * light.at(n, c, i, j) + (1 - f) * mean[n]!)
      }),
      shape,
    )
    const want = filled(shape, (n, c, i, j) => {
      const f = factor(2, 0.9, n)
      return limited(f * strong.at(n, c, i, j) + (1 - f) * grey((k) => strong.at(n, k, i, j)))
    })
    expectClose(got.data, want, { rtol: 1e-5, atol: 2e-6 })
  })
  test('light and contrast of grey pictures', async () => {
    const { got, draws } = await inTraining(new ColorJitter({ brightness: 0.5 }), data, [16, 1, 18, 5], [perExample])
    expectClose(
      got.data,
      filled([16, 1, 18, 5], (n, _, i, j) => limited(pixelsOf(data, [16, 1, 18, 5]).at(n, 0, i, j) * (0.5 + draws[0]![n]!))),
    )
  })
})

describe('Mixup', () => {
  test.each([0.2, 0.5, 1, 2, 5])('quantiles of Beta(%f, same) have its mean, variance and symmetry', (alpha) => {
    const q = betaQuantiles(alpha, 1024)
    expect([q[0], q[512], q[1024]]).toEqual([0, 0.5, 1])
    for (let k = 1; k < q.length; k++) expect(q[k]! >= q[k - 1]!).toBe(true)
    let variance = 0
    for (let k = 0; k < 1024; k++) variance += ((q[k]! + q[k + 1]!) / 2 - 0.5) ** 2 / 1024
    expect(variance).toBeCloseTo(1 / (4 * (2 * alpha + 1)), 3)
  })
  test('Beta(1, 1) is even', () => {
    expectClose(
      betaQuantiles(1, 64),
      Array.from({ length: 65 }, (_, k) => k / 64),
      { atol: 1e-6 },
    )
  })
  test('mixes pictures with the batch reversed', async () => {
    const { got, draws } = await inTraining(new Mixup(1), data, shape, [[]])
    const share = draws[0]![0]!
    expectClose(
      got.data,
      filled(shape, (n, c, i, j) => share * x.at(n, c, i, j) + (1 - share) * x.at(N - 1 - n, c, i, j)),
      { atol: 1e-5 },
    )
  })
  test('the losses are mixed with the share of the pictures, and plain in evaluation', async () => {
    const mixup = new Mixup(1)
    const net = sequential(new Flatten(), new Linear(C * Y * X, 4))
    const model = sequential(mixup, net)
    const loss = mixup.loss(crossEntropy)
    const [pictures, labels] = [tensor(data, { shape }), tensor(Int32Array.from({ length: N }, (_, n) => (n * n) % 4))]
    const step = trainStep(model, sgd({ lr: 1e-30 }), ({ x, y }: { x: Tensor; y: Tensor }) => {
      const mixed = mixup.forward(x)
      const out = net.forward(mixed)
      // how far the first pixel went towards that of the last picture
      const share = mixed
        .at(0, 0, 0, 0)
        .sub(x.at(15, 0, 0, 0))
        .div(x.at(0, 0, 0, 0).sub(x.at(15, 0, 0, 0)))
      return { loss: loss(out, y), own: crossEntropy(out, y), other: crossEntropy(out, y.flip([0])), share }
    })
    const { loss: mixed, metrics } = await step({ x: pictures, y: labels })
    const { own, other, share } = metrics as Record<'own' | 'other' | 'share', number>
    expect(share).toBeGreaterThan(0)
    expect(share).toBeLessThan(1)
    expect(mixed).toBeCloseTo(share * own + (1 - share) * other, 5)
    const plain = await crossEntropy(net.forward(pictures), labels).item()
    expect(await loss(model.forward(pictures), labels).item()).toBeCloseTo(Number(plain), 6)
  })
})

test('Normalize', async () => {
  const y = new Normalize([0.1, 0.2, 0.3], [0.5, 0.25, 2]).forward(tensor(data, { shape }))
  expectClose(
    await y.data(),
    filled(shape, (n, c, i, j) => (x.at(n, c, i, j) - [0.1, 0.2, 0.3][c]!) / [0.5, 0.25, 2][c]!),
  )
})

const layers: Readonly<Record<string, Layer>> = {
  RandomCrop: new RandomCrop(2, { size: 4 }),
  RandomHorizontalFlip: new RandomHorizontalFlip(1),
  Cutout: new Cutout(3),
  RandomErasing: new RandomErasing({ p: 1 }),
  ColorJitter: new ColorJitter({ brightness: 0.5, contrast: 0.5, saturation: 0.5 }),
  Mixup: new Mixup(),
}
test.each(Object.entries(layers))('%s leaves pictures alone in evaluation', async (_, layer) => {
  expectSame(await layer.forward(tensor(data, { shape })).data(), data)
})

test('the same seed gives the same pictures, another step or seed others', async () => {
  const model = { crop: new RandomCrop(3), head: new Linear(C * Y * X, 1) }
  const pictures = tensor(data, { shape })
  const losses = async (seed: number): Promise<number[]> => {
    initialize(model, { seed: 0 })
    const step = trainStep(
      model,
      sgd({ lr: 1e-30 }),
      ({ x }: { x: Tensor }) => model.head.forward(model.crop.forward(x).flatten(1)).sum(),
      { seed },
    )
    return [(await step({ x: pictures })).loss, (await step({ x: pictures })).loss]
  }
  const first = await losses(0)
  expect(await losses(0)).toEqual(first)
  expect(new Set([...first, ...(await losses(1))]).size).toBe(4)
})

test.each([
  [() => new RandomCrop(-1), 'a frame of -1 pixels'],
  [() => new RandomCrop(1, { size: 0 }), 'a size of 0 pixels'],
  [() => new RandomHorizontalFlip(2), '2 is no probability'],
  [() => new Cutout(0), 'a square of 0 pixels'],
  [() => new RandomErasing({ area: [0, 1] }), 'areas from 0 to 1'],
  [() => new RandomErasing({ ratio: [2, 1] }), 'ratios from 2 to 1'],
  [() => new ColorJitter({ contrast: 2 }), 'contrast 2'],
  [() => new Mixup(0), 'α is 0'],
  [() => new Normalize([0, 1], [1]), 'give one of each per channel'],
])('bad settings are named', (make, message) => {
  expect(make).toThrow(HebbError)
  expect(make).toThrow(message)
})
test('what is no batch of pictures is named', () => {
  expect(() => new RandomCrop(2).forward(tensor([1, 2]))).toThrow(ShapeError)
  expect(() => new RandomCrop(0, { size: 9 }).forward(tensor(data, { shape }))).toThrow('9 × 9 pixels do not fit into (16, 3, 6, 5)')
  expect(() => new ColorJitter({ saturation: 0.5 }).forward(tensor(data, { shape: [16, 1, 18, 5] }))).toThrow('(N, 3, Y, X)')
})

describe('MirrorAverage', () => {
  const net = sequential(new Flatten(), new Linear(C * Y * X, 2))
  initialize(net)
  const pictures = tensor(data, { shape })
  const mirrored = tensor(
    Float32Array.from(data, (_, i) => data[i - (i % X) + (X - 1 - (i % X))]!),
    { shape },
  )

  test('is the mean of the answers to a picture and to its mirror image, so both get the same', async () => {
    const [own, other] = (await Promise.all([net.forward(pictures).data(), net.forward(mirrored).data()])) as Float32Array[]
    const expected = own!.map((v, i) => (v + other![i]!) / 2)
    const averaged = new MirrorAverage(net)
    expectClose((await averaged.forward(pictures).data()) as Float32Array, expected)
    expectClose((await averaged.forward(mirrored).data()) as Float32Array, expected)
  })

  test('looks once in training, and at pictures only', async () => {
    const { result } = trace({ net }, { training: true }, () => new MirrorAverage(net).forward(pictures))
    expect(await result.data()).toEqual(await net.forward(pictures).data())
    expect(() => new MirrorAverage(net).forward(tensor([1, 2]))).toThrow(ShapeError)
  })
})
