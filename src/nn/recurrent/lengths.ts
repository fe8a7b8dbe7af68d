/** Sequences of several lengths side by side in one batch. */

import type { Lengths } from '../../loss/ctc.js'
import { cast } from '../../ops/elementwise/cast.js'
import { less } from '../../ops/elementwise/compare.js'
import { arange } from '../../ops/move/create.js'
import { unsqueeze } from '../../ops/move/reshape.js'
import { DtypeError, ShapeError } from '../../tensor/errors.js'
import { showShape } from '../../tensor/shape.js'
import { Tensor, tensor } from '../../tensor/tensor.js'

/**
 * Which steps belong to a sequence: lengths (N) → bool (N, T), true before the length.
 * Throws DtypeError for lengths that are not integers, ShapeError unless there is one for each of `batch` sequences and known ones lie within 0 … T.
 *
 * @example lengthMask([2, 3], 3) // [[true, true, false], [true, true, true]]
 */
export function lengthMask(lengths: Lengths, steps: number, batch?: number): Tensor {
  return less(arange(steps), unsqueeze(checkedLengths(lengths, steps, batch), 1))
}

/** The lengths as i32 (N). Throws as {@link lengthMask}. */
export function checkedLengths(lengths: Lengths, steps: number, batch?: number): Tensor {
  const sizes = lengths instanceof Tensor ? lengths : whole(lengths)
  if (sizes.dtype !== 'i32' && sizes.dtype !== 'i64')
    throw new DtypeError(`lengths are ${sizes.dtype}, not whole numbers: cast them to i32`)
  if (sizes.rank !== 1 || (batch !== undefined && sizes.shape[0] !== batch))
    throw new ShapeError(`lengths ${showShape(sizes.shape)}: there must be one for each of ${batch ?? 'the'} sequences`)
  sizes.value?.forEach((n: number | bigint, i: number) => {
    if (Number(n) < 0 || Number(n) > steps)
      throw new ShapeError(`length ${n} of sequence ${i} lies outside 0 … ${steps}, the steps there are`)
  })
  return cast(sizes, 'i32')
}

function whole(lengths: readonly number[]): Tensor {
  if (lengths.some((n) => !Number.isInteger(n))) throw new DtypeError(`lengths [${lengths.join(', ')}] are not all whole numbers`)
  return tensor([...lengths], { dtype: 'i32' })
}
