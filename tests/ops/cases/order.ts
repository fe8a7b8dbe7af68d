/** What chooses and orders: extremes, their places, sort, topK. */

import type { Found } from '../../../src/ops/index.js'
import type { Tensor } from '../../../src/tensor/tensor.js'
import * as ops from '../allOps.js'
import { distinct, empty, of, some, whole } from '../examples.js'
import { lines, reduce } from '../reference.js'
import type { Case, Grid, Row } from '../row.js'

const cube = (): Tensor => distinct([2, 3, 4])
const odd = (): Tensor =>
  of([
    [1, Number.NaN, Number.POSITIVE_INFINITY, 2],
    [Number.NEGATIVE_INFINITY, 1, Number.NaN, Number.NaN],
    [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
    [1e4, -1e4, 1e4, 0],
  ])

/** NaN above ∞, as PyTorch orders numbers. */
const below = (a: number, b: number): number =>
  Number.isNaN(a) ? (Number.isNaN(b) ? 0 : 1) : Number.isNaN(b) ? -1 : a < b ? -1 : a > b ? 1 : 0
const orderOf = (line: readonly number[], descending: boolean): number[] =>
  line.map((_, i) => i).sort((i, j) => (descending ? -1 : 1) * below(line[i]!, line[j]!) || i - j)
const placeOf = (line: readonly number[], most: boolean): number => {
  const broken = line.findIndex(Number.isNaN)
  return broken >= 0 ? broken : orderOf(line, most)[0]!
}
const chosen = (line: readonly number[], most: boolean): number => line[placeOf(line, most)]!

const extreme = (name: string, op: typeof ops.max, most: boolean): Row => {
  const one = (
    title: string,
    axes: number | readonly number[] | undefined,
    keep: boolean,
    x: () => Tensor = cube,
    gradient: 0 | 2 = 2,
  ): Case => ({
    name: title,
    inputs: () => [x()],
    call: (t) => op(t, axes, { keep }),
    reference: (t) => reduce(t!, typeof axes === 'number' ? [axes] : axes, (v) => chosen(v, most), keep),
    gradient,
  })
  return {
    name,
    cases: [
      one('all', undefined, false),
      one('an axis', 0, false),
      one('two axes, kept', [-1, 0], true),
      one('size 1', 1, false, () => some([3, 1])),
      one('ties', 1, false, () => whole([3, 5], { from: 0, to: 1, dtype: 'f64' }), 0),
      one('extremes', 1, false, odd, 0),
      one('i64', 0, false, () => whole([4, 2], { dtype: 'i64' }), 0),
      one('bytes', 0, false, () => whole([4, 2], { from: 0, to: 9, dtype: 'u8' }), 0),
      one('an empty result', 1, false, () => empty([0, 2]), 0),
    ],
    // ties share by fractions, which every thread finds alike
    large: { inputs: () => [whole([300, 400])], call: (x) => op(x, 0) },
  }
}

const place = (name: string, op: typeof ops.argmax, most: boolean): Row => {
  const one = (title: string, axis: number | undefined, keep: boolean, x: () => Tensor = cube): Case => ({
    name: title,
    inputs: () => [x()],
    call: (t) => op(t, axis, { keep }),
    reference: (t) => reduce(t!, axis === undefined ? undefined : [axis], (v) => placeOf(v, most), keep),
    gradient: 0,
  })
  return {
    name,
    cases: [
      one('all', undefined, false),
      one('all, kept', undefined, true),
      one('an axis', 0, false),
      one('the last, kept', -1, true),
      one('ties: the first', 1, false, () => whole([3, 5], { from: 0, to: 1, dtype: 'f64' })),
      one('extremes', 1, false, odd),
      one('booleans', 0, false, () => of([0, 1, 1], 'bool')),
      one('i32', 0, false, () => whole([4, 2], { dtype: 'i32' })),
      one('an empty result', 1, false, () => empty([0, 2])),
    ],
    large: { inputs: () => [whole([300, 400])], call: (x) => op(x, 0), gradient: false },
  }
}

const both = (found: Found): readonly Tensor[] => [found.values, found.indices]

const topLines = (x: Grid, axis: number, count: number, descending: boolean): Grid[] => [
  lines(x, axis, (l) =>
    orderOf(l, descending)
      .slice(0, count)
      .map((i) => l[i]!),
  ),
  lines(x, axis, (l) => orderOf(l, descending).slice(0, count)),
]
const sortCase = (name: string, axis: number, descending: boolean, x: () => Tensor = cube, gradient: 0 | 2 = 2): Case => ({
  name,
  inputs: () => [x()],
  call: (t) => both(ops.sort(t, axis, { descending })),
  reference: (t) => topLines(t!, axis, t!.shape.at(axis)!, descending),
  gradient,
})
const topCase = (name: string, count: number, axis: number, largest: boolean, x: () => Tensor = cube, gradient: 0 | 2 = 2): Case => ({
  name,
  inputs: () => [x()],
  call: (t) => both(ops.topK(t, count, axis, { largest })),
  reference: (t) => topLines(t!, axis, count, largest),
  gradient,
})
const ties = (): Tensor => whole([4, 30], { from: 0, to: 2, dtype: 'f64' })

export const rows: readonly Row[] = [
  extreme('max', ops.max, true),
  extreme('min', ops.min, false),
  place('argmax', ops.argmax, true),
  place('argmin', ops.argmin, false),
  {
    name: 'sort',
    covers: [],
    cases: [
      sortCase('ascending', -1, false),
      sortCase('descending, the first axis', 0, true),
      sortCase('ties keep their order', 1, false, ties, 0),
      sortCase('ties keep their order, descending', 1, true, ties, 0),
      sortCase('extremes', 1, false, odd, 0),
      sortCase('extremes, descending', 1, true, odd, 0),
      sortCase('size 1', 1, false, () => some([3, 1])),
      sortCase('i32', 0, true, () => whole([6, 2], { dtype: 'i32' }), 0),
      sortCase('booleans', 0, false, () => of([1, 0, 1, 0], 'bool'), 0),
      sortCase('empty', 1, false, () => empty([0, 2]), 0),
      { name: 'a scalar', inputs: () => [some([])], call: (x) => both(ops.sort(x)), reference: (x) => [x!, { shape: [], data: [0] }] },
    ],
    large: { inputs: () => [whole([100, 300])], call: (x) => both(ops.sort(x, 1)) },
  },
  {
    name: 'argsort',
    covers: [],
    cases: [
      {
        name: 'descending',
        inputs: () => [cube()],
        call: (x) => ops.argsort(x, 1, { descending: true }),
        reference: (x) => topLines(x!, 1, 3, true)[1]!,
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([100, 300])], call: (x) => ops.argsort(x, 0), gradient: false },
  },
  {
    name: 'topK',
    cases: [
      topCase('the largest', 2, -1, true),
      topCase('the smallest, the first axis', 1, 0, false),
      topCase('all', 3, 1, true),
      topCase('ties: the first', 5, 1, true, ties, 0),
      topCase('extremes', 3, 1, true, odd, 0),
      topCase('extremes, smallest', 3, 1, false, odd, 0),
      topCase('none', 0, 1, true, cube, 0),
      {
        ...topCase('empty', 2, 1, true, () => empty([0, 3]), 0),
        reference: () => [
          { shape: [0, 2], data: [] },
          { shape: [0, 2], data: [] },
        ],
      },
      topCase('i64', 2, 0, true, () => distinct([5], { from: 0, to: 50, dtype: 'i64' }), 0),
    ],
    large: { inputs: () => [whole([100, 300])], call: (x) => both(ops.topK(x, 20, 1)) },
  },
]
