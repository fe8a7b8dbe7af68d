/** Residual networks: their sizes, their names, and their blocks in closed form. */
import { describe, expect, test } from 'vitest'
import {
  BasicBlock,
  CifarResNet,
  countParameters,
  HebbError,
  initialize,
  parameters,
  plain20,
  plain32,
  resnet20,
  resnet32,
  tensor,
} from '../../src/index.js'
import { expectClose } from '../compare.js'
import { countedPictures, filled, pixelsOf } from './training.js'

describe('sizes', () => {
  // the paper gives 0.27 and 0.46 million
  test.each([
    ['resnet20', resnet20(), 269_722],
    ['resnet32', resnet32(), 464_154],
    ['plain20', plain20(), 269_722],
    ['plain32', plain32(), 464_154],
    // two more convolutions, 16·32 and 32·64, and their norms
    ['resnet20, shortcuts B', resnet20({ shortcut: 'B' }), 269_722 + 512 + 64 + 2048 + 128],
  ])('%s', (_, net, trainable) => {
    expect(countParameters(net).trainable).toBe(trainable)
  })
  test('layers with weights', () => {
    const count = (net: object): number => [...parameters(net)].filter(([, p]) => p.shape.length > 1).length
    expect([count(resnet20()), count(resnet32())]).toEqual([20, 32])
  })
  test('names as in common checkpoints', () => {
    const names = [...parameters(resnet20({ shortcut: 'B' })).keys()]
    for (const name of [
      'conv1.weight',
      'bn1.running_var',
      'layer1.0.conv1.weight',
      'layer2.0.downsample.0.weight',
      'layer3.2.bn2.bias',
      'fc.bias',
    ])
      expect(names).toContain(name)
  })
})

test('shapes: any height and width, channels and classes', () => {
  const x = tensor(new Float32Array(2 * 28 * 28), { shape: [2, 1, 28, 28] })
  expect(resnet20({ channels: 1, classes: 7, width: 8 }).forward(x).shape).toEqual([2, 7])
})

describe('a block whose second norm gives nothing is its way around', () => {
  const shape = [2, 2, 5, 4] as const
  const data = countedPictures(...shape).map((v) => v - 0.5)
  const x = pixelsOf(data, shape)
  const silent = (block: BasicBlock): BasicBlock => {
    initialize(block)
    const scale = block.bn2.weight!.storage.array as Float32Array
    scale.fill(0)
    return block
  }
  test('the input itself', async () => {
    const y = await silent(new BasicBlock(2, 2)).forward(tensor(data, { shape })).data()
    expectClose(
      y,
      filled(shape, (...at) => Math.max(0, x.at(...at))),
    )
  })
  test('A: every second pixel between channels of zeros', async () => {
    const y = silent(new BasicBlock(2, 5, { stride: 2 })).forward(tensor(data, { shape }))
    expect(y.shape).toEqual([2, 5, 3, 2])
    expectClose(
      await y.data(),
      filled([2, 5, 3, 2], (n, c, i, j) => (c === 1 || c === 2 ? Math.max(0, x.at(n, c - 1, 2 * i, 2 * j)) : 0)),
    )
  })
  test('B: a 1×1 convolution and a norm', async () => {
    const block = silent(new BasicBlock(2, 3, { stride: 2, shortcut: 'B' }))
    const w = parameters(block).get('downsample.0.weight')!.storage.array!
    const y = await block.forward(tensor(data, { shape })).data()
    const want = filled([2, 3, 3, 2], (n, o, i, j) =>
      Math.max(0, (Number(w[2 * o]) * x.at(n, 0, 2 * i, 2 * j) + Number(w[2 * o + 1]) * x.at(n, 1, 2 * i, 2 * j)) / Math.sqrt(1 + 1e-5)),
    )
    expectClose(y, want)
  })
  test('none: zeros', async () => {
    const y = await silent(new BasicBlock(2, 2, { shortcut: 'none' }))
      .forward(tensor(data, { shape }))
      .data()
    expect(y.every((v) => v === 0)).toBe(true)
  })
})

test('no blocks are an error', () => {
  expect(() => new CifarResNet(0)).toThrow(HebbError)
})
