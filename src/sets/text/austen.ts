/** Novels: the six that Jane Austen finished, 1811 to 1818, for language models. */
import type { LoadOptions } from '../../data/fetch/obtain.js'
import { debianConverted, obtain } from '../../data/fetching.js'
import type { RObject } from '../../data/formats/r-data.js'
import { rStore, storeFiles } from '../rStore.js'

/** A novel. */
export interface Novel {
  readonly title: string
  readonly text: string
}

const titles = {
  sensesensibility: 'Sense and Sensibility',
  prideprejudice: 'Pride and Prejudice',
  mansfieldpark: 'Mansfield Park',
  emma: 'Emma',
  northangerabbey: 'Northanger Abbey',
  persuasion: 'Persuasion',
} as const

const file = { name: 'austen.jsonl', checksum: { md5: '94a559d9392369ee92a1d3b436420f37' } }
const folder = '/usr/lib/R/site-library/janeaustenr/data'
const sources = [
  debianConverted(['r-cran-janeaustenr'], storeFiles(folder), async (members) => {
    const object = rStore(members, folder)
    const lines = await Promise.all(
      Object.entries(titles).map(async ([name, title]) => `${JSON.stringify({ title, text: textOf(await object(name)) })}\n`),
    )
    return { [file.name]: lines.join('') }
  }),
]

/** The lines of a novel as paragraphs: an empty line stays one, the others are joined. */
const textOf = ({ values }: RObject): string =>
  (values as readonly string[])
    .join('\n')
    .replace(/([^\n])\n(?!\n)/g, '$1 ')
    .replace(/\n{3,}/g, '\n\n')
    .trim()

/**
 * Six novels, 4.2 million characters, public domain, in the order they appeared; a paragraph is a line, an empty line parts two. They come from the Debian
 * package `r-cran-janeaustenr` (1.6 MB; installed, or fetched aside by `apt-get download`; needs `xz` or `bzip2`); elsewhere give a folder with
 * `austen.jsonl`, lines of `{ title, text }`, as `from`. Throws what `obtain` throws.
 *
 * @example const [first] = await austen()
 */
export async function austen(options: LoadOptions = {}): Promise<Novel[]> {
  const [bytes] = await obtain({ ...options, name: 'austen', files: [file], sources })
  const lines = new TextDecoder().decode(bytes).trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as Novel)
}
