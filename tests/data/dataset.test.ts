import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { batches } from '../../src/data/batches.js'
import { Dataset, dataset } from '../../src/data/dataset.js'
import { tensor } from '../../src/index.js'

const numbers = (n: number) =>
  dataset({ x: Float32Array.from({ length: n }, (_, i) => i), y: Int32Array.from({ length: n }, (_, i) => i % 3) })
const xs = (data: Dataset<'x' | 'y'>): number[] => Array.from(data.columns.x.data, Number)

describe('building', () => {
  test('nested arrays, typed arrays, objects with shapes, booleans, bigints, names', () => {
    const data = dataset({
      nested: [
        [1, 2],
        [3, 4],
      ],
      bytes: { data: Uint8Array.of(0, 51, 102, 255), shape: [2, 1], scale: 1 / 255 },
      flags: [true, false],
      big: [1n, -2n],
      half: { data: [1.5, -2], dtype: 'f16' },
      y: ['dog', 'cat'],
    })
    expect(String(data)).toBe(
      'Dataset of 2: nested (2) f32, bytes (2, 1) u8 × 0.00392, flags () bool, big () i64, half () f16, y () i32; 2 classes',
    )
    expect(data.classes).toEqual(['cat', 'dog'])
    expect(data.example(0)).toEqual({
      nested: Float32Array.of(1, 2),
      bytes: Float32Array.of(0, 0.2),
      flags: 1,
      big: 1,
      half: 1.5,
      y: 1,
    })
    expect(data.example(-1)).toMatchObject({ big: -2, half: -2, y: 0 })
    expect(() => data.example(2)).toThrow('there is no example 2: the set has 2')
  })

  test('flat numbers with a shape', () => {
    const data = dataset({ x: { data: Float64Array.of(1, 2, 3, 4, 5, 6), shape: [3] } })
    expect([data.length, data.columns.x.dtype, data.columns.x.shape]).toEqual([2, 'f64', [3]])
  })

  test.each<[string, () => unknown, string]>([
    ['lengths', () => dataset({ x: [[1], [2]], y: [1, 2, 3] }), 'columns differ in length: x has 2 examples, y has 3 examples'],
    ['no columns', () => dataset({}), 'no columns'],
    [
      'a tensor to come',
      () => dataset({ y: tensor([[1, 2]]).add(1) }),
      "column y is a tensor (1, 2) f32 that is not computed yet: give { data: await y.data(), shape: [2], dtype: 'f32' }",
    ],
    ['empty array', () => dataset({ x: [] }), 'column x is empty: give at least one example'],
    ['empty typed array', () => dataset({ x: new Float32Array(0) }), 'no examples'],
    ['ragged', () => dataset({ x: [[1, 2], [3]] }), 'column x: rows differ in length on axis 1: 1 and 2'],
    [
      'wrong dtype',
      () => dataset({ x: { data: new Float32Array(2), dtype: 'i32' } }),
      'said to be i32, which a Int32Array holds, but its data is a Float32Array',
    ],
    ['fraction as i32', () => dataset({ x: { data: [1.5], dtype: 'i32' } }), 'column x: 1.5 is no i32'],
    ['scale on floats', () => dataset({ x: { data: new Float32Array(2), scale: 2 } }), 'has a scale but is f32'],
    [
      'not a multiple',
      () => dataset({ x: { data: new Float32Array(5), shape: [2] } }),
      '5 numbers, no multiple of the 2 of one example (2)',
    ],
    ['bad shape', () => dataset({ x: { data: new Float32Array(4), shape: [0] } }), 'sizes are whole numbers of at least 1'],
    ['strings among numbers', () => dataset({ x: [1, 'a'] as number[] }), 'column x: among the numbers is the string "a"'],
    ['null', () => dataset({ x: [1, null] as number[] }), 'column x: among the numbers is null'],
    ['no array', () => dataset({ x: 3 as never }), 'column x is number: give an array'],
    ['two columns of names', () => dataset({ x: ['a'], y: ['b'] }), 'column y holds strings, but the classes are already known'],
    ['reserved', () => dataset({ indices: [1] }), 'a column cannot be called indices'],
  ])('%s', (_, make, message) => expect(make).toThrow(message))
})

describe('picking examples', () => {
  test('take, skip, slice share memory; bounds as arrays have them', () => {
    const data = numbers(10)
    expect(xs(data.take(3))).toEqual([0, 1, 2])
    expect(xs(data.skip(8))).toEqual([8, 9])
    expect(xs(data.slice(-3, -1))).toEqual([7, 8])
    expect(data.take(99).length).toBe(10)
    expect([data.slice(5, 2).length, data.skip(10).length]).toEqual([0, 0])
    expect(data.take(3).columns.x.data.buffer).toBe(data.columns.x.data.buffer)
  })

  test('select, shuffle, filter', () => {
    const data = numbers(10)
    expect(xs(data.select([9, 0, 0]))).toEqual([9, 0, 0])
    expect(() => data.select([10])).toThrow('there is no example 10')
    expect(xs(data.filter(({ y }, i) => y === 2 && i > 2))).toEqual([5, 8])
    const shuffled = xs(data.shuffle(1))
    expect(shuffled).not.toEqual(xs(data))
    expect(shuffled.sort((a, b) => a - b)).toEqual(xs(data))
    const images = dataset({ x: { data: Uint8Array.of(0, 255, 0, 255), shape: [1], scale: 1 / 255 } })
    expect(images.select([1]).columns.x).toEqual({ data: Uint8Array.of(255), shape: [1], dtype: 'u8', scale: 1 / 255 })
  })

  test('split covers the set once, the same for a seed, in proportion when stratified', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 300 }), fc.double({ min: 0.2, max: 0.8, noNaN: true }), fc.integer(), (n, fraction, seed) => {
        const [a, b] = numbers(n).split(fraction, { seed })
        expect(a.length).toBe(Math.round(n * fraction))
        expect([...xs(a), ...xs(b)].sort((p, q) => p - q)).toEqual(xs(numbers(n)))
        expect(xs(numbers(n).split(fraction, { seed })[1])).toEqual(xs(b))
        const [c] = numbers(n).split(fraction, { seed, stratify: 'y' })
        const whole = numbers(n).classCounts()
        for (const [k, count] of c.classCounts().entries()) expect(Math.abs(count - whole[k]! * (c.length / n))).toBeLessThan(2)
      }),
      { numRuns: 40 },
    )
    expect(
      numbers(60_000)
        .split(0.9)
        .map((part) => part.length),
    ).toEqual([54_000, 6_000])
    expect(
      numbers(10)
        .split([0.5, 0.2, 0.3])
        .map((part) => part.length),
    ).toEqual([5, 2, 3])
    expect(numbers(10).split(4, { shuffle: false }).map(xs)).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7, 8, 9],
    ])
    expect(xs(numbers(9).split(0.5, { shuffle: false, stratify: 'y' })[0]).sort()).toEqual([0, 1, 2, 3, 4])
  })

  test.each<[number | number[], string]>([
    [[0.5, 0.6], 'fractions must add up to 1, these make 1.1'],
    [[5, 6], 'sizes must add up to 10, these make 11'],
    [11, 'every part must be more than nothing'],
    [0, 'every part must be more than nothing'],
    [0.01, 'part 1 would be empty'],
    [[0.5, 5], 'give fractions below 1, or whole sizes, not both'],
  ])('split %j is refused', (parts, message) => expect(() => numbers(10).split(parts as number[])).toThrow(message))

  test('overlapping examples: slices are views, selections are packed', () => {
    const data = new Dataset({ x: { data: Int32Array.of(0, 1, 2, 3, 4), shape: [3], dtype: 'i32', stride: 1 } })
    expect(data.length).toBe(3)
    expect(data.skip(1).example(0)).toEqual({ x: Int32Array.of(1, 2, 3) })
    expect(data.slice(1, 1).length).toBe(0)
    expect(data.select([2, 0]).columns.x).toEqual({ data: Int32Array.of(2, 3, 4, 0, 1, 2), shape: [3], dtype: 'i32' })
    expect(data.concat(data).length).toBe(6)
  })
})

describe('changing examples', () => {
  test('map keeps dtypes and shapes of fields of the same name', () => {
    const data = dataset({ x: { data: Uint8Array.of(0, 51, 102, 255), shape: [2, 1], scale: 1 / 255 }, y: ['b', 'a'] })
    const mapped = data.map(({ x, y }, i) => ({
      x: (x as Float32Array).map((v) => 1 - v),
      y: 1 - Number(y),
      weight: i / 2,
      flat: [1, 2, 3],
      odd: i % 2 === 1,
    }))
    expect(String(mapped)).toBe('Dataset of 2: x (2, 1) f32, y () i32, weight () f32, flat (3) f32, odd () bool; 2 classes')
    expect(mapped.example(1)).toMatchObject({ y: 1, weight: 0.5, odd: 1 })
    expect((mapped.example(0).x as Float32Array)[1]).toBeCloseTo(0.8)
    expect(data.map(({ x }) => ({ x })).classes).toBeUndefined()
    expect(data.map(({ y }) => ({ y }), { dtypes: { y: 'i64' } }).columns.y.data).toEqual(BigInt64Array.of(1n, 0n))
  })
  test('map says what does not fit', () => {
    const data = numbers(3)
    expect(() => data.map(({ y }) => ({ y: Number(y) / 2 }))).toThrow(
      "field y (): 0.5 is no i32; name another: map(f, { dtypes: { y: 'f32' } })",
    )
    expect(() => data.map((_, i) => ({ a: new Array<number>(i + 1).fill(0) }))).toThrow(
      'field a has 1 numbers in example 0 and 2 numbers in example 1: all examples need one shape',
    )
    expect(() => data.map((_, i) => (i === 0 ? { a: 1, b: 1 } : { a: 1 }) as { a: number; b: number })).toThrow(
      'field b is in example 0 but not in example 1',
    )
    expect(() => data.take(0).map((e) => e)).toThrow('map: the set is empty')
  })

  test('concat, pick, rename, with', () => {
    const data = numbers(2)
    expect(xs(data.concat(data, data.take(1)))).toEqual([0, 1, 0, 1, 0])
    expect(() => data.concat(data.map(({ x, y }) => ({ x, y: Number(y) }), { dtypes: { y: 'f32' } }))).toThrow(
      'concat: columns differ: x () f32, y () i32 and x () f32, y () f32',
    )
    const renamed = data.rename({ x: 'image' })
    expect(renamed.fields).toEqual(['image', 'y'])
    expect(renamed.columns.image.data).toBe(data.columns.x.data)
    expect(data.pick('y').fields).toEqual(['y'])
    expect(data.with({ z: [[1], [2]], y: ['u', 'v'] })).toMatchObject({ fields: ['x', 'y', 'z'], classes: ['u', 'v'] })
    expect(() => data.with({ z: [1] })).toThrow('columns differ in length: x has 2 examples, y has 2 examples, z has 1 examples')
    expect(() => data.pick('z' as 'x')).toThrow('pick: there is no column z: the set has x, y')
    expect(() => data.rename({ x: 'y' })).toThrow('two columns would be called the same: y, y')
  })

  test('class counts, iteration', () => {
    expect([...numbers(7).classCounts()]).toEqual([3, 2, 2])
    const names = dataset({ x: [1, 2], y: Int32Array.of(0, 0) }, { classes: ['a', 'b', 'c'] })
    expect([...names.classCounts()]).toEqual([2, 0, 0])
    expect(() => names.classCounts('x')).toThrow('x () f32 holds no class ids')
    expect([...numbers(2)]).toEqual([
      { x: 0, y: 0 },
      { x: 1, y: 1 },
    ])
  })
})

test('class ids are named as they are: below 0, beyond what counts classes, in every dtype, at every stride', () => {
  const x = new Float32Array(3)
  for (const y of [Int32Array.of(0, -1, 1), BigInt64Array.of(0n, -1n, 1n)]) {
    expect(() => dataset({ x, y }).classCounts()).toThrow('classCounts: y holds -1: class ids start at 0')
    expect(() => dataset({ x, y }).split(2, { stratify: 'y' })).toThrow('split: y holds -1: class ids start at 0')
  }
  expect(() => dataset({ x, y: BigInt64Array.of(0n, 2n ** 40n, 1n) }).classCounts()).toThrow('y holds 1099511627776, beyond 16777216')
  expect(() => dataset({ x, y: Int32Array.of(0, 2 ** 31 - 1, 1) }).classCounts()).toThrow('y holds 2147483647, beyond 16777216')
  const sparse = { data: Int32Array.of(2, -7, 0, -7, 2), shape: [], dtype: 'i32', stride: 2 } as const
  expect([...new Dataset({ y: sparse }).classCounts()]).toEqual([1, 0, 2])
})

test('every byte of a boolean but 0 is true, in sets, batches and tensors; the array given stays', async () => {
  const bytes = Uint8Array.of(0, 2, 255)
  const data = new Dataset({ x: { data: bytes, shape: [], dtype: 'bool' } })
  expect([...data].map(({ x }) => x)).toEqual([0, 1, 1])
  const [batch] = [...batches(data, 3, { shuffle: false })]
  expect(await batch!.x.array()).toEqual([false, true, true])
  expect(await tensor(bytes, { dtype: 'bool' }).cast('i32').array()).toEqual([0, 1, 1])
  expect(await tensor(bytes, { dtype: 'bool' }).cast('f32').sum().item()).toBe(2)
  expect([...bytes]).toEqual([0, 2, 255])
})

test('a tensor holds an example at each place of its first axis', () => {
  const { x, y } = dataset({
    x: tensor([
      [1, 2],
      [3, 4],
    ]),
    y: tensor([0, 1], { dtype: 'i32' }),
  }).columns
  expect([x.shape, x.dtype, Array.from(x.data, Number)]).toEqual([[2], 'f32', [1, 2, 3, 4]])
  expect([y.shape, y.dtype, Array.from(y.data, Number)]).toEqual([[], 'i32', [0, 1]])
})
