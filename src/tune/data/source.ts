/** Where examples come from: lists, and files of one JSON object a line, tables as CSV, and parquet, read as they are needed. */
import { HebbError } from '../../tensor/errors.js'
import { csvRows } from './csv.js'
import { jsonLines } from './jsonl.js'
import { parquetRows } from './parquet.js'
import type { Found } from './row.js'

/** Examples in a list, or the path of a .jsonl, .csv, .tsv or .parquet file. */
export type Examples = readonly unknown[] | string

const kinds: readonly (readonly [RegExp, (path: string) => AsyncGenerator<Found, void, undefined>])[] = [
  [/\.(jsonl|ndjson)$/i, jsonLines],
  [/\.(csv|tsv)$/i, csvRows],
  [/\.parquet$/i, parquetRows],
]

/** The examples, one after the other. Throws HebbError naming file and line, or row, for what cannot be read. */
export async function* examplesOf(data: Examples): AsyncGenerator<Found, void, undefined> {
  if (typeof data !== 'string') {
    for (const [i, example] of data.entries()) yield { where: `example ${i}`, example }
    return
  }
  const read = kinds.find(([pattern]) => pattern.test(data))?.[1]
  if (!read) throw new HebbError(`${data} is of no kind that is read: give a .jsonl, .csv or .parquet file, or a list`)
  yield* read(data)
}
