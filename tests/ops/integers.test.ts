/** Integers and booleans: exact beyond 2⁵³, wrapping beyond their dtype, counted in i64 as PyTorch does, refused where NumPy refuses. */
import { describe, expect, test } from 'vitest'
import * as hebb from '../../src/index.js'
import { type Dtype, DtypeError, full, type Tensor, tensor } from '../../src/index.js'

const big = 2n ** 53n + 1n
const longs = (...v: bigint[]): Tensor => tensor(BigInt64Array.from(v))
const whole = (dtype: Dtype, ...v: number[]): Tensor => tensor(v, { dtype })
const top = 2 ** 31 - 1

const exact: readonly (readonly [name: string, call: () => Tensor, want: readonly bigint[]])[] = [
  ['sum', () => longs(big, 1n, 2n).sum(), [big + 3n]],
  ['sum of rows', () => longs(big, 1n, 2n, 3n).reshape([2, 2]).sum(0), [big + 2n, 4n]],
  ['sum of columns', () => longs(big, 1n, 2n, 3n).reshape([2, 2]).sum(1), [big + 1n, 5n]],
  ['sum between', () => longs(big, 1n, 2n, big, 5n, 6n, 7n, 8n).reshape([2, 2, 2]).sum(1), [big + 2n, big + 1n, 12n, 14n]],
  ['sum around', () => longs(big, 1n, 2n, big, 5n, 6n, 7n, 8n).reshape([2, 2, 2]).sum([0, 2]), [big + 12n, big + 17n]],
  ['prod', () => full([37], 3, { dtype: 'i64' }).prod(), [3n ** 37n]],
  ['prod of columns', () => longs(big, 3n, 1n, 5n).reshape([2, 2]).prod(0), [big, 15n]],
  ['cumsum', () => longs(big, 1n, 1n).cumsum(0), [big, big + 1n, big + 2n]],
  ['cumprod', () => longs(big, 1n, 3n).cumprod(0), [big, big, 3n * big]],
  ['pow, a number', () => longs(3n, -3n).pow(37), [3n ** 37n, -(3n ** 37n)]],
  [
    'pow, integers',
    () => longs(3n, 2n, -2n, 7n, 0n, 5n).pow(longs(37n, 62n, 61n, 0n, 0n, 1n)),
    [3n ** 37n, 2n ** 62n, -(2n ** 61n), 1n, 1n, 5n],
  ],
  ['pow that wraps', () => longs(3n).pow(longs(100n)), [BigInt.asIntN(64, 3n ** 100n)]],
  ['pow of a number', () => hebb.pow(2, longs(5n, 60n)), [32n, 2n ** 60n]],
  ['square', () => longs(94906267n).square(), [94906267n ** 2n]],
  ['mul', () => longs(big).mul(3), [3n * big]],
  ['abs', () => longs(-big).abs(), [big]],
  ['sign', () => longs(-big, 0n).sign(), [-1n, 0n]],
  ['neg', () => longs(big).neg(), [-big]],
  [
    'max and min',
    () =>
      hebb.concat([
        longs(big, big - 1n)
          .max()
          .reshape([1]),
        longs(big, big - 1n)
          .min()
          .reshape([1]),
      ]),
    [big, big - 1n],
  ],
  ['maximum', () => longs(big).maximum(longs(big - 1n)), [big]],
  ['clamp', () => longs(big).clamp({ min: 1 }), [big]],
  ['sort', () => longs(big, big - 1n, big + 1n).sort().values, [big - 1n, big, big + 1n]],
  ['topK', () => longs(big, big - 1n, big + 1n).topK(2).values, [big + 1n, big]],
  [
    'matmul',
    () =>
      longs(big, 1n)
        .reshape([1, 2])
        .matmul(longs(1n, 1n).reshape([2, 1])),
    [big + 1n],
  ],
  [
    'matmul, transposed',
    () =>
      longs(big, 1n, 1n, 1n)
        .reshape([2, 2])
        .transpose()
        .matmul(longs(1n, 1n, 2n, 2n).reshape([2, 2])),
    [big + 2n, big + 2n, 3n, 3n],
  ],
  ['einsum', () => hebb.einsum('i,i->', longs(big, 1n), longs(1n, 1n)), [big + 1n]],
  ['mod', () => longs(big, -big).mod(10), [3n, 7n]],
  ['floorDiv', () => longs(big).floorDiv(1), [big]],
  ['where', () => longs(1n).equal(1).where(longs(big), 0), [big]],
  ['trace', () => hebb.trace(longs(big, 0n, 0n, 1n).reshape([2, 2])), [big + 1n]],
  ['round, floor and ceil', () => hebb.concat([longs(big).round(), longs(big).floor(), longs(big).ceil()]), [big, big, big]],
  ['tril', () => longs(big, 1n, 2n, 3n).reshape([2, 2]).tril(), [big, 0n, 2n, 3n]],
  ['a sum that wraps', () => longs(2n ** 63n - 1n, 1n).sum(), [-(2n ** 63n)]],
]
test.each(exact)('i64 %s', async (_, call, want) => {
  const t = call()
  expect(t.dtype).toBe('i64')
  expect(Array.from((await t.data()) as BigInt64Array)).toEqual(want)
})

test('i64 comparisons and places', async () => {
  expect(
    await longs(big)
      .equal(longs(big - 1n))
      .item(),
  ).toBe(0)
  expect(
    await longs(big)
      .greater(longs(big - 1n))
      .item(),
  ).toBe(1)
  expect(
    await longs(big - 1n, big)
      .argmax()
      .item(),
  ).toBe(1)
  expect(
    await longs(big, big - 1n)
      .argmin()
      .item(),
  ).toBe(1)
})

describe('sums and products count in i64', () => {
  test.each(['bool', 'u8', 'i32'] as const)('%s', async (dtype) => {
    const x = whole(dtype, 1, 1, 0, 1)
    for (const [t, want] of [
      [x.sum(), [3n]],
      [x.prod(), [0n]],
      [x.cumsum(0), [1n, 2n, 2n, 3n]],
      [x.cumprod(0), [1n, 1n, 0n, 0n]],
      [x.cumsum(0, { exclusive: true, reverse: true }), [2n, 1n, 1n, 0n]],
    ] as const) {
      expect(t.dtype).toBe('i64')
      expect(Array.from((await t.data()) as BigInt64Array)).toEqual(want)
    }
    expect(x.mean().dtype).toBe('f32')
    expect(await x.mean().item()).toBe(0.75)
  })
  test('beyond i32', async () => {
    const x = full([3, 2], top, { dtype: 'i32' })
    expect(await x.sum().item()).toBe(6 * top)
    expect(Array.from((await x.sum(0).data()) as BigInt64Array)).toEqual([3n * BigInt(top), 3n * BigInt(top)])
    expect(await full([3], 65536, { dtype: 'i32' }).prod().item()).toBe(2 ** 48)
    expect(await full([300, 1000], 255, { dtype: 'u8' }).sum().item()).toBe(76_500_000)
  })
  test('of nothing', async () => {
    expect(await hebb.zeros([0], { dtype: 'i32' }).sum().item()).toBe(0)
    expect(await hebb.zeros([0], { dtype: 'i64' }).prod().item()).toBe(1)
    expect(Array.from((await hebb.zeros([0, 2], { dtype: 'i64' }).prod(0).data()) as BigInt64Array)).toEqual([1n, 1n])
  })
})

test('i32 and bytes wrap', async () => {
  const list = async (t: Tensor): Promise<number[]> => Array.from(await t.data(), Number)
  expect(await list(whole('i32', top).add(1))).toEqual([-(2 ** 31)])
  expect(await list(whole('i32', 65537).mul(65537))).toEqual([131073])
  expect(await list(whole('i32', 65537).pow(2))).toEqual([131073])
  expect(await list(whole('i32', 3).pow(21))).toEqual([Number(BigInt.asIntN(32, 3n ** 21n))])
  expect(await list(whole('i32', 3, -3, 2, 0).pow(whole('i32', 41, 21, 31, 0)))).toEqual(
    [3n ** 41n, (-3n) ** 21n, 2n ** 31n, 1n].map((v) => Number(BigInt.asIntN(32, v))),
  )
  expect(await list(full([1, 3], 65537, { dtype: 'i32' }).matmul(full([3, 1], 65537, { dtype: 'i32' })))).toEqual([393219])
  expect(await list(whole('u8', 255, 200).add(whole('u8', 2, 100)))).toEqual([1, 44])
  expect(await list(whole('u8', 1, 200).neg())).toEqual([255, 56])
  expect(await list(whole('u8', 3, 255).pow(whole('u8', 5, 2)))).toEqual([243, 1])
  expect(
    await list(
      whole('u8', 16, 15)
        .reshape([1, 2])
        .matmul(whole('u8', 16, 15).reshape([2, 1])),
    ),
  ).toEqual([481 % 256])
})

describe('negative powers of integers', () => {
  test('known ones are refused with the cure', () => {
    for (const t of [whole('i32', 0), longs(2n)]) {
      expect(() => t.pow(-1)).toThrow(DtypeError)
      expect(() => t.pow(-1)).toThrow(/cast x first, as in x.cast\('f32'\)/)
      expect(() => t.pow(whole(t.dtype, -1))).toThrow(DtypeError)
    }
  })
  test('others are 0, or ±1 of ±1', async () => {
    const powers = hebb.compile((a: Tensor, b: Tensor) => a.pow(b))
    const got = await powers(whole('i32', 0, 1, -1, -1, 2, -7), whole('i32', -1, -5, -3, -4, -1, -2))
    expect(Array.from(await got.data(), Number)).toEqual([0, 1, -1, 1, 0, 0])
  })
  test('fractions are floats', async () => {
    expect(Array.from(await whole('i32', 4, 9).pow(0.5).data(), Number)).toEqual([2, 3])
    expect(
      Array.from(
        await whole('i32', 4)
          .pow(tensor([-0.5]))
          .data(),
        Number,
      ),
    ).toEqual([0.5])
  })
})

describe('booleans', () => {
  const [a, b] = [whole('bool', 1, 0, 1, 0), whole('bool', 1, 1, 0, 0)]
  const matrix = a.reshape([2, 2])
  test.each([
    ['add is or', () => a.add(b), [1, 1, 1, 0]],
    ['mul is and', () => a.mul(b), [1, 0, 0, 0]],
    ['maximum is or', () => a.maximum(b), [1, 1, 1, 0]],
    ['minimum is and', () => a.minimum(b), [1, 0, 0, 0]],
    ['matmul is or of ands', () => matrix.matmul(b.reshape([2, 2])), [1, 1, 1, 1]],
    ['einsum too', () => hebb.einsum('ij,kj->ik', matrix, b.reshape([2, 2])), [1, 0, 1, 0]],
    ['square', () => a.square(), [1, 0, 1, 0]],
    ['abs', () => a.abs(), [1, 0, 1, 0]],
    ['max', () => matrix.max(0), [1, 0]],
    ['sort', () => a.sort().values, [0, 0, 1, 1]],
    ['isNaN', () => a.isNaN(), [0, 0, 0, 0]],
    ['isFinite', () => a.isFinite(), [1, 1, 1, 1]],
  ] as const)('%s', async (_, call, want) => {
    const t = call()
    expect(t.dtype).toBe('bool')
    expect(Array.from(await t.data(), Number)).toEqual(want)
  })
  test.each([
    ['sub', () => a.sub(b)],
    ['mod', () => a.mod(b)],
    ['pow', () => a.pow(b)],
    ['neg', () => a.neg()],
  ] as const)('%s is refused with the cure', (name, call) => {
    expect(call).toThrow(DtypeError)
    expect(call).toThrow(`${name}: not defined for bool: cast x first`)
  })
  test('are divided as the numbers they are', async () => {
    expect(await a.div(whole('i32', 2, 2, 4, 4)).array()).toEqual([0.5, 0, 0.25, 0])
  })
  test('with numbers they count', async () => {
    for (const [t, want] of [
      [a.add(1), [2, 1, 2, 1]],
      [hebb.sub(1, a), [0, 1, 0, 1]],
      [a.clamp({ min: 1, max: 2 }), [1, 1, 1, 1]],
      [a.add(whole('i32', 1, 1, 1, 1)), [2, 1, 2, 1]],
      [a.mul(whole('u8', 7, 7, 7, 7)), [7, 0, 7, 0]],
    ] as const) {
      expect(t.dtype).not.toBe('bool')
      expect(Array.from(await t.data(), Number)).toEqual(want)
    }
    expect(Array.from(await whole('i32', 3, 1).clamp({ max: 1.5 }).data(), Number)).toEqual([1.5, 1])
  })
})

describe('made from nothing', () => {
  test.each(['f32', 'f64', 'i32', 'i64', 'bool', 'u8', 'f16', 'bf16'] as const)('%s', async (dtype) => {
    for (const [t, want] of [
      [full([2], 1, { dtype }), [1, 1]],
      [hebb.zeros([2], { dtype }), [0, 0]],
      [hebb.ones([2], { dtype }), [1, 1]],
      [hebb.eye(2, 2, { dtype }), [1, 0, 0, 1]],
      [hebb.arange(0, 2, 1, { dtype }), [0, 1]],
      [hebb.linspace(0, 1, 2, { dtype }), [0, 1]],
      [full([1], 1, { dtype }).expand([3]), [1, 1, 1]],
      [full([2], 1, { dtype }).isNaN(), [0, 0]],
      [full([2], 1, { dtype }).isFinite(), [1, 1]],
    ] as const)
      expect(Array.from(await t.cast('f32').data(), Number)).toEqual(want)
  })
  test('linspace of integers rounds down, as NumPy', async () => {
    const list = async (...[from, to, n]: [number, number, number]): Promise<number[]> =>
      Array.from(await hebb.linspace(from, to, n, { dtype: 'i32' }).data(), Number)
    expect(await list(4.3, 0, 1)).toEqual([4])
    expect(await list(-4.3, 0, 1)).toEqual([-5])
    expect(await list(4.3, 0, 3)).toEqual([4, 2, 0])
    expect(await list(-1.5, 2, 3)).toEqual([-2, 0, 2])
  })
  test('arange stays within its dtype or throws', async () => {
    expect(() => hebb.arange(2 ** 31, 2 ** 31 + 2)).toThrow(/2147483648 is outside of i32.*give dtype 'i64'/)
    expect(() => hebb.arange(2 ** 31 - 2, 2 ** 31 + 2)).toThrow(DtypeError)
    expect(() => hebb.arange(-(2 ** 31), -(2 ** 31) - 2, -1)).toThrow(DtypeError)
    expect(() => hebb.arange(0, 300, 1, { dtype: 'u8' })).toThrow(DtypeError)
    expect(Array.from(await hebb.arange(2 ** 31 - 2, 2 ** 31).data(), Number)).toEqual([2 ** 31 - 2, 2 ** 31 - 1])
    expect(Array.from((await hebb.arange(2 ** 40, 2 ** 40 + 2, 1, { dtype: 'i64' }).data()) as BigInt64Array)).toEqual([
      2n ** 40n,
      2n ** 40n + 1n,
    ])
  })
})

test('floorDiv and mod are parts of one division', async () => {
  for (const dtype of ['i32', 'i64'] as const) {
    const [a, b] = [whole(dtype, 7, -7, 7, -7, top, -top - 1), whole(dtype, 2, 2, -2, -2, 3, 5)]
    expect(await a.floorDiv(b).mul(b).add(a.mod(b)).equal(a).all().item()).toBe(1)
    expect(
      await a
        .floorDiv(b)
        .slice([[0, 4]])
        .cast('f32')
        .array(),
    ).toEqual([3, -4, -4, 3])
    expect(
      await a
        .div(b)
        .slice([[0, 4]])
        .array(),
    ).toEqual([3.5, -3.5, -3.5, 3.5])
    expect(a.div(b).dtype).toBe('f32')
  }
})
