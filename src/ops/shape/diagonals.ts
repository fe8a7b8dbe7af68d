/** Diagonals as matrices, and parts written back: diagEmbed, diag, diagonalScatter, sliceScatter. */

import { describe } from '../../graph/leaf.js'
import type { Dtype } from '../../tensor/dtype.js'
import { computeDtype } from '../../tensor/dtype.js'
import type { Computed } from '../../tensor/dtypes.js'
import { DtypeError, ShapeError } from '../../tensor/errors.js'
import { axisOf, sameShape, showShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { cast } from '../elementwise/cast.js'
import { computed } from '../elementwise/real.js'
import { scatter } from '../gather/along.js'
import { arange, full } from '../move/create.js'
import type { Range } from '../move/ranges.js'
import { reshape } from '../move/reshape.js'
import { slice } from '../move/slice.js'
import { diagonal } from '../move/triangle.js'
import { movedim } from './axes.js'

/** Which diagonal of which two axes. */
export interface DiagonalOptions {
  /** above 0 up and right; default 0 */
  offset?: number | undefined
  /** default the last two */
  axes?: readonly [number, number] | undefined
}

/** x with `source` at the places of x that `part` takes. */
function written(x: Tensor, source: Tensor, part: (x: Tensor) => Tensor, op: string): Tensor {
  const places = part(reshape(arange(x.size), x.shape))
  if (!sameShape(places.shape, source.shape))
    throw new ShapeError(`${op}: the source ${describe(source)} is not of the part's shape ${showShape(places.shape)}`)
  if (source.dtype !== x.dtype) throw new DtypeError(`${op}: x is ${x.dtype}, the source ${source.dtype}: cast one of them`)
  const y = computed(x)
  return reshape(scatter(reshape(y, [x.size]), reshape(places, [places.size]), reshape(cast(source, y.dtype), [source.size]), 0), x.shape)
}

/** x with its diagonal replaced: the source has the shape of `diagonal(x, options)`. Throws ShapeError when it has not, DtypeError when dtypes differ. */
export function diagonalScatter<D extends Dtype>(x: Tensor<D>, source: Tensor, options?: DiagonalOptions): Tensor<Computed[D]>
export function diagonalScatter(x: Tensor, source: Tensor, options?: DiagonalOptions): Tensor {
  return written(x, source, (t) => diagonal(t, options), 'diagonalScatter')
}

/** x with the part that `slice(x, ranges)` takes replaced by the source. Throws ShapeError when shapes differ, DtypeError when dtypes do. */
export function sliceScatter<D extends Dtype>(x: Tensor<D>, source: Tensor, ranges: readonly Range[]): Tensor<Computed[D]>
export function sliceScatter(x: Tensor, source: Tensor, ranges: readonly Range[]): Tensor {
  return written(x, source, (t) => slice(t, ranges), 'sliceScatter')
}

/**
 * The last axis as diagonal of matrices, zeros elsewhere: (…, n) → (…, n + |offset|, n + |offset|), whose two axes stand at `axes`.
 * Throws ShapeError for scalars and for two axes that are the same.
 *
 * @example diagEmbed(tensor([1, 2])) // [[1, 0], [0, 2]]
 */
export function diagEmbed<D extends Dtype>(x: Tensor<D>, options?: DiagonalOptions): Tensor<Computed[D]>
export function diagEmbed(x: Tensor, { offset = 0, axes = [-2, -1] }: DiagonalOptions = {}): Tensor {
  if (x.rank === 0) throw new ShapeError('diagEmbed: a scalar has no axis to be a diagonal')
  const [r, c] = [axisOf(axes[0], x.rank + 1, 'diagEmbed'), axisOf(axes[1], x.rank + 1, 'diagEmbed')]
  if (r === c) throw new ShapeError(`diagEmbed: axes ${axes.join(' and ')} are the same`)
  const size = x.shape.at(-1)! + Math.abs(offset)
  const empty = full([...x.shape.slice(0, -1), size, size], 0, { dtype: computeDtype(x.dtype) })
  return movedim(diagonalScatter(empty, cast(x, empty.dtype), { offset }), [-2, -1], [r, c])
}

/** Of a row (n) the matrix with it as diagonal, of a matrix its diagonal. Throws ShapeError for other tensors. */
export function diag<D extends Dtype>(x: Tensor<D>, offset?: number): Tensor<Computed[D]>
export function diag(x: Tensor, offset = 0): Tensor {
  if (x.rank !== 1 && x.rank !== 2) throw new ShapeError(`diag: ${describe(x)} is no row and no matrix: use diagonal or diagEmbed`)
  return x.rank === 1 ? diagEmbed(x, { offset }) : diagonal(x, { offset })
}
