/** What one row of the op battery is: an op, and the cases that pin it. Rows live in cases/<family>.ts, one file per family. */
import type { Tensor } from '../../src/tensor/tensor.js'
import type { Tolerance } from '../compare.js'

/** Plain numbers of a shape, in row-major order: what references compute with. Booleans are 0 and 1. */
export interface Grid {
  readonly shape: readonly number[]
  readonly data: readonly number[]
}

/** Settings of the finite differences, where the usual ones do not fit the function. */
export interface Steps {
  readonly eps?: number
  readonly rtol?: number
  readonly atol?: number
}

/** One call of the op: its values are compared with the reference, its gradients with finite differences. */
export interface Case {
  /** what is special about it */
  readonly name: string
  /** fresh inputs at every call, the same numbers each time; floats in f64, away from kinks where gradients are checked */
  readonly inputs: () => readonly Tensor[]
  readonly call: (...inputs: Tensor[]) => Tensor | readonly Tensor[]
  /** the outputs in plain JavaScript, without any op; missing only where `because` says what checks the values instead */
  readonly reference?: (...inputs: Grid[]) => Grid | readonly Grid[]
  readonly because?: string
  /** how far gradients are checked: 2 (default) first and second order, 1 first only, 0 none (integers, extremes, kinks) */
  readonly gradient?: 0 | 1 | 2
  readonly steps?: Steps
  /** of the values in f64; default rtol 1e-9, atol 1e-12. Floats are computed in f32 too, at 1e-4 and 1e-5 or `tolerance32` */
  readonly tolerance?: Tolerance
  readonly tolerance32?: Tolerance
}

/** A large case of whole numbers: with two threads, 50 times the same bytes, for values and gradients, and those of one thread. */
export interface LargeCase {
  /** f32 or integer tensors of whole numbers, so that sums are exact in any order; about 1e5 elements */
  readonly inputs: () => readonly Tensor[]
  readonly call: (...inputs: Tensor[]) => Tensor | readonly Tensor[]
  /** false where fractions appear and the order of a sum may show: then only repeats must agree */
  readonly exact?: boolean
  /** false where the gradient holds fractions that make it too slow or is not defined */
  readonly gradient?: boolean
}

/** All that is known about one op. */
export interface Row {
  /** name of the function, as exported */
  readonly name: string
  /** names of the registered primitives it stands on and covers; default `[name]` */
  readonly covers?: readonly string[]
  readonly cases: readonly Case[]
  /** missing only for ops without numbers of their own, with `because` */
  readonly large?: LargeCase
  readonly because?: string
}
