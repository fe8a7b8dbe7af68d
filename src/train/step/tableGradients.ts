/** Gradients of large tables: instead of a whole table of mostly zeros the graph gives the rows that a batch touched, and they are added in place. */

import type { TypedArray } from '../../tensor/dtype.js'
import { sameShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'

/** From here on writing zeros and adding rows takes less time than the graph's own sum of rows. */
const manyNumbers = 1 << 20

/** Rows of a gradient by number. */
export interface RowSum {
  /** (N, D) */
  readonly rows: Tensor
  /** (N) */
  readonly ids: Tensor
}

/** A gradient as rows to add to what remains of it; `rest` is missing where rows are all there is. */
export interface SplitGradient {
  readonly rest: Tensor | undefined
  readonly sums: readonly RowSum[]
}

/** Takes the sums of rows out of the gradient of a parameter; the gradients of a table used twice, or also as a matrix, are such sums and more. */
export function splitGradient(g: Tensor): SplitGradient {
  if (g.size < manyNumbers || g.dtype !== 'f32') return { rest: g, sums: [] }
  const [a, b] = g.node.inputs
  if (g.node.op === 'sumRows') return { rest: undefined, sums: [{ rows: a!, ids: b! }] }
  if (g.node.op !== 'add' || !sameShape(a!.shape, g.shape) || !sameShape(b!.shape, g.shape)) return { rest: g, sums: [] }
  const parts = [splitGradient(a!), splitGradient(b!)]
  const sums = parts.flatMap((part) => part.sums)
  const rests = parts.flatMap(({ rest }) => (rest ? [rest] : []))
  if (sums.length === 0) return { rest: g, sums }
  return { rest: rests.length === 2 ? rests[0]!.add(rests[1]!) : rests[0], sums }
}

/** target[ids[n]] += rows[n], in order: the same bytes in every run. Negative ids count from the end; the forward pass has refused those outside. */
export function addRows(target: Float32Array, rows: Float32Array, ids: TypedArray): void {
  const width = rows.length / ids.length
  for (let n = 0; n < ids.length; n++) {
    const id = Number(ids[n])
    const [into, from] = [(id < 0 ? id + target.length / width : id) * width, n * width]
    for (let i = 0; i < width; i++) target[into + i]! += rows[from + i]!
  }
}
