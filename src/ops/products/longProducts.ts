/** Products of a matrix with a vector of very many numbers, whose sums go in stages. */
import type { Emit } from '../../graph/op.js'
import type { Dtype } from '../../tensor/dtype.js'
import { emitSum, inPieces, piecesOf } from '../reduce/stages.js'

/** sums of more products than this go in stages: the kernel for vectors adds one after the other and is off by 1e-5 here, by 2e-3 for 10⁶ */
export const longSum = 4096

/** additions in a row of one stage */
const inRow = 256

/** Numbers of a matrix whose products are not kept all at once: 64 MB of them. */
const manyNumbers = 1 << 24

/** A matrix as it lies in memory: `count` lines of `inner` numbers, or, `innerFirst`, the other way round. */
interface Lines {
  readonly count: number
  readonly inner: number
  readonly innerFirst: boolean
}

/** Writes the products of a vector with every line of a matrix: (count). */
export function emitLongProduct(e: Emit, vector: string, matrix: string, { count, inner, innerFirst }: Lines, dtype: Dtype): string {
  if (!innerFirst && count * inner > manyNumbers) {
    // all products at once would take as much memory as the matrix: pieces of its lines go through the kernel instead
    const row = e('Reshape', [vector, e.ints([1, inner])])
    const piece = (v: string, from: string, to: number): string => e('Slice', [v, from, e.ints([to]), e.ints([1])])
    const length = Math.max(inRow, Math.min(longSum, Math.floor(manyNumbers / count)))
    let sum: string | undefined
    for (let from = 0; from < inner; from += length) {
      const end = Math.min(from + length, inner)
      const start = sum === undefined ? e.ints([from]) : e('Add', [after(e, sum, dtype), e.ints([from])])
      const part = e('Gemm', [piece(row, e.ints([from]), end), piece(matrix, start, end)], { transB: 1 })
      sum = sum === undefined ? part : e('Add', [sum, part])
    }
    return sum!
  }
  if (!innerFirst || count === 1) {
    const products = e('Mul', [e('Reshape', [vector, e.ints([1, inner])]), e('Reshape', [matrix, e.ints([count, inner])])])
    return emitSum(e, products, [count, inner], [1], false, dtype)
  }
  const pieces = piecesOf(inner, inRow)
  const zero = e.scalar(0, dtype)
  const row = e('Reshape', [inPieces(e, vector, [1, inner, 1], pieces, zero), e.ints([pieces.count, 1, pieces.length])])
  const parts = e('MatMul', [row, inPieces(e, matrix, [1, inner, count], pieces, zero)])
  return emitSum(e, parts, [pieces.count, 1, count], [0, 1], false, dtype)
}

/** The integer 0 (1), known when `value` (1, N) is: the runtime would take all pieces out first, and hold them at once. */
function after(e: Emit, value: string, dtype: Dtype): string {
  const first = e('Reshape', [e('Slice', [value, e.ints([0]), e.ints([1]), e.ints([1])]), e.ints([1])])
  return e.cast(e('Less', [e('Abs', [first]), e.scalar(0, dtype)]), 'i64')
}
