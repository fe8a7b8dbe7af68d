/** The report of the stock recipe: forecasts beside what came, errors by method and by horizon. */
import type { JournalEvent } from '../../files/journal.js'
import type { ModelRow } from '../../report/data.js'
import type { Section } from '../../report/figures/data.js'
import { percent } from '../numbers.js'
import type { RecipeContext } from '../recipe.js'
import { recipeReport } from '../report.js'
import type { Market, Score } from './market.js'

type Forecasts = ReadonlyMap<string, readonly (readonly number[])[]>

/** What the report is made from. */
export interface StocksRun {
  readonly market: Market
  /** test days */
  readonly days: readonly number[]
  readonly scores: { readonly volatility: readonly Score[]; readonly returns: readonly Score[] }
  /** of the last fold, by kind of net */
  readonly journals: ReadonlyMap<string, readonly JournalEvent[]>
  readonly volatility: Forecasts
  readonly returns: Forecasts
  readonly seconds: number
  readonly layers: readonly ModelRow[]
  readonly parameters: number
}

/** Writes report.html. */
export async function stocksReport(context: RecipeContext<unknown>, run: StocksRun): Promise<void> {
  const { market, days, scores, journals } = run
  const [first, last] = [market.dates[days[0]!]!, market.dates[days.at(-1)!]!]
  await recipeReport(context, {
    title: 'S&P 500: what can be foretold, and what cannot',
    description: `${days.length.toLocaleString('en')} trading days from ${first} to ${last}, each foretold from the month before it by models that saw only earlier years.`,
    tiles: [
      ...['GRU', 'LSTM', 'linear (day, week, month)', 'last value'].map((name) => ({
        label: name,
        value: scores.volatility.find((s) => s.name === name)!.error,
        note: 'squared error of log volatility, a day ahead',
      })),
      { label: 'Training', value: run.seconds, format: 'seconds' as const },
    ],
    sections: [volatilitySection(run), returnsSection(run), aheadSection(run)],
    curves: [
      {
        title: 'Training loss, last fold',
        series: [...journals].map(([name, journal]) => ({
          name,
          points: journal.flatMap((e) => (e.kind === 'step' && typeof e.loss === 'number' ? [{ step: e.step, value: e.loss }] : [])),
        })),
      },
    ],
    layers: run.layers,
    config: { recipe: 'stocks', optimizer: 'adamW, cosine from 3e-3', batchSize: 64, parameters: run.parameters },
  })
}

const table = (title: string, scores: readonly Score[], reference: string) => ({
  kind: 'table' as const,
  title,
  columns: ['method', 'squared error', `better than ${reference} by`, '95 % interval'],
  rows: [...scores]
    .sort((a, b) => a.error - b.error)
    .map(({ name, error, gain }) => [
      name,
      error.toPrecision(4),
      name === reference ? '' : percent(gain.mean, 1),
      name === reference ? '' : `${percent(gain.low, 1)} to ${percent(gain.high, 1)}`,
    ]),
  note: 'Intervals by the block bootstrap over test days, blocks of a month. One that holds 0 means: the data do not tell the two apart.',
})

function volatilitySection({ market, days, scores, volatility }: StocksRun): Section {
  const shown = days.slice(-252)
  const from = days.length - shown.length
  const line = (name: string) => ({ name, points: shown.map((t, i) => ({ x: t, y: volatility.get(name)![from + i]![0]! })) })
  return {
    title: 'Volatility',
    text: 'How much the index moves within a day comes in calm and stormy spells, and so tomorrow looks like the last days: this can be foretold. The regression on yesterday, last week and last month is hard to beat.',
    figures: [
      {
        kind: 'lines',
        title: `Log volatility, a day ahead, the last ${shown.length} days`,
        x: { title: `day, ${market.dates[shown[0]!]} to ${market.dates[shown.at(-1)!]}` },
        y: { title: 'ln of per cent a day' },
        series: [
          { name: 'what came', style: 'points', points: shown.map((t) => ({ x: t, y: market.volatility[t]! })) },
          line('LSTM'),
          line('linear (day, week, month)'),
        ],
      },
      table('Errors a day ahead', scores.volatility, 'linear (day, week, month)'),
    ],
  }
}

function returnsSection({ market, days, scores, returns }: StocksRun): Section {
  const up = (name: string): number =>
    days.filter((t, i) => Math.sign(returns.get(name)![i]![0]!) === Math.sign(market.returns[t]!)).length / days.length
  const always = days.filter((t) => market.returns[t]! > 0).length / days.length
  const names = ['GRU', 'LSTM', 'linear (5 days)']
  const half = 1.96 * Math.sqrt(0.25 / days.length)
  return {
    title: 'Returns',
    text: `Whether the index goes up or down tomorrow is another matter. What could be foretold of it, people would already have bought or sold. Where an interval in the table holds 0, that model is not better than saying 0 every day, beyond chance; a picture of forecasts that seem to follow the curve proves nothing.`,
    figures: [
      table('Errors a day ahead', scores.returns, 'zero'),
      {
        kind: 'bars',
        title: 'Days whose direction was foretold',
        format: 'percent',
        bars: [{ label: 'always up', value: always }, ...names.map((name) => ({ label: name, value: up(name) }))],
        note: `With ${days.length} days, chance alone moves such a share by ${percent(half, 1)} to either side.`,
      },
      {
        kind: 'lines',
        title: 'Forecast against what came',
        x: { title: 'foretold, per cent' },
        y: { title: 'came, per cent' },
        series: [
          { name: 'LSTM', style: 'points', points: days.map((t, i) => ({ x: returns.get('LSTM')![i]![0]!, y: market.returns[t]! })) },
        ],
      },
    ],
  }
}

function aheadSection({ market, days, scores, volatility }: StocksRun): Section {
  const ahead = scores.volatility[0]!.byHorizon.length
  const origin = days[Math.max(0, days.length - 40)]!
  const at = days.indexOf(origin)
  const path = (name: string) => ({ name, points: volatility.get(name)![at]!.map((y, h) => ({ x: h + 1, y })) })
  return {
    title: 'Several days ahead',
    text: 'Fed their own outputs, the models go on for as long as one likes. Errors grow, and all models drift toward the long mean.',
    figures: [
      {
        kind: 'lines',
        title: 'Error of log volatility by horizon',
        x: { title: 'days ahead' },
        y: { title: 'mean squared error' },
        series: scores.volatility.map(({ name, byHorizon }) => ({ name, points: byHorizon.map((y, h) => ({ x: h + 1, y })) })),
      },
      {
        kind: 'lines',
        title: `From ${market.dates[origin]} on`,
        x: { title: 'days ahead' },
        y: { title: 'log volatility' },
        series: [
          {
            name: 'what came',
            style: 'points',
            points: Array.from({ length: ahead }, (_, h) => ({ x: h + 1, y: market.volatility[origin + h] ?? Number.NaN })).filter(
              ({ y }) => Number.isFinite(y),
            ),
          },
          path('GRU'),
          path('LSTM'),
          path('linear (day, week, month)'),
        ],
      },
    ],
  }
}
