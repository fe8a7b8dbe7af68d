/** The S&P 500 day by day: what can be foretold (volatility) and what cannot (returns), walking forward through the years. */
import { Dataset, slidingWindows, standardOf, unstandardise } from '../../data/index.js'
import type { JournalEvent } from '../../files/index.js'
import { meanSquaredError } from '../../loss/index.js'
import { meanInterval } from '../../metrics/index.js'
import { countParameters, GRU, Linear, LSTM, summarize } from '../../nn/index.js'
import { adamW, cosine } from '../../optim/index.js'
import * as sets from '../../sets/index.js'
import type { Tensor } from '../../tensor/index.js'
import { loading } from '../loading.js'
import { mean, percent } from '../numbers.js'
import { count } from '../options.js'
import { defineRecipe, type Recipe } from '../recipe.js'
import { train } from '../training.js'
import { type Forecast, foldsOf, type Market, marketOf, month, returnRules, type Score, volatilityRules } from './market.js'
import { pastsOf, rollOut } from './rollOut.js'
import { stocksReport } from './stocksReport.js'

const batchSize = 64
const reference = 'linear (day, week, month)'
const kinds = ['GRU', 'LSTM'] as const

/** A month of returns and volatilities, standardised (N, T, 2), to those of the next day (N, 2). */
class Forecaster {
  readonly layer: GRU | LSTM
  readonly head: Linear
  constructor(kind: 'GRU' | 'LSTM', width: number) {
    this.layer = kind === 'GRU' ? new GRU(2, width) : new LSTM(2, width)
    this.head = new Linear(width, 2)
  }
  forward(x: Tensor): Tensor {
    return this.head.forward(this.layer.forward(x).hidden.squeeze(0))
  }
}

/** `hebb train stocks` */
export const stocksRecipe: Recipe = defineRecipe({
  name: 'stocks',
  summary: 'autoregression on the S&P 500, walking forward: returns and volatility by GRU and LSTM against simple rules and a line',
  options: {
    folds: count(6, 'test years, each foretold by nets that saw only what came before'),
    epochs: count(6, 'times through the past of each fold'),
    width: count(32, 'width of the recurrent state'),
    ahead: count(20, 'days foretold by feeding outputs back'),
    testDays: count(252, 'trading days in a test part', { least: 30 }),
  },
  quick: { folds: 1, epochs: 1, width: 8, ahead: 5, testDays: 60 },
  async run(context) {
    const { seed, folds: wanted, epochs, width, ahead, testDays } = context.settings
    const market = marketOf(await loading(context, 'S&P 500', sets.sp500))
    const folds = foldsOf(market, wanted, testDays)
    const days: number[] = []
    const volatility = new Map<string, number[][]>()
    const returns = new Map<string, number[][]>()
    const journals = new Map<string, readonly JournalEvent[]>()
    let seconds = 0
    for (const [k, { train: past, test }] of folds.entries()) {
      const end = past[1]
      const origins = Array.from({ length: test[1] - test[0] }, (_, i) => test[0] + i)
      days.push(...origins)
      const apply = (into: Map<string, number[][]>, rules: Readonly<Record<string, Forecast>>): void => {
        for (const [name, rule] of Object.entries(rules))
          into.set(name, [...(into.get(name) ?? []), ...origins.map((t) => [...rule(t, ahead)])])
      }
      apply(volatility, volatilityRules(market, end))
      apply(returns, returnRules(market, end))
      const { columns, standard } = standardised(market, end)
      for (const kind of kinds) {
        const model = new Forecaster(kind, width)
        const data = nextDay(columns.map((c) => c.subarray(0, end)))
        const steps = Math.ceil(data.length / batchSize) * epochs
        const training = await train(context, model, data, {
          part: `${kind.toLowerCase()}-${k + 1}`,
          loss: meanSquaredError,
          optimizer: adamW({ lr: cosine({ lr: 3e-3, steps }), weightDecay: 0.01 }),
          clip: { norm: 1 },
          epochs,
          batchSize,
          unit: 'days',
        })
        if (!training) return undefined
        seconds += training.seconds
        journals.set(kind, training.journal)
        const said = await rollOut(model, pastsOf(columns, origins, month), ahead, (_i, _k, output) => output)
        for (const [column, into] of [returns, volatility].entries())
          into.set(kind, [
            ...(into.get(kind) ?? []),
            ...origins.map((_, i) => said.map((out) => unstandardise(out[2 * i + column]!, standard, column))),
          ])
      }
    }
    const scores = {
      volatility: scoresOf(volatility, market.volatility, days, reference, ahead, seed),
      returns: scoresOf(returns, market.returns, days, 'zero', ahead, seed),
    }
    const model = new Forecaster('LSTM', width)
    await stocksReport(context, {
      market,
      days,
      scores,
      journals,
      volatility,
      returns,
      seconds,
      layers: summarize(model, { input: [month, 2] }).layers,
      parameters: countParameters(model).total,
    })
    const of = (name: string, target: 'volatility' | 'returns'): Score => scores[target].find((s) => s.name === name)!
    const [best] = kinds.map((kind) => of(kind, 'volatility')).sort((a, b) => a.error - b.error)
    const tried = [...kinds, 'linear (5 days)'].map((name) => of(name, 'returns'))
    const proven = tried.filter(({ gain }) => gain.low > 0)
    return {
      headline: `log volatility a day ahead: squared error ${best!.error.toFixed(4)} (${best!.name}); returns: ${
        proven.length === 0
          ? 'no model is better than saying 0 beyond chance'
          : `${proven.map(({ name }) => name).join(', ')} beat saying 0`
      } (${tried.map(({ name, gain }) => `${name} ${percent(gain.mean, 1)}, 95 % ${percent(gain.low, 1)} to ${percent(gain.high, 1)}`).join('; ')})`,
      baseline: `volatility: line on day, week and month ${of(reference, 'volatility').error.toFixed(4)}, the same with yesterday's return ${of('linear, with returns', 'volatility').error.toFixed(4)}, last value ${of('last value', 'volatility').error.toFixed(4)}`,
      numbers: {
        gruVolatility: of('GRU', 'volatility').error,
        lstmVolatility: of('LSTM', 'volatility').error,
        lineVolatility: of(reference, 'volatility').error,
        lineWithReturnsVolatility: of('linear, with returns', 'volatility').error,
        lastVolatility: of('last value', 'volatility').error,
        gruReturnGain: of('GRU', 'returns').gain.mean,
        lstmReturnGain: of('LSTM', 'returns').gain.mean,
        returnsBeaten: proven.length,
        days: days.length,
        seconds,
        seed,
      },
    }
  },
})

function scoresOf(
  all: ReadonlyMap<string, readonly (readonly number[])[]>,
  truth: Float64Array,
  days: readonly number[],
  against: string,
  ahead: number,
  seed: number,
): Score[] {
  const errors = (rows: readonly (readonly number[])[], h: number): number[] =>
    days.flatMap((t, i) => (t + h < truth.length ? [(rows[i]![h]! - truth[t + h]!) ** 2] : []))
  const base = errors(all.get(against)!, 0)
  const scale = mean(base)
  return [...all].map(([name, rows]) => {
    const own = errors(rows, 0)
    const interval = meanInterval(
      base.map((e, i) => (e - own[i]!) / scale),
      { block: Math.min(month, base.length), seed },
    )
    return { name, error: mean(own), gain: interval, byHorizon: Array.from({ length: ahead }, (_, h) => mean(errors(rows, h))) }
  })
}

/** Both columns with mean 0 and deviation 1 over the days before `end`. */
function standardised({ returns, volatility }: Market, end: number) {
  const both = [returns, volatility]
  const table = (to: number): Float32Array => Float32Array.from({ length: 2 * to }, (_, i) => both[i % 2]![Math.floor(i / 2)]!)
  const standard = standardOf(new Dataset({ x: { data: table(end), shape: [2], dtype: 'f32' } }), 'x')
  const columns = both.map((x, c) => Float32Array.from(x, (v) => (v - standard.mean[c]!) / standard.deviation[c]!))
  return { columns, standard }
}

/** A month as x (T, 2), the next day as y (2). */
function nextDay(columns: readonly Float32Array[]): Dataset<'x' | 'y'> {
  const windows = slidingWindows(columns, month)
  const y = Float32Array.from({ length: 2 * windows.length }, (_, i) => columns[i % 2]![Math.floor(i / 2) + month]!)
  return new Dataset({ x: windows.columns.x, y: { data: y, shape: [2], dtype: 'f32' } })
}
