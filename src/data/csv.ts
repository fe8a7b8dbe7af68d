/** CSV: text to typed columns, and columns to a data set with a target. */

import { inOneGo, inPieces, type Steps } from '../host/pace.js'
import { HebbError } from '../tensor/errors.js'
import { Dataset } from './dataset.js'
import { range } from './order.js'
import { parseTable, readTable, type Table, type TableColumn, type TableOptions, type TextPieces } from './table.js'

/** How a table becomes numbers. */
export interface CsvOptions extends TableOptions {
  /** the column to predict; without it the set has x only */
  readonly target?: string | undefined
  /** columns x is made of, in this order; all but the target otherwise */
  readonly features?: readonly string[] | undefined
  /** columns left out of x */
  readonly drop?: readonly string[] | undefined
  /** words as features: one 0/1 column per word ('onehot'), or the word's number in sorted order ('ids'); 'onehot' */
  readonly words?: 'onehot' | 'ids' | undefined
  /** what becomes of missing values: an 'error', 'drop' the row, the 'mean' of the column (for words: none of them), or 'nan'; 'error' */
  readonly onMissing?: 'error' | 'drop' | 'mean' | 'nan' | undefined
  /** true: a numeric target holds classes, one per distinct number; false */
  readonly classes?: boolean | undefined
}

/** A data set from a table, and what its columns mean. */
export interface CsvData<F extends string> {
  /** x (number of features) f32; y f32 for a numeric target, i32 class ids for words, booleans or `classes: true` */
  readonly data: Dataset<F>
  /** names of the columns of x; `color=red` for one word of a column */
  readonly features: readonly string[]
}

/** Words beyond this many distinct ones are names or free text, not a feature. */
const mostWords = 1000

/**
 * A data set from CSV text: x holds the features as f32, y the target. Numbers stay numbers, true and false become 1 and 0, other words
 * one column each. Throws HebbError for malformed text (naming the line), unknown columns, missing values unless `onMissing` says
 * what to do, and columns with more than 1000 different words. Nothing else goes on meanwhile, about 50 ms a megabyte: for large texts see {@link readCsv}.
 *
 * @example const { data, features } = csv('size,color,price\n1,red,10\n2,blue,20\n', { target: 'price' }) // features: size, color=blue, color=red
 */
export function csv(text: string, options: CsvOptions & { readonly target: string }): CsvData<'x' | 'y'>
export function csv(text: string, options?: CsvOptions): CsvData<'x'>
export function csv(text: string, options: CsvOptions = {}): CsvData<'x'> | CsvData<'x' | 'y'> {
  return inOneGo(dataOf(parseTable(text, options), options))
}

/**
 * {@link csv} of text that comes in pieces, strings or bytes in UTF-8: a stream of a file, the body of a response, or `[text]`. Timers, sockets and
 * signals get their turn every few milliseconds, and no more of the file is held than its fields. Throws what `csv` throws, and what the pieces throw.
 *
 * @example
 * import { createReadStream } from 'node:fs'
 * const { data } = await readCsv(createReadStream('flights.csv'), { target: 'delay', onMissing: 'drop' })
 */
export function readCsv(pieces: TextPieces, options: CsvOptions & { readonly target: string }): Promise<CsvData<'x' | 'y'>>
export function readCsv(pieces: TextPieces, options?: CsvOptions): Promise<CsvData<'x'>>
export async function readCsv(pieces: TextPieces, options: CsvOptions = {}): Promise<CsvData<'x'> | CsvData<'x' | 'y'>> {
  return inPieces(dataOf(await readTable(pieces, options), options))
}

/** Numbers written between two pauses: a few milliseconds. */
const perPause = 1 << 16

function* dataOf(table: Table, options: CsvOptions): Steps<CsvData<'x'> | CsvData<'x' | 'y'>> {
  const { target, onMissing = 'error', words = 'onehot' } = options
  const features = featuresOf(table, options)
  const goal = target === undefined ? undefined : columnOf(table, target)
  const rows = yield* keptRows(table, goal ? [...features, goal] : features, goal, onMissing)
  const encoded: Encoded[] = []
  for (const column of features) {
    if (column.kind === 'words') encoded.push(...(yield* encodeWords(column, words)))
    else encoded.push(encodeNumbers(column, rows, onMissing))
    yield
  }
  if (encoded.length === 0) throw new HebbError('csv: no features are left: x would be empty')
  const x = new Float32Array(rows.length * encoded.length)
  let written = 0
  for (const [j, { at }] of encoded.entries())
    for (let i = 0; i < rows.length; i++) {
      x[i * encoded.length + j] = at(rows[i]!)
      if (++written % perPause === 0) yield
    }
  const names = encoded.map(({ name }) => name)
  const inputs = { data: x, shape: [names.length], dtype: 'f32' } as const
  if (!goal) return { data: new Dataset({ x: inputs }), features: names }
  const { y, classes } = yield* encodeTarget(goal, rows, options.classes ?? false)
  const dtype = y instanceof Int32Array ? 'i32' : 'f32'
  return { data: new Dataset({ x: inputs, y: { data: y, shape: [], dtype } }, { classes }), features: names }
}

function columnOf(table: Table, name: string): TableColumn {
  const column = table.columns.find((c) => c.name === name)
  if (!column) throw new HebbError(`csv: there is no column ${name}: the table has ${table.columns.map((c) => c.name).join(', ')}`)
  return column
}

function featuresOf(table: Table, { target, features, drop = [] }: CsvOptions): TableColumn[] {
  if (target !== undefined && features?.includes(target))
    throw new HebbError(`csv: ${target} is the target and a feature: the model would be told the answer`)
  const chosen = features ? features.map((name) => columnOf(table, name)) : table.columns.filter(({ name }) => name !== target)
  const left = new Set(drop.map((name) => columnOf(table, name)))
  return chosen.filter((column) => !left.has(column))
}

/** The rows that stay. */
function* keptRows(
  table: Table,
  columns: readonly TableColumn[],
  goal: TableColumn | undefined,
  onMissing: CsvOptions['onMissing'],
): Steps<Int32Array> {
  if (onMissing === 'drop') {
    const kept = new Int32Array(table.length)
    let n = 0
    for (let i = 0; i < table.length; i++) {
      if (columns.every((column) => !column.missing.has(i))) kept[n++] = i
      if (i % perPause === perPause - 1) yield
    }
    if (n === 0) throw new HebbError('csv: every row lacks a value: none is left after dropping those')
    return kept.slice(0, n)
  }
  for (const column of columns) {
    if (column.missing.size === 0 || (onMissing !== 'error' && column !== goal)) continue
    const [first] = column.missing
    const cure = column === goal ? "onMissing: 'drop' leaves such rows out" : "choose onMissing: 'drop', 'mean' or 'nan'"
    throw new HebbError(
      `csv: column ${column.name} lacks ${column.missing.size} of ${table.length} values, the first in line ${table.lines[first!]}: ${cure}`,
    )
  }
  return range(0, table.length)
}

/** One column of x: its name and its number in a row of the table. */
interface Encoded {
  readonly name: string
  readonly at: (row: number) => number
}

function encodeNumbers(
  column: TableColumn & { kind: 'numbers' | 'booleans' },
  rows: Int32Array,
  onMissing: CsvOptions['onMissing'],
): Encoded {
  const { values, missing, name } = column
  if (missing.size === 0 || onMissing !== 'mean') return { name, at: (row) => values[row]! }
  let [sum, present] = [0, 0]
  for (const row of rows)
    if (!missing.has(row)) {
      sum += values[row]!
      present++
    }
  if (present === 0) throw new HebbError(`csv: column ${name} has no value at all, so no mean: drop it`)
  const mean = sum / present
  return { name, at: (row) => (missing.has(row) ? mean : values[row]!) }
}

function* encodeWords({ name, values, missing }: TableColumn & { kind: 'words' }, style: 'onehot' | 'ids'): Steps<Encoded[]> {
  const { ids, classes } = yield* classSteps(values)
  const known = missing.size > 0 ? classes.filter((word) => word !== '') : classes
  if (known.length > mostWords)
    throw new HebbError(
      `csv: column ${name} has ${known.length} different words: that is text, not a feature: leave it out with drop: ['${name}']`,
    )
  const offset = classes.length - known.length // the empty word, sorted first, stands for missing ones
  if (style === 'ids') return [{ name, at: (row) => (missing.has(row) ? Number.NaN : ids[row]! - offset) }]
  return known.map((word, k) => ({ name: `${name}=${word}`, at: (row) => (ids[row] === k + offset ? 1 : 0) }))
}

/** Class ids as `classIds` gives them, with pauses. */
function* classSteps(names: readonly string[]): Steps<{ ids: Int32Array; classes: string[] }> {
  const order = new Map<string, number>()
  const arrived = new Int32Array(names.length)
  for (const [i, name] of names.entries()) {
    const id = order.get(name) ?? order.size
    order.set(name, id)
    arrived[i] = id
    if (i % perPause === perPause - 1) yield
  }
  const classes = [...order.keys()].sort()
  yield
  const place = new Int32Array(classes.length)
  for (const [k, name] of classes.entries()) place[order.get(name)!] = k
  yield
  return { ids: arrived.map((id) => place[id]!), classes }
}

function* encodeTarget(
  goal: TableColumn,
  rows: Int32Array,
  asClasses: boolean,
): Steps<{ y: Float32Array | Int32Array; classes: readonly string[] | undefined }> {
  if (goal.kind === 'words') {
    const { ids, classes } = yield* classSteps(Array.from(rows, (row) => goal.values[row]!))
    return { y: ids, classes }
  }
  const values = new Float64Array(rows.length)
  for (const [i, row] of rows.entries()) {
    values[i] = goal.values[row]!
    if (i % perPause === perPause - 1) yield
  }
  if (goal.kind === 'booleans') return { y: Int32Array.from(values), classes: ['false', 'true'] }
  if (!asClasses) return { y: Float32Array.from(values), classes: undefined }
  const distinct = [...new Set(values)].sort((a, b) => a - b)
  const id = new Map(distinct.map((value, i) => [value, i]))
  return { y: Int32Array.from(values, (value) => id.get(value)!), classes: distinct.map(String) }
}
