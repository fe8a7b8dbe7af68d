/** The report of the weather recipe: errors by horizon, and forecasts beside what came. */

import type { JournalEvent } from '../../files/index.js'
import type { MeanInterval } from '../../metrics/index.js'
import type { ModelRow } from '../../report/data.js'
import { percent } from '../numbers.js'
import type { RecipeContext } from '../recipe.js'
import { recipeReport } from '../report.js'

/** What the report is made from. */
export interface WeatherRun {
  readonly dates: readonly string[]
  readonly truth: Float64Array
  /** test days */
  readonly origins: readonly number[]
  /** by method: for each test day the forecasts from before it */
  readonly forecasts: ReadonlyMap<string, readonly (readonly number[])[]>
  /** by method: root mean squared error by horizon */
  readonly errors: ReadonlyMap<string, readonly number[]>
  /** by what share the net's squared error is below the line's, a day ahead */
  readonly gain: MeanInterval
  readonly journals: readonly (readonly JournalEvent[])[]
  readonly seconds: number
  readonly layers: readonly ModelRow[]
  readonly parameters: number
}

/** Writes report.html. */
export async function weatherReport(context: RecipeContext<unknown>, run: WeatherRun): Promise<void> {
  const { dates, truth, origins, forecasts, errors, gain, journals } = run
  const ahead = errors.get('GRU')!.length
  const day = (name: string) => ({ name, points: origins.map((t, i) => ({ x: t - origins[0]! + 1, y: forecasts.get(name)![i]![0]! })) })
  const from = (i: number) => ({
    kind: 'lines' as const,
    title: `${ahead} days from ${dates[origins[i]!]}`,
    x: { title: 'days ahead' },
    y: { title: '°C' },
    series: [
      {
        name: 'what came',
        style: 'both' as const,
        points: Array.from({ length: ahead }, (_, h) => ({ x: h + 1, y: truth[origins[i]! + h]! })),
      },
      ...['GRU', 'line', 'calendar'].map((name) => ({ name, points: forecasts.get(name)![i]!.map((y, h) => ({ x: h + 1, y })) })),
    ],
  })
  await recipeReport(context, {
    title: `Seattle: the highest temperature, 1 to ${ahead} days ahead`,
    description: `Foretold for each day of ${dates[origins[0]!]} to ${dates[origins.at(-1)!]} by models that saw only the years before.`,
    tiles: [...errors].map(([name, byHorizon]) => ({
      label: name,
      value: `${byHorizon[0]!.toFixed(2)} °C`,
      note: 'root mean square, a day ahead',
    })),
    sections: [
      {
        title: 'Errors by horizon',
        text: `Tomorrow is much like today; in two weeks only the season is left. Persistence gets worse by the day, the calendar is as good for any day, and a model worth its name is below both: near persistence at first, near the calendar in the end.\n\nA day ahead, the squared error of the net is ${percent(Math.abs(gain.mean), 1)} ${gain.mean < 0 ? 'above' : 'below'} that of the line. What it gains lies between ${percent(gain.low, 1)} and ${percent(gain.high, 1)}, the 95 % interval by drawing blocks of two weeks. If that holds 0, this year does not tell the two apart.`,
        figures: [
          {
            kind: 'lines',
            title: 'Error by days ahead',
            x: { title: 'days ahead' },
            y: { title: 'root mean squared error, °C' },
            series: [...errors].map(([name, byHorizon]) => ({ name, points: byHorizon.map((y, h) => ({ x: h + 1, y })) })),
          },
          {
            kind: 'table',
            title: 'Root mean squared error, °C',
            columns: ['method', ...[1, 2, 3, 7, 14].filter((h) => h <= ahead).map((h) => `${h} d`)],
            rows: [...errors].map(([name, e]) => [name, ...[1, 2, 3, 7, 14].filter((h) => h <= ahead).map((h) => e[h - 1]!.toFixed(2))]),
          },
        ],
      },
      {
        title: 'The test year',
        figures: [
          {
            kind: 'lines',
            title: 'A day ahead',
            x: { title: `day from ${dates[origins[0]!]}` },
            y: { title: '°C' },
            series: [
              { name: 'what came', style: 'points', points: origins.map((t) => ({ x: t - origins[0]! + 1, y: truth[t]! })) },
              day('GRU'),
              day('calendar'),
            ],
          },
          ...[Math.floor(origins.length / 6), Math.floor(origins.length / 2)].map(from),
        ],
      },
    ],
    curves: [
      {
        title: 'Training loss',
        series: journals.map((journal, k) => ({
          name: `net ${k + 1}`,
          points: journal.flatMap((e) => (e.kind === 'step' && typeof e.loss === 'number' ? [{ step: e.step, value: e.loss }] : [])),
        })),
      },
    ],
    layers: run.layers,
    config: { recipe: 'weather', optimizer: 'adamW, cosine from 5e-3', batchSize: 32, parameters: run.parameters },
  })
}
