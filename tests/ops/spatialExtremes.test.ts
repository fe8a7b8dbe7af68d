/** NaN, infinities and ties in pools; what spatial ops say when called wrongly. */
import { describe, expect, test } from 'vitest'
import { gradients } from '../../src/autodiff/grad.js'
import { compute, tensor } from '../../src/index.js'
import { fromData, type Tensor } from '../../src/tensor/tensor.js'
import { expectSame } from '../compare.js'
import * as ops from './allOps.js'
import { some } from './examples.js'

const [nan, inf] = [Number.NaN, Number.POSITIVE_INFINITY]

describe.each(['f32', 'f64'] as const)('maxPool in %s', (dtype) => {
  const image = (rows: number[][]): Tensor => tensor([[rows]], { dtype })
  const both = async (x: Tensor, f: (x: Tensor) => Tensor): Promise<[number[], number[]]> => {
    const y = f(x)
    const [values, places] = await compute([y, ...gradients(y.sum(), [x])])
    return [Array.from(values!, Number), Array.from(places!, Number)]
  }

  test('NaN wins, and the last one gets the gradient; the first of equal numbers does', async () => {
    const x = image([
      [1, 2, 2, 3],
      [nan, 2, nan, nan],
      [0, 0, -inf, -inf],
      [0, 0, -inf, -inf],
    ])
    const [values, places] = await both(x, (t) => ops.maxPool(t, 2))
    expectSame(values, [nan, nan, 0, -inf])
    expectSame(places, [0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 1, 0, 0, 0, 0, 0])
  })

  test('an image of zeros: the first place of each window', async () => {
    const [values, places] = await both(image(Array.from({ length: 4 }, () => [0, 0, 0, 0])), (t) => ops.maxPool(t, 2))
    expectSame(values, [0, 0, 0, 0])
    expectSame(places, [1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0])
  })

  test('padding is less than −∞', async () => {
    const x = image([
      [-inf, -inf],
      [-inf, 5],
    ])
    const [values, places] = await both(x, (t) => ops.maxPool(t, 2, { padding: 1 }))
    expectSame(values, [-inf, -inf, -inf, 5])
    expectSame(places, [1, 1, 1, 1])
  })

  test('a window that dilation carries past everything holds nothing', async () => {
    const [values, places] = await both(image([[7]]), (t) => ops.maxPool(t, [1, 2], { padding: [0, 1], dilation: [1, 2] }))
    expectSame(values, [-inf])
    expectSame(places, [0])
  })

  test('NaN wins in uneven windows too', async () => {
    const [values] = await both(image([[1, nan, 3, 4, 5]]), (t) => ops.adaptiveMaxPool(t, [1, 3]))
    expectSame(values, [nan, nan, 5])
  })
})

test.each([
  ['maxPool', (x: Tensor) => ops.maxPool(x, 2)],
  ['avgPool', (x: Tensor) => ops.avgPool(x, 2)],
  ['nearest', (x: Tensor) => ops.interpolate(x, { scale: 2 })],
  ['pad', (x: Tensor) => ops.pad(x, [1, 1], { mode: 'reflect' })],
] as const)('%s keeps infinities where they are', async (_, f) => {
  const x = fromData(new Float32Array(36).fill(1), [1, 1, 6, 6], 'f32')
  ;(x.value as Float32Array)[14] = inf
  const y = await f(x).data()
  expect(Array.from(y as Float32Array).filter((v) => v === inf).length).toBeGreaterThan(0)
  expect(Array.from(y as Float32Array).every((v) => v === inf || v === 1)).toBe(true)
})

describe('errors name the op, the inputs and the cure', () => {
  const x = some([2, 4, 8, 8], { dtype: 'f32' })
  const w = some([6, 4, 3, 3], { dtype: 'f32' })
  const cases: readonly [() => Tensor, string][] = [
    [() => ops.conv(x, some([6, 3, 3, 3])), 'conv: the input has 4 channels, and the weight with 1 group takes 3'],
    [() => ops.conv(x, some([6, 2, 3, 3]), { groups: 3 }), 'takes 6'],
    [() => ops.conv(x, some([5, 2, 3, 3]), { groups: 2 }), '5 kernels do not divide into 2 groups'],
    [() => ops.conv(x, w, { bias: some([5]) }), 'the bias needs one number for each of 6 channels'],
    [() => ops.conv(x, some([6, 4, 9, 9])), 'does not fit into (8, 8)'],
    [() => ops.conv(x, w, { stride: 0 }), 'stride (0, 0): 0 is not a whole number from 1'],
    [() => ops.conv(x, w, { padding: [1, 1, 1] }), 'has 3 numbers for 2 spatial axes'],
    [() => ops.conv(x, w, { padding: 'same', stride: 2 }), "padding 'same' needs stride 1"],
    [() => ops.conv(x, some([6, 4, 3])), '1 spatial axes need x of rank 3'],
    [() => ops.conv(x.cast('i32'), w), "cast it, as in x.cast('f32')"],
    [
      () => ops.convTranspose(x, some([4, 2, 3, 3]), { stride: 2, outputPadding: 2 }),
      'outputPadding (2, 2) must be less than stride (2, 2)',
    ],
    [() => ops.convTranspose(x, some([3, 2, 3, 3])), 'convTranspose: the input has 4 channels, and the weight with 1 group takes 3'],
    [() => ops.maxPool(x, 9), 'does not fit into (2, 4, 8, 8) f32'],
    [() => ops.maxPool(x, 2, { padding: 2 }), 'padding 2 is more than half of a window'],
    [() => ops.maxPool(some([3, 3]), 2), 'needs x of rank 3, (N, C, …)'],
    [() => ops.avgPool(x.cast('i32'), 2), 'means of i32 are fractions'],
    [() => ops.adaptiveAvgPool(x, [0, 2]), '0 is not a whole number from 1'],
    [() => ops.interpolate(x, {}), 'give either size or scale'],
    [() => ops.interpolate(x, { scale: 2, mode: 'linear' }), "mode 'linear' is for 1 spatial axes, and x has 2: use 'bilinear'"],
    [() => ops.interpolate(x, { scale: 2, alignCorners: true }), 'alignCorners goes with the linear and cubic modes'],
    [() => ops.interpolate(x, { scale: -1 }), 'needs one positive factor'],
    [() => ops.pad(x, [8, 8], { mode: 'reflect' }), "mode 'reflect' gives at most 7 places"],
    [() => ops.pad(x, [[-5, -5]]), 'leaves less than nothing'],
    [() => ops.pad(x, [1, 1, 1, 1, 1]), '5 amounts for 4 axes'],
  ]
  test.each(cases.map(([call, message]) => [message, call] as const))('%s', (message, call) => {
    expect(call).toThrow(message)
  })
})
