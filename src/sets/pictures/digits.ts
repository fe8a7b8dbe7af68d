/** Digits: 1797 handwritten digits of 8 × 8 pixels [Alpaydin 1998], the small set for quick tries. */

import { csv } from '../../data/csv.js'
import { Dataset } from '../../data/dataset.js'
import type { LoadOptions } from '../../data/fetch/obtain.js'
import { folderSource, obtain, webSource } from '../../data/fetching.js'
import { arrayOf } from '../../tensor/dtype.js'

const files = [{ name: 'digits.csv', checksum: { md5: 'a0339c30a8a5312a1b6f9e5c719dcce5' } }]
const sources = [
  // where Debian's package python3-sklearn puts it
  folderSource('/usr/lib/python3/dist-packages/sklearn/datasets/data'),
  webSource({ 'digits.csv': 'https://archive.ics.uci.edu/ml/machine-learning-databases/optdigits/optdigits.tes' }),
  webSource({ 'digits.csv': 'https://raw.githubusercontent.com/scikit-learn/scikit-learn/1.5.0/sklearn/datasets/data/digits.csv.gz' }),
]

/**
 * 1797 digits, undivided: x (1, 8, 8) with 17 shades as bytes that become f32 in [0, 1], y the digit as i32.
 * Throws what `obtain` throws.
 *
 * @example const [train, test] = (await digits()).split(0.8, { stratify: 'y' })
 */
export async function digits(options: LoadOptions = {}): Promise<Dataset<'x' | 'y'>> {
  const [text] = await obtain({ ...options, name: 'digits', files, sources })
  const { data } = csv(new TextDecoder().decode(text), { header: false, target: 'c64', classes: true })
  return new Dataset(
    { x: { data: Uint8Array.from(arrayOf(data.columns.x.data, 'f32')), shape: [1, 8, 8], dtype: 'u8', scale: 1 / 16 }, y: data.columns.y },
    { classes: data.classes },
  )
}
