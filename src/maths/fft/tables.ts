/** Cosines and sines of whole fractions of a turn, as tables for products. */
import { allocate, type Dtype } from '../../tensor/dtype.js'
import { type Shape, sizeOf } from '../../tensor/shape.js'
import { fromData, type Tensor } from '../../tensor/tensor.js'

/** A table from a rule for each place, row by row. */
function table(shape: Shape, dtype: Dtype, at: (place: number) => number): Tensor {
  const data = allocate(dtype, sizeOf(shape))
  for (let i = 0; i < data.length; i++) data[i] = at(i)
  return fromData(data, shape, dtype)
}

// counted in whole steps of the circle, so that large products of places lose nothing and quarter turns are exact
function cosine(step: number, n: number): number {
  const quarters = (4 * (step % n)) / n
  return Number.isInteger(quarters) ? [1, 0, -1, 0][((quarters % 4) + 4) % 4]! : Math.cos((Math.PI / 2) * quarters)
}
function sine(step: number, n: number): number {
  const quarters = (4 * (step % n)) / n
  return Number.isInteger(quarters) ? [0, 1, 0, -1][((quarters % 4) + 4) % 4]! : Math.sin((Math.PI / 2) * quarters)
}

/**
 * The transform of n numbers as one real matrix (2n, 2n) that takes real parts above imaginary ones: [[C, −S], [S, C]], C and S the cosine and
 * `sign` times the sine of 2π·j·k/n.
 */
export const turnsTable = (n: number, sign: 1 | -1, dtype: Dtype): Tensor =>
  table([2 * n, 2 * n], dtype, (i) => {
    const [row, column] = [Math.floor(i / (2 * n)), i % (2 * n)]
    const step = (row % n) * (column % n)
    if (row < n === column < n) return cosine(step, n)
    return (row < n ? -sign : sign) * sine(step, n)
  })

/** cos and sin of `sign`·2π·step(i)/n for the places of a shape: real and imaginary part, (2, …shape). */
export const turns = (shape: Shape, n: number, sign: 1 | -1, dtype: Dtype, step: (place: number) => number): Tensor => {
  const size = sizeOf(shape)
  return table([2, ...shape], dtype, (i) => (i < size ? cosine(step(i), n) : sign * sine(step(i - size), n)))
}
