import { expect, test } from 'vitest'
import { compile, random, type Tensor, tensor } from '../../src/index.js'

// a result may be a leaf, which is no op: drawn numbers by themselves, an argument given back
test('a draw or an argument is a result as it is', async () => {
  const drawn = await random.uniform([8, 28, 28], { key: 'a' }).data()
  expect(drawn.every((v) => Number(v) >= 0 && Number(v) < 1)).toBe(true)
  const same = compile((x: Tensor) => ({ x, noise: random.normal([2, 3000], { key: 'b' }) }))
  const { x, noise } = await same(tensor([1, 2]))
  expect(await x.array()).toEqual([1, 2])
  expect((await noise.data()).length).toBe(6000)
})
