import { describe, expect, test } from 'vitest'
import {
  AdaptiveAvgPool2d,
  BatchNorm1d,
  BatchNorm2d,
  BatchNorm3d,
  Conv1d,
  Conv2d,
  Conv3d,
  ConvTranspose1d,
  ConvTranspose2d,
  compute,
  Embedding,
  Flatten,
  GlobalAvgPool,
  GroupNorm,
  initialize,
  type Layer,
  LayerNorm,
  MaxPool2d,
  parameters,
  RMSNorm,
  type Tensor,
} from '../../src/index.js'
import { expectClose } from '../compare.js'
import { describeGoldens, type GoldenInput, type GoldenTensor, type GoldenTolerance } from '../goldens.js'
import { forward, numbers, shapesOf } from './layering.js'
import { builders, fill, type LayerCase, layerOf, passThrough, tensorOf } from './torch.js'

describeGoldens<{ cases: LayerCase[] }>('layers.json', ({ cases }) => {
  const known = cases.filter(({ kind }) => kind in builders)

  test.each(known)('$name: parameters are named and shaped as in PyTorch', (c) => {
    expect(shapesOf(layerOf(c).layer)).toEqual(Object.fromEntries(Object.entries(c.state).map(([name, { shape }]) => [name, shape])))
  })

  test.each(known.filter(({ steps }) => !steps))('$name', async (c) => {
    const { layer, params } = layerOf(c)
    const [input] = c.inputs
    const x = tensorOf(input!)
    const wrt = [...(input!.requires_grad ? [x] : []), ...params.values()]
    const { output, grads } = await passThrough(layer, x, { training: true, cotangent: tensorOf(c.grad_outputs[0]!), wrt })
    expectClose(output, c.outputs[0]!, { ...c.tol, label: 'output' })
    const wanted = [...(input!.requires_grad ? [c.grads.inputs[0]!] : []), ...[...params.keys()].map((name) => c.grads.params[name]!)]
    wanted.forEach((want, i) => {
      expectClose(grads[i]!, want.data, { ...c.tol, label: `gradient ${i}` })
    })
  })

  test.each(known.filter(({ steps }) => steps))('$name', async (c) => {
    const { layer, params } = layerOf(c)
    const trained = [...params].filter(([, p]) => p.trainable)
    for (const [t, step] of c.steps!.entries()) {
      const x = tensorOf(step.input)
      const { output, grads, updates } = await passThrough(layer, x, {
        training: step.mode === 'train',
        cotangent: tensorOf(step.grad_output),
        wrt: [x, ...trained.map(([, p]) => p)],
      })
      expectClose(output, step.output, { ...c.tol, label: `output ${t}` })
      expectClose(grads[0]!, step.grad_input.data, { ...c.tol, label: `input gradient ${t}` })
      trained.forEach(([name], i) => {
        expectClose(grads[i + 1]!, step.grad_params[name]!.data, { ...c.tol, label: `gradient of ${name} ${t}` })
      })
      expect(updates.size).toBe(step.mode === 'train' ? 3 : 0)
      for (const [p, values] of updates) fill(p, values)
      for (const [name, want] of Object.entries(step.buffers_after))
        expectClose(params.get(name)!.storage.array!, want.data, { ...c.tol, label: `${name} after step ${t}` })
    }
  })
})

interface OpCase {
  readonly name: string
  readonly op: string
  readonly attrs: { readonly normalized_shape: number[]; readonly num_groups: number; readonly eps: number }
  readonly inputs: readonly GoldenInput[]
  readonly outputs: readonly GoldenTensor[]
  readonly grad_outputs: readonly GoldenTensor[]
  readonly grads: readonly (GoldenTensor | null)[]
  readonly tol: GoldenTolerance
}

describeGoldens<{ cases: OpCase[] }>('ops.json', ({ cases }) => {
  const kinds: Readonly<Record<string, (c: OpCase, affine: boolean) => Layer>> = {
    layer_norm: ({ attrs }, affine) => new LayerNorm(attrs.normalized_shape, { eps: attrs.eps, affine }),
    rms_norm: ({ attrs }, affine) => new RMSNorm(attrs.normalized_shape, { eps: attrs.eps, affine }),
    group_norm: ({ attrs, inputs }, affine) => new GroupNorm(attrs.num_groups, inputs[0]!.shape[1]!, { eps: attrs.eps, affine }),
  }
  const known = cases.filter(({ op, name }) => op in kinds && !name.startsWith('second/'))
  test.each(known)('layer of $name', async (c) => {
    const layer = kinds[c.op]!(c, c.inputs.length > 1)
    const params = [...parameters(layer).values()]
    expect(params.length).toBe(c.inputs.length - 1)
    if (params.length > 0) initialize(layer)
    params.forEach((p, i) => {
      fill(p, c.inputs[i + 1]!.data.map(Number))
    })
    const x = tensorOf(c.inputs[0]!)
    const { output, grads } = await passThrough(layer, x, { training: true, cotangent: tensorOf(c.grad_outputs[0]!), wrt: [x, ...params] })
    expectClose(output, c.outputs[0]!, c.tol)
    grads.forEach((g, i) => {
      expectClose(g!, c.grads[i]!.data, { ...c.tol, label: `gradient ${i}` })
    })
  })
})

describe('parameters are named and shaped as in PyTorch', () => {
  const affine = { weight: [6], bias: [6] }
  const buffers = { running_mean: [6], running_var: [6], num_batches_tracked: [] }
  test.each<[string, object, Record<string, readonly number[]>]>([
    ['Conv1d', new Conv1d(4, 6, 3, { groups: 2 }), { weight: [6, 2, 3], bias: [6] }],
    ['Conv2d', new Conv2d(4, 6, [3, 2], { bias: false }), { weight: [6, 4, 3, 2] }],
    ['Conv3d', new Conv3d(4, 6, [1, 2, 3]), { weight: [6, 4, 1, 2, 3], bias: [6] }],
    ['ConvTranspose1d', new ConvTranspose1d(4, 6, 3, { groups: 2 }), { weight: [4, 3, 3], bias: [6] }],
    ['ConvTranspose2d', new ConvTranspose2d(4, 6, 3, { bias: false }), { weight: [4, 6, 3, 3] }],
    ['BatchNorm1d', new BatchNorm1d(6), { ...affine, ...buffers }],
    ['BatchNorm2d without affine', new BatchNorm2d(6, { affine: false }), buffers],
    ['BatchNorm3d without running values', new BatchNorm3d(6, { trackRunningStats: false }), affine],
    ['LayerNorm', new LayerNorm([2, 3]), { weight: [2, 3], bias: [2, 3] }],
    ['LayerNorm without bias', new LayerNorm(6, { bias: false }), { weight: [6] }],
    ['RMSNorm', new RMSNorm(6), { weight: [6] }],
    ['GroupNorm', new GroupNorm(3, 6), affine],
    ['Embedding', new Embedding(8, 6), { weight: [8, 6] }],
    ['MaxPool2d', new MaxPool2d(2), {}],
  ])('%s', (_, layer, want) => {
    const params = parameters(layer)
    expect([...params.keys()]).toEqual(Object.keys(want))
    expect(shapesOf(layer)).toEqual(want)
    for (const [name, p] of params) expect([name, p.trainable]).toEqual([name, !(name in buffers)])
    expect(params.get('num_batches_tracked')?.dtype ?? 'i64').toBe('i64')
  })
})

describe('forms of one layer agree', () => {
  const same = async (a: Tensor, b: Tensor): Promise<void> => {
    const [x, y] = await compute([a, b])
    expectClose({ data: x!, shape: a.shape }, { data: y!, shape: b.shape })
  }

  test("'same' padding keeps sizes in every mode, the odd place behind", async () => {
    for (const paddingMode of ['zeros', 'reflect', 'replicate', 'circular'] as const) {
      const layer = new Conv1d(2, 3, 4, { padding: 'same', paddingMode })
      initialize(layer)
      const x = numbers([2, 2, 6])
      const padded = x.pad([[1, 2]], { mode: paddingMode === 'zeros' ? 'constant' : paddingMode })
      const plain = new Conv1d(2, 3, 4)
      initialize(plain)
      expect(layer.forward(x).shape).toEqual([2, 3, 6])
      await same(layer.forward(x), plain.forward(padded))
    }
  })

  test('one group normalises whole examples; BatchNorm1d takes (N, C) as (N, C, 1)', async () => {
    const x = numbers([3, 4, 5])
    await same(new GroupNorm(1, 4, { affine: false }).forward(x), new LayerNorm([4, 5], { affine: false }).forward(x))
    const layer = new BatchNorm1d(5)
    initialize(layer)
    const flat = numbers([6, 5])
    await same(forward(layer, flat, true).result.unsqueeze(-1), forward(layer, flat.unsqueeze(-1), true).result)
  })

  test('a global pool is an adaptive pool to one position, flattened', async () => {
    const x = numbers([2, 3, 4, 5])
    await same(new GlobalAvgPool().forward(x), x.pipe(new AdaptiveAvgPool2d(1), new Flatten()))
  })
})

test.each<[string, () => unknown, RegExp]>([
  ['groups that do not divide', () => new Conv2d(3, 4, 3, { groups: 2 }), /Conv2d: 3 inputs cannot be shared evenly between 2 groups/],
  ['no channels', () => new ConvTranspose1d(0, 4, 3), /ConvTranspose1d: 0 is no number of inputs/],
  ['too many kernel sizes', () => new Conv1d(1, 1, [3, 3]), /Conv1d: kernel/],
  [
    "'same' with a stride",
    () => new Conv2d(1, 1, 3, { stride: 2, padding: 'same', paddingMode: 'reflect' }).forward(numbers([1, 1, 5, 5])),
    /stride 1/,
  ],
  ['a padding row outside', () => new Embedding(4, 2, { paddingIndex: 4 }), /Embedding: paddingIndex 4 is none of the 4 rows/],
  ['a momentum above 1', () => new BatchNorm1d(2, { momentum: 2 }), /BatchNorm1d: momentum 2/],
  ['wrong rank', () => new BatchNorm2d(2).forward(numbers([2, 2])), /BatchNorm2d: x \(2, 2\) has 2 axes, not 4/],
  ['one number per channel', () => forward(new BatchNorm1d(2), numbers([1, 2]), true), /larger batch/],
  ['channels in uneven groups', () => new GroupNorm(4, 6), /GroupNorm: 6 channels cannot be shared evenly between 4 groups/],
  ['nothing to normalise', () => new LayerNorm([]), /LayerNorm/],
  ['no positions', () => new GlobalAvgPool().forward(numbers([2, 3])), /no spatial axis/],
])('says what is wrong: %s', (_, f, message) => {
  expect(f).toThrow(message)
})
