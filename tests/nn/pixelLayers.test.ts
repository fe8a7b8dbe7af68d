/** Layers that PyTorch has for pixels, bags and slopes: their forms against ops and closed forms, names and first values. */
import { expect, test } from 'vitest'
import {
  Bilinear,
  ChannelShuffle,
  compute,
  EmbeddingBag,
  einsum,
  Fold,
  grad,
  initialize,
  interpolate,
  PixelShuffle,
  PixelUnshuffle,
  PReLU,
  type Tensor,
  tensor,
  Unfold,
  Upsample,
} from '../../src/index.js'
import { expectClose } from '../compare.js'
import { numbers, shapesOf } from './layering.js'

const same = async (a: Tensor, b: Tensor): Promise<void> => {
  const [x, y] = await compute([a, b])
  expectClose({ data: x!, shape: a.shape }, { data: y!, shape: b.shape })
}
const ids = (list: readonly number[] | readonly (readonly number[])[]): Tensor => tensor(list, { dtype: 'i64' })

test('Bilinear: names, shapes, values', async () => {
  const layer = new Bilinear(3, 4, 5)
  initialize(layer)
  expect(shapesOf(layer)).toEqual({ weight: [5, 3, 4], bias: [5] })
  expect(Math.max(...(layer.weight.storage.array as Float32Array).map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(3))
  const [a, b] = [numbers([2, 6, 3]), numbers([2, 6, 4], 1)]
  await same(layer.forward(a, b), einsum('bti,oij,btj->bto', a, layer.weight, b).add(layer.bias!))
  expect(shapesOf(new Bilinear(1, 2, 3, { bias: false }))).toEqual({ weight: [3, 1, 2] })
})

test('PReLU: one slope, and one for each channel', async () => {
  const one = new PReLU()
  initialize(one)
  expectClose(await one.forward(tensor([[-4, 0, 2]])).data(), [-1, 0, 2])
  const each = new PReLU(2, { slope: 0.5 })
  initialize(each)
  expect(shapesOf(each)).toEqual({ weight: [2] })
  const x = numbers([3, 2, 4])
  await same(each.forward(x), x.relu().sub(x.neg().relu().mul(0.5)))
  expect(() => new PReLU(0)).toThrow(/PReLU: 0 is no number of channels/)
})

test('EmbeddingBag: lines and offsets agree; padding counts nowhere', async () => {
  for (const mode of ['sum', 'mean', 'max'] as const) {
    const layer = new EmbeddingBag(7, 3, { mode, paddingIndex: 0 })
    initialize(layer)
    const lines = layer.forward(
      ids([
        [1, 2, 0],
        [5, 5, 6],
      ]),
    )
    await same(layer.forward(ids([1, 2, 0, 5, 5, 6]), { offsets: ids([0, 3]) }), lines)
    await same(lines, layer.forward(ids([1, 2, 5, 5, 6]), { offsets: ids([0, 2]) }))
    const slope = await grad((w: Tensor) => {
      const own = new EmbeddingBag(7, 3, { mode, paddingIndex: 0 })
      Object.assign(own, { weight: w })
      return own.forward(ids([[0, 1]])).sum()
    })(numbers([7, 3])).data()
    expectClose(
      slope,
      Array.from({ length: 21 }, (_, i) => (i >= 3 && i < 6 ? 1 : 0)),
    )
  }
})

test('layers of pixels are their ops', async () => {
  const x = numbers([2, 8, 4, 6])
  await same(new PixelUnshuffle(2).forward(new PixelShuffle(2).forward(x)), x)
  await same(new ChannelShuffle(4).forward(new ChannelShuffle(2).forward(x)), x)
  await same(new Fold([4, 6], 2, { stride: 2 }).forward(new Unfold(2, { stride: 2 }).forward(x)), x)
  expect(new Unfold([3, 2], { padding: 1 }).forward(x.slice([[0, 1]]).squeeze(0)).shape).toEqual([48, 28])
  await same(new Upsample({ scale: 2, mode: 'bilinear' }).forward(x), interpolate(x, { scale: 2, mode: 'bilinear' }))
})
