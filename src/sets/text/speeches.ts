/** Speeches: the State of the Union addresses of American presidents, 1790 to 2021. */
import type { LoadOptions } from '../../data/fetch/obtain.js'
import { obtain } from '../../data/fetching.js'
import { stdlibConverted } from '../stdlib.js'

/** A speech, or a written message where none was held. */
export interface Speech {
  readonly year: number
  readonly president: string
  /** d Democrat, dr Democratic-Republican, f Federalist, n none, nu National Union, r Republican, w Whig, wd Whig and Democrat */
  readonly party: string
  readonly text: string
}

const file = { name: 'speeches.jsonl', checksum: { md5: '0d103d81db6059e782299a5c3d35cd03' } }
const sources = stdlibConverted('datasets-sotu', '0.2.3', {
  wants: (path) => /^data\/\d{4}_[a-z_]+_[a-z]+\.txt$/.test(path),
  make: (members) => {
    const decoder = new TextDecoder()
    const lines = [...members].map(([path, bytes]) => {
      const [, year, name, party] = /(\d{4})_([a-z_]+)_([a-z]+)\.txt$/.exec(path)!
      const president = name!.replace(/(^|_)([a-z])/g, (_, gap: string, letter: string) => `${gap && ' '}${letter.toUpperCase()}`)
      return `${JSON.stringify({ year: Number(year), president, party, text: decoder.decode(bytes) })}\n`
    })
    return { [file.name]: lines.join('') }
  },
})

/** 233 speeches, 10.8 million characters, oldest first; public domain. Fetched once (7.2 MB). Throws what `obtain` throws. */
export async function speeches(options: LoadOptions = {}): Promise<Speech[]> {
  const [bytes] = await obtain({ ...options, name: 'speeches', files: [file], sources })
  const lines = new TextDecoder().decode(bytes).trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as Speech)
}
