/** add sub mul div neg mod maximum minimum pow */

import type { Operand } from '../../../src/ops/index.js'
import { add, div, maximum, minimum, mod, mul, neg, pow, sub } from '../../../src/ops/index.js'
import type { Tensor } from '../../../src/tensor/tensor.js'
import { distinct, empty, extremes, of, some, whole } from '../examples.js'
import { map, zip } from '../reference.js'
import type { Case, Row } from '../row.js'

type Binary = (x: Tensor, other: Operand) => Tensor
type Plain = (a: number, b: number) => number

const against =
  (f: Plain): NonNullable<Case['reference']> =>
  (a, b) =>
    zip(a!, b!, f)

interface Special {
  /** range of the right side, to stay away from poles and kinks */
  readonly right?: { readonly from: number; readonly to: number }
  readonly left?: { readonly from: number; readonly to: number }
  /** left and right sides of extremes */
  readonly extremes?: readonly [Tensor, Tensor]
  readonly more?: readonly Case[]
  readonly exact?: boolean
  /** whether integers may give fractions */
  readonly fractions?: boolean
}

/** Every broadcast, numbers on the right, extremes against each other, integers, empty axes. */
function binary(name: string, op: Binary, f: Plain, special: Special = {}): Row {
  const call = (a: Tensor, b: Tensor): Tensor => op(a, b)
  const { left, right } = special
  const shapes: readonly (readonly [string, readonly number[], readonly number[]])[] = [
    ['equal shapes', [2, 3], [2, 3]],
    ['both stretch', [4, 1, 3], [2, 1]],
    ['the left has fewer axes', [3], [2, 4, 3]],
    ['a scalar', [2, 3], []],
    ['axes of size 1', [1, 1], [1]],
  ]
  const column = of([[1e4], [-1e4], [Number.NaN], [Number.POSITIVE_INFINITY], [Number.NEGATIVE_INFINITY], [0], [1], [-2], [0.5]])
  const row = of([1e4, -1e4, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 1, -2, 0.5])
  return {
    name,
    cases: [
      ...shapes.map(
        ([title, a, b]): Case => ({
          name: title,
          inputs: () => [some(a, { seed: 1, ...left }), some(b, { seed: 2, ...right })],
          call,
          reference: against(f),
        }),
      ),
      {
        name: 'a number on the right',
        inputs: () => [some([2, 3], { seed: 3, ...left })],
        call: (a) => op(a, 1.75),
        reference: (a) => map(a!, (v) => f(v, 1.75)),
      },
      {
        name: 'extremes',
        inputs: () => special.extremes ?? [column, row],
        call,
        reference: against(f),
        gradient: 0,
      },
      {
        name: 'an empty axis',
        inputs: () => [empty([0, 3]), some([3], right)],
        call,
        reference: () => ({ shape: [0, 3], data: [] }),
        gradient: 0,
      },
      {
        name: 'i32',
        inputs: () => [whole([2, 3], { dtype: 'i32' }), whole([3], { seed: 4, from: 1, to: 4, dtype: 'i32' })],
        call,
        reference: against((a, b) => (special.fractions ? Math.fround(f(a, b)) : Math.trunc(f(a, b)))),
        gradient: 0,
      },
      ...(special.more ?? []),
    ],
    large: {
      inputs: () => [whole([300, 400]), whole([400], { seed: 2, from: 1, to: 4 })],
      call: (a, b) => op(a, b),
      ...(special.exact === false && { exact: false }),
    },
  }
}

const away = { from: 0.5, to: 2 }

/** Python's remainder: the sign of the divisor. */
function remainder(a: number, b: number): number {
  return a - b * Math.floor(a / b)
}

export const rows: readonly Row[] = [
  binary('add', add, (a, b) => a + b),
  binary('sub', sub, (a, b) => a - b, {
    more: [{ name: 'a number on the left', inputs: () => [some([4])], call: (x) => sub(1, x), reference: (x) => map(x!, (v) => 1 - v) }],
  }),
  binary('mul', mul, (a, b) => a * b),
  binary('div', div, (a, b) => a / b, {
    right: away,
    exact: false,
    fractions: true,
    more: [
      {
        name: 'negative integers',
        inputs: () => [of([7, -7, 7, 0], 'i32'), of([2, 2, 0, 0], 'i32')],
        call: (a, b) => div(a, b),
        reference: against((a, b) => a / b),
        gradient: 0,
      },
      { name: 'a number on the left', inputs: () => [some([4], away)], call: (x) => div(2, x), reference: (x) => map(x!, (v) => 2 / v) },
    ],
  }),
  binary('mod', mod, remainder, {
    left: { from: 1.05, to: 1.45 },
    right: { from: 0.8, to: 1 },
    extremes: [of([5, -5, 7.5, -7.5, Number.NaN, 0]), of([3, 3, -2, 2, 1, 4])],
    more: [
      {
        name: 'negative integers',
        inputs: () => [of([5, -5, 7, -7], 'i32'), of([3, 3, -2, 2], 'i32')],
        call: (a, b) => mod(a, b),
        reference: against(remainder),
        gradient: 0,
      },
    ],
  }),
  binary('maximum', maximum, Math.max),
  binary('minimum', minimum, Math.min),
  binary('pow', pow, (a, b) => (Math.abs(a) === 1 && Number.isNaN(b) && a === 1 ? 1 : a ** b), {
    left: away,
    exact: false,
    extremes: [
      of([0, 0, 0, 2, -2, -2, 1e4, -1e4, Number.POSITIVE_INFINITY, Number.NaN, 5]),
      of([0, 2, -1, -1e4, 3, 0.5, 2, 3, -1, 0, Number.NaN]),
    ],
    more: [
      ...[2, 3, -1, 0.5, 0, 1, 2.5].map(
        (p): Case => ({
          name: `to the power ${p}`,
          inputs: () => [distinct([5], away)],
          call: (x) => pow(x, p),
          reference: (x) => map(x!, (v) => v ** p),
        }),
      ),
      {
        name: 'a number to a power',
        inputs: () => [some([4])],
        call: (x) => pow(2, x),
        reference: (x) => map(x!, (v) => 2 ** v),
      },
      {
        name: 'whole powers of negative numbers and of 0',
        inputs: () => [of([-1.5, 0, 2])],
        call: (x) => pow(x, 3),
        reference: (x) => map(x!, (v) => v ** 3),
      },
    ],
  }),
  {
    name: 'neg',
    cases: [
      { name: 'numbers', inputs: () => [some([2, 3])], call: (x) => neg(x), reference: (x) => map(x!, (v) => -v) },
      { name: 'extremes', inputs: () => [extremes()], call: (x) => neg(x), reference: (x) => map(x!, (v) => -v), gradient: 0 },
      { name: 'i64', inputs: () => [whole([3], { dtype: 'i64' })], call: (x) => neg(x), reference: (x) => map(x!, (v) => -v), gradient: 0 },
    ],
    large: { inputs: () => [whole([300, 400])], call: (x) => neg(x) },
  },
]
