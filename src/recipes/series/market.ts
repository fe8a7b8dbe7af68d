/** The stock index as a series to foretell: returns and volatility, the folds of the walk, and what needs no net. */
import { leastSquares, type WalkFold, walkForward } from '../../data/index.js'
import type * as sets from '../../sets/index.js'

/** Days in a week and in a month of trading: how far back the regression and the nets look. */
export const week = 5
export const month = 22

/** Daily numbers of one length. */
export interface Market {
  readonly dates: readonly string[]
  /** 100 ln(closeₜ / closeₜ₋₁): per cent */
  readonly returns: Float64Array
  /** ln of the volatility of the day in per cent, from its range: 100 ln(high / low) / (2 √ln 2) [Parkinson 1980] */
  readonly volatility: Float64Array
}

/** Returns need the day before, so the first day is left out. */
export function marketOf({ dates, values: { close, high, low } }: sets.Series<sets.PriceField>): Market {
  const days = dates.length - 1
  return {
    dates: dates.slice(1),
    returns: Float64Array.from({ length: days }, (_, t) => 100 * Math.log(close[t + 1]! / close[t]!)),
    // a day without any range would have volatility 0 and no logarithm
    volatility: Float64Array.from({ length: days }, (_, t) =>
      Math.log(Math.max(0.01, (100 * Math.log(high[t + 1]! / low[t + 1]!)) / (2 * Math.sqrt(Math.LN2)))),
    ),
  }
}

/** A year of trading in each test part. */
export const foldsOf = (market: Market, folds: number, test: number): WalkFold[] => walkForward(market.returns.length, { folds, test })

/** Forecasts for horizon 1 … H from before a day, by rule or by a fitted line. */
export type Forecast = (origin: number, ahead: number) => readonly number[]

const meanOf = (x: ArrayLike<number>, from: number, to: number): number => {
  let sum = 0
  for (let t = from; t < to; t++) sum += x[t]!
  return sum / (to - from)
}

/** The same number at every horizon. */
const flat =
  (at: (origin: number) => number): Forecast =>
  (origin, ahead) =>
    Array<number>(ahead).fill(at(origin))

/** Weight of a day beside the day before it in the exponential average: 0.94, as is customary for daily volatility. */
const decay = 0.94

function exponential(x: ArrayLike<number>): (origin: number) => number {
  const averages = new Float64Array(x.length + 1)
  averages[0] = x[0]!
  for (let t = 0; t < x.length; t++) averages[t + 1] = decay * averages[t]! + (1 - decay) * x[t]!
  // what stands at t knows the days before t alone
  return (origin) => averages[origin]!
}

/** Feeds a fitted line its own answers. `features(past)` sees the days before, the latest last. */
function fitted(x: Float64Array, end: number, reach: number, features: (past: ArrayLike<number>, at: number) => number[]): Forecast {
  const days = Array.from({ length: end - reach }, (_, i) => reach + i)
  const line = leastSquares(
    days.map((t) => features(x, t)),
    days.map((t) => x[t]!),
  )
  return (origin, ahead) => {
    const past = Array.from(x.subarray(origin - reach, origin))
    for (let k = 0; k < ahead; k++) past.push(line.predict(features(past, past.length)))
    return past.slice(reach)
  }
}

/** Yesterday's return beside the volatilities: storms begin on days that fall. Later days have no return yet: it counts as 0. */
function withReturns({ returns, volatility }: Market, end: number): Forecast {
  const features = (past: ArrayLike<number>, at: number, r: number): number[] => [...spans(past, at), r, Math.min(r, 0)]
  const days = Array.from({ length: end - month }, (_, i) => month + i)
  const line = leastSquares(
    days.map((t) => features(volatility, t, returns[t - 1]!)),
    days.map((t) => volatility[t]!),
  )
  return (origin, ahead) => {
    const past = Array.from(volatility.subarray(origin - month, origin))
    for (let k = 0; k < ahead; k++) past.push(line.predict(features(past, past.length, k === 0 ? returns[origin - 1]! : 0)))
    return past.slice(month)
  }
}

/** Yesterday, last week, last month: the features of [Corsi 2009]. */
const spans = (x: ArrayLike<number>, t: number): number[] => [x[t - 1]!, meanOf(x, t - week, t), meanOf(x, t - month, t)]

/** What foretells volatility without a net; lines are fitted to the days before `end`. */
export const volatilityRules = (market: Market, end: number): Readonly<Record<string, Forecast>> => ({
  'last value': flat((t) => market.volatility[t - 1]!),
  'mean of a month': flat((t) => meanOf(market.volatility, t - month, t)),
  'exponential average': flat(exponential(market.volatility)),
  'linear (day, week, month)': fitted(market.volatility, end, month, spans),
  'linear, with returns': withReturns(market, end),
})

/** What foretells returns without a net. */
export const returnRules = ({ returns }: Market, end: number): Readonly<Record<string, Forecast>> => ({
  zero: flat(() => 0),
  'mean so far': flat(() => meanOf(returns, 0, end)),
  'last value': flat((t) => returns[t - 1]!),
  'linear (5 days)': fitted(returns, end, week, (x, t) => Array.from({ length: week }, (_, k) => x[t - 1 - k]!)),
})

/** How one method did. */
export interface Score {
  readonly name: string
  /** mean squared error a day ahead */
  readonly error: number
  /** by what share its squared error is below the reference's, a day ahead, with its 95 % interval */
  readonly gain: { readonly mean: number; readonly low: number; readonly high: number }
  /** mean squared error by horizon */
  readonly byHorizon: readonly number[]
}
