/** Standardising: numbers brought to mean 0 and deviation 1, by what the training part alone says. */
import { DtypeError, HebbError, ShapeError } from '../../tensor/errors.js'
import { sizeOf } from '../../tensor/shape.js'
import { type Column, type Columns, showColumn, strideOf } from '../column.js'
import { Dataset } from '../dataset.js'

/** Mean and deviation of each feature, to be kept with the model: new data must be treated the same. */
export interface Standard {
  /** one per number of an example */
  readonly mean: Float64Array
  /** of the whole training part (divided by n); 1 for a feature that never changes */
  readonly deviation: Float64Array
}

/**
 * Mean and standard deviation of every number of the field over the set: give it the training part only, what is held out must not help.
 * Throws HebbError for an empty set or numbers that are not finite, DtypeError unless the field is f32 or f64.
 *
 * @example
 * const standard = standardOf(train, 'x')
 * const [a, b] = [train, test].map((part) => standardise(part, 'x', standard))
 */
export function standardOf<F extends string>(data: Dataset<F>, field: NoInfer<F>): Standard {
  const column = numbersOf(data, field, 'standardOf')
  const size = sizeOf(column.shape)
  if (data.length === 0) throw new HebbError('standardOf: the set is empty')
  const mean = new Float64Array(size)
  const deviation = new Float64Array(size)
  for (let j = 0; j < size; j++) {
    // the mean first, then squares around it: exact where values are large and vary little
    let sum = 0
    for (let i = 0; i < data.length; i++) sum += column.data[i * strideOf(column) + j] as number
    const m = sum / data.length
    if (!Number.isFinite(m))
      throw new HebbError(`standardOf: number ${j} of ${field} is not finite in some example: fill or drop such examples first`)
    let squares = 0
    for (let i = 0; i < data.length; i++) squares += ((column.data[i * strideOf(column) + j] as number) - m) ** 2
    mean[j] = m
    deviation[j] = Math.sqrt(squares / data.length) || 1
  }
  return { mean, deviation }
}

/** The set with (value − mean) / deviation in the field, f32. Throws ShapeError when the standard is of another number of features. */
export function standardise<F extends string>(data: Dataset<F>, field: NoInfer<F>, { mean, deviation }: Standard): Dataset<F> {
  const column = numbersOf(data, field, 'standardise')
  const size = sizeOf(column.shape)
  if (mean.length !== size || deviation.length !== size)
    throw new ShapeError(`standardise: ${showColumn(field, column)} has ${size} numbers per example, the standard is of ${mean.length}`)
  const out = new Float32Array(data.length * size)
  for (let i = 0; i < data.length; i++)
    for (let j = 0; j < size; j++) out[i * size + j] = ((column.data[i * strideOf(column) + j] as number) - mean[j]!) / deviation[j]!
  const columns: Columns<F> = { ...data.columns, [field]: { data: out, shape: column.shape, dtype: 'f32' } }
  return new Dataset(columns, { classes: data.classes })
}

/** A standardised value as it was: value × deviation + mean, for feature `j`. */
export const unstandardise = (value: number, { mean, deviation }: Standard, j = 0): number => value * deviation[j]! + mean[j]!

function numbersOf<F extends string>(data: Dataset<F>, field: NoInfer<F>, use: string): Column {
  const column = data.columns[field] as Column | undefined
  if (!column) throw new HebbError(`${use}: there is no column ${field}: the set has ${data.fields.join(', ')}`)
  if (column.dtype !== 'f32' && column.dtype !== 'f64')
    throw new DtypeError(`${use}: ${showColumn(field, column)}: give a field of f32 or f64; pictures as bytes have their scale instead`)
  return column
}
