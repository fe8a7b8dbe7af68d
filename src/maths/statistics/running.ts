/** What holds up to each element of an axis: cummax, cummin, logcumsumexp; and differences of neighbours. */

import { sub } from '../../ops/elementwise/arithmetic.js'
import { cast } from '../../ops/elementwise/cast.js'
import { and, equal, greaterEqual, lessEqual, notEqual, or } from '../../ops/elementwise/compare.js'
import { real } from '../../ops/elementwise/real.js'
import { where } from '../../ops/elementwise/select.js'
import { takeAlong } from '../../ops/gather/along.js'
import { concat } from '../../ops/move/concat.js'
import { arange, zeros } from '../../ops/move/create.js'
import { expand, reshape } from '../../ops/move/reshape.js'
import { slice } from '../../ops/move/slice.js'
import type { Found } from '../../ops/reduce/extremes.js'
import type { Dtype } from '../../tensor/dtype.js'
import { computeDtype, isFloat } from '../../tensor/dtype.js'
import type { Computed, Fractional } from '../../tensor/dtypes.js'
import { HebbError } from '../../tensor/errors.js'
import { axisOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { logaddexp } from '../special/logs.js'

const part = (x: Tensor, axis: number, start: number, stop: number): Tensor =>
  slice(
    x,
    x.shape.map((_, i) => (i === axis ? [start, stop] : null)),
  )

/** Several rows combined with what lies 1, 2, 4, … before: after log₂ n steps each holds all up to itself. */
function scanned(
  state: readonly Tensor[],
  axis: number,
  combine: (before: readonly Tensor[], here: readonly Tensor[]) => readonly Tensor[],
): readonly Tensor[] {
  const size = state[0]!.shape[axis]!
  let now = state
  for (let step = 1; step < size; step *= 2) {
    const joined = combine(
      now.map((t) => part(t, axis, 0, size - step)),
      now.map((t) => part(t, axis, step, size)),
    )
    now = joined.map((t, i) => concat([part(now[i]!, axis, 0, step), t], axis))
  }
  return now
}

type Running = <D extends Dtype>(x: Tensor<D>, axis: number) => Found<Computed[D]>

const running =
  (op: string, beats: (here: Tensor, before: Tensor) => Tensor): Running =>
  <D extends Dtype>(x: Tensor<D>, axis: number): Found<Computed[D]> => {
    const along = axisOf(axis, Math.max(x.rank, 1), op)
    const dtype = computeDtype(x.dtype) as Computed[D]
    if (x.rank === 0) return { values: cast(x, dtype), indices: zeros([], { dtype: 'i32' }) }
    const y: Tensor = cast(x, x.dtype === 'bool' ? 'u8' : computeDtype(x.dtype))
    const places = expand(
      reshape(
        arange(x.shape[along]!),
        x.shape.map((d, i) => (i === along ? d : 1)),
      ),
      x.shape,
    )
    const [, indices] = scanned([y, places], along, ([a, i], [b, j]) => {
      const plain = beats(b!, a!)
      // the first NaN ends the race, and later ones take its place, as in PyTorch
      const later = isFloat(y.dtype) ? or(notEqual(b!, b!), and(equal(a!, a!), plain)) : plain
      return [where(later, b!, a!), where(later, j!, i!)]
    })
    return { values: cast(takeAlong(y, indices!, along), dtype), indices: cast(indices!, 'i32') }
  }

/**
 * The largest element up to each one along an axis, and where it is: the last of equal ones. From the first NaN on it is NaN.
 * The gradient goes to the element chosen. In log₂ n steps.
 *
 * @example cummax(tensor([1, 3, 2]), 0).values // [1, 3, 3]
 */
export const cummax: Running = running('cummax', greaterEqual)

/** The smallest element up to each one along an axis, and where it is, as {@link cummax}. */
export const cummin: Running = running('cummin', lessEqual)

/** log Σ eˣ of x up to and including each element along an axis, without overflow. In log₂ n steps. */
export function logcumsumexp<D extends Dtype>(x: Tensor<D>, axis: number): Tensor<Fractional[D]>
export function logcumsumexp(x: Tensor, axis: number): Tensor {
  const y = real(x)
  if (y.rank === 0) {
    axisOf(axis, 1, 'logcumsumexp')
    return y
  }
  return scanned([y], axisOf(axis, x.rank, 'logcumsumexp'), ([a], [b]) => [logaddexp(a!, b!)])[0]!
}

/** Settings of `diff`. */
export interface DiffOptions {
  /** how often differences are taken; default 1 */
  n?: number | undefined
  /** default the last */
  axis?: number | undefined
  /** joined in front of x before */
  prepend?: Tensor | undefined
  /** joined behind x before */
  append?: Tensor | undefined
}

/**
 * Differences of neighbours along an axis, x[i + 1] − x[i], n times over: the axis is n shorter, and empty where it was no longer. Of booleans whether
 * neighbours differ. Throws HebbError for an n that is no count.
 *
 * @example diff(tensor([1, 4, 9, 16])) // [3, 5, 7]
 */
export function diff<D extends Dtype>(x: Tensor<D>, options?: DiffOptions): Tensor<Computed[D]>
export function diff(x: Tensor, { n = 1, axis = -1, prepend, append }: DiffOptions = {}): Tensor {
  if (!Number.isInteger(n) || n < 0) throw new HebbError(`diff: ${n} is no count: give a whole number from 0 on`)
  const along = axisOf(axis, x.rank, 'diff')
  let y = concat([...(prepend ? [prepend] : []), x, ...(append ? [append] : [])], along)
  for (let i = 0; i < n; i++) {
    const size = y.shape[along]!
    if (size < 2) return part(y, along, 0, 0)
    const [later, earlier] = [part(y, along, 1, size), part(y, along, 0, size - 1)]
    y = y.dtype === 'bool' ? notEqual(later, earlier) : sub(later, earlier)
  }
  return y
}
