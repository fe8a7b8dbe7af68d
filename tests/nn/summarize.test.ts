import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import {
  BatchNorm2d,
  Conv2d,
  countParameters,
  Dropout,
  Flatten,
  Linear,
  MaxPool2d,
  Param,
  relu,
  residual,
  sequential,
  summarize,
  type Tensor,
} from '../../src/index.js'

const network = () =>
  sequential(
    new Conv2d(1, 4, 3, { padding: 1, bias: false }),
    new BatchNorm2d(4),
    relu,
    new MaxPool2d(2),
    new Flatten(),
    new Dropout(0.5),
    new Linear(4 * 4 * 4, 10),
  )

describe('summarize', () => {
  test('lists layers with results and parameters', () => {
    expect(String(summarize(network(), { input: [1, 8, 8] }))).toMatchInlineSnapshot(`
      "layer  kind         shape      parameters
      0      Conv2d       (4, 8, 8)          36
      1      BatchNorm2d  (4, 8, 8)          17
      3      MaxPool2d    (4, 4, 4)           –
      4      Flatten      (64)                –
      5      Dropout      (64)                –
      6      Linear       (10)              650
      694 trained parameters in 6 layers, 9 fixed"
    `)
  })

  test('counts as countParameters does', () => {
    const model = network()
    const { layers, trainable, total } = summarize(model)
    expect({ trainable, total }).toEqual(countParameters(model))
    expect(layers.map((l) => [l.kind, l.shape])).toEqual([
      ['Conv2d', [4, 1, 3, 3]],
      ['BatchNorm2d', [4]],
      ['MaxPool2d', undefined],
      ['Flatten', undefined],
      ['Dropout', undefined],
      ['Linear', [10, 64]],
    ])
  })

  test('finds parameters anywhere, shared ones once, and leaves the model as it was', () => {
    class Net {
      readonly shared = new Linear(4, 4)
      readonly again = this.shared
      readonly scale = new Param([4], () => undefined)
      readonly inner = { block: residual(sequential(new Linear(4, 4), new Dropout(0.1))) }
      forward(x: Tensor): Tensor {
        return this.inner.block.forward(this.again.forward(x)).mul(this.scale)
      }
    }
    const model = new Net()
    const before = Object.getOwnPropertyNames(model.shared)
    const { layers, total } = summarize(model, { input: [4] })
    expect(total).toBe(20 + 4 + 20)
    expect(layers.map((l) => [l.path, l.kind, l.shape, l.parameters]).slice(0, 2)).toEqual([
      ['', 'Net', [4], 4],
      ['shared', 'Linear', [4], 20],
    ])
    expect(layers.slice(2).map((l) => [l.kind, l.parameters])).toEqual([
      ['Linear', 20],
      ['Dropout', 0],
    ])
    expect(Object.getOwnPropertyNames(model.shared)).toEqual(before)
    expect(Object.hasOwn(model, 'forward')).toBe(false)
  })

  test('leaves the model as it was when the input does not fit', () => {
    const model = network()
    expect(() => summarize(model, { input: [3, 8, 8] })).toThrow('conv')
    expect(Object.hasOwn(model[0]!, 'forward')).toBe(false)
  })

  test('takes several inputs by name, and shows itself as a table', () => {
    const model = {
      eye: new Linear(4, 2),
      age: new Linear(1, 2),
      forward({ image, age }: { image: Tensor; age: Tensor }): Tensor {
        return this.eye.forward(image).add(this.age.forward(age.cast('f32')))
      },
    }
    const summary = summarize(model, { input: { image: [4], age: { shape: [1], dtype: 'i32' } } })
    expect(summary.layers.map((l) => l.shape)).toEqual([[2], [2]])
    expect(inspect(summary)).toBe(String(summary))
    expect(() => Reflect.apply(summarize, undefined, [model, [4]])).toThrow('summarize has no option 0')
  })
})
