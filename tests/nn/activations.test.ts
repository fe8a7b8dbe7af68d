/** What layers inside a model give, by path. */
import { describe, expect, test } from 'vitest'
import { gradients } from '../../src/autodiff/index.js'
import { activations, Dropout, grad, HebbError, initialize, Linear, relu, sequential, type Tensor, tensor } from '../../src/index.js'
import { capture } from '../../src/nn/index.js'
import { expectClose, expectSame } from '../compare.js'

const x = tensor([
  [1, -2, 3],
  [0.5, 4, -1],
])

describe('activations', () => {
  const model = sequential(new Linear(3, 4), relu, sequential(new Linear(4, 5), new Dropout(0.5)), new Linear(5, 2))
  initialize(model)
  const first = model[0] as Linear

  test('are what the layers give, functions and nested layers too, in evaluation', async () => {
    const { output, inside } = activations(model, x, ['1', '0', '2.0', '2', ''])
    const hidden = first.forward(x)
    expectSame(await inside.get('0')!.data(), await hidden.data())
    expectSame(await inside.get('1')!.data(), await relu(hidden).data())
    expectSame(await inside.get('2')!.data(), await inside.get('2.0')!.data())
    expectSame(await output.data(), await model.forward(x).data())
    expectSame(await inside.get('')!.data(), await output.data())
  })
  test('are in the graph of the output: gradients stop at them', async () => {
    const last = model[3] as Linear
    const { output, inside } = activations(model, x, ['2'])
    const [g] = gradients(output.sum(), [inside.get('2')!])
    const row = await last.weight.sum(0).data()
    expectClose(await g!.data(), [...row, ...row] as number[])
    expect(grad((v: Tensor) => activations(model, v, []).output.sum())(x).shape).toEqual([2, 3])
  })
  test('leave the model as it was', () => {
    const before = Object.getOwnPropertyNames(first)
    activations(model, x, ['0', '1'])
    expect(Object.getOwnPropertyNames(first)).toEqual(before)
    expect(model[1]).toBe(relu)
    const broken = { layer: first, forward: (v: Tensor): Tensor => first.forward(v).matmul(v) }
    expect(() => activations(broken, x, ['layer'])).toThrow('matmul')
    expect(Object.getOwnPropertyNames(first)).toEqual(before)
  })
  test('of a layer that runs twice, the last', async () => {
    const square = new Linear(3, 3)
    const twice = { square, forward: (v: Tensor) => square.forward(square.forward(v)) }
    initialize(twice)
    const { output, inside } = activations(twice, x, ['square'])
    expectSame(await inside.get('square')!.data(), await output.data())
  })
  test('say what is wrong with a path', () => {
    expect(() => activations(model, x, ['7'])).toThrow("there is no 7: choose among '' (the model itself), 0, 2, 2.0")
    expect(() => activations(model, x, ['0.weight'])).toThrow('0.weight is no layer')
    const idle = { used: first, unused: new Linear(2, 2), forward: (v: Tensor) => first.forward(v) }
    expect(() => activations(idle, x, ['unused'])).toThrow('unused did not run')
    const frozen = { layer: Object.freeze(new Linear(3, 3)), forward: (v: Tensor) => frozen.layer.forward(v) }
    expect(() => activations(frozen, x, ['layer'])).toThrow('it is frozen by Object.freeze')
    const pairs = { pair: { forward: (v: Tensor) => [v, v] }, forward: (v: Tensor): Tensor => pairs.pair.forward(v)[0]! }
    expect(() => activations(pairs, x, ['pair'])).toThrow(HebbError)
  })
})

test('capture notes results of any kind', () => {
  const model = { pair: { forward: (a: number, b: number) => ({ sum: a + b }) } }
  const { result, inside } = capture(model, ['pair'], () => model.pair.forward(1, 2).sum * 10)
  expect([result, inside.get('pair')]).toEqual([30, { sum: 3 }])
})
