/** Byte-pair encoding: words as the pieces that are common in a text. */
import { HebbError } from '../../tensor/index.js'
import { learnMerges, merged } from './pairs.js'

/** Ids that stand for no piece of text. */
export const specialIds = { pad: 0, start: 1, end: 2, unknown: 3 } as const
const specials = ['<pad>', '<start>', '<end>', '<unk>'] as const

/** The mark of a word that follows white space. */
const space = '▁'

/** Text as pieces with numbers, and back. */
export interface BpeTokenizer {
  /** number of ids, V, the four special ones included */
  readonly size: number
  /** the pieces by id; `▁` stands for the white space before a word */
  readonly pieces: readonly string[]
  /** Text as ids, without start and end; characters never seen become `unknown`. */
  encode(text: string): Int32Array
  /** Ids as text; special ones but `unknown` leave no trace. Throws HebbError for an id outside 0 … V − 1. */
  decode(ids: ArrayLike<number>): string
}

/** Words, numbers and single marks; one that follows white space, or begins the text, carries the mark. */
export const splitWords = (text: string): string[] =>
  Array.from(text.matchAll(/[\p{L}\p{M}]+|\p{N}+|[^\s\p{L}\p{M}\p{N}]/gu), ({ index, 0: word }) =>
    index === 0 || /\s/.test(text[index - 1]!) ? space + word : word,
  )

/**
 * Learns pieces from texts: single characters at first, then again and again the commonest pair of neighbours within a word as a piece of
 * its own, until there are `vocabulary` ids or nothing comes twice [Sennrich 2016]. Pieces do not cross words, numbers and punctuation.
 * Texts come back as they were but for runs of white space, which become one blank.
 * Throws HebbError when there is no text, or more different characters than ids.
 *
 * @example
 * const bpe = learnBpe(['low lower lowest'], { vocabulary: 20 })
 * bpe.decode(bpe.encode('lower')) // 'lower'
 */
export function learnBpe(texts: Iterable<string>, { vocabulary }: { readonly vocabulary: number }): BpeTokenizer {
  const counts = new Map<string, number>()
  for (const text of texts) for (const word of splitWords(text)) counts.set(word, (counts.get(word) ?? 0) + 1)
  const characters = [...new Set([...counts.keys()].flatMap((word) => [...word]))].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!)
  if (characters.length === 0) throw new HebbError('learnBpe: there is no text to learn from')
  const first = specials.length + characters.length
  if (!Number.isInteger(vocabulary) || vocabulary < first)
    throw new HebbError(
      `learnBpe: a vocabulary of ${vocabulary} does not hold ${characters.length} characters and ${specials.length} special ids`,
    )
  const ids = new Map(characters.map((character, i) => [character, specials.length + i]))
  const words = [...counts].map(([word, count]) => [[...word].map((character) => ids.get(character)!), count] as const)
  return bpeFrom({ characters, merges: learnMerges(words, first, vocabulary - first) })
}

/** A tokenizer from what was learned: the characters, and the pairs of ids that merge, in order. */
export function bpeFrom({
  characters,
  merges,
}: {
  readonly characters: readonly string[]
  readonly merges: readonly (readonly [number, number])[]
}): BpeTokenizer {
  const pieces: string[] = [...specials, ...characters]
  for (const [a, b] of merges) pieces.push(pieces[a]! + pieces[b]!)
  const first = specials.length + characters.length
  const ids = new Map(characters.map((character, i) => [character, specials.length + i]))
  const rank = new Map(merges.map(([a, b], i) => [`${a} ${b}`, i]))
  const known = new Map<string, readonly number[]>()
  const wordIds = (word: string): readonly number[] => {
    let symbols = [...word].map((character) => ids.get(character) ?? specialIds.unknown)
    for (;;) {
      let best = Number.POSITIVE_INFINITY
      for (let i = 0; i + 1 < symbols.length; i++) best = Math.min(best, rank.get(`${symbols[i]} ${symbols[i + 1]}`) ?? best)
      if (best === Number.POSITIVE_INFINITY) return symbols
      symbols = merged(symbols, ...merges[best]!, first + best)
    }
  }
  return {
    size: pieces.length,
    pieces,
    encode(text) {
      const out: number[] = []
      for (const word of splitWords(text)) {
        const found = known.get(word) ?? wordIds(word)
        known.set(word, found)
        for (const id of found) out.push(id)
      }
      return Int32Array.from(out)
    },
    decode(given) {
      let text = ''
      for (let i = 0; i < given.length; i++) {
        const id = given[i]!
        const piece = pieces[id]
        if (piece === undefined) throw new HebbError(`decode: id ${id} at place ${i} is not in 0 … ${pieces.length - 1}`)
        if (id >= specials.length) text += piece
        else if (id === specialIds.unknown) text += '\ufffd'
      }
      return text.replaceAll(space, ' ').replace(/^ /, '')
    },
  }
}
