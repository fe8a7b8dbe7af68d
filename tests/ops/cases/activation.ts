/** Activations. */

import type { Tensor } from '../../../src/tensor/tensor.js'
import * as ops from '../allOps.js'
import { empty, extremes, of, some, whole } from '../examples.js'
import { get, grid, map } from '../reference.js'
import type { Case, Grid, Row } from '../row.js'

interface Variant {
  readonly name: string
  readonly call: (x: Tensor) => Tensor
  readonly f: (v: number) => number
}

interface Special {
  /** what differs in f32 at the extremes */
  readonly tolerance32?: Case['tolerance32']
  /** of f in plain JavaScript, where it loses digits */
  readonly atol?: number
  readonly exact?: boolean
  readonly covers?: readonly string[]
  /** where f goes wrong in plain JavaScript, or PyTorch has NaN */
  readonly at?: Tensor
}

/** One function with its options; random numbers from −4 to 4 lie on both sides of every kink and 1e-6 away from all. */
function row(name: string, variants: readonly Variant[], { tolerance32, atol, exact = false, covers, at }: Special = {}): Row {
  const settings: Partial<Case> = { ...(tolerance32 && { tolerance32 }), ...(atol !== undefined && { tolerance: { rtol: 1e-9, atol } }) }
  return {
    name,
    ...(covers && { covers }),
    cases: variants.flatMap(({ name: which, call, f }, i): Case[] => {
      const reference = (x?: Grid): Grid => map(x!, f)
      return [
        { name: `${which}: numbers`, inputs: () => [some([4, 7], { seed: 5 + i, from: -4, to: 4 })], call, reference, ...settings },
        { name: `${which}: a scalar`, inputs: () => [some([], { seed: 9 + i })], call, reference, ...settings },
        { name: `${which}: extremes`, inputs: () => [at ?? extremes()], call, reference, ...settings, gradient: 0 },
        { name: `${which}: empty`, inputs: () => [empty([2, 0])], call, reference, gradient: 0 },
        {
          name: `${which}: i32`,
          inputs: () => [of([-2, 0, 3], 'i32')],
          call,
          reference,
          tolerance: { rtol: 1e-6, atol: 1e-6 },
          gradient: 0,
        },
      ]
    }),
    large: { inputs: () => [whole([300, 400])], call: variants[0]!.call, exact },
  }
}

const plain = (call: (x: Tensor) => Tensor, f: (v: number) => number): Variant[] => [{ name: 'plain', call, f }]
const limit = (v: number, min: number, max: number): number => Math.min(Math.max(v, min), max)
const logistic = (v: number): number => (v >= 0 ? 1 / (1 + Math.exp(-v)) : Math.exp(v) / (1 + Math.exp(v)))
const soft = (v: number): number => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)))
const bent = (v: number, scale: number, depth: number): number => (v > 0 ? scale * v : depth * Math.expm1(v))
const tanhGelu = (v: number): number => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)))
/** where x is −∞ a product with 0 stays NaN, as in PyTorch; JavaScript agrees */
const finite = of([1e4, -1e4, Number.NaN, 0, -0, 1e-4, -1e-4, 1, -1, 30, -30])
const [scale, alpha] = [1.0507009873554805, 1.6732632423543772]

/** Φ(v) by Simpson's rule on the density. */
function cumulative(v: number): number {
  if (Number.isNaN(v) || Math.abs(v) > 9) return Number.isNaN(v) ? v : v > 0 ? 1 : 0
  const h = v / 4000
  let total = 0
  for (let i = 0; i <= 4000; i++) total += (i === 0 || i === 4000 ? 1 : i % 2 === 1 ? 4 : 2) * Math.exp(-((i * h) ** 2) / 2)
  return 0.5 + ((h / 3) * total) / Math.sqrt(2 * Math.PI)
}

export const rows: readonly Row[] = [
  row(
    'relu',
    plain(ops.relu, (v) => Math.max(v, 0)),
    { exact: true, covers: ['relu', 'gate'] },
  ),
  row(
    'leakyRelu',
    [
      { name: 'default', call: (x) => ops.leakyRelu(x), f: (v) => (v > 0 ? v : 0.01 * v) },
      { name: 'slope above 1', call: (x) => ops.leakyRelu(x, { slope: 1.5 }), f: (v) => (v > 0 ? v : 1.5 * v) },
      { name: 'slope below 0', call: (x) => ops.leakyRelu(x, { slope: -0.5 }), f: (v) => (v > 0 ? v : -0.5 * v) },
    ],
    { tolerance32: { rtol: 1e-5 } },
  ),
  row(
    'relu6',
    plain(ops.relu6, (v) => limit(v, 0, 6)),
    { exact: true, covers: [] },
  ),
  row(
    'hardTanh',
    [
      { name: 'default', call: (x) => ops.hardTanh(x), f: (v) => limit(v, -1, 1) },
      { name: 'other limits', call: (x) => ops.hardTanh(x, { min: -2.5, max: 0.5 }), f: (v) => limit(v, -2.5, 0.5) },
    ],
    { exact: true },
  ),
  row(
    'hardSigmoid',
    plain(ops.hardSigmoid, (v) => limit(v / 6 + 0.5, 0, 1)),
  ),
  row(
    'hardSwish',
    plain(ops.hardSwish, (v) => v * limit(v / 6 + 0.5, 0, 1)),
    { covers: [] },
  ),
  row(
    'hardShrink',
    [
      { name: 'default', call: (x) => ops.hardShrink(x), f: (v) => (Math.abs(v) <= 0.5 ? 0 : v) },
      { name: 'threshold', call: (x) => ops.hardShrink(x, { threshold: 2 }), f: (v) => (Math.abs(v) <= 2 ? 0 : v) },
    ],
    { exact: true, covers: [] },
  ),
  row('softShrink', [{ name: 'default', call: (x) => ops.softShrink(x), f: (v) => (v > 0.5 ? v - 0.5 : v < -0.5 ? v + 0.5 : v - v) }], {
    exact: true,
    covers: [],
    at: finite,
  }),
  row('elu', [
    { name: 'default', call: (x) => ops.elu(x), f: (v) => bent(v, 1, 1) },
    { name: 'alpha', call: (x) => ops.elu(x, { alpha: 0.5 }), f: (v) => bent(v, 1, 0.5) },
    { name: 'alpha below 0', call: (x) => ops.elu(x, { alpha: -0.3 }), f: (v) => bent(v, 1, -0.3) },
  ]),
  row(
    'selu',
    plain(ops.selu, (v) => bent(v, scale, scale * alpha)),
    { covers: [] },
  ),
  row('celu', [{ name: 'alpha', call: (x) => ops.celu(x, { alpha: 2 }), f: (v) => (v > 0 ? v : 2 * Math.expm1(v / 2)) }], { covers: [] }),
  row(
    'gelu',
    [
      { name: 'exact', call: (x) => ops.gelu(x), f: (v) => v * cumulative(v) },
      { name: 'tanh', call: (x) => ops.gelu(x, { approximate: 'tanh' }), f: tanhGelu },
    ],
    { covers: ['gelu', 'geluTanh', 'normalCumulative', 'normalDensity'], atol: 1e-11 },
  ),
  row(
    'silu',
    plain(ops.silu, (v) => v * logistic(v)),
  ),
  row(
    'mish',
    plain(ops.mish, (v) => v * Math.tanh(soft(v))),
    { covers: ['mish', 'tanhSoftplus'] },
  ),
  {
    name: 'glu',
    covers: [],
    cases: [-1, 0].map((axis) => ({
      name: `axis ${axis}`,
      inputs: () => [some([4, 6], { seed: 11 })],
      call: (x: Tensor) => ops.glu(x, axis),
      reference: (x?: Grid): Grid => {
        const at = axis === 0 ? 0 : 1
        const half = x!.shape[at]! / 2
        const value = (i: readonly number[]): number => x!.data[i[0]! * 6 + i[1]!]!
        return grid(x!.shape.with(at, half), (i) => value(i) * logistic(value(i.with(at, i[at]! + half))))
      },
    })),
    large: { inputs: () => [whole([300, 400])], call: (x) => ops.glu(x), exact: false },
  },
  row('softplus', [
    { name: 'default', call: (x) => ops.softplus(x), f: (v) => (v > 34 ? v : soft(v)) },
    {
      name: 'beta and threshold',
      call: (x) => ops.softplus(x, { beta: 2, threshold: 3 }),
      f: (v) => (2 * v > 3 ? v : soft(2 * v) / 2),
    },
    { name: 'beta below 0', call: (x) => ops.softplus(x, { beta: -1, threshold: 3 }), f: (v) => (-v > 3 ? v : -soft(-v)) },
  ]),
  row(
    'logSigmoid',
    plain(ops.logSigmoid, (v) => Math.min(v, 0) - Math.log1p(Math.exp(-Math.abs(v)))),
  ),
  row(
    'softsign',
    plain(ops.softsign, (v) => v / (1 + Math.abs(v))),
  ),
  row(
    'tanhShrink',
    plain(ops.tanhShrink, (v) => v - Math.tanh(v)),
    { covers: [] },
  ),
  {
    name: 'prelu',
    covers: [],
    cases: [
      {
        name: 'a slope for each channel',
        inputs: () => [some([2, 3, 4]), some([3], { seed: 2 })],
        call: (x, w) => ops.prelu(x!, w!),
        reference: (x, w) => grid([2, 3, 4], (i) => get(x!, i) * (get(x!, i) > 0 ? 1 : get(w!, [i[1]!]))),
      },
      {
        name: 'one slope',
        inputs: () => [some([5]), some([1], { seed: 2 })],
        call: (x, w) => ops.prelu(x!, w!),
        reference: (x, w) => grid([5], (i) => get(x!, i) * (get(x!, i) > 0 ? 1 : w!.data[0]!)),
      },
    ],
    large: { inputs: () => [whole([10, 8, 1000]), whole([8], { seed: 2 })], call: (x, w) => ops.prelu(x!, w!) },
  },
]
