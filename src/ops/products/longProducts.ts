/** Products of a matrix with a vector of very many numbers, whose sums go in stages. */
import type { Emit } from '../../graph/op.js'
import type { Dtype } from '../../tensor/dtype.js'
import { emitSum, inPieces, piecesOf } from '../reduce/stages.js'

/** sums of more products than this go in stages: the kernel for vectors adds one after the other and is off by 1e-5 here, by 2e-3 for 10⁶ */
export const longSum = 4096

/** additions in a row of one stage */
const inRow = 256

/** A matrix as it lies in memory: `count` lines of `inner` numbers, or, `innerFirst`, the other way round. */
interface Lines {
  readonly count: number
  readonly inner: number
  readonly innerFirst: boolean
}

/** Writes the products of a vector with every line of a matrix: (count). */
export function emitLongProduct(e: Emit, vector: string, matrix: string, { count, inner, innerFirst }: Lines, dtype: Dtype): string {
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
