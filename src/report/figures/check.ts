/** Refusals: data that contradicts itself gets an error that names the figure, not a crooked picture. */
import { HebbError } from '../../tensor/errors.js'

/** An error about one figure. */
export const wrongFigure = (title: string, why: string): HebbError => new HebbError(`report: figure '${title}': ${why}`)

/** Rows and columns of a matrix. @throws HebbError when it is empty or ragged */
export function matrixSize(title: string, values: readonly ArrayLike<number>[]): { readonly rows: number; readonly columns: number } {
  const columns = values[0]?.length ?? 0
  if (columns === 0) throw wrongFigure(title, 'the matrix is empty')
  const ragged = values.findIndex((row) => row.length !== columns)
  if (ragged >= 0) throw wrongFigure(title, `row ${ragged} has ${values[ragged]!.length} values, row 0 has ${columns}`)
  return { rows: values.length, columns }
}

/** @throws HebbError when a range is no range */
export function checkRange(title: string, axis: string, range: readonly [number, number] | undefined): void {
  if (range && !(Number.isFinite(range[0]) && Number.isFinite(range[1]) && range[0] !== range[1]))
    throw wrongFigure(title, `the ${axis} range ${range[0]} … ${range[1]} must be two different finite numbers`)
}

/** @throws HebbError when the bounds of an interval are not both there, or cross */
export function checkInterval(
  title: string,
  name: string,
  { low, high }: { readonly low?: number | undefined; readonly high?: number | undefined },
): void {
  if ((low === undefined) !== (high === undefined)) throw wrongFigure(title, `${name} has one bound of an interval, it needs both or none`)
  if (low !== undefined && high !== undefined && low > high) throw wrongFigure(title, `${name} has an interval from ${low} down to ${high}`)
}
