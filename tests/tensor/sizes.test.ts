/** Shapes written with letters. */
import { expect, expectTypeOf, test } from 'vitest'
import { GRUCell, LSTM, linearAttention, RandomCrop, SelfAttention, ShapeError, zeros } from '../../src/index.js'

test('sizes by letters', () => {
  const { N, T, D } = zeros([8, 20, 3]).sizes('N T D')
  expect([N, T, D]).toEqual([8, 20, 3])
  expectTypeOf(T).toEqualTypeOf<number>()
  const square = zeros([4, 4, 2]).sizes('N N _')
  expect(square.N).toBe(4)
  expectTypeOf<keyof typeof square>().toEqualTypeOf<'N'>()
  expect(zeros([2, 3]).sizes('N 3').N).toBe(2)
  expect(zeros([]).sizes('')).toEqual({})
})

test.each([
  [[2, 3], 'N T D', 'sizes: (2, 3) f32 is not (N, T, D): it has 2 axes, not 3'],
  [[2, 3], 'N N', 'sizes: (2, 3) f32 is not (N, N): N is 2 and 3'],
  [[2, 4], 'N 3', 'sizes: (2, 4) f32 is not (N, 3): axis 1 is 4'],
] as const)('%j is not %s', (shape, letters, message) => {
  expect(() => zeros(shape).sizes(letters)).toThrow(new ShapeError(message))
})

test('the caller names what came', () => {
  expect(() => zeros([2]).sizes('N C Y X', 'resnet: x')).toThrow('resnet: x: (2) f32 is not (N, C, Y, X): it has 1 axis, not 4')
})

test('layers and what they call name the axes of what does not fit by letters', () => {
  const x = zeros([2, 5, 7])
  expect(() => new SelfAttention(8, 2).forward(x)).toThrow('SelfAttention: (2, 5, 7) f32 is not (N, T, 8): axis 2 is 7')
  expect(() => new LSTM(8, 3).forward(x)).toThrow('LSTM: (2, 5, 7) f32 is not (N, T, 8): axis 2 is 7')
  expect(() => new GRUCell(8, 3).forward(x)).toThrow('GRUCell: (2, 5, 7) f32 is not (N, 8): it has 3 axes, not 2')
  expect(() => linearAttention(zeros([2, 1, 5, 4]), zeros([2, 1, 6, 4]), zeros([2, 1, 5, 4]))).toThrow(
    'linearAttention: v: (2, 1, 5, 4) f32 is not (2, 1, 6, E): axis 2 is 5',
  )
  expect(() => new RandomCrop(2).forward(x)).toThrow('RandomCrop: (2, 5, 7) f32 is not (N, C, Y, X): it has 3 axes, not 4')
})
