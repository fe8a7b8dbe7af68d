/** The part of a matrix that its largest singular values make. */
import type { Key } from '../../../kernels/philox.js'
import { dot, drawn, eigen, type Matrix, mixed, orthonormal, outside, times, timesTransposed, type Vectors } from './vectors.js'

/** Singular values in descending order, and their vectors. */
export interface Principal {
  readonly left: Vectors
  readonly values: readonly number[]
  readonly right: Vectors
}

/**
 * The `rank` largest singular values of a matrix and their vectors, to 1e-10 of the largest: a basis grows by blocks W Wᵀ of the last one, from random ones,
 * until what it says of these values holds [Golub 1977], at the latest when it spans everything.
 */
export function principal(matrix: Matrix, rank: number, key: Key): Principal {
  const flat = matrix.rows < matrix.columns
  const [there, back] = flat ? [timesTransposed, times] : [times, timesTransposed]
  const size = Math.min(matrix.rows, matrix.columns)
  const width = Math.min(size, rank + 8)
  const basis: Float64Array[] = []
  const images: Float64Array[] = []
  const gram: number[][] = []
  let block = orthonormal(
    [],
    Array.from({ length: width }, (_, i) => drawn(key, i, size)),
  )
  for (let next = 0; ; ) {
    const image = there(matrix, block)
    basis.push(...block)
    for (const one of image) {
      images.push(one)
      const row = images.map((other) => dot(one, other))
      for (const [i, value] of row.slice(0, -1).entries()) gram[i]!.push(value)
      gram.push(row)
    }
    const more = outside(basis, back(matrix, image))
    const known = basis.length
    block = known < size ? orthonormal(basis, more).slice(0, size - known) : []
    if (block.length > 0 && known < next) continue
    next = known * 1.3
    const { values, vectors } = eigen(gram.map((row) => Float64Array.from(row)))
    const chosen = vectors.slice(0, rank)
    const isFound = chosen.every((y) => {
      const rest = mixed(more, (i) => y[known - more.length + i]!)
      return Math.sqrt(dot(rest, rest)) <= 1e-10 * values[0]!
    })
    if (block.length > 0 && !isFound) continue
    const near = chosen.map((y) => mixed(basis, (i) => y[i]!))
    const lengths = values.slice(0, rank).map((value) => Math.sqrt(Math.max(value, 0)))
    const far = chosen.map((y, k) => mixed(images, (i) => (lengths[k]! > 0 ? y[i]! / lengths[k]! : 0)))
    return flat ? { left: near, values: lengths, right: far } : { left: far, values: lengths, right: near }
  }
}

/** The same, nearly: of what `rounds` products with WWᵀ leave of `rank` random vectors [Halko 2011]. */
export function nearlyPrincipal(matrix: Matrix, rank: number, rounds: number, key: Key): Principal {
  const start = Array.from({ length: rank }, (_, i) => drawn(key, i, matrix.columns))
  let basis = orthonormal([], times(matrix, start))
  for (let round = 0; round < rounds; round++) basis = orthonormal([], times(matrix, orthonormal([], timesTransposed(matrix, basis))))
  const rows = timesTransposed(matrix, basis)
  const { values, vectors } = eigen(rows.map((a) => Float64Array.from(rows, (b) => dot(a, b))))
  const lengths = values.map((value) => Math.sqrt(Math.max(value, 0)))
  return {
    values: lengths,
    left: vectors.map((y) => mixed(basis, (i) => y[i]!)),
    right: vectors.map((y, k) => mixed(rows, (i) => (lengths[k]! > 0 ? y[i]! / lengths[k]! : 0))),
  }
}
