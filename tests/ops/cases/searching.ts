/** Places in sorted rows, counts, what is there once. */

import type { Tensor } from '../../../src/tensor/tensor.js'
import * as ops from '../allOps.js'
import { empty, of, some, whole } from '../examples.js'
import { get, grid, map } from '../reference.js'
import type { Case, Grid, Row } from '../row.js'

const nan = Number.NaN
/** NaN is larger than everything. */
const below = (a: number, b: number): boolean => (Number.isNaN(b) ? !Number.isNaN(a) : a < b)
const place = (row: readonly number[], v: number, right: boolean): number => row.filter((s) => (right ? !below(v, s) : below(s, v))).length

const search = (name: string, sorted: () => Tensor, values: () => Tensor): Case[] =>
  [false, true].map((right) => ({
    name: `${name}${right ? ', right' : ''}`,
    inputs: () => [sorted(), values()],
    call: (s, v) => ops.searchSorted(s, v, { right }),
    reference: (s, v) => {
      const n = s!.shape.at(-1)!
      return grid(v!.shape, (i) => {
        const row = s!.shape.length === 1 ? s!.data : Array.from({ length: n }, (_, k) => get(s!, [...i.slice(0, -1), k]))
        return place(row, get(v!, i), right)
      })
    },
    gradient: 0,
  }))

function histogram(x: Grid, edges: readonly number[], weights?: Grid): number[] {
  const counts = edges.slice(1).map(() => 0)
  for (const [n, v] of x.data.entries()) {
    if (!(v >= edges[0]! && v <= edges.at(-1)!)) continue
    const bin = v === edges.at(-1) ? counts.length - 1 : edges.findIndex((e, i) => v >= e && v < edges[i + 1]!)
    counts[bin]! += weights ? weights.data[n]! : 1
  }
  return counts
}
const even = (from: number, to: number, bins: number): number[] =>
  Array.from({ length: bins + 1 }, (_, i) => from + ((to - from) * i) / bins)

export const rows: readonly Row[] = [
  {
    name: 'searchSorted',
    covers: [],
    cases: [
      ...[1, 2, 3, 4, 17].flatMap((n) =>
        search(
          `one row of ${n}`,
          () => of(Array.from({ length: n }, (_, i) => Math.floor(i / 2))),
          () =>
            of([
              [-1, 0, 0.5],
              [1, 7, 9],
            ]),
        ),
      ),
      ...search(
        'equal ones',
        () => of([1, 1, 1, 3, 3]),
        () => of([0, 1, 2, 3, 4]),
      ),
      ...search(
        'NaN and infinities',
        () => of([Number.NEGATIVE_INFINITY, 0, Number.POSITIVE_INFINITY, nan, nan]),
        () => of([nan, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1]),
      ),
      ...search(
        'a row for each',
        () =>
          of([
            [1, 3, 5],
            [2, 2, 6],
          ]),
        () =>
          of([
            [0, 3, 4, 9],
            [2, 3, 6, 1],
          ]),
      ),
      ...search(
        'a scalar',
        () => of([1, 2, 3]),
        () => of(2),
      ),
      ...search(
        'nothing to search in',
        () => empty([0]),
        () => of([1, 2]),
      ),
      ...search(
        'nothing to search',
        () => of([1, 2]),
        () => empty([0, 2]),
      ),
      ...(['u8', 'i32', 'i64'] as const).flatMap((dtype) =>
        search(
          dtype,
          () => of([1, 3, 3, 7], dtype),
          () => of([0, 3, 9], dtype),
        ),
      ),
      ...search(
        'integers among fractions',
        () => of([1, 3], 'i32'),
        () => of([2.5, 0.5]),
      ),
    ],
    large: {
      inputs: () => [whole([1], { from: 0, to: 0 }), whole([300, 100], { from: -10, to: 2000 })],
      call: (z, v) => ops.searchSorted(ops.add(ops.arange(1000, undefined, 1, { dtype: 'f32' }), z), v),
      gradient: false,
    },
  },
  {
    name: 'bucketize',
    covers: [],
    cases: [
      ...[false, true].map(
        (right): Case => ({
          name: right ? 'right' : 'left',
          inputs: () => [
            of([
              [1, 3, 4],
              [5, 9, nan],
            ]),
            of([3, 5, 7]),
          ],
          call: (x, b) => ops.bucketize(x, b, { right }),
          reference: (x, b) => map(x!, (v) => place(b!.data, v, right)),
          gradient: 0,
        }),
      ),
      {
        name: 'a list, integers',
        inputs: () => [of([1, 3, 9], 'i32')],
        call: (x) => ops.bucketize(x, [2.5, 3]),
        reference: () => ({ shape: [3], data: [0, 1, 2] }),
        gradient: 0,
      },
      {
        name: 'no boundaries',
        inputs: () => [of([1, 2])],
        call: (x) => ops.bucketize(x, []),
        reference: () => ({ shape: [2], data: [0, 0] }),
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([300, 100])], call: (x) => ops.bucketize(x, [-2, 0, 1]), gradient: false },
  },
  {
    name: 'bincount',
    covers: [],
    cases: [
      ...(['u8', 'i32', 'i64'] as const).map(
        (dtype): Case => ({
          name: dtype,
          inputs: () => [
            of(
              [
                [1, 3],
                [1, 0],
              ],
              dtype,
            ),
          ],
          call: (x) => ops.bincount(x, { length: 5 }),
          reference: () => ({ shape: [5], data: [1, 2, 0, 1, 0] }),
          gradient: 0,
        }),
      ),
      {
        name: 'weights',
        inputs: () => [of([1, 3, 1], 'i32'), some([3])],
        call: (x, w) => ops.bincount(x, { weights: w, length: 4 }),
        reference: (_, w) => ({ shape: [4], data: [0, w!.data[0]! + w!.data[2]!, 0, w!.data[1]!] }),
      },
      {
        name: 'nothing',
        inputs: () => [empty([0], 'i32')],
        call: (x) => ops.bincount(x, { length: 2 }),
        reference: () => ({ shape: [2], data: [0, 0] }),
        gradient: 0,
      },
      {
        name: 'nothing at all',
        inputs: () => [empty([0], 'i32')],
        call: (x) => ops.bincount(x, { length: 0 }),
        reference: () => ({ shape: [0], data: [] }),
        gradient: 0,
      },
    ],
    large: {
      inputs: () => [whole([20_000], { from: 0, to: 49, dtype: 'i32' }), whole([20_000], { seed: 2 })],
      call: (x, weights) => ops.bincount(x, { weights, length: 50 }),
    },
  },
  {
    name: 'histogram',
    covers: [],
    cases: [
      {
        name: 'a range',
        inputs: () => [of([1, 2, 2, 4, 0, nan, 5, 2.5])],
        call: (x) => {
          const h = ops.histogram(x, 3, { range: [1, 4] })
          return [h.counts, h.edges]
        },
        reference: (x) => [
          { shape: [3], data: histogram(x!, even(1, 4, 3)) },
          { shape: [4], data: even(1, 4, 3) },
        ],
        gradient: 0,
      },
      {
        name: 'what x spans',
        inputs: () => [some([4, 5])],
        call: (x) => {
          const h = ops.histogram(x, 4)
          return [h.counts, h.edges]
        },
        reference: (x) => {
          const edges = even(Math.min(...x!.data), Math.max(...x!.data), 4)
          return [
            { shape: [4], data: histogram(x!, edges) },
            { shape: [5], data: edges },
          ]
        },
        gradient: 0,
      },
      {
        name: 'all the same',
        inputs: () => [of([3, 3])],
        call: (x) => {
          const h = ops.histogram(x, 2)
          return [h.counts, h.edges]
        },
        reference: () => [
          { shape: [2], data: [0, 2] },
          { shape: [3], data: [2.5, 3, 3.5] },
        ],
        gradient: 0,
      },
      {
        name: 'edges',
        inputs: () => [of([0, 1, 3, 9, 10]), of([0, 1, 9])],
        call: (x, e) => ops.histogram(x, e).counts,
        reference: (x) => ({ shape: [2], data: histogram(x!, [0, 1, 9]) }),
        gradient: 0,
      },
      {
        name: 'weights',
        inputs: () => [of([0.5, 1.5, 1.2]), some([3], { seed: 2 })],
        call: (x, w) => ops.histogram(ops.mul(x, 1), [0, 1, 2], { weights: w }).counts,
        reference: (x, w) => ({ shape: [2], data: histogram(x!, [0, 1, 2], w) }),
      },
      {
        name: 'density',
        inputs: () => [of([0.5, 1.5, 1.2])],
        call: (x) => ops.histogram(x, [0, 1, 3], { density: true }).counts,
        reference: () => ({ shape: [2], data: [1 / 3, 1 / 3] }),
        gradient: 0,
      },
      {
        name: 'integers',
        inputs: () => [of([1, 2, 2, 5], 'i32')],
        call: (x) => ops.histogram(x, 2, { range: [1, 5] }).counts,
        reference: () => ({ shape: [2], data: [3, 1] }),
        gradient: 0,
      },
      {
        name: 'nothing',
        inputs: () => [empty([0])],
        call: (x) => ops.histogram(x, 2).counts,
        reference: () => ({ shape: [2], data: [0, 0] }),
        gradient: 0,
      },
    ],
    large: {
      inputs: () => [whole([20_000], { from: 0, to: 9 })],
      call: (x) => ops.histogram(x, 10, { range: [0, 10] }).counts,
      gradient: false,
    },
  },
  {
    name: 'unique',
    covers: [],
    cases: [
      {
        name: 'fewer than asked for',
        inputs: () => [
          of([
            [3, 1, 3],
            [2, 2, 3],
          ]),
        ],
        call: (x) => {
          const u = ops.unique(x, { size: 4, fill: -1 })
          return [u.values, u.inverse, u.counts]
        },
        reference: () => [
          { shape: [4], data: [1, 2, 3, -1] },
          { shape: [2, 3], data: [2, 0, 2, 1, 1, 2] },
          { shape: [4], data: [1, 2, 3, 0] },
        ],
        gradient: 0,
      },
      {
        name: 'more than asked for',
        inputs: () => [of([5, 4, 3, 3])],
        call: (x) => {
          const u = ops.unique(x, { size: 2 })
          return [u.values, u.counts]
        },
        reference: () => [
          { shape: [2], data: [3, 4] },
          { shape: [2], data: [2, 1] },
        ],
        gradient: 0,
      },
      {
        name: 'different ones',
        inputs: () => [some([4])],
        call: (x) => ops.unique(x, { size: 4 }).values,
        reference: (x) => ({ shape: [4], data: [...x!.data].sort((a, b) => a - b) }),
      },
      ...(['u8', 'bool', 'i64'] as const).map(
        (dtype): Case => ({
          name: dtype,
          inputs: () => [of([1, 0, 1], dtype)],
          call: (x) => ops.unique(x, { size: 2 }).values,
          reference: () => ({ shape: [2], data: [0, 1] }),
          gradient: 0,
        }),
      ),
      {
        name: 'nothing',
        inputs: () => [empty([0])],
        call: (x) => ops.unique(x, { size: 1 }).counts,
        reference: () => ({ shape: [1], data: [0] }),
        gradient: 0,
      },
    ],
    large: {
      inputs: () => [whole([20_000], { from: 0, to: 99 })],
      call: (x) => {
        const u = ops.unique(x, { size: 100 })
        return [u.values, u.inverse, u.counts]
      },
      gradient: false,
    },
  },
]
