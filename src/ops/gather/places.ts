/** What stands at an index: cuts and new axes first, then all places together. */
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
  name: 'at',
  places: ([ids], { size }) => ({ ids: ids!, size: size as number }),
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

function commonShape(op: string, x: Tensor, ids: readonly Tensor[]): Shape {
  try {
    return broadcast(ids.map((t) => t.shape))
  } catch {
    throw new ShapeError(
      `${op}: places of shapes ${showPlaces(ids)} for ${describe(x)} do not broadcast: give lists of one length, or axes of size 1`,
    )
  }
}

/** x at all places together: one axis, or several as one. */
function lookUp(
  op: string,
  about: Tensor,
  x: Tensor,
  axes: readonly number[],
  ids: readonly Tensor[],
): { y: Tensor; start: number; count: number } {
  const [first] = axes as readonly [number]
  if (ids.length === 1) return { y: take(x, ids[0]!, first), start: first, count: ids[0]!.rank }
  const shape = commonShape(op, about, ids)
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
  return apart ? 0 : chosen[0]!
}

/** x at an index, as `at` documents it; errors name `op` and the tensor it is called with. */
export function partAt(op: string, x: Tensor, index: readonly Index[], about = x): Tensor {
  const items = itemsOf(op, about, index)
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
    op,
    about,
    basic,
    axes,
    axes.map((a) => kept[a]!.places!),
  )
  return moveAxes(y, start, count, target(items))
}
