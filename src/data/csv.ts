/** CSV: text to typed columns, and columns to a data set with a target. */
import { HebbError } from '../tensor/errors.js'
import { classIds } from './build.js'
import { Dataset } from './dataset.js'
import { range } from './order.js'
import { parseTable, type Table, type TableColumn, type TableOptions } from './table.js'

/** How a table becomes numbers. */
export interface CsvOptions extends TableOptions {
  /** the column to predict; without it the set has x only */
  readonly target?: string
  /** columns x is made of, in this order; all but the target otherwise */
  readonly features?: readonly string[]
  /** columns left out of x */
  readonly drop?: readonly string[]
  /** words as features: one 0/1 column per word ('onehot'), or the word's number in sorted order ('ids'); 'onehot' */
  readonly words?: 'onehot' | 'ids'
  /** what becomes of missing values: an 'error', 'drop' the row, the 'mean' of the column (for words: none of them), or 'nan'; 'error' */
  readonly onMissing?: 'error' | 'drop' | 'mean' | 'nan'
  /** true: a numeric target holds classes, one per distinct number; false */
  readonly classes?: boolean
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
 * what to do, and columns with more than 1000 different words.
 *
 * @example const { data, features } = csv('size,color,price\n1,red,10\n2,blue,20\n', { target: 'price' }) // features: size, color=blue, color=red
 */
export function csv(text: string, options: CsvOptions & { readonly target: string }): CsvData<'x' | 'y'>
export function csv(text: string, options?: CsvOptions): CsvData<'x'>
export function csv(text: string, options: CsvOptions = {}): CsvData<'x'> | CsvData<'x' | 'y'> {
  const { target, onMissing = 'error', words = 'onehot' } = options
  const table = parseTable(text, options)
  const features = featuresOf(table, options)
  const goal = target === undefined ? undefined : columnOf(table, target)
  const rows = keptRows(table, goal ? [...features, goal] : features, goal, onMissing)
  const encoded = features.flatMap((column) =>
    column.kind === 'words' ? encodeWords(column, words) : [encodeNumbers(column, rows, onMissing)],
  )
  if (encoded.length === 0) throw new HebbError('csv: no features are left: x would be empty')
  const x = new Float32Array(rows.length * encoded.length)
  encoded.forEach(({ at }, j) => {
    for (let i = 0; i < rows.length; i++) x[i * encoded.length + j] = at(rows[i]!)
  })
  const names = encoded.map(({ name }) => name)
  const inputs = { data: x, shape: [names.length], dtype: 'f32' } as const
  if (!goal) return { data: new Dataset({ x: inputs }), features: names }
  const { y, classes } = encodeTarget(goal, rows, options.classes ?? false)
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
function keptRows(
  table: Table,
  columns: readonly TableColumn[],
  goal: TableColumn | undefined,
  onMissing: CsvOptions['onMissing'],
): Int32Array {
  if (onMissing === 'drop') {
    const kept = range(0, table.length).filter((i) => columns.every((column) => !column.missing.has(i)))
    if (kept.length === 0) throw new HebbError('csv: every row lacks a value: none is left after dropping those')
    return kept
  }
  for (const column of columns) {
    if (column.missing.size === 0 || (onMissing !== 'error' && column !== goal)) continue
    const first = Math.min(...column.missing.keys())
    const cure = column === goal ? "onMissing: 'drop' leaves such rows out" : "choose onMissing: 'drop', 'mean' or 'nan'"
    throw new HebbError(
      `csv: column ${column.name} lacks ${column.missing.size} of ${table.length} values, the first in line ${table.lines[first]}: ${cure}`,
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
  const present = rows.filter((row) => !missing.has(row))
  if (present.length === 0) throw new HebbError(`csv: column ${name} has no value at all, so no mean: drop it`)
  const mean = present.reduce((sum, row) => sum + values[row]!, 0) / present.length
  return { name, at: (row) => (missing.has(row) ? mean : values[row]!) }
}

function encodeWords({ name, values, missing }: TableColumn & { kind: 'words' }, style: 'onehot' | 'ids'): Encoded[] {
  const { ids, classes } = classIds(values)
  const known = missing.size > 0 ? classes.filter((word) => word !== '') : classes
  if (known.length > mostWords)
    throw new HebbError(
      `csv: column ${name} has ${known.length} different words: that is text, not a feature: leave it out with drop: ['${name}']`,
    )
  const offset = classes.length - known.length // the empty word, sorted first, stands for missing ones
  if (style === 'ids') return [{ name, at: (row) => (missing.has(row) ? Number.NaN : ids[row]! - offset) }]
  return known.map((word, k) => ({ name: `${name}=${word}`, at: (row) => (ids[row] === k + offset ? 1 : 0) }))
}

function encodeTarget(
  goal: TableColumn,
  rows: Int32Array,
  asClasses: boolean,
): { y: Float32Array | Int32Array; classes: readonly string[] | undefined } {
  if (goal.kind === 'numbers' && !asClasses) return { y: Float32Array.from(rows, (row) => goal.values[row]!), classes: undefined }
  if (goal.kind === 'words') {
    const { ids, classes } = classIds(Array.from(rows, (row) => goal.values[row]!))
    return { y: ids, classes }
  }
  if (goal.kind === 'booleans') return { y: Int32Array.from(rows, (row) => goal.values[row]!), classes: ['false', 'true'] }
  const distinct = [...new Set(Array.from(rows, (row) => goal.values[row]!))].sort((a, b) => a - b)
  const id = new Map(distinct.map((value, i) => [value, i]))
  return { y: Int32Array.from(rows, (row) => id.get(goal.values[row]!)!), classes: distinct.map(String) }
}
