/** Many numbers to one: sums, means, products, norms, logical sums. */

import type { Axes, ReduceOptions } from '../../../src/ops/index.js'
import type { Tensor } from '../../../src/tensor/tensor.js'
import * as ops from '../allOps.js'
import { cube, empty, listOf, odd, of, some, whole } from '../examples.js'
import { reduce, total } from '../reference.js'
import type { Case, Grid, LargeCase, Row } from '../row.js'

type Reduction = (x: Tensor, axes?: Axes, options?: ReduceOptions) => Tensor

interface Special {
  readonly covers?: readonly string[]
  readonly input?: () => Tensor
  /** value over nothing, where that is legal */
  readonly none?: number
  readonly more?: readonly Case[]
  readonly exact?: boolean
  readonly large?: LargeCase
}

/** Every way to name axes, extremes, size 1, empty axes. */
function reduction(name: string, op: Reduction, f: (values: number[]) => number, special: Special = {}): Row {
  const { input = cube, none } = special
  const one = (title: string, axes: Axes, keep: boolean, x: () => Tensor = input, gradient: 0 | 2 = 2): Case => ({
    name: title,
    inputs: () => [x()],
    call: (t) => op(t, axes, { keep }),
    reference: (t) => reduce(t!, listOf(axes), f, keep),
    gradient,
  })
  return {
    name,
    ...(special.covers && { covers: special.covers }),
    cases: [
      one('all', undefined, false),
      one('all, kept', null, true),
      one('the first axis', 0, false),
      one('the last axis, kept', -1, true),
      one('two axes', [0, 2], false),
      one('two axes, kept', [-1, 1], true),
      one('no axes', [], false),
      one('an axis of size 1', 1, false, () => some([3, 1])),
      one('a scalar', undefined, false, () => some([], { from: 0.5 })),
      one('extremes', 1, false, odd, 0),
      one('an empty result', 1, false, () => empty([0, 3]), 0),
      ...(none === undefined ? [] : [one('over nothing', 1, false, () => empty([2, 0]), 0)]),
      ...(special.more ?? []),
    ],
    large: special.large ?? { inputs: () => [whole([300, 400])], call: (x) => op(x, 0), ...(special.exact === false && { exact: false }) },
  }
}

const spread = (values: number[], correction: number): number => {
  const mean = total(values) / values.length
  return total(values.map((v) => (v - mean) ** 2)) / Math.max(values.length - correction, 0)
}
const logSumExp = (values: number[]): number => {
  const most = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  return Number.isFinite(most) ? most + Math.log(total(values.map((v) => Math.exp(v - most)))) : most
}
const length =
  (p: number) =>
  (values: number[]): number =>
    total(values.map((v) => Math.abs(v) ** p)) ** (1 / p)
const integers = (name: string, op: (x: Tensor) => Tensor, reference: (x: Grid) => Grid, x: () => Tensor): Case => ({
  name,
  inputs: () => [x()],
  call: op,
  reference: (g) => reference(g!),
  gradient: 0,
})
const nonZero = (): Tensor => some([2, 3, 4], { from: 0.3, to: 2 })

export const rows: readonly Row[] = [
  reduction('sum', ops.sum, total, {
    none: 0,
    more: [
      integers(
        'booleans are counted',
        (x) => ops.sum(x),
        (x) => reduce(x, undefined, total),
        () => of([1, 0, 1], 'bool'),
      ),
      integers(
        'i64',
        (x) => ops.sum(x, 0),
        (x) => reduce(x, [0], total),
        () => whole([3, 2], { dtype: 'i64' }),
      ),
    ],
  }),
  reduction('mean', ops.mean, (v) => total(v) / v.length, {
    covers: [],
    none: Number.NaN,
    exact: false,
    more: [
      integers(
        'integers give fractions',
        (x) => ops.mean(x),
        (x) => reduce(x, undefined, (v) => total(v) / v.length),
        () => of([1, 2, 4, 4], 'i32'),
      ),
    ],
  }),
  reduction(
    'variance',
    (x, axes, o) => ops.variance(x, axes, { ...o, correction: 0 }),
    (v) => spread(v, 0),
    {
      covers: ['first'],
      none: Number.NaN,
      exact: false,
      more: [
        {
          name: 'of a sample',
          inputs: () => [cube()],
          call: (x) => ops.variance(x, [0, 1]),
          reference: (x) => reduce(x!, [0, 1], (v) => spread(v, 1)),
        },
        {
          name: 'of one number, as a sample',
          inputs: () => [some([3, 1])],
          call: (x) => ops.variance(x, 1),
          reference: (x) => reduce(x!, [1], () => Number.NaN),
          gradient: 0,
        },
        {
          name: 'far from 0',
          inputs: () => [some([2, 5], { from: 1000, to: 1001 })],
          call: (x) => ops.variance(x, 1),
          reference: (x) => reduce(x!, [1], (v) => spread(v, 1)),
          tolerance32: { rtol: 1e-2 },
          gradient: 0,
        },
      ],
    },
  ),
  {
    name: 'std',
    covers: [],
    cases: [
      {
        name: 'of a sample',
        inputs: () => [cube()],
        call: (x) => ops.std(x, -1),
        reference: (x) => reduce(x!, [-1], (v) => Math.sqrt(spread(v, 1))),
      },
      {
        name: 'of the values, kept',
        inputs: () => [cube()],
        call: (x) => ops.std(x, [0, 2], { keep: true, correction: 0 }),
        reference: (x) => reduce(x!, [0, 2], (v) => Math.sqrt(spread(v, 0)), true),
      },
    ],
    large: { inputs: () => [whole([300, 400])], call: (x) => ops.std(x, 0), exact: false },
  },
  reduction('prod', ops.prod, (v) => v.reduce((a, b) => a * b, 1), {
    none: 1,
    large: { inputs: () => [whole([300, 400], { from: -1, to: 1 })], call: (x) => ops.prod(x, 0) },
    more: [
      {
        name: 'zeros: one, two, all',
        inputs: () => [
          of([
            [2, 0, 3, 1.5],
            [0, 4, 0, 2],
            [0, 0, 0, 0],
            [1, 2, 3, 4],
          ]),
        ],
        call: (x) => ops.prod(x, 1),
        reference: (x) => reduce(x!, [1], (v) => v.reduce((a, b) => a * b, 1)),
      },
      integers(
        'bytes in i64',
        (x) => ops.prod(x),
        (x) => reduce(x, undefined, (v) => v.reduce((a, b) => a * b, 1)),
        () => of([200, 200, 2], 'u8'),
      ),
    ],
  }),
  reduction('logSumExp', ops.logSumExp, logSumExp, { none: Number.NEGATIVE_INFINITY, exact: false }),
  reduction('norm', ops.norm, length(2), {
    covers: [],
    none: 0,
    exact: false,
    input: nonZero,
    more: [1, 3, 0.5, -1]
      .map(
        (order): Case => ({
          name: `order ${order}`,
          inputs: () => [nonZero()],
          call: (x) => ops.norm(x, 1, { order }),
          reference: (x) => reduce(x!, [1], length(order)),
        }),
      )
      .concat([
        {
          name: 'order ∞',
          inputs: () => [nonZero()],
          call: (x) => ops.norm(x, 1, { order: Number.POSITIVE_INFINITY }),
          reference: (x) => reduce(x!, [1], (v) => Math.max(...v.map(Math.abs))),
        },
        {
          name: 'order −∞',
          inputs: () => [nonZero()],
          call: (x) => ops.norm(x, 1, { order: Number.NEGATIVE_INFINITY }),
          reference: (x) => reduce(x!, [1], (v) => Math.min(...v.map(Math.abs))),
        },
        {
          name: 'order 0',
          inputs: () => [
            of([
              [1, 0, -2],
              [0, 0, 0],
            ]),
          ],
          call: (x) => ops.norm(x, 1, { order: 0 }),
          reference: (x) => reduce(x!, [1], (v) => v.filter((n) => n !== 0).length),
          gradient: 0,
        },
      ]),
  }),
]
