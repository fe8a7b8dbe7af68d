import { afterAll, describe, expect, test } from 'vitest'
import { signature } from '../../src/graph/walk.js'
import {
  BatchNorm1d,
  BatchNorm2d,
  Conv2d,
  compile,
  embedding,
  frozen,
  init,
  initialize,
  Linear,
  LSTM,
  type Model,
  Param,
  parameters,
  predict,
  relu,
  sequential,
  type Tensor,
  tensor,
} from '../../src/index.js'
import { modelNow } from '../../src/runtime/model.js'
import { compileCount } from '../../src/runtime/program.js'
import { clearPrograms } from '../../src/runtime/store.js'
import { encodeHalf } from '../../src/tensor/half.js'
import { expectClose } from '../compare.js'

afterAll(clearPrograms)

const sines = (shape: number[]): Tensor =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i)),
    { shape },
  )

/** Models, and an input of each. */
const models: Record<string, () => { model: Model & { forward(x: Tensor): Tensor }; x: Tensor }> = {
  'products that are named, with a bias': () => ({
    model: sequential(new Linear(300, 200), relu, new Linear(200, 150)),
    x: sines([7, 300]),
  }),
  'convolution, norm and product': () => ({
    model: sequential(
      new Conv2d(3, 32, 3, { padding: 1, bias: false }),
      new BatchNorm2d(32),
      relu,
      { forward: (x: Tensor) => x.flatten(1) },
      new Linear(960, 40),
    ),
    x: sines([2, 3, 5, 6]),
  }),
  'a product with a norm behind it, which is folded into its weights': () => ({
    model: sequential(new Linear(300, 200), new BatchNorm1d(200), relu, new Linear(200, 4)),
    x: sines([5, 300]),
  }),
  'rows of a table': () => {
    const [table, last] = [new Param([70_000, 4], init.normal(1)), new Linear(4, 3)]
    return {
      model: { table, last, forward: (ids: Tensor) => last.forward(embedding(table, ids)) },
      x: tensor([0, 69_999, 7], { dtype: 'i32' }),
    }
  },
  'weights read twice, once as they are': () => {
    const w = new Param([200, 200], init.normal(0.1))
    return {
      model: {
        w,
        forward: (x: Tensor) =>
          x
            .matmul(w)
            .add(w.sum())
            .add(w.slice([[0, 1]])),
      },
      x: sines([3, 200]),
    }
  },
  'a recurrent layer': () => {
    const lstm = new LSTM(64, 80)
    return { model: { lstm, forward: (x: Tensor) => lstm.forward(x).output }, x: sines([3, 5, 64]) }
  },
}

describe('numbers that stay', () => {
  for (const [name, make] of Object.entries(models))
    test(`are constants of programs that give what they gave: ${name}`, async () => {
      const { model, x } = make()
      initialize(model, { seed: 1 })
      for (const p of parameters(model).values())
        if (!p.trainable && p.dtype === 'f32') p.storage.array = (sines([...p.shape, 1]).value as Float32Array).map((v) => 1.5 + v)
      const f = compile((t: Tensor) => model.forward(t))
      const [before, alone] = [await (await f(x)).data(), await model.forward(x).data()]
      frozen(model)
      for (const y of [await f(x), await compile((t: Tensor) => model.forward(t))(x), model.forward(x)])
        expectClose(await y.data(), before, { rtol: 1e-4, atol: 1e-5 })
      expectClose(alone, before, { rtol: 1e-6 })
    })

  test('products name their weights, what is small or folded is written, tables are read where they lie', () => {
    const placed = (name: string): string => {
      const { model, x } = models[name]!()
      initialize(frozen(model))
      const outputs = [model.forward(x)]
      const { leaves } = signature(outputs, 'fixed')
      const { bytes, given, written } = modelNow({ outputs, leaves })
      return `${given.length} named, ${written} bytes written, model ${bytes.length > written ? 'with them' : 'without'}`
    }
    expect(placed('products that are named, with a bias')).toBe('2 named, 1400 bytes written, model with them')
    expect(placed('rows of a table')).toBe('0 named, 60 bytes written, model with them')
  })

  test('models of the same numbers share a session, others of the same structure do not', async () => {
    const model = sequential(new Linear(8, 8), new Linear(8, 2))
    initialize(frozen(model))
    const ask = (m: typeof model) => compile((t: Tensor) => m.forward(t))(sines([3, 8]))
    await ask(model)
    const count = compileCount()
    await ask(model)
    expect(compileCount()).toBe(count)
    const other = sequential(new Linear(8, 8), new Linear(8, 2))
    initialize(frozen(other), { seed: 5 })
    const [y, z] = [await (await ask(model)).data(), await (await ask(other)).data()]
    expect(compileCount()).toBe(count + 1)
    expect([...y]).not.toEqual([...z])
  })

  test('other numbers, memory that changes, and numbers that stay again are seen at the next call', async () => {
    const layer = new Linear(2, 1, { bias: false })
    initialize(layer)
    const f = compile((x: Tensor) => layer.forward(x).sum())
    const ask = async (): Promise<number> => (await f(tensor([[3, 4]]))).item()
    const { storage } = layer.weight
    storage.array = Float32Array.of(1, 1)
    expect(await ask()).toBe(7)
    storage.rest(true)
    expect(await ask()).toBe(7)
    storage.home = { kind: 'plain', array: Float32Array.of(2, 2), dtype: 'f32' }
    expect(await ask()).toBe(14)
    storage.open()!.set([5, 5] as never)
    expect(await ask()).toBe(35)
    ;(storage.array as Float32Array)[0] = 1
    expect(await ask()).toBe(23)
  })

  test('half floats stay as they are, and are computed with as f32', async () => {
    for (const dtype of ['f16', 'bf16'] as const) {
      const layer = new Linear(300, 200)
      initialize(frozen(layer), { seed: 2 })
      const x = sines([4, 300])
      const words = encodeHalf(layer.weight.storage.array as Float32Array, dtype)
      layer.weight.storage.home = { kind: 'plain', array: words, dtype }
      expect(layer.weight.storage.array).toBeUndefined()
      const rounded = (await layer.weight.data()) as Float32Array
      expect(encodeHalf(rounded, dtype)).toEqual(words)
      const exact = new Linear(300, 200)
      initialize(exact, { seed: 2 })
      exact.weight.storage.array = rounded
      const wanted = await exact.forward(x).data()
      expectClose(await (await compile((t: Tensor) => layer.forward(t))(x)).data(), wanted, { rtol: 1e-5, atol: 1e-6 })
      expectClose(await (await predict(layer, x)).data(), wanted, { rtol: 1e-5, atol: 1e-6 })
    }
  })

  test('more than two gigabytes of them are no matter', async () => {
    // zeros that nobody wrote take no memory
    const weight = new Param([600, 1 << 20], init.zeros)
    weight.storage.home = { kind: 'plain', array: new Float32Array(weight.size), dtype: 'f32' }
    const y = await compile((x: Tensor) => x.matmul(weight.transpose()))(sines([1, 1 << 20]))
    expect((await y.data()).every((v) => v === 0)).toBe(true)
  })
})
