/** Seattle's highest temperature of the day, up to two weeks ahead: a GRU against persistence, the calendar and a line. */
import { Dataset, leastSquares, walkForward } from '../../data/index.js'
import type { JournalEvent } from '../../files/index.js'
import { meanSquaredError } from '../../loss/index.js'
import { meanInterval } from '../../metrics/index.js'
import { countParameters, GRU, Linear, summarize } from '../../nn/index.js'
import { adamW, cosine } from '../../optim/index.js'
import * as sets from '../../sets/index.js'
import type { Tensor } from '../../tensor/index.js'
import { loading } from '../loading.js'
import { count } from '../options.js'
import { defineRecipe, type Recipe } from '../recipe.js'
import { train } from '../training.js'
import { pastsOf, rollOut } from './rollOut.js'
import { weatherReport } from './weatherReport.js'

const batchSize = 32
const window = 14
const lineReach = 7
const year = 365

/** Two weeks of (temperature, sine, cosine of the day to be foretold), (N, T, 3), to the temperature of the next day (N, 1). */
class Forecaster {
  readonly gru: GRU
  readonly head: Linear
  constructor(width: number) {
    this.gru = new GRU(3, width)
    this.head = new Linear(width, 1)
  }
  forward(x: Tensor): Tensor {
    return this.head.forward(this.gru.forward(x).hidden.squeeze(0))
  }
}

/** Place in the year of a date, as an angle. */
const angleOf = (date: string): number => (2 * Math.PI * (Date.parse(date) / 86_400_000)) / 365.2425

/** `hebb train weather` */
export const weatherRecipe: Recipe = defineRecipe({
  name: 'weather',
  summary: "autoregression on Seattle's temperature, 1 to 14 days ahead, against persistence, the calendar and a line",
  options: {
    nets: count(3, 'nets whose forecasts are averaged, each from other first values'),
    epochs: count(12, 'times through the past'),
    width: count(24, 'width of the recurrent state'),
    ahead: count(14, 'days foretold by feeding outputs back'),
  },
  quick: { nets: 1, epochs: 1, width: 8, ahead: 5 },
  async run(context) {
    const { seed, nets, epochs, width, ahead } = context.settings
    const weather = await loading(context, 'Seattle weather', sets.seattleWeather)
    const truth = weather.values.temp_max
    const angles = weather.dates.map(angleOf)
    const [fold] = walkForward(truth.length, { folds: 1, test: year })
    const end = fold!.train[1]
    const origins = Array.from({ length: year }, (_, i) => end + i)
    const forecasts = new Map<string, readonly (readonly number[])[]>()
    for (const [name, rule] of Object.entries(rules(truth, angles, end, ahead)))
      forecasts.set(
        name,
        origins.map((t) => rule(t)),
      )
    const mean = truth.subarray(0, end).reduce((a, b) => a + b) / end
    const deviation = Math.sqrt(truth.subarray(0, end).reduce((sum, v) => sum + (v - mean) ** 2, 0) / end)
    // each day stands beside the season of the day after it, which is known beforehand
    const angleAfter = (t: number): number => angles[t + 1] ?? angles[t]! + (2 * Math.PI) / 365.2425
    const columns = [
      Float32Array.from(truth, (v) => (v - mean) / deviation),
      Float32Array.from(truth, (_, t) => Math.sin(angleAfter(t))),
      Float32Array.from(truth, (_, t) => Math.cos(angleAfter(t))),
    ]
    const known = Array.from({ length: end - window }, (_, i) => window + i)
    const data = new Dataset({
      x: { data: pastsOf(columns, known, window).data, shape: [window, 3], dtype: 'f32' },
      y: { data: Float32Array.from(known, (t) => columns[0]![t]!), shape: [1], dtype: 'f32' },
    })
    const steps = Math.ceil(data.length / batchSize) * epochs
    const journals: (readonly JournalEvent[])[] = []
    let seconds = 0
    const sum = origins.map(() => new Float64Array(ahead))
    for (let k = 0; k < nets; k++) {
      const model = new Forecaster(width)
      const training = await train(context, model, data, {
        part: `net-${k + 1}`,
        seed: seed + k,
        loss: meanSquaredError,
        optimizer: adamW({ lr: cosine({ lr: 5e-3, steps }), weightDecay: 0.01 }),
        clip: { norm: 1 },
        epochs,
        batchSize,
        unit: 'days',
      })
      if (!training) return undefined
      seconds += training.seconds
      journals.push(training.journal)
      const season = (t: number): number => angles[end]! + ((t - end) * 2 * Math.PI) / 365.2425
      const said = await rollOut(model, pastsOf(columns, origins, window), ahead, (i, h, [v]) => {
        const next = season(origins[i]! + h + 1)
        return [v!, Math.sin(next), Math.cos(next)]
      })
      said.forEach((out, h) => {
        out.forEach((v, i) => {
          sum[i]![h]! += (v * deviation + mean) / nets
        })
      })
    }
    forecasts.set(
      'GRU',
      sum.map((row) => Array.from(row)),
    )
    const squares = (name: string, h: number): number[] =>
      origins.flatMap((t, i) => (t + h < truth.length ? [(forecasts.get(name)![i]![h]! - truth[t + h]!) ** 2] : []))
    const root = (x: readonly number[]): number => Math.sqrt(x.reduce((a, b) => a + b, 0) / x.length)
    const names = [...forecasts.keys()]
    const errors = new Map(names.map((name) => [name, Array.from({ length: ahead }, (_, h) => root(squares(name, h)))]))
    const [own, line] = ['GRU', 'line'].map((name) => squares(name, 0))
    const scale = line!.reduce((a, b) => a + b) / line!.length
    const gain = meanInterval(
      own!.map((e, i) => (line![i]! - e) / scale),
      { block: window, seed },
    )
    const model = new Forecaster(width)
    await weatherReport(context, {
      dates: weather.dates,
      truth,
      origins,
      forecasts,
      errors,
      gain,
      journals,
      seconds,
      layers: summarize(model, { input: [window, 3] }).layers,
      parameters: countParameters(model).total,
    })
    const at = (name: string, h: number): string => `${errors.get(name)![h]!.toFixed(2)} °C`
    const far = ahead - 1
    const told = gain.low > 0 ? 'better than the line' : gain.high < 0 ? 'worse than the line' : 'not told apart from the line'
    return {
      headline: `highest temperature a day ahead: wrong by ${at('GRU', 0)} (GRU, ${told}), ${ahead} days ahead by ${at('GRU', far)}`,
      baseline: `line ${at('line', 0)} and ${at('line', far)}, last value ${at('last value', 0)} and ${at('last value', far)}, calendar ${at('calendar', 0)}, same day last year ${at('last year', 0)}`,
      numbers: {
        gruError: errors.get('GRU')![0]!,
        gruErrorFar: errors.get('GRU')![far]!,
        lineError: errors.get('line')![0]!,
        lineErrorFar: errors.get('line')![far]!,
        lastError: errors.get('last value')![0]!,
        calendarError: errors.get('calendar')![0]!,
        gain: gain.mean,
        gainLow: gain.low,
        gainHigh: gain.high,
        ahead,
        seconds,
        seed,
      },
    }
  },
})

/** What needs no net: forecasts 1 … `ahead` days from before a day; fitted on the days before `end`. */
function rules(
  truth: Float64Array,
  angles: readonly number[],
  end: number,
  ahead: number,
): Readonly<Record<string, (origin: number) => number[]>> {
  const horizons = Array.from({ length: ahead }, (_, h) => h)
  // two waves a year, by the date alone
  const waves = (angle: number): number[] => [1, 2].flatMap((k) => [Math.sin(k * angle), Math.cos(k * angle)])
  const angle = (t: number): number => angles[t] ?? angles.at(-1)! + ((t - angles.length + 1) * 2 * Math.PI) / 365.2425
  const days = Array.from({ length: end }, (_, t) => t)
  const calendar = leastSquares(
    days.map((t) => waves(angle(t))),
    days.map((t) => truth[t]!),
  )
  // the days before, and the date
  const features = (past: ArrayLike<number>, at: number, t: number): number[] => [
    ...Array.from({ length: lineReach }, (_, k) => past[at - 1 - k]!),
    ...waves(angle(t)),
  ]
  const later = days.slice(lineReach)
  const line = leastSquares(
    later.map((t) => features(truth, t, t)),
    later.map((t) => truth[t]!),
  )
  return {
    'last value': (t) => horizons.map(() => truth[t - 1]!),
    'last year': (t) => horizons.map((h) => truth[t + h - year] ?? truth[t - year]!),
    calendar: (t) => horizons.map((h) => calendar.predict(waves(angle(t + h)))),
    line: (t) => {
      const past = Array.from(truth.subarray(t - lineReach, t))
      for (const h of horizons) past.push(line.predict(features(past, past.length, t + h)))
      return past.slice(lineReach)
    },
  }
}
