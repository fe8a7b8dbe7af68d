/** The same numbers in another order, or several times: flip, roll, tile, repeat. */

import { describe } from '../../graph/leaf.js'
import { defineOp } from '../../graph/op.js'
import type { Dtype } from '../../tensor/dtype.js'
import { dtypes, numberDtypes } from '../../tensor/dtype.js'
import type { Computed } from '../../tensor/dtypes.js'
import { HebbError, ShapeError } from '../../tensor/errors.js'
import { axesOf, axisOf, showShape, sizeOf } from '../../tensor/shape.js'
import { fromData, type Tensor } from '../../tensor/tensor.js'
import { computed } from '../elementwise/real.js'
import { take } from '../gather/take.js'
import type { Axes } from '../reduce/axes.js'
import { sum } from '../reduce/sum.js'
import { expand, reshape, unsqueeze } from './reshape.js'

/** x backward along the axes (all when missing). */
export const flip: <D extends Dtype>(x: Tensor<D>, axes?: Axes) => Tensor<D> = defineOp({
  name: 'flip',
  kernels: dtypes,
  args: (x: Tensor, axes?: Axes) => [[x], { axes: axesOf(axes, x.rank, 'flip') }],
  spec: ([x]) => x!,
  vjp: (g, { attrs: { axes } }) => [flip(g, axes)],
  onnx: (e, [x], { axes }, node) => {
    const { shape } = node.inputs[0]!
    if (axes.length === 0) return e('Identity', [x])
    const ends = axes.map((a) => -shape[a]! - 1)
    return e('Slice', [x, e.ints(axes.map(() => -1)), e.ints(ends), e.ints(axes), e.ints(axes.map(() => -1))])
  },
})

const turn: (x: Tensor, shifts: readonly number[], axes: readonly number[]) => Tensor = defineOp({
  name: 'roll',
  kernels: dtypes,
  args: (x: Tensor, shifts: readonly number[], axes: readonly number[]) => [[x], { shifts, axes }],
  spec: ([x]) => x!,
  vjp: (g, { attrs: { shifts, axes } }) => [
    turn(
      g,
      shifts.map((s) => -s),
      axes,
    ),
  ],
  onnx: (e, [x], { shifts, axes }, node) => {
    const { shape } = node.inputs[0]!
    return axes.reduce(
      (y, axis, i) => {
        const size = shape[axis]!
        const shift = ((shifts[i]! % size) + size) % size
        if (shift === 0) return y
        const [head, tail] = e.many('Split', [y, e.ints([size - shift, shift])], 2, { axis })
        return e('Concat', [tail, head], { axis })
      },
      e('Identity', [x]),
    )
  },
})

/**
 * x moved along axes by as many places as the shifts say; what leaves one end comes back at the other.
 * Without axes the elements are moved in row-major order. Throws HebbError unless there is one whole shift per axis.
 */
export function roll<D extends Dtype>(x: Tensor<D>, shifts: number | readonly number[], axes?: number | readonly number[]): Tensor<D>
export function roll(x: Tensor, shifts: number | readonly number[], axes?: number | readonly number[]): Tensor {
  const by = typeof shifts === 'number' ? [shifts] : shifts
  if (!by.every(Number.isInteger)) throw new HebbError(`roll: shifts ${showShape(by)} are not whole numbers`)
  if (axes === undefined) {
    if (by.length !== 1) throw new HebbError(`roll: ${by.length} shifts need ${by.length} axes`)
    return reshape(turn(reshape(x, [x.size]), by, [0]), x.shape)
  }
  const along = (typeof axes === 'number' ? [axes] : axes).map((a) => axisOf(a, x.rank, 'roll'))
  if (along.length !== by.length) throw new HebbError(`roll: ${by.length} shifts for ${along.length} axes`)
  return turn(x, by, along)
}

const laid: (x: Tensor, repeats: readonly number[]) => Tensor = defineOp({
  name: 'tile',
  kernels: ['bool', ...numberDtypes],
  args: (x: Tensor, repeats: readonly number[]) => [[computed(x)], { repeats }],
  spec: ([x], { repeats }) => ({ shape: x!.shape.map((d, i) => d * repeats[i]!), dtype: x!.dtype }),
  vjp: (g, { inputs: [x], attrs: { repeats } }) => {
    const apart = reshape(
      g,
      x!.shape.flatMap((d, i) => [repeats[i]!, d]),
    )
    return [
      sum(
        apart,
        repeats.map((_, i) => 2 * i),
      ),
    ]
  },
  onnx: (e, [x], { repeats }) => e('Tile', [x, e.ints(repeats)]),
})

/**
 * x laid side by side as often as `repeats` says per axis, like tiles, as NumPy's `tile`. A number, or fewer repeats than axes, are those of the last
 * axes; more add axes in front. Elements one by one: {@link repeat}.
 *
 * @example tensor([1, 2]).tile([2, 2]) // [[1, 2, 1, 2], [1, 2, 1, 2]]
 */
export function tile<D extends Dtype>(x: Tensor<D>, repeats: number | readonly number[]): Tensor<Computed[D]>
export function tile(x: Tensor, repeats: number | readonly number[]): Tensor {
  const given = typeof repeats === 'number' ? [repeats] : repeats
  if (given.some((n) => !Number.isInteger(n) || n < 0)) throw new HebbError(`tile: ${showShape(given)} are not counts`)
  const all = [...x.shape.slice(given.length).map(() => 1), ...given]
  const wide = reshape(x, [...all.slice(x.rank).map(() => 1), ...x.shape])
  return all.every((n) => n === 1) ? wide : laid(wide, all)
}

/**
 * Every element `count` times in a row along an axis, as NumPy's `repeat` and PyTorch's `repeat_interleave`: [1, 2] becomes [1, 1, 2, 2]; with a list
 * of counts each as often as its own says. Without an axis x is flattened first. The whole side by side: {@link tile}.
 * Throws HebbError for what is no count, ShapeError for another number of counts than elements.
 *
 * @example repeat(tensor([1, 2, 3]), [2, 0, 1]) // [1, 1, 3]
 */
export function repeat<D extends Dtype>(x: Tensor<D>, count: number | readonly number[], axis?: number): Tensor<D>
export function repeat(x: Tensor, count: number | readonly number[], axis?: number): Tensor {
  const wrong = (typeof count === 'number' ? [count] : count).find((n) => !Number.isInteger(n) || n < 0)
  if (wrong !== undefined) throw new HebbError(`repeat: ${wrong} is no count`)
  if (axis === undefined) return repeat(reshape(x, [sizeOf(x.shape)]), count, 0)
  const along = axisOf(axis, x.rank, 'repeat')
  if (typeof count !== 'number') {
    if (count.length !== x.shape[along])
      throw new ShapeError(
        `repeat: ${count.length} counts for the ${x.shape[along]} elements along axis ${axis} of ${describe(x)}; tile(x, counts) lays x side by side`,
      )
    const places = count.flatMap((n, i) => Array.from({ length: n }, () => i))
    return take(x, fromData(Int32Array.from(places), [places.length], 'i32'), along)
  }
  const wide = unsqueeze(x, along + 1)
  return reshape(
    expand(
      wide,
      wide.shape.map((d, i) => (i === along + 1 ? count : d)),
    ),
    x.shape.map((d, i) => (i === along ? d * count : d)),
  )
}
