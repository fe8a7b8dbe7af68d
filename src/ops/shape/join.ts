/** Several tensors at once: stacked sideways, one above the other, or behind, and stretched to one shape. */
import type { Dtype } from '../../tensor/dtype.js'
import type { Joined } from '../../tensor/dtypes.js'
import { broadcast } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { concat } from '../move/concat.js'
import { expand } from '../move/reshape.js'
import { atLeast1d, atLeast2d, atLeast3d } from './axes.js'

/** Tensors side by side: along the second axis, of vectors along the only one. Throws ShapeError when other sizes differ. */
export function hstack<D extends Dtype>(tensors: readonly Tensor<D>[]): Tensor<Joined[D]>
export function hstack(tensors: readonly Tensor[]): Tensor {
  const all = tensors.map(atLeast1d)
  return concat(all, all[0]?.rank === 1 ? 0 : 1)
}

/** Tensors one above the other: along the first axis, vectors as rows. Throws ShapeError when other sizes differ. */
export function vstack<D extends Dtype>(tensors: readonly Tensor<D>[]): Tensor<Joined[D]>
export function vstack(tensors: readonly Tensor[]): Tensor {
  return concat(tensors.map(atLeast2d), 0)
}

/** Tensors behind each other: along the third axis, see {@link atLeast3d}. Throws ShapeError when other sizes differ. */
export function dstack<D extends Dtype>(tensors: readonly Tensor<D>[]): Tensor<Joined[D]>
export function dstack(tensors: readonly Tensor[]): Tensor {
  return concat(tensors.map(atLeast3d), 2)
}

/** All tensors in the shape they broadcast to. Throws ShapeError when they do not; one tensor to a shape is stretched by `expand`. */
export function broadcastTensors<D extends Dtype>(tensors: readonly Tensor<D>[]): Tensor<D>[]
export function broadcastTensors(tensors: readonly Tensor[]): Tensor[] {
  const shape = broadcast(
    tensors.map((t) => t.shape),
    'broadcastTensors',
  )
  return tensors.map((t) => expand(t, shape))
}
