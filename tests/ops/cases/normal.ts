/** Normalisation: softmax, and what subtracts a mean and divides by a deviation. */

import type { Tensor } from '../../../src/tensor/tensor.js'
import * as ops from '../allOps.js'
import { empty, of, some, whole } from '../examples.js'
import { get, grid, indicesOf, lines } from '../reference.js'
import type { Case, Grid, Row } from '../row.js'

type Index = readonly number[]

/** (x − mean) / √(variance + eps) of all numbers that share a group. */
function normalised(x: Grid, group: (i: Index) => unknown, eps: number, centre = true): Grid {
  const groups = new Map<string, number[]>()
  for (const i of indicesOf(x.shape)) {
    const key = String(group(i))
    groups.set(key, [...(groups.get(key) ?? []), get(x, i)])
  }
  const statistics = new Map([...groups].map(([key, list]) => [key, moments(list, centre)]))
  return grid(x.shape, (i) => {
    const { mean, power } = statistics.get(String(group(i)))!
    return (get(x, i) - mean) / Math.sqrt(power + eps)
  })
}

function moments(list: readonly number[], centre: boolean): { mean: number; power: number } {
  const mean = centre ? list.reduce((a, b) => a + b, 0) / list.length : 0
  return { mean, power: list.reduce((a, b) => a + (b - mean) ** 2, 0) / list.length }
}

/** y·weight + bias, either missing, at the index that `at` picks. */
const affine = (y: Grid, weight: Grid | undefined, bias: Grid | undefined, at: (i: Index) => Index): Grid =>
  grid(y.shape, (i) => get(y, i) * (weight ? get(weight, at(i)) : 1) + (bias ? get(bias, at(i)) : 0))

const last =
  (n: number) =>
  (i: Index): Index =>
    i.slice(-n)
const channel = (i: Index): Index => [i[1]!]

/** f32 loses digits of inputs far from 0 */
const far32 = { rtol: 2e-3, atol: 2e-3 }

const softmaxLine = (v: readonly number[]): number[] => {
  const top = Math.max(...v)
  const powers = v.map((a) => Math.exp(a - top))
  const total = powers.reduce((a, b) => a + b, 0)
  return powers.map((a) => a / total)
}
const logSoftmaxLine = (v: readonly number[]): number[] => {
  const top = Math.max(...v)
  const total = Math.log(v.reduce((a, b) => a + Math.exp(b - top), 0))
  return v.map((a) => a - top - total)
}

function soft(op: (x: Tensor, axis?: number) => Tensor, name: string, line: (v: readonly number[]) => number[]): Row {
  const one = (label: string, inputs: () => readonly Tensor[], axis: number, gradient?: 0): Case => ({
    name: label,
    inputs,
    call: (x) => op(x!, axis),
    reference: (x) => lines(x!, axis, line),
    ...(gradient !== undefined && { gradient }),
  })
  return {
    name,
    cases: [
      ...[0, 1, -1].map((axis) => one(`axis ${axis}`, () => [some([2, 3, 4], { seed: axis + 4 })], axis)),
      one('one axis', () => [some([5])], 0),
      one('size 1', () => [some([3, 1])], 1),
      one(
        '±1e4',
        () => [
          of([
            [1e4, -1e4, 0, 1e4],
            [-1e4, -1e4, -1e4, -1e4],
            [1e4, 9999, 9998, 0],
          ]),
        ],
        -1,
        0,
      ),
      one(
        '−∞',
        () => [
          of([
            [1, Number.NEGATIVE_INFINITY, 0.5],
            [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
          ]),
        ],
        -1,
        0,
      ),
      one(
        '∞ and NaN',
        () => [
          of([
            [1, Number.POSITIVE_INFINITY],
            [Number.NaN, 0],
          ]),
        ],
        -1,
        0,
      ),
      one('empty', () => [empty([0, 3])], -1, 0),
    ],
    large: { inputs: () => [whole([300, 400])], call: (x) => op(x!), exact: false },
  }
}

interface Named {
  readonly name: string
  readonly weight: boolean
  readonly bias: boolean
}
const parts: readonly Named[] = [
  { name: 'plain', weight: false, bias: false },
  { name: 'weight', weight: true, bias: false },
  { name: 'weight and bias', weight: true, bias: true },
  { name: 'bias', weight: false, bias: true },
]
const pick = ({ weight, bias }: Named, [w, b]: readonly Tensor[]): { weight?: Tensor; bias?: Tensor } =>
  weight ? { weight: w!, ...(bias && { bias: b! }) } : bias ? { bias: w! } : {}
const pickGrid = ({ weight, bias }: Named, [w, b]: readonly Grid[]): [Grid | undefined, Grid | undefined] =>
  weight ? [w, bias ? b : undefined] : [undefined, bias ? w : undefined]
const vectors = (p: Named, shape: readonly number[]): Tensor[] =>
  [p.weight, p.bias].flatMap((given, i) => (given ? [some(shape, { seed: 20 + i, from: 0.5, to: 1.5 })] : []))

function layerCase(p: Named, shape: readonly number[], axes: number | readonly number[], seed = 3): Case {
  const list = (typeof axes === 'number' ? [axes] : [...axes]).map((a) => (a < 0 ? a + shape.length : a)).sort((a, b) => a - b)
  const own = (i: Index): Index => list.map((a) => i[a]!)
  return {
    name: `${p.name}: (${shape.join(', ')}) over ${list.join(', ')}`,
    inputs: () => [
      some(shape, { seed }),
      ...vectors(
        p,
        list.map((a) => shape[a]!),
      ),
    ],
    call: (x, ...rest) => ops.layerNorm(x!, { axes, ...pick(p, rest) }),
    reference: (x, ...rest) =>
      affine(
        normalised(x!, (i) => i.filter((_, a) => !list.includes(a)), 1e-5),
        ...pickGrid(p, rest),
        own,
      ),
  }
}

const rmsCase = (weight: boolean, shape: readonly number[], axes: readonly number[]): Case => ({
  name: `${weight ? 'weight' : 'plain'}: (${shape.join(', ')}) over the last ${axes.length}`,
  inputs: () => [some(shape, { seed: 8 }), ...(weight ? [some(shape.slice(-axes.length), { seed: 9 })] : [])],
  call: (x, w) => ops.rmsNorm(x!, { axes, ...(w && { weight: w }) }),
  reference: (x, w) =>
    affine(
      normalised(x!, (i) => i.slice(0, -axes.length), 1e-6, false),
      w,
      undefined,
      last(axes.length),
    ),
})

const groupCase = (p: Named, shape: readonly number[], groups: number): Case => ({
  name: `${p.name}: (${shape.join(', ')}) in ${groups}`,
  inputs: () => [some(shape, { seed: 5 }), ...vectors(p, [shape[1]!])],
  call: (x, ...rest) => ops.groupNorm(x!, groups, pick(p, rest)),
  reference: (x, ...rest) =>
    affine(
      normalised(x!, (i) => [i[0], Math.floor((i[1]! * groups) / shape[1]!)], 1e-5),
      ...pickGrid(p, rest),
      channel,
    ),
})

const instanceCase = (p: Named, shape: readonly number[]): Case => ({
  ...groupCase(p, shape, shape[1]!),
  name: `${p.name}: (${shape.join(', ')})`,
  call: (x, ...rest) => ops.instanceNorm(x!, pick(p, rest)),
})

function batchTrain(shape: readonly number[], axis: number, given: boolean): Case {
  const at = axis < 0 ? axis + shape.length : axis
  const size = shape[at]!
  const n = shape.reduce((a, b) => a * b, 1) / size
  return {
    name: `training${given ? '' : ', nothing given'}: (${shape.join(', ')}), channels ${axis}`,
    inputs: () => [
      some(shape, { seed: 6 }),
      ...(given ? [1, 2, 3].map((seed) => some([size], { seed, from: 0.5, to: 1.5 })) : []),
      ...(given ? [some([size], { seed: 4, from: 0.5, to: 2 })] : []),
    ],
    call: (x, weight, bias, runningMean, runningVariance) => {
      if (!given) return ops.batchNorm(x!, { training: true, axis }).y
      const normed = ops.batchNorm(x!, {
        weight: weight!,
        bias: bias!,
        runningMean: runningMean!,
        runningVariance: runningVariance!,
        training: true,
        momentum: 0.2,
        axis,
      })
      return [normed.y, normed.runningMean!, normed.runningVariance!]
    },
    reference: (x, weight, bias, mean, variance) => {
      const y = affine(
        normalised(x!, (i) => i[at], 1e-5),
        weight,
        bias,
        (i) => [i[at]!],
      )
      if (!given) return y
      const lists = Array.from({ length: size }, (_, c) => [...indicesOf(shape)].filter((i) => i[at] === c).map((i) => get(x!, i)))
      const stats = lists.map((l) => moments(l, true))
      return [
        y,
        grid([size], ([c]) => 0.8 * mean!.data[c!]! + 0.2 * stats[c!]!.mean),
        grid([size], ([c]) => 0.8 * variance!.data[c!]! + (0.2 * stats[c!]!.power * n) / (n - 1)),
      ]
    },
  }
}

const batchEval = (shape: readonly number[], axis: number): Case => {
  const at = axis < 0 ? axis + shape.length : axis
  const size = shape[at]!
  return {
    name: `not training: (${shape.join(', ')}), channels ${axis}`,
    inputs: () => [some(shape, { seed: 6 }), ...[1, 2, 3, 4].map((seed) => some([size], { seed, from: 0.5, to: 1.5 }))],
    call: (x, weight, bias, runningMean, runningVariance) =>
      ops.batchNorm(x!, { weight: weight!, bias: bias!, runningMean: runningMean!, runningVariance: runningVariance!, axis }).y,
    reference: (x, weight, bias, mean, variance) => {
      const c = (i: Index): Index => [i[at]!]
      const y = grid(x!.shape, (i) => (get(x!, i) - get(mean!, c(i))) / Math.sqrt(get(variance!, c(i)) + 1e-5))
      return affine(y, weight, bias, c)
    },
  }
}

export const rows: readonly Row[] = [
  soft(ops.softmax, 'softmax', softmaxLine),
  soft(ops.logSoftmax, 'logSoftmax', logSoftmaxLine),
  {
    name: 'layerNorm',
    covers: ['layerNorm', 'scaleShift'],
    cases: [
      ...parts.map((p) => layerCase(p, [3, 4, 5], -1)),
      ...parts.slice(2).map((p) => layerCase(p, [2, 4, 5], [-2, -1])),
      layerCase(parts[2]!, [3, 20], -1),
      layerCase(parts[1]!, [3, 4, 5], [0, 1, 2]),
      layerCase(parts[2]!, [3, 4, 5], 1),
      layerCase(parts[2]!, [3, 4, 5], [0, 2]),
      { ...layerCase(parts[2]!, [3, 1], -1), name: 'size 1', gradient: 0 },
      {
        ...layerCase(parts[2]!, [2, 16], -1),
        name: 'a mean of 1e4',
        inputs: () => [some([2, 16], { from: 9998, to: 10002 }), ...vectors(parts[2]!, [16])],
        tolerance: { rtol: 1e-8, atol: 1e-8 },
        tolerance32: far32,
        gradient: 0,
      },
      { ...layerCase(parts[2]!, [0, 3], -1), name: 'empty', gradient: 0 },
    ],
    large: {
      inputs: () => [whole([300, 400]), whole([400], { seed: 2 }), whole([400], { seed: 3 })],
      call: (x, weight, bias) => ops.layerNorm(x!, { weight: weight!, bias: bias! }),
      exact: false,
    },
  },
  {
    name: 'rmsNorm',
    cases: [
      rmsCase(false, [3, 4, 5], [-1]),
      rmsCase(true, [3, 4, 5], [-1]),
      rmsCase(true, [2, 4, 5], [-1, -2]),
      rmsCase(true, [3, 20], [-1]),
      {
        ...rmsCase(true, [1, 5], [-1]),
        name: '±1e4',
        inputs: () => [of([[1e4, -1e4, 0, 1, 2]]), some([5], { seed: 9 })],
        gradient: 0,
      },
      { ...rmsCase(true, [0, 3], [-1]), name: 'empty', gradient: 0 },
    ],
    large: {
      inputs: () => [whole([300, 400]), whole([400], { seed: 2 })],
      call: (x, weight) => ops.rmsNorm(x!, { weight: weight! }),
      exact: false,
    },
  },
  {
    name: 'groupNorm',
    covers: [],
    cases: [...parts.map((p) => groupCase(p, [2, 6, 4], 3)), groupCase(parts[2]!, [2, 6, 4, 5], 1), groupCase(parts[2]!, [3, 6], 2)],
    large: {
      inputs: () => [whole([20, 30, 200]), whole([30], { seed: 2 }), whole([30], { seed: 3 })],
      call: (x, weight, bias) => ops.groupNorm(x!, 5, { weight: weight!, bias: bias! }),
      exact: false,
    },
  },
  {
    name: 'instanceNorm',
    covers: [],
    cases: [...parts.slice(0, 3).map((p) => instanceCase(p, [2, 3, 4])), instanceCase(parts[2]!, [2, 3, 4, 5])],
    large: { inputs: () => [whole([20, 30, 200])], call: (x) => ops.instanceNorm(x!), exact: false },
  },
  {
    name: 'batchNorm',
    covers: ['batchNorm', 'batchNormTrain'],
    cases: [
      batchTrain([6, 3], 1, true),
      batchTrain([6, 3], 1, false),
      batchTrain([3, 2, 4], 1, true),
      batchTrain([3, 2, 4, 5], 1, true),
      batchTrain([3, 2, 4, 5], 1, false),
      batchTrain([3, 4, 2], -1, true),
      {
        ...batchTrain([3, 2, 4, 5], 1, true),
        name: 'a mean of 1e4',
        inputs: () => [some([3, 2, 4, 5], { from: 9998, to: 10002 }), ...[1, 2, 3, 4].map((seed) => some([2], { seed, from: 0.5, to: 2 }))],
        tolerance: { rtol: 1e-8, atol: 1e-8 },
        tolerance32: far32,
        gradient: 0,
      },
      batchEval([6, 3], 1),
      batchEval([3, 2, 4, 5], 1),
      batchEval([3, 4, 2], -1),
    ],
    large: {
      inputs: () => [whole([20, 30, 200]), whole([30], { seed: 2 }), whole([30], { seed: 3 })],
      call: (x, weight, bias) => ops.batchNorm(x!, { weight: weight!, bias: bias!, training: true }).y,
      exact: false,
    },
  },
]
