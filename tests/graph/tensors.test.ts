/** A node has one tensor for each of its outputs. */
import { expect, test } from 'vitest'
import { Linear, relu, tensor } from '../../src/index.js'
import { makeNode, outputsOf, Tensor, tensorOf } from '../../src/tensor/tensor.js'

test('the tensors of a node are the same objects whoever asks', () => {
  const y = relu(tensor([1, 2]))
  expect(outputsOf(y.node)[0]).toBe(y)
  expect(tensorOf(y.node)).toBe(y)
  const { weight } = new Linear(2, 2)
  expect(tensorOf(weight.node)).toBe(weight)
})

test('a second tensor of one output is refused', () => {
  const node = makeNode('constant', [], {}, [{ shape: [1], dtype: 'f32' }])
  const t = new Tensor(node)
  expect(tensorOf(node)).toBe(t)
  expect(() => new Tensor(node)).toThrow('output 0 of this constant has a tensor already')
})
