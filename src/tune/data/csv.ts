/** Examples in a table as text: fields by the names of its first line. */
import { RowReader } from '../../data/formats/delimited.js'
import { HebbError } from '../../tensor/errors.js'
import type { Found } from './row.js'
import { mostRow, piecesOf } from './text.js'

/** The rows, named by file and the line they begin at. A field without anything is missing. */
export async function* csvRows(path: string): AsyncGenerator<Found, void, undefined> {
  const reader = new RowReader(/\.tsv$/i.test(path) ? '\t' : ',')
  let names: readonly string[] | undefined
  const found = function* (text: string, last: boolean): Generator<Found, void, undefined> {
    for (const { fields, line } of rowsOf(path, reader, text, last)) {
      if (fields.length === 1 && fields[0]!.trim() === '') continue
      if (!names) {
        names = fields.map((name) => name.replace(/^\uFEFF/, '').trim())
        continue
      }
      const where = `${path}, line ${line}`
      if (fields.length !== names.length)
        throw new HebbError(`${where}: it has ${fields.length} fields, and the first line names ${names.length}: ${names.join(', ')}`)
      yield { where, example: Object.fromEntries(names.map((name, i) => [name, fields[i] === '' ? null : fields[i]])) }
    }
    if (reader.pending > mostRow) throw new HebbError(`${path}: a row is longer than ${mostRow} letters: is a quote left open?`)
  }
  for await (const piece of piecesOf(path)) yield* found(piece, false)
  yield* found('', true)
}

function* rowsOf(path: string, reader: RowReader, text: string, last: boolean): ReturnType<RowReader['read']> {
  try {
    yield* reader.read(text, last)
  } catch (error) {
    if (error instanceof HebbError) throw new HebbError(`${path}: ${error.message.replace(/^csv: /, '')}`)
    throw error
  }
}
