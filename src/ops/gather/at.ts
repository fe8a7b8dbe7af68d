/** Parts of a tensor by index, as NumPy and PyTorch have it in brackets: numbers, ranges, new axes, lists, tensors, booleans. */
import { describe } from '../../graph/leaf.js'
import { defineOp } from '../../graph/op.js'
import { ShapeError } from '../../tensor/errors.js'
import { broadcast, type Shape, sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { add, mul } from '../elementwise/arithmetic.js'
import { cast } from '../elementwise/cast.js'
import { reshape, transpose } from '../move/reshape.js'
import { slice } from '../move/slice.js'
import { fromStart } from './ids.js'
import { type Index, type Item, itemsOf, showPlaces } from './indexing.js'
import { take } from './take.js'

/** Places on an axis of `size`, counted from the start. */
const wrapped: (ids: Tensor, size: number) => Tensor = defineOp({
  name: 'wrapPlaces',
  args: (ids: Tensor, size: number) => [[ids], { size }],
  spec: ([ids]) => ids!,
  kernels: ['i32', 'i64'],
  onnx: (e, [ids], { size }, node) => fromStart(e, ids!, size, node.inputs[0]!.dtype as 'i32' | 'i64'),
})

/** Axes `from` … `from + count − 1` moved so that they begin at `to`. */
function moveAxes(x: Tensor, from: number, count: number, to: number): Tensor {
  if (from === to || count === 0) return x
  const rest = x.shape.map((_, i) => i).filter((i) => i < from || i >= from + count)
  const moved = Array.from({ length: count }, (_, i) => from + i)
  return transpose(x, [...rest.slice(0, to), ...moved, ...rest.slice(to)])
}

function commonShape(x: Tensor, ids: readonly Tensor[]): Shape {
  try {
    return broadcast(ids.map((t) => t.shape))
  } catch {
    throw new ShapeError(
      `at: places of shapes ${showPlaces(ids)} for ${describe(x)} do not broadcast: give lists of one length, or axes of size 1`,
    )
  }
}

/** x at all places together: one axis, or several as one. */
function lookUp(x: Tensor, axes: readonly number[], ids: readonly Tensor[]): { y: Tensor; start: number; count: number } {
  const [first] = axes as readonly [number]
  if (ids.length === 1) return { y: take(x, ids[0]!, first), start: first, count: ids[0]!.rank }
  const shape = commonShape(x, ids)
  const rest = x.shape.map((_, i) => i).filter((i) => !axes.includes(i))
  const together = axes.every((a, i) => a === first + i)
  const source = together ? x : transpose(x, [...axes, ...rest])
  const start = together ? first : 0
  const sizes = axes.map((a) => x.shape[a]!)
  const dtype = sizeOf(sizes) > 2 ** 31 - 1 ? 'i64' : 'i32'
  const flat = ids.map((t, i) => mul(cast(wrapped(t, sizes[i]!), dtype), sizeOf(sizes.slice(i + 1)))).reduce((a, b) => add(a, b))
  const joined = reshape(source, [...source.shape.slice(0, start), sizeOf(sizes), ...source.shape.slice(start + axes.length)])
  return { y: take(joined, flat, start), start, count: shape.length }
}

/** Where the axes of the places go: where the items are that choose by number, when they stand side by side, else first. As in NumPy. */
function target(items: readonly Item[]): number {
  const chosen = items.flatMap((item, i) => (item.places || item.dropped ? [i] : []))
  const apart = chosen.some((c, i) => c !== chosen[0]! + i)
  return apart ? 0 : items.slice(0, chosen[0]).length
}

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
export function at(x: Tensor, ...index: Index[]): Tensor {
  const items = itemsOf('at', x, index)
  const cut = slice(
    x,
    items.flatMap((item) => (item.from === undefined ? [] : [item.range])),
  )
  const kept = items.filter((item) => !item.dropped)
  const basic = reshape(
    cut,
    kept.map((item) => (item.from === undefined ? 1 : cut.shape[item.from]!)),
  )
  const axes = kept.flatMap((item, i) => (item.places ? [i] : []))
  if (axes.length === 0) return basic
  const { y, start, count } = lookUp(
    basic,
    axes,
    axes.map((a) => kept[a]!.places!),
  )
  return moveAxes(y, start, count, target(items))
}
