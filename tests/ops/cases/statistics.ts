/** Order, spread, what runs along an axis, and all of it without NaN. */

import type { Interpolation, QuantileOptions } from '../../../src/maths/index.js'
import type { Axes, Found } from '../../../src/ops/index.js'
import type { Dtype } from '../../../src/tensor/dtype.js'
import { type Tensor, tensor } from '../../../src/tensor/tensor.js'
import * as ops from '../allOps.js'
import { cube, distinct, empty, listOf, of, some, whole } from '../examples.js'
import { grid, lines, reduce } from '../reference.js'
import type { Case, Grid, Row } from '../row.js'

const [nan, inf] = [Number.NaN, Number.POSITIVE_INFINITY]
const holes = (): Tensor =>
  of([
    [1, nan, 3, -2],
    [nan, nan, nan, nan],
    [4, 0.5, -1, 2],
  ])
const ascending = (v: readonly number[]): number[] => [...v].sort((a, b) => (Number.isNaN(a) ? 1 : Number.isNaN(b) ? -1 : a - b))
const without = (v: readonly number[]): number[] => v.filter((x) => !Number.isNaN(x))
const broken = (v: readonly number[]): boolean => v.some(Number.isNaN)
const both = ({ values, indices }: Found): Tensor[] => [values, indices]

function quantile(v: readonly number[], q: number, how: Interpolation): number {
  if (v.length === 0 || broken(v)) return nan
  const row = ascending(v)
  const at = q * (v.length - 1)
  const [low, high] = [row[Math.floor(at)]!, row[Math.ceil(at)]!]
  if (how === 'lower' || low === high) return how === 'higher' ? high : low
  if (how === 'higher') return high
  if (how === 'midpoint') return (low + high) / 2
  const part = at - Math.floor(at)
  if (how === 'nearest') return part < 0.5 || (part === 0.5 && Math.floor(at) % 2 === 0) ? low : high
  return low + (high - low) * part
}

const quantileRow = (name: 'quantile' | 'nanQuantile', ignore: boolean): Row => {
  const op = ops[name]
  const value = (v: number[], q: number, how: Interpolation): number => quantile(ignore ? without(v) : v, q, how)
  const one = (label: string, q: number, options: QuantileOptions = {}, x: () => Tensor = () => distinct([2, 5, 3])): Case => ({
    name: label,
    inputs: () => [x()],
    call: (t) => op(t, q, options),
    reference: (t) =>
      reduce(
        t!,
        options.axis === undefined ? undefined : [options.axis],
        (v) => value(v, q, options.interpolation ?? 'linear'),
        options.keep,
      ),
  })
  return {
    name,
    covers: [],
    cases: [
      one('all', 0.3),
      one('along an axis', 0.37, { axis: 1 }),
      one('kept', 0.5, { axis: -2, keep: true }),
      one('all, kept', 0.5, { keep: true }),
      ...(['linear', 'lower', 'higher', 'midpoint', 'nearest'] as const).flatMap((interpolation) => [
        one(interpolation, 0.4, { axis: 1, interpolation }, () => distinct([2, 4])),
        one(`${interpolation}, halves`, 0.5, { axis: 1, interpolation }, () => distinct([2, 4])),
        one(`${interpolation}, the last`, 1, { axis: 1, interpolation }, () => distinct([2, 3])),
      ]),
      { ...one('NaN', 0.5, { axis: 1 }, holes), gradient: 0 },
      { ...one('NaN of all', 0.25, {}, holes), gradient: 0 },
      {
        ...one('infinities', 0.5, { axis: 1 }, () =>
          of([
            [-inf, inf],
            [inf, inf],
            [-inf, -inf],
          ]),
        ),
        gradient: 0,
      },
      one('a single element', 0.7, {}, () => of([3])),
      one('a scalar', 0.7, {}, () => of(3)),
      {
        name: 'several shares come first',
        inputs: () => [distinct([3, 4])],
        call: (x) => op(x, [0, 0.4, 1], { axis: 0 }),
        reference: (x) => {
          const each = [0, 0.4, 1].map((q) => reduce(x!, [0], (v) => value(v, q, 'linear')).data)
          return { shape: [3, 4], data: each.flat() }
        },
      },
      {
        name: 'shares as a tensor',
        inputs: () => [distinct([5])],
        call: (x) => op(x, tensor([0.25])),
        reference: (x) => ({ shape: [1], data: [quantile(x!.data, 0.25, 'linear')] }),
      },
      {
        name: 'integers',
        inputs: () => [of([4, 1, 2], 'i32')],
        call: (x) => op(x, 0.25),
        reference: () => ({ shape: [], data: [1.5] }),
        gradient: 0,
      },
      {
        name: 'no rows',
        inputs: () => [empty([0, 3])],
        call: (x) => op(x, 0.5, { axis: 1 }),
        reference: () => ({ shape: [0], data: [] }),
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([100, 200])], call: (x) => op(x, 0.5, { axis: 1 }), exact: false },
  }
}

const medianRow = (name: 'median' | 'nanMedian', ignore: boolean): Row => {
  const op = ops[name]
  const value = (v: number[]): number => {
    const row = ascending(ignore ? without(v) : v)
    return row.length === 0 || broken(row) ? nan : row[Math.floor((row.length - 1) / 2)]!
  }
  const one = (label: string, axis: number | undefined, x: () => Tensor, keep = false, gradient: 0 | 2 = 2): Case => ({
    name: label,
    inputs: () => [x()],
    call: (t) => op(t, { ...(axis !== undefined && { axis }), keep }),
    reference: (t) => reduce(t!, axis === undefined ? undefined : [axis], value, keep),
    gradient,
  })
  return {
    name,
    covers: [],
    cases: [
      one('all, odd', undefined, () => distinct([3, 5])),
      one('all, even', undefined, () => distinct([4, 2])),
      one('axis', 1, () => distinct([2, 4, 3])),
      one('last axis, kept', -1, () => distinct([2, 3, 17]), true),
      one('all, kept', undefined, () => distinct([2, 3]), true),
      one('NaN', 1, holes, false, 0),
      one('a scalar', undefined, () => of(4)),
      ...(['i32', 'i64', 'u8', 'bool'] as const).map((dtype) => one(dtype, undefined, () => of([1, 0, 1, 0], dtype), false, 0)),
    ],
    large: { inputs: () => [whole([100, 201])], call: (x) => op(x, { axis: 1 }), exact: false },
  }
}

const missing = (
  name: 'nanSum' | 'nanProd' | 'nanMean' | 'nanMax' | 'nanMin',
  f: (v: number[]) => number,
  gradient: 0 | 1 | 2 = 2,
): Row => {
  const op = ops[name]
  const one = (label: string, axes: Axes, x: () => Tensor, keep = false, order: 0 | 1 | 2 = 0): Case => ({
    name: label,
    inputs: () => [x()],
    call: (t) => op(t, axes, { keep }),
    reference: (t) => reduce(t!, listOf(axes), (v) => f(without(v)), keep),
    gradient: order,
  })
  return {
    name,
    covers: [],
    cases: [
      one('all', undefined, () => distinct([2, 3, 4]), false, gradient),
      one('two axes, kept', [0, -1], () => distinct([2, 3, 4]), true, gradient),
      one('NaN', 1, holes),
      one('NaN of all', undefined, holes),
      one('a scalar', undefined, () => of(3)),
      one('a NaN', undefined, () => of(nan)),
      one('integers', 0, () => of([3, 1], 'i32')),
      ...(['nanMax', 'nanMin'].includes(name) ? [] : [one('none', 0, () => empty([0, 2]))]),
    ],
    large: { inputs: () => [whole([300, 40], { from: 1, to: 1 })], call: (x) => op(x, 0), exact: false },
  }
}
const sumOf = (v: readonly number[]): number => v.reduce((a, b) => a + b, 0)
const meanOf = (v: readonly number[]): number => sumOf(v) / v.length
const varianceOf = (v: readonly number[], correction = 1): number =>
  v.length - correction > 0 ? sumOf(v.map((x) => (x - meanOf(v)) ** 2)) / (v.length - correction) : nan

const spread = (name: 'nanVariance' | 'nanStd', f: (v: number) => number): Row => {
  const op = ops[name]
  return {
    name,
    covers: [],
    cases: [
      ...[0, 1].map(
        (correction): Case => ({
          name: `correction ${correction}`,
          inputs: () => [distinct([3, 4])],
          call: (x) => op(x, 1, { correction }),
          reference: (x) => reduce(x!, [1], (v) => f(varianceOf(v, correction))),
        }),
      ),
      {
        name: 'NaN',
        inputs: () => [holes()],
        call: (x) => op(x, -1, { keep: true }),
        reference: (x) => reduce(x!, [1], (v) => f(varianceOf(without(v))), true),
        gradient: 0,
      },
      { name: 'one element', inputs: () => [of([3])], call: (x) => op(x), reference: () => ({ shape: [], data: [nan] }), gradient: 0 },
      { name: 'none', inputs: () => [empty([0])], call: (x) => op(x), reference: () => ({ shape: [], data: [nan] }), gradient: 0 },
    ],
    large: { inputs: () => [whole([300, 40])], call: (x) => op(x, 0), exact: false },
  }
}

function running(x: Grid, axis: number, beats: (a: number, b: number) => boolean): Grid[] {
  const places = (line: readonly number[]): number[] => {
    let best = 0
    return line.map((v, i) => {
      if (i > 0 && (Number.isNaN(v) || (!Number.isNaN(line[best]!) && beats(v, line[best]!)))) best = i
      return best
    })
  }
  return [lines(x, axis, (line) => places(line).map((i) => line[i]!)), lines(x, axis, places)]
}
const runningRow = (name: 'cummax' | 'cummin', beats: (a: number, b: number) => boolean): Row => {
  const op = ops[name]
  const one = (label: string, x: () => Tensor, axis: number, gradient: 0 | 2 = 0): Case => ({
    name: label,
    inputs: () => [x()],
    call: (t) => both(op(t, axis)),
    reference: (t) => running(t!, axis, beats),
    gradient,
  })
  return {
    name,
    covers: [],
    cases: [
      ...[0, 1, -1].map((axis) => one(`axis ${axis}`, () => distinct([3, 5, 2]), axis, 2)),
      one('one', () => of([4]), 0),
      one('17', () => distinct([17]), 0),
      one('equal ones', () => of([1, 1, 0, 1, 2, 2]), 0),
      one('NaN and infinities', () => of([1, inf, -inf, nan, 5, nan, inf]), 0),
      ...(['u8', 'i32', 'i64', 'bool'] as const).map((dtype) => one(dtype, () => of([0, 1, 0, 1], dtype), 0)),
      {
        name: 'empty',
        inputs: () => [empty([0, 2])],
        call: (x) => both(op(x, 0)),
        reference: () => [
          { shape: [0, 2], data: [] },
          { shape: [0, 2], data: [] },
        ],
        gradient: 0,
      },
      {
        name: 'a scalar',
        inputs: () => [of(3)],
        call: (x) => both(op(x, 0)),
        reference: () => [
          { shape: [], data: [3] },
          { shape: [], data: [0] },
        ],
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([300, 100])], call: (x) => op(x, 1).values },
  }
}
const logSum = (v: readonly number[]): number => {
  const most = Math.max(...v)
  return Number.isFinite(most) ? most + Math.log(sumOf(v.map((x) => Math.exp(x - most)))) : most
}

function differences(line: readonly number[], n: number): number[] {
  return n === 0
    ? [...line]
    : differences(
        line.slice(1).map((v, i) => v - line[i]!),
        n - 1,
      )
}
const diffCase = (name: string, x: () => Tensor, n: number, axis: number, gradient: 0 | 2 = 2): Case => ({
  name,
  inputs: () => [x()],
  call: (t) => ops.diff(t, { n, axis }),
  reference: (t) => lines(t!, axis, (line) => differences(line, n)),
  gradient,
})

function covariance(x: Grid, w: readonly number[], divisor: number): Grid {
  const [v, n] = x.shape as [number, number]
  const total = sumOf(w)
  const row = (i: number): number[] => x.data.slice(i * n, (i + 1) * n)
  const means = Array.from({ length: v }, (_, i) => sumOf(row(i).map((a, k) => a * w[k]!)) / total)
  return grid([v, v], ([i, j]) => sumOf(row(i!).map((a, k) => w[k]! * (a - means[i!]!) * (row(j!)[k]! - means[j!]!))) / divisor)
}
const onesOf = (n: number): number[] => Array.from({ length: n }, () => 1)

const chosen =
  (f: (line: readonly number[]) => number) =>
  (x: Grid, axis: number): Grid[] => [reduce(x, [axis], (v) => v[f(v)]!), reduce(x, [axis], f)]
const mostFrequent = chosen((v) => {
  const counts = v.map((a) => v.filter((b) => Object.is(a, b)).length)
  const most = Math.max(...counts)
  const value = Math.min(...v.filter((_, i) => counts[i] === most))
  return v.indexOf(value)
})
const kth = (k: number) =>
  chosen(
    (v) =>
      v.map((a, i) => [a, i] as const).sort((a, b) => (Number.isNaN(a[0]) ? 1 : Number.isNaN(b[0]) ? -1 : a[0] - b[0] || a[1] - b[1]))[
        k - 1
      ]![1],
  )

const dtypesOf: readonly Dtype[] = ['u8', 'bool', 'i32', 'i64']

export const rows: readonly Row[] = [
  quantileRow('quantile', false),
  quantileRow('nanQuantile', true),
  medianRow('median', false),
  medianRow('nanMedian', true),
  {
    name: 'kthValue',
    covers: [],
    cases: [
      ...[0, 1, -1].map(
        (axis): Case => ({
          name: `axis ${axis}`,
          inputs: () => [distinct([3, 4, 5])],
          call: (x) => both(ops.kthValue(x, 2, axis)),
          reference: (x) => kth(2)(x!, axis < 0 ? 2 : axis),
        }),
      ),
      {
        name: 'kept',
        inputs: () => [distinct([3, 4])],
        call: (x) => ops.kthValue(x, 4, 1, { keep: true }).values,
        reference: (x) => reduce(x!, [1], (v) => Math.max(...v), true),
      },
      {
        name: 'NaN is the largest',
        inputs: () => [of([nan, 1, inf])],
        call: (x) => both(ops.kthValue(x, 3)),
        reference: (x) => kth(3)(x!, 0),
        gradient: 0,
      },
      {
        name: 'a scalar',
        inputs: () => [of(3)],
        call: (x) => both(ops.kthValue(x, 1)),
        reference: () => [
          { shape: [], data: [3] },
          { shape: [], data: [0] },
        ],
      },
      ...dtypesOf.map(
        (dtype): Case => ({
          name: dtype,
          inputs: () => [of([1, 0, 1], dtype)],
          call: (x) => both(ops.kthValue(x, 2)),
          reference: (x) => kth(2)(x!, 0),
          gradient: 0,
        }),
      ),
    ],
    large: { inputs: () => [whole([100, 200])], call: (x) => ops.kthValue(x, 7).values },
  },
  {
    name: 'mode',
    covers: [],
    cases: [
      {
        name: 'axis 0',
        inputs: () => [whole([7, 3], { dtype: 'f64', from: 0, to: 2 })],
        call: (x) => both(ops.mode(x, 0)),
        reference: (x) => mostFrequent(x!, 0),
        gradient: 0,
      },
      {
        name: 'all different',
        inputs: () => [distinct([3, 5])],
        call: (x) => both(ops.mode(x)),
        reference: (x) => mostFrequent(x!, 1),
      },
      {
        name: 'the smallest of several',
        inputs: () => [of([3, 2, 3, 2, 1])],
        call: (x) => both(ops.mode(x)),
        reference: (x) => mostFrequent(x!, 0),
        gradient: 0,
      },
      {
        name: 'kept',
        inputs: () => [of([[1, 2, 2]])],
        call: (x) => both(ops.mode(x, 1, { keep: true })),
        reference: () => [
          { shape: [1, 1], data: [2] },
          { shape: [1, 1], data: [1] },
        ],
        gradient: 0,
      },
      {
        name: 'a scalar',
        inputs: () => [of(3)],
        call: (x) => both(ops.mode(x)),
        reference: () => [
          { shape: [], data: [3] },
          { shape: [], data: [0] },
        ],
        gradient: 0,
      },
      ...dtypesOf.map(
        (dtype): Case => ({
          name: dtype,
          inputs: () => [of([1, 0, 1], dtype)],
          call: (x) => both(ops.mode(x)),
          reference: (x) => mostFrequent(x!, 0),
          gradient: 0,
        }),
      ),
    ],
    large: { inputs: () => [whole([100, 200])], call: (x) => ops.mode(x).values },
  },
  missing('nanSum', sumOf),
  missing('nanProd', (v) => v.reduce((a, b) => a * b, 1)),
  missing('nanMean', meanOf),
  missing('nanMax', (v) => (v.length === 0 ? nan : Math.max(...v))),
  missing('nanMin', (v) => (v.length === 0 ? nan : Math.min(...v))),
  spread('nanVariance', (v) => v),
  spread('nanStd', Math.sqrt),
  runningRow('cummax', (a, b) => a >= b),
  runningRow('cummin', (a, b) => a <= b),
  {
    name: 'logcumsumexp',
    covers: [],
    cases: [
      ...[0, -1].map(
        (axis): Case => ({
          name: `axis ${axis}`,
          inputs: () => [some([3, 5])],
          call: (x) => ops.logcumsumexp(x, axis),
          reference: (x) => lines(x!, axis, (line) => line.map((_, i) => logSum(line.slice(0, i + 1)))),
        }),
      ),
      {
        name: 'extremes',
        inputs: () => [of([-inf, -inf, -1e4, 1e4, 1e4, inf, 2])],
        call: (x) => ops.logcumsumexp(x, 0),
        reference: (x) => lines(x!, 0, (line) => line.map((_, i) => logSum(line.slice(0, i + 1)))),
        gradient: 0,
      },
      {
        name: 'NaN',
        inputs: () => [of([1, nan, 2])],
        call: (x) => ops.logcumsumexp(x, 0),
        reference: () => ({ shape: [3], data: [1, nan, nan] }),
        gradient: 0,
      },
      {
        name: 'empty',
        inputs: () => [empty([0])],
        call: (x) => ops.logcumsumexp(x, 0),
        reference: () => ({ shape: [0], data: [] }),
        gradient: 0,
      },
      { name: 'a scalar', inputs: () => [of(2)], call: (x) => ops.logcumsumexp(x, 0), reference: (x) => x! },
    ],
    large: { inputs: () => [whole([100, 100])], call: (x) => ops.logcumsumexp(x, 1), exact: false },
  },
  {
    name: 'diff',
    covers: [],
    cases: [
      diffCase('once', cube, 1, -1),
      diffCase('twice', cube, 2, 1),
      diffCase('not at all', cube, 0, 0),
      diffCase('until nothing is left', () => some([2, 3]), 3, 0, 0),
      diffCase('infinities', () => of([inf, inf, 1]), 1, 0, 0),
      ...(['i32', 'i64'] as const).map((dtype) => diffCase(dtype, () => of([3, 1, 7], dtype), 1, 0, 0)),
      {
        name: 'booleans',
        inputs: () => [of([1, 1, 0], 'bool')],
        call: (x) => ops.diff(x),
        reference: () => ({ shape: [2], data: [0, 1] }),
        gradient: 0,
      },
      {
        name: 'with ends',
        inputs: () => [some([2, 3]), some([2, 1], { seed: 2 })],
        call: (x, e) => ops.diff(x, { prepend: e, append: e }),
        reference: (x, e) => ({
          shape: [2, 4],
          data: [0, 1].flatMap((r) => differences([e!.data[r]!, ...x!.data.slice(3 * r, 3 * r + 3), e!.data[r]!], 1)),
        }),
      },
    ],
    large: { inputs: () => [whole([300, 400])], call: (x) => ops.diff(x, { n: 2 }) },
  },
  {
    name: 'cov',
    covers: [],
    cases: [
      ...[0, 1].map(
        (correction): Case => ({
          name: `correction ${correction}`,
          inputs: () => [some([3, 5])],
          call: (x) => ops.cov(x, { correction }),
          reference: (x) => covariance(x!, onesOf(5), 5 - correction),
        }),
      ),
      {
        name: 'one variable',
        inputs: () => [some([5])],
        call: (x) => ops.cov(x),
        reference: (x) => ({ shape: [], data: [varianceOf(x!.data)] }),
      },
      { name: 'a scalar', inputs: () => [of(3)], call: (x) => ops.cov(x), reference: () => ({ shape: [], data: [nan] }), gradient: 0 },
      {
        name: 'frequencies',
        inputs: () => [some([2, 3]), of([1, 3, 2], 'i32')],
        call: (x, frequencies) => ops.cov(x, { frequencies }),
        reference: (x) => covariance(x!, [1, 3, 2], 5),
      },
      {
        name: 'frequencies and weights',
        inputs: () => [some([2, 3]), of([1, 3, 2], 'i32'), of([0.5, 1, 2])],
        call: (x, frequencies, weights) => ops.cov(x, { frequencies, weights }),
        reference: (x) => {
          const w = [0.5, 3, 4]
          return covariance(x!, w, sumOf(w) - (0.25 + 3 + 8) / sumOf(w))
        },
      },
      {
        name: 'weights of all there is',
        inputs: () => [some([2, 3]), of([0.5, 1, 2])],
        call: (x, weights) => ops.cov(x, { weights, correction: 0 }),
        reference: (x) => covariance(x!, [0.5, 1, 2], 3.5),
      },
    ],
    large: { inputs: () => [whole([20, 512])], call: (x) => ops.cov(x), exact: false },
  },
  {
    name: 'corrcoef',
    covers: [],
    cases: [
      {
        name: 'three variables',
        inputs: () => [some([3, 6])],
        call: (x) => ops.corrcoef(x),
        reference: (x) => {
          const c = covariance(x!, onesOf(6), 5)
          return grid([3, 3], ([i, j]) => c.data[3 * i! + j!]! / Math.sqrt(c.data[4 * i!]! * c.data[4 * j!]!))
        },
      },
      {
        name: 'one variable',
        inputs: () => [some([5])],
        call: (x) => ops.corrcoef(x),
        reference: () => ({ shape: [], data: [1] }),
        gradient: 0,
      },
      {
        name: 'one that does not change',
        inputs: () => [
          of([
            [1, 1],
            [1, 2],
          ]),
        ],
        call: (x) => ops.corrcoef(x),
        reference: () => ({ shape: [2, 2], data: [nan, nan, nan, 1] }),
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([20, 512])], call: (x) => ops.corrcoef(x), exact: false },
  },
  {
    name: 'average',
    covers: [],
    cases: [
      { name: 'without weights', inputs: () => [cube()], call: (x) => ops.average(x, 1), reference: (x) => reduce(x!, [1], meanOf) },
      {
        name: 'weights of one axis',
        inputs: () => [cube(), of([1, 2, 5])],
        call: (x, weights) => ops.average(x, 1, { weights, keep: true }),
        reference: (x) => reduce(x!, [1], (v) => (v[0]! + 2 * v[1]! + 5 * v[2]!) / 8, true),
      },
      {
        name: 'a weight for each',
        inputs: () => [some([3]), some([3], { seed: 2, from: 1, to: 2 })],
        call: (x, weights) => ops.average(x, undefined, { weights }),
        reference: (x, w) => ({ shape: [], data: [sumOf(x!.data.map((v, i) => v * w!.data[i]!)) / sumOf(w!.data)] }),
      },
      {
        name: 'integers',
        inputs: () => [of([1, 2], 'i32'), of([1, 3], 'i32')],
        call: (x, weights) => ops.average(x, 0, { weights }),
        reference: () => ({ shape: [], data: [1.75] }),
        gradient: 0,
      },
    ],
    large: {
      inputs: () => [whole([300, 40]), whole([300], { seed: 2, from: 1, to: 4 })],
      call: (x, weights) => ops.average(x, 0, { weights }),
      exact: false,
    },
  },
  {
    name: 'aminmax',
    covers: [],
    cases: [
      {
        name: 'an axis',
        inputs: () => [distinct([3, 4])],
        call: (x) => Object.values(ops.aminmax(x, 0)),
        reference: (x) => [reduce(x!, [0], (v) => Math.min(...v)), reduce(x!, [0], (v) => Math.max(...v))],
      },
      {
        name: 'all, integers',
        inputs: () => [of([3, -1], 'i64')],
        call: (x) => Object.values(ops.aminmax(x)),
        reference: () => [
          { shape: [], data: [-1] },
          { shape: [], data: [3] },
        ],
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([300, 40])], call: (x) => Object.values(ops.aminmax(x, 1)), exact: false },
  },
  {
    name: 'countNonzero',
    covers: [],
    cases: [
      {
        name: 'an axis',
        inputs: () => [
          of([
            [0, nan, -0, 2],
            [1, 0, 0, 0],
          ]),
        ],
        call: (x) => ops.countNonzero(x, 1),
        reference: () => ({ shape: [2], data: [2, 1] }),
        gradient: 0,
      },
      {
        name: 'all, kept',
        inputs: () => [
          of(
            [
              [0, 1],
              [1, 1],
            ],
            'bool',
          ),
        ],
        call: (x) => ops.countNonzero(x, undefined, { keep: true }),
        reference: () => ({ shape: [1, 1], data: [3] }),
        gradient: 0,
      },
      {
        name: 'none',
        inputs: () => [empty([0, 2])],
        call: (x) => ops.countNonzero(x, 0),
        reference: () => ({ shape: [2], data: [0, 0] }),
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([300, 400])], call: (x) => ops.countNonzero(x, 0), gradient: false },
  },
]
