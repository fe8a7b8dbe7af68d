/** Words as ids. */
import { HebbError } from '../tensor/index.js'
import {
  checkIds,
  type ListedTokenizer,
  type SavedWords,
  type SpecialName,
  type SpecialOptions,
  specialsOf,
  unknownText,
} from './tokenizer.js'

/** The words of a text: lower case, letters and digits with inner apostrophes, in order. */
export const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+(?:['’][\p{L}]+)*/gu) ?? []

/** How a text falls into words: `words` as {@link wordsOf}, `spaces` as they stand between white space. */
export type WordSplit = 'words' | 'spaces'

const splits: Readonly<Record<WordSplit, (text: string) => string[]>> = { words: wordsOf, spaces: (text) => text.match(/\S+/g) ?? [] }

/** Which words are kept. */
export interface WordsOptions<Has extends SpecialName = 'pad' | 'unk'> extends SpecialOptions<Has> {
  /** words in at least this many places; default 1 */
  readonly minCount?: number | undefined
  /** at most this many, the commonest; default all */
  readonly maxTokens?: number | undefined
  /** default `words` */
  readonly split?: WordSplit | undefined
}

/**
 * A tokenizer of the words of the training texts, commonest first, ties in alphabetical order; `special` ids, by default pad and unk, come
 * before them. A word never seen becomes `unk`; without one `encode` throws HebbError, naming the word. `decode` joins words by blanks.
 * Throws HebbError when no word is left.
 *
 * @example words(['A rose is a rose']).encode('a tulip') // Int32Array [2, 1]
 */
export function words<const Has extends SpecialName = 'pad' | 'unk'>(
  texts: Iterable<string>,
  options: WordsOptions<Has> = {},
): ListedTokenizer<Has> {
  const { minCount = 1, maxTokens, split = 'words' } = options
  const special: readonly SpecialName[] = options.special ?? ['pad', 'unk']
  const counts = new Map<string, number>()
  for (const text of texts) for (const word of splitter(split)(text)) counts.set(word, (counts.get(word) ?? 0) + 1)
  const kept = [...counts]
    .filter(([, count]) => count >= minCount)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, maxTokens)
  if (kept.length === 0) throw new HebbError(`words: no word comes ${minCount} times in ${counts.size} different ones`)
  return wordsFrom({ special, split, tokens: kept.map(([word]) => word) }) as ListedTokenizer<Has>
}

function splitter(split: WordSplit): (text: string) => string[] {
  const found = splits[split]
  if (!found) throw new HebbError(`words: a split '${String(split)}' is not known: there are ${Object.keys(splits).join(', ')}`)
  return found
}

/** The tokenizer of words known before, in the order of their ids. */
export function wordsFrom({ special, split, tokens: list }: Omit<SavedWords, 'kind'>): ListedTokenizer {
  const { names, ids: specials, written } = specialsOf('words', special)
  const [first, wordsIn] = [names.length, splitter(split)]
  const ids = new Map(list.map((word, i) => [word, first + i]))
  if (ids.size !== list.length) throw new HebbError('words: a word is in the list twice')
  const tokens = [...written, ...list]
  return {
    size: tokens.length,
    special: specials,
    tokens,
    encode: (text) =>
      Int32Array.from(wordsIn(text), (word, i) => {
        const id = ids.get(word) ?? specials.unk
        if (id === undefined)
          throw new HebbError(
            `encode: '${word}', word ${i}, is not among the ${list.length} of the tokenizer, which has no id for unknown ones`,
          )
        return id
      }),
    decode(given) {
      checkIds(given, tokens.length)
      return Array.from(given, (id) => (id >= first ? tokens[id]! : id === specials.unk ? unknownText : ''))
        .filter((word) => word !== '')
        .join(' ')
    },
    toJSON: () => ({ kind: 'words', special: names, split, tokens: list }),
  }
}
