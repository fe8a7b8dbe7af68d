import { describe, expect, test } from 'vitest'
import { substitute } from '../../src/graph/walk.js'
import {
  AdditiveAttention,
  attentionWeights,
  compute,
  concat,
  DotAttention,
  defineOp,
  float,
  gradcheck,
  initialize,
  LearnedPositions,
  lengthMask,
  linearAttention,
  MultiheadAttention,
  type Param,
  parameters,
  rotaryEmbedding,
  SelfAttention,
  SinusoidalPositions,
  scaledDotProductAttention,
  sinusoidalPositions,
  slidingWindowAttention,
  slidingWindowMask,
  type Tensor,
  TransformerDecoder,
  TransformerDecoderLayer,
  TransformerEncoder,
  TransformerEncoderLayer,
  tensor,
} from '../../src/index.js'
import { trace } from '../../src/nn/scope.js'
import { expectClose } from '../compare.js'
import { numbers, shapesOf } from './layering.js'

/** Numbers without a pattern, small enough that a softmax spreads. */
const small = (shape: readonly number[], salt = 0): Tensor => numbers(shape, salt).mul(0.5)

async function expectSame(got: Tensor, want: Tensor, rtol = 1e-5, atol = 2e-6): Promise<void> {
  const [a, b] = await compute([got, want])
  expectClose({ data: a!, shape: got.shape }, { data: b!, shape: want.shape }, { rtol, atol })
}

const ready = <T extends object>(layer: T): T => {
  initialize(layer, { seed: 5 })
  return layer
}

/** First and second derivatives with respect to inputs and all parameters. */
async function checkDerivatives(layer: object, forward: (...inputs: Tensor[]) => Tensor, inputs: readonly Tensor[]): Promise<void> {
  const params: Param[] = [...parameters(layer).values()]
  const f = (...all: Tensor[]): Tensor => {
    const y = forward(...all.slice(0, inputs.length))
    return substitute([y], new Map(params.map((p, i) => [p, all[inputs.length + i]!])))[0]!
  }
  await gradcheck(f, [...inputs, ...params.map((p, i) => numbers(p.shape, 3 + i).mul(0.3))], { order: 2, directions: 1 })
}

/** The runtime's own attention over heads side by side: (N, T, H · E). */
const fusedAttention = defineOp({
  name: 'test.fusedAttention',
  args: (q: Tensor, k: Tensor, v: Tensor, heads: number, causal: boolean) => [[q, k, v], { heads, causal }],
  spec: ([q, , v]) => ({ shape: [q!.shape[0]!, q!.shape[1]!, v!.shape[2]!], dtype: q!.dtype }),
  onnx: (e, [q, k, v], { heads, causal }) =>
    e('MultiHeadAttention', [q, k, v], { num_heads: heads, unidirectional: causal ? 1 : 0 }, 'com.microsoft'),
})

/** The runtime's own rotary embedding of (N, H, T, D), at places 0, 1, … */
const fusedRotary = defineOp({
  name: 'test.fusedRotary',
  args: (x: Tensor, places: Tensor, cos: Tensor, sin: Tensor, interleaved: boolean) => [[x, places, cos, sin], { interleaved }],
  spec: ([x]) => x!,
  onnx: (e, inputs, { interleaved }) => e('RotaryEmbedding', inputs, { interleaved: interleaved ? 1 : 0 }, 'com.microsoft'),
})

/** The runtime's own grouped, causal, rotary, windowed attention over heads side by side. */
const fusedGrouped = defineOp({
  name: 'test.fusedGrouped',
  args: (inputs: readonly Tensor[], heads: number, groups: number, window: number) => [inputs, { heads, groups, window }],
  spec: ([q]) => q!,
  onnx: (e, [q, k, v, lengths, total, cos, sin], { heads, groups, window }, node) => {
    const [batch, , width] = node.inputs[1]!.shape as readonly [number, number, number]
    const past = e.constant(new Float32Array(0), [batch, groups, 0, width / groups], 'f32')
    const attrs = { num_heads: heads, kv_num_heads: groups, do_rotary: 1, local_window_size: window, scale: float(0) }
    return e.many('GroupQueryAttention', [q, k, v, past, past, lengths, total, cos, sin], 3, attrs, 'com.microsoft')[0]!
  },
})

const tables = (places: number, width: number, base = 10_000): [Tensor, Tensor] => {
  const angle = (i: number): number => Math.floor(i / (width / 2)) * base ** (-(i % (width / 2)) / (width / 2))
  const table = (f: (x: number) => number): Tensor =>
    tensor(
      Float32Array.from({ length: (places * width) / 2 }, (_, i) => f(angle(i))),
      { shape: [places, width / 2] },
    )
  return [table(Math.cos), table(Math.sin)]
}

describe('MultiheadAttention', () => {
  test.each([false, true])("the runtime's fused node, causal: %s", async (causal) => {
    const layer = ready(new MultiheadAttention(8, 2))
    const x = small([2, 5, 8])
    const [q, k, v] = x.matmul(layer.in_proj_weight!.transpose()).split(8, 2)
    const want = layer.out_proj.forward(fusedAttention(q!, k!, v!, 2, causal))
    await expectSame(layer.forward(x, x, x, { causal }).output, want)
  })

  test('one product, two products or three give the same; weights are those of the heads', async () => {
    const layer = ready(new MultiheadAttention(8, 4))
    const [x, memory] = [small([2, 3, 8]), small([2, 5, 8], 1)]
    const copy = (t: Tensor): Tensor => t.add(0)
    await expectSame(layer.forward(x).output, layer.forward(x, copy(x), copy(x)).output)
    await expectSame(layer.forward(x, memory).output, layer.forward(x, memory, copy(memory)).output)
    const { weights } = layer.forward(x, memory)
    expect(weights.shape).toEqual([2, 4, 3, 5])
    await expectSame(weights.sum(-1), weights.sum(-1).mul(0).add(1))
  })

  test('hidden keys count for nothing, whatever stands there; without a batch; with a mask for each head', async () => {
    const layer = ready(new MultiheadAttention(8, 2))
    const [x, memory] = [small([2, 3, 8]), small([2, 5, 8], 1)]
    const keyMask = lengthMask([4, 2], 5)
    const long = layer.forward(x, memory, memory, { keyMask }).output
    const short = memory.slice([
      [1, 2],
      [0, 2],
    ])
    await expectSame(long.slice([[1, 2]]), layer.forward(x.slice([[1, 2]]), short).output)
    await expectSame(layer.forward(x.at(1), memory.at(1), memory.at(1), { keyMask: keyMask.at(1) }).output, long.at(1))
    const added = small([2, 3, 5], 3)
    const all = layer.forward(x, memory, memory, { keyMask, mask: added })
    const open = layer.forward(x, memory, memory, { mask: added.unsqueeze(0).add(keyMask.not().cast('f32').mul(-1e9).unsqueeze(1, 2)) })
    await expectSame(all.output, open.output)
    await expectSame(all.weights, open.weights)
  })

  test('dropout acts on the weights, in training only', async () => {
    const layer = ready(new MultiheadAttention(8, 2, { dropout: 0.5 }))
    const x = small([2, 5, 8])
    const [train, still, again] = await compute(
      [true, false].map((training) => trace(layer, { training }, () => layer.forward(x).output).result).concat(layer.forward(x).output),
    )
    expect([...still!]).toEqual([...again!])
    expect([...train!]).not.toEqual([...still!])
  })

  test('derivatives', async () => {
    const layer = new MultiheadAttention(4, 2, { keyWidth: 3, valueWidth: 2 })
    await checkDerivatives(layer, (q, k, v) => layer.forward(q!, k!, v!, { keyMask: lengthMask([3, 2], 3) }).output, [
      small([2, 2, 4]),
      small([2, 3, 3], 1),
      small([2, 3, 2], 2),
    ])
  })
})

describe('rotary embedding', () => {
  test.each(['half', 'interleaved'] as const)("the runtime's fused node, %s", async (style) => {
    const x = numbers([2, 3, 6, 8])
    const [cos, sin] = tables(16, 8, 500)
    const places = tensor(
      BigInt64Array.from({ length: 12 }, (_, i) => BigInt(i % 6)),
      { shape: [2, 6] },
    )
    await expectSame(rotaryEmbedding(x, { base: 500, style }), fusedRotary(x, places, cos, sin, style === 'interleaved'))
    await expectSame(rotaryEmbedding(x, { base: 500, style, positions: places }), rotaryEmbedding(x, { base: 500, style }))
  })

  test('products depend on distances only; places may be shifted; part of a width stays', async () => {
    const [q, k] = [numbers([1, 1, 4, 6]), numbers([1, 1, 4, 6], 1)]
    const scores = (offset: number): Tensor => rotaryEmbedding(q, { offset }).matmul(rotaryEmbedding(k, { offset }).transpose())
    await expectSame(scores(0), scores(37), 1e-4, 1e-4)
    const later = rotaryEmbedding(q, { positions: tensor([3, 4, 5, 6], { dtype: 'i32' }) })
    await expectSame(later, rotaryEmbedding(q, { offset: 3 }))
    await expectSame(rotaryEmbedding(q, { width: 4 }).slice([null, null, null, [4, 6]]), q.slice([null, null, null, [4, 6]]))
    await expectSame(rotaryEmbedding(q, { frequencies: [0, 0, 0] }), q)
  })
})

describe('SelfAttention', () => {
  test("the runtime's grouped, rotary, causal node, with and without a window", async () => {
    for (const window of [undefined, 3]) {
      const layer = ready(new SelfAttention(64, 4, { keyHeads: 2, rotary: true, ...(window && { window }) }))
      const x = small([2, 7, 64])
      const projected = [layer.q_proj, layer.k_proj, layer.v_proj].map((p) => p.forward(x))
      const last = tensor([6, 6], { dtype: 'i32' })
      const want = fusedGrouped([...projected, last, tensor([7], { dtype: 'i32' }), ...tables(16, 16)], 4, 2, window ?? -1)
      await expectSame(layer.forward(x), layer.o_proj.forward(want), 1e-4, 1e-5)
    }
  })

  test('padding at the end changes nothing before it; names and shapes are those of checkpoints', async () => {
    const layer = ready(new SelfAttention(8, 4, { keyHeads: 2, causal: false, rotary: true, bias: true, outputBias: false }))
    const x = small([2, 5, 8])
    await expectSame(
      layer.forward(x, { keyMask: lengthMask([5, 3], 5) }).slice([
        [1, 2],
        [0, 3],
      ]),
      layer.forward(
        x.slice([
          [1, 2],
          [0, 3],
        ]),
      ),
    )
    expect(shapesOf(layer)).toEqual({
      'q_proj.weight': [8, 8],
      'q_proj.bias': [8],
      'k_proj.weight': [4, 8],
      'k_proj.bias': [4],
      'v_proj.weight': [4, 8],
      'v_proj.bias': [4],
      'o_proj.weight': [8, 8],
    })
  })

  test('derivatives', async () => {
    const layer = new SelfAttention(4, 2, { keyHeads: 1, rotary: true })
    await checkDerivatives(layer, (x) => layer.forward(x!), [small([1, 3, 4])])
  })
})

describe('windows', () => {
  test.each([
    [100, 5, true, 2],
    [100, 5, false, 1],
    [97, 40, true, 1],
    [131, 40, false, 2],
    [20, 4, true, 1],
    [65, 1, false, 2],
  ])('%i steps, window %i, causal %s: as attention under a mask', async (steps, window, causal, shared) => {
    const [q, k, v] = [small([2, 2 * shared, steps, 4]), small([2, 2, steps, 4], 1), small([2, 2, steps, 3], 2)]
    const mask = slidingWindowMask(steps, steps, { window, causal })
    await expectSame(slidingWindowAttention(q, k, v, { window, causal }), scaledDotProductAttention(q, k, v, { mask }))
    const keyMask = lengthMask([steps - 3, 9], steps)
    await expectSame(
      slidingWindowAttention(q, k, v, { window, causal, keyMask }),
      scaledDotProductAttention(q, k, v, { mask: mask.and(keyMask.unsqueeze(1, 2)) }),
    )
  })

  test('derivatives across blocks', async () => {
    const [q, k, v] = [small([1, 1, 70, 2]), small([1, 1, 70, 2], 1), small([1, 1, 70, 2], 2)]
    await gradcheck((a, b, c) => slidingWindowAttention(a!, b!, c!, { window: 3 }), [q, k, v], { order: 2, directions: 1 })
  })
})

describe('linear attention', () => {
  /** The formula with all pairs written out. */
  function pairs(q: Tensor, k: Tensor, v: Tensor, visible?: Tensor): Tensor {
    const feature = (x: Tensor): Tensor => x.elu().add(1)
    const scores = feature(q).matmul(feature(k).transpose())
    const seen = visible ? scores.mul(visible.cast('f32')) : scores
    return seen.matmul(v).div(seen.sum(-1, { keep: true }))
  }

  test.each([
    [1, 64],
    [10, 4],
    [130, 64],
    [64, 64],
  ])('%i steps in chunks of %i: the quadratic formula', async (steps, chunk) => {
    const [q, k, v] = [numbers([2, 3, steps, 4]), numbers([2, 3, steps, 4], 1), numbers([2, 3, steps, 5], 2)]
    await expectSame(linearAttention(q, k, v), pairs(q, k, v), 1e-4, 1e-5)
    const triangle = slidingWindowMask(steps, steps, { window: steps })
    await expectSame(linearAttention(q, k, v, { causal: true, chunk }), pairs(q, k, v, triangle), 1e-4, 1e-5)
    const keyMask = lengthMask([steps, Math.ceil(steps / 2)], steps)
    await expectSame(linearAttention(q, k, v, { keyMask }), pairs(q, k, v, keyMask.unsqueeze(1, 2)), 1e-4, 1e-5)
  })

  test('derivatives, and 0 where nothing is seen', async () => {
    const [q, k, v] = [small([1, 2, 5, 2]), small([1, 2, 5, 2], 1), small([1, 2, 5, 3], 2)]
    await gradcheck((a, b, c) => linearAttention(a!, b!, c!, { causal: true, chunk: 2 }), [q, k, v], { order: 2, directions: 1 })
    const none = await linearAttention(q, k, v, { keyMask: lengthMask([0], 5) }).data()
    expect([...none].every((x) => x === 0)).toBe(true)
  })
})

describe('soft attention', () => {
  test('additive: vᵀ tanh(W q + U k), key by key', async () => {
    const layer = ready(new AdditiveAttention(3, 4, 5))
    const [q, keys] = [small([2, 3]), small([2, 6, 4], 1)]
    const { output, weights } = layer.forward(q, keys, { keyMask: lengthMask([6, 4], 6) })
    const scores = [...Array(6).keys()].map((s) =>
      layer.score.forward(
        layer.query
          .forward(q)
          .add(layer.key.forward(keys.slice([null, [s, s + 1]]).squeeze(1)))
          .tanh(),
      ),
    )
    const shown = scores.reduce((a, b) => concat([a, b], 1)).softmax(-1)
    await expectSame(weights.at(0), shown.at(0))
    await expectSame(output.at(0), shown.at(0).matmul(keys.at(0)))
    expect([...(await weights.at(1).data())].slice(4)).toEqual([0, 0])
    const both = layer.forward(q.unsqueeze(1), keys)
    expect(both.output.shape).toEqual([2, 1, 4])
    await checkDerivatives(layer, (a, b) => layer.forward(a!, b!).output, [q, keys])
  })

  test('dot and general', async () => {
    const [q, keys, values] = [small([2, 2, 3]), small([2, 6, 3], 1), small([2, 6, 2], 2)]
    const { output, weights } = new DotAttention(3).forward(q, keys, { values })
    await expectSame(output, scaledDotProductAttention(q, keys, values, { scale: 1 }))
    await expectSame(weights, attentionWeights(q, keys, { scale: 1 }))
    const general = ready(new DotAttention(3, 5, { score: 'general' }))
    const wide = small([2, 6, 5], 3)
    await expectSame(general.forward(q, wide).weights, attentionWeights(q, general.key!.forward(wide), { scale: 1 }))
    await checkDerivatives(general, (a, b) => general.forward(a!, b!).output, [q, wide])
  })
})

describe('positions', () => {
  test('sines and cosines of their formula', async () => {
    const table = await sinusoidalPositions(3, 4, { offset: 5 }).data()
    const want = [5, 6, 7].flatMap((t) => [Math.sin(t), Math.cos(t), Math.sin(t / 100), Math.cos(t / 100)])
    expectClose(table, want)
    const x = numbers([2, 3, 4])
    await expectSame(
      new SinusoidalPositions(4).forward(x, { offset: 5 }).sub(x),
      sinusoidalPositions(3, 4, { offset: 5 }).expand([2, 3, 4]),
    )
  })

  test('learned ones are rows of a table', async () => {
    const layer = ready(new LearnedPositions(8, 4))
    const x = numbers([2, 3, 4])
    await expectSame(layer.forward(x, { offset: 2 }), x.add(layer.weight.slice([[2, 5]])))
  })
})

describe('Transformer', () => {
  test('a decoder layer, part by part', async () => {
    for (const normFirst of [false, true]) {
      const layer = ready(new TransformerDecoderLayer(8, 2, { normFirst, activation: 'gelu', hidden: 12 }))
      const [x, memory] = [small([2, 4, 8]), small([2, 5, 8], 1)]
      const memoryKeyMask = lengthMask([5, 3], 5)
      const parts: [(h: Tensor) => Tensor, { forward(x: Tensor): Tensor }][] = [
        [(h) => layer.self_attn.forward(h, h, h, { causal: true }).output, layer.norm1],
        [(h) => layer.multihead_attn.forward(h, memory, memory, { keyMask: memoryKeyMask }).output, layer.norm2],
        [(h) => layer.linear2.forward(layer.linear1.forward(h).gelu()), layer.norm3],
      ]
      const want = parts.reduce((h, [f, norm]) => (normFirst ? h.add(f(norm.forward(h))) : norm.forward(h.add(f(h)))), x)
      await expectSame(layer.forward(x, memory, { memoryKeyMask }), want)
      const changed = layer.forward(concatLast(x), memory, { memoryKeyMask })
      await expectSame(changed.slice([null, [0, 3]]), want.slice([null, [0, 3]]))
    }
  })

  test('stacks are their layers, with a norm at the end when pre-norm', async () => {
    const encoder = ready(new TransformerEncoder(8, 2, 2, { normFirst: true }))
    const decoder = ready(new TransformerDecoder(8, 2, 2, { norm: false }))
    const x = small([2, 4, 8])
    const [a, b] = encoder.layers
    await expectSame(encoder.forward(x), encoder.norm!.forward(b!.forward(a!.forward(x))))
    const [c, d] = decoder.layers
    await expectSame(decoder.forward(x, x), d!.forward(c!.forward(x, x), x))
    expect(Object.keys(shapesOf(encoder)).filter((n) => !n.startsWith('layers.1'))).toContain('layers.0.self_attn.in_proj_weight')
    expect(shapesOf(encoder)['layers.1.linear1.weight']).toEqual([32, 8])
    expect(decoder.norm).toBeUndefined()
  })

  test('derivatives of an encoder layer, pre-norm and post-norm', async () => {
    for (const normFirst of [false, true]) {
      const layer = new TransformerEncoderLayer(4, 2, { normFirst, activation: 'gelu', hidden: 3 })
      await checkDerivatives(layer, (x) => layer.forward(x!, { causal: true }), [small([1, 3, 4])])
    }
  })
})

/** x with another last step. */
const concatLast = (x: Tensor): Tensor =>
  x.slice([null, [0, 3]]).pad(
    [
      [0, 0],
      [0, 1],
      [0, 0],
    ],
    { value: 7 },
  )

test.each<[string, () => unknown, RegExp]>([
  ['heads that do not divide', () => new MultiheadAttention(8, 3), /width 8 cannot be shared evenly between 3 heads/],
  ['heads of a Transformer', () => new TransformerEncoderLayer(8, 3), /width 8 cannot be shared evenly between 3 heads/],
  ['the wrong width', () => new MultiheadAttention(8, 2).forward(numbers([2, 3, 6])), /the query has width 6, not 8/],
  [
    'the wrong width of keys',
    () => new MultiheadAttention(8, 2, { keyWidth: 5 }).forward(numbers([2, 3, 8])),
    /the key has width 8, not 5/,
  ],
  [
    'fewer values',
    () => new MultiheadAttention(8, 2).forward(numbers([2, 3, 8]), numbers([2, 4, 8]), numbers([2, 3, 8])),
    /not one value for each key/,
  ],
  ['other batches', () => new MultiheadAttention(8, 2).forward(numbers([2, 3, 8]), numbers([3, 3, 8])), /batches differ/],
  [
    'padding in numbers',
    () => new MultiheadAttention(8, 2).forward(numbers([2, 3, 8]), undefined, undefined, { keyMask: numbers([2, 3]) }),
    /keyMask is f32, not bool/,
  ],
  ['shared heads that do not divide', () => new SelfAttention(8, 4, { keyHeads: 3 }), /4 heads cannot share 3 heads of keys/],
  [
    'a mask beside a window',
    () => new SelfAttention(8, 2, { window: 2 }).forward(numbers([1, 3, 8]), { mask: numbers([3, 3]) }),
    /takes no mask/,
  ],
  ['no window', () => slidingWindowMask(3, 3, { window: 0 }), /a window of 0 keys/],
  ['an odd width to turn', () => rotaryEmbedding(numbers([2, 3])), /cannot turn 3 numbers/],
  ['too few frequencies', () => rotaryEmbedding(numbers([2, 4]), { frequencies: [1] }), /1 frequencies for 2 pairs/],
  [
    'positions for other steps',
    () => rotaryEmbedding(numbers([2, 4]), { positions: tensor([1, 2, 3], { dtype: 'i32' }) }),
    /positions \(3\) do not fit/,
  ],
  [
    'causal with other keys',
    () => linearAttention(numbers([1, 1, 3, 2]), numbers([1, 1, 4, 2]), numbers([1, 1, 4, 2]), { causal: true }),
    /as many keys as queries/,
  ],
  ['widths without a product', () => new DotAttention(3, 4), /score: 'general'/],
  ['a place too far', () => new LearnedPositions(4, 2).forward(numbers([1, 5, 2])), /beyond the 4 places/],
  ['an unknown activation', () => new TransformerEncoderLayer(8, 2, { activation: 'sine' as never }), /activation 'sine'/],
  ['no layers', () => new TransformerDecoder(8, 2, 0), /0 is no number of layers/],
])('says what is wrong: %s', (_, f, message) => {
  expect(f).toThrow(message)
})
