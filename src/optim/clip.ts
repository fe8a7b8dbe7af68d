/** Keeping gradients from being too large, on flat memory, before an update. */
import type { Kernels } from '../kernels/kernels.js'
import { HebbError } from '../tensor/errors.js'
import { checkOptions } from '../tensor/options.js'

/** A run of f32 numbers: `length` of them from byte offset `at` in the memory of the kernels. */
export interface Slice {
  readonly k: Kernels
  readonly at: number
  readonly length: number
}

/** Which norm: Σ|x|, √Σx², or max |x|. */
export type NormOrder = 1 | 2 | typeof Number.POSITIVE_INFINITY

/** The norm of all slices together as if they were one vector, summed in f64; 0 without numbers, NaN if there is one. */
export function normOf(slices: readonly Slice[], order: NormOrder = 2): number {
  if (order === 1) return sumOver(slices, 'addAbs', 'absSum')
  if (order === 2) return Math.sqrt(sumOver(slices, 'addSquares', 'squaredNorm'))
  if (order === Number.POSITIVE_INFINITY) return slices.reduce((most, { k, at, length }) => Math.max(most, k.absMax(at, length)), 0)
  throw new HebbError(`norm of order ${order}: give 1, 2 or Infinity`)
}

/** A sum over all slices in the lanes of one, so that it is the same in several memories; slices that do not fill the lanes are summed one by one. */
function sumOver(slices: readonly Slice[], add: 'addSquares' | 'addAbs', alone: 'squaredNorm' | 'absSum'): number {
  if (slices.length < 2 || slices.some(({ length }) => length % 8 !== 0))
    return slices.reduce((sum, { k, at, length }) => sum + k[alone](at, length), 0)
  let last: Kernels | undefined
  let sums = noSums
  for (const [i, { k, at, length }] of slices.entries()) {
    if (k !== last) k.setLanes(...sums)
    k[add](at, length)
    last = k
    if (slices[i + 1]?.k !== k) sums = lanesOf(k)
  }
  const [l0, l1, l2, l3, l4, l5, l6, l7] = sums
  return l0 + l2 + (l4 + l6) + (l1 + l3 + (l5 + l7))
}
type Lanes = readonly [number, number, number, number, number, number, number, number]
const noSums: Lanes = [0, 0, 0, 0, 0, 0, 0, 0]
const lanesOf = (k: Kernels): Lanes => [k.lane(0), k.lane(1), k.lane(2), k.lane(3), k.lane(4), k.lane(5), k.lane(6), k.lane(7)]

/**
 * x ← x·min(1, max / (norm + 1e-6)) over all slices together [Pascanu 2013]. Gives back the norm before. Where that is NaN or infinite, nothing is changed:
 * the gradients still show which weight broke first.
 *
 * @example clipByNorm([{ k, at: 0, length: 1000 }], { max: 1 })
 */
export function clipByNorm(slices: readonly Slice[], { max, order = 2 }: { max: number; order?: NormOrder | undefined }): number {
  if (!(max >= 0)) throw new HebbError(`clipByNorm: max is ${max}: give a number of at least 0`)
  const norm = normOf(slices, order)
  const factor = max / (norm + 1e-6)
  if (Number.isFinite(norm) && factor < 1) for (const { k, at, length } of slices) k.scale(at, length, factor)
  return norm
}

/** x ← min(max(x, −max), max), number by number; NaN stays. */
export function clipByValue(slices: readonly Slice[], max: number): void {
  if (!(max >= 0)) throw new HebbError(`clipByValue: max is ${max}: give a number of at least 0`)
  for (const { k, at, length } of slices) k.clampValues(at, length, -max, max)
}

/** Throws HebbError unless this is a way of clipping, or none. */
export function checkClip(where: string, clip: unknown): void {
  if (clip === undefined) return
  if (typeof clip !== 'object' || clip === null || !('norm' in clip || 'value' in clip))
    throw new HebbError(
      `${where}: clip is ${typeof clip === 'object' ? JSON.stringify(clip) : String(clip)}: give { norm: 1 } or { value: 1 }`,
    )
  checkOptions(`${where}: clip`, clip, 'norm' in clip ? ['norm', 'order'] : ['value'])
}
