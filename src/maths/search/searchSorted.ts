/** Places in sorted rows: searchSorted, bucketize. */
import { describe } from '../../graph/leaf.js'
import { add, minimum, sub } from '../../ops/elementwise/arithmetic.js'
import type { Operand } from '../../ops/elementwise/broadcasting.js'
import { cast } from '../../ops/elementwise/cast.js'
import { and, equal, less, lessEqual, notEqual, or } from '../../ops/elementwise/compare.js'
import { where } from '../../ops/elementwise/select.js'
import { takeAlong } from '../../ops/gather/along.js'
import { take } from '../../ops/gather/take.js'
import { full, zeros } from '../../ops/move/create.js'
import { computeDtype, isFloat, promote } from '../../tensor/dtype.js'
import { ShapeError } from '../../tensor/errors.js'
import { sameShape } from '../../tensor/shape.js'
import { Tensor, tensor } from '../../tensor/tensor.js'

/** How equal numbers are met. */
export interface SearchOptions {
  /** after equal ones instead of before them; default false */
  right?: boolean | undefined
}

/** Whether s comes before v: below it, or not above it; NaN is larger than everything, as sorting has it. */
function before(s: Tensor, v: Tensor, right: boolean): Tensor {
  const plain = right ? lessEqual(s, v) : less(s, v)
  if (!isFloat(v.dtype)) return plain
  const last = notEqual(v, v)
  return or(plain, right ? last : and(last, equal(s, s)))
}

/**
 * Where each value would be put into a sorted row so that it stays sorted: before equal ones, or with `right` after them; i32, shape of the values.
 * sorted (n) for values of any shape, or sorted (…, n) and values (…, m) with a row for each; ascending, NaN last. In log₂ n steps, all values
 * together. No gradient. Throws ShapeError when leading axes differ.
 *
 * @example searchSorted(tensor([1, 3, 5]), tensor([3, 4])) // [1, 2]
 */
export function searchSorted(sorted: Tensor, values: Operand, { right = false }: SearchOptions = {}): Tensor {
  if (sorted.rank === 0) throw new ShapeError(`searchSorted: ${describe(sorted)} is no row: give one axis or more`)
  const wanted =
    typeof values === 'number'
      ? full([], values, { dtype: Number.isInteger(values) || isFloat(sorted.dtype) ? computeDtype(sorted.dtype) : 'f32' })
      : values
  const one = sorted.rank === 1
  if (!one && !sameShape(sorted.shape.slice(0, -1), wanted.shape.slice(0, -1)))
    throw new ShapeError(`searchSorted: leading axes differ\n  inputs: sorted ${describe(sorted)}, values ${describe(wanted)}`)
  const dtype = promote(sorted.dtype === 'bool' ? 'u8' : sorted.dtype, wanted.dtype === 'bool' ? 'u8' : wanted.dtype)
  const size = sorted.shape.at(-1)!
  if (size === 0 || wanted.size === 0) return zeros(wanted.shape, { dtype: 'i32' })
  const [row, v] = [cast(sorted, dtype), cast(wanted, dtype)]
  let found: Tensor = zeros(wanted.shape, { dtype: 'i32' })
  for (let step = 2 ** Math.floor(Math.log2(size)); step >= 1; step /= 2) {
    const next = add(found, step)
    const place = sub(minimum(next, size), 1)
    const there = one ? take(row, place) : takeAlong(row, place, -1)
    found = where(and(lessEqual(next, size), before(there, v, right)), next, found)
  }
  return found
}

/**
 * In which bucket each element of x lies, i32: i where boundaries[i − 1] < x ≤ boundaries[i], or with `right` boundaries[i − 1] ≤ x < boundaries[i];
 * 0 below the first, as many as there are boundaries above the last. Boundaries are an ascending row (n) or a list. No gradient.
 *
 * @example bucketize(tensor([1, 4, 9]), [3, 5]) // [0, 1, 2]
 */
export function bucketize(x: Tensor, boundaries: Tensor | readonly number[], options?: SearchOptions): Tensor<'i32'>
export function bucketize(x: Tensor, boundaries: Tensor | readonly number[], options?: SearchOptions): Tensor {
  const row =
    boundaries instanceof Tensor ? boundaries : tensor([...boundaries], { dtype: isFloat(x.dtype) ? computeDtype(x.dtype) : 'f64' })
  if (row.rank !== 1) throw new ShapeError(`bucketize: boundaries ${describe(row)} are no row (n)`)
  return searchSorted(row, x, options)
}
