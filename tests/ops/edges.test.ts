/** Gradients where functions have kinks, ties and poles: what PyTorch gives, or what is finite where that is NaN. */
import { describe, expect, test } from 'vitest'
import * as hebb from '../../src/index.js'
import { grad, type Tensor, tensor } from '../../src/index.js'

const { NaN: nan, POSITIVE_INFINITY: inf } = Number
const row = (...values: number[]): Tensor => tensor(values, { dtype: 'f64' })
const ids = (...values: number[]): Tensor => tensor(values, { dtype: 'i32' })
const slope = async (f: (x: Tensor) => Tensor, ...at: number[]): Promise<number[]> =>
  Array.from((await grad((x: Tensor) => f(x).sum())(row(...at)).data()) as Float64Array)

describe('gradients', () => {
  test.each<[string, (x: Tensor) => Tensor, number[], number[]]>([
    ['hypot at 0', (x) => hebb.hypot(x, 0), [0, 3], [0, 1]],
    ['atan2 at 0', (x) => hebb.atan2(x, 0), [0], [0]],
    ['atan2 beside 0', (x) => hebb.atan2(x, 2), [0], [0.5]],
    ['logaddexp of −∞', (x) => hebb.logaddexp(x, -inf), [-inf, 0], [0.5, 1]],
    ['logaddexp of ∞', (x) => hebb.logaddexp(x, inf), [inf, 0], [0.5, 0]],
    ['xlogy at 0', (x) => hebb.xlogy(x, 0), [0], [0]],
    ['xlogy by 0', (x) => hebb.xlogy(0, x), [0, 2], [0, 0]],
    ['sinc at 0', hebb.sinc, [0], [0]],
    ['copySign at 0', (x) => hebb.copySign(x, -1), [0, 2, -2], [0, -1, 1]],
    ['nanToNum where it is none', (x) => hebb.nanToNum(x), [nan, inf, -inf, 2], [0, 0, 0, 1]],
    ['logit at the ends', (x) => hebb.logit(x), [0, 0.5, 1], [inf, 4, inf]],
    ['logit kept inside', (x) => hebb.logit(x, { epsilon: 0.25 }), [0, 0.5, 1], [0, 4, 0]],
    [
      'floorDiv, trunc, heaviside, round',
      (x) => hebb.floorDiv(x, 2).add(hebb.trunc(x)).add(hebb.heaviside(x, 1)).add(x.round(1)),
      [0.3],
      [0],
    ],
    ['fmod', (x) => hebb.fmod(x, 2), [3.5, -3.5], [1, 1]],
    ['clamp at its limits', (x) => x.clamp({ min: row(1, 1, 1), max: row(2, 2, 2) }), [1, 2, 3], [1, 1, 0]],
    ['the limits of clamp', (m) => row(0, 1, 2).clamp({ min: m, max: 5 }), [1, 1, 1], [1, 0, 0]],
    ['a limit above the other', (m) => row(0).clamp({ min: 7, max: m }), [3], [1]],
    ['nanSum and nanMean', (x) => hebb.nanSum(x).add(hebb.nanMean(x)), [nan, 2, 4], [0, 1.5, 1.5]],
    ['nanMax shares', (x) => hebb.nanMax(x), [nan, 4, 4, 1], [0, 0.5, 0.5, 0]],
    ['nanStd of equal ones', (x) => hebb.nanStd(x), [2, nan, 2], [0, 0, 0]],
    ['cummax takes the last of equal ones', (x) => hebb.cummax(x, 0).values, [3, 3, 1], [1, 2, 0]],
    ['logcumsumexp from −∞', (x) => hebb.logcumsumexp(x, 0), [-inf, -inf, 0], [1.5, 0.5, 1]],
    ['median of an even number', (x) => hebb.median(x), [4, 1, 3, 2], [0, 0, 0, 1]],
    ['quantile between two', (x) => hebb.quantile(x, 0.5), [4, 1, 3, 2], [0, 0, 0.5, 0.5]],
    ['normalize of zeros', (x) => hebb.normalize(x, { epsilon: 0.5 }), [0, 0], [2, 2]],
    ['cosineSimilarity of zeros', (x) => hebb.cosineSimilarity(x, row(3, 4), { epsilon: 0.1 }), [0, 0], [6, 8]],
    ['a tie of scatterReduce', (x) => hebb.scatterReduce(x, ids(0, 0, 1), row(5, 5, 1), 'max'), [5, 2], [1 / 3, 1]],
    ['the tie that comes', (s) => hebb.scatterReduce(row(5, 2), ids(0, 0, 1), s, 'max'), [5, 5, 1], [1 / 3, 1 / 3, 0]],
    ['what is left out has no gradient', (x) => hebb.scatterReduce(x, ids(0), row(1), 'mean', { includeSelf: false }), [5, 2], [0, 1]],
    ['a product with two zeros', (s) => hebb.scatterReduce(row(2, 1), ids(0, 0, 0), s, 'prod'), [0, 0, 3], [0, 0, 0]],
    ['a product with one zero', (s) => hebb.scatterReduce(row(2, 1), ids(0, 0), s, 'prod'), [0, 3], [6, 0]],
    ['an element read twice', (x) => x.at([0, 0, 1]), [1, 2, 3], [2, 1, 0]],
    ['what was written over', (x) => hebb.indexPut(x, [[0]], 5), [1, 2], [0, 1]],
    ['values of which the last stays', (v) => hebb.indexPut(row(0, 0), [[1, 1]], v), [1, 2], [0, 1]],
  ])('%s', async (_, f, at, want) => {
    const found = await slope(f, ...at)
    found.forEach((g, i) => {
      expect(g).toBeCloseTo(want[i]!, 12)
    })
  })

  test.each([0.5, 1, 1.5, 2, 3, inf])('cdist of equal rows, p %d', async (order) => {
    const point = tensor([[1, 2]], { dtype: 'f64' })
    const g = await grad((x: Tensor) => hebb.cdist(x.reshape([1, 2]), point, { order }).sum())(row(1, 2)).data()
    expect(Array.from(g, Number)).toEqual([0, 0])
    // far more differences than are written out one by one
    const many = await grad((x: Tensor) => hebb.cdist(x.reshape([1, 2]).expand([3000, 2]), point.expand([3000, 2])).sum())(row(1, 2)).data()
    expect(Array.from(many, Number)).toEqual([0, 0])
  })
})

describe('whole numbers beyond 2⁵³', () => {
  const big = (...values: bigint[]): Tensor => tensor(values)
  const at = async (t: Tensor): Promise<bigint[]> => Array.from((await t.data()) as BigInt64Array)
  const n = 2n ** 53n + 1n
  test('stay exact', async () => {
    expect(await at(hebb.floorDiv(big(n, -n), 2))).toEqual([2n ** 52n, -(2n ** 52n) - 1n])
    expect(await at(hebb.fmod(big(n, -n), 2))).toEqual([1n, -1n])
    expect(await at(hebb.gcd(big(n * 3n), big(n * 5n)))).toEqual([n])
    expect(await at(hebb.bitwiseXor(big(n), 1))).toEqual([n - 1n])
    expect(await at(hebb.shiftRight(big(n, -n), 1))).toEqual([2n ** 52n, -(2n ** 52n) - 1n])
    expect(await at(hebb.shiftLeft(big(1n, 1n), tensor([62n, 63n])))).toEqual([2n ** 62n, -(2n ** 63n)])
    expect(Array.from(await hebb.searchSorted(big(n - 1n, n, n + 1n), big(n)).data(), Number)).toEqual([1])
    expect(await at((await hebb.unique(big(n, n - 1n, n))).values)).toEqual([n - 1n, n])
    expect(await at(hebb.clamp(big(n, 0n), { min: big(n - 1n) }))).toEqual([n, n - 1n])
  })
  test('by 0 and −1 at the ends of the range', async () => {
    const least = -(2n ** 63n)
    expect(await at(hebb.floorDiv(big(least, least, 5n), big(-1n, 0n, 0n)))).toEqual([least, 0n, 0n])
    expect(await at(hebb.fmod(big(least, least), big(-1n, 0n)))).toEqual([0n, 0n])
  })
})

describe('scalars', () => {
  test('are vectors of one', async () => {
    const x = tensor(3, { dtype: 'f64' })
    for (const y of [
      x.median({ axis: 0 }),
      x.quantile(0.2, { axis: -1, keep: true }),
      x.nanQuantile(0.2, { axis: 0 }),
      hebb.scatterReduce(x, tensor(0, { dtype: 'i32' }), tensor(2, { dtype: 'f64' }), 'max', { axis: 0 }),
    ])
      expect([y.shape, await y.item()]).toEqual([[], 3])
    expect(await x.normalize({ axes: 0 }).item()).toBe(1)
    expect(await x.cosineSimilarity(x.neg(), { axis: 0 }).item()).toBe(-1)
    expect(await hebb.median(hebb.zeros([0])).item()).toBeNaN()
  })
})

test('erfinv keeps its digits near ±1, where those of erf end', async () => {
  const y = Array.from(await hebb.erfinv(row(1 - 1e-12, 2 ** -53 - 1, 0.85, 1e-300)).data(), Number)
  // roots of erfc by halving
  const want = [5.042031898572696, -5.863584748755168, 1.0179024648320274, 8.86226925452758e-301]
  y.forEach((v, i) => {
    expect(Math.abs(v / want[i]! - 1)).toBeLessThan(1e-15)
  })
})
