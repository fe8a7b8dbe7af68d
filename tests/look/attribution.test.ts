/** Attributions where the answer is known in closed form, and the axioms they promise. */
import { describe, expect, test } from 'vitest'
import {
  activations,
  Conv2d,
  Flatten,
  GlobalAvgPool,
  gradCam,
  HebbError,
  initialize,
  integratedGradients,
  interpolate,
  Linear,
  maximizeActivation,
  parameters,
  relu,
  resnet20,
  ShapeError,
  saliency,
  sequential,
  type Tensor,
  tensor,
} from '../../src/index.js'
import { keyOf, normal } from '../../src/kernels/index.js'
import { expectClose } from '../compare.js'
import { filled, pixelsOf } from '../vision/training.js'

const noise = (shape: readonly number[], seed = 0): Float32Array =>
  normal(keyOf(seed, 'attribution'), 0, new Float32Array(shape.reduce((a, b) => a * b)))

describe('a linear model', () => {
  const shape = [3, 2, 4, 5] as const
  const data = noise(shape)
  const model = sequential(new Flatten(), new Linear(40, 6))
  initialize(model)
  const weight = parameters(model).get('1.weight')!.storage.array as Float32Array
  const target = [4, 0, 5]

  test('its saliency is its weights', async () => {
    const map = saliency(model, tensor(data, { shape }), target)
    expect(map.shape).toEqual([3, 4, 5])
    const want = target.flatMap((t) =>
      Array.from({ length: 20 }, (_, p) => Math.max(...[0, 1].map((c) => Math.abs(weight[40 * t + 20 * c + p]!)))),
    )
    expectClose(await map.data(), want)
  })
  test('its shares are inputs times weights, in one step', async () => {
    const shares = await integratedGradients(model, tensor(data, { shape }), target, { steps: 1 })
    expectClose(
      await shares.data(),
      filled(shape, (n, c, y, x) => pixelsOf(data, shape).at(n, c, y, x) * weight[40 * target[n]! + 20 * c + 5 * y + x]!),
    )
  })
  test('one class for all, and ids as a tensor', async () => {
    const x = tensor(data, { shape })
    expectClose(await saliency(model, x, 2).data(), await saliency(model, x, tensor(Int32Array.of(2, 2, 2))).data())
  })
})

describe('integrated gradients', () => {
  test('completeness: shares add up to the difference of the scores', async () => {
    const model = sequential(
      new Conv2d(3, 8, 3, { padding: 1 }),
      relu,
      new Conv2d(8, 8, 3),
      (x: Tensor) => x.tanh(),
      new Flatten(),
      new Linear(8 * 36, 5),
    )
    initialize(model, { seed: 3 })
    const shape = [4, 3, 8, 8]
    const [x, baseline] = [noise(shape, 1), noise(shape, 2)].map((data) => tensor(data, { shape })) as [Tensor, Tensor]
    const target = [0, 4, 2, 2]
    const shares = await integratedGradients(model, x, target, { baseline, steps: 200 })
    const [end, start] = await Promise.all([x, baseline].map((v) => model.forward(v).data()))
    const sums = await shares.flatten(1).sum(1).data()
    for (const [n, t] of target.entries()) {
      const difference = Number(end![n * 5 + t]) - Number(start![n * 5 + t])
      expect(Math.abs(Number(sums[n]) - difference)).toBeLessThan(2e-3)
      expect(Math.abs(difference)).toBeGreaterThan(0.01)
    }
  })
  test('an input the model does not read has no share', async () => {
    const model = { linear: new Linear(4, 2), forward: (v: Tensor) => model.linear.forward(v.slice([null, [0, 4]]).tanh()) }
    const shares = (await (await integratedGradients(model, tensor(noise([2, 6]), { shape: [2, 6] }), 1)).array()) as number[][]
    for (const row of shares) expect(row.slice(4).map(Math.abs)).toEqual([0, 0])
  })
  test('says what does not fit', async () => {
    const model = new Linear(4, 2)
    const x = tensor(noise([2, 4]), { shape: [2, 4] })
    await expect(integratedGradients(model, x, 0, { baseline: tensor([0]) })).rejects.toThrow(ShapeError)
    await expect(integratedGradients(model, x, 0, { steps: 0 })).rejects.toThrow('0 steps')
    await expect(integratedGradients(model, x, 2)).rejects.toThrow('there is no class 2: the model has 2')
    await expect(integratedGradients(model, x, [0])).rejects.toThrow('1 targets for 2 examples')
  })
})

describe('Grad-CAM', () => {
  const shape = [2, 3, 6, 6] as const
  const model = {
    features: sequential(new Conv2d(3, 5, 3), relu),
    pool: new GlobalAvgPool(),
    fc: new Linear(5, 4),
    forward: (x: Tensor) => x,
  }
  model.forward = (x) => x.pipe(model.features, model.pool, model.fc)
  initialize(model)
  const x = tensor(noise(shape), { shape })

  test('where a linear layer follows the mean of the maps, it is their sum by its weights [Zhou 2016]', async () => {
    const [maps, weight] = [await model.features.forward(x).data(), parameters(model).get('fc.weight')!.storage.array!]
    const target = [1, 3]
    const map = gradCam(model, x, target, { layer: 'features', stretch: false })
    expect(map.shape).toEqual([2, 4, 4])
    const want = filled([2, 1, 4, 4], (n, _, i, j) => {
      let sum = 0
      for (let c = 0; c < 5; c++) sum += (Number(weight[5 * target[n]! + c]) / 16) * Number(maps[((n * 5 + c) * 4 + i) * 4 + j])
      return Math.max(0, sum)
    })
    expect(Math.max(...want)).toBeGreaterThan(0)
    expectClose(await map.data(), want, { rtol: 1e-5, atol: 1e-7 })
  })
  test('stretched bilinearly it has the size of the picture', async () => {
    const small = gradCam(model, x, 1, { layer: 'features.1', stretch: false })
    const wide = gradCam(model, x, 1, { layer: 'features' })
    expect(wide.shape).toEqual([2, 6, 6])
    expectClose(await wide.data(), await interpolate(small.reshape([2, 1, 4, 4]), { size: [6, 6], mode: 'bilinear' }).data())
  })
  test('says which layers there are', () => {
    expect(() => gradCam(model, x, 1, { layer: 'feature' })).toThrow('there is no feature: choose among')
    expect(() => gradCam(model, x, 1, { layer: 'fc' })).toThrow('no maps (N, D, Y, X)')
    expect(() => gradCam(model, x, 9, { layer: 'features' })).toThrow(HebbError)
  })
})

describe('activation maximisation', () => {
  test('a linear unit is excited most by the signs of its weights', async () => {
    const model = sequential(new Flatten(), new Linear(2 * 3 * 3, 4))
    initialize(model)
    const pictures = await maximizeActivation(model, { layer: '1', channels: [2, 0], shape: [2, 3, 3], steps: 150, smooth: 0, shift: 0 })
    const weight = parameters(model).get('1.weight')!.storage.array!
    const want = [2, 0].flatMap((c) => Array.from(weight.subarray(18 * c, 18 * (c + 1)) as Float32Array, (w) => (w > 0 ? 1 : 0)))
    const got = await pictures.data()
    // weights near 0 move their pixels slowly
    const wrong = want.filter((v, i) => Math.abs(Number(got[i]) - v) > 0.05).length
    expect(wrong).toBeLessThanOrEqual(3)
  })
  test('units that are silent on grey are climbed from where they are not', async () => {
    // one fires below a mean of 0.3, one above 0.7: on grey both are 0, and so are their gradients
    const unit = new Linear(16, 2)
    const model = sequential(new Flatten(), unit, relu)
    unit.weight.storage.array = Float32Array.from({ length: 32 }, (_, i) => (i < 16 ? -1 / 16 : 1 / 16))
    unit.bias!.storage.array = Float32Array.of(0.3, -0.7)
    const pictures = await maximizeActivation(model, { layer: '2', channels: [0, 1], shape: [1, 4, 4], steps: 80, smooth: 0 })
    const [dark, bright] = (await pictures.mean([1, 2, 3]).array()) as number[]
    expect(dark).toBeLessThan(0.02)
    expect(bright).toBeGreaterThan(0.98)
  })
  test('raises what it is to raise, the same for the same seed', async () => {
    const net = resnet20({ width: 4 })
    initialize(net)
    const options = { layer: 'layer2.0', channels: [1, 5], shape: [3, 16, 16], steps: 12 } as const
    const mean = async (x: Tensor): Promise<number[]> => {
      const maps = activations(net, x, ['layer2.0']).inside.get('layer2.0')!.mean([2, 3])
      const rows = (await maps.array()) as number[][]
      return [rows[0]![1]!, rows[1]![5]!]
    }
    const before = await mean(await maximizeActivation(net, { ...options, steps: 0 }))
    const pictures = await maximizeActivation(net, options)
    const after = await mean(pictures)
    for (const k of [0, 1]) expect(after[k]!).toBeGreaterThan(before[k]!)
    expect(await (await maximizeActivation(net, options)).data()).toEqual(await pictures.data())
    await expect(maximizeActivation(net, { ...options, channels: [8] })).rejects.toThrow('has no channel 8: it has 8')
  })
})
