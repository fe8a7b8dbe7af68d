/** Wrapped layers: the model computes, trains and saves what it did, and has them back. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import {
  type AnyLayer,
  adam,
  BatchNorm1d,
  Dropout,
  frozen,
  gelu,
  HebbError,
  init,
  initialize,
  type Layer,
  Linear,
  load,
  Param,
  parameters,
  predict,
  relu,
  save,
  sequential,
  summarize,
  surround,
  type Tensor,
  tensor,
  trainStep,
  wrap,
} from '../../src/index.js'
import { expectSame } from '../compare.js'

const folder = await mkdtemp(join(tmpdir(), 'hebb-wrap-'))
afterAll(() => rm(folder, { recursive: true }))

/** A layer as it is. */
class Same {
  static readonly through = 'base'
  constructor(readonly base: AnyLayer) {}
  forward(x: Tensor): Tensor {
    return (this.base as Layer).forward(x)
  }
}

/** W + B A, as adapters of low rank add it. */
class LowRank {
  static readonly through = 'base'
  readonly lora_A: Linear
  readonly lora_B: Param
  constructor(
    readonly base: Linear,
    rank = 2,
  ) {
    const [outputs, inputs] = base.weight.shape
    this.lora_A = new Linear(inputs!, rank, { bias: false })
    this.lora_B = new Param([outputs!, rank], init.zeros)
  }
  forward(x: Tensor): Tensor {
    return this.base.forward(x).add(this.lora_A.forward(x).matmul(this.lora_B.transpose()))
  }
}

class Net {
  readonly first = new Linear(4, 6)
  readonly norm = new BatchNorm1d(6)
  readonly blocks = [sequential(new Linear(6, 6), new Dropout(0.3)), sequential(new Linear(6, 6), relu)]
  readonly heads = new Map<string, Layer>([
    ['left', new Linear(6, 3)],
    ['right', new Linear(6, 3)],
  ])
  readonly nested = { deep: { again: this.first } }
  forward(x: Tensor): Tensor {
    let y: Tensor = this.norm.forward(this.nested.deep.again.forward(x))
    for (const block of this.blocks) y = block.forward(y)
    return this.heads.get('left')!.forward(y).add(this.heads.get('right')!.forward(y))
  }
}

const x = tensor(Array.from({ length: 8 }, (_, i) => [Math.sin(i), Math.cos(3 * i), i / 8, -0.5]))
const y = tensor(Array.from({ length: 8 }, (_, i) => [i % 2, 1, i / 4]))

const isLinear = (_: string, layer: AnyLayer) => layer instanceof Linear
/** Everything a model holds, and where. */
const census = (net: Net): unknown[] => [
  ...Object.entries(net).flat(),
  ...net.blocks.flatMap((block) => [...Object.entries(block).flat()]),
  ...[...net.heads].flat(),
  net.nested.deep.again,
  ...[net, net.nested.deep, ...net.blocks].map((o) =>
    JSON.stringify(Object.entries(Object.getOwnPropertyDescriptors(o)).map(([k, d]) => [k, d.enumerable, d.writable, d.configurable])),
  ),
]

describe('wrap', () => {
  test('with what changes nothing trains to the same numbers, bit for bit, with the same names', async () => {
    const [plain, wrapped] = [new Net(), new Net()]
    const { wrappers } = wrap(
      wrapped,
      () => true,
      (layer) => new Same(layer),
    )
    expect([...wrappers.keys()]).toEqual(['first', 'norm', 'blocks.0', 'blocks.1', 'heads.left', 'heads.right'])
    expect(wrapped.nested.deep.again).toBe(wrapped.first)
    const inner = wrap(wrapped, ['blocks.0', '**.1'], (layer) => new Same(layer))
    expect([...inner.wrappers.keys()]).toEqual(['blocks.0', 'blocks.1'])
    expect([...parameters(wrapped).keys()]).toEqual([...parameters(plain).keys()])
    const losses = await Promise.all(
      [plain, wrapped].map(async (net) => {
        const step = trainStep(
          net,
          adam({ lr: 0.1 }),
          (batch: { x: Tensor; y: Tensor }) => net.forward(batch.x).sub(batch.y).square().mean(),
          { seed: 3 },
        )
        const found: number[] = []
        for (let i = 0; i < 5; i++) found.push((await step({ x, y })).loss)
        return found
      }),
    )
    expect(losses[1]).toEqual(losses[0])
    expectSame(await predict(wrapped, x).then((t) => t.data()), await predict(plain, x).then((t) => t.data()))
  })

  test('puts the same objects back in the same places', () => {
    const net = new Net()
    const before = census(net)
    const { undo } = wrap(net, isLinear, (layer) => new LowRank(layer))
    expect(net.first).toBeInstanceOf(LowRank)
    expect(net.heads.get('left')).toBeInstanceOf(LowRank)
    undo()
    expect(census(net)).toEqual(before)
    census(net).forEach((value, i) => {
      expect(value).toBe(before[i])
    })
    undo()
    expect(census(net)).toEqual(before)
  })

  test('several wraps are undone in any order', () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
      [0, 2, 1],
      [1, 2, 0],
      [2, 0, 1],
    ]) {
      const net = new Net()
      const before = census(net)
      const all = [
        wrap(net, isLinear, (layer) => new LowRank(layer)),
        wrap(net, 'blocks', (layer) => new Same(layer)),
        wrap(net, ['first', 'heads'], (layer) => new Same(layer)),
      ]
      for (const i of order) all[i]!.undo()
      census(net).forEach((value, i) => {
        expect(value).toBe(before[i])
      })
    }
  })

  test('an undo that cannot be says so, and changes nothing', () => {
    const net = sequential(new Linear(2, 2), new Linear(2, 2)) as unknown as Record<number, Layer>
    const { undo } = wrap(net, isLinear, (layer) => new LowRank(layer))
    const wrapper = net[0]!
    net[1] = new Linear(2, 2)
    expect(undo).toThrow('wrap: 1 cannot be put back: another layer was put in the place of its wrapper')
    expect(net[0]).toBe(wrapper)
  })

  test('an adapter begins as the model it is put into, has names beside those of its layer, and trains alone', async () => {
    const [plain, net] = [new Net(), new Net()]
    const { undo } = wrap(frozen(net), isLinear, (layer) => new LowRank(layer))
    const names = [...parameters(net).keys()]
    expect(names.filter((name) => !name.includes('lora'))).toEqual([...parameters(plain).keys()])
    expect(names).toContain('heads.left.lora_A.weight')
    expect(names).toContain('blocks.0.0.lora_B')
    for (const m of [plain, net]) initialize(m, { seed: 5 })
    for (const [name, p] of parameters(plain)) expectSame(parameters(net).get(name)!.storage.array!, p.storage.array!)
    expectSame(await net.forward(x).data(), await plain.forward(x).data())
    const step = trainStep(net, adam({ lr: 0.1 }), (batch: { x: Tensor; y: Tensor }) => net.forward(batch.x).sub(batch.y).square().mean())
    const first = (await step({ x, y })).loss
    for (let i = 0; i < 20; i++) await step({ x, y })
    expect((await step({ x, y })).loss).toBeLessThan(first)
    for (const [name, p] of parameters(plain)) expectSame(parameters(net).get(name)!.storage.array!, p.storage.array!)
    expect(
      parameters(net)
        .get('first.lora_B')!
        .storage.array!.some((v) => v !== 0),
    ).toBe(true)
    undo()
    expectSame(await net.forward(x).data(), await plain.forward(x).data())
  })

  test('files go from a model to a wrapped one and back', async () => {
    const [plain, wrapped, again] = [new Net(), new Net(), new Net()]
    initialize(plain, { seed: 1 })
    await save(plain, join(folder, 'plain.safetensors'))
    wrap(wrapped, isLinear, (layer) => new Same(layer))
    await load(wrapped, join(folder, 'plain.safetensors'))
    await save(wrapped, join(folder, 'wrapped.safetensors'))
    await load(again, join(folder, 'wrapped.safetensors'))
    for (const [name, p] of parameters(plain)) expectSame(parameters(again).get(name)!.storage.array!, p.storage.array!)
    const adapted = new Net()
    wrap(adapted, isLinear, (layer) => new LowRank(layer))
    const { missing } = await load(adapted, join(folder, 'plain.safetensors'), { strict: false })
    expect(missing.every((name) => name.includes('lora_'))).toBe(true)
  })

  test('says what is wrong', () => {
    const net = new Net()
    const before = census(net)
    expect(() => wrap(net, 'frist', (layer) => new Same(layer))).toThrow("wrap: 'frist' is no part of the model: did you mean first?")
    expect(() => wrap(net, /none/, (layer) => new Same(layer))).toThrow(
      "wrap: nothing matches: the model's layers are first (Linear), norm (BatchNorm1d)",
    )
    expect(() => wrap(net, isLinear, () => relu as unknown as AnyLayer)).toThrow('wrap: make gave no layer for first')
    expect(() => wrap(net, isLinear, () => new Same(new Linear(2, 2)))).toThrow('the wrapper of first has another layer in its field base')
    const still = Object.freeze({ inner: new Linear(2, 2) })
    expect(() => wrap({ still }, isLinear, (layer) => new Same(layer))).toThrow('still.inner cannot be wrapped')
    class Lost {
      static readonly through = 'base'
      forward(v: Tensor): Tensor {
        return v
      }
    }
    expect(() => parameters([new Lost()])).toThrow("Lost says static through = 'base', but this one holds no layer in its field base")
    class Twice extends Same {
      readonly weight = new Param([1], init.zeros)
    }
    const pair = { q: new Linear(2, 2) }
    const { undo } = wrap(pair, isLinear, (layer) => new Twice(layer))
    expect(() => parameters(pair)).toThrow('two parameters of the model are called q.weight')
    undo()
    expect(census(net)).toEqual(before)
    expect(() => wrap(net, 'first', () => new Same(null as unknown as AnyLayer))).toThrow(HebbError)
  })

  test('summaries list wrapper and layer, each with what it owns', () => {
    const net = sequential(new Linear(2, 3), relu, new Linear(3, 1))
    wrap(net, '0', (layer) => new LowRank(layer as Linear, 1))
    wrap(net, '2', (layer) => new Same(layer))
    const { layers, total } = summarize(net, { input: [2] })
    expect(layers.map(({ path, kind, shape, parameters: n }) => [path, kind, shape, n])).toEqual([
      ['0', 'LowRank', [3], 3],
      ['0', 'Linear', [3], 9],
      ['0.lora_A', 'Linear', [1], 2],
      ['2', 'Linear', [1], 4],
    ])
    expect(total).toBe(18)
  })
})

test('surround puts steps around a model whose names and first values stay', async () => {
  const make = (): Layer => sequential(new Linear(4, 3), gelu, new Linear(3, 2))
  const [plain, around] = [make(), surround(make(), { before: new Dropout(0.5), after: relu })]
  initialize(plain, { seed: 2 })
  initialize(around, { seed: 2 })
  expect([...parameters(around).keys()]).toEqual([...parameters(plain).keys()])
  expectSame(await around.forward(x).data(), await relu(plain.forward(x)).data())
})
