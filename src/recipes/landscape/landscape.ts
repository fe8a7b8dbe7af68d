/** Loss landscapes: planes through the space of weights, the path of a training run in its own plane, and what skip connections do. */

import type { Dataset } from '../../data/index.js'
import { convexShare, type LossSlice, lossSlice, type PathPlane, pathPlane } from '../../look/index.js'
import { crossEntropy } from '../../loss/index.js'
import type { Layer } from '../../nn/index.js'
import type { HeatmapFigure, Section, SurfaceFigure } from '../../report/index.js'
import * as sets from '../../sets/index.js'
import { greatest, least } from '../../tensor/extremes.js'
import { progress } from '../../train/index.js'
import { loading } from '../loading.js'
import { percent } from '../numbers.js'
import { count } from '../options.js'
import { defineRecipe, type Recipe } from '../recipe.js'
import { recipeReport } from '../report.js'
import { deep, shallow, type Trained, trained } from './nets.js'

/** A network, how it was trained, and a plane around where it ended. */
interface Seen {
  readonly run: Trained
  readonly slice: LossSlice
  readonly seconds: number
  readonly convex: number
}

/** `hebb train landscape` */
export const landscapeRecipe: Recipe = defineRecipe({
  name: 'landscape',
  summary: 'the loss around trained weights as maps and surfaces; a training path; deep nets with and without skips',
  options: {
    epochs: count(15, 'times through the 1438 digits'),
    depth: count(20, 'blocks of the deep nets'),
    size: count(51, 'places along each axis of a map', { least: 5 }),
    examples: count(256, 'training examples whose mean loss is drawn'),
  },
  quick: { epochs: 1, depth: 4, size: 9, examples: 64 },
  async run(context) {
    const { epochs, depth, size, examples, seed } = context.settings
    const { signal } = context
    const all = await loading(context, 'digits', sets.digits)
    const [train, test] = all.split(0.8, { stratify: 'y', seed }) as [Dataset<'x' | 'y'>, Dataset<'x' | 'y'>]
    const shown = train.take(examples)
    const bar = progress(context.stream, { total: 3, label: 'small net' })
    const see = async (model: Layer, lr: number): Promise<Seen | undefined> => {
      const run = await trained(model, { train, test }, { epochs, lr, seed, signal })
      if (!run) return undefined
      const began = performance.now()
      const slice = await lossSlice(model, shown, { loss: crossEntropy, size, seed, signal })
      return { run, slice, seconds: (performance.now() - began) / 1000, convex: convexShare(slice) }
    }
    try {
      const small = shallow()
      const flat = await see(small, 0.05)
      if (!flat || signal.aborted) return undefined
      const plane = pathPlane(flat.run.path)
      const around = await lossSlice(small, shown, { loss: crossEntropy, size, ...framed(plane), signal })
      bar.update({ done: 1, label: 'deep net, plain' })
      const plain = await see(deep(depth, { skips: false }), 0.05)
      bar.update({ done: 2, label: 'deep net with skips' })
      const skips = plain && (await see(deep(depth, { skips: true }), 0.05))
      if (!skips || signal.aborted) return undefined
      bar.update({ done: 3 })
      await recipeReport(context, {
        title: 'Loss landscapes',
        description: 'What the loss looks like around trained weights, and on the way to them.',
        tiles: [
          { label: 'Small net, one map', value: flat.seconds, format: 'seconds', note: `${size} × ${size} places` },
          { label: 'Curves up, plain', value: plain.convex, format: 'percent', note: `${depth} blocks` },
          { label: 'Curves up, with skips', value: skips.convex, format: 'percent', note: `${depth} blocks` },
        ],
        sections: sectionsOf({ flat, plane, around, plain, skips, depth }),
        config: { recipe: 'landscape', optimizer: 'momentum 0.9, rate 0.05', clip: 1 },
      })
      return {
        headline: `around the ${depth}-block net with skips ${percent(skips.convex, 0)} of the map curves up in every direction, without skips ${percent(plain.convex, 0)}; test accuracy ${percent(skips.run.testAccuracy, 0)} against ${percent(plain.run.testAccuracy, 0)}`,
        baseline: `a net of one hidden layer: ${percent(flat.convex, 0)} and ${percent(flat.run.testAccuracy, 0)}, its ${size} × ${size} map in ${flat.seconds.toFixed(1)} s`,
        numbers: {
          convexPlain: plain.convex,
          convexSkips: skips.convex,
          convexSmall: flat.convex,
          lossPlain: plain.run.loss,
          lossSkips: skips.run.loss,
          accuracyPlain: plain.run.testAccuracy,
          accuracySkips: skips.run.testAccuracy,
          sliceSeconds: flat.seconds,
          pathExplained: plane.explained[0] + plane.explained[1],
        },
      }
    } finally {
      bar.done()
    }
  },
})

/** The plane of a path with room around it. */
function framed({ directions, points }: PathPlane): Pick<Parameters<typeof lossSlice>[2], 'directions' | 'x' | 'y'> {
  const range = (values: readonly number[]): readonly [number, number] => {
    const [low, high] = [least(values), greatest(values)]
    const room = 0.3 * (high - low)
    return [low - room, high + room]
  }
  return { directions, x: range(points.map((p) => p.x)), y: range(points.map((p) => p.y)) }
}

/** A slice as a map. The axes of heat maps end at the outer edges of cells, those of slices in their middles. */
function map(title: string, { values, xs, ys }: LossSlice, overlay: HeatmapFigure['overlay'] = []): HeatmapFigure {
  const edges = (at: readonly number[]): readonly [number, number] => {
    const half = (at[1]! - at[0]!) / 2
    return [at[0]! - half, at.at(-1)! + half]
  }
  return {
    kind: 'heatmap',
    title,
    values,
    scale: 'log',
    x: { title: 'first direction', range: edges(xs) },
    y: { title: 'second direction', range: edges(ys) },
    overlay,
  }
}

const surface = (title: string, { values, xs, ys }: LossSlice): SurfaceFigure => ({
  kind: 'surface',
  title,
  values,
  x: { title: 'first direction', range: [xs[0]!, xs.at(-1)!] },
  y: { title: 'second direction', range: [ys[0]!, ys.at(-1)!] },
  z: { title: 'loss', scale: 'log' },
})

interface Shown {
  readonly flat: Seen
  readonly plane: PathPlane
  readonly around: LossSlice
  readonly plain: Seen
  readonly skips: Seen
  readonly depth: number
}

function sectionsOf({ flat, plane, around, plain, skips, depth }: Shown): Section[] {
  const here = [{ name: 'trained weights', style: 'points' as const, points: [{ x: 0, y: 0 }] }]
  const [first, second] = plane.explained
  const rows = [
    ['one hidden layer', flat],
    [`${depth} blocks, plain`, plain],
    [`${depth} blocks, skips`, skips],
  ] as const
  return [
    {
      title: 'Around a small trained net',
      text: 'The space of weights has thousands of directions; a picture has two. Both are random, and each filter of them is as long as the filter of the weights it moves, so that one step means as much for every net. Colours and heights are logarithms of the cross-entropy.',
      figures: [map('Map of the loss', flat.slice, here), surface('The same as a surface', flat.slice)],
    },
    {
      title: 'The way down',
      text: `The two directions that hold most of the path of training, seen from its end: together ${percent(first + second, 0)} of it. In random directions it would hardly be seen to move.`,
      figures: [
        map('Training path in its own plane', around, [
          { name: 'path', points: plane.points },
          { name: 'start and end', style: 'points', points: [plane.points[0]!, plane.points.at(-1)!] },
        ]),
        surface('The valley it came down', around),
      ],
    },
    {
      title: 'What skip connections do',
      text: `Two nets of ${depth} blocks, the same layers from the same first values, trained alike. In one, each block is added to what goes around it, x + f(x); in the other it replaces it, f(x). The landscape of the plain net is broken by ridges and flats; with skips it is one smooth bowl, which is why such nets are so much easier to train.`,
      figures: [
        map('Plain', plain.slice, here),
        map('With skips', skips.slice, here),
        surface('Plain, as a surface', plain.slice),
        surface('With skips, as a surface', skips.slice),
        {
          kind: 'table',
          title: 'Three nets',
          columns: ['net', 'loss', 'test, %', 'curves up, %'],
          rows: rows.map(([name, { run, convex }]) => [name, run.loss, 100 * run.testAccuracy, 100 * convex]),
          note: 'Curves up: the share of places of the map where the surface bends upwards in every direction of the plane.',
        },
      ],
    },
  ]
}
