import { describe, expect, test } from 'vitest'
import { compute, grad, gradcheck, initialize, NeuralTuringMachine, parameters, type Tensor, tensor } from '../../src/index.js'
import { contentWeights, interpolateWeights, readMemory, sharpenWeights, shiftWeights, writeMemory } from '../../src/memory/index.js'
import { expectClose } from '../compare.js'
import { numbers } from '../nn/layering.js'

const row = async (t: Tensor): Promise<number[]> => Array.from(await t.data(), Number)

describe('addressing', () => {
  const memory = tensor([
    [
      [3, 0],
      [0, 2],
      [-1, 0],
    ],
  ])

  test('by content: a softmax over β times the cosines, whatever the lengths', async () => {
    const scores = [1, 0, -1].map((cosine) => Math.exp(2 * cosine))
    const sum = scores.reduce((a, b) => a + b)
    for (const length of [0.5, 7])
      expectClose(
        await row(contentWeights(memory, tensor([[[length, 0]]]), tensor([[[2]]]))),
        scores.map((s) => s / sum),
        { rtol: 1e-5 },
      )
    // nothing asked for, or nothing written: every slot alike, and no NaN in the gradient
    expectClose(await row(contentWeights(memory, tensor([[[1, 1]]]), tensor([[[0]]]))), [1 / 3, 1 / 3, 1 / 3])
    const blank = grad((m: Tensor) =>
      contentWeights(m, tensor([[[1, 1]]]), tensor([[[1]]]))
        .square()
        .sum(),
    )(
      tensor([
        [
          [0, 0],
          [0, 0],
        ],
      ]),
    )
    expect((await row(blank)).every(Number.isFinite)).toBe(true)
  })

  test('by place: shifts go around the ends, by the shares they are given', async () => {
    const w = tensor([[[0.7, 0.3, 0, 0]]])
    const shares = (...s: number[]): Tensor => tensor([[s]])
    expectClose(await row(shiftWeights(w, shares(0, 0, 1))), [0, 0.7, 0.3, 0])
    expectClose(await row(shiftWeights(w, shares(1, 0, 0))), [0.3, 0, 0, 0.7])
    expectClose(await row(shiftWeights(w, shares(0.25, 0.5, 0.25))), [0.425, 0.325, 0.075, 0.175])
    expectClose(await row(shiftWeights(w, shares(0, 0, 0, 0, 1))), [0, 0, 0.7, 0.3])
    expect(() => shiftWeights(w, shares(0.5, 0.5))).toThrow(/shifts .* are not \(N, H, 2K \+ 1\)/)
  })

  test('gates mix, powers sharpen: w^γ / Σ w^γ', async () => {
    expectClose(await row(interpolateWeights(tensor([[[1, 0]]]), tensor([[[0, 1]]]), tensor([[[0.25]]]))), [0.25, 0.75])
    expectClose(await row(sharpenWeights(tensor([[[0.6, 0.3, 0.1]]]), tensor([[[2]]]))), [0.36 / 0.46, 0.09 / 0.46, 0.01 / 0.46], {
      rtol: 1e-5,
    })
    expectClose(await row(sharpenWeights(tensor([[[1, 0, 0]]]), tensor([[[1]]]))), [1, 0, 0])
  })

  test('reading is a weighted mean; writing erases, then adds, head by head', async () => {
    expectClose(await row(readMemory(memory, tensor([[[0.5, 0.25, 0.25]]]))), [1.25, 0.5])
    const w = tensor([
      [
        [1, 0, 0],
        [0.5, 0.5, 0],
      ],
    ])
    const erase = tensor([
      [
        [1, 0],
        [0, 0.5],
      ],
    ])
    const added = tensor([
      [
        [10, 20],
        [2, 4],
      ],
    ])
    expectClose(await row(writeMemory(memory, w, erase, added)), [0 + 10 + 1, 0 + 20 + 2, 0 + 1, 2 * 0.75 + 2, -1, 0])
  })

  test('gradients are those of finite differences', async () => {
    const keys = numbers([2, 2, 3], 1)
    await gradcheck((m, k, b) => contentWeights(m, k, b.softplus()), [numbers([2, 4, 3]), keys, numbers([2, 2, 1], 2)])
    await gradcheck((w, s) => shiftWeights(w.softmax(), s.softmax()), [numbers([2, 2, 5]), numbers([2, 2, 3], 1)])
    await gradcheck((w, p) => sharpenWeights(w.softmax(), p.softplus().add(1)), [numbers([2, 2, 5]), numbers([2, 2, 1], 1)])
    await gradcheck(
      (m, w, e, a) => writeMemory(m, w.softmax(), e.sigmoid(), a),
      [numbers([2, 4, 3]), numbers([2, 2, 4], 1), numbers([2, 2, 3], 2), numbers([2, 2, 3], 3)],
    )
  })

  test('says what does not fit', () => {
    expect(() => contentWeights(memory, tensor([[[1, 0, 0]]]), tensor([[[1]]]))).toThrow(/a key is not as wide as a slot/)
  })
})

describe('neural Turing machine', () => {
  const machine = new NeuralTuringMachine(3, 2, { slots: 5, slotWidth: 4, controller: 6, heads: 2 })
  initialize(machine, { seed: 1 })

  test('gives an answer and where its heads were at every step', async () => {
    const { output, reads, writes } = machine.run(numbers([2, 7, 3]))
    expect([output.shape, reads.shape, writes.shape]).toEqual([
      [2, 7, 2],
      [2, 7, 2, 5],
      [2, 7, 2, 5],
    ])
    for (const w of await compute([reads.sum(3), writes.sum(3)])) expectClose(w as Float32Array, Array(28).fill(1))
    // what comes later changes nothing before it
    const x = numbers([1, 6, 3])
    const [whole, start] = await compute([machine.forward(x).slice([null, [0, 3]]), machine.forward(x.slice([null, [0, 3]]))])
    expectClose(start as Float32Array, whole as Float32Array, { rtol: 1e-5, atol: 1e-6 })
  })

  test('heads begin on slot 0, and can be told to stay there', async () => {
    const weights = parameters(machine)
    const start = await row(weights.get('start')!.softmax())
    expect([start[0]! > 0.98, start[5]! > 0.98]).toEqual([true, true])
  })

  test('gradients of the input and of every weight are those of finite differences', async () => {
    const small = new NeuralTuringMachine(2, 2, { slots: 3, slotWidth: 2, controller: 3 })
    const params = [...parameters(small)]
    const put = (path: string, value: Tensor): void => {
      const names = path.split('.')
      const owner = names.slice(0, -1).reduce<object>((o, name) => o[name as keyof typeof o], small)
      Object.assign(owner, { [names.at(-1)!]: value })
    }
    const f = (x: Tensor, ...weights: Tensor[]): Tensor[] => {
      // the machine reads its weights from its fields
      params.forEach(([path], i) => {
        put(path, weights[i]!)
      })
      const { output, reads, writes } = small.run(x)
      return [output, reads, writes]
    }
    const { checks } = await gradcheck(f, [numbers([2, 3, 2]), ...params.map(([, p], i) => numbers(p.shape, 3 + i).mul(0.5))], {
      directions: 1,
    })
    expect(checks).toBeGreaterThanOrEqual(1 + params.length)
  })

  test.each<[string, () => unknown, RegExp]>([
    ['no slots', () => new NeuralTuringMachine(3, 2, { slots: 0 }), /NeuralTuringMachine: slots is 0/],
    ['too few slots', () => new NeuralTuringMachine(3, 2, { slots: 4, reach: 2 }), /4 slots are too few for steps of 2/],
    ['the wrong width', () => machine.forward(numbers([2, 5, 4])), /x \(2, 5, 4\) is not \(N, T, 3\)/],
    ['no step', () => machine.forward(numbers([2, 0, 3])), /is not \(N, T, 3\)/],
  ])('says what is wrong: %s', (_, f, message) => expect(f).toThrow(message))
})
