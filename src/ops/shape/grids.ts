/** Every combination: meshgrid, cartesianProd, combinations, indices of triangles, powers of numbers. */

import { describe } from '../../graph/leaf.js'
import { computeDtype, type Dtype } from '../../tensor/dtype.js'
import type { Joined, Widened } from '../../tensor/dtypes.js'
import { HebbError, ShapeError } from '../../tensor/errors.js'
import { fromData, type Tensor } from '../../tensor/tensor.js'
import { mul } from '../elementwise/arithmetic.js'
import { cast } from '../elementwise/cast.js'
import { take } from '../gather/take.js'
import { stack } from '../move/concat.js'
import { ones, zeros } from '../move/create.js'
import { flip } from '../move/order.js'
import { expand, reshape, transpose } from '../move/reshape.js'

function needRows(op: string, tensors: readonly Tensor[]): void {
  const wrong = tensors.find((t) => t.rank > 1)
  if (wrong) throw new ShapeError(`${op}: ${describe(wrong)} is no row (n)`)
}

/**
 * Coordinates of a grid: for rows of n₁, n₂, … numbers as many tensors (n₁, n₂, …), each changing along its own axis only; with 'xy' the first two
 * axes change places, as pictures have them. A scalar counts as a row of one. Throws ShapeError for more than one axis.
 *
 * @example meshgrid([tensor([1, 2]), tensor([3, 4, 5])])[1] // [[3, 4, 5], [3, 4, 5]]
 */
export function meshgrid<D extends Dtype>(tensors: readonly Tensor<D>[], options?: { indexing?: 'ij' | 'xy' | undefined }): Tensor<D>[]
export function meshgrid(tensors: readonly Tensor[], { indexing = 'ij' }: { indexing?: 'ij' | 'xy' | undefined } = {}): Tensor[] {
  if (indexing !== 'ij' && indexing !== 'xy') throw new HebbError(`meshgrid: indexing '${String(indexing)}' is none: give 'ij' or 'xy'`)
  needRows('meshgrid', tensors)
  const sizes = tensors.map((t) => t.size)
  const grids = tensors.map((t, i) =>
    expand(
      reshape(
        t,
        sizes.map((n, j) => (i === j ? n : 1)),
      ),
      sizes,
    ),
  )
  return indexing === 'xy' && tensors.length > 1 ? grids.map((g) => transpose(g, 0, 1)) : grids
}

/** Every way to take one number of each row, in lexicographic order: rows of n₁, n₂, … → (n₁ · n₂ ⋯, count); of one row that row itself. */
export function cartesianProd<D extends Dtype>(tensors: readonly Tensor<D>[]): Tensor<Joined[D]>
export function cartesianProd(tensors: readonly Tensor[]): Tensor {
  if (tensors.length === 0) throw new ShapeError('cartesianProd: there are no rows to combine')
  const grids = meshgrid(tensors)
  if (grids.length === 1) return grids[0]!
  return stack(
    grids.map((g) => reshape(g, [g.size])),
    1,
  )
}

/** Every way to take `count` elements of a row (n) in their order, once each or with repetition: (ways, count). Throws ShapeError unless it is a row. */
export function combinations<D extends Dtype>(x: Tensor<D>, count?: number, options?: { replacement?: boolean | undefined }): Tensor<D>
export function combinations(x: Tensor, count = 2, { replacement = false }: { replacement?: boolean | undefined } = {}): Tensor {
  if (x.rank !== 1) throw new ShapeError(`combinations: ${describe(x)} is no row (n)`)
  if (!Number.isInteger(count) || count < 0) throw new HebbError(`combinations: ${count} is no count: give a whole number from 0 on`)
  let ways: number[][] = [[]]
  for (let i = 0; i < count; i++)
    ways = ways.flatMap((way) => {
      const from = way.length === 0 ? 0 : way.at(-1)! + (replacement ? 0 : 1)
      return Array.from({ length: Math.max(0, x.size - from) }, (_, j) => [...way, from + j])
    })
  if (count === 0 || ways.length === 0) return zeros([0, count], { dtype: x.dtype })
  return take(x, fromData(Int32Array.from(ways.flat()), [ways.length, count], 'i32'))
}

function triangle(op: string, rows: number, columns: number, inside: (row: number, column: number) => boolean): Tensor {
  if (![rows, columns].every((n) => Number.isInteger(n) && n >= 0)) throw new ShapeError(`${op}: (${rows}, ${columns}) is no shape`)
  const [first, second]: [number[], number[]] = [[], []]
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++)
      if (inside(r, c)) {
        first.push(r)
        second.push(c)
      }
  return fromData(Int32Array.from([...first, ...second]), [2, first.length], 'i32')
}

/** Rows and columns of the elements on and below a diagonal of a matrix, (2, count) i32, in row-major order. */
export function trilIndices(rows: number, columns?: number, options?: { diagonal?: number | undefined }): Tensor<'i32'>
export function trilIndices(rows: number, columns = rows, { diagonal = 0 }: { diagonal?: number | undefined } = {}): Tensor {
  return triangle('trilIndices', rows, columns, (r, c) => c - r <= diagonal)
}

/** Rows and columns of the elements on and above a diagonal of a matrix, (2, count) i32, in row-major order. */
export function triuIndices(rows: number, columns?: number, options?: { diagonal?: number | undefined }): Tensor<'i32'>
export function triuIndices(rows: number, columns = rows, { diagonal = 0 }: { diagonal?: number | undefined } = {}): Tensor {
  return triangle('triuIndices', rows, columns, (r, c) => c - r >= diagonal)
}

/**
 * Powers of each number as rows: x (n) → (n, columns) with x^(columns − 1) … x⁰, or x⁰ … with `increasing`; as many columns as numbers by default.
 * Throws ShapeError unless x is a row.
 *
 * @example vander(tensor([2, 3]), { columns: 3 }) // [[4, 2, 1], [9, 3, 1]]
 */
export function vander<D extends Dtype>(
  x: Tensor<D>,
  options?: { columns?: number | undefined; increasing?: boolean | undefined },
): Tensor<Widened[D]>
export function vander(
  x: Tensor,
  { columns = x.size, increasing = false }: { columns?: number | undefined; increasing?: boolean | undefined } = {},
): Tensor {
  if (x.rank !== 1) throw new ShapeError(`vander: ${describe(x)} is no row (n)`)
  if (!Number.isInteger(columns) || columns < 0) throw new HebbError(`vander: ${columns} is no number of columns`)
  const y = cast(x, x.dtype === 'bool' || x.dtype === 'u8' ? 'i32' : computeDtype(x.dtype))
  if (columns === 0) return zeros([x.size, 0], { dtype: y.dtype })
  const powers = [ones([x.size], { dtype: y.dtype })]
  while (powers.length < columns) powers.push(powers.length === 1 ? y : mul(powers.at(-1)!, y))
  const rising = stack(powers, 1)
  return increasing ? rising : flip(rising, 1)
}
