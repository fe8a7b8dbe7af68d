/** Random numbers as leaves of the graph: f(seed, key, step), drawn anew before each run. */
import { randomLeaf } from '../graph/leaf.js'
import { type Dtype, isFloat } from '../tensor/dtype.js'
import { DtypeError, HebbError, ShapeError } from '../tensor/errors.js'
import { type Shape, showShape } from '../tensor/shape.js'
import type { Tensor } from '../tensor/tensor.js'
import { add, mul } from './elementwise/arithmetic.js'
import { cast } from './elementwise/cast.js'
import { less } from './elementwise/compare.js'

/** What every draw needs. */
export interface DrawOptions {
  /** names the draw: the same key gives the same numbers in one step of one seed, so give each use its own */
  readonly key: string
  /** default f32 */
  readonly dtype?: Dtype | undefined
}

function leaf(op: string, shape: Shape, distribution: 'uniform' | 'normal', key: string, dtype: Dtype): Tensor {
  if (shape.some((d) => !Number.isInteger(d) || d < 0))
    throw new ShapeError(`random.${op}: ${showShape(shape)} is no shape: sizes are whole numbers from 0 on`)
  if (typeof key !== 'string' || key === '')
    throw new HebbError(`random.${op}: give the draw a key, as in random.${op}(shape, { key: 'noise' })`)
  if (!isFloat(dtype)) throw new DtypeError(`random.${op}: ${dtype} holds no fractions`)
  return randomLeaf([...shape], distribution, key)
}

/** Where no draw is worth an operation. */
const scaled = (x: Tensor, by: number, plus: number): Tensor => {
  const y = by === 1 ? x : mul(x, by)
  return plus === 0 ? y : add(y, plus)
}

/** Evenly distributed on [min, max), by default [0, 1). */
export function uniform(
  shape: Shape,
  { key, dtype = 'f32', min = 0, max = 1 }: DrawOptions & { readonly min?: number | undefined; readonly max?: number | undefined },
): Tensor {
  if (!(min <= max)) throw new HebbError(`random.uniform: no numbers from ${min} to ${max}`)
  return cast(scaled(leaf('uniform', shape, 'uniform', key, dtype), max - min, min), dtype)
}

/** Normally distributed, by default with mean 0 and standard deviation 1. */
export function normal(
  shape: Shape,
  { key, dtype = 'f32', mean = 0, std = 1 }: DrawOptions & { readonly mean?: number | undefined; readonly std?: number | undefined },
): Tensor {
  if (!(std >= 0)) throw new HebbError(`random.normal: ${std} is no standard deviation`)
  return cast(scaled(leaf('normal', shape, 'normal', key, dtype), std, mean), dtype)
}

/** 1 with the given probability, else 0; f32 by default, any dtype. */
export function bernoulli(shape: Shape, probability: number, { key, dtype = 'f32' }: DrawOptions): Tensor {
  if (!(probability >= 0 && probability <= 1)) throw new HebbError(`random.bernoulli: ${probability} is no probability: give 0 to 1`)
  return cast(less(leaf('bernoulli', shape, 'uniform', key, 'f32'), probability), dtype)
}
