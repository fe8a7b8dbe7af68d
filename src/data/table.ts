/** Tables: delimited text as named columns of numbers, booleans or words. */

import { inOneGo, inPieces, type Steps } from '../host/pace.js'
import { HebbError } from '../tensor/errors.js'
import { RowReader } from './formats/delimited.js'

/** How text is read as a table. */
export interface TableOptions {
  /** false: the first line is data, and columns are called c0, c1, …; true */
  readonly header?: boolean | undefined
  /** between fields; found out from the first line otherwise: comma, semicolon, tab or bar */
  readonly separator?: string | undefined
  /** how missing values are written, besides the empty field; NA, NaN, null, ? */
  readonly missing?: readonly string[] | undefined
}

/** One column; `missing` holds the rows without a value, in order (NaN among numbers and booleans, '' among words). */
export type TableColumn = { readonly name: string; readonly missing: ReadonlySet<number> } & (
  | { readonly kind: 'numbers'; readonly values: Float64Array }
  | { readonly kind: 'booleans'; readonly values: Float64Array }
  | { readonly kind: 'words'; readonly values: readonly string[] }
)

/** Columns of one length. */
export interface Table {
  /** number of rows */
  readonly length: number
  readonly columns: readonly TableColumn[]
  /** the line each row began in, counted from 1 */
  readonly lines: Int32Array
}

/** Text in pieces: a stream of a file, the body of a response, a list of strings. */
export type TextPieces = Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>

/**
 * Reads delimited text. A column holds numbers if all its values are decimal numbers, booleans if all are true or false (any case), else words.
 * Throws HebbError for an empty table, a row with another number of fields, an open quote, or two columns of one name; each names the line.
 */
export function parseTable(text: string, options: TableOptions = {}): Table {
  const builder = new TableBuilder(options)
  inOneGo(builder.add(text, true))
  return inOneGo(builder.finish())
}

/** {@link parseTable} of text that comes in pieces (bytes as UTF-8), with turns of the event loop in between. */
export async function readTable(pieces: TextPieces, options: TableOptions = {}): Promise<Table> {
  const builder = new TableBuilder(options)
  const decoder = new TextDecoder()
  for await (const piece of pieces)
    await inPieces(builder.add(typeof piece === 'string' ? piece : decoder.decode(piece, { stream: true }), false))
  await inPieces(builder.add(decoder.decode(), true))
  return inPieces(builder.finish())
}

/** Characters, or fields, between two pauses: a few milliseconds. */
const perPause = 1 << 14
/** The separator is looked for in at most so many characters of the first line. */
const mostGuessed = 1 << 20

/** Rows gathered into columns of text, which are typed at the end. */
class TableBuilder {
  #reader: RowReader | undefined
  #separator = ''
  #start = ''
  #header: readonly string[] | undefined
  #width = 0
  readonly #columns: string[][] = []
  readonly #lines: number[] = []

  readonly #options: TableOptions

  constructor(options: TableOptions) {
    this.#options = options
  }

  *add(piece: string, last: boolean): Steps<void> {
    let text = piece
    if (!this.#reader) {
      this.#start += piece
      // the separator is found out from the whole first line
      if (this.#options.separator === undefined && !last && this.#start.length < mostGuessed && !/[\r\n]/.test(piece)) return
      this.#separator = this.#options.separator ?? guessSeparator(this.#start.slice(0, mostGuessed))
      this.#reader = new RowReader(this.#separator)
      text = this.#start
      this.#start = ''
    }
    const begin = this.#reader.pending + text.length
    let paused = begin
    for (const { fields, line } of this.#reader.read(text, last)) {
      this.#row(fields, line)
      if (paused - this.#reader.pending < perPause) continue
      paused = this.#reader.pending
      yield
    }
  }

  #row(fields: readonly string[], line: number): void {
    if (this.#width === 0) {
      this.#width = fields.length
      const { header = true } = this.#options
      const names = header ? fields.map((name) => name.trim()) : fields.map((_, j) => `c${j}`)
      this.#header = names
      for (const _ of names) this.#columns.push([])
      if (header) return
    }
    // a line without anything is a blank line, not a row, unless there is only one column
    if (fields.length === 1 && this.#width > 1 && fields[0]!.trim() === '') return
    if (fields.length !== this.#width) {
      const shown = fields.slice(0, 4).join(this.#separator)
      throw new HebbError(
        `csv: line ${line} has ${fields.length} fields where the first has ${this.#width}: ${shown.length > 80 ? `${shown.slice(0, 80)}…` : shown}`,
      )
    }
    for (let j = 0; j < this.#width; j++) this.#columns[j]!.push(fields[j]!.trim())
    this.#lines.push(line)
  }

  *finish(): Steps<Table> {
    const [names, lines, columns] = [this.#header, this.#lines, this.#columns]
    const { missing = ['NA', 'NaN', 'null', '?'] } = this.#options
    if (!names || lines.length === 0) throw new HebbError('csv: the table has no rows')
    const seen = new Set<string>()
    for (const name of names) {
      if (seen.has(name)) throw new HebbError(`csv: two columns are called ${name === '' ? 'nothing' : name}: rename one`)
      seen.add(name)
    }
    const absent = new Set(['', ...missing])
    const typedColumns: TableColumn[] = []
    for (const [j, name] of names.entries()) {
      typedColumns.push(yield* typed(name, columns[j]!, absent))
      columns[j] = []
    }
    return { length: lines.length, columns: typedColumns, lines: Int32Array.from(lines) }
  }
}

// one way to match each text: nothing is tried twice, however long it is
const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/
const boolean = /^(?:true|false)$/i

/** A column as what all its fields are. */
function* typed(name: string, fields: readonly string[], absent: ReadonlySet<string>): Steps<TableColumn> {
  const missing = new Set<number>()
  let numbers = true
  let booleans = true
  const values = new Float64Array(fields.length)
  for (let i = 0; i < fields.length; i++) {
    if (i % perPause === perPause - 1) yield
    const field = fields[i]!
    if (absent.has(field)) {
      missing.add(i)
      values[i] = Number.NaN
      continue
    }
    numbers &&= decimal.test(field)
    booleans &&= boolean.test(field)
    if (numbers) values[i] = Number(field)
    else if (booleans) values[i] = Number(field.length === 4)
    else break
  }
  if (numbers) return { name, missing, kind: 'numbers', values }
  if (booleans) return { name, missing, kind: 'booleans', values }
  const words: string[] = []
  missing.clear()
  for (let i = 0; i < fields.length; i++) {
    if (i % perPause === perPause - 1) yield
    const field = fields[i]!
    if (absent.has(field)) missing.add(i)
    words.push(absent.has(field) ? '' : field)
  }
  return { name, missing, kind: 'words', values: words }
}

/** The separator the first line has most of, outside quotes; a comma if none. */
function guessSeparator(text: string): string {
  const line = /^[^\r\n]*/.exec(text)![0]
  const counts = new Map([',', ';', '\t', '|'].map((sign) => [sign, 0]))
  for (let i = 0; i < line.length; i++) {
    const sign = line[i]!
    if (sign === '"') {
      const end = line.indexOf('"', i + 1)
      if (end > 0) i = end
    } else if (counts.has(sign)) counts.set(sign, counts.get(sign)! + 1)
  }
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best))[0]
}
