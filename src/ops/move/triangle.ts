/** Parts of matrices: triangles and diagonals of the last two axes, or of two named ones. */

import { describe } from '../../graph/leaf.js'
import { defineOp } from '../../graph/op.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Computed } from '../../tensor/dtypes.js'
import { ShapeError } from '../../tensor/errors.js'
import { axisOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { computed } from '../elementwise/real.js'
import { reshape, transpose } from './reshape.js'
import { slice } from './slice.js'

/** Which diagonal: 0 the main one, positive above it, negative below. */
type Triangle = <D extends Dtype>(x: Tensor<D>, diagonal?: number) => Tensor<Computed[D]>

const triangle = (name: string, upper: 0 | 1): Triangle =>
  defineOp({
    name,
    kernels: ['bool', 'i64', 'f32', 'f64'],
    args: (x: Tensor, diagonal?: number) => [[computed(x)], { diagonal: diagonal ?? 0 }],
    spec: ([x]) => {
      if (x!.rank < 2) throw new ShapeError(`${name}: ${describe(x!)} is no matrix: it needs two axes or more`)
      return x!
    },
    vjp: (g, { attrs: { diagonal } }) => [(upper ? triu : tril)(g, diagonal)],
    onnx: (e, [x], { diagonal }) => e('Trilu', [x, e.scalar(diagonal, 'i64')], { upper }),
  })

/** The elements on and below a diagonal of the last two axes, zeros elsewhere. Throws ShapeError below rank 2. */
export const tril: Triangle = triangle('tril', 0)

/** The elements on and above a diagonal of the last two axes, zeros elsewhere. Throws ShapeError below rank 2. */
export const triu: Triangle = triangle('triu', 1)

/**
 * The diagonal of two axes (the last two by default), as a new last axis in their place; `offset` above 0 moves up and right.
 * Throws ShapeError when both axes are the same.
 */
export function diagonal<D extends Dtype>(
  x: Tensor<D>,
  options?: { offset?: number | undefined; axes?: readonly [number, number] | undefined },
): Tensor<D>
export function diagonal(
  x: Tensor,
  { offset = 0, axes = [-2, -1] }: { offset?: number | undefined; axes?: readonly [number, number] | undefined } = {},
): Tensor {
  if (x.rank < 2) throw new ShapeError(`diagonal: ${describe(x)} is no matrix: it needs two axes or more`)
  const [r, c] = [axisOf(axes[0], x.rank, 'diagonal'), axisOf(axes[1], x.rank, 'diagonal')]
  if (r === c) throw new ShapeError(`diagonal: axes ${axes.join(' and ')} of ${describe(x)} are the same`)
  const rest = x.shape.flatMap((_, i) => (i === r || i === c ? [] : [i]))
  const [rows, columns] = [x.shape[r]!, x.shape[c]!]
  const length = Math.max(0, offset >= 0 ? Math.min(rows, columns - offset) : Math.min(rows + offset, columns))
  const first = offset >= 0 ? offset : -offset * columns
  // the next element of a diagonal is one row and one column on
  const flat = reshape(transpose(x, [...rest, r, c]), [...rest.map((i) => x.shape[i]!), rows * columns])
  const stop = length === 0 ? first : first + (length - 1) * (columns + 1) + 1
  return slice(flat, [...rest.map(() => null), [first, stop, columns + 1]])
}
