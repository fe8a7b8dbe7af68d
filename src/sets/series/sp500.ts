/** S&P 500: the American stock index, day by day from 2000 to 2020. */
import type { LoadOptions } from '../../data/fetch/obtain.js'
import { obtain } from '../../data/fetching.js'
import { parseSeries, type Series } from './series.js'
import { vegaFile } from './vega.js'

/** What is known of a day: index points, and shares traded. */
export type PriceField = 'open' | 'high' | 'low' | 'close' | 'volume'

const file = { name: 'sp500-2000.csv', checksum: { md5: '52f72f4a35f30e46053a9f52634a8d62' } }
const sources = vegaFile(file.name)

/**
 * 5,105 trading days from 2000-01-03 to 2020-04-17: opening, highest, lowest and closing value, and volume. Divide it by time, `walkForward`, never by
 * chance: a shuffled split lets a model look into the future. Fetched once (18 MB, a collection). Throws what `obtain` throws.
 *
 * @example const { dates, values } = await sp500() // values.close[0] is 1455.219971
 */
export async function sp500(options: LoadOptions = {}): Promise<Series<PriceField>> {
  const [bytes] = await obtain({ ...options, name: 'sp500', files: [file], sources })
  return parseSeries(new TextDecoder().decode(bytes), ['open', 'high', 'low', 'close', 'volume'], 'sp500')
}
