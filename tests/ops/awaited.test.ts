/** Ops whose result's size depends on the numbers: awaited, and still part of the graph. */
import { describe, expect, test } from 'vitest'
import { bincount, compile, grad, maskedSelect, nonzero, type Tensor, tensor, unique, zeros } from '../../src/index.js'

const numbers = async (t: Tensor): Promise<number[]> => Array.from(await t.data(), Number)
const shaped = async (t: Tensor): Promise<readonly [readonly number[], number[]]> => [t.shape, await numbers(t)]

describe('nonzero', () => {
  test.each([
    [
      [
        [0, 2],
        [Number.NaN, 0],
      ],
      [2, 2],
      [0, 1, 1, 0],
    ],
    [[0, 0], [0, 1], []],
    [
      [true, false, true],
      [2, 1],
      [0, 2],
    ],
  ])('%j', async (x, shape, values) => {
    expect(await shaped(await nonzero(tensor(x)))).toEqual([shape, values])
    expect((await tensor(x).nonzero()).dtype).toBe('i32')
  })
  test('of computed numbers, scalars, and nothing', async () => {
    expect(await shaped(await nonzero(tensor([1, -1, 3]).greater(0)))).toEqual([
      [2, 1],
      [0, 2],
    ])
    expect((await nonzero(tensor(5))).shape).toEqual([1, 0])
    expect((await nonzero(tensor(0))).shape).toEqual([0, 0])
    expect((await nonzero(zeros([3, 0, 2]))).shape).toEqual([0, 3])
  })
})

describe('maskedSelect', () => {
  test('broadcasts, of every dtype', async () => {
    for (const dtype of ['f32', 'f64', 'i32', 'i64', 'u8', 'bool'] as const) {
      const x = tensor(
        [
          [1, 0, 1],
          [0, 1, 1],
        ],
        { dtype },
      )
      const y = await maskedSelect(x, tensor([true, false, true]))
      expect(y.dtype).toBe(dtype)
      expect(await numbers(y)).toEqual([1, 1, 0, 1])
    }
    expect((await maskedSelect(zeros([0, 2]), tensor([true, false]))).shape).toEqual([0])
  })
  test('carries gradients', async () => {
    const x = tensor([1, -2, 3])
    const keep = x.greater(0)
    await keep.data()
    // a mask that is there is an index
    expect(
      await numbers(
        grad((t: Tensor) =>
          t
            .at(keep)
            .mul(tensor([5, 7]))
            .sum(),
        )(x),
      ),
    ).toEqual([5, 0, 7])
    const places = (await nonzero(keep)).at(':', 0)
    expect(await numbers(grad((t: Tensor) => t.take(places).square().sum())(x))).toEqual([2, 0, 6])
  })
})

describe('unique', () => {
  const all = async (x: Tensor, options = {}): Promise<unknown[]> => {
    const { values, inverse, counts } = await unique(x, options)
    return [await shaped(values), await shaped(inverse), await numbers(counts)]
  }
  test('elements', async () => {
    expect(
      await all(
        tensor([
          [3, 1],
          [3, 2],
        ]),
      ),
    ).toEqual([
      [[3], [1, 2, 3]],
      [
        [2, 2],
        [2, 0, 2, 1],
      ],
      [1, 1, 2],
    ])
    expect(await all(tensor([1, Number.NaN, 1, Number.NaN]))).toEqual([
      [[3], [1, Number.NaN, Number.NaN]],
      [[4], [0, 1, 0, 2]],
      [2, 1, 1],
    ])
    expect(await all(tensor([]))).toEqual([[[0], []], [[0], []], []])
    expect(await all(tensor(4))).toEqual([[[1], [4]], [[], [0]], [1]])
    for (const dtype of ['i32', 'i64', 'u8', 'bool', 'f64'] as const) {
      const { values } = await unique(tensor([1, 0, 1], { dtype }))
      expect([values.dtype, await numbers(values)]).toEqual([dtype, [0, 1]])
    }
    expect(await all(tensor([5, 5, 3, 5, 5]), { consecutive: true })).toEqual([
      [[3], [5, 3, 5]],
      [[5], [0, 0, 1, 2, 2]],
      [2, 1, 2],
    ])
  })
  test('slices', async () => {
    const x = tensor([
      [2, 1, 2],
      [0, 5, 0],
    ])
    expect(await all(x, { axis: 1 })).toEqual([
      [
        [2, 2],
        [1, 2, 5, 0],
      ],
      [[3], [1, 0, 1]],
      [1, 2],
    ])
    expect(
      await all(
        tensor([
          [1, 2],
          [1, 2],
          [0, 9],
        ]),
        { axis: 0 },
      ),
    ).toEqual([
      [
        [2, 2],
        [0, 9, 1, 2],
      ],
      [[3], [1, 1, 0]],
      [1, 2],
    ])
    expect(
      await all(
        tensor([
          [1, 2],
          [1, 2],
          [0, 9],
        ]),
        { axis: -2, consecutive: true },
      ),
    ).toEqual([
      [
        [2, 2],
        [1, 2, 0, 9],
      ],
      [[3], [0, 0, 1]],
      [2, 1],
    ])
    expect(await all(zeros([0, 2]), { axis: 0 })).toEqual([[[0, 2], []], [[0], []], []])
    await expect(unique(zeros([2, 0]), { axis: 0 })).rejects.toThrow('slices of (2, 0) f32 along axis 0 are empty')
  })
  test('values carry gradients to where they are first', async () => {
    const x = tensor([3, 1, 3])
    const { values } = await unique(x)
    expect(values.value).toBeUndefined()
    const { inverse } = await unique(x)
    expect(await numbers(inverse)).toEqual([1, 0, 1])
  })
})

describe('bincount', () => {
  const ids = (...v: number[]): Tensor => tensor(v, { dtype: 'i32' })
  test('as long as the largest number asks for', async () => {
    expect(await numbers(await bincount(ids(1, 3, 1)))).toEqual([0, 2, 0, 1])
    expect(await numbers(await bincount(ids(0), { minLength: 3 }))).toEqual([1, 0, 0])
    expect((await bincount(ids())).shape).toEqual([0])
    expect(await numbers(await ids(1, 1, 0).bincount({ weights: tensor([0.5, 1, 2]) }))).toEqual([2, 1.5])
    expect(await numbers(await bincount(tensor([2], { dtype: 'u8' })))).toEqual([0, 0, 1])
  })
  test('negative numbers', async () => {
    await expect(bincount(ids(1, -2))).rejects.toThrow("bincount: -2 in (2) i32 is no count's number: give whole numbers from 0 on")
    await expect(bincount(ids(1, -2), { length: 3 }).data()).rejects.toThrow('is outside the axis of')
    await expect(bincount(ids(4), { length: 3 }).data()).rejects.toThrow('is outside the axis of')
  })
})

test('a mask that is not known says what to do, inside a compiled function too', async () => {
  const f = compile((t: Tensor) => t.at(t.greater(0)))
  await expect(f(tensor([1, 2]))).rejects.toThrow('inside a compiled function give the size: nonzero(mask, { size })')
  const g = compile((t: Tensor) => maskedSelect(t, t.greater(0), { size: 2 }))
  expect(await numbers(await g(tensor([1, -1, 3])))).toEqual([1, 3])
  expect(await numbers(await g(tensor([-1, -1, 3])))).toEqual([3, 0])
})
