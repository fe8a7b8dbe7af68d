/** Verses: 31,000 pairs of the same verse in English and Spanish, for small translators. */

import type { LoadOptions } from '../../data/fetch/obtain.js'
import { debianConverted, obtain } from '../../data/fetching.js'
import { swordVerses } from '../../data/formats/sword.js'
import { type Divided, divide } from '../../data/prepare/divide.js'
import { HebbError } from '../../tensor/errors.js'

/** A verse in two languages. */
export interface VersePair {
  /** book, chapter, verse: Gen.1.1 */
  readonly reference: string
  readonly english: string
  readonly spanish: string
}

const english = '/usr/share/sword/modules/texts/ztext/engWEB2015eb'
const spanish = '/usr/share/sword/modules/texts/ztext/spaRV1909eb'
const parts = ['ot', 'nt'] as const
const ends = ['bzs', 'bzv', 'bzz'] as const
const paths = [english, spanish].flatMap((folder) => parts.flatMap((part) => ends.map((end) => `${folder}/${part}.${end}`)))

// no checksum: every release of Debian has its own revision of the texts
const file = { name: 'verses.tsv' }
const sources = [
  debianConverted(['sword-text-web', 'sword-text-sparv'], paths, (members) => {
    const versesOf = (folder: string): Map<string, string> =>
      new Map(
        parts.flatMap((part) => {
          const [blocks, verses, texts] = ends.map((end) => members.get(`${folder}/${part}.${end}`)!)
          return [...swordVerses({ blocks: blocks!, verses: verses!, texts: texts! }, `${folder}/${part}`)]
        }),
      )
    return { [file.name]: pairText(versesOf(english), versesOf(spanish)) }
  }),
]

/** Lines of reference, English, Spanish for the verses both have, in the order of the second. */
export const pairText = (english: ReadonlyMap<string, string>, spanish: ReadonlyMap<string, string>): string =>
  [...spanish]
    .flatMap(([reference, text]) => (english.has(reference) ? [`${reference}\t${english.get(reference)}\t${text}\n`] : []))
    .join('')

/**
 * About 31,080 pairs from the World English Bible and the Reina-Valera of 1909, both in the public domain. A tenth is held out, by whole
 * chapters, so that no test verse continues a sentence learned. They come from the Debian packages `sword-text-web` and
 * `sword-text-sparv` (6.7 MB; installed, or fetched aside by `apt-get download`); elsewhere give a folder with `verses.tsv`, three
 * columns parted by tabs, as `from`. Throws what `obtain` throws, and HebbError naming a line with another number of columns.
 *
 * @example const { train, test } = await verses()
 */
export async function verses({
  seed = 0,
  ...options
}: LoadOptions & { readonly seed?: number | undefined } = {}): Promise<Divided<VersePair>> {
  const [bytes] = await obtain({ ...options, name: 'verses', files: [file], sources })
  const [train, test] = divide(versePairs(new TextDecoder().decode(bytes)), 0.9, { seed, together: chapterOf })
  return { train: train!, test: test! }
}

/** The pairs of a file of this set. */
export function versePairs(text: string): VersePair[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line, i) => {
      const [reference, english, spanish, ...more] = line.split('\t')
      if (!reference || !english || !spanish || more.length > 0)
        throw new HebbError(`verses: line ${i + 1} of ${file.name} is not reference, English and Spanish: ${line.slice(0, 60)}`)
      return { reference, english, spanish }
    })
}

const chapterOf = ({ reference }: VersePair): string => reference.replace(/\.[^.]*$/, '')
