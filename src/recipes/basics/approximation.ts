/** Universal approximation: one hidden layer comes as near to any continuous function as you like, within the range it has seen. */

import type { Section } from '../../report/index.js'
import { greatest, least } from '../../tensor/extremes.js'
import { progress } from '../../train/index.js'
import { mean, middles } from '../numbers.js'
import { count } from '../options.js'
import { defineRecipe, type Recipe } from '../recipe.js'
import { recipeReport } from '../report.js'
import { answers, fitNets, Nets } from './nets.js'

const functions: readonly { readonly name: string; readonly formula: string; readonly f: (x: number) => number }[] = [
  { name: 'wave', formula: '½ sin πx + ½ sin 3πx', f: (x) => 0.5 * Math.sin(Math.PI * x) + 0.5 * Math.sin(3 * Math.PI * x) },
  { name: 'kink', formula: '|x|', f: Math.abs },
  { name: 'bell', formula: 'exp(−8x²)', f: (x) => Math.exp(-8 * x * x) },
]
const widths = [2, 4, 8, 16, 32, 64, 128]
const learnedAt = middles([-1, 1], 128)
/** between the points that were learned from too */
const testedAt = middles([-1, 1], 999)
const outside = middles([1, 2], 200).flatMap((x) => [-x, x])
const drawnAt = middles([-2, 2], 241)
const goal = 1e-3

/** All seeds of one width. */
interface AtWidth {
  readonly width: number
  readonly nets: Nets
  /** root mean squared error per function and seed, inside the range and outside */
  readonly inside: readonly (readonly number[])[]
  readonly outside: readonly (readonly number[])[]
}

/** `hebb train approximation`: the theorem of [Cybenko 1989] and [Hornik 1989], seen */
export const approximationRecipe: Recipe = defineRecipe({
  name: 'approximation',
  summary: 'one hidden layer against three continuous functions: error by width, down to 1e-3; outside its range it is wrong',
  options: {
    steps: count(10_000, 'updates for each width'),
    seeds: count(5, 'networks for each function and width'),
  },
  quick: { steps: 300, seeds: 2 },
  async run(context) {
    const { steps, seeds, seed } = context.settings
    const nets = functions.flatMap(({ f }) => Array.from({ length: seeds }, () => f))
    const bar = progress(context.stream, { total: steps * widths.length, label: 'width 2' })
    const all: AtWidth[] = []
    try {
      for (const [i, width] of widths.entries()) {
        const model = new Nets(nets.length, width)
        const targets = nets.map((f) => learnedAt.map(f))
        const tick = (step: number, loss: number): void =>
          bar.update({ done: i * steps + step, label: `width ${width}`, fields: { 'mean squared error': loss } })
        if (!(await fitNets(model, learnedAt, targets, { steps, lr: 0.02, seed, signal: context.signal, tick }))) return undefined
        all.push({ width, nets: model, inside: await errors(model, testedAt, seeds), outside: await errors(model, outside, seeds) })
      }
    } finally {
      bar.done()
    }
    const best = functions.map((_, f) => all.reduce((a, b) => (median(b.inside[f]!) < median(a.inside[f]!) ? b : a)))
    const reached = best.map((b, f) => median(b.inside[f]!))
    const far = best.map((b, f) => median(b.outside[f]!))
    const constant = functions.map(({ f }) => deviation(testedAt.map(f)))
    await recipeReport(context, {
      title: 'Universal approximation',
      description:
        'One hidden layer comes as near to a continuous function as you like, if it is wide enough, and only where it has seen it.',
      tiles: functions.map(({ name }, f) => ({ label: `Error, ${name}`, value: reached[f]!, note: `width ${best[f]!.width}` })),
      sections: await sectionsOf(all, best, seeds, far),
      config: { recipe: 'approximation', widths, optimizer: 'adam', schedule: 'cosine from 0.02', points: learnedAt.length },
    })
    const worst = greatest(reached)
    return {
      headline: `root mean squared error ${reached.map((e, f) => `${e.toExponential(1)} (${functions[f]!.name})`).join(', ')}, median of ${seeds} seeds`,
      baseline: `${constant.map((e) => e.toFixed(2)).join(', ')} by the best constant; outside the range the same nets are off by ${far.map((e) => e.toFixed(2)).join(', ')}`,
      numbers: {
        worstError: worst,
        goalReached: worst <= goal,
        ...Object.fromEntries(functions.map(({ name }, f) => [`${name}Error`, reached[f]!])),
        ...Object.fromEntries(functions.map(({ name }, f) => [`${name}ErrorOutside`, far[f]!])),
        errorByWidth: Object.fromEntries(all.map((a) => [`width${a.width}`, a.inside.map(median)])),
      },
    }
  },
})

/** Root mean squared errors by function and seed. */
async function errors(nets: Nets, xs: readonly number[], seeds: number): Promise<number[][]> {
  const given = await answers(nets, xs)
  return functions.map(({ f }, i) =>
    Array.from({ length: seeds }, (_, s) => {
      const row = given[i * seeds + s]!
      return Math.sqrt(xs.reduce((sum, x, n) => sum + (row[n]! - f(x)) ** 2, 0) / xs.length)
    }),
  )
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)]!

function deviation(values: readonly number[]): number {
  const middle = mean(values)
  return Math.sqrt(mean(values.map((v) => (v - middle) ** 2)))
}

async function sectionsOf(all: readonly AtWidth[], best: readonly AtWidth[], seeds: number, far: readonly number[]): Promise<Section[]> {
  const few = all.slice(0, 4)
  const drawn = new Map(await Promise.all(all.map(async (a) => [a, await answers(a.nets, drawnAt)] as const)))
  /** the net in the middle of the seeds */
  const curve = (a: AtWidth, f: number): { x: number; y: number }[] => {
    const s = a.inside[f]!.indexOf(median(a.inside[f]!))
    return drawnAt.map((x, n) => ({ x, y: drawn.get(a)![f * seeds + s]![n]! }))
  }
  const within = (points: readonly { x: number; y: number }[]): { x: number; y: number }[] => points.filter(({ x }) => Math.abs(x) <= 1)
  const truth = (f: number): { x: number; y: number }[] => drawnAt.map((x) => ({ x, y: functions[f]!.f(x) }))
  return [
    {
      title: 'The wider, the nearer',
      text: `f(x) = c + Σ vₕ tanh(wₕ (x − kₕ)): every hidden unit is one soft step, and enough steps of the right height at the right places build any continuous function. ${seeds} networks with different first values for each function and width, learned from ${learnedAt.length} points in [−1, 1] and tested on ${testedAt.length} others in it.`,
      figures: [
        {
          kind: 'lines',
          title: 'Error against width',
          x: { title: 'hidden units', scale: 'log' },
          y: { title: 'root mean squared error', scale: 'log' },
          series: functions.map(({ name, formula }, f) => ({
            name: `${name}: ${formula}`,
            style: 'both',
            points: all.map(({ width, inside }) => ({
              x: width,
              y: median(inside[f]!),
              low: least(inside[f]!),
              high: greatest(inside[f]!),
            })),
          })),
          marks: [{ y: goal, name: '1e-3' }],
          note: 'Median of the seeds; the bands reach from the best to the worst of them.',
        },
        ...functions.map(({ name }, f) => ({
          kind: 'lines' as const,
          title: `${name}: the first widths`,
          x: { title: 'x' },
          y: {},
          series: [
            { name: 'the function', points: within(truth(f)), style: 'dashed' as const },
            ...few.map((a) => ({ name: `${a.width} units`, points: within(curve(a, f)) })),
          ],
        })),
        {
          kind: 'table',
          title: 'Error by width',
          columns: ['units', ...functions.flatMap(({ name }) => [name, 'worst seed'])],
          rows: all.map(({ width, inside }) => [
            width,
            ...inside.flatMap((row) => [median(row), greatest(row)]).map((error) => Number(error.toPrecision(2))),
          ]),
        },
      ],
    },
    {
      title: 'Where it has not looked, it is wrong',
      text: `The theorem speaks of a closed range and of nothing beyond. Past −1 and 1 the steps have all been climbed: the answer goes flat while the function goes on. At twice the range the best nets are off by ${far.map((e, f) => `${e.toFixed(2)} (${functions[f]!.name})`).join(', ')}. Where the function happens to go flat too, as the bell does, they look right; nothing in the network knows.`,
      figures: functions.map(({ name }, f) => ({
        kind: 'lines' as const,
        title: `${name}: inside and outside of what was learned`,
        x: { title: 'x' },
        y: {},
        series: [
          { name: 'the function', points: truth(f), style: 'dashed' as const },
          { name: `${best[f]!.width} units`, points: curve(best[f]!, f) },
        ],
        marks: [
          { x: -1, name: 'learned from here' },
          { x: 1, name: 'to here' },
        ],
      })),
    },
  ]
}
