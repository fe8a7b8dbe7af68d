/** Vocabularies of tokenizer.json that are objects: a token and its id. */
import { HebbError } from '../../../tensor/index.js'
import type { Fields } from '../fields.js'

/** ids there can be at most */
export const mostIds = 2 ** 21

/** Throws HebbError unless a number can be an id. */
export function checkId(id: unknown, what: string): number {
  if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id >= mostIds)
    throw new HebbError(`${what}: an id of ${JSON.stringify(id)} is not a whole number from 0 to ${mostIds - 1}`)
  return id
}

/** The field `vocab` as a map from tokens to ids. */
export function vocabularyOf(fields: Fields): Map<string, number> {
  const vocabulary = fields.object('vocab')
  return new Map(
    Object.entries(vocabulary.value).map(([token, id]) => [token, checkId(id, `${vocabulary.path} of ${JSON.stringify(token)}`)]),
  )
}

/** The id of the token for what is not known. Throws HebbError when it is asked for and there is none. */
export function unknownId(vocabulary: ReadonlyMap<string, number>, unknown: string | undefined, piece: string): number {
  const id = unknown === undefined ? undefined : vocabulary.get(unknown)
  if (id === undefined)
    throw new HebbError(
      `encode: ${JSON.stringify(piece)} is not known, and ${unknown === undefined ? 'the model has no token for that' : `its token '${unknown}' for that is not in the vocabulary`}`,
    )
  return id
}
