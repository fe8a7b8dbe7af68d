/** Comparisons, logic, choices, dtypes. */

import type { Operand } from '../../../src/ops/index.js'
import type { Tensor } from '../../../src/tensor/tensor.js'
import * as ops from '../allOps.js'
import { distinct, empty, extremes, of, some, whole } from '../examples.js'
import { common, get, grid, map, zip } from '../reference.js'
import type { Case, Row } from '../row.js'

const edge = of([[1e4], [-1e4], [Number.NaN], [Number.POSITIVE_INFINITY], [Number.NEGATIVE_INFINITY], [0], [-0], [1]])
const edges = of([1e4, -1e4, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1])

function comparison(name: string, op: (x: Tensor, other: Operand) => Tensor, f: (a: number, b: number) => boolean): Row {
  const call = (a: Tensor, b: Tensor): Tensor => op(a, b)
  const reference: NonNullable<Case['reference']> = (a, b) => zip(a!, b!, (x, y) => Number(f(x, y)))
  return {
    name,
    ...(name === 'notEqual' && { covers: [] }),
    cases: [
      {
        name: 'floats',
        inputs: () => [whole([3, 1], { dtype: 'f64' }), whole([4], { seed: 2, dtype: 'f64' })],
        call,
        reference,
        gradient: 0,
      },
      { name: 'extremes', inputs: () => [edge, edges], call, reference, gradient: 0 },
      ...(['i32', 'i64', 'u8', 'bool'] as const).map(
        (dtype): Case => ({
          name: dtype,
          inputs: () => [
            whole([3, 1], { from: 0, to: dtype === 'bool' ? 1 : 4, dtype }),
            whole([4], { seed: 2, from: 0, to: dtype === 'bool' ? 1 : 4, dtype }),
          ],
          call,
          reference,
          gradient: 0,
        }),
      ),
      {
        name: 'a number',
        inputs: () => [of([0, 0.5, 1])],
        call: (x) => op(x, 0.5),
        reference: (x) => map(x!, (v) => Number(f(v, 0.5))),
        gradient: 0,
      },
      {
        name: 'a fraction and integers',
        inputs: () => [of([0, 1], 'i32')],
        call: (x) => op(x, 0.5),
        reference: (x) => map(x!, (v) => Number(f(v, 0.5))),
        gradient: 0,
      },
      { name: 'empty', inputs: () => [empty([0, 2]), some([2])], call, reference, gradient: 0 },
    ],
    large: { inputs: () => [whole([300, 400]), whole([400], { seed: 2 })], call, gradient: false },
  }
}

function logic(name: string, op: (x: Tensor, other: Tensor) => Tensor, f: (a: boolean, b: boolean) => boolean): Row {
  const call = (a: Tensor, b: Tensor): Tensor => op(a, b)
  const reference: NonNullable<Case['reference']> = (a, b) => zip(a!, b!, (x, y) => Number(f(x !== 0, y !== 0)))
  return {
    name,
    cases: [
      { name: 'booleans', inputs: () => [of([[0], [1]], 'bool'), of([0, 1], 'bool')], call, reference, gradient: 0 },
      { name: 'numbers count as not 0', inputs: () => [of([[0], [2], [Number.NaN]]), of([0, 3], 'i32')], call, reference, gradient: 0 },
      { name: 'empty', inputs: () => [empty([0], 'bool'), empty([0], 'bool')], call, reference, gradient: 0 },
    ],
    large: {
      inputs: () => [whole([300, 400], { from: 0, to: 1, dtype: 'bool' }), whole([400], { from: 0, to: 1, dtype: 'bool' })],
      call,
      gradient: false,
    },
  }
}

const test = (name: string, op: (x: Tensor) => Tensor, f: (v: number) => boolean): Row => ({
  name,
  cases: [
    { name: 'extremes', inputs: () => [extremes()], call: (x) => op(x), reference: (x) => map(x!, (v) => Number(f(v))), gradient: 0 },
    { name: 'empty', inputs: () => [empty([0])], call: (x) => op(x), reference: (x) => map(x!, (v) => Number(f(v))), gradient: 0 },
  ],
  large: { inputs: () => [whole([300, 400])], call: (x) => op(x), gradient: false },
})

const limited = (min: number, max: number) => (v: number) => (Number.isNaN(v) ? v : Math.min(Math.max(v, min), max))

export const rows: readonly Row[] = [
  comparison('equal', ops.equal, (a, b) => a === b),
  comparison('notEqual', ops.notEqual, (a, b) => a !== b),
  comparison('greater', ops.greater, (a, b) => a > b),
  comparison('greaterEqual', ops.greaterEqual, (a, b) => a >= b),
  comparison('less', ops.less, (a, b) => a < b),
  comparison('lessEqual', ops.lessEqual, (a, b) => a <= b),
  logic('and', ops.and, (a, b) => a && b),
  logic('or', ops.or, (a, b) => a || b),
  logic('xor', ops.xor, (a, b) => a !== b),
  {
    name: 'not',
    cases: [
      {
        name: 'booleans',
        inputs: () => [of([0, 1], 'bool')],
        call: (x) => ops.not(x),
        reference: (x) => map(x!, (v) => 1 - v),
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([300, 400], { from: 0, to: 1, dtype: 'bool' })], call: (x) => ops.not(x), gradient: false },
  },
  test('isNaN', ops.isNaN, Number.isNaN),
  test('isFinite', ops.isFinite, Number.isFinite),
  {
    name: 'where',
    cases: [
      {
        name: 'three that broadcast',
        inputs: () => [
          of(
            [
              [1, 0, 1, 1],
              [0, 0, 1, 0],
              [1, 1, 0, 0],
            ],
            'bool',
          ),
          some([4]),
          some([2, 1, 1], { seed: 2 }),
        ],
        call: (c, a, b) => ops.where(c, a, b),
        reference: (c, a, b) => grid(common(c!, a!, b!), (i) => (get(c!, i) ? get(a!, i) : get(b!, i))),
      },
      {
        name: 'numbers on both sides of NaN',
        inputs: () => [extremes()],
        call: (x) => ops.where(ops.isNaN(x), 7, x),
        reference: (x) => map(x!, (v) => (Number.isNaN(v) ? 7 : v)),
        gradient: 0,
      },
      {
        name: 'booleans',
        inputs: () => [of([1, 0, 1], 'bool'), of([1, 1, 0], 'bool'), of([0, 0, 1], 'bool')],
        call: (c, a, b) => ops.where(c, a, b),
        reference: (c, a, b) => grid([3], (i) => (get(c!, i) ? get(a!, i) : get(b!, i))),
        gradient: 0,
      },
    ],
    large: {
      inputs: () => [whole([300, 400], { from: 0, to: 1, dtype: 'bool' }), whole([400]), whole([300, 1], { seed: 2 })],
      call: (c, a, b) => ops.where(c, a, b),
    },
  },
  {
    name: 'maskedFill',
    covers: [],
    cases: [
      {
        name: 'minus infinity',
        inputs: () => [some([3, 4]), of([1, 0, 0, 1], 'bool')],
        call: (x, m) => ops.maskedFill(x, m, Number.NEGATIVE_INFINITY),
        reference: (x, m) => zip(x!, m!, (v, hidden) => (hidden ? Number.NEGATIVE_INFINITY : v)),
        gradient: 0,
      },
      {
        name: 'a number',
        inputs: () => [some([3, 4]), of([1, 0, 0, 1], 'bool')],
        call: (x, m) => ops.maskedFill(x, m, -7.5),
        reference: (x, m) => zip(x!, m!, (v, hidden) => (hidden ? -7.5 : v)),
      },
    ],
    large: { inputs: () => [whole([300, 400]), whole([400], { from: 0, to: 1, dtype: 'bool' })], call: (x, m) => ops.maskedFill(x, m, 9) },
  },
  {
    name: 'clamp',
    cases: [
      {
        name: 'both sides',
        inputs: () => [distinct([4, 4])],
        call: (x) => ops.clamp(x, { min: -1, max: 1 }),
        reference: (x) => map(x!, limited(-1, 1)),
      },
      {
        name: 'below',
        inputs: () => [distinct([4, 4])],
        call: (x) => ops.clamp(x, { min: 0 }),
        reference: (x) => map(x!, limited(0, Number.POSITIVE_INFINITY)),
      },
      {
        name: 'above',
        inputs: () => [distinct([4, 4])],
        call: (x) => ops.clamp(x, { max: 0.5 }),
        reference: (x) => map(x!, limited(Number.NEGATIVE_INFINITY, 0.5)),
      },
      {
        name: 'extremes',
        inputs: () => [extremes()],
        call: (x) => ops.clamp(x, { min: -2, max: 2 }),
        reference: (x) => map(x!, limited(-2, 2)),
        gradient: 0,
      },
      {
        name: 'i32',
        inputs: () => [of([-5, 0, 5], 'i32')],
        call: (x) => ops.clamp(x, { min: -2, max: 2 }),
        reference: (x) => map(x!, limited(-2, 2)),
        gradient: 0,
      },
      {
        name: 'tensors as limits',
        inputs: () => [
          distinct([3, 4]),
          distinct([4], { seed: 2, from: -2.1, to: 0.1 }),
          distinct([3, 1], { seed: 3, from: -0.3, to: 1.8 }),
        ],
        call: (x, min, max) => ops.clamp(x, { min, max }),
        reference: (x, a, b) => grid([3, 4], (i) => Math.min(Math.max(get(x!, i), get(a!, i)), get(b!, i))),
      },
      {
        name: 'a tensor and a number',
        inputs: () => [distinct([3, 4]), distinct([4], { seed: 2, from: -2.1, to: 0.1 })],
        call: (x, min) => ops.clamp(x, { min, max: 0.75 }),
        reference: (x, a) => grid([3, 4], (i) => Math.min(Math.max(get(x!, i), get(a!, i)), 0.75)),
      },
      {
        name: 'extremes of all three',
        inputs: () => [edge, edges, of(1)],
        call: (x, min, max) => ops.clamp(x, { min, max }),
        reference: (x, a) => zip(x!, a!, (v, low) => Math.min(Math.max(v, low), 1)),
        gradient: 0,
      },
      ...(['i32', 'i64', 'u8'] as const).map(
        (dtype): Case => ({
          name: `tensors of ${dtype}`,
          inputs: () => [of([1, 5, 9], dtype), of([2, 2, 2], dtype), of([7], dtype)],
          call: (x, min, max) => ops.clamp(x, { min, max }),
          reference: () => ({ shape: [3], data: [2, 5, 7] }),
          gradient: 0,
        }),
      ),
    ],
    large: { inputs: () => [whole([300, 400])], call: (x) => ops.clamp(x, { min: -2, max: 1 }) },
  },
  {
    name: 'cast',
    cases: [
      {
        name: 'f64 to f32',
        inputs: () => [some([4])],
        call: (x) => ops.cast(x, 'f32'),
        reference: (x) => map(x!, (v) => v),
        gradient: 0,
        tolerance: { rtol: 1e-7 },
      },
      {
        name: 'f32 to f64, with a gradient',
        inputs: () => [some([4])],
        call: (x) => ops.cast(ops.cast(x, 'f64'), 'f64').mul(2),
        reference: (x) => map(x!, (v) => 2 * v),
      },
      {
        name: 'to integers drops the fraction',
        inputs: () => [of([1.7, -1.7, 0.2, 1e4])],
        call: (x) => ops.cast(x, 'i32'),
        reference: (x) => map(x!, Math.trunc),
        gradient: 0,
      },
      {
        name: 'to bool: NaN is not 0',
        inputs: () => [of([0, -0, 0.5, Number.NaN, Number.POSITIVE_INFINITY])],
        call: (x) => ops.cast(x, 'bool'),
        reference: (x) => map(x!, (v) => Number(v !== 0)),
        gradient: 0,
      },
      {
        name: 'from i64',
        inputs: () => [of([-3, 5], 'i64')],
        call: (x) => ops.cast(x, 'f64'),
        reference: (x) => map(x!, (v) => v),
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([300, 400])], call: (x) => ops.cast(x, 'f64') },
  },
]
