/** Tensors from nothing: the graph makes their numbers, no memory holds them. */
import { literal } from '../../graph/leaf.js'
import { defineOp } from '../../graph/op.js'
import { computeDtype, type Dtype, dtypes, isFloat } from '../../tensor/dtype.js'
import { DtypeError, HebbError, ShapeError } from '../../tensor/errors.js'
import { type Shape, showShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { add, mul, sub } from '../elementwise/arithmetic.js'
import { cast } from '../elementwise/cast.js'
import { equal, less } from '../elementwise/compare.js'
import { where } from '../elementwise/select.js'
import { floor } from '../elementwise/unary.js'
import { expand, reshape } from './reshape.js'

/** The dtype of a new tensor. */
export interface CreateOptions<D extends Dtype = Dtype> {
  dtype?: D | undefined
}

/** `value` everywhere, f32 by default. Throws ShapeError for sizes that are not whole numbers from 0 on. */
export function full<D extends Dtype = 'f32'>(shape: Shape, value: number, options: CreateOptions<D> = {}): Tensor<D> {
  const dtype = options.dtype ?? ('f32' as D)
  if (shape.some((d) => !Number.isInteger(d) || d < 0))
    throw new ShapeError(`full: ${showShape(shape)} is no shape: sizes are whole numbers from 0 on`)
  const stored = computeDtype(dtype)
  return cast(expand(literal(value, stored), shape), dtype)
}

/** Zeros, f32 by default. */
export const zeros = <D extends Dtype = 'f32'>(shape: Shape, options?: CreateOptions<D>): Tensor<D> => full(shape, 0, options)

/** Ones, f32 by default. */
export const ones = <D extends Dtype = 'f32'>(shape: Shape, options?: CreateOptions<D>): Tensor<D> => full(shape, 1, options)

const count: (length: number, dtype: 'i32' | 'i64' | 'f64') => Tensor = defineOp({
  name: 'arange',
  kernels: dtypes,
  args: (length: number, dtype: 'i32' | 'i64' | 'f64') => [[], { length, dtype }],
  spec: (_, { length, dtype }) => ({ shape: [length], dtype }),
  onnx: (e, _, { length, dtype }) => e('Range', [e.scalar(0, dtype), e.scalar(length, dtype), e.scalar(1, dtype)]),
})

const ranges: Readonly<Partial<Record<Dtype, readonly [least: number, most: number]>>> = {
  u8: [0, 255],
  i32: [-(2 ** 31), 2 ** 31 - 1],
  i64: [-(2 ** 63), 2 ** 63],
}

/**
 * start, start + step, … below stop (above it for negative steps); `arange(n)` counts 0 … n−1.
 * dtype defaults to i32 where all three are whole, else f32. Throws HebbError for step 0, DtypeError where a number leaves the dtype's range.
 *
 * @example arange(2, 8, 2) // [2, 4, 6]
 */
export function arange<D extends Dtype = 'i32' | 'f32'>(start: number, stop?: number, step?: number, options?: CreateOptions<D>): Tensor<D>
export function arange(start: number, stop?: number, step = 1, { dtype }: CreateOptions = {}): Tensor {
  const [from, to] = stop === undefined ? [0, start] : [start, stop]
  if (step === 0 || ![from, to, step].every(Number.isFinite))
    throw new HebbError(`arange: no sequence from ${from} to ${to} with step ${step}`)
  const length = Math.max(0, Math.ceil((to - from) / step))
  const whole = [from, to, step].every(Number.isInteger)
  const target = dtype ?? (whole ? 'i32' : 'f32')
  const last = from + Math.max(length - 1, 0) * step
  const [least, most] = ranges[target] ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  if (length > 0 && (Math.min(from, last) < least || Math.max(from, last) > most))
    throw new DtypeError(
      `arange: ${from < least || from > most ? from : last} is outside of ${target}, ${least} to ${most}: give dtype ${target === 'u8' ? "'i32'" : target === 'i32' ? "'i64'" : "'f64'"}`,
    )
  const inner = isFloat(target) || !whole ? 'f64' : target === 'i64' ? 'i64' : 'i32'
  let i = count(length, inner)
  if (step !== 1) i = mul(i, step)
  if (from !== 0) i = add(i, from)
  return cast(i, target)
}

/** `length` numbers evenly spaced from start to stop, both included; f32 by default, rounded down for integers. Throws HebbError for negative lengths. */
export function linspace<D extends Dtype = 'f32'>(start: number, stop: number, length: number, options: CreateOptions<D> = {}): Tensor<D> {
  const dtype = options.dtype ?? ('f32' as D)
  if (!Number.isInteger(length) || length < 0) throw new HebbError(`linspace: ${length} is no number of points`)
  const whole = !isFloat(dtype) && dtype !== 'bool'
  if (length < 2) return full([length], whole ? Math.floor(start) : start, { dtype })
  const i = count(length, 'f64')
  const step = (stop - start) / (length - 1)
  // the second half counts down from the end, so that the end is met exactly
  const fromStart = add(mul(i, step), start)
  const fromEnd = sub(stop, mul(sub(length - 1, i), step))
  const values = where(less(i, length / 2), fromStart, fromEnd)
  return cast(whole ? floor(values) : values, dtype)
}

/** Ones on the diagonal of a rows × columns matrix (square by default), zeros elsewhere. */
export function eye<D extends Dtype = 'f32'>(rows: number, columns = rows, options: CreateOptions<D> = {}): Tensor<D> {
  const dtype = options.dtype ?? ('f32' as D)
  if (![rows, columns].every((n) => Number.isInteger(n) && n >= 0)) throw new ShapeError(`eye: ${showShape([rows, columns])} is no shape`)
  return cast(equal(reshape(count(rows, 'i32'), [rows, 1]), count(columns, 'i32')), dtype)
}
