/** Systems of equations, inverses, determinants, norms, powers. */

import { fromData, type Tensor } from '../../../src/tensor/tensor.js'
import * as ops from '../allOps.js'
import { empty, of, some, whole } from '../examples.js'
import { identity, inverseOf, leibniz, type Matrix, perMatrix, productOf, singularValues, transposeOf } from '../matrices.js'
import { get, grid, total } from '../reference.js'
import type { Case, Grid, LargeCase, Row } from '../row.js'

/** Random matrices, with something added to the diagonal. */
export const regular = (shape: readonly number[], seed = 1, plus = 0): Tensor => {
  const x = some(shape, { seed })
  const [n, m] = [shape.at(-2)!, shape.at(-1)!]
  const data = (x.value as Float64Array).map((v, i) => (i % m === Math.floor(i / m) % n ? v + plus : v))
  return fromData(data, shape, 'f64')
}
const large = (call: (x: Tensor) => Tensor | readonly Tensor[]): LargeCase => ({
  inputs: () => [regular([20, 8, 8], 1, 8)],
  call: (x) => call(x!),
  exact: false,
})
const diagonalSum = (x: Grid): Grid => ({ shape: x.shape.slice(0, -2), data: [] })

export const rows: readonly Row[] = [
  {
    name: 'solve',
    covers: ['solve', 'scan'],
    cases: [
      ...(
        [
          [
            [3, 3],
            [3, 2],
          ],
          [
            [2, 4, 4],
            [2, 4, 1],
          ],
          [
            [2, 1, 3, 3],
            [4, 3, 2],
          ],
          [
            [1, 1],
            [1, 3],
          ],
        ] as const
      ).map(
        ([a, b]): Case => ({
          name: `(${a.join(', ')}) and (${b.join(', ')})`,
          inputs: () => [regular(a, 1, 3), some(b, { seed: 2 })],
          call: (x, y) => ops.solve(x!, y!),
          reference: (x, y) => productOf(perMatrix(x!, inverseOf), y!),
        }),
      ),
      {
        name: 'vectors, and a zero where the first pivot would be',
        inputs: () => [
          of([
            [0, 1],
            [2, 3],
          ]),
          of([4, 5]),
        ],
        call: (x, y) => ops.solve(x!, y!),
        reference: () => ({ shape: [2], data: [-3.5, 4] }),
      },
      {
        name: 'from the right',
        inputs: () => [regular([2, 3, 3], 1, 3), some([2, 4, 3], { seed: 2 })],
        call: (x, y) => ops.solve(x!, y!, { left: false }),
        reference: (x, y) => productOf(y!, perMatrix(x!, inverseOf)),
      },
      {
        name: 'nothing',
        inputs: () => [empty([2, 0, 0]), empty([2, 0, 3])],
        call: (x, y) => ops.solve(x!, y!),
        reference: () => ({ shape: [2, 0, 3], data: [] }),
        gradient: 0,
      },
    ],
    large: {
      inputs: () => [regular([20, 8, 8], 1, 8), some([20, 8, 3], { seed: 2 })],
      call: (x, y) => ops.solve(x!, y!),
      exact: false,
    },
  },
  {
    name: 'inv',
    covers: [],
    cases: [
      {
        name: 'a batch',
        inputs: () => [regular([2, 4, 4], 1, 2)],
        call: (x) => ops.inv(x!),
        reference: (x) => perMatrix(x!, inverseOf),
      },
      {
        name: 'singular',
        inputs: () => [
          of([
            [1, 2],
            [2, 4],
          ]),
        ],
        call: (x) => ops.inv(x!).isFinite(),
        reference: () => grid([2, 2], () => 0),
        gradient: 0,
      },
    ],
    large: large((x) => ops.inv(x)),
  },
  {
    name: 'det',
    covers: ['det', 'cofactor', 'held'],
    cases: [
      ...[
        [1, 1],
        [2, 2],
        [2, 3, 3],
        [4, 4],
      ].map(
        (shape): Case => ({
          name: `(${shape.join(', ')})`,
          inputs: () => [some(shape)],
          call: (x) => ops.det(x!),
          reference: (x) => ({ ...diagonalSum(x!), data: perMatrix(x!, (m) => [[leibniz(m)]]).data }),
        }),
      ),
      {
        name: 'singular: rank 2, 1 and 0 of 3',
        inputs: () => [
          of([
            [
              [1, 2, 3],
              [4, 5, 6],
              [7, 8, 9],
            ],
            [
              [1, 2, 3],
              [2, 4, 6],
              [-1, -2, -3],
            ],
            [
              [0, 0, 0],
              [0, 0, 0],
              [0, 0, 0],
            ],
          ]),
        ],
        call: (x) => ops.det(x!),
        reference: () => ({ shape: [3], data: [0, 0, 0] }),
        steps: { eps: 1e-4 },
      },
      {
        name: 'nothing has determinant 1',
        inputs: () => [empty([2, 0, 0])],
        call: (x) => ops.det(x!),
        reference: () => ({ shape: [2], data: [1, 1] }),
        gradient: 0,
      },
    ],
    large: large((x) => ops.det(x)),
  },
  {
    name: 'slogdet',
    cases: [
      {
        name: 'a batch',
        inputs: () => [some([3, 3, 3])],
        call: (x) => {
          const { sign, logabsdet } = ops.slogdet(x!)
          return [sign, logabsdet]
        },
        reference: (x) => {
          const values = perMatrix(x!, (m) => [[leibniz(m)]]).data
          return [
            { shape: [3], data: values.map(Math.sign) },
            { shape: [3], data: values.map((v) => Math.log(Math.abs(v))) },
          ]
        },
      },
      {
        name: 'singular',
        inputs: () => [
          of([
            [1, 2],
            [2, 4],
          ]),
        ],
        call: (x) => {
          const { sign, logabsdet } = ops.slogdet(x!)
          return [sign, logabsdet]
        },
        reference: () => [
          { shape: [], data: [0] },
          { shape: [], data: [Number.NEGATIVE_INFINITY] },
        ],
        gradient: 0,
      },
    ],
    large: large((x) => ops.slogdet(x).logabsdet),
  },
  {
    name: 'lstsq',
    cases: [
      {
        name: 'more equations than unknowns',
        inputs: () => [some([2, 5, 3]), some([2, 5, 2], { seed: 2 })],
        call: (x, y) => {
          const { solution, residuals } = ops.lstsq(x!, y!)
          return [solution, residuals]
        },
        reference: (x, y) => {
          const own = productOf(productOf(perMatrix(productOf(transposeOf(x!), x!), inverseOf), transposeOf(x!)), y!)
          const fit = productOf(x!, own)
          return [own, grid([2, 2], ([b, k]) => total([0, 1, 2, 3, 4].map((i) => (get(fit, [b!, i, k!]) - get(y!, [b!, i, k!])) ** 2)))]
        },
      },
      {
        name: 'fewer equations, a vector: the solution of least norm',
        inputs: () => [some([2, 4]), some([2], { seed: 2 })],
        call: (x, y) => ops.lstsq(x!, y!).solution,
        reference: (x, y) => {
          const column = { shape: [2, 1], data: y!.data }
          return { ...productOf(productOf(transposeOf(x!), perMatrix(productOf(x!, transposeOf(x!)), inverseOf)), column), shape: [4] }
        },
      },
      {
        name: 'rank and singular values',
        inputs: () => [
          of([
            [3, 0],
            [0, 0],
            [4, 0],
          ]),
          of([1, 2, 3]),
        ],
        call: (x, y) => {
          const { solution, rank, singularValues } = ops.lstsq(x!, y!)
          return [solution, rank, singularValues]
        },
        reference: () => [
          { shape: [2], data: [0.6, 0] },
          { shape: [], data: [1] },
          { shape: [2], data: [5, 0] },
        ],
        gradient: 0,
      },
    ],
    large: { inputs: () => [some([20, 8, 5]), some([20, 8, 2], { seed: 2 })], call: (x, y) => ops.lstsq(x!, y!).solution, exact: false },
  },
  {
    name: 'pinv',
    cases: [
      {
        name: 'tall',
        inputs: () => [some([2, 4, 3])],
        call: (x) => ops.pinv(x!),
        reference: (x) => productOf(perMatrix(productOf(transposeOf(x!), x!), inverseOf), transposeOf(x!)),
      },
      {
        name: 'wide',
        inputs: () => [some([2, 4])],
        call: (x) => ops.pinv(x!),
        reference: (x) => productOf(transposeOf(x!), perMatrix(productOf(x!, transposeOf(x!)), inverseOf)),
      },
      {
        name: 'of rank 1',
        inputs: () => [
          of([
            [1, 2],
            [2, 4],
          ]),
        ],
        call: (x) => ops.pinv(x!),
        reference: () => ({ shape: [2, 2], data: [0.04, 0.08, 0.08, 0.16] }),
        gradient: 0,
      },
    ],
    large: large((x) => ops.pinv(x)),
  },
  {
    name: 'matrixRank',
    covers: [],
    cases: [
      {
        name: 'full, 1, 0',
        inputs: () => [
          of([
            [
              [1, 2],
              [3, 4],
            ],
            [
              [1, 2],
              [2, 4],
            ],
            [
              [0, 0],
              [0, 0],
            ],
          ]),
        ],
        call: (x) => ops.matrixRank(x!),
        reference: () => ({ shape: [3], data: [2, 1, 0] }),
        gradient: 0,
      },
      {
        name: 'with limits, and symmetric',
        inputs: () => [
          of([
            [8, 0, 0],
            [0, 1e-3, 0],
            [0, 0, -2],
          ]),
        ],
        call: (x) => [
          ops.matrixRank(x!, { atol: 1e-2 }),
          ops.matrixRank(x!, { rtol: 0.5 }),
          ops.matrixRank(x!, { symmetric: true, atol: 1e-5 }),
        ],
        reference: () => [2, 1, 3].map((n) => ({ shape: [], data: [n] })),
        gradient: 0,
      },
    ],
    large: large((x) => ops.matrixRank(x)),
  },
  {
    name: 'matrixNorm',
    covers: [],
    cases: [
      ...(['frobenius', 'nuclear', 1, -1, 2, -2, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] as const).map(
        (order): Case => ({
          name: `${order}`,
          inputs: () => [some([2, 3, 4])],
          call: (x) => ops.matrixNorm(x!, { order }),
          reference: (x) => ({
            shape: [2],
            data: perMatrix(x!, (m) => {
              const s = singularValues(m)
              const columns = m[0]!.map((_, j) => total(m.map((r) => Math.abs(r[j]!))))
              const lines = m.map((r) => total(r.map(Math.abs)))
              const of = { frobenius: Math.hypot(...s), nuclear: total(s), 1: Math.max(...columns), '-1': Math.min(...columns) }
              const more = { 2: Math.max(...s), '-2': Math.min(...s), Infinity: Math.max(...lines), '-Infinity': Math.min(...lines) }
              return [[({ ...of, ...more } as Record<string, number>)[String(order)]!]]
            }).data,
          }),
        }),
      ),
      {
        name: 'over other axes, kept',
        inputs: () => [some([3, 2, 4])],
        call: (x) => ops.matrixNorm(x!, { order: 1, axes: [2, 0], keep: true }),
        reference: (x) =>
          grid([1, 2, 1], ([, b]) => Math.max(...[0, 1, 2].map((i) => total([0, 1, 2, 3].map((j) => Math.abs(get(x!, [i, b!, j]))))))),
      },
    ],
    large: large((x) => ops.matrixNorm(x, { order: 'nuclear' })),
  },
  {
    name: 'conditionNumber',
    covers: [],
    cases: [
      {
        name: 'by singular values, also of a wide one',
        inputs: () => [some([2, 3, 4])],
        call: (x) => [ops.conditionNumber(x!), ops.conditionNumber(x!, { order: -2 })],
        reference: (x) => {
          const ratio = perMatrix(x!, (m) => [[singularValues(m)[0]! / singularValues(m).at(-1)!]]).data
          return [
            { shape: [2], data: ratio },
            { shape: [2], data: ratio.map((v) => 1 / v) },
          ]
        },
      },
      {
        name: 'of column sums; of a singular one',
        inputs: () => [
          of([
            [1, 2],
            [3, 4],
          ]),
          of([
            [1, 2],
            [2, 4],
          ]),
        ],
        call: (x, y) => [ops.conditionNumber(x!, { order: 1 }), ops.conditionNumber(y!, { order: 1 })],
        reference: () => [
          { shape: [], data: [21] },
          { shape: [], data: [Number.POSITIVE_INFINITY] },
        ],
        gradient: 0,
      },
    ],
    large: large((x) => ops.conditionNumber(x)),
  },
  {
    name: 'matrixPower',
    covers: [],
    cases: [0, 1, 2, 5, -3].map(
      (power): Case => ({
        name: `${power}`,
        inputs: () => [regular([2, 3, 3], 1, 3)],
        call: (x) => ops.matrixPower(x!, power),
        reference: (x) => {
          const base = power < 0 ? perMatrix(x!, inverseOf) : x!
          let y: Grid = perMatrix(x!, (m) => identity(m.length))
          for (let i = 0; i < Math.abs(power); i++) y = productOf(y, base)
          return y
        },
      }),
    ),
    large: { inputs: () => [whole([20, 10, 10], { from: -1, to: 1 })], call: (x) => ops.matrixPower(x!, 3) },
  },
  {
    name: 'matrixExp',
    covers: ['matrixExp', 'iterate'],
    cases: [
      {
        name: 'a batch of small and large',
        inputs: () => [regular([3, 3, 3], 1, 1)],
        call: (x) => ops.matrixExp(x!.mul(of([[[0.1]], [[1]], [[3]]]))),
        reference: (x) => ({
          shape: [3, 3, 3],
          data: perMatrix(
            grid([3, 3, 3], ([b, i, j]) => get(x!, [b!, i!, j!]) * [0.1, 1, 3][b!]!),
            (m) => {
              // many terms of many digits: e^M = (e^(M/64))^64
              let term = identity(m.length)
              let sum = identity(m.length)
              const times = (p: Matrix, q: Matrix): number[][] => p.map((r) => q[0]!.map((_, j) => total(r.map((v, k) => v * q[k]![j]!))))
              for (let i = 1; i < 30; i++) {
                term = times(term, m).map((r) => r.map((v) => v / 64 / i))
                sum = sum.map((r, a) => r.map((v, c) => v + term[a]![c]!))
              }
              for (let i = 0; i < 6; i++) sum = times(sum, sum)
              return sum
            },
          ).data,
        }),
        tolerance32: { rtol: 1e-3, atol: 1e-3 },
        steps: { rtol: 1e-4 },
      },
      {
        name: 'of a nilpotent one',
        inputs: () => [
          of([
            [0, 2, 3],
            [0, 0, 4],
            [0, 0, 0],
          ]),
        ],
        call: (x) => ops.matrixExp(x!),
        reference: () => ({ shape: [3, 3], data: [1, 2, 7, 0, 1, 4, 0, 0, 1] }),
      },
    ],
    large: { inputs: () => [some([20, 6, 6])], call: (x) => ops.matrixExp(x!), exact: false },
  },
  {
    name: 'multiDot',
    covers: [],
    cases: [
      {
        name: 'four of all sizes',
        inputs: () => [some([2, 5]), some([5, 3], { seed: 2 }), some([3, 4], { seed: 3 }), some([4, 6], { seed: 4 })],
        call: (...x) => ops.multiDot(x),
        reference: (a, b, c, d) => productOf(productOf(productOf(a!, b!), c!), d!),
      },
      {
        name: 'between vectors',
        inputs: () => [some([3]), some([3, 4], { seed: 2 }), some([4], { seed: 3 })],
        call: (...x) => ops.multiDot(x),
        reference: (a, b, c) =>
          grid([], () => total([0, 1, 2].flatMap((i) => [0, 1, 2, 3].map((j) => get(a!, [i]) * get(b!, [i, j]) * get(c!, [j]))))),
      },
    ],
    large: { inputs: () => [whole([30, 40]), whole([40, 20], { seed: 2 }), whole([20, 50], { seed: 3 })], call: (...x) => ops.multiDot(x) },
  },
  {
    name: 'vecdot',
    covers: [],
    cases: [
      {
        name: 'the last axis, broadcasting',
        inputs: () => [some([2, 1, 4]), some([3, 4], { seed: 2 })],
        call: (x, y) => ops.vecdot(x!, y!),
        reference: (x, y) => grid([2, 3], ([a, b]) => total([0, 1, 2, 3].map((k) => get(x!, [a!, 0, k]) * get(y!, [b!, k])))),
      },
      {
        name: 'another axis, of integers',
        inputs: () => [whole([3, 2], { dtype: 'i32' }), whole([3, 2], { dtype: 'i32', seed: 2 })],
        call: (x, y) => ops.vecdot(x!, y!, 0),
        reference: (x, y) => grid([2], ([a]) => total([0, 1, 2].map((k) => get(x!, [k, a!]) * get(y!, [k, a!])))),
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([300, 100]), whole([300, 100], { seed: 2 })], call: (x, y) => ops.vecdot(x!, y!) },
  },
  {
    name: 'cross',
    covers: [],
    cases: [
      {
        name: 'the last axis, broadcasting',
        inputs: () => [some([2, 3]), some([3], { seed: 2 })],
        call: (x, y) => ops.cross(x!, y!),
        reference: (x, y) =>
          grid([2, 3], ([a, i]) => {
            const [p, q] = [(i! + 1) % 3, (i! + 2) % 3]
            return get(x!, [a!, p]) * get(y!, [q]) - get(x!, [a!, q]) * get(y!, [p])
          }),
      },
      {
        name: 'the first axis',
        inputs: () => [some([3, 2]), some([3, 2], { seed: 2 })],
        call: (x, y) => ops.cross(x!, y!, 0),
        reference: (x, y) =>
          grid([3, 2], ([i, a]) => {
            const [p, q] = [(i! + 1) % 3, (i! + 2) % 3]
            return get(x!, [p, a!]) * get(y!, [q, a!]) - get(x!, [q, a!]) * get(y!, [p, a!])
          }),
      },
    ],
    large: { inputs: () => [whole([10_000, 3]), whole([10_000, 3], { seed: 2 })], call: (x, y) => ops.cross(x!, y!) },
  },
]
