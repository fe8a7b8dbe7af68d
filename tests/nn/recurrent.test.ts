import { describe, expect, test } from 'vitest'
import { gradients } from '../../src/autodiff/grad.js'
import { topological } from '../../src/graph/walk.js'
import {
  compute,
  concat,
  defineMultiOp,
  GRU,
  GRUCell,
  grad,
  gradcheck,
  initialize,
  Linear,
  LSTM,
  LSTMCell,
  lengthMask,
  onnxBytes,
  parameters,
  RNN,
  RNNCell,
  sgd,
  stopGradient,
  type Tensor,
  tensor,
  trainStep,
} from '../../src/index.js'
import { Carried } from '../../src/nn/index.js'
import { trace } from '../../src/nn/scope.js'
import { expectClose } from '../compare.js'
import { numbers } from './layering.js'

type Recurrent = RNN | GRU | LSTM
const kinds = { RNN, GRU, LSTM }
type Kind = keyof typeof kinds

/** ONNX's own recurrent nodes; gates in their order, both directions stacked. */
const fused = defineMultiOp({
  name: 'test.fusedRecurrent',
  args: (inputs: readonly Tensor[], attrs: { kind: Kind; width: number; directions: number; relu: boolean }) => [inputs, attrs],
  spec: ([x], { kind, width, directions }) => {
    const [steps, batch] = x!.shape as readonly [number, number]
    const state = { shape: [directions, batch, width], dtype: x!.dtype }
    return [{ shape: [steps, directions, batch, width], dtype: x!.dtype }, state, ...(kind === 'LSTM' ? [state] : [])]
  },
  onnx: (e, [x, w, r, b, lengths, h, c], { kind, width, directions, relu }) =>
    e.many(kind, [x, w, r, b, lengths, h, ...(c ? [c] : [])], kind === 'LSTM' ? 3 : 2, {
      hidden_size: width,
      direction: directions === 2 ? 'bidirectional' : 'forward',
      ...(kind === 'GRU' && { linear_before_reset: 1 }),
      ...(relu && { activations: Array<string>(directions).fill('Relu') }),
    }),
})

/** Blocks of a weight in another order. */
const reorder = (w: Tensor, order: readonly number[], width: number): Tensor =>
  w
    .reshape([order.length, width, -1])
    .take(tensor([...order], { dtype: 'i32' }))
    .reshape(w.shape)

// ours to ONNX's: LSTM i f g o → i o f c; GRU r z n → z r h
const gateOrder: Record<Kind, readonly number[]> = { RNN: [0], LSTM: [0, 3, 1, 2], GRU: [1, 0, 2] }

/** A one-layer net by the runtime's fused node: output (N, T, directions · D) and states. */
function byRuntime(
  kind: Kind,
  layer: Recurrent,
  x: Tensor,
  width: number,
  lengths: readonly number[],
  states: readonly Tensor[],
  relu = false,
): Tensor[] {
  const params = parameters(layer)
  const sides = params.has('weight_ih_l0_reverse') ? ['', '_reverse'] : ['']
  const side = (name: string, s: string): Tensor => reorder(params.get(`${name}_l0${s}`)!, gateOrder[kind], width)
  const weights = (name: string): Tensor => sides.map((s) => side(name, s).unsqueeze(0)).reduce((a, b) => concat([a, b]))
  const bias = sides.map((s) => concat([side('bias_ih', s), side('bias_hh', s)]).unsqueeze(0)).reduce((a, b) => concat([a, b]))
  const sizes = tensor([...lengths], { dtype: 'i32' })
  const [y, ...last] = fused([x.transpose([1, 0, 2]), weights('weight_ih'), weights('weight_hh'), bias, sizes, ...states], {
    kind,
    width,
    directions: sides.length,
    relu,
  })
  const [steps, batch] = [x.shape[1]!, x.shape[0]!]
  return [y!.transpose([2, 0, 1, 3]).reshape([batch, steps, sides.length * width]), ...last]
}

const statesOf = (result: { output: Tensor; hidden: Tensor; cell?: Tensor }): Tensor[] => [
  result.output,
  result.hidden,
  ...(result.cell ? [result.cell] : []),
]
const started = (states: readonly Tensor[]): { hidden?: Tensor; cell?: Tensor } => ({
  ...(states[0] && { hidden: states[0] }),
  ...(states[1] && { cell: states[1] }),
})

async function expectSameTensors(got: readonly Tensor[], want: readonly Tensor[], rtol = 1e-5, atol = 2e-6): Promise<void> {
  expect(got.length).toBe(want.length)
  const values = await compute([...got, ...want])
  got.forEach((g, i) => {
    expectClose(
      { data: values[i]!, shape: g.shape },
      { data: values[got.length + i]!, shape: want[i]!.shape },
      { rtol, atol, label: `tensor ${i}` },
    )
  })
}

describe.each(['RNN', 'GRU', 'LSTM'] as const)('%s', (kind) => {
  const make = (inputs: number, width: number, options = {}): Recurrent => {
    const layer = new kinds[kind](inputs, width, options)
    initialize(layer, { seed: 3 })
    return layer
  }

  test.each([
    [1, 3, false],
    [7, 2, false],
    [40, 3, true],
  ])("the runtime's fused node, %i steps, batch %i, both directions: %s", async (steps, batch, bidirectional) => {
    const layer = make(3, 4, { bidirectional })
    const x = numbers([batch, steps, 3])
    const directions = bidirectional ? 2 : 1
    const states = [numbers([directions, batch, 4], 1), numbers([directions, batch, 4], 2)].slice(0, kind === 'LSTM' ? 2 : 1)
    const lengths = Array.from({ length: batch }, (_, i) => Math.max(1, steps - 3 * i))
    const loop = trace(layer, { training: true }, () => layer.forward(x, { ...started(states), lengths })).result
    await expectSameTensors(statesOf(loop), byRuntime(kind, layer, x, 4, lengths, states))
  })

  test('sequences of several lengths are those sequences run alone, forward and in gradients', async () => {
    const layer = make(3, 4, { layers: 2, bidirectional: true })
    const lengths = [5, 2, 6]
    const x = numbers([3, 6, 3])
    // what lies past a length must not matter, not even NaN
    const dirty = lengthMask(lengths, 6).unsqueeze(2).expand([3, 6, 3])
    const together = statesOf(layer.forward(x.maskedFill(dirty.not(), Number.NaN), { lengths }))
    const alone = lengths.map((n, i) =>
      statesOf(
        layer.forward(
          x.slice([
            [i, i + 1],
            [0, n],
          ]),
        ),
      ),
    )
    const outputs = alone.map(([y], i) =>
      y!.pad([
        [0, 0],
        [0, 6 - lengths[i]!],
        [0, 0],
      ]),
    )
    const want = [
      concat(outputs),
      ...together.slice(1).map((_, s) =>
        concat(
          alone.map((one) => one[s + 1]!),
          1,
        ),
      ),
    ]
    await expectSameTensors(together, want)
    const params = [...parameters(layer).values()]
    const score = (ts: readonly Tensor[]): Tensor => ts.map((t, i) => t.mul(numbers(t.shape, i)).sum()).reduce((a, b) => a.add(b))
    await expectSameTensors(gradients(score(together), params), gradients(score(want), params), 1e-4, 1e-5)
  })

  test('a run in two parts is the run, cells are its steps, time may come first, a batch may be missing', async () => {
    const layer = make(3, 4, { layers: 1 })
    const x = numbers([2, 9, 3])
    const whole = layer.forward(x)
    const first = layer.forward(x.slice([null, [0, 4]]))
    const second = layer.forward(x.slice([null, [4, 9]]), first)
    await expectSameTensors(statesOf(whole), [concat([first.output, second.output], 1), ...statesOf(second).slice(1)])
    const timed = make(3, 4, { timeFirst: true })
    await expectSameTensors([timed.forward(x.transpose(0, 1)).output], [whole.output.transpose(0, 1)])
    const single = layer.forward(x.at(1))
    await expectSameTensors([single.output, single.hidden], [whole.output.at(1), whole.hidden.slice([null, [1, 2]]).squeeze(1)])
  })

  test('first and second derivatives by finite differences', async () => {
    const layer = make(2, 3, { bidirectional: true })
    const x = numbers([2, 3, 2])
    const params = parameters(layer)
    const states = [numbers([2, 2, 3], 1), numbers([2, 2, 3], 2)].slice(0, kind === 'LSTM' ? 2 : 1)
    const f = (input: Tensor, ...rest: Tensor[]): Tensor[] => {
      const starts = rest.slice(0, states.length)
      // the layer reads its weights from its fields
      Object.assign(layer, Object.fromEntries([...params.keys()].map((name, i) => [name, rest[states.length + i]!])))
      return statesOf(layer.forward(input, { ...started(starts), lengths: [3, 2] }))
    }
    await gradcheck(f, [x, ...states, ...[...params.values()].map((p, i) => numbers(p.shape, 3 + i).mul(0.3))], { order: 2, directions: 1 })
  })
})

test('the graph of a step and its gradient is as large for 2,048 steps as for 64', () => {
  const layer = new LSTM(2, 3, { bidirectional: true })
  const nodes = (steps: number): number => {
    const score = layer.forward(numbers([2, steps, 2])).output.sum()
    return topological(gradients(score, [...parameters(layer).values()])).length
  }
  expect(nodes(2048)).toBe(nodes(64))
})

test('a net that reads sequences is exported with standard operators', () => {
  const layer = new GRU(2, 3)
  const net = { layer, forward: (x: Tensor): Tensor => layer.forward(x).output }
  expect(onnxBytes(net, { input: [5, 2], batch: 2 }).length).toBeGreaterThan(100)
})

test('relu in the place of tanh, by the fused node', async () => {
  const layer = new RNN(3, 4, { nonlinearity: 'relu', bidirectional: true })
  initialize(layer)
  const [x, h] = [numbers([2, 5, 3]), numbers([2, 2, 4], 1)]
  await expectSameTensors(statesOf(layer.forward(x, { hidden: h })), byRuntime('RNN', layer, x, 4, [5, 5], [h], true))
})

test('cells step as their layers do', async () => {
  const [x, h, c] = [numbers([2, 3]), numbers([2, 4], 1), numbers([2, 4], 2)]
  const together = (layer: object, cell: object): void => {
    initialize(layer)
    Object.assign(cell, Object.fromEntries([...parameters(layer)].map(([name, p]) => [name.replace('_l0', ''), p])))
  }
  const [rnn, rnnCell, gru, gruCell, lstm, lstmCell] = [
    new RNN(3, 4),
    new RNNCell(3, 4),
    new GRU(3, 4),
    new GRUCell(3, 4),
    new LSTM(3, 4),
    new LSTMCell(3, 4),
  ]
  together(rnn, rnnCell)
  together(gru, gruCell)
  together(lstm, lstmCell)
  const [sequence, start, cell] = [x.unsqueeze(1), h.unsqueeze(0), c.unsqueeze(0)]
  const after = lstmCell.forward(x, { hidden: h, cell: c })
  const long = lstm.forward(sequence, { hidden: start, cell })
  await expectSameTensors(
    [rnnCell.forward(x, h), gruCell.forward(x, h), after.hidden, after.cell, lstmCell.forward(x.at(1)).hidden],
    [
      rnn.forward(sequence, { hidden: start }).hidden.at(0),
      gru.forward(sequence, { hidden: start }).hidden.at(0),
      long.hidden.at(0),
      long.cell.at(0),
      lstm.forward(sequence).hidden.at(0, 1),
    ],
  )
})

test('dropout acts between layers, in training only', async () => {
  const layer = new LSTM(3, 64, { layers: 2, dropout: 0.5 })
  initialize(layer)
  const x = numbers([2, 4, 3])
  const run = (training: boolean): Tensor => trace(layer, { training }, () => layer.forward(x).output).result
  const [dropped, still, again] = await compute([run(true), run(false), layer.forward(x).output])
  expect([...still!]).toEqual([...again!])
  expect([...dropped!]).not.toEqual([...still!])
  const one = new LSTM(3, 64, { dropout: 0.5 })
  initialize(one)
  const [a, b] = await compute([true, false].map((training) => trace(one, { training }, () => one.forward(x).output).result))
  // a loop in training, one node in evaluation
  expectClose([...a!], [...b!], { rtol: 1e-5, atol: 1e-6 })
})

test('truncated back-propagation: a state handed on through stopGradient ends the gradient, not the memory', async () => {
  const layer = new GRU(2, 3)
  initialize(layer)
  const read = new Linear(3, 1)
  initialize(read)
  const first = numbers([1, 4, 2])
  const second = numbers([1, 4, 2], 1)
  const loss =
    (cut: boolean) =>
    (x: Tensor): Tensor => {
      const { hidden } = layer.forward(x)
      return read.forward(layer.forward(second, { hidden: cut ? stopGradient(hidden) : hidden }).output).sum()
    }
  const [whole, truncated] = await compute([grad(loss(false))(first), grad(loss(true))(first)])
  expect(Math.max(...Array.from(whole!, Number).map(Math.abs))).toBeGreaterThan(1e-4)
  expect([...truncated!].every((v) => v === 0)).toBe(true)
  const [a, b] = await compute([loss(false)(first), loss(true)(first)])
  expect([...a!]).toEqual([...b!])
})

test.each(['RNN', 'GRU', 'LSTM'] as const)(
  'a carried %s goes on where the last training step ended, and begins anew where told',
  async (kind) => {
    const memory = new Carried(new kinds[kind](2, 3), { batch: 2 })
    initialize(memory)
    expect(parameters(memory).get('hidden')!.trainable).toBe(false)
    const x = numbers([2, 8, 2])
    const step = trainStep(memory, sgd({ lr: 0 }), ({ piece, fresh }: { piece: Tensor; fresh: Tensor }) =>
      memory.forward(piece, { fresh }).square().mean(),
    )
    const losses: number[] = []
    for (const [start, fresh] of [
      [0, [true, true]],
      [4, [false, true]],
    ] as const) {
      const piece = tensor(await x.slice([null, [start, start + 4]]).data(), { shape: [2, 4, 2] })
      losses.push((await step({ piece, fresh: tensor([...fresh]) })).loss)
    }
    const whole = memory.inner.forward(x).output
    const second = concat([
      whole.slice([
        [0, 1],
        [4, 8],
      ]),
      memory.inner.forward(
        x.slice([
          [1, 2],
          [4, 8],
        ]),
      ).output,
    ])
    const want = await Promise.all([whole.slice([null, [0, 4]]), second].map((y) => y.square().mean().item()))
    expectClose(losses, want, { rtol: 1e-5, atol: 1e-7 })
    // in evaluation the state is read, and stays
    const before = memory.hidden.storage.array!.slice()
    await memory.forward(x).data()
    expect([...memory.hidden.storage.array!]).toEqual([...before])
    expect(before.some((v) => v !== 0)).toBe(true)
  },
)

test.each(['GRU', 'LSTM'] as const)('with a span, a fresh %s forgets over 1 to that many steps', async (kind) => {
  const [width, span] = [400, 101]
  const layer = new kinds[kind](2, width, { span })
  const plain = new kinds[kind](2, width)
  for (const l of [layer, plain]) initialize(l, { seed: 3 })
  const biasOf = async (l: GRU | LSTM): Promise<Float32Array> => (await l.bias_ih_l0!.data()) as Float32Array
  const bias = await biasOf(layer as GRU)
  const gate = (k: number): number[] => Array.from(bias.subarray(k * width, (k + 1) * width))
  // an open gate of σ(ln u) = u / (u + 1) loses 1 / (u + 1) of the state in a step
  const times = gate(1).map((b) => Math.exp(b))
  expect(Math.min(...times)).toBeGreaterThanOrEqual(1)
  expect(Math.max(...times)).toBeLessThanOrEqual(span - 1)
  const mean = times.reduce((a, b) => a + b) / width
  expect(Math.abs(mean - span / 2)).toBeLessThan(5)
  if (kind === 'LSTM')
    expectClose(
      gate(0),
      gate(1).map((b) => -b),
    )
  // everything else starts as without it
  const others = kind === 'LSTM' ? [2, 3] : [0, 2]
  const before = await biasOf(plain as GRU)
  for (const k of others) expect(gate(k)).toEqual(Array.from(before.subarray(k * width, (k + 1) * width)))
  expect([...(await layer.weight_hh_l0!.data())]).toEqual([...(await plain.weight_hh_l0!.data())])
})

test.each<[string, () => unknown, RegExp]>([
  ['a span without gates', () => new RNN(3, 4, { span: 10 }), /RNN: span: it has no gates/],
  ['a span without bias', () => new GRU(3, 4, { span: 10, bias: false }), /GRU: span: without bias/],
  ['a span too short', () => new LSTM(3, 4, { span: 2 }), /LSTM: span is 2; give a number of steps above 2/],
  ['the wrong width', () => new LSTM(3, 4).forward(numbers([2, 5, 4])), /LSTM: \(2, 5, 4\) f32 is not \(N, T, 3\)/],
  ['no step', () => new RNN(3, 4).forward(numbers([2, 0, 3])), /RNN: x \(2, 0, 3\) has no step/],
  [
    'a state of another shape',
    () => new GRU(3, 4).forward(numbers([2, 5, 3]), { hidden: numbers([2, 1, 4]) }),
    /first state .*is not \(1, 2, 4\)/,
  ],
  ['a length beyond T', () => new GRU(3, 4).forward(numbers([2, 5, 3]), { lengths: [5, 6] }), /length 6 of sequence 1 lies outside 0 … 5/],
  ['a negative length', () => lengthMask([-1], 5), /length -1 of sequence 0/],
  ['a length that is no whole number', () => lengthMask([1.5], 5), /not all whole numbers/],
  ['too few lengths', () => new GRU(3, 4).forward(numbers([2, 5, 3]), { lengths: [5] }), /one for each of 2 sequences/],
  ['no width', () => new LSTM(3, 0), /LSTM: width is 0/],
  ['no layers', () => new GRU(3, 4, { layers: 0 }), /GRU: layers is 0/],
  ['an unknown nonlinearity', () => new RNN(3, 4, { nonlinearity: 'sigmoid' as never }), /neither 'tanh' nor 'relu'/],
  ['a time axis for a cell', () => new GRUCell(3, 4).forward(numbers([2, 5, 3])), /GRUCell: \(2, 5, 3\) f32 is not \(N, 3\)/],
  [
    'a state of another width for a cell',
    () => new LSTMCell(3, 4).forward(numbers([2, 3]), { hidden: numbers([2, 5]) }),
    /LSTMCell: the state/,
  ],
])('says what is wrong: %s', (_, f, message) => {
  expect(f).toThrow(message)
})
