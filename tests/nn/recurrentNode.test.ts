/** Recurrent layers as one node in evaluation and in exported models, against the loop they train with; projected LSTMs. */
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { describe, expect, test } from 'vitest'
import { gradients } from '../../src/autodiff/grad.js'
import { topological } from '../../src/graph/walk.js'
import {
  compute,
  GRU,
  gradcheck,
  initialize,
  type Layer,
  LSTM,
  lengthMask,
  onnxBytes,
  parameters,
  RNN,
  type Tensor,
  tensor,
} from '../../src/index.js'
import { Carried } from '../../src/nn/index.js'
import { trace } from '../../src/nn/scope.js'
import { expectClose } from '../compare.js'
import { numbers } from './layering.js'

type Recurrent = RNN | GRU | LSTM
const kinds = { RNN, GRU, LSTM }
type Kind = keyof typeof kinds

interface Results {
  readonly output: Tensor
  readonly hidden: Tensor
  readonly cell?: Tensor
}
const all = ({ output, hidden, cell }: Results): Tensor[] => [output, hidden, ...(cell ? [cell] : [])]

/** Results as a training trace makes them, which has loops only, and as an evaluation has them. */
const asLoop = <T>(layer: object, f: () => T): T => trace(layer, { training: true }, f).result
const hasNodes = (results: readonly Tensor[]): boolean => topological(results).some((n) => n.op === 'recurrentLayer')

async function expectSame(got: readonly Tensor[], want: readonly Tensor[], rtol = 1e-5, atol = 1e-6): Promise<void> {
  const values = await compute([...got, ...want])
  expect(got.length).toBe(want.length)
  for (const [i, t] of got.entries())
    expectClose(
      { data: values[i]!, shape: t.shape },
      { data: values[got.length + i]!, shape: want[i]!.shape },
      { rtol, atol, label: `tensor ${i}` },
    )
}

const cases: readonly [string, { options?: object; batch?: number; steps?: number; lengths?: number[]; states?: number }][] = [
  ['one layer', {}],
  ['one step of one sequence', { batch: 1, steps: 1 }],
  ['three layers, both directions', { options: { layers: 3, bidirectional: true } }],
  ['without bias', { options: { layers: 2, bias: false } }],
  ['time first', { options: { timeFirst: true } }],
  ['a first state', { options: { layers: 2, bidirectional: true }, states: 2 }],
  ['hidden given, cell not', { options: { bidirectional: true }, states: 1 }],
  ['lengths, one of them 0 and one beyond T as data', { options: { layers: 2, bidirectional: true }, lengths: [5, 0, 9, 2], states: 2 }],
  ['lengths without first state', { lengths: [0, 1, 6, 3] }],
]

describe.each(['RNN', 'GRU', 'LSTM'] as const)('%s as a node is its loop', (kind: Kind) => {
  test.each(cases)('%s', async (_, { options = {}, batch = 4, steps = 6, lengths, states = 0 }) => {
    const layer: Recurrent = new kinds[kind](3, 5, options)
    initialize(layer, { seed: 1 })
    const timeFirst = 'timeFirst' in options
    const directions = parameters(layer).has('weight_ih_l0_reverse') ? 2 : 1
    const rows = directions * [0, 1, 2].filter((k) => parameters(layer).has(`weight_ih_l${k}`)).length
    const x = numbers(timeFirst ? [steps, batch, 3] : [batch, steps, 3])
    const start = ['hidden', 'cell'].slice(0, kind === 'LSTM' ? states : Math.min(states, 1))
    // lengths that are known only when the program runs are not checked while it is made
    const sizes = lengths && tensor(lengths, { dtype: 'i32' }).add(tensor([0], { dtype: 'i32' }))
    const leaves = [x, ...parameters(layer).values(), ...start.map((_s, i) => numbers([rows, batch, 5], 7 + i))]
    const forward = (): Tensor[] =>
      all(
        layer.forward(x, {
          ...Object.fromEntries(start.map((name, i) => [name, leaves[leaves.length - start.length + i]!])),
          ...(sizes && { lengths: sizes }),
        }),
      )
    const [node, loop] = [forward(), asLoop(new kinds[kind](1, 1), forward)]
    expect([hasNodes(node), hasNodes(loop)]).toEqual([true, false])
    await expectSame(node, loop)
    const score = (ts: readonly Tensor[]): Tensor => ts.map((t, i) => t.mul(numbers(t.shape, i)).sum()).reduce((a, b) => a.add(b))
    await expectSame(gradients(score(node), leaves), gradients(score(loop), leaves), 1e-4, 1e-5)
    // of one result alone
    await expectSame(gradients(score(node.slice(1, 2)), leaves), gradients(score(loop.slice(1, 2)), leaves), 1e-4, 1e-5)
  })

  test('padding may hold anything, results one by one too', async () => {
    const layer = new kinds[kind](3, 4, { bidirectional: true })
    initialize(layer)
    const lengths = [2, 5]
    const x = numbers([2, 5, 3])
    const dirty = x.maskedFill(lengthMask(lengths, 5).unsqueeze(2).expand([2, 5, 3]).not(), Number.NaN)
    for (const [i, want] of asLoop(layer, () => all(layer.forward(x, { lengths }))).entries())
      await expectSame([all(layer.forward(dirty, { lengths }))[i]!], [want])
  })

  test('second derivatives', async () => {
    const layer = new kinds[kind](2, 3)
    initialize(layer)
    const x = numbers([2, 3, 2])
    const leaves = [x, ...parameters(layer).values()]
    const second = (): Tensor[] => {
      const first = gradients(
        layer
          .forward(x, { lengths: [3, 1] })
          .output.square()
          .sum(),
        leaves,
      )
      return gradients(
        first.map((g) => g.square().sum()).reduce((a, b) => a.add(b)),
        leaves,
      )
    }
    await expectSame(second(), asLoop(layer, second), 1e-4, 1e-5)
  })

  test.each([
    ['one layer', {}],
    ['two layers, both directions', { layers: 2, bidirectional: true }],
    ['without bias, time first inside', { bias: false }],
  ])('exported with a free batch: %s', async (_, options) => {
    const layer = new kinds[kind](3, 4, options)
    initialize(layer)
    const net = { layer, forward: (x: Tensor): Tensor => layer.forward(x).output }
    const bytes = onnxBytes(net, { input: [5, 3] })
    expect(Buffer.from(bytes).includes('Scan')).toBe(false)
    await expectStock(net, bytes, [5, 3])
  })
})

/** A stock runtime, with several batch sizes, gives what the loop gives. */
async function expectStock(net: Layer, bytes: Uint8Array, input: readonly number[]): Promise<void> {
  const session = await InferenceSession.create(bytes)
  for (const n of [1, 2, 7]) {
    const x = numbers([n, ...input])
    const { logits } = await session.run({ x: new OrtTensor('float32', Float32Array.from(await x.data(), Number), x.shape) })
    const want = asLoop(net, () => net.forward(x))
    expectClose(
      { data: logits!.data as Float32Array, shape: logits!.dims },
      { data: await want.data(), shape: want.shape },
      { rtol: 1e-5, atol: 1e-6, label: `N ${n}` },
    )
  }
}

test('a last state is exported as well as outputs', async () => {
  const layer = new LSTM(3, 4, { layers: 2 })
  initialize(layer)
  const net = { layer, forward: (x: Tensor): Tensor => layer.forward(x).hidden.at(1) }
  await expectStock(net, onnxBytes(net, { input: [5, 3] }), [5, 3])
})

test('a wide GRU stays a loop in evaluation, and is a node in exported models', () => {
  const layer = new GRU(3, 64)
  expect([16, 17].map((n) => hasNodes([layer.forward(numbers([n, 2, 3])).output]))).toEqual([true, false])
  const net = { layer, forward: (x: Tensor): Tensor => layer.forward(x).output }
  expect(Buffer.from(onnxBytes(net, { input: [2, 3], batch: 17 })).includes('Scan')).toBe(false)
})

describe('a projected LSTM', () => {
  const make = (options: object = {}): LSTM => {
    const layer = new LSTM(3, 5, { projectionSize: 2, ...options })
    initialize(layer, { seed: 2 })
    return layer
  }

  test('has the names and shapes of PyTorch', () => {
    const shapes = Object.fromEntries([...parameters(make({ layers: 2, bidirectional: true }))].map(([name, p]) => [name, p.shape]))
    const side = (end: string, inputs: number): object => ({
      [`weight_ih_${end}`]: [20, inputs],
      [`weight_hh_${end}`]: [20, 2],
      [`bias_ih_${end}`]: [20],
      [`bias_hh_${end}`]: [20],
      [`weight_hr_${end}`]: [2, 5],
    })
    expect(shapes).toEqual({ ...side('l0', 3), ...side('l0_reverse', 3), ...side('l1', 4), ...side('l1_reverse', 4) })
  })

  test('by a plain loop in doubles', async () => {
    const layer = make()
    const [x, h0, c0] = [numbers([2, 4, 3]), numbers([1, 2, 2], 1), numbers([1, 2, 5], 2)]
    const of = async (t: Tensor): Promise<number[]> => Array.from(await t.data(), Number)
    const p = new Map(await Promise.all([...parameters(layer)].map(async ([name, t]) => [name, await of(t)] as const)))
    const [xs, h, c] = await Promise.all([x, h0, c0].map(of))
    const times = (w: string, rows: number, v: readonly number[]): number[] =>
      Array.from({ length: rows }, (_, i) => v.reduce((sum, vj, j) => sum + p.get(w)![i * v.length + j]! * vj, 0))
    const sigmoid = (v: number): number => 1 / (1 + Math.exp(-v))
    const outputs: number[] = []
    for (let n = 0; n < 2; n++) {
      let [hidden, cell] = [h!.slice(2 * n, 2 * n + 2), c!.slice(5 * n, 5 * n + 5)]
      for (let t = 0; t < 4; t++) {
        const [a, b] = [times('weight_ih_l0', 20, xs!.slice(12 * n + 3 * t, 12 * n + 3 * t + 3)), times('weight_hh_l0', 20, hidden)]
        const gates = a.map((v, i) => v + b[i]! + p.get('bias_ih_l0')![i]! + p.get('bias_hh_l0')![i]!)
        cell = cell.map((v, i) => sigmoid(gates[5 + i]!) * v + sigmoid(gates[i]!) * Math.tanh(gates[10 + i]!))
        hidden = times(
          'weight_hr_l0',
          2,
          cell.map((v, i) => sigmoid(gates[15 + i]!) * Math.tanh(v)),
        )
        outputs.push(...hidden)
      }
      expectClose({ data: await of(layer.forward(x, { hidden: h0, cell: c0 }).cell.at(0).at(n)), shape: [5] }, { data: cell, shape: [5] })
    }
    const { output, hidden } = layer.forward(x, { hidden: h0, cell: c0 })
    expectClose({ data: await of(output), shape: output.shape }, { data: outputs, shape: [2, 4, 2] })
    expect(hidden.shape).toEqual([1, 2, 2])
  })

  test('gives what PyTorch 2.13 gives in doubles, gradients too', async () => {
    const layer = make({ layers: 2, bidirectional: true })
    const sines = (size: number, turn: number, shift = 0): Float32Array =>
      Float32Array.from({ length: size }, (_, i) => Math.sin(turn * i + shift))
    const found = parameters(layer)
    for (const [k, name] of [...found.keys()].sort().entries()) {
      const p = found.get(name)!
      p.storage.array = sines(p.size, 0.7, k).map((v) => 0.4 * v)
    }
    const x = tensor(sines(24, 0.3), { shape: [2, 4, 3] })
    const { output, hidden, cell } = layer.forward(x)
    const [dx, dw] = gradients(output.square().sum().add(cell.sum()).add(hidden.sum()), [x, found.get('weight_hr_l0')!])
    const results: [Tensor, number[]][] = [
      [
        output.at(1),
        [
          0.0912282, -0.09144434, 0.15841103, -0.15251452, 0.12927199, -0.12998411, 0.14629882, -0.14097722, 0.14599382, -0.1472466,
          0.1235358, -0.11932932, 0.15447422, -0.15615197, 0.08189853, -0.07901019,
        ],
      ],
      [
        hidden.transpose([1, 0, 2]).at(0),
        [0.11151075, -0.09511687, 0.08185496, -0.09568466, 0.15420201, -0.15596274, 0.15735087, -0.15200836],
      ],
      [
        cell.at(3),
        [0.15779022, -0.06485008, -0.1773372, -0.33079888, -0.21899756, 0.15251434, -0.05577827, -0.18945225, -0.31634495, -0.23442841],
      ],
      [
        dx!.at(0),
        [
          0.10401119, -0.06747612, -0.20722835, -0.0427363, -0.12369227, -0.14647384, -0.1268995, -0.09668767, -0.02100211, -0.00423565,
          0.05650018, 0.09066308,
        ],
      ],
      [dw!, [-0.1202043, 0.13787893, -0.01608867, 0.31784167, 0.33318171, -0.09923803, 0.12352214, 0.00634404, 0.27686144, 0.30123394]],
    ]
    for (const [t, expected] of results) {
      const data = await t.data()
      expected.forEach((v, i) => {
        expect(data[i]).toBeCloseTo(v, 6)
      })
    }
  })

  test('first and second derivatives by finite differences', async () => {
    const layer = make({ bidirectional: true })
    const names = [...parameters(layer).keys()]
    const given = [...parameters(layer).values()].map((t, i) => numbers(t.shape, i).mul(0.3))
    const f = (x: Tensor, ...weights: Tensor[]): Tensor[] => {
      Object.assign(layer, Object.fromEntries(names.map((name, i) => [name, weights[i]!])))
      return all(layer.forward(x, { lengths: [2, 1] }))
    }
    await gradcheck(f, [numbers([2, 2, 3]), ...given], { order: 2, directions: 1 })
  })

  test('is carried from piece to piece', async () => {
    const memory = new Carried(make(), { batch: 2 })
    initialize(memory)
    expect([memory.hidden.shape, memory.cell!.shape]).toEqual([
      [1, 2, 2],
      [1, 2, 5],
    ])
    await expectSame([memory.forward(numbers([2, 4, 3]))], [memory.inner.forward(numbers([2, 4, 3])).output])
  })

  test('is exported with a free batch', async () => {
    const layer = make({ layers: 2, bidirectional: true })
    const net = { layer, forward: (x: Tensor): Tensor => layer.forward(x).output }
    await expectStock(net, onnxBytes(net, { input: [5, 3] }), [5, 3])
  })

  test('says what is wrong', () => {
    expect(() => make({ projectionSize: 5 })).toThrow('LSTM: projectionSize is 5; a projection is narrower than the width 5: leave it out')
    expect(() => make({ projectionSize: 0 })).toThrow('LSTM: projectionSize is 0')
    expect(() => make().forward(numbers([2, 4, 3]), { cell: numbers([1, 2, 2]) })).toThrow(/is not \(1, 2, 5\)/)
  })
})
