/** Reviews: 5,000 opinions of food bought online, great or other [McAuley 2013]. */

import type { LoadOptions } from '../../data/fetch/obtain.js'
import { debianConverted, obtain, unpackWith, webRemade } from '../../data/fetching.js'
import { parseR, type RObject, tableOfR } from '../../data/formats/r-data.js'
import type { Divided } from '../../data/prepare/divide.js'
import { HebbError } from '../../tensor/errors.js'
import { mostUnpacked, rStore, storeFiles } from '../rStore.js'

/** A text with its class. */
export interface Review {
  readonly text: string
  /** 0 other, 1 great (five stars): a number of `classes` */
  readonly label: number
}

/** Reviews divided, and what their labels mean. */
export interface Reviews extends Divided<Review> {
  readonly classes: readonly ['other', 'great']
}

const file = { name: 'reviews.jsonl', checksum: { md5: '957aafca5291fb8e924c999624b35810' } }
const folder = '/usr/lib/R/site-library/modeldata/data'
const raw = { name: 'small_fine_foods.RData', size: 608_955, checksum: { md5: '5d522c392655e8d1f4d54ab82527c4ed' } }
const sources = [
  debianConverted(['r-cran-modeldata'], storeFiles(folder), async (members) => {
    const table = rStore(members, folder)
    return { [file.name]: reviewText(await table('training_data'), await table('testing_data')) }
  }),
  webRemade('https://raw.githubusercontent.com/tidymodels/modeldata/v1.4.0/data/small_fine_foods.RData', raw, async (bytes) => {
    const saved = parseR(await unpackWith('bzip2', ['-dc'], bytes, mostUnpacked))
    const named = (name: string): RObject => (saved.values as readonly RObject[])[saved.tags!.indexOf(name)]!
    return { [file.name]: reviewText(named('training_data'), named('testing_data')) }
  }),
]

/** One line a review: part, label, text. */
function reviewText(train: RObject, test: RObject): string {
  const lines = (part: string, object: RObject): string[] => {
    const table = tableOfR(object)
    const [texts, scores] = [table.get('review'), table.get('score')]
    if (!texts || !scores) throw new HebbError(`the table has no review and score, but ${[...table.keys()].join(', ')}`)
    return texts.map((text, i) => `${JSON.stringify([part, scores[i] === 'great' ? 1 : 0, text])}\n`)
  }
  return [...lines('train', train), ...lines('test', test)].join('')
}

/**
 * 4,000 training and 1,000 test reviews as their collectors divided them. They come from the Debian package `r-cran-modeldata` (4.3 MB;
 * installed, or fetched aside by `apt-get download`; needs `xz`) or from the collectors' repository (0.6 MB; needs `bzip2`).
 * Throws what `obtain` throws.
 *
 * @example const { train, test, classes } = await reviews()
 */
export async function reviews(options: LoadOptions = {}): Promise<Reviews> {
  const [bytes] = await obtain({ ...options, name: 'reviews', files: [file], sources })
  const lines = new TextDecoder().decode(bytes).trimEnd().split('\n')
  const all = lines.map((line) => JSON.parse(line) as [string, number, string])
  const part = (name: string): Review[] => all.filter(([of]) => of === name).map(([, label, text]) => ({ text, label }))
  return { train: part('train'), test: part('test'), classes: ['other', 'great'] }
}
