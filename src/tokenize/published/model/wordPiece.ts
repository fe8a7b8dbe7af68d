/** WordPiece: the longest token that a word begins with, then the longest of what is left [Schuster 2012]. */
import type { Fields } from '../fields.js'
import type { PieceModel, Symbols } from './model.js'
import { unknownId, vocabularyOf } from './vocabulary.js'

/** The model `WordPiece`. A word that cannot be made of tokens, or is longer than `max_input_chars_per_word`, is one unknown token. */
export function wordPiece(fields: Fields): PieceModel {
  const vocabulary = vocabularyOf(fields)
  const unknown = fields.text('unk_token', '[UNK]')
  const [prefix, most] = [fields.text('continuing_subword_prefix', '##'), fields.whole('max_input_chars_per_word', 100)]

  function symbols(word: string): Symbols {
    const bounds = [0]
    for (const character of word) bounds.push(bounds.at(-1)! + character.length)
    const whole = (): Symbols => ({ ids: [unknownId(vocabulary, unknown, word)], starts: [0], ends: [word.length] })
    if (bounds.length - 1 > most) return whole()
    const [ids, starts, ends]: [number[], number[], number[]] = [[], [], []]
    for (let from = 0; from < bounds.length - 1; ) {
      let to = bounds.length - 1
      let id: number | undefined
      while (to > from) {
        id = vocabulary.get((from > 0 ? prefix : '') + word.slice(bounds[from], bounds[to]))
        if (id !== undefined) break
        to--
      }
      if (id === undefined) return whole()
      ids.push(id)
      starts.push(bounds[from]!)
      ends.push(bounds[to]!)
      from = to
    }
    return { ids, starts, ends }
  }
  return { kind: 'WordPiece', vocabulary, unknown, symbols }
}
