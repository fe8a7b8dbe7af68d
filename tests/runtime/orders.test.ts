/** Calls in random order against a model of what must hold: numbers those of a straight run, however programs come and go. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  clearPrograms,
  compile,
  compute,
  crossEntropy,
  Dataset,
  evaluate,
  frozen,
  initialize,
  Linear,
  limitPrograms,
  parameters,
  predict,
  programBytes,
  random,
  sequential,
  sgd,
  type Tensor,
  tanh,
  tensor,
  trainStep,
} from '../../src/index.js'

const inputs = (n: number, turn: number): Float32Array => Float32Array.from({ length: 3 * n }, (_, i) => Math.sin(7 * i + turn))
const rows = (n: number, turn: number): Tensor => tensor(inputs(n, turn), { shape: [n, 3] })
const targets = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i % 2)
const bytes = (a: ArrayBufferView): string => Buffer.from(a.buffer, a.byteOffset, a.byteLength).toString('base64')

/** A small world of everything that compiles. What a call gives depends on how many calls of its kind were made before, and on the weights. */
class World {
  readonly model = sequential(new Linear(3, 4), tanh, new Linear(4, 2))
  readonly step = trainStep(this.model, sgd({ lr: 0.1 }), ({ x, y, scale }: { x: Tensor; y: Tensor; scale: Tensor | number }) =>
    crossEntropy(this.model.forward(x), y).mul(scale),
  )
  readonly sampler = compile((x: Tensor) => this.model.forward(x).add(random.normal([x.shape[0]!, 2], { key: 'noise' })))
  readonly still = sequential(new Linear(3, 4), tanh, new Linear(4, 2))
  readonly frozen = compile((x: Tensor) => this.still.forward(x))
  turn = 0

  constructor() {
    initialize(this.model, { seed: 3 })
    initialize(frozen(this.still), { seed: 4 })
  }

  async call(kind: string, n: number): Promise<string> {
    const turn = this.turn++
    const x = rows(n, turn)
    if (kind === 'step') return String((await this.step({ x, y: tensor(targets(n)), scale: 1 + (turn % 3) })).loss)
    if (kind === 'sample') return bytes(await (await this.sampler(x)).data())
    if (kind === 'frozen') return bytes(await (await this.frozen(x)).data())
    if (kind === 'compute') return bytes((await compute([this.model.forward(x).square().sum(0)]))[0]!)
    if (kind === 'predict') return bytes(await (await predict(this.model, x, { batchSize: 4 })).data())
    const data = new Dataset({
      x: { data: inputs(n, turn), shape: [3], dtype: 'f32' },
      y: { data: targets(n), shape: [], dtype: 'i32' },
    })
    const { loss, accuracy } = await evaluate(this.model, data, { loss: crossEntropy, batchSize: 4 })
    return `${loss} ${accuracy}`
  }

  async weights(): Promise<string[]> {
    return Promise.all([...parameters(this.model).values()].map(async (p) => bytes(await p.data())))
  }
}

const kinds = ['step', 'sample', 'frozen', 'compute', 'predict', 'evaluate'] as const
const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom(...kinds), n: fc.integer({ min: 1, max: 9 }) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'clear' as const, n: 0 }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('limit' as const), n: fc.constantFrom(0, 1e5, 1e6, 1e9) }) },
)

test('programs that come and go in any order change no number', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 40 }), async (actions) => {
      limitPrograms(1e12)
      const calls = actions.filter(({ kind }) => kind !== 'clear' && kind !== 'limit')
      const straight = new World()
      const wanted: string[] = []
      for (const { kind, n } of calls) wanted.push(await straight.call(kind, n))
      const world = new World()
      const got: string[] = []
      let limit = 1e12
      for (const { kind, n } of actions) {
        if (kind === 'clear') clearPrograms()
        else if (kind === 'limit') {
          limit = n
          limitPrograms(n)
        } else got.push(await world.call(kind, n))
      }
      expect(got).toEqual(wanted)
      expect(await world.weights()).toEqual(await straight.weights())
      // those used last stay whatever they take
      expect(programBytes()).toBeLessThan(Math.max(limit, 4e6))
    }),
    { numRuns: 12 },
  )
  limitPrograms(256e6)
}, 240_000)

test('calls under way at once, with programs dropped meanwhile, give what they give one by one', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 30 }), async (given) => {
      const actions = given.filter(({ kind }) => kind !== 'step')
      const straight = new World()
      const wanted: string[] = []
      for (const { kind, n } of actions) if (kind !== 'clear' && kind !== 'limit') wanted.push(await straight.call(kind, n))
      const world = new World()
      const open: Promise<string>[] = []
      for (const { kind, n } of actions) {
        if (kind === 'clear') clearPrograms()
        else if (kind === 'limit') limitPrograms(n)
        else open.push(world.call(kind, n))
      }
      expect(await Promise.all(open)).toEqual(wanted)
    }),
    { numRuns: 12 },
  )
  limitPrograms(256e6)
}, 240_000)
