/** House prices: 506 districts of Boston in 1970 and what a home there cost [Harrison 1978]. */
import { csv } from '../../data/csv.js'
import type { Dataset } from '../../data/dataset.js'
import type { LoadOptions } from '../../data/fetch/obtain.js'
import { obtain } from '../../data/fetching.js'
import { stdlibFiles } from '../stdlib.js'

/** Examples divided, and the names of their features. */
export interface HousePrices {
  readonly train: Dataset<'x' | 'y'>
  readonly test: Dataset<'x' | 'y'>
  /** what each number of x is, by the names of the paper */
  readonly features: readonly string[]
  /** the same in words, with units */
  readonly meanings: readonly string[]
}

const meanings: Readonly<Record<string, string>> = {
  crim: 'crimes per head',
  zn: 'share of land for lots over 25,000 sq.ft (%)',
  indus: 'share of land for industry (%)',
  chas: 'by the Charles River (0 or 1)',
  nox: 'nitric oxides in the air (parts per 10 million)',
  rm: 'rooms per home',
  age: 'homes built before 1940 (%)',
  dis: 'distance to five centres of work (weighted miles)',
  rad: 'access to main roads (index)',
  tax: 'property tax (dollars per 10,000)',
  ptratio: 'pupils per teacher',
  lstat: 'people of lower status (%)',
}

const file = { name: 'house-prices.csv', checksum: { md5: 'd8c86355fffcebe0f987b2346ba6df80' } }
const sources = stdlibFiles('datasets-harrison-boston-house-prices-corrected', '0.2.2', { 'data/data.csv': file.name })

/**
 * 405 training and 101 test districts: x (12) f32 as measured, y the median price in thousands of dollars, at most 50 (the census counted
 * no higher), with the eight prices corrected that were wrong. The column `b` of the original, a formula of the share of Black residents
 * that assumes prices fall with it, is left out: no model should price by race. `lstat` stays and deserves doubt too.
 * Fetched once (48 kB). Throws what `obtain` throws.
 *
 * @example const { train, test, features } = await housePrices()
 */
export async function housePrices({
  seed = 0,
  ...options
}: LoadOptions & { readonly seed?: number | undefined } = {}): Promise<HousePrices> {
  const [bytes] = await obtain({ ...options, name: 'house-prices', files: [file], sources })
  const { data, features } = csv(new TextDecoder().decode(bytes), { target: 'cmedv', drop: ['b', 'medv'] })
  const [train, test] = data.split(0.8, { seed })
  return { train, test, features, meanings: features.map((name) => meanings[name]!) }
}
