import { expect, test } from 'vitest'
import { grad, scaledDotProductAttention, type Tensor, tensor, zeros } from '../../src/index.js'
import { battery } from './battery.js'
import { rows } from './cases/attention.js'

battery(rows)

test('a query without keys has gradient 0 and leaves the others alone', async () => {
  const q = tensor([[[1, 2]], [[3, 4]]]).reshape([1, 2, 2])
  const mask = tensor([
    [false, false],
    [true, false],
  ])
  const g = await grad((x: Tensor) => scaledDotProductAttention(x, q, q, { mask }).square().sum())(q).data()
  expect(Array.from(g, Number).every(Number.isFinite)).toBe(true)
  expect(Array.from(g, Number).slice(0, 2)).toEqual([0, 0])
})

test('shapes that do not fit are named', () => {
  const at = (...shape: number[]): Tensor => zeros(shape)
  expect(() => scaledDotProductAttention(at(1, 3, 4, 2), at(1, 2, 4, 2), at(1, 2, 4, 2))).toThrow(/3 heads of queries are no multiple of 2/)
  expect(() => scaledDotProductAttention(at(4, 2), at(4, 3), at(4, 3))).toThrow(/differ in width/)
  expect(() => scaledDotProductAttention(at(4, 2), at(4, 2), at(5, 2))).toThrow(/not one value for each key/)
  expect(() => scaledDotProductAttention(at(4, 2), at(4, 2), at(4, 2), { mask: at(3, 4) })).toThrow(/do not broadcast|does not broadcast/)
  expect(() => scaledDotProductAttention(at(4, 2), at(4, 2), at(4, 2), { mask: zeros([4, 4], { dtype: 'i32' }) })).toThrow(
    /the mask is i32/,
  )
})
