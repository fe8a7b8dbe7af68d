/** Axes moved, tensors joined, grids, diagonals, products of every pair. */

import type { Tensor } from '../../../src/tensor/tensor.js'
import * as ops from '../allOps.js'
import { cube, empty, of, some, whole } from '../examples.js'
import { get, grid } from '../reference.js'
import type { Case, Grid, LargeCase, Row } from '../row.js'

const moved = (
  name: string,
  call: (x: Tensor) => Tensor,
  reference: (x: Grid) => Grid,
  inputs: () => readonly Tensor[] = () => [cube()],
): Case => ({
  name,
  inputs,
  call: (x) => call(x!),
  reference: (x) => reference(x!),
})
const big = (call: (x: Tensor) => Tensor): LargeCase => ({ inputs: () => [whole([30, 40, 50])], call: (x) => call(x) })
const same =
  (shape: readonly number[]) =>
  (x: Grid): Grid => ({ shape, data: x.data })
const pair = (): Tensor[] => [some([2, 3]), some([2, 3], { seed: 2 })]
const matrix = (): Tensor[] => [some([3, 4])]
const none = (row: Omit<Row, 'covers'>): Row => ({ ...row, covers: [] })

const turned = (x: Grid): Grid => grid([4, 3], ([i, j]) => get(x, [j!, 3 - i!]))

export const rows: readonly Row[] = [
  none({
    name: 'movedim',
    cases: [
      moved(
        'one to the end',
        (x) => ops.movedim(x, 0, -1),
        (x) => grid([3, 4, 2], ([j, k, i]) => get(x, [i!, j!, k!])),
      ),
      moved(
        'one to the front',
        (x) => ops.movedim(x, 2, 0),
        (x) => grid([4, 2, 3], ([k, i, j]) => get(x, [i!, j!, k!])),
      ),
      moved(
        'two',
        (x) => ops.movedim(x, [0, 1], [2, 0]),
        (x) => grid([3, 4, 2], ([j, k, i]) => get(x, [i!, j!, k!])),
      ),
      moved(
        'nowhere',
        (x) => ops.movedim(x, 1, 1),
        (x) => x,
      ),
    ],
    large: big((x) => ops.movedim(x, 0, 1)),
  }),
  none({
    name: 'rot90',
    cases: [
      moved('once', (x) => ops.rot90(x), turned, matrix),
      moved('five times', (x) => ops.rot90(x, 5), turned, matrix),
      moved(
        'twice',
        (x) => ops.rot90(x, 2),
        (x) => grid([3, 4], ([i, j]) => get(x, [2 - i!, 3 - j!])),
        matrix,
      ),
      moved(
        'back',
        (x) => ops.rot90(x, -1),
        (x) => grid([4, 3], ([i, j]) => get(x, [2 - j!, i!])),
        matrix,
      ),
      moved(
        'other axes',
        (x) => ops.rot90(x, 1, [1, 2]),
        (x) => grid([2, 4, 3], ([a, i, j]) => get(x, [a!, j!, 3 - i!])),
      ),
      moved(
        'not at all',
        (x) => ops.rot90(x, 4),
        (x) => x,
      ),
    ],
    large: big((x) => ops.rot90(x, 3)),
  }),
  none({
    name: 'unflatten',
    cases: [
      moved('an axis', (x) => ops.unflatten(x, -1, [2, 2]), same([2, 3, 2, 2])),
      moved('one size open', (x) => ops.unflatten(x, 1, [-1, 1]), same([2, 3, 1, 4])),
      {
        ...moved(
          'of nothing',
          (x) => ops.unflatten(x, 0, [0, 3]),
          same([0, 3, 2]),
          () => [empty([0, 2])],
        ),
        gradient: 0,
      },
    ],
    large: big((x) => ops.unflatten(x, 1, [4, 10])),
  }),
  none({
    name: 'atLeast1d',
    cases: [moved('a scalar', ops.atLeast1d, same([1]), () => [of(3)]), moved('more', ops.atLeast1d, same([2, 3, 4]))],
    large: big(ops.atLeast1d),
  }),
  none({
    name: 'atLeast2d',
    cases: [
      moved('a scalar', ops.atLeast2d, same([1, 1]), () => [of(3)]),
      moved('a row', ops.atLeast2d, same([1, 2]), () => [of([3, 4])]),
      moved('more', ops.atLeast2d, same([2, 3, 4])),
    ],
    large: big(ops.atLeast2d),
  }),
  none({
    name: 'atLeast3d',
    cases: [
      moved('a scalar', ops.atLeast3d, same([1, 1, 1]), () => [of(3)]),
      moved('a row', ops.atLeast3d, same([1, 2, 1]), () => [of([3, 4])]),
      moved('a matrix', ops.atLeast3d, same([3, 4, 1]), matrix),
      moved('more', ops.atLeast3d, same([2, 3, 4])),
    ],
    large: big(ops.atLeast3d),
  }),
  none({
    name: 'hstack',
    cases: [
      {
        name: 'matrices',
        inputs: pair,
        call: (a, b) => ops.hstack([a, b]),
        reference: (a, b) => grid([2, 6], ([i, j]) => get(j! < 3 ? a! : b!, [i!, j! % 3])),
      },
      {
        name: 'rows and scalars',
        inputs: () => [of([1, 2]), of(3)],
        call: (a, b) => ops.hstack([a, b]),
        reference: () => ({ shape: [3], data: [1, 2, 3] }),
      },
    ],
    large: { inputs: () => [whole([300, 100]), whole([300, 200])], call: (a, b) => ops.hstack([a, b]) },
  }),
  none({
    name: 'vstack',
    cases: [
      {
        name: 'matrices',
        inputs: pair,
        call: (a, b) => ops.vstack([a, b]),
        reference: (a, b) => ({ shape: [4, 3], data: [...a!.data, ...b!.data] }),
      },
      {
        name: 'rows',
        inputs: () => [of([1, 2]), of([3, 4])],
        call: (a, b) => ops.vstack([a, b]),
        reference: () => ({ shape: [2, 2], data: [1, 2, 3, 4] }),
      },
    ],
    large: { inputs: () => [whole([300, 100]), whole([200, 100])], call: (a, b) => ops.vstack([a, b]) },
  }),
  none({
    name: 'dstack',
    cases: [
      {
        name: 'matrices',
        inputs: pair,
        call: (a, b) => ops.dstack([a, b]),
        reference: (a, b) => grid([2, 3, 2], ([i, j, k]) => get(k === 0 ? a! : b!, [i!, j!])),
      },
      {
        name: 'rows',
        inputs: () => [of([1, 2]), of([3, 4])],
        call: (a, b) => ops.dstack([a, b]),
        reference: () => ({ shape: [1, 2, 2], data: [1, 3, 2, 4] }),
      },
    ],
    large: { inputs: () => [whole([300, 100]), whole([300, 100])], call: (a, b) => ops.dstack([a, b]) },
  }),
  none({
    name: 'broadcastTensors',
    cases: [
      {
        name: 'a row and a column',
        inputs: () => [some([3]), some([2, 1], { seed: 2 })],
        call: (a, b) => ops.broadcastTensors([a, b]),
        reference: (a, b) => [grid([2, 3], (i) => get(a!, i)), grid([2, 3], (i) => get(b!, i))],
      },
    ],
    large: { inputs: () => [whole([300]), whole([400, 1])], call: (a, b) => ops.broadcastTensors([a, b]) },
  }),
  none({
    name: 'meshgrid',
    cases: [
      {
        name: 'ij',
        inputs: () => [some([2]), some([3], { seed: 2 }), of(4)],
        call: (a, b, c) => ops.meshgrid([a, b, c]),
        reference: (a, b, c) => [
          grid([2, 3, 1], ([i]) => a!.data[i!]!),
          grid([2, 3, 1], ([, j]) => b!.data[j!]!),
          grid([2, 3, 1], () => c!.data[0]!),
        ],
      },
      {
        name: 'xy',
        inputs: () => [some([2]), some([3], { seed: 2 })],
        call: (a, b) => ops.meshgrid([a, b], { indexing: 'xy' }),
        reference: (a, b) => [grid([3, 2], ([, i]) => a!.data[i!]!), grid([3, 2], ([j]) => b!.data[j!]!)],
      },
      {
        name: 'nothing',
        inputs: () => [empty([0]), some([3])],
        call: (a, b) => ops.meshgrid([a, b]),
        reference: () => [
          { shape: [0, 3], data: [] },
          { shape: [0, 3], data: [] },
        ],
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([300]), whole([400])], call: (a, b) => ops.meshgrid([a, b]) },
  }),
  none({
    name: 'cartesianProd',
    cases: [
      {
        name: 'two',
        inputs: () => [some([2]), some([3], { seed: 2 })],
        call: (a, b) => ops.cartesianProd([a, b]),
        reference: (a, b) => grid([6, 2], ([n, c]) => (c === 0 ? a!.data[Math.floor(n! / 3)]! : b!.data[n! % 3]!)),
      },
      { name: 'one', inputs: () => [some([2])], call: (a) => ops.cartesianProd([a]), reference: (a) => a! },
    ],
    large: { inputs: () => [whole([200]), whole([100])], call: (a, b) => ops.cartesianProd([a, b]) },
  }),
  none({
    name: 'combinations',
    cases: [
      {
        name: 'pairs',
        inputs: () => [some([3])],
        call: (x) => ops.combinations(x),
        reference: (x) => ({ shape: [3, 2], data: [0, 1, 0, 2, 1, 2].map((i) => x!.data[i]!) }),
      },
      {
        name: 'again',
        inputs: () => [some([2])],
        call: (x) => ops.combinations(x, 2, { replacement: true }),
        reference: (x) => ({ shape: [3, 2], data: [0, 0, 0, 1, 1, 1].map((i) => x!.data[i]!) }),
      },
      {
        name: 'too many',
        inputs: () => [some([2])],
        call: (x) => ops.combinations(x, 3),
        reference: () => ({ shape: [0, 3], data: [] }),
        gradient: 0,
      },
      {
        name: 'bytes',
        inputs: () => [of([1, 2], 'u8')],
        call: (x) => ops.combinations(x),
        reference: () => ({ shape: [1, 2], data: [1, 2] }),
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([150])], call: (x) => ops.combinations(x) },
  }),
  none({
    name: 'trilIndices',
    cases: [
      {
        name: 'square',
        inputs: () => [],
        call: () => ops.trilIndices(3),
        reference: () => ({ shape: [2, 6], data: [0, 1, 1, 2, 2, 2, 0, 0, 1, 0, 1, 2] }),
        gradient: 0,
      },
      {
        name: 'above',
        inputs: () => [],
        call: () => ops.trilIndices(2, 3, { diagonal: 1 }),
        reference: () => ({ shape: [2, 5], data: [0, 0, 1, 1, 1, 0, 1, 0, 1, 2] }),
        gradient: 0,
      },
    ],
    because: 'numbers that are written, not computed',
  }),
  none({
    name: 'triuIndices',
    cases: [
      {
        name: 'square',
        inputs: () => [],
        call: () => ops.triuIndices(2),
        reference: () => ({ shape: [2, 3], data: [0, 0, 1, 0, 1, 1] }),
        gradient: 0,
      },
      {
        name: 'below',
        inputs: () => [],
        call: () => ops.triuIndices(2, 2, { diagonal: -1 }),
        reference: () => ({ shape: [2, 4], data: [0, 0, 1, 1, 0, 1, 0, 1] }),
        gradient: 0,
      },
    ],
    because: 'numbers that are written, not computed',
  }),
  none({
    name: 'vander',
    cases: [
      {
        name: 'falling',
        inputs: () => [some([3])],
        call: (x) => ops.vander(x),
        reference: (x) => grid([3, 3], ([i, j]) => x!.data[i!]! ** (2 - j!)),
      },
      {
        name: 'rising',
        inputs: () => [some([2])],
        call: (x) => ops.vander(x, { columns: 4, increasing: true }),
        reference: (x) => grid([2, 4], ([i, j]) => x!.data[i!]! ** j!),
      },
      {
        name: 'one column',
        inputs: () => [some([2])],
        call: (x) => ops.vander(x, { columns: 1 }),
        reference: () => grid([2, 1], () => 1),
        gradient: 0,
      },
      {
        name: 'none',
        inputs: () => [some([2])],
        call: (x) => ops.vander(x, { columns: 0 }),
        reference: () => grid([2, 0], () => 1),
        gradient: 0,
      },
      {
        name: 'integers',
        inputs: () => [of([2, 3], 'i64')],
        call: (x) => ops.vander(x, { columns: 3 }),
        reference: () => ({ shape: [2, 3], data: [4, 2, 1, 9, 3, 1] }),
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([1000], { from: -2, to: 2 })], call: (x) => ops.vander(x, { columns: 6 }) },
  }),
  none({
    name: 'diagEmbed',
    cases: [
      ...[0, 2, -1].map((offset) =>
        moved(
          `offset ${offset}`,
          (x) => ops.diagEmbed(x, { offset }),
          (x) => {
            const n = 3 + Math.abs(offset)
            return grid([2, n, n], ([a, i, j]) => (j! - i! === offset ? get(x, [a!, offset >= 0 ? i! : j!]) : 0))
          },
          () => [some([2, 3])],
        ),
      ),
      moved(
        'other axes',
        (x) => ops.diagEmbed(x, { axes: [0, 2] }),
        (x) => grid([3, 2, 3], ([i, a, j]) => (i === j ? get(x, [a!, i!]) : 0)),
        () => [some([2, 3])],
      ),
      {
        ...moved(
          'nothing',
          (x) => ops.diagEmbed(x),
          () => ({ shape: [0, 0], data: [] }),
          () => [empty([0])],
        ),
        gradient: 0,
      },
      {
        ...moved(
          'nothing, beside the diagonal',
          (x) => ops.diagEmbed(x, { offset: 2 }),
          () => grid([2, 2], () => 0),
          () => [empty([0])],
        ),
        gradient: 0,
      },
      {
        ...moved(
          'booleans',
          (x) => ops.diagEmbed(x),
          () => ({ shape: [2, 2], data: [1, 0, 0, 1] }),
          () => [of([1, 1], 'bool')],
        ),
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([20, 60])], call: (x) => ops.diagEmbed(x) },
  }),
  none({
    name: 'diag',
    cases: [
      moved(
        'of a row',
        (x) => ops.diag(x, 1),
        (x) => grid([3, 3], ([i, j]) => (j! - i! === 1 ? x.data[i!]! : 0)),
        () => [some([2])],
      ),
      moved(
        'of a matrix',
        (x) => ops.diag(x, -1),
        (x) => grid([2], ([i]) => get(x, [i! + 1, i!])),
        matrix,
      ),
    ],
    large: { inputs: () => [whole([300])], call: (x) => ops.diag(x) },
  }),
  none({
    name: 'diagonalScatter',
    cases: [
      {
        name: 'above',
        inputs: () => [some([3, 4]), some([3], { seed: 2 })],
        call: (x, d) => ops.diagonalScatter(x, d, { offset: 1 }),
        reference: (x, d) => grid([3, 4], ([i, j]) => (j! - i! === 1 ? d!.data[i!]! : get(x!, [i!, j!]))),
      },
      {
        name: 'other axes',
        inputs: () => [cube(), some([3, 2], { seed: 2 })],
        call: (x, d) => ops.diagonalScatter(x, d, { axes: [0, 2] }),
        reference: (x, d) => grid([2, 3, 4], ([i, j, k]) => (i === k ? get(d!, [j!, i!]) : get(x!, [i!, j!, k!]))),
      },
    ],
    large: { inputs: () => [whole([300, 100]), whole([100])], call: (x, d) => ops.diagonalScatter(x, d) },
  }),
  none({
    name: 'sliceScatter',
    cases: [
      {
        name: 'every other',
        inputs: () => [cube(), some([2, 3, 2], { seed: 2 })],
        call: (x, s) => ops.sliceScatter(x, s, [null, null, [0, null, 2]]),
        reference: (x, s) => grid([2, 3, 4], ([i, j, k]) => (k! % 2 === 0 ? get(s!, [i!, j!, k! / 2]) : get(x!, [i!, j!, k!]))),
      },
    ],
    large: { inputs: () => [whole([300, 100]), whole([300, 50])], call: (x, s) => ops.sliceScatter(x, s, [null, [0, 50]]) },
  }),
  none({
    name: 'tensordot',
    cases: [
      {
        name: 'two axes',
        inputs: () => [some([2, 3, 4]), some([3, 4, 2], { seed: 2 })],
        call: (x, y) => ops.tensordot(x, y),
        reference: (x, y) =>
          grid([2, 2], ([i, j]) => {
            let t = 0
            for (let a = 0; a < 3; a++) for (let b = 0; b < 4; b++) t += get(x!, [i!, a, b]) * get(y!, [a, b, j!])
            return t
          }),
      },
      {
        name: 'named axes',
        inputs: () => [some([2, 3, 4]), some([4, 2, 2], { seed: 2 })],
        call: (x, y) =>
          ops.tensordot(x, y, [
            [0, 2],
            [1, 0],
          ]),
        reference: (x, y) =>
          grid([3, 2], ([j, k]) => {
            let t = 0
            for (let a = 0; a < 2; a++) for (let b = 0; b < 4; b++) t += get(x!, [a, j!, b]) * get(y!, [b, a, k!])
            return t
          }),
      },
      {
        name: 'one named axis',
        inputs: () => [some([2, 3]), some([3])],
        call: (x, y) => ops.tensordot(x, y, [-1, 0]),
        reference: (x, y) => grid([2], ([i]) => [0, 1, 2].reduce((t, k) => t + get(x!, [i!, k]) * y!.data[k]!, 0)),
      },
      {
        name: 'none',
        inputs: () => [some([2]), some([3], { seed: 2 })],
        call: (x, y) => ops.tensordot(x, y, 0),
        reference: (x, y) => grid([2, 3], ([i, j]) => x!.data[i!]! * y!.data[j!]!),
      },
      {
        name: 'over nothing',
        inputs: () => [empty([2, 0]), empty([0, 3])],
        call: (x, y) => ops.tensordot(x, y, 1),
        reference: () => grid([2, 3], () => 0),
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([30, 8, 10]), whole([8, 10, 40], { seed: 2 })], call: (x, y) => ops.tensordot(x, y) },
  }),
  none({
    name: 'kron',
    cases: [
      {
        name: 'matrices',
        inputs: () => [some([2, 3]), some([3, 2], { seed: 2 })],
        call: (x, y) => ops.kron(x, y),
        reference: (x, y) => grid([6, 6], ([i, j]) => get(x!, [Math.floor(i! / 3), Math.floor(j! / 2)]) * get(y!, [i! % 3, j! % 2])),
      },
      {
        name: 'a row and a matrix',
        inputs: () => [some([2]), some([2, 2], { seed: 2 })],
        call: (x, y) => ops.kron(x, y),
        reference: (x, y) => grid([2, 4], ([i, j]) => x!.data[Math.floor(j! / 2)]! * get(y!, [i!, j! % 2])),
      },
      { name: 'scalars', inputs: () => [of(2), of(3)], call: (x, y) => ops.kron(x, y), reference: () => ({ shape: [], data: [6] }) },
    ],
    large: { inputs: () => [whole([20, 15]), whole([10, 30], { seed: 2 })], call: (x, y) => ops.kron(x, y) },
  }),
]
