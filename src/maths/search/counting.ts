/** How often what appears: bincount, histogram. */
import { describe } from '../../graph/leaf.js'
import { add, div, mul, sub } from '../../ops/elementwise/arithmetic.js'
import { cast } from '../../ops/elementwise/cast.js'
import { and, equal, greaterEqual, less, lessEqual } from '../../ops/elementwise/compare.js'
import { real } from '../../ops/elementwise/real.js'
import { where } from '../../ops/elementwise/select.js'
import { scatterAdd } from '../../ops/gather/along.js'
import { indices } from '../../ops/gather/ids.js'
import { linspace, ones, zeros } from '../../ops/move/create.js'
import { expand, reshape } from '../../ops/move/reshape.js'
import { slice } from '../../ops/move/slice.js'
import { max, min } from '../../ops/reduce/extremes.js'
import { sum } from '../../ops/reduce/sum.js'
import { computeDtype, isFloat } from '../../tensor/dtype.js'
import { DtypeError, HebbError, ShapeError } from '../../tensor/errors.js'
import { sameShape } from '../../tensor/shape.js'
import { Tensor, tensor } from '../../tensor/tensor.js'
import { searchSorted } from './searchSorted.js'

/** Settings of `bincount`. */
export interface BincountOptions {
  /** what each element counts, in x's shape; default 1 */
  weights?: Tensor | undefined
  /** at least so many counts; default 0 */
  minLength?: number | undefined
}

/** Σ of what each element counts at its number. */
function counted(ids: Tensor, weights: Tensor | undefined, length: number): Tensor {
  const flat = reshape(ids, [ids.size])
  const each = weights ? reshape(weights, [weights.size]) : ones([ids.size], { dtype: 'i32' })
  if (length === 0) return zeros([0], { dtype: each.dtype })
  return scatterAdd(zeros([length], { dtype: each.dtype }), flat, each, 0)
}

/**
 * How often each whole number 0, 1, 2, … appears in x: i32, or in the weights' dtype the sum of their weights, which carries gradients.
 * As long as the largest number asks for, and at least `minLength`; that is known only when x is computed, so the answer is awaited. With `length`
 * nothing is awaited, and a run fails when a number has no place. Throws DtypeError for floats, HebbError for negative numbers.
 *
 * @example await bincount(tensor([1, 3, 1], { dtype: 'i32' })) // [0, 2, 0, 1]
 */
export function bincount(x: Tensor, options?: BincountOptions): Promise<Tensor>
export function bincount(x: Tensor, options: { weights?: Tensor | undefined; length: number }): Tensor
export function bincount(x: Tensor, options: BincountOptions & { length?: number | undefined } = {}): Tensor | Promise<Tensor> {
  const { weights, minLength = 0, length } = options
  const ids = indices(x, 'bincount')
  for (const n of [minLength, length ?? 0])
    if (!Number.isInteger(n) || n < 0) throw new HebbError(`bincount: ${n} is no length: give a whole number from 0 on`)
  if (weights && !sameShape(weights.shape, x.shape))
    throw new ShapeError(`bincount: every element has one weight\n  inputs: x ${describe(x)}, weights ${describe(weights)}`)
  const each = weights && cast(weights, weights.dtype === 'bool' || weights.dtype === 'u8' ? 'i32' : computeDtype(weights.dtype))
  // a negative number would count from the end: it is sent where there is no place
  if (length !== undefined) return counted(where(less(ids, 0), length, ids), each, length)
  return ids.data().then((values) => {
    let most = -1
    for (const v of values) {
      if (v < 0) throw new HebbError(`bincount: ${v} in ${describe(x)} is no count's number: give whole numbers from 0 on`)
      if (v > most) most = Number(v)
    }
    return counted(ids, each, Math.max(most + 1, minLength))
  })
}

/** Settings of `histogram`. */
export interface HistogramOptions {
  /** smallest and largest value counted; default those of x, ½ more to both sides when they are equal */
  range?: readonly [number, number] | undefined
  /** what each element counts, in x's shape; default 1 */
  weights?: Tensor | undefined
  /** counts become shares per width, whose integral is 1; default false */
  density?: boolean | undefined
}

/** Counts per bin and where bins begin and end. */
export interface Histogram {
  readonly counts: Tensor
  readonly edges: Tensor
}

function edgesOf(x: Tensor, bins: number, range: readonly [number, number] | undefined): Tensor {
  if (!Number.isInteger(bins) || bins < 1) throw new HebbError(`histogram: ${bins} is no number of bins: give 1 or more, or the edges`)
  const dtype = x.dtype === 'f64' ? 'f64' : 'f32'
  if (range) {
    const [from, to] = range
    if (!(Number.isFinite(from) && Number.isFinite(to) && from <= to))
      throw new HebbError(`histogram: range ${from} to ${to} is none: give two numbers in order`)
    return from === to ? linspace(from - 0.5, to + 0.5, bins + 1, { dtype }) : linspace(from, to, bins + 1, { dtype })
  }
  if (x.size === 0) return linspace(0, 1, bins + 1, { dtype })
  const [low, high] = [min(x), max(x)]
  const same = equal(low, high)
  const [from, to] = [where(same, sub(low, 0.5), low), where(same, add(high, 0.5), high)]
  const steps = linspace(0, 1, bins + 1, { dtype })
  return add(mul(from, sub(1, steps)), mul(to, steps))
}

/**
 * How many elements lie in each bin: `bins` of equal width, or between the given edges (ascending). A bin has its lower edge, the last its upper
 * one too; what lies outside and NaN are not counted. Counts in x's dtype (f32 for integers) or the weights', which carry gradients.
 * Throws HebbError for a number of bins or a range that is none, ShapeError when weights do not fit.
 *
 * @example histogram(tensor([1, 2, 2, 4]), 3).counts // [1, 2, 1], edges [1, 2, 3, 4]
 */
export function histogram(
  x: Tensor,
  bins: number | Tensor | readonly number[] = 10,
  { range, weights, density = false }: HistogramOptions = {},
): Histogram {
  const y = real(x)
  if (weights && !sameShape(weights.shape, x.shape))
    throw new ShapeError(`histogram: every element has one weight\n  inputs: x ${describe(x)}, weights ${describe(weights)}`)
  if (weights && !isFloat(weights.dtype)) throw new DtypeError(`histogram: weights are ${weights.dtype}: cast them to f32`)
  const given = bins instanceof Tensor ? bins : typeof bins === 'number' ? undefined : tensor([...bins], { dtype: y.dtype })
  const edges = given ? cast(given, y.dtype) : edgesOf(y, bins as number, range)
  if (edges.rank !== 1 || edges.size < 2) throw new ShapeError(`histogram: edges ${describe(edges)} hold no bin: give two or more in a row`)
  const count = edges.size - 1
  const flat = reshape(y, [y.size])
  const [first, last] = [slice(edges, [[0, 1]]), slice(edges, [[-1]])]
  const inside = and(greaterEqual(flat, first), lessEqual(flat, last))
  const place = sub(searchSorted(edges, flat, { right: true }), 1)
  const bin = where(inside, where(equal(flat, last), count - 1, place), count)
  const each = weights ? real(reshape(weights, [weights.size])) : ones([y.size], { dtype: 'i32' })
  const all = scatterAdd(zeros([count + 1], { dtype: each.dtype }), bin, each, 0)
  const counts = cast(slice(all, [[0, count]]), weights ? each.dtype : y.dtype)
  if (!density) return { counts, edges }
  const widths = sub(slice(edges, [[1]]), slice(edges, [[0, -1]]))
  return { counts: div(div(counts, expand(sum(counts), counts.shape)), widths), edges }
}
