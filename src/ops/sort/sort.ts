/** Order: sort, argsort, topK. */

import { describe } from '../../graph/leaf.js'
import { defineMultiOp, type Emit } from '../../graph/op.js'
import type { Dtype } from '../../tensor/dtype.js'
import { isFloat, numberDtypes } from '../../tensor/dtype.js'
import type { Computed } from '../../tensor/dtypes.js'
import { HebbError, ShapeError } from '../../tensor/errors.js'
import { axisOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { cast } from '../elementwise/cast.js'
import { computed } from '../elementwise/real.js'
import { scatter } from '../gather/along.js'
import { zeros } from '../move/create.js'
import { reshape } from '../move/reshape.js'
import type { Found } from '../reduce/extremes.js'

interface TopAttrs {
  readonly count: number
  readonly axis: number
  readonly largest: boolean
  readonly [key: string]: number | boolean
}

const top = defineMultiOp({
  name: 'topK',
  kernels: numberDtypes,
  args: (x: Tensor, attrs: TopAttrs) => [[computed(x)], attrs],
  spec: ([x], { count, axis }) => {
    const shape = x!.shape.map((d, i) => (i === axis ? count : d))
    return [
      { shape, dtype: x!.dtype },
      { shape, dtype: 'i32' },
    ]
  },
  vjp: ([g], { inputs: [x], outs, attrs: { axis } }) => [g && scatter(zeros(x!.shape, { dtype: g.dtype }), outs[1]!, g, axis)],
  onnx: (e, [x], { count, axis, largest }, node) => {
    const { dtype } = node.outputs[0]!
    const find = (v: string, n: number, most: boolean): [string, string] =>
      e.many('TopK', [v, e.ints([n])], 2, { axis, largest: most ? 1 : 0 }) as [string, string]
    if (!isFloat(dtype)) {
      const [values, places] = find(x!, count, largest)
      return [values, e.cast(places, 'i32')]
    }
    const places =
      dtype === 'f32'
        ? find(aboveAll(e, x!), count, largest)[1]
        : inTwoPasses(e, x!, node.inputs[0]!.shape[axis]!, axis, (v, n) => find(v, n, largest)[1], count)
    return [e('GatherElements', [x, places], { axis }), e.cast(places, 'i32')]
  },
})

/** f32 as f64 keys in which NaN is larger than ∞: the kernel has no order for it. */
function aboveAll(e: Emit, x: string): string {
  const wide = e.cast(x, 'f64')
  const finite = e('Min', [wide, e.scalar(1e300, 'f64')])
  return e('Where', [e('IsNaN', [wide]), e.scalar(2e300, 'f64'), finite])
}

/** f64 has no wider type: order by being NaN first, then, keeping that order among equals, by value with NaN as ∞. */
function inTwoPasses(e: Emit, x: string, size: number, axis: number, find: (v: string, n: number) => string, count: number): string {
  const broken = e('IsNaN', [x])
  const before = find(e.cast(broken, 'u8'), size)
  const keys = e('GatherElements', [e('Where', [broken, e.scalar(Number.POSITIVE_INFINITY, 'f64'), x]), before], { axis })
  return e('GatherElements', [before, find(keys, count)], { axis })
}

/**
 * x in ascending (default) or descending order along an axis (default the last), and where each element was; equal ones keep their order.
 * NaN counts as larger than ∞. Gradients go back to where the elements were.
 */
export function sort<D extends Dtype>(x: Tensor<D>, axis?: number, options?: { descending?: boolean | undefined }): Found<Computed[D]>
export function sort(x: Tensor, axis = -1, { descending = false }: { descending?: boolean | undefined } = {}): Found {
  if (x.rank === 0) return { values: x, indices: zeros([], { dtype: 'i32' }) }
  const along = axisOf(axis, x.rank, 'sort')
  const [values, indices] = top(x, { count: x.shape[along]!, axis: along, largest: descending })
  return { values: values!, indices: cast(indices!, 'i32') }
}

/** The order that sorts x along an axis: where the smallest is, then the next, … (i32); equal ones keep their order. */
export function argsort(x: Tensor, axis?: number, options?: { descending?: boolean | undefined }): Tensor<'i32'>
export function argsort(x: Tensor, axis = -1, options?: { descending?: boolean | undefined }): Tensor {
  return sort(x, axis, options).indices
}

/**
 * The `count` largest (or smallest) elements along an axis (default the last), in order, and where they were; of equal ones the first come first.
 * NaN counts as larger than ∞. Throws ShapeError when the axis has fewer.
 *
 * @example tensor([3, 9, 5]).topK(2).values // [9, 5]
 */
export function topK<D extends Dtype>(
  x: Tensor<D>,
  count: number,
  axis?: number,
  options?: { largest?: boolean | undefined },
): Found<Computed[D]>
export function topK(x: Tensor, count: number, axis = -1, { largest = true }: { largest?: boolean | undefined } = {}): Found {
  if (x.rank === 0) {
    const { values, indices } = topK(reshape(x, [1]), count)
    return { values: reshape(values, []), indices: reshape(indices, []) }
  }
  const along = axisOf(axis, x.rank, 'topK')
  if (!Number.isInteger(count) || count < 0) throw new HebbError(`topK: ${count} is no count`)
  if (count > x.shape[along]!) throw new ShapeError(`topK: axis ${axis} of ${describe(x)} has only ${x.shape[along]}, not ${count}`)
  const [values, indices] = top(x, { count, axis: along, largest })
  return { values: values!, indices: cast(indices!, 'i32') }
}
