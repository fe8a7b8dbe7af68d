/** Seattle weather: four years of rain, temperature and wind, day by day. */
import type { LoadOptions } from '../../data/fetch/obtain.js'
import { obtain } from '../../data/fetching.js'
import { parseTable } from '../../data/table.js'
import { parseSeries, type Series } from './series.js'
import { vegaFile } from './vega.js'

/** Millimetres of rain, highest and lowest temperature in °C, wind in m/s. */
export type WeatherField = 'precipitation' | 'temp_max' | 'temp_min' | 'wind'

/** A series with the kind of weather of each day. */
export interface Weather extends Series<WeatherField> {
  /** drizzle, fog, rain, snow or sun */
  readonly weather: readonly string[]
}

const file = { name: 'seattle-weather.csv', checksum: { md5: 'a0ed4d00f823a74a73798d4520e26874' } }
const sources = vegaFile(file.name)

/** 1,461 days from 2012-01-01 to 2015-12-31. Divide them by time, `walkForward`. Fetched once (18 MB, a collection). Throws what `obtain` throws. */
export async function seattleWeather(options: LoadOptions = {}): Promise<Weather> {
  const [bytes] = await obtain({ ...options, name: 'seattle-weather', files: [file], sources })
  const text = new TextDecoder().decode(bytes)
  const series = parseSeries(text, ['precipitation', 'temp_max', 'temp_min', 'wind'], 'seattleWeather')
  const words = parseTable(text).columns.find(({ name }) => name === 'weather')
  return { ...series, weather: words?.kind === 'words' ? words.values : [] }
}
