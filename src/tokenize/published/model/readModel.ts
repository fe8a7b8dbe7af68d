/** Models of tokenizer.json: what the pieces of a text become. */
import { HebbError } from '../../../tensor/index.js'
import type { Fields } from '../fields.js'
import { bytePairs } from './bytePairs.js'
import type { PieceModel, Symbols } from './model.js'
import { unigram } from './unigram.js'
import { wordLevel } from './wordLevel.js'
import { wordPiece } from './wordPiece.js'

const kinds: Readonly<Record<PieceModel['kind'], (fields: Fields) => PieceModel>> = {
  BPE: bytePairs,
  Unigram: unigram,
  WordPiece: wordPiece,
  WordLevel: wordLevel,
}

/** What a model without a name of its kind must be: older files have none. */
function guessed(fields: Fields): PieceModel['kind'] {
  if (fields.has('merges')) return 'BPE'
  if (Array.isArray(fields.get('vocab'))) return 'Unigram'
  return fields.has('continuing_subword_prefix') ? 'WordPiece' : 'WordLevel'
}

/** pieces whose symbols are remembered at most, and how long such a piece may be */
const [mostKnown, longestKnown] = [100_000, 256]

/** The model of tokenizer.json. Throws HebbError for a kind that is not known, and for vocabulary and merges that do not fit. */
export function readModel(fields: Fields): PieceModel {
  const type = fields.text('type', guessed(fields))
  const kind = (Object.keys(kinds) as PieceModel['kind'][]).find((one) => one === type)
  if (!kind) throw new HebbError(`${fields.path}: a model '${type}' is not known: there are ${Object.keys(kinds).join(', ')}`)
  const model = kinds[kind](fields)
  const known = new Map<string, Symbols>()
  return {
    ...model,
    symbols(piece) {
      let found = known.get(piece)
      if (!found) {
        found = model.symbols(piece)
        if (known.size >= mostKnown) known.clear()
        if (piece.length <= longestKnown) known.set(piece, found)
      }
      return found
    },
  }
}
