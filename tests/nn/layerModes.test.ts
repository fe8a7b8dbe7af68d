import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  AdaptiveAvgPool2d,
  AdaptiveMaxPool2d,
  AvgPool1d,
  AvgPool2d,
  BatchNorm1d,
  BatchNorm2d,
  BatchNorm3d,
  Conv1d,
  Conv2d,
  Conv3d,
  ConvTranspose1d,
  ConvTranspose2d,
  compute,
  Dropout,
  Embedding,
  Flatten,
  GlobalAvgPool,
  GroupNorm,
  initialize,
  type Layer,
  LayerNorm,
  Linear,
  MaxPool1d,
  MaxPool2d,
  parameters,
  RMSNorm,
} from '../../src/index.js'
import { trace } from '../../src/nn/scope.js'
import { expectClose, expectSame } from '../compare.js'
import { forward, numbers, snapshot } from './layering.js'

describe('training and evaluation', () => {
  const layers: Readonly<Record<string, (c: number) => [layer: Layer, positions: number]>> = {
    Linear: (c) => [new Linear(c, 3), 0],
    Conv1d: (c) => [new Conv1d(c, 3, 2, { padding: 'same' }), 1],
    Conv2d: (c) => [new Conv2d(c, 2 * c, 3, { padding: 1, groups: c, paddingMode: 'circular' }), 2],
    Conv3d: (c) => [new Conv3d(c, 2, 2), 3],
    ConvTranspose1d: (c) => [new ConvTranspose1d(c, 2, 3, { stride: 2 }), 1],
    ConvTranspose2d: (c) => [new ConvTranspose2d(c, 2, 2), 2],
    MaxPool1d: () => [new MaxPool1d(2), 1],
    MaxPool2d: () => [new MaxPool2d(2, { stride: 1 }), 2],
    AvgPool1d: () => [new AvgPool1d(2), 1],
    AvgPool2d: () => [new AvgPool2d(2), 2],
    AdaptiveAvgPool2d: () => [new AdaptiveAvgPool2d([2, null]), 2],
    AdaptiveMaxPool2d: () => [new AdaptiveMaxPool2d(1), 2],
    GlobalAvgPool: () => [new GlobalAvgPool(), 2],
    Flatten: () => [new Flatten(), 2],
    LayerNorm: (c) => [new LayerNorm(c), 0],
    RMSNorm: (c) => [new RMSNorm(c), 0],
    GroupNorm: (c) => [new GroupNorm(c, 2 * c), 2],
    'BatchNorm2d without running values': (c) => [new BatchNorm2d(c, { trackRunningStats: false }), 2],
  }
  const sizes = fc.tuple(fc.integer({ min: 2, max: 4 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 2, max: 5 }))

  test.each(Object.keys(layers))('%s is the same in both, and changes nothing', (name) =>
    fc.assert(
      fc.asyncProperty(sizes, async ([n, c, size]) => {
        const [layer, positions] = layers[name]!(c)
        if (parameters(layer).size > 0) initialize(layer)
        const before = snapshot(layer)
        const x = numbers([n, name === 'GroupNorm' ? 2 * c : c, ...new Array<number>(positions).fill(size)])
        const [a, b] = [forward(layer, x, true), forward(layer, x, false)]
        const [train, evaluated] = await compute([a.result, b.result])
        expectSame(train!, evaluated!)
        expect([a.updates.size, b.updates.size]).toEqual([0, 0])
        expect(snapshot(layer)).toEqual(before)
      }),
      { numRuns: 4, seed: 1 },
    ),
  )

  test('BatchNorm uses the batch in training, and running values in evaluation: any shape', () =>
    fc.assert(
      fc.asyncProperty(sizes, async ([n, c, size]) => {
        for (const [layer, shape] of [
          [new BatchNorm1d(c), [n, c]],
          [new BatchNorm1d(c), [n, c, size]],
          [new BatchNorm2d(c), [n, c, size, 2]],
          [new BatchNorm3d(c), [n, c, 2, size, 2]],
        ] as const) {
          initialize(layer)
          const before = snapshot(layer)
          const x = numbers(shape)
          const train = forward(layer, x, true)
          const still = forward(layer, x, false)
          expect([train.updates.size, still.updates.size]).toEqual([3, 0])
          const [trained, evaluated, ...moved] = await compute([train.result, still.result, ...train.updates.values()])
          const data = [...(await x.data())].map(Number)
          const each = data.length / n / c
          const [means, variances] = [[] as number[], [] as number[]]
          for (let k = 0; k < c; k++) {
            const own = data.filter((_, i) => Math.floor(i / each) % c === k)
            const mean = own.reduce((a, b) => a + b) / own.length
            means.push(mean)
            variances.push(own.reduce((a, b) => a + (b - mean) ** 2, 0) / own.length)
          }
          const channel = (i: number): number => Math.floor(i / each) % c
          expectClose(
            trained!,
            data.map((v, i) => (v - means[channel(i)]!) / Math.sqrt(variances[channel(i)]! + 1e-5)),
            { rtol: 1e-4, atol: 1e-4 },
          )
          expectClose(
            evaluated!,
            data.map((v) => v / Math.sqrt(1 + 1e-5)),
          )
          const count = n * each
          expectClose(
            moved[0]!,
            means.map((m) => 0.1 * m),
          )
          expectClose(
            moved[1]!,
            variances.map((v) => 0.9 + (0.1 * v * count) / (count - 1)),
          )
          expectSame(moved[2]!, [1n])
          expect(snapshot(layer)).toEqual(before)
        }
      }),
      { numRuns: 3, seed: 2 },
    ))

  test.each(['cumulative', null] as const)(
    'a BatchNorm used twice in one step moves twice; momentum %s gives the plain mean',
    async (momentum) => {
      const layer = new BatchNorm1d(2, { momentum })
      initialize(layer)
      const [a, b] = [numbers([4, 2], 1), numbers([5, 2], 2)]
      const { updates } = trace(layer, { training: true }, () => [layer.forward(a), layer.forward(b)])
      const [mean, spread, count] = await compute([...updates.values()])
      expectClose(mean!, await a.mean(0).add(b.mean(0)).div(2).data())
      expectClose(spread!, await a.variance(0).add(b.variance(0)).div(2).data())
      expectSame(count!, [2n])
    },
  )

  test('Dropout differs in training only', async () => {
    const layer = new Dropout(0.5)
    const x = numbers([64])
    expect(forward(layer, x, false).result).toBe(x)
    const dropped = await forward(layer, x, true).result.data()
    const data = await x.data()
    expect([...dropped].every((v, i) => v === 0 || v === Math.fround(Number(data[i]) * 2))).toBe(true)
    expect([...dropped].filter((v) => v === 0).length).toBeGreaterThan(8)
  })
})

describe('first values', () => {
  const parts = () => ({
    conv: new Conv2d(3, 8, 3),
    up: new ConvTranspose2d(8, 4, 3),
    words: new Embedding(20, 8),
    norm: new BatchNorm2d(4),
  })

  test('depend on seed and path only', () =>
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 }), (seed) => {
        const alone = parts()
        const among = { first: new Linear(3, 4), ...parts(), last: new Conv1d(2, 2, 3) }
        const other = parts()
        const elsewhere = { inner: parts() }
        initialize(alone, { seed })
        initialize(among, { seed })
        initialize(other, { seed: seed + 1 })
        initialize(elsewhere, { seed })
        expect(snapshot(among)).toMatchObject(snapshot(alone))
        for (const name of ['conv.weight', 'conv.bias', 'up.weight', 'words.weight']) {
          expect(snapshot(other)[name]).not.toEqual(snapshot(alone)[name])
          expect(snapshot(elsewhere)[`inner.${name}`]).not.toEqual(snapshot(alone)[name])
        }
      }),
      { numRuns: 5, seed: 3 },
    ))

  test.each<[string, Layer, number]>([
    ['Conv1d', new Conv1d(8, 64, 5, { groups: 2 }), 4 * 5],
    ['Conv2d', new Conv2d(8, 64, [3, 2]), 8 * 6],
    ['Conv3d', new Conv3d(4, 32, 2), 4 * 8],
    ['ConvTranspose1d', new ConvTranspose1d(8, 64, 5, { groups: 2 }), 32 * 5],
    ['ConvTranspose2d', new ConvTranspose2d(8, 32, 3), 32 * 9],
  ])('%s: uniform within ±1/√fanIn', (_, layer, fanIn) => {
    initialize(layer)
    const bound = 1 / Math.sqrt(fanIn)
    const params = parameters(layer)
    for (const p of params.values()) expect(Math.max(...[...p.storage.array!].map((v) => Math.abs(Number(v))))).toBeLessThanOrEqual(bound)
    const weight = [...params.get('weight')!.storage.array!].map(Number)
    expect(Math.max(...weight)).toBeGreaterThan(0.97 * bound)
    // a uniform number's mean square is bound² / 3
    const share = weight.reduce((a, v) => a + v * v, 0) / weight.length / (bound ** 2 / 3)
    expect(share).toBeGreaterThan(0.9)
    expect(share).toBeLessThan(1.1)
  })

  test('normalisation starts as the identity around its statistics; the padding row of an Embedding is 0', () => {
    const model = {
      batch: new BatchNorm1d(2),
      layer: new LayerNorm(2),
      rms: new RMSNorm(2),
      group: new GroupNorm(1, 2),
      words: new Embedding(4, 3, { paddingIndex: -2 }),
    }
    initialize(model)
    const values = snapshot(model)
    for (const [name, start] of Object.entries(values).filter(([name]) => !name.startsWith('words')))
      expect([name, ...(start as Iterable<number | bigint>)].map(String)).toEqual([
        name,
        ...Array.from({ length: name.includes('num') ? 1 : 2 }, () => (/weight|var/.test(name) ? '1' : '0')),
      ])
    const words = values['words.weight'] as Float32Array
    expect([...words.slice(6, 9)]).toEqual([0, 0, 0])
    expect(words.filter((v) => v === 0).length).toBe(3)
  })
})
