/** Series: numbers by date, as tables of days hold them. */

import { parseTable, type TableColumn } from '../../data/table.js'
import { HebbError } from '../../tensor/errors.js'

/** Columns of numbers over the same dates, oldest first. */
export interface Series<F extends string> {
  /** number of dates */
  readonly length: number
  /** YYYY-MM-DD */
  readonly dates: readonly string[]
  readonly values: Readonly<Record<F, Float64Array>>
}

/**
 * Reads a table with a column `date` and columns of numbers. Throws HebbError for a column that is missing or holds no numbers, for a date
 * that is none, and for dates out of order, each naming the line.
 */
export function parseSeries<F extends string>(text: string, columns: readonly F[], name = 'series'): Series<F> {
  const table = parseTable(text)
  const find = (column: string): TableColumn => {
    const found = table.columns.find((c) => c.name === column)
    if (!found) throw new HebbError(`${name}: there is no column ${column}: the table has ${table.columns.map((c) => c.name).join(', ')}`)
    if (found.missing.size > 0)
      throw new HebbError(`${name}: column ${column} lacks a value in line ${table.lines[[...found.missing][0]!]}`)
    return found
  }
  const date = find('date')
  const dates = date.kind === 'words' ? date.values : []
  for (let i = 0; i < table.length; i++) {
    if (!/^\d{4}-\d\d-\d\d$/.test(dates[i] ?? '')) throw new HebbError(`${name}: line ${table.lines[i]} has no date YYYY-MM-DD`)
    if (i > 0 && dates[i]! <= dates[i - 1]!)
      throw new HebbError(`${name}: line ${table.lines[i]}: ${dates[i]} does not come after ${dates[i - 1]}`)
  }
  const values = columns.map((column) => {
    const found = find(column)
    if (found.kind !== 'numbers') throw new HebbError(`${name}: column ${column} holds ${found.kind}, not numbers`)
    return [column, found.values]
  })
  return { length: table.length, dates, values: Object.fromEntries(values) as Record<F, Float64Array> }
}
