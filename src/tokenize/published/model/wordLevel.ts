/** Whole words as tokens. */
import type { Fields } from '../fields.js'
import type { PieceModel } from './model.js'
import { unknownId, vocabularyOf } from './vocabulary.js'

/** The model `WordLevel`: a piece is a token, or unknown. */
export function wordLevel(fields: Fields): PieceModel {
  const vocabulary = vocabularyOf(fields)
  const unknown = fields.text('unk_token', '<unk>')
  return {
    kind: 'WordLevel',
    vocabulary,
    unknown,
    symbols: (word) => ({ ids: [vocabulary.get(word) ?? unknownId(vocabulary, unknown, word)], starts: [0], ends: [word.length] }),
  }
}
