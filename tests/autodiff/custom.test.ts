/** Gradients by hand compile as little as others do. */
import { expect, test } from 'vitest'
import { customGrad, grad, scan, type Tensor, tensor } from '../../src/index.js'
import { compileCount } from '../../src/runtime/index.js'

test('a rule written anew in every turn compiles once', async () => {
  const turn = async (scale: number): Promise<unknown> => {
    const through = customGrad(
      (x: Tensor) => x.round(),
      (g) => [g.mul(scale)],
    )
    return [await through(tensor([1.2])).item(), await grad((x: Tensor) => through(x).square().sum())(tensor([1.2])).item()]
  }
  expect(await turn(3)).toEqual([1, 6])
  const before = compileCount()
  for (const scale of [1, 2, 5]) expect(await turn(scale)).toEqual([1, 2 * scale])
  expect(compileCount()).toBe(before)
})

test('rules that differ give their own gradients, in loops too', async () => {
  const slope = (scale: number): Promise<unknown> =>
    grad((x: Tensor) => {
      const through = customGrad(
        (v: Tensor) => v.round(),
        (g) => [g.mul(scale)],
      )
      return scan((c: Tensor, v: Tensor) => [through(c).add(v), c] as const, x, tensor([1, 2])).carry
    })(tensor(1.2)).item()
  expect(await slope(2)).toBe(4)
  expect(await slope(3)).toBe(9)
})
