/** Several tensors as one: joined along an axis, or stacked along a new one. */
import { describe } from '../../graph/leaf.js'
import { defineOp } from '../../graph/op.js'
import { type Dtype, dtypes, promote } from '../../tensor/dtype.js'
import type { Joined } from '../../tensor/dtypes.js'
import { ShapeError } from '../../tensor/errors.js'
import { axisOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { cast } from '../elementwise/cast.js'
import { unsqueeze } from './reshape.js'
import { split } from './slice.js'

const join: (tensors: readonly Tensor[], axis: number) => Tensor = defineOp({
  name: 'concat',
  kernels: dtypes,
  empty: (tensors, { axis }) => {
    const rest = tensors.filter((t) => t.size > 0)
    return [rest.length === 1 ? rest[0]! : join(rest, axis as number)]
  },
  args: (tensors: readonly Tensor[], axis: number) => [tensors, { axis }],
  spec: (tensors, { axis }) => {
    const first = tensors[0]!
    const odd = tensors.find((t) => t.rank !== first.rank || t.shape.some((d, i) => i !== axis && d !== first.shape[i]))
    if (odd) throw new ShapeError(`concat: shapes differ outside axis ${axis}\n  inputs: ${describe(first)}, ${describe(odd)}`)
    return { shape: first.shape.map((d, i) => (i === axis ? tensors.reduce((n, t) => n + t.shape[axis]!, 0) : d)), dtype: first.dtype }
  },
  vjp: (g, { inputs, attrs: { axis } }) =>
    split(
      g,
      inputs.map((t) => t.shape[axis]!),
      axis,
    ),
  onnx: (e, names, { axis }) => e('Concat', names, { axis }),
})

const oneDtype = (tensors: readonly Tensor[]): Tensor[] => {
  const dtype = tensors.reduce<Dtype>((d, t) => promote(d, t.dtype), tensors[0]!.dtype)
  return tensors.map((t) => cast(t, dtype))
}

/**
 * Tensors joined end to end along an axis (default 0); mixed dtypes meet at the larger.
 * Throws ShapeError when other axes differ or there is nothing to join.
 */
export function concat<D extends Dtype>(tensors: readonly Tensor<D>[], axis?: number): Tensor<Joined[D]>
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  const first = tensors[0]
  if (!first) throw new ShapeError('concat: there are no tensors to join')
  if (first.rank === 0) throw new ShapeError('concat: scalars have no axis to join along: use stack')
  const along = axisOf(axis, first.rank, 'concat')
  return tensors.length === 1 ? first : join(oneDtype(tensors), along)
}

/** Tensors of one shape side by side along a new axis (default the first). Throws ShapeError when shapes differ. */
export function stack<D extends Dtype>(tensors: readonly Tensor<D>[], axis?: number): Tensor<Joined[D]>
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  const first = tensors[0]
  if (!first) throw new ShapeError('stack: there are no tensors to stack')
  const odd = tensors.find((t) => t.shape.join() !== first.shape.join())
  if (odd) throw new ShapeError(`stack: shapes differ\n  inputs: ${describe(first)}, ${describe(odd)}`)
  const along = axisOf(axis, first.rank + 1, 'stack')
  return concat(
    tensors.map((t) => unsqueeze(t, along)),
    along,
  )
}
