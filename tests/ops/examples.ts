/** Inputs for cases: the same numbers each time, with the property the case needs. */
import type { Axes } from '../../src/ops/index.js'
import { allocate, type Dtype } from '../../src/tensor/dtype.js'
import { fromData, type Tensor, tensor } from '../../src/tensor/tensor.js'
import { sizeOf } from './reference.js'

type Shape = readonly number[]
type Nested = number | readonly Nested[]

/** Fractions in [0, 1) that depend on nothing but the seed (mulberry32). */
export function fractions(seed: number): () => number {
  let state = (seed * 0x9e3779b9) >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let z = Math.imul(state ^ (state >>> 15), state | 1)
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61)
    return ((z ^ (z >>> 14)) >>> 0) / 4294967296
  }
}

const made = (shape: Shape, dtype: Dtype, f: (i: number) => number): Tensor => {
  const data = allocate(dtype, sizeOf(shape))
  for (let i = 0; i < data.length; i++) data[i] = dtype === 'i64' ? BigInt(Math.floor(f(i))) : f(i)
  return fromData(data, shape, dtype)
}

export interface Spread {
  readonly seed?: number
  readonly from?: number
  readonly to?: number
  readonly dtype?: Dtype
}

/** Numbers written out, in f64. */
export const of = (value: Nested, dtype: Dtype = 'f64'): Tensor => tensor(value, { dtype })

/** An empty tensor of a shape with a 0. */
export const empty = (shape: Shape, dtype: Dtype = 'f64'): Tensor => made(shape, dtype, () => 0)

/** Random numbers, f64 in [−2, 2) by default. */
export function some(shape: Shape, { seed = 1, from = -2, to = 2, dtype = 'f64' }: Spread = {}): Tensor {
  const next = fractions(seed)
  return made(shape, dtype, () => from + (to - from) * next())
}

/** Random whole numbers, f32 from −3 to 3 by default, both included. */
export function whole(shape: Shape, { seed = 1, from = -3, to = 3, dtype = 'f32' }: Spread = {}): Tensor {
  const next = fractions(seed)
  return made(shape, dtype, () => from + Math.floor((to - from + 1) * next()))
}

/** Different numbers with clear gaps between them, shuffled: for whatever chooses or orders. */
export function distinct(shape: Shape, { seed = 1, from = -2, to = 2, dtype = 'f64' }: Spread = {}): Tensor {
  const next = fractions(seed)
  const n = sizeOf(shape)
  const order = Array.from({ length: n }, (_, i) => i)
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1))
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return made(shape, dtype, (i) => from + ((to - from) * (order[i]! + 0.5)) / n)
}

/** ±1e4, NaN, ±∞, ±0 and numbers near 0 and 1. */
export const extremes = (dtype: Dtype = 'f64'): Tensor =>
  of([1e4, -1e4, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1e-4, -1e-4, 1, -1, 30, -30], dtype)

/** Axes of a call as a list; undefined for all. */
export const listOf = (axes: Axes): readonly number[] | undefined =>
  axes === undefined || axes === null ? undefined : typeof axes === 'number' ? [axes] : axes
/** (2, 3, 4) */
export const cube = (): Tensor => some([2, 3, 4])
/** Rows of NaN, ∞, −∞, both infinities, large numbers, zeros */
export const odd = (): Tensor =>
  of([
    [1, Number.NaN, 2],
    [1, Number.POSITIVE_INFINITY, -2],
    [Number.NEGATIVE_INFINITY, 0, 3],
    [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 1],
    [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
    [1e4, 1e4, -1e4],
    [0, -0, 0],
  ])
