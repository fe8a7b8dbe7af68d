/** Logical sums, running sums and products. */
import type { Axes, ReduceOptions } from '../../../src/ops/index.js'
import type { Tensor } from '../../../src/tensor/tensor.js'
import * as ops from '../allOps.js'
import { cube, empty, listOf, odd, of, some, whole } from '../examples.js'
import { lines, reduce } from '../reference.js'
import type { Case, Grid, Row } from '../row.js'

type Reduction = (x: Tensor, axes?: Axes, options?: ReduceOptions) => Tensor

const integers = (name: string, op: (x: Tensor) => Tensor, reference: (x: Grid) => Grid, x: () => Tensor): Case => ({
  name,
  inputs: () => [x()],
  call: op,
  reference: (g) => reference(g!),
  gradient: 0,
})

const logic = (name: string, op: Reduction, f: (values: number[]) => boolean): Row => {
  const bools = (): Tensor =>
    of(
      [
        [1, 1, 0],
        [0, 0, 0],
        [1, 1, 1],
      ],
      'bool',
    )
  const one = (title: string, axes: Axes, keep: boolean, x: () => Tensor = bools): Case =>
    integers(
      title,
      (t) => op(t, axes, { keep }),
      (g) => reduce(g, listOf(axes), (v) => Number(f(v)), keep),
      x,
    )
  return {
    name,
    cases: [
      one('all', undefined, false),
      one('an axis, kept', 1, true),
      one('numbers count as not 0', 0, false, () =>
        of([
          [0, 2, Number.NaN],
          [0, 0, 1],
        ]),
      ),
      one('over nothing', 1, false, () => empty([2, 0], 'bool')),
      one('an empty result', 1, false, () => empty([0, 2], 'bool')),
      one('no axes', [], false),
    ],
    large: { inputs: () => [whole([300, 400], { from: 0, to: 1, dtype: 'bool' })], call: (x) => op(x, 1), gradient: false },
  }
}

const running = (
  name: string,
  op: (x: Tensor, axis: number) => Tensor,
  f: (line: number[]) => readonly number[],
  more: readonly Case[] = [],
): Row => ({
  name,
  ...(name === 'cumprod' && { covers: [] }),
  cases: [
    ...[0, 1, -1].map(
      (axis): Case => ({ name: `axis ${axis}`, inputs: () => [cube()], call: (x) => op(x, axis), reference: (x) => lines(x!, axis, f) }),
    ),
    { name: 'size 1', inputs: () => [some([3, 1])], call: (x) => op(x, 1), reference: (x) => x! },
    { name: 'extremes', inputs: () => [odd()], call: (x) => op(x, 1), reference: (x) => lines(x!, 1, f), gradient: 0 },
    { name: 'empty', inputs: () => [empty([2, 0])], call: (x) => op(x, 1), reference: (x) => x!, gradient: 0 },
    integers(
      'i64',
      (x) => op(x, 0),
      (x) => lines(x, 0, f),
      () => whole([5], { dtype: 'i64' }),
    ),
    ...more,
  ],
  large: { inputs: () => [name === 'cumprod' ? whole([300, 100], { from: 1, to: 1 }) : whole([300, 400])], call: (x) => op(x, 1) },
})
const accumulate =
  (f: (a: number, b: number) => number, start: number) =>
  (line: number[]): number[] => {
    let sum = start
    return line.map((v) => {
      sum = f(sum, v)
      return sum
    })
  }
const sums = accumulate((a, b) => a + b, 0)
const turned = (line: readonly number[]): number[] => [...line].reverse()

export const rows: readonly Row[] = [
  logic('any', ops.any, (v) => v.some((n) => n !== 0)),
  logic('all', ops.all, (v) => v.every((n) => n !== 0)),
  running('cumsum', ops.cumsum, sums, [
    {
      name: 'from the end',
      inputs: () => [cube()],
      call: (x) => ops.cumsum(x, 1, { reverse: true }),
      reference: (x) => lines(x!, 1, (l) => turned(sums(turned(l)))),
    },
    {
      name: 'without the element',
      inputs: () => [cube()],
      call: (x) => ops.cumsum(x, 2, { exclusive: true }),
      reference: (x) => lines(x!, 2, (l) => [0, ...sums(l).slice(0, -1)]),
    },
    integers(
      'booleans',
      (x) => ops.cumsum(x, 0),
      (x) => lines(x, 0, sums),
      () => of([1, 0, 1], 'bool'),
    ),
  ]),
  running(
    'cumprod',
    ops.cumprod,
    accumulate((a, b) => a * b, 1),
    [
      {
        name: 'with zeros',
        inputs: () => [
          of([
            [2, 0, 3, 0.5, 2],
            [1, 2, 0, 0, 3],
          ]),
        ],
        call: (x) => ops.cumprod(x, 1),
        reference: (x) =>
          lines(
            x!,
            1,
            accumulate((a, b) => a * b, 1),
          ),
      },
    ],
  ),
]
