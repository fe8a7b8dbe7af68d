/** Functions of two numbers as pictures: a model's answer at every place of a square. */

import type { Layer } from '../../nn/index.js'
import type { HeatmapFigure } from '../../report/index.js'
import { greatest, least } from '../../tensor/extremes.js'
import { tensor } from '../../tensor/index.js'
import { predict } from '../../train/index.js'
import { middles } from '../numbers.js'

/** A model's one output over a square, as rows from the top down, for a heat map with both axes over `range`. */
export async function overSquare(model: Layer, range: readonly [number, number], cells = 41): Promise<Float32Array[]> {
  const [across, down] = [middles(range, cells), middles([range[1], range[0]], cells)]
  const points = down.flatMap((y) => across.map((x) => [x, y]))
  const answers = await (await predict(model, tensor(points), { batchSize: points.length })).cast('f32').data()
  return down.map((_, row) => answers.slice(row * cells, (row + 1) * cells))
}

/** A point of the plane and its class. */
export interface Labelled {
  readonly x: number
  readonly y: number
  readonly label: 0 | 1
}

/** What a model answers where, with the examples it learned from on top. */
export async function boundary(
  title: string,
  model: Layer,
  points: readonly Labelled[],
  { range = [-0.5, 1.5], note }: { readonly range?: readonly [number, number] | undefined; readonly note?: string | undefined } = {},
): Promise<HeatmapFigure> {
  const down = [range[1], range[0]] as const
  const values = await overSquare(model, range)
  const all = values.flatMap((row) => [...row])
  const [low, high] = [least(all), greatest(all)]
  const notes = [
    note,
    high - low < 0.01 && high > low ? `It is ${((low + high) / 2).toFixed(2)} everywhere: the colours show its last digits.` : undefined,
  ]
  const said = notes.filter((n) => n !== undefined).join(' ')
  return {
    kind: 'heatmap',
    title,
    note: said || undefined,
    values,
    x: { title: 'first input', range },
    y: { title: 'second input', range: down },
    overlay: ([0, 1] as const).map((label) => ({
      name: `answer ${label}`,
      style: 'points',
      points: points.filter((p) => p.label === label).map(({ x, y }) => ({ x, y })),
    })),
  }
}
