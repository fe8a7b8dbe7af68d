/** Tables: delimited text as named columns of numbers, booleans or words. */
import Papa from 'papaparse'
import { HebbError } from '../tensor/errors.js'

/** How text is read as a table. */
export interface TableOptions {
  /** false: the first line is data, and columns are called c0, c1, …; true */
  readonly header?: boolean
  /** between fields; found out from the first line otherwise: comma, semicolon, tab or bar */
  readonly separator?: string
  /** how missing values are written, besides the empty field; NA, NaN, null, ? */
  readonly missing?: readonly string[]
}

/** One column; `missing` holds the rows without a value (NaN among numbers and booleans, '' among words). */
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

/**
 * Reads delimited text. A column holds numbers if all its values are decimal numbers, booleans if all are true or false (any case), else words.
 * Throws HebbError for an empty table, a row with another number of fields, an open quote, or two columns of one name; each names the line.
 */
export function parseTable(text: string, { header = true, separator, missing = ['NA', 'NaN', 'null', '?'] }: TableOptions = {}): Table {
  const delimiter = separator ?? guessSeparator(text)
  const { data, errors } = Papa.parse<string[]>(text, { delimiter })
  const malformed = errors.find(({ type }) => type === 'Quotes')
  const lines = linesOf(data)
  if (malformed)
    throw new HebbError(
      `csv: line ${lines[malformed.row ?? 0]}: a quoted field is not closed, or goes on after its quote (${malformed.message})`,
    )
  const width = data[0]?.length ?? 0
  // a line without anything is a blank line, not a row, unless there is only one column
  const rows: number[] = []
  data.forEach((fields, i) => {
    const blank = fields.length === 1 && fields[0]!.trim() === ''
    if (blank && (width > 1 || i === data.length - 1)) return
    if (fields.length !== width)
      throw new HebbError(
        `csv: line ${lines[i]} has ${fields.length} fields where the first has ${width}: ${fields.slice(0, 4).join(delimiter)}`,
      )
    rows.push(i)
  })
  const first = header ? 1 : 0
  if (rows.length <= first) throw new HebbError('csv: the table has no rows')
  const names = header ? data[rows[0]!]!.map((name) => name.trim()) : Array.from({ length: width }, (_, j) => `c${j}`)
  const twice = names.find((name, j) => names.indexOf(name) !== j)
  if (twice !== undefined) throw new HebbError(`csv: two columns are called ${twice === '' ? 'nothing' : twice}: rename one`)
  const body = rows.slice(first)
  const absent = new Set(['', ...missing])
  const columns = names.map((name, j) =>
    typed(
      name,
      body.map((i) => data[i]![j]!.trim()),
      absent,
    ),
  )
  return { length: body.length, columns, lines: Int32Array.from(body, (i) => lines[i]!) }
}

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/

function typed(name: string, fields: readonly string[], absent: ReadonlySet<string>): TableColumn {
  const missing = new Set<number>()
  let numbers = true
  let booleans = true
  fields.forEach((field, i) => {
    if (absent.has(field)) missing.add(i)
    else {
      numbers &&= decimal.test(field)
      booleans &&= /^(true|false)$/i.test(field)
    }
  })
  if (numbers)
    return { name, missing, kind: 'numbers', values: Float64Array.from(fields, (f, i) => (missing.has(i) ? Number.NaN : Number(f))) }
  if (booleans)
    return {
      name,
      missing,
      kind: 'booleans',
      values: Float64Array.from(fields, (f, i) => (missing.has(i) ? Number.NaN : Number(/^t/i.test(f)))),
    }
  return { name, missing, kind: 'words', values: fields.map((f, i) => (missing.has(i) ? '' : f)) }
}

/** The separator the first line has most of; a comma if none. */
function guessSeparator(text: string): string {
  const line = /^[^\r\n]*/.exec(text)![0].replace(/"[^"]*"/g, '')
  const counts = [',', ';', '\t', '|'].map((s): [string, number] => [s, line.split(s).length])
  return counts.reduce((best, next) => (next[1] > best[1] ? next : best))[0]
}

/** The line each row begins in: quoted fields may hold line breaks. */
function linesOf(data: readonly (readonly string[])[]): Int32Array {
  const lines = new Int32Array(data.length)
  let line = 1
  data.forEach((fields, i) => {
    lines[i] = line
    line += 1 + fields.reduce((n, field) => n + (field.match(/\r\n|\r|\n/g)?.length ?? 0), 0)
  })
  return lines
}
