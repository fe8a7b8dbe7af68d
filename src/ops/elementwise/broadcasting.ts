/** Operands that meet: numbers become tensors, dtypes agree, and gradients shrink back to what was stretched. */
import { literal } from '../../graph/leaf.js'
import { computeDtype, type Dtype, isFloat, promote } from '../../tensor/dtype.js'
import { sameShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { reshape } from '../move/reshape.js'
import { sum } from '../reduce/sum.js'
import { cast } from './cast.js'

/** A tensor, or a number that takes the other operand's dtype. */
export type Operand = Tensor | number

/** Both operands as tensors of one dtype: numbers follow the tensor, mixed dtypes meet at the larger. */
export function operands(a: Operand, b: Operand): [Tensor, Tensor] {
  if (typeof a === 'number')
    return typeof b === 'number' ? [literal(a, 'f32'), literal(b, 'f32')] : ([...operands(b, a)].reverse() as [Tensor, Tensor])
  if (typeof b === 'number') {
    const dtype: Dtype =
      isFloat(a.dtype) || (Number.isInteger(b) && a.dtype !== 'bool') ? computeDtype(a.dtype) : Number.isInteger(b) ? 'i32' : 'f32'
    return [cast(a, dtype), literal(b, dtype)]
  }
  const dtype = promote(a.dtype, b.dtype)
  return [cast(a, dtype), cast(b, dtype)]
}

/** A gradient summed back to the shape of the operand that was stretched. */
export function unbroadcast(g: Tensor, like: Tensor): Tensor {
  if (sameShape(g.shape, like.shape)) return g
  const extra = g.rank - like.rank
  const axes = g.shape.flatMap((d, i) => (i < extra || (like.shape[i - extra] === 1 && d !== 1) ? [i] : []))
  return reshape(axes.length > 0 ? sum(g, axes, { keep: true }) : g, like.shape)
}
