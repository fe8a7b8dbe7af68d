/** Indices as inputs of ops: their dtypes, and how they are counted from the start. */
import { describe } from '../../graph/leaf.js'
import type { Emit } from '../../graph/op.js'
import { DtypeError } from '../../tensor/errors.js'
import type { Tensor } from '../../tensor/tensor.js'
import { cast } from '../elementwise/cast.js'

/** Indices as i32 or i64. Throws DtypeError for floats and booleans. */
export function indices(ids: Tensor, op: string): Tensor {
  if (ids.dtype === 'i32' || ids.dtype === 'i64') return ids
  if (ids.dtype === 'u8') return cast(ids, 'i32')
  throw new DtypeError(`${op}: indices are ${describe(ids)}: cast them to i32`)
}

/** Writes indices of an axis of `size` as 0 … size−1: negative ones count from the end, and the run fails with a message for those outside. */
export const fromStart = (e: Emit, ids: string, size: number, dtype: 'i32' | 'i64'): string =>
  e('Gather', [e('Range', [e.scalar(0, dtype), e.scalar(size, dtype), e.scalar(1, dtype)]), ids], { axis: 0 })
