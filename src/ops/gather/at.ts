/** Parts of a tensor by index, as NumPy and PyTorch have it in brackets: numbers, ranges, new axes, lists, tensors, booleans. */
import type { Dtype } from '../../tensor/dtype.js'
import type { Tensor } from '../../tensor/tensor.js'
import type { Index } from './indexing.js'
import { partAt } from './places.js'

/**
 * x at an index, one item per axis from the first on, as NumPy and PyTorch have it in brackets; see {@link Index}. Axes without an item stay.
 * Numbers, ranges, `'...'` and `null` cut; places as lists or tensors of whole numbers broadcast together, and the axes of their common shape take
 * their place, or stand first where a range, `'...'` or `null` is between them (NumPy's rule, in which numbers count as places as well; PyTorch
 * takes numbers first). Booleans choose where they are true and stand for as many axes as they have: lists, and tensors whose values are there;
 * for others see `maskedSelect` and `nonzero`. Gradients add up where a place is named twice.
 *
 * Throws ShapeError for too many items, places outside the axis and shapes that do not meet, DtypeError for what is no index, HebbError for a mask
 * whose values are not known. Places that are computed are checked when the graph runs.
 *
 * @example tensor([[1, 2], [3, 4]]).at(-1) // [3, 4]
 * @example tensor([[1, 2, 3], [4, 5, 6]]).at(':', [2, 0]) // [[3, 1], [6, 4]]
 * @example tensor([5, 6, 7]).at([true, false, true]) // [5, 7]
 */
export function at<D extends Dtype>(x: Tensor<D>, ...index: Index[]): Tensor<D>
export function at(x: Tensor, ...index: Index[]): Tensor {
  return partAt('at', x, index)
}
