/** Functions of matrices where cases are too small or too plain: residuals at n = 100, inputs that are hard, inside loops and steps, messages. */
import { describe, expect, test } from 'vitest'
import * as hebb from '../../src/index.js'
import { compile, compute, eye, grad, scan, type Tensor, tensor } from '../../src/index.js'
import { expectClose } from '../compare.js'
import { of, some } from './examples.js'

const t = (x: Tensor): Tensor => x.transpose(-2, -1)
const largest = async (x: Tensor): Promise<number> => Math.abs(await x.abs().max().item())
const unit = (n: number, x: Tensor): Tensor => eye(n, n, { dtype: x.dtype })

describe.each(['f32', 'f64'] as const)('residuals of 100 × 100 in %s are within n·ε of the matrix', (dtype) => {
  const n = 100
  const bound = n * (dtype === 'f32' ? 2 ** -23 : 2 ** -52)
  const x = some([n, n], { seed: 5 }).cast(dtype)
  const norm = async (a: Tensor): Promise<number> => hebb.matrixNorm(a, { order: 2 }).item()

  test('lu, qr, cholesky', async () => {
    const scale = await norm(x)
    const { p, l, u } = hebb.lu(x)
    expect(await largest(p.matmul(l).matmul(u).sub(x))).toBeLessThan(bound * scale)
    const { q, r } = hebb.qr(x)
    expect(await largest(q.matmul(r).sub(x))).toBeLessThan(bound * scale)
    expect(await largest(t(q).matmul(q).sub(unit(n, x)))).toBeLessThan(bound)
    const square = x.matmul(t(x)).add(unit(n, x))
    const c = hebb.cholesky(square)
    expect(await largest(c.matmul(t(c)).sub(square))).toBeLessThan(bound * (await norm(square)))
  })
  test('solve: the residual beside the sizes of matrix and solution', async () => {
    const b = some([n, 4], { seed: 6 }).cast(dtype)
    const y = hebb.solve(x, b)
    expect(await largest(x.matmul(y).sub(b))).toBeLessThan(bound * (await norm(x)) * (await norm(y)))
  })
  test('svd and eigh: products, right angles, order', async () => {
    const { u, s, vt } = hebb.svd(x)
    const scale = await s.max().item()
    expect(await largest(u.mul(s).matmul(vt).sub(x))).toBeLessThan(bound * scale)
    expect(await largest(t(u).matmul(u).sub(unit(n, x)))).toBeLessThan(bound)
    expect(await largest(vt.matmul(t(vt)).sub(unit(n, x)))).toBeLessThan(bound)
    expect(
      await s
        .slice([[0, -1]])
        .sub(s.slice([[1]]))
        .min()
        .item(),
    ).toBeGreaterThanOrEqual(0)
    const both = x.add(t(x))
    const { values, vectors } = hebb.eigh(both)
    expect(await largest(vectors.mul(values).matmul(t(vectors)).sub(both))).toBeLessThan(bound * 2 * scale)
    expect(await largest(t(vectors).matmul(vectors).sub(unit(n, x)))).toBeLessThan(bound)
    expect(
      await values
        .slice([[1]])
        .sub(values.slice([[0, -1]]))
        .min()
        .item(),
    ).toBeGreaterThanOrEqual(0)
  })
})

describe('hard inputs', () => {
  test.each([
    [
      'zeros',
      of([
        [0, 0],
        [0, 0],
        [0, 0],
      ]),
    ],
    [
      'one column is another',
      of([
        [1, 1, 2],
        [2, 2, 0],
        [3, 3, 1],
      ]),
    ],
    ['huge', some([4, 3]).mul(1e300)],
    ['tiny', some([4, 3]).mul(1e-300)],
    ['columns from 1 to 1e-20', some([5, 4]).mul(of([1, 1e-7, 1e-14, 1e-20]))],
    [
      'all equal',
      of([
        [1, 1],
        [1, 1],
      ]).tile([3, 3]),
    ],
  ])('svd and qr of %s', async (_, x) => {
    const size = (await largest(x)) || 1
    const { u, s, vt } = hebb.svd(x)
    const k = s.size
    expect(await largest(u.mul(s).matmul(vt).sub(x))).toBeLessThan(1e-14 * size)
    expect(await largest(t(u).matmul(u).sub(unit(k, x)))).toBeLessThan(1e-14)
    expect(await largest(vt.matmul(t(vt)).sub(unit(k, x)))).toBeLessThan(1e-14)
    const { q, r } = hebb.qr(x)
    expect(await largest(q.matmul(r).sub(x))).toBeLessThan(1e-14 * size)
    expect(await largest(t(q).matmul(q).sub(unit(q.shape[1]!, x)))).toBeLessThan(1e-14)
  })

  test('the Hilbert matrix: small singular values, its inverse as far as it can be known', async () => {
    const n = 8
    const hilbert = of(Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => 1 / (i + j + 1))))
    expectClose(
      await hebb.svdvals(hilbert).data(),
      [
        1.69593899692195, 0.298125211316931, 0.0262128435781295, 0.00146768811774187, 5.43694336973823e-5, 1.29433205999834e-6,
        1.79887373868e-8, 1.111539e-10,
      ],
      { rtol: 1e-6 },
    )
    expectClose([await hebb.inv(hilbert).at(0, 0).item()], [64], { rtol: 1e-5 })
    expectClose([await hebb.conditionNumber(hilbert).item()], [1.52575755e10], { rtol: 1e-5 })
  })

  test('singular and unknown numbers give no error, but ±∞ and NaN', async () => {
    const singular = tensor([
      [1, 2],
      [2, 4],
    ])
    expect(((await hebb.inv(singular).array()) as number[][]).flat().some((v) => Number.isFinite(v))).toBe(false)
    const unknown = tensor([
      [Number.NaN, 1],
      [1, 2],
    ])
    for (const y of [
      hebb.inv(unknown),
      hebb.svd(unknown).s,
      hebb.eigh(unknown).values,
      hebb.cholesky(unknown),
      hebb.matrixExp(unknown),
      hebb.det(unknown),
    ])
      expect(Number.isNaN(await y.sum().item())).toBe(true)
  })

  test('dtypes: half floats and integers are computed in f32', async () => {
    expect(
      hebb.inv(
        tensor(
          [
            [2, 0],
            [0, 4],
          ],
          { dtype: 'i32' },
        ),
      ).dtype,
    ).toBe('f32')
    expectClose(
      await hebb
        .det(
          tensor([
            [1, 2],
            [3, 4],
          ]).cast('f16'),
        )
        .data(),
      [-2],
      { rtol: 1e-5 },
    )
    expectClose(
      await hebb
        .eigvalsh(
          tensor(
            [
              [2, 1],
              [1, 2],
            ],
            { dtype: 'i64' },
          ),
        )
        .data(),
      [1, 3],
      { rtol: 1e-5 },
    )
  })
})

describe('inside other graphs', () => {
  test('a loop over matrices, and its gradient', async () => {
    const x = some([3, 4, 4], { seed: 7 }).add(eye(4, 4, { dtype: 'f64' }).mul(5))
    const looped = (a: Tensor): Tensor =>
      scan((sum: Tensor, m: Tensor): [Tensor, Tensor] => [sum.add(hebb.slogdet(m).logabsdet), hebb.svdvals(m)], of(0), a).carry
    const plain = (a: Tensor): Tensor => hebb.slogdet(a).logabsdet.sum()
    const [a, b, c, d] = await compute([looped(x), plain(x), grad(looped)(x), grad(plain)(x)])
    expectClose(a!, b!, { rtol: 1e-12 })
    expectClose(c!, d!, { rtol: 1e-10 })
  })

  test('a compiled function, called with other matrices', async () => {
    const f = compile((a: Tensor) => hebb.eigh(a.add(t(a))).values)
    for (const seed of [1, 2]) {
      const x = some([5, 5], { seed })
      const [own, want] = [await f(x), hebb.eigvalsh(x.add(t(x)))]
      expectClose(await own.data(), await want.data(), { rtol: 1e-12 })
    }
  })

  test('Newton on a covariance: the gradient of a Gaussian likelihood is 0 at the sample covariance', async () => {
    const samples = some([50, 3], { seed: 8 })
    const covariance = t(samples).matmul(samples).div(50)
    const likelihood = (c: Tensor): Tensor => {
      const l = hebb.cholesky(c)
      const white = hebb.solveTriangular(l, t(samples), { upper: false })
      return white.square().sum().div(100).add(l.diagonal().log().sum())
    }
    expect(await largest(grad(likelihood)(covariance))).toBeLessThan(1e-12)
  })
})

const none = (shape: readonly number[], dtype: 'f32' | 'i32' | 'i64' = 'f32'): Tensor => hebb.zeros(shape, { dtype })

test.each<[string, () => readonly Tensor[], readonly (readonly number[])[]]>([
  ['lstsq without unknowns', () => Object.values(hebb.lstsq(none([3, 0]), none([3, 2]))), [[0, 2], [2], [], [0]]],
  ['lstsq without equations', () => Object.values(hebb.lstsq(none([0, 3]), none([0, 2]))), [[3, 2], [2], [], [0]]],
  [
    'pinv, rank, norms',
    () => {
      const x = none([2, 3, 0])
      return [hebb.pinv(x), hebb.matrixRank(x), hebb.matrixNorm(x), hebb.matrixNorm(x, { order: 'nuclear' })]
    },
    [[2, 0, 3], [2], [2], [2]],
  ],
  [
    'powers',
    () => [hebb.matrixExp(none([0, 0])), hebb.matrixPower(none([2, 0, 0]), 0), hebb.matrixPower(none([0, 2, 2]), -1)],
    [
      [0, 0],
      [2, 0, 0],
      [0, 2, 2],
    ],
  ],
  [
    'lu',
    () => Object.values(hebb.lu(none([2, 0, 3]))),
    [
      [2, 0, 0],
      [2, 0, 0],
      [2, 0, 3],
    ],
  ],
  [
    'gradients',
    () => [grad((x: Tensor) => hebb.det(x).sum())(none([0, 2, 2])), grad((x: Tensor) => hebb.inv(x).sum())(none([0, 2, 2]))],
    [
      [0, 2, 2],
      [0, 2, 2],
    ],
  ],
  [
    'grids',
    () => [
      hebb.gridSample(none([0, 2, 3, 3]), none([0, 2, 2, 2])),
      hebb.gridSample(none([1, 2, 3, 3]), none([1, 0, 2, 2])),
      hebb.gridSample(none([1, 0, 3, 3]), none([1, 2, 2, 2])),
    ],
    [
      [0, 2, 2, 2],
      [1, 2, 0, 2],
      [1, 0, 2, 2],
    ],
  ],
  [
    'windows',
    () => [
      hebb.unfold(none([0, 2, 3, 3]), 2),
      hebb.fold(none([0, 8, 4]), [3, 3], 2),
      hebb.maxPoolWithIndices(none([0, 2, 4, 4]), 2).indices,
      hebb.maxUnpool(none([0, 2, 2, 2]), none([0, 2, 2, 2], 'i64'), 2),
      hebb.lpPool(none([0, 2, 4, 4]), 2, 2),
    ],
    [
      [0, 8, 4],
      [0, 2, 3, 3],
      [0, 2, 2, 2],
      [0, 2, 4, 4],
      [0, 2, 2, 2],
    ],
  ],
  [
    'bags',
    () => [
      hebb.embeddingBag(none([3, 2]), none([0], 'i32'), { offsets: none([2], 'i32') }),
      hebb.embeddingBag(none([3, 2]), none([2, 0], 'i32'), { mode: 'max' }),
    ],
    [
      [2, 2],
      [2, 2],
    ],
  ],
  [
    'spectra',
    () => [hebb.rfft(none([0, 5])).imag, hebb.irfft(none([0, 5])), hebb.stft(none([0, 20]), 8).real],
    [
      [0, 3],
      [0, 8],
      [0, 5, 11],
    ],
  ],
])('nothing in, zeros or nothing out: %s', async (_, f, shapes) => {
  const results = f()
  expect(results.map((y) => y.shape)).toEqual(shapes)
  for (const values of await compute(results)) expect(Array.from(values, Number).every((v) => v === 0)).toBe(true)
})

test.each<[string, () => unknown, RegExp]>([
  ['a vector', () => hebb.inv(tensor([1, 2])), /inv: \(2\) f32 is no matrix: it needs two axes or more/],
  ['not square', () => hebb.det(some([2, 3])), /det: needs square matrices, and \(2, 3\) f64 has 2 rows and 3 columns/],
  ['rows that differ', () => hebb.solve(some([3, 3]), some([2, 1])), /solve: needs b with 3 rows/],
  ['a vector that is too long', () => hebb.solve(some([3, 3]), some([4])), /solve: needs b with 3 rows/],
  ['rows of a triangle', () => hebb.solveTriangular(some([3, 3]), some([2, 1]), { upper: true }), /solveTriangular: needs b with 3 rows/],
  ['no whole power', () => hebb.matrixPower(some([2, 2]), 0.5), /matrixPower: 0.5 is no whole number/],
  ['an unknown norm', () => hebb.matrixNorm(some([2, 2]), { order: 3 }), /matrixNorm: there is no order 3/],
  ['one axis twice', () => hebb.matrixNorm(some([2, 2]), { axes: [0, -2] }), /axes 0 and -2 of \(2, 2\) f64 are the same/],
  ['one matrix', () => hebb.multiDot([some([2, 2])]), /multiDot: 1 matrices are no chain/],
  ['a cube in a chain', () => hebb.multiDot([some([2, 2]), some([1, 2, 2])]), /multiDot: factor 1 \(1, 2, 2\) f64 is no matrix/],
  ['a cross product of four', () => hebb.cross(some([4]), some([4])), /cross: needs 3 numbers on axis -1/],
  ['unequal products', () => hebb.vecdot(some([1, 3]), some([2, 1])), /vecdot: axis -1 differs in size/],
  [
    'the gradient of a complete Q',
    () => grad((x: Tensor) => hebb.qr(x, { mode: 'complete' }).q.sum())(some([3, 2])),
    /is not unique and has no gradient/,
  ],
  ['windows that do not fit', () => hebb.unfold(some([1, 1, 2, 2]), 3), /unfold: windows of \(3, 3\) do not fit into \(2, 2\)/],
  ['columns that do not fit', () => hebb.fold(some([1, 4, 3]), [2, 2], 2), /fold: windows of \(2, 2\) over \(2, 2\)/],
  ['channels of a shuffle', () => hebb.pixelShuffle(some([3, 2, 2]), 2), /pixelShuffle: 3 channels are no multiple of 2² = 4/],
  ['a grid of another rank', () => hebb.gridSample(some([1, 1, 2, 2]), some([1, 2, 2, 3])), /gridSample: needs x \(N, C, H, W\)/],
  ['a cubic volume', () => hebb.gridSample(some([1, 1, 2, 2, 2]), some([1, 1, 1, 1, 3]), { mode: 'bicubic' }), /'bicubic' is for pictures/],
  ['antialiased neighbours', () => hebb.interpolate(some([1, 1, 4, 4]), { size: 2, antialias: true }), /antialias goes with modes/],
  ['no places', () => hebb.fft(some([2, 0])), /fft: a transform of 0 places is none/],
  ['a scalar', () => hebb.rfft(of(1)), /rfft: a scalar has no axis/],
  ['parts that differ', () => hebb.ifft({ real: some([2]), imag: some([3]) }), /ifft: real and imaginary parts differ/],
  ['a short signal', () => hebb.stft(some([3]), 8, { center: false }), /stft: 3 places are too few for a frame of 8/],
  [
    'bags without offsets',
    () => hebb.embeddingBag(some([3, 2]), tensor([1], { dtype: 'i32' })),
    /embeddingBag: offsets go with one list of ids/,
  ],
  ['slopes', () => hebb.prelu(some([2, 3]), some([2])), /prelu: needs one slope, or one for each of 3 channels/],
])('says what is wrong: %s', (_, f, message) => {
  expect(f).toThrow(message)
})
