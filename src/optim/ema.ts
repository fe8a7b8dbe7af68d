/** Running averages of weights, which often do better than the last weights. */
import type { Kernels } from '../kernels/kernels.js'
import { HebbError } from '../tensor/errors.js'

/** Settings of `ema`. */
export interface EmaOptions {
  /** share of the average that is kept at a step. Default 0.999 */
  decay?: number | undefined
  /** whether the first steps keep less: min(decay, (1 + t) / (10 + t)). Default false */
  warmup?: boolean | undefined
}

/** An average of weights over steps; holds no weights itself. */
export interface Ema {
  readonly decay: number
  /** share of the average that is kept at a step, counted from 1 */
  keep(step: number): number
  /** Moves an average toward weights, both byte offsets in the memory of the kernels. The average starts as a copy of the first weights. */
  update(k: Kernels, at: { readonly average: number; readonly weight: number; readonly length: number }, step: number): void
}

/**
 * average ← decay·average + (1 − decay)·w after each step [Polyak 1992].
 *
 * @example ema({ decay: 0.9999, warmup: true })
 */
export function ema({ decay = 0.999, warmup = false }: EmaOptions = {}): Ema {
  if (!(decay >= 0 && decay < 1)) throw new HebbError(`ema: decay is ${decay}: give a number of at least 0 and below 1`)
  const keep = (step: number): number => (warmup ? Math.min(decay, (1 + step) / (10 + step)) : decay)
  return { decay, keep, update: (k, { average, weight, length }, step) => k.ema(average, weight, length, 1 - keep(step)) }
}
