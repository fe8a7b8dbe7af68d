/** Half floats are storage: what moves keeps them, what computes gives f32. */
import { describe, expect, test } from 'vitest'
import { concat, type Tensor, tensor } from '../../src/index.js'
import type { Nested } from '../../src/tensor/nested.js'

const ids = tensor([1, 0], { dtype: 'i32' })
const places = tensor([[1, 0, 1]], { dtype: 'i32' })
const calls: Readonly<Record<string, readonly [(x: Tensor) => Tensor, Nested]>> = {
  slice: [
    (x) => x.slice([null, [0, null, 2]]),
    [
      [1, 3],
      [-4, 6],
    ],
  ],
  transpose: [
    (x) => x.transpose(),
    [
      [1, -4],
      [-2, 5],
      [3, 6],
    ],
  ],
  reshape: [(x) => x.reshape([6]), [1, -2, 3, -4, 5, 6]],
  concat: [(x) => concat([x, x]).at(3), [-4, 5, 6]],
  split: [(x) => x.split(1)[1]!, [[-4, 5, 6]]],
  flip: [(x) => x.flip(1).at(0), [3, -2, 1]],
  roll: [(x) => x.roll(1, 0).at(0), [-4, 5, 6]],
  tile: [(x) => x.at(0).tile([2]), [1, -2, 3, 1, -2, 3]],
  tril: [
    (x) => x.tril(),
    [
      [1, 0, 0],
      [-4, 5, 0],
    ],
  ],
  take: [
    (x) => x.take(ids),
    [
      [-4, 5, 6],
      [1, -2, 3],
    ],
  ],
  embedding: [
    (x) => x.embedding(ids),
    [
      [-4, 5, 6],
      [1, -2, 3],
    ],
  ],
  takeAlong: [(x) => x.takeAlong(places, 0), [[-4, -2, 6]]],
  scatterAdd: [
    (x) => x.scatterAdd(places, 1, 0),
    [
      [1, -1, 3],
      [-3, 5, 7],
    ],
  ],
  sum: [(x) => x.sum(), 9],
  mean: [(x) => x.mean(), 1.5],
  max: [(x) => x.max(1), [3, 6]],
  argmax: [(x) => x.argmax(1), [2, 2]],
  cumsum: [
    (x) => x.cumsum(1),
    [
      [1, -1, 2],
      [-4, 1, 7],
    ],
  ],
  prod: [(x) => x.prod(1), [-6, -120]],
  sort: [
    (x) => x.sort().values,
    [
      [-2, 1, 3],
      [-4, 5, 6],
    ],
  ],
  topK: [(x) => x.topK(1).values, [[3], [6]]],
  add: [
    (x) => x.add(1),
    [
      [2, -1, 4],
      [-3, 6, 7],
    ],
  ],
  neg: [(x) => x.neg().at(0), [-1, 2, -3]],
  square: [(x) => x.square().at(0), [1, 4, 9]],
  abs: [
    (x) => x.abs(),
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
  ],
  norm: [(x) => x.at(0).norm(null, { order: 1 }), 6],
  matmul: [
    (x) => x.matmul(x.transpose()),
    [
      [14, 4],
      [4, 77],
    ],
  ],
  where: [
    (x) => x.greater(0).where(x, 0),
    [
      [1, 0, 3],
      [0, 5, 6],
    ],
  ],
}

describe.each(['f16', 'bf16'] as const)('%s', (dtype) => {
  test.each(Object.entries(calls))('%s', async (_, [call, want]) => {
    expect(
      await call(
        tensor(
          [
            [1, -2, 3],
            [-4, 5, 6],
          ],
          { dtype },
        ),
      ).array(),
    ).toEqual(want)
  })

  test('the gradient of what is used twice has its dtype', async () => {
    const { grad } = await import('../../src/index.js')
    const g = grad((x: Tensor) =>
      x
        .slice([[0, 1]])
        .sum()
        .add(x.mul(3).sum()),
    )(tensor([1, 2], { dtype }))
    expect(g.dtype).toBe(dtype)
    expect(await g.array()).toEqual([4, 3])
  })

  test('the gradient reaches the table in its own dtype', async () => {
    const { grad } = await import('../../src/index.js')
    const g = grad((w: Tensor) => w.embedding(ids).cast('f32').mul(3).sum())(
      tensor(
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
        { dtype },
      ),
    )
    expect(g.dtype).toBe(dtype)
    expect(await g.array()).toEqual([
      [3, 3],
      [3, 3],
      [0, 0],
    ])
  })
})
