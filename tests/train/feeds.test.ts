import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import {
  adam,
  crossEntropy,
  Dropout,
  dataset,
  datasetFeed,
  Embedding,
  type EpochEvent,
  evaluate,
  type Feed,
  type FitEvent,
  fit,
  initialize,
  Linear,
  lossSlice,
  lrFind,
  meanSquaredError,
  packedFeed,
  parameters,
  predict,
  ReplayBuffer,
  raggedFeed,
  relu,
  sequential,
  sgd,
  streamFeed,
  type Tensor,
  tensor,
} from '../../src/index.js'

const folder = mkdtempSync(join(tmpdir(), 'hebb-feeds-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const noise = (n: number, k = 1.7): Float32Array => Float32Array.from({ length: n }, (_, i) => Math.sin(1 + i * k))
const N = 23
const points = dataset({
  x: { data: noise(N * 3), shape: [3] },
  y: { data: Int32Array.from({ length: N }, (_, i) => (i * 7) % 3), shape: [] },
  w: Float32Array.from({ length: N }, (_, i) => i % 4),
})
const net = () => sequential(new Linear(3, 8), relu, new Dropout(0.2), new Linear(8, 3))
const bytes = (model: object): number[][] => [...parameters(model).values()].map((p) => Array.from(p.storage.array as Float32Array))
const plainEvent = ({ seconds: _, ...e }: FitEvent): object => e

describe('fit on feeds', () => {
  const options = { loss: crossEntropy, optimizer: adam({ lr: 0.01 }), epochs: 3, seed: 5 }

  test('a set and the feed of it give the same bytes, and events', async () => {
    const [a, b] = [net(), net()]
    const [x, y]: object[][] = [[], []]
    for await (const e of fit(a, points, { ...options, batchSize: 4, validation: points, every: 2 })) x!.push(plainEvent(e))
    const feed = datasetFeed(points, 4)
    for await (const e of fit(b, feed, { ...options, validation: datasetFeed(points, 23, { shuffle: false }), every: 2 }))
      y!.push(plainEvent(e))
    expect(bytes(b)).toEqual(bytes(a))
    expect(y).toEqual(x)
  })

  test('every kind goes on in the middle of an epoch, byte for byte', async () => {
    const ids = Int32Array.from({ length: 200 }, (_, i) => (i * i) % 5)
    const gpt = () => {
      const text = { table: new Embedding(5, 4), out: new Linear(4, 5) }
      return { ...text, forward: (x: Tensor): Tensor => text.out.forward(text.table.forward(x)).transpose([0, 2, 1]) }
    }
    const stream = streamFeed(
      async function* () {
        for (let i = 0; i < N; i++) yield { x: points.example(i).x as Float32Array, y: points.example(i).y }
      },
      4,
      { shuffleBuffer: 9, dtypes: { y: 'i32' } },
    )
    const replay = new ReplayBuffer({ x: [3], y: { dtype: 'i32' } }, { capacity: 50, size: 4 })
    for (let i = 0; i < N; i++) replay.push({ x: points.example(i).x as Float32Array, y: points.example(i).y as number })
    const kinds: [string, () => Parameters<typeof fit>[0], Feed<{ x: Tensor; y: Tensor }>][] = [
      ['a set', net as never, datasetFeed(points, 4)],
      ['a stream', net as never, stream],
      ['a buffer', net as never, replay],
      ['a text', gpt as never, packedFeed(ids, 8, 3)],
    ]
    for (const [name, make, feed] of kinds) {
      const path = join(folder, `${name}.safetensors`)
      const settings = { ...options, batchesPerEpoch: 5, epochs: 2, every: 1 }
      const straight: object[] = []
      const whole = make()
      initialize(whole, { seed: 5 })
      for await (const e of fit(whole, feed as Feed<never>, settings as never)) straight.push(plainEvent(e as FitEvent))
      const goal = bytes(whole)
      const stopped = make()
      initialize(stopped, { seed: 5 })
      const seen: object[] = []
      for await (const e of fit(stopped, feed as Feed<never>, { ...settings, checkpoint: { path } } as never)) {
        seen.push(plainEvent(e as FitEvent))
        if (seen.length === 8) break
      }
      const resumed = make()
      for await (const e of fit(resumed, feed as Feed<never>, { ...settings, resume: path } as never)) seen.push(plainEvent(e as FitEvent))
      expect(seen, name).toEqual(straight)
      expect(bytes(resumed), name).toEqual(goal)
    }
  })

  test('accumulated batches at the end of a stream make a step of what is there', async () => {
    const [a, b] = [net(), net()]
    const settings = { ...options, epochs: 1, accumulate: 4 }
    const inOrder = streamFeed(
      () => Array.from({ length: N }, (_, i) => ({ x: points.example(i).x as Float32Array, y: points.example(i).y })),
      4,
      {
        dtypes: { y: 'i32' },
      },
    )
    const last = (await fit(a, inOrder, settings)) as EpochEvent
    const right = (await fit(b, datasetFeed(points, 4, { shuffle: false }), settings)) as EpochEvent
    expect([last.step, last.loss]).toEqual([2, right.loss])
    expect(bytes(a)).toEqual(bytes(b))
  })

  test('an error of the feed comes out, one without batches is refused, and its loop is closed when the run is left', async () => {
    let closed = 0
    const torn = (at: number): Feed<{ x: Tensor; y: Tensor }> => ({
      async *batches() {
        try {
          for (let b = 0; b < at; b++) yield { x: tensor(noise(6), { shape: [2, 3] }), y: tensor(Int32Array.of(0, 1)) }
          if (at > 0) throw new Error('torn tape')
        } finally {
          closed++
        }
      },
    })
    await expect(fit(net(), torn(3), options)).rejects.toThrow('torn tape')
    await expect(fit(net(), torn(0), options)).rejects.toThrow('the feed gave no batches in epoch 1')
    await expect(evaluate(net(), torn(0), { loss: crossEntropy })).rejects.toThrow('the feed gave no batches')
    for await (const _ of fit(net(), torn(9), { ...options, every: 1 })) break
    expect(closed).toBe(4)
    expect(() => fit(net(), torn(1), { ...options, batchSize: 4 })).toThrow('batchSize is for data sets: a feed makes its own batches')
    expect(() => fit(net(), 7 as never, options)).toThrow('the data is a number, not a data set')
  })

  test('lrFind, lossSlice and evaluate find of a feed what they find of the set', async () => {
    const found = await lrFind(net(), points, { loss: crossEntropy, batchSize: 4, steps: 20 })
    expect(await lrFind(net(), datasetFeed(points, 4), { loss: crossEntropy, steps: 20 })).toEqual(found)
    const model = net()
    initialize(model, { seed: 1 })
    const slice = { loss: crossEntropy, size: 3 }
    expect(await lossSlice(model, datasetFeed(points, 5, { shuffle: false, reuse: true }), slice)).toEqual(
      await lossSlice(model, points, { ...slice, batchSize: 5 }),
    )
    const { loss, examples } = await evaluate(model, datasetFeed(points, 5), { loss: crossEntropy })
    expect([loss, examples]).toEqual([expect.closeTo((await evaluate(model, points, { loss: crossEntropy })).loss, 5), N])
  })
})

/** A price from a picture and an age, and the days until it is sold. */
class House {
  readonly eye = new Linear(4, 6)
  readonly old = new Linear(1, 6)
  readonly price = new Linear(6, 1)
  readonly days = new Linear(6, 3)
  forward({ image, age }: { readonly image: Tensor; readonly age: Tensor }): { price: Tensor; days: Tensor } {
    const both = this.eye
      .forward(image)
      .add(this.old.forward(age.reshape([-1, 1])))
      .tanh()
    return { price: this.price.forward(both).reshape([-1]), days: this.days.forward(both) }
  }
}
class Price extends House {
  readonly inner = new Linear(6, 1)
}
const houses = dataset({
  image: { data: noise(N * 4), shape: [4] },
  age: noise(N, 0.3),
  price: noise(N, 0.7),
  days: Int32Array.from({ length: N }, (_, i) => (i * 5) % 3),
  w: Float32Array.from({ length: N }, (_, i) => i % 3),
})

describe('several named inputs and targets', () => {
  const loss = ({ price, days }: { price: Tensor; days: Tensor }, target: Readonly<Record<'price' | 'days', Tensor>>): Tensor =>
    meanSquaredError(price, target.price).add(crossEntropy(days, target.days))

  test('fit, evaluate and predict give the model an object, and the loss another', async () => {
    const model = new House()
    const named = { inputs: ['image', 'age'], target: ['price', 'days'] } as const
    const before = await (async () => {
      initialize(model, { seed: 3 })
      return evaluate(model, houses, { ...named, loss })
    })()
    const last = (await fit(model, houses, {
      ...named,
      loss,
      optimizer: adam({ lr: 0.02 }),
      epochs: 20,
      seed: 3,
      weight: 'w',
    })) as EpochEvent
    expect(last.loss).toBeLessThan(before.loss)
    const own = await evaluate(model, houses, {
      ...named,
      loss,
      batchSize: 5,
      metrics: { price: (o, t) => meanSquaredError(o.price, t.price) },
    })
    const answers = await predict(model, houses, { inputs: ['image', 'age'] })
    expect(answers.days.shape).toEqual([N, 3])
    const p = (await answers.price.data()) as Float32Array
    const right = p.reduce((s, v, i) => s + (v - (houses.columns.price.data as Float32Array)[i]!) ** 2, 0) / N
    expect(own.metrics.price).toBeCloseTo(right, 5)
    // tensors by name, and a feed in another order, give the same rows
    const image = tensor(houses.columns.image.data as Float32Array, { shape: [N, 4] })
    const age = tensor(houses.columns.age.data as Float32Array)
    const named2 = await predict(model, { image, age }, { batchSize: 4 })
    const shuffled = await predict(model, datasetFeed(houses, 4), { inputs: ['image', 'age'] })
    for (const other of [named2, shuffled]) {
      const found = (await other.price.data()) as Float32Array
      for (const [i, v] of p.entries()) expect(found[i]).toBeCloseTo(v, 5)
    }
    await expect(predict(model, { image, age: age.slice([[0, 5]]) })).rejects.toThrow('have not as many rows: image 23, age 5')
  })

  test('without x all other fields go in, and one name gives the tensor itself', async () => {
    const model = { house: new Price(), forward: (f: { image: Tensor; age: Tensor }): Tensor => model.house.forward(f).price }
    initialize(model, { seed: 3 })
    const set = houses.pick('image', 'age', 'price')
    const a = await evaluate(model, set, { target: 'price', loss: meanSquaredError })
    const b = await evaluate(model, houses, { inputs: ['image', 'age'], target: 'price', loss: meanSquaredError })
    expect(a).toEqual(b)
    const one = new Linear(4, 1)
    initialize(one, { seed: 3 })
    const c = await evaluate(one, houses, { inputs: 'image', target: 'age', loss: (o, t) => meanSquaredError(o.reshape([-1]), t) })
    const d = await evaluate(one, houses.rename({ image: 'x', age: 'y' }), { loss: (o, t) => meanSquaredError(o.reshape([-1]), t) })
    expect(c).toEqual(d)
  })

  test('nested batches of a feed go in as they are', async () => {
    const model = { deep: new Linear(2, 1), forward: (s: { a: { b: Tensor }; c: Tensor }): Tensor => model.deep.forward(s.a.b).mul(s.c) }
    const feed: Feed<{ s: { a: { b: Tensor }; c: Tensor }; y: Tensor }> = {
      *batches({ start = 0 } = {}) {
        for (let k = start; k < 3; k++)
          yield { s: { a: { b: tensor(noise(4, k + 1), { shape: [2, 2] }) }, c: tensor([[1], [2]]) }, y: tensor([[0], [1]]) }
      },
    }
    const last = (await fit(model, feed, { inputs: 's', loss: meanSquaredError, optimizer: sgd({ lr: 0.1 }), epochs: 30 })) as EpochEvent
    expect(last.examples).toBe(6)
    const { loss: now } = await evaluate(model, feed, { inputs: 's', loss: meanSquaredError })
    expect(now).toBeLessThan(0.5)
  })

  test('ragged sequences with their lengths', async () => {
    const table = new Embedding(6, 4)
    const head = new Linear(4, 2)
    const model = {
      table,
      head,
      forward({ x, lengths }: { x: Tensor; lengths: Tensor }): Tensor {
        const mask = x.notEqual(0).cast('f32').unsqueeze(2)
        return head.forward(table.forward(x).mul(mask).sum(1).div(lengths.cast('f32').unsqueeze(1)))
      },
    }
    const texts = Array.from({ length: 40 }, (_, i) => Int32Array.from({ length: 1 + (i % 19) }, (_, t) => 1 + ((i + t) % 2) + (i % 2) * 2))
    const feed = raggedFeed(texts, 8, dataset({ y: Int32Array.from(texts, (_, i) => i % 2) }))
    await fit(model, feed, { inputs: ['x', 'lengths'], loss: crossEntropy, optimizer: adam({ lr: 0.1 }), epochs: 5 })
    const { accuracy } = await evaluate(model, feed, { inputs: ['x', 'lengths'], loss: crossEntropy })
    expect(accuracy).toBe(1)
    const all = await predict(model, feed, { inputs: ['x', 'lengths'] })
    expect(((await all.argmax(1).data()) as Int32Array).every((c, i) => c === i % 2)).toBe(true)
  })

  test('missing fields are named with those there are, and an object nobody takes apart is explained', async () => {
    const sgdOptions = { loss: meanSquaredError, optimizer: sgd() }
    expect(() => fit(new Linear(4, 1), houses as never, { ...sgdOptions, inputs: 'picture' })).toThrow(
      'fit: the data has the fields image, age, price, days, w, but no picture and no y',
    )
    await expect(evaluate(new Linear(4, 1), houses as never, { loss: meanSquaredError, target: 'price' })).rejects.toThrow(
      'there is no field x, so forward got an object of image, age, days, w, and failed',
    )
    await expect(fit(new Linear(4, 1), datasetFeed(houses, 4) as never, sgdOptions)).rejects.toThrow('but no x and no y')
  })
})

test('types say which fields there must be, and what a loss gets', () => {
  const sgdOptions = { loss: meanSquaredError, optimizer: sgd() }
  const [lacking, optimizer] = [points.pick('x', 'w'), sgd()]
  const wrong = [
    // @ts-expect-error no field y
    () => fit(new Linear(4, 1), lacking, sgdOptions),
    // @ts-expect-error no field picture
    () => fit(new Linear(4, 1), houses, { loss: meanSquaredError, optimizer, inputs: 'picture', target: 'price' }),
    // @ts-expect-error the model takes image and age apart
    () => evaluate(new House(), points, { loss: () => meanSquaredError(tensor(1), tensor(1)) }),
    // @ts-expect-error the target is one tensor, not an object
    () => evaluate(new House(), houses, { target: 'price', loss: (o, t) => meanSquaredError(o.price, t.price) }),
  ]
  expect(wrong.length).toBe(4)
  // a set with more fields than are asked for is none too many
  const most: () => unknown = () => fit(new Linear(3, 1), points, sgdOptions)
  expect(most).toBeTypeOf('function')
})

describe('losses that see the batch', () => {
  test('get every field as tensors, in fit, evaluate, lrFind and lossSlice, and may say how much counts', async () => {
    const model = net()
    initialize(model, { seed: 1 })
    const loss = (o: Tensor, y: Tensor, { w }: { readonly w: Tensor }) => {
      const each = crossEntropy(o, y, { reduction: 'none' })
      return { loss: each.mul(w).sum().div(w.sum()), counts: w.sum() }
    }
    const right = await evaluate(model, points, { loss: crossEntropy, weight: 'w' })
    for (const batchSize of [23, 4]) expect((await evaluate(model, points, { loss, batchSize })).loss).toBeCloseTo(right.loss, 5)
    const [a, b] = [net(), net()]
    const settings = { optimizer: sgd({ lr: 0.1 }), epochs: 2, batchSize: 5, seed: 2 }
    const [x, y] = [await fit(a, points, { ...settings, loss }), await fit(b, points, { ...settings, loss: crossEntropy, weight: 'w' })]
    expect(x!.loss).toBeCloseTo(y!.loss, 5)
    for (const [i, p] of bytes(a).entries()) for (const [k, v] of p.entries()) expect(v).toBeCloseTo(bytes(b)[i]![k]!, 5)
    const found = await lossSlice(model, points, { loss, size: 3 })
    expect(found.values[1]![1]).toBeCloseTo(right.loss, 5)
    expect((await lrFind(net(), points, { loss, steps: 12 })).curve.length).toBeGreaterThan(3)
  })

  test('a teacher in a field: what a distillation needs', async () => {
    const teacher = net()
    initialize(teacher, { seed: 9 })
    const taught = points.with({ teacher: await predict(teacher, points) })
    const student = net()
    const run = fit(student, taught, {
      loss: (o, _, { teacher: t }: { readonly teacher: Tensor }) => crossEntropy(o, t.softmax(1)),
      optimizer: adam({ lr: 0.05 }),
      epochs: 40,
    })
    const last = (await run)!
    const entropy = await evaluate(teacher, taught, {
      loss: (o, _, { teacher: t }: { readonly teacher: Tensor }) => crossEntropy(o, t.softmax(1)),
    })
    expect(last.loss - entropy.loss).toBeLessThan(0.1)
  })
})
