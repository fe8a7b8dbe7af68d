/** Draws: spread as they should be, the same everywhere, and gone on with after they were saved. */
import { describe, expect, test } from 'vitest'
import { Draws, HebbError } from '../../src/index.js'
import { keyOf, normal, permutation, randint } from '../../src/kernels/random.js'

const many = <T>(n: number, draw: () => T): T[] => Array.from({ length: n }, draw)
const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length
/** Σ (seen − expected)² / expected of equally likely kinds: near kinds − 1, with deviation √(2 (kinds − 1)). */
const chiSquared = (kinds: number, values: Iterable<number>): number => {
  const counts = new Float64Array(kinds)
  let n = 0
  for (const v of values) {
    counts[v]!++
    n++
  }
  return counts.reduce((sum, c) => sum + (c - n / kinds) ** 2 / (n / kinds), 0)
}

describe('a stream of draws', () => {
  test('is f(seed, path, count): these numbers on every machine', () => {
    const draws = new Draws(7, 'cart', 2)
    expect([draws.uniform(), draws.normal(), draws.integer(-3, 4), draws.bernoulli(), draws.uniform(-1, 1)]).toMatchInlineSnapshot(`
      [
        0.47072684888364524,
        -0.6669629812240601,
        1,
        false,
        -0.2981150523336755,
      ]
    `)
    expect(draws.count).toBe(5)
    expect([...draws.permutation(6)]).toMatchInlineSnapshot(`
      [
        2,
        4,
        5,
        1,
        0,
        3,
      ]
    `)
    expect([...draws.sample(1_000_000, 4)]).toMatchInlineSnapshot(`
      [
        932775,
        731534,
        338689,
        626606,
      ]
    `)
  })

  test('is made of the same bits as keyOf with the kernels: a draw is a step', () => {
    const [draws, key] = [new Draws(3, 'a'), keyOf(3, 'a')]
    expect(draws.normal()).toBe(normal(key, 0, new Float32Array(1))[0])
    expect(draws.integer(0, 10)).toBe(randint(key, 1, { high: 10 }, new Int32Array(1))[0])
    expect([...draws.permutation(9)]).toEqual([...permutation(9, key, 2)])
    expect([...new Draws(3, 'a').permutation(9)]).toEqual([...permutation(9, key)])
  })

  test('is the same one by one and many at once', () => {
    const [one, all] = [new Draws(1), new Draws(1)]
    expect([...all.normals(5)]).toEqual(many(5, () => one.normal()))
    expect([...all.integers(5, -2, 9)]).toEqual(many(5, () => one.integer(-2, 9)))
    expect([...all.uniforms(5)]).toEqual(many(5, () => Math.floor(one.uniform() * 2 ** 24) / 2 ** 24))
    expect(all.count).toBe(one.count)
  })

  test('of a child has a path below, takes nothing from its parent, and no two are alike', () => {
    const parent = new Draws(5, 'worlds')
    const first = many(4, () => parent.child(0).uniform())
    expect(new Set(first).size).toBe(1)
    expect(parent.count).toBe(0)
    expect(first[0]).toBe(new Draws(5, 'worlds', 0).uniform())
    expect(parent.child('a', 'b').uniform()).toBe(parent.child('a').child('b').uniform())
    const streams = [parent, parent.child(0), parent.child(1), parent.child('0'), new Draws(6, 'worlds')]
    expect(new Set(streams.map((s) => s.uniform())).size).toBe(streams.length)
    // 1000 worlds: their first numbers are spread evenly, whatever worlds there are
    expect(
      chiSquared(
        10,
        many(1000, () => 0).map((_, i) => Math.floor(parent.child(i).uniform() * 10)),
      ),
    ).toBeLessThan(9 + 5 * Math.sqrt(18))
  })
})

describe('draws are spread as they should be', () => {
  test('uniform', () => {
    const draws = new Draws(0, 'uniform')
    const values = many(20_000, () => draws.uniform())
    expect(Math.abs(mean(values) - 0.5)).toBeLessThan(4 / Math.sqrt(12 * 20_000))
    expect(
      chiSquared(
        100,
        values.map((v) => Math.floor(v * 100)),
      ),
    ).toBeLessThan(99 + 5 * Math.sqrt(198))
    // neighbours know nothing of one another
    expect(
      chiSquared(
        100,
        values.slice(1).map((v, i) => 10 * Math.floor(v * 10) + Math.floor(values[i]! * 10)),
      ),
    ).toBeLessThan(99 + 5 * Math.sqrt(198))
    expect(values.every((v) => v >= 0 && v < 1)).toBe(true)
    expect(new Set(values).size).toBe(values.length)
    const wide = many(1000, () => draws.uniform(-2, 6))
    expect(Math.min(...wide)).toBeGreaterThanOrEqual(-2)
    expect(Math.max(...wide)).toBeLessThan(6)
  })

  test('normal', () => {
    const draws = new Draws(0, 'normal')
    const values = many(20_000, () => draws.normal())
    expect(Math.abs(mean(values))).toBeLessThan(4 / Math.sqrt(20_000))
    expect(mean(values.map((v) => v * v))).toBeCloseTo(1, 1)
    expect(mean(values.map((v) => v ** 4))).toBeCloseTo(3, 0)
    expect(Math.abs(mean(values.slice(1).map((v, i) => v * values[i]!)))).toBeLessThan(4 / Math.sqrt(20_000))
    expect(mean(many(5000, () => draws.normal(3, 0.1)))).toBeCloseTo(3, 2)
  })

  test('integer, of any range', () => {
    const draws = new Draws(0, 'integer')
    expect(chiSquared(7, draws.integers(20_000, 0, 7))).toBeLessThan(6 + 5 * Math.sqrt(12))
    expect(
      chiSquared(
        3,
        many(9000, () => Math.floor((draws.integer(-(2 ** 30) * 3, 0) + 2 ** 30 * 3) / 2 ** 30)),
      ),
    ).toBeLessThan(2 + 5 * 2)
    expect(draws.integer(4, 5)).toBe(4)
    expect(many(50, () => draws.integer(2 ** 40, 2 ** 40 + 2 ** 32)).every((v) => v >= 2 ** 40)).toBe(true)
  })

  test('bernoulli, categorical, choice', () => {
    const draws = new Draws(0, 'choice')
    expect(mean(many(10_000, () => Number(draws.bernoulli(0.2))))).toBeCloseTo(0.2, 1)
    const weights = [1, 0, 3, 4]
    const counts = [0, 0, 0, 0]
    for (let i = 0; i < 16_000; i++) counts[draws.categorical(weights)]!++
    expect(counts[1]).toBe(0)
    for (const [i, w] of weights.entries()) expect(Math.abs(counts[i]! / 16_000 - w / 8)).toBeLessThan(0.02)
    expect(new Set(many(100, () => draws.choice('abc'))).size).toBe(3)
    expect(many(50, () => draws.choice(['a', 'b'], [0, 2]))).toEqual(Array(50).fill('b'))
  })

  test('permutation, shuffled, sample: every order equally likely', () => {
    const draws = new Draws(0, 'orders')
    const rank = (order: ArrayLike<number>): number => ['012', '021', '102', '120', '201', '210'].indexOf(Array.from(order).join(''))
    expect(
      chiSquared(
        6,
        many(6000, () => rank(draws.permutation(3))),
      ),
    ).toBeLessThan(5 + 5 * Math.sqrt(10))
    expect(
      chiSquared(
        6,
        many(6000, () => rank(draws.sample(3, 3))),
      ),
    ).toBeLessThan(5 + 5 * Math.sqrt(10))
    const pairs = many(12_000, () => draws.sample(4, 2))
    expect(
      chiSquared(
        12,
        pairs.map(([a, b]) => 3 * a! + (b! < a! ? b! : b! - 1)),
      ),
    ).toBeLessThan(11 + 5 * Math.sqrt(22))
    const list = ['a', 'b', 'c', 'd']
    expect(draws.shuffled(list).sort()).toEqual(list)
    expect(list).toEqual(['a', 'b', 'c', 'd'])
    expect(new Set(draws.sample(2 ** 31, 1000)).size).toBe(1000)
    expect(draws.sample(5, 0)).toHaveLength(0)
  })
})

describe('the state of draws', () => {
  const next = (draws: Draws): unknown[] => [
    draws.uniform(),
    draws.normal(),
    draws.integer(0, 9),
    [...draws.permutation(5)],
    draws.child('x').uniform(),
  ]

  test('is two numbers, and goes on anywhere', () => {
    const draws = new Draws(4, 'run')
    draws.normals(17)
    const saved = JSON.parse(JSON.stringify(draws.state().plain)) as ReturnType<Draws['state']>['plain']
    const wanted = next(draws)
    const other = new Draws(0)
    other.check({ plain: saved })
    other.restore({ plain: saved })
    expect(next(other)).toEqual(wanted)
    expect(other.count).toBe(21)
  })

  test.each([
    null,
    3,
    [],
    {},
    { key: [1], count: 0 },
    { key: [1, 2 ** 32], count: 0 },
    { key: [1, 2], count: -1 },
    { key: [1, 2], count: 0.5 },
    { key: 'ab', count: 1 },
  ])('%j is none', (plain) => {
    expect(() => new Draws(0).check({ plain })).toThrow('is no state of draws')
  })
})

test('draws say what is wrong', () => {
  const draws = new Draws(0)
  for (const [wrong, message] of [
    [() => draws.uniform(1, 0), 'uniform: from 1 to 0'],
    [() => draws.integer(3, 3), 'integer: nothing to choose from 3'],
    [() => draws.integer(0, 2 ** 33), 'at most 2^32 apart'],
    [() => draws.integers(2, 0, 2 ** 32), 'not all within 32 bits'],
    [() => draws.bernoulli(1.5), 'bernoulli: 1.5 is no probability'],
    [() => draws.categorical([1, -1]), 'weight 1 is -1'],
    [() => draws.categorical([0, 0]), '2 weights add up to 0'],
    [() => draws.choice([]), 'choice: the list is empty'],
    [() => draws.choice([1, 2], [1]), '2 to choose from, but 1 weights'],
    [() => draws.sample(3, 4), 'sample: 4 different ones of 3'],
    [() => draws.normals(-1), 'normals: -1 draws'],
    [() => new Draws(Number.NaN), 'the seed is NaN'],
  ] as const) {
    expect(wrong).toThrow(HebbError)
    expect(wrong).toThrow(message)
  }
  expect(draws.count).toBe(0)
})
