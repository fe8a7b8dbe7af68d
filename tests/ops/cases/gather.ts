/** Rows and elements by number. */

import { sumRows } from '../../../src/ops/gather/rows.js'
import type { Dtype } from '../../../src/tensor/dtype.js'
import type { Tensor } from '../../../src/tensor/tensor.js'
import * as ops from '../allOps.js'
import { distinct, empty, of, some, whole } from '../examples.js'
import { axisAt, get, grid, total } from '../reference.js'
import type { Case, Grid, LargeCase, Row } from '../row.js'

const ids = (value: Parameters<typeof of>[0], dtype: Dtype = 'i32'): Tensor => of(value, dtype)
const wrapped = (i: number, size: number): number => (i < 0 ? i + size : i)

const taken = (x: Grid, i: Grid, axis: number): Grid => {
  const a = axisAt(axis, x.shape.length)
  const [before, after] = [x.shape.slice(0, a), x.shape.slice(a + 1)]
  return grid([...before, ...i.shape, ...after], (at) => {
    const id = get(i, at.slice(a, a + i.shape.length))
    return get(x, [...at.slice(0, a), wrapped(id, x.shape[a]!), ...at.slice(a + i.shape.length)])
  })
}
const takeCase = (name: string, i: () => Tensor, axis: number, x: () => Tensor = () => some([3, 4, 2])): Case => ({
  name,
  inputs: () => [x(), i()],
  call: (t, n) => ops.take(t, n, axis),
  reference: (t, n) => taken(t!, n!, axis),
})

const along = (x: Grid, i: Grid, axis: number): Grid => {
  const a = axisAt(axis, x.shape.length)
  return grid(i.shape, (at) => get(x, at.with(a, wrapped(get(i, at), x.shape[a]!))))
}

const summed = (g: Grid, i: Grid, size: number): Grid =>
  grid([size, g.shape[1]!], ([v, d]) => i.data.reduce((total, id, n) => (wrapped(id, size) === v ? total + get(g, [n, d!]) : total), 0))

const hot = (i: Grid, classes: number): Grid =>
  grid([...i.shape, classes], (at) => Number(wrapped(get(i, at.slice(0, -1)), classes) === at.at(-1)))

/** 20,000 rows onto 50 ids: where additions from several threads would meet. */
const crowded = (call: LargeCase['call']): LargeCase => ({
  inputs: () => [whole([50, 16]), whole([20_000], { seed: 2, from: 0, to: 49, dtype: 'i32' })],
  call,
})

export const rows: readonly Row[] = [
  {
    name: 'take',
    cases: [
      takeCase('rows', () => ids([2, 0, 2, 1, -1]), 0),
      takeCase(
        'the middle axis, i64, two axes of ids',
        () =>
          ids(
            [
              [3, 0],
              [-4, 3],
            ],
            'i64',
          ),
        1,
      ),
      takeCase('the last axis', () => ids([1, 1, 0]), -1),
      takeCase('one id, whose axis disappears', () => ids(2), 1),
      takeCase(
        'of a vector',
        () =>
          ids([
            [1, 0],
            [2, 2],
          ]),
        0,
        () => some([3]),
      ),
      { ...takeCase('no ids', () => empty([0], 'i32'), 1), gradient: 0 },
      {
        ...takeCase(
          'bytes as ids',
          () => ids([1, 0], 'u8'),
          0,
          () => some([2, 2]),
        ),
        gradient: 0,
      },
      {
        ...takeCase(
          'NaN and infinities stay in their rows',
          () => ids([1, 0, 1]),
          0,
          () =>
            of([
              [1, Number.NaN],
              [Number.POSITIVE_INFINITY, 2],
            ]),
        ),
        gradient: 0,
      },
    ],
    large: crowded((x, i) => ops.take(x, i)),
  },
  {
    name: 'embedding',
    covers: [],
    cases: [
      {
        name: 'repeated ids',
        inputs: () => [
          some([7, 3]),
          ids([
            [0, 2, 2],
            [6, 0, 2],
          ]),
        ],
        call: (w, i) => ops.embedding(w, i),
        reference: (w, i) => taken(w!, i!, 0),
      },
      {
        name: 'a padding row has no gradient',
        inputs: () => [
          some([7, 3]),
          ids(
            [
              [0, 4, -3],
              [6, 0, 4],
            ],
            'i64',
          ),
        ],
        call: (w, i) => ops.embedding(w, i, { paddingIndex: 4 }),
        reference: (w, i) => taken(w!, i!, 0),
        gradient: 0,
      },
    ],
    large: {
      inputs: () => [whole([600, 16]), whole([20_000], { seed: 2, from: 0, to: 599, dtype: 'i32' })],
      call: (w, i) => ops.embedding(w, i, { paddingIndex: 3 }),
    },
  },
  {
    name: 'sumRows',
    cases: [
      {
        name: 'few rows',
        inputs: () => [some([5, 2]), ids([1, 3, 1, -1, 0])],
        call: (g, i) => sumRows(g, i, 4),
        reference: (g, i) => summed(g!, i!, 4),
      },
      {
        name: 'as a product with one-hot rows',
        inputs: () => [some([600, 8]), whole([600], { from: -9, to: 8, dtype: 'i64' })],
        call: (g, i) => sumRows(g, i, 9),
        reference: (g, i) => summed(g!, i!, 9),
      },
      {
        name: 'element by element',
        inputs: () => [some([600, 8]), whole([600], { from: 0, to: 299, dtype: 'i32' })],
        call: (g, i) => sumRows(g, i, 300),
        reference: (g, i) => summed(g!, i!, 300),
      },
      {
        name: 'no rows',
        inputs: () => [empty([0, 2]), empty([0], 'i32')],
        call: (g, i) => sumRows(g, i, 3),
        reference: () => grid([3, 2], () => 0),
        gradient: 0,
      },
    ],
    large: {
      inputs: () => [whole([20_000, 8]), whole([20_000], { seed: 2, from: 0, to: 49, dtype: 'i32' })],
      call: (g, i) => sumRows(g, i, 50),
    },
  },
  {
    name: 'oneHot',
    cases: [
      {
        name: 'two axes',
        inputs: () => [
          ids([
            [0, 4, -1],
            [2, 0, 1],
          ]),
        ],
        call: (i) => ops.oneHot(i, 5),
        reference: (i) => hot(i!, 5),
        gradient: 0,
      },
      {
        name: 'one id, i64',
        inputs: () => [ids(1, 'i64')],
        call: (i) => ops.oneHot(i, 3, { dtype: 'i64' }),
        reference: (i) => hot(i!, 3),
        gradient: 0,
      },
      {
        name: 'none',
        inputs: () => [empty([0], 'i32')],
        call: (i) => ops.oneHot(i, 3),
        reference: () => ({ shape: [0, 3], data: [] }),
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([2000], { from: 0, to: 49, dtype: 'i32' })], call: (i) => ops.oneHot(i, 50), gradient: false },
  },
  {
    name: 'takeAlong',
    cases: [
      ...[0, 1, -1].map(
        (axis): Case => ({
          name: `axis ${axis}`,
          inputs: () => [
            some([3, 4, 2]),
            whole(axis === 0 ? [5, 4, 2] : axis === 1 ? [3, 5, 2] : [3, 4, 5], { from: axis === -1 ? -2 : -3, to: 1, dtype: 'i32' }),
          ],
          call: (x, i) => ops.takeAlong(x, i, axis),
          reference: (x, i) => along(x!, i!, axis),
        }),
      ),
      {
        name: 'ids shorter elsewhere, i64',
        inputs: () => [some([3, 4]), ids([[3, 0, 3]], 'i64')],
        call: (x, i) => ops.takeAlong(x, i),
        reference: (x, i) => along(x!, i!, 1),
      },
      {
        name: 'no ids',
        inputs: () => [some([3, 4]), empty([0, 4], 'i32')],
        call: (x, i) => ops.takeAlong(x, i, 0),
        reference: () => ({ shape: [0, 4], data: [] }),
        gradient: 0,
      },
    ],
    large: {
      inputs: () => [whole([50, 40]), whole([2000, 40], { seed: 2, from: 0, to: 49, dtype: 'i32' })],
      call: (x, i) => ops.takeAlong(x, i, 0),
    },
  },
  {
    name: 'embeddingBag',
    covers: [],
    cases: [
      ...(['sum', 'mean', 'max'] as const).flatMap((mode): Case[] => {
        const over = (rows: readonly number[][]): number[] =>
          rows.length === 0
            ? [0, 0]
            : rows[0]!.map((_, d) => {
                const column = rows.map((r) => r[d]!)
                return mode === 'max' ? Math.max(...column) : total(column) / (mode === 'mean' ? rows.length : 1)
              })
        const bags = (w: Grid, lists: readonly (readonly number[])[]): Grid => ({
          shape: [lists.length, 2],
          data: lists.flatMap((own) => over(own.map((v) => [get(w, [v, 0]), get(w, [v, 1])]))),
        })
        return [
          {
            name: `${mode} of lines`,
            inputs: () => [
              distinct([5, 2]),
              of(
                [
                  [1, 2, 2],
                  [4, 0, 3],
                ],
                'i32',
              ),
            ],
            call: (w, i) => ops.embeddingBag(w!, i!, { mode }),
            reference: (w) =>
              bags(w!, [
                [1, 2, 2],
                [4, 0, 3],
              ]),
            ...(mode === 'max' && { gradient: 0 as const }),
          },
          {
            name: `${mode} by offsets, some bags empty, without the padding`,
            inputs: () => [distinct([5, 2]), of([3, 0, 1, 4, 0, 2, 1, 0], 'i64'), of([0, 0, 3, 4, 7, 8], 'i64')],
            call: (w, i, o) => ops.embeddingBag(w!, i!, { mode, offsets: o!, paddingIndex: 0 }),
            reference: (w) => bags(w!, [[], [3, 1], [4], [2, 1], [], []]),
          },
          {
            name: `${mode} by offsets with the last one`,
            inputs: () => [distinct([5, 2]), of([3, 0, 1], 'i32'), of([0, 2, 3], 'i32')],
            call: (w, i, o) => ops.embeddingBag(w!, i!, { mode, offsets: o!, lastOffset: true }),
            reference: (w) => bags(w!, [[3, 0], [1]]),
          },
        ]
      }),
      {
        name: 'with a weight for each id',
        inputs: () => [distinct([5, 2]), of([3, 0, 1], 'i32'), of([0, 2], 'i32'), some([3])],
        call: (w, i, o, own) => ops.embeddingBag(w!, i!, { mode: 'sum', offsets: o!, weights: own! }),
        reference: (w, _, __, own) =>
          grid([2, 2], ([b, d]) => total((b === 0 ? [0, 1] : [2]).map((k) => get(own!, [k]) * get(w!, [[3, 0, 1][k]!, d!])))),
      },
    ],
    large: {
      inputs: () => [whole([100, 16]), whole([200, 20], { from: 0, to: 99, dtype: 'i32', seed: 2 })],
      call: (w, i) => ops.embeddingBag(w!, i!, { mode: 'sum' }),
    },
  },
]
