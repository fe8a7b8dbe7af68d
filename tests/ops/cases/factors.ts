/** Matrices as products of triangles, orthogonal and diagonal ones. */

import type { Tensor } from '../../../src/tensor/tensor.js'
import * as ops from '../allOps.js'
import { empty, of, some } from '../examples.js'
import { eigenvaluesOf, identity, inverseOf, perMatrix, productOf, singularValues } from '../matrices.js'
import { get, grid, total } from '../reference.js'
import type { Case, Grid, Row } from '../row.js'
import { regular } from './matrices.js'

const unit = (shape: readonly number[], n: number): Grid => grid([...shape, n, n], (i) => (i.at(-1) === i.at(-2) ? 1 : 0))
const positive = (x: Tensor): Tensor => x.matmul(x.transpose()).add(ops.eye(x.shape.at(-1)!, undefined, { dtype: x.dtype }))
const both = (x: Tensor): Tensor => x.add(x.transpose())
const plus = (x: Grid): Grid => grid(x.shape, (i) => get(x, i) + get(x, [...i.slice(0, -2), i.at(-1)!, i.at(-2)!]))
const zeroShape = (c: Omit<Case, 'name' | 'inputs' | 'gradient'>): Case => ({
  ...c,
  name: 'nothing',
  inputs: () => [empty([2, 3, 0])],
  gradient: 0,
})

/** L, row by row. */
const choleskyOf = (m: readonly (readonly number[])[]): number[][] => {
  const l = identity(m.length).map((r) => r.map(() => 0))
  for (const [i, row] of m.entries())
    for (let j = 0; j <= i; j++) {
      const rest = row[j]! - total(Array.from({ length: j }, (_, k) => l[i]![k]! * l[j]![k]!))
      l[i]![j] = i === j ? Math.sqrt(rest) : rest / l[j]![j]!
    }
  return l
}
/** R with the signs of Householder's reflections, by Gram and Schmidt's way. */
const triangleOf = (m: readonly (readonly number[])[], signs: readonly number[]): number[][] => {
  const columns = m[0]!.map((_, j) => m.map((r) => r[j]!))
  const basis: number[][] = []
  const k = Math.min(m.length, columns.length)
  for (const c of columns.slice(0, k)) {
    let rest = c
    for (const q of [...basis, ...basis]) {
      const part = total(q.map((v, i) => v * rest[i]!))
      rest = rest.map((v, i) => v - part * q[i]!)
    }
    const sign = signs[basis.length]!
    basis.push(rest.map((v) => (sign * v) / Math.hypot(...rest)))
  }
  return basis.map((q, i) => columns.map((c, j) => (j < i ? 0 : total(q.map((v, n) => v * c[n]!)))))
}

const qrCase = (shape: readonly number[], mode: 'reduced' | 'complete', width: number): Case => ({
  name: `${mode} (${shape.join(', ')})`,
  inputs: () => [some(shape)],
  call: (x) => {
    const { q, r } = ops.qr(x!, { mode })
    return [q.matmul(r), q.transpose().matmul(q), r.tril(-1)]
  },
  reference: (x) => [x!, unit(shape.slice(0, -2), width), grid([...shape.slice(0, -2), width, shape.at(-1)!], () => 0)],
  ...(mode === 'complete' && width > shape.at(-1)! && { gradient: 0 as const }),
})
const svdCase = (shape: readonly number[]): Case => {
  const k = Math.min(...shape.slice(-2))
  return {
    name: `(${shape.join(', ')})`,
    inputs: () => [some(shape)],
    call: (x) => {
      const { u, s, vt } = ops.svd(x!)
      return [
        s,
        u.mul(s.unsqueeze(-2)).matmul(vt),
        u.transpose().matmul(u),
        vt.matmul(vt.transpose()),
        u.square(),
        vt.square(),
        u.matmul(vt),
      ].slice(0, 4)
    },
    reference: (x) => [
      { shape: [...shape.slice(0, -2), k], data: perMatrix(x!, (m) => [singularValues(m)]).data },
      x!,
      unit(shape.slice(0, -2), k),
      unit(shape.slice(0, -2), k),
    ],
  }
}

export const rows: readonly Row[] = [
  {
    name: 'cholesky',
    cases: [
      {
        name: 'lower and upper',
        inputs: () => [some([2, 4, 4])],
        call: (x) => [ops.cholesky(positive(x!)), ops.cholesky(positive(x!), { upper: true })],
        reference: (x) => {
          const l = perMatrix(
            productOf(
              x!,
              grid(x!.shape, ([b, i, j]) => get(x!, [b!, j!, i!])),
            ),
            (m) => choleskyOf(m.map((r, i) => r.map((v, j) => (i === j ? v + 1 : v)))),
          )
          return [l, grid(l.shape, ([b, i, j]) => get(l, [b!, j!, i!]))]
        },
      },
      {
        name: 'reads one half only',
        inputs: () => [
          of([
            [4, 99],
            [2, 5],
          ]),
        ],
        call: (x) => ops.cholesky(x!),
        reference: () => ({ shape: [2, 2], data: [2, 0, 1, 2] }),
        gradient: 0,
      },
      {
        name: 'not positive definite from the second column on',
        inputs: () => [
          of([
            [1, 2],
            [2, 1],
          ]),
        ],
        call: (x) => ops.cholesky(x!),
        reference: () => ({ shape: [2, 2], data: [1, 0, 2, Number.NaN] }),
        gradient: 0,
      },
    ],
    large: { inputs: () => [some([20, 8, 8])], call: (x) => ops.cholesky(positive(x!)), exact: false },
  },
  {
    name: 'choleskySolve',
    covers: [],
    cases: [false, true].map(
      (upper): Case => ({
        name: upper ? 'upper' : 'lower, broadcasting',
        inputs: () => [some([2, 3, 2]), upper ? some([2, 3, 3], { seed: 2 }) : some([3, 3], { seed: 2 })],
        call: (b, x) => ops.choleskySolve(b!, ops.cholesky(positive(x!), { upper }), { upper }),
        reference: (b, x) => {
          const square = productOf(
            x!,
            grid(x!.shape, (i) => get(x!, [...i.slice(0, -2), i.at(-1)!, i.at(-2)!])),
          )
          return productOf(
            perMatrix(square, (m) => inverseOf(m.map((r, i) => r.map((v, j) => (i === j ? v + 1 : v))))),
            b!,
          )
        },
      }),
    ),
    large: {
      inputs: () => [some([20, 8, 2]), some([20, 8, 8], { seed: 2 })],
      call: (b, x) => ops.choleskySolve(b!, ops.cholesky(positive(x!))),
      exact: false,
    },
  },
  {
    name: 'solveTriangular',
    cases: [
      ...[true, false].flatMap((upper) =>
        [true, false].map(
          (unitDiagonal): Case => ({
            name: `${upper ? 'upper' : 'lower'}${unitDiagonal ? ', ones on the diagonal' : ''}`,
            inputs: () => [regular([2, 3, 3], 1, 4), some([3, 2], { seed: 2 })],
            call: (a, b) => ops.solveTriangular(a!, b!, { upper, unit: unitDiagonal }),
            reference: (a, b) =>
              productOf(
                perMatrix(a!, (m) =>
                  inverseOf(m.map((r, i) => r.map((v, j) => (i === j && unitDiagonal ? 1 : (upper ? j < i : j > i) ? 0 : v)))),
                ),
                b!,
              ),
          }),
        ),
      ),
      {
        name: 'from the right',
        inputs: () => [regular([3, 3], 1, 4), some([2, 3], { seed: 2 })],
        call: (a, b) => ops.solveTriangular(a!, b!, { upper: true, left: false }),
        reference: (a, b) =>
          productOf(
            b!,
            perMatrix(a!, (m) => inverseOf(m.map((r, i) => r.map((v, j) => (j < i ? 0 : v))))),
          ),
      },
    ],
    large: {
      inputs: () => [regular([20, 8, 8], 1, 8), some([20, 8, 3], { seed: 2 })],
      call: (a, b) => ops.solveTriangular(a!, b!, { upper: true }),
      exact: false,
    },
  },
  {
    name: 'lu',
    cases: [
      ...[
        [3, 3],
        [2, 3, 5],
        [2, 5, 3],
        [1, 1],
      ].map(
        (shape): Case => ({
          name: `(${shape.join(', ')})`,
          inputs: () => [some(shape)],
          call: (x) => {
            const { p, l, u } = ops.lu(x!)
            return [p.matmul(l).matmul(u), l.abs().max([-2, -1]), u.tril(-1), l.mul(u.sum()).triu(1)]
          },
          reference: (x) => {
            const k = Math.min(...shape.slice(-2))
            const lead = shape.slice(0, -2)
            return [x!, grid(lead, () => 1), grid([...lead, k, shape.at(-1)!], () => 0), grid([...lead, shape.at(-2)!, k], () => 0)]
          },
        }),
      ),
      {
        name: 'factors themselves',
        inputs: () => [some([4, 4])],
        call: (x) => {
          const { l, u } = ops.lu(x!)
          return [l, u]
        },
        because: 'their product is compared above; here are their gradients',
      },
      {
        name: 'of equal candidates the one that LAPACK takes',
        inputs: () => [
          of([
            [1, 2, 3],
            [-4, 1, 0],
            [4, 1, 1],
          ]),
        ],
        call: (x) => {
          const { p, u } = ops.lu(x!)
          return [p, u]
        },
        reference: () => [
          { shape: [3, 3], data: [0, 1, 0, 1, 0, 0, 0, 0, 1] },
          { shape: [3, 3], data: [-4, 1, 0, 0, 2.25, 3, 0, 0, 1 - (2 / 2.25) * 3] },
        ],
        gradient: 0,
      },
    ],
    large: { inputs: () => [some([20, 8, 8])], call: (x) => Object.values(ops.lu(x!)), exact: false, gradient: false },
  },
  {
    name: 'qr',
    cases: [
      qrCase([3, 3], 'reduced', 3),
      qrCase([2, 5, 3], 'reduced', 3),
      qrCase([2, 3, 5], 'reduced', 3),
      qrCase([2, 5, 3], 'complete', 5),
      qrCase([3, 5], 'complete', 3),
      qrCase([1, 1], 'reduced', 1),
      {
        name: 'signs as LAPACK has them',
        inputs: () => [
          of([
            [1, 2, 3],
            [4, 5, 6],
            [7, 8, 10],
          ]),
        ],
        call: (x) => ops.qr(x!).r,
        reference: (x) => perMatrix(x!, (m) => triangleOf(m, [-1, 1, 1])),
      },
      {
        name: 'a triangle stays as it is',
        inputs: () => [
          of([
            [2, 1],
            [0, -3],
          ]),
        ],
        call: (x) => Object.values(ops.qr(x!)),
        reference: (x) => [unit([], 2), x!],
        gradient: 0,
      },
      zeroShape({
        call: (x) => {
          const { q, r } = ops.qr(x!, { mode: 'complete' })
          return [q, r]
        },
        reference: () => [unit([2], 3), { shape: [2, 3, 0], data: [] }],
      }),
    ],
    large: { inputs: () => [some([20, 8, 6])], call: (x) => Object.values(ops.qr(x!)), exact: false },
  },
  {
    name: 'eigh',
    covers: ['eigh', 'iterate'],
    cases: [
      ...[
        [1, 1],
        [2, 2],
        [2, 3, 3],
        [5, 5],
      ].map(
        (shape): Case => ({
          name: `(${shape.join(', ')})`,
          inputs: () => [some(shape)],
          call: (x) => {
            const { values, vectors } = ops.eigh(both(x!))
            return [values, vectors.mul(values.unsqueeze(-2)).matmul(vectors.transpose()), vectors.transpose().matmul(vectors)]
          },
          reference: (x) => [
            { shape: shape.slice(0, -1), data: perMatrix(plus(x!), (m) => [eigenvaluesOf(m)]).data },
            plus(x!),
            unit(shape.slice(0, -2), shape.at(-1)!),
          ],
        }),
      ),
      {
        name: 'vectors, whatever their signs',
        inputs: () => [some([2, 4, 4], { seed: 3 })],
        call: (x) => ops.eigh(both(x!)).vectors.square(),
        because: 'they are compared above in products; here are their gradients',
      },
      {
        name: 'equal eigenvalues have gradients',
        inputs: () => [
          of([
            [2, 0, 0],
            [0, 2, 0],
            [0, 0, 5],
          ]),
        ],
        call: (x) => ops.eigh(both(x!)).values.square().sum(),
        reference: () => ({ shape: [], data: [132] }),
        gradient: 1,
      },
      {
        name: 'reads one half only',
        inputs: () => [
          of([
            [0, 7],
            [2, 3],
          ]),
        ],
        call: (x) => [ops.eigh(x!).values, ops.eigh(x!.transpose(), { upper: true }).values],
        reference: () => [
          { shape: [2], data: [-1, 4] },
          { shape: [2], data: [-1, 4] },
        ],
        gradient: 0,
      },
    ],
    large: { inputs: () => [some([20, 6, 6])], call: (x) => Object.values(ops.eigh(both(x!))), exact: false },
  },
  {
    name: 'eigvalsh',
    covers: [],
    cases: [
      {
        name: 'a batch',
        inputs: () => [some([2, 4, 4])],
        call: (x) => ops.eigvalsh(both(x!)),
        reference: (x) => ({ shape: [2, 4], data: perMatrix(plus(x!), (m) => [eigenvaluesOf(m)]).data }),
      },
    ],
    large: { inputs: () => [some([20, 6, 6])], call: (x) => ops.eigvalsh(both(x!)), exact: false },
  },
  {
    name: 'svd',
    cases: [
      ...[
        [3, 3],
        [2, 3, 5],
        [2, 5, 3],
        [1, 4],
        [4, 1],
      ].map(svdCase),
      {
        name: 'vectors, whatever their signs',
        inputs: () => [some([2, 4, 3], { seed: 2 }), some([2, 4], { seed: 3 })],
        call: (x, y) =>
          [x!, y!].flatMap((t) => {
            const { u, vt } = ops.svd(t)
            return [
              u.square(),
              vt.square(),
              u.slice([...t.shape.slice(1).map(() => null), [0, 1]]).matmul(vt.slice([...t.shape.slice(2).map(() => null), [0, 1]])),
            ]
          }),
        because: 'they are compared above in products; here are their gradients',
      },
      {
        name: 'zeros, and rank 1',
        inputs: () => [
          of([
            [
              [0, 0],
              [0, 0],
              [0, 0],
            ],
            [
              [1, 2],
              [2, 4],
              [-1, -2],
            ],
          ]),
        ],
        call: (x) => {
          const { u, s, vt } = ops.svd(x!)
          return [s, u.transpose().matmul(u), vt.matmul(vt.transpose())]
        },
        reference: () => [{ shape: [2, 2], data: [0, 0, Math.sqrt(30), 0] }, unit([2], 2), unit([2], 2)],
        gradient: 0,
      },
      zeroShape({
        call: (x) => {
          const { u, s, vt } = ops.svd(x!)
          return [u, s, vt]
        },
        reference: () => [
          { shape: [2, 3, 0], data: [] },
          { shape: [2, 0], data: [] },
          { shape: [2, 0, 0], data: [] },
        ],
      }),
    ],
    large: { inputs: () => [some([20, 8, 6])], call: (x) => Object.values(ops.svd(x!)), exact: false },
  },
  {
    name: 'svdvals',
    cases: [
      {
        name: 'a batch',
        inputs: () => [some([2, 4, 3])],
        call: (x) => ops.svdvals(x!),
        reference: (x) => ({ shape: [2, 3], data: perMatrix(x!, (m) => [singularValues(m)]).data }),
      },
      {
        name: 'graded: small ones as exact as large ones',
        inputs: () => [
          of([
            [1, 1e-9],
            [0, 1e-9],
          ]),
        ],
        call: (x) => ops.svdvals(x!).div(of([1, 1e-9])),
        reference: () => ({ shape: [2], data: [1, 1] }),
        tolerance: { rtol: 1e-12 },
        gradient: 0,
      },
    ],
    large: { inputs: () => [some([20, 8, 6])], call: (x) => ops.svdvals(x!), exact: false },
  },
]
