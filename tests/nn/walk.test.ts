/** What belongs to a model, how it is named, and that no look at it is stale. */
import { describe, expect, test } from 'vitest'
import {
  init,
  initialize,
  type Layer,
  Linear,
  Param,
  parameters,
  predict,
  relu,
  type Sequential,
  sequential,
  sgd,
  type Tensor,
  tensor,
  trainStep,
} from '../../src/index.js'
import { walkOf } from '../../src/nn/module/walk.js'
import { expectSame } from '../compare.js'

const paths = (model: object): string[] => [...parameters(model).keys()]

describe('what belongs to a model', () => {
  /** A class without forward that holds layers in its own fields, as agents do. */
  class Agent {
    readonly policy = new Linear(1, 1, { bias: false })
    readonly critics = [new Linear(1, 1, { bias: false })]
  }
  /** One that holds a layer far below: an environment that plays against someone. */
  class World {
    readonly bodies = { first: { opponent: { net: new Linear(1, 1) } } }
  }

  test('layers, parameters, arrays, Maps, plain objects and what holds layers itself; no environment', () => {
    const model = {
      layer: new Linear(1, 1, { bias: false }),
      list: [[new Param([1], init.zeros)]],
      map: new Map<unknown, unknown>([
        ['a', new Linear(1, 1, { bias: false })],
        [3, sequential(new Linear(1, 1, { bias: false }), relu)],
      ]),
      agent: new Agent(),
      world: new World(),
      words: Array.from({ length: 10 }, (_, i) => `w${i}`),
      step: Object.assign((x: Tensor) => x, { scale: new Param([1], init.ones) }),
    }
    expect(paths(model)).toEqual([
      'layer.weight',
      'list.0.0',
      'map.a.weight',
      'map.3.0.weight',
      'agent.policy.weight',
      'agent.critics.0.weight',
      'step.scale',
    ])
  })

  test('the model itself, whatever it is', () => {
    expect(paths(new World())).toEqual(['bodies.first.opponent.net.weight', 'bodies.first.opponent.net.bias'])
    expect(paths(new Agent())).toEqual(['policy.weight', 'critics.0.weight'])
  })

  test('a large world beside a model is not looked into', () => {
    let reads = 0
    class Body {
      next: Body | undefined
      get mass(): number {
        reads++
        return 1
      }
    }
    class Physics {
      readonly bodies = Array.from({ length: 1000 }, () =>
        Object.defineProperty(new Body(), 'shape', { enumerable: true, get: () => reads++ }),
      )
    }
    class Policy {
      readonly net = new Linear(1, 1)
      readonly world = new Physics()
      forward(x: Tensor): Tensor {
        return this.net.forward(x)
      }
    }
    const model = new Policy()
    expect(paths(model)).toEqual(['net.weight', 'net.bias'])
    expect(paths(model)).toEqual(['net.weight', 'net.bias'])
    expect(reads).toBe(0)
  })

  test('weights in what is no layer are named when they are used', async () => {
    class Far {
      readonly inner = { deep: { net: new Linear(2, 1) } }
    }
    const model = {
      far: new Far(),
      layer: new Linear(2, 2),
      forward: (x: Tensor): Tensor => model.far.inner.deep.net.forward(model.layer.forward(x)),
    }
    await expect(predict(model, tensor([[1, 2]]))).rejects.toThrow(
      'belongs to no model: its layer is in a #private field, in an object that is no layer',
    )
  })
})

describe('a look at a model', () => {
  test('is kept while nothing changes', () => {
    const model = sequential(new Linear(2, 2), relu)
    const first = walkOf(model)
    expect(walkOf(model)).toBe(first)
    initialize(model)
    expect(walkOf(model)).toBe(first)
  })

  class Net {
    head: Layer = new Linear(2, 3)
    scale = 1
    readonly blocks: Layer[] = [new Linear(2, 2)]
    readonly map = new Map<string, Layer>([['a', new Linear(2, 2)]])
    readonly plain: { inner: Layer; readonly options: { rate: number } } = { inner: new Linear(2, 2), options: { rate: 1 } }
    readonly agent = new (class Holder {
      later: Layer | undefined
    })()
    forward(x: Tensor): Tensor {
      let y = x
      for (const block of [...this.blocks, ...this.map.values(), this.plain.inner, this.agent.later]) y = block?.forward(y) ?? y
      return this.head.forward(y).mul(this.scale).mul(this.plain.options.rate)
    }
  }

  test.each<[string, (net: Net) => void, string?]>([
    [
      'a field',
      (net) => {
        net.head = sequential(new Linear(2, 3))
      },
      'head.0.weight',
    ],
    [
      'an array',
      (net) => {
        net.blocks.push(new Linear(2, 2))
      },
      'blocks.1.weight',
    ],
    [
      'a place in an array',
      (net) => {
        net.blocks[0] = sequential(new Linear(2, 2))
      },
      'blocks.0.0.weight',
    ],
    [
      'a Map',
      (net) => {
        net.map.set('b', new Linear(2, 2))
      },
      'map.b.weight',
    ],
    [
      'an entry of a Map',
      (net) => {
        net.map.set('a', sequential(new Linear(2, 2)))
      },
      'map.a.0.weight',
    ],
    [
      'a plain object',
      (net) => {
        net.plain.inner = sequential(new Linear(2, 2))
      },
      'plain.inner.0.weight',
    ],
    [
      'an object that held no layer before',
      (net) => {
        net.agent.later = new Linear(2, 2)
      },
      'agent.later.weight',
    ],
    [
      'a number',
      (net) => {
        net.scale = 2
      },
    ],
    [
      'an option',
      (net) => {
        net.plain.options.rate = 3
      },
    ],
    [
      'forward itself',
      (net) => {
        net.forward = (x) => net.head.forward(x)
      },
    ],
  ])('sees %s change', async (_, change, path) => {
    const net = new Net()
    const x = tensor([[1, -2]])
    initialize(net)
    await predict(net, x)
    change(net)
    if (path) expect(paths(net)).toContain(path)
    initialize(net)
    expectSame(await (await predict(net, x)).data(), await net.forward(x).data())
  })
})

describe('messages name parameters', () => {
  const broken = (): { net: Sequential; whole: { encoder: Sequential } } => {
    const net = sequential(new Linear(3, 2))
    return { net, whole: { encoder: net } }
  }
  const tell = (f: () => unknown): string => {
    try {
      f()
    } catch (error) {
      return String(error)
    }
    return ''
  }

  test('as the model has them, whichever part was listed last', () => {
    const { net, whole } = broken()
    initialize(whole)
    parameters(net)
    expect(tell(() => whole.encoder.forward(tensor([[1, 2]])))).toContain('encoder.0.weight')
    const again = broken()
    initialize(again.net)
    parameters(again.whole)
    expect(tell(() => again.net.forward(tensor([[1, 2]])))).toContain('encoder.0.weight')
  })

  test('as the traced model has them, where one is traced', async () => {
    const net = sequential(new Linear(3, 2))
    const [left, right] = [{ left: net }, { right: net }]
    initialize(left)
    parameters(right)
    const step = (model: object) =>
      trainStep(model, sgd({ lr: 1 }), ({ x }: { x: Tensor }) => net.forward(x).mean())({ x: tensor([[1, 2]]) })
    await expect(step(right)).rejects.toThrow('right.0.weight')
    await expect(step(left)).rejects.toThrow('left.0.weight')
    await expect(step(net)).rejects.toThrow(' 0.weight')
  })
})
