// Elementwise work on one or two arrays.
import { axpy4, f32s, get, lerp, put } from './lanes'

// @ts-ignore: decorator
@inline
function scaleAt(x: usize, factor: v128, whole: bool): void {
  put(x, f32x4.mul(get(x, whole), factor), whole)
}

export function scale(x: usize, length: i32, factor: f32): void {
  const f = f32s(factor)
  const whole = (<usize>length & ~3) << 2
  const bytes = <usize>length << 2
  let i: usize = 0
  for (; i < whole; i += 16) scaleAt(x + i, f, true)
  for (; i < bytes; i += 4) scaleAt(x + i, f, false)
}

// @ts-ignore: decorator
@inline
function axpyAt(y: usize, x: usize, factor: v128, whole: bool): void {
  put(y, axpy4(factor, get(x, whole), get(y, whole)), whole)
}

export function axpy(y: usize, x: usize, length: i32, factor: f32): void {
  const f = f32s(factor)
  const whole = (<usize>length & ~3) << 2
  const bytes = <usize>length << 2
  let i: usize = 0
  for (; i < whole; i += 16) axpyAt(y + i, x + i, f, true)
  for (; i < bytes; i += 4) axpyAt(y + i, x + i, f, false)
}

// @ts-ignore: decorator
@inline
function emaAt(average: usize, x: usize, rate: v128, whole: bool): void {
  put(average, lerp(get(average, whole), get(x, whole), rate), whole)
}

export function ema(average: usize, x: usize, length: i32, rate: f32): void {
  const r = f32s(rate)
  const whole = (<usize>length & ~3) << 2
  const bytes = <usize>length << 2
  let i: usize = 0
  for (; i < whole; i += 16) emaAt(average + i, x + i, r, true)
  for (; i < bytes; i += 4) emaAt(average + i, x + i, r, false)
}

// pmin and pmax give back their first argument when the comparison with it is false, so a NaN in x stays.
// @ts-ignore: decorator
@inline
function clampAt(x: usize, low: v128, high: v128, whole: bool): void {
  put(x, f32x4.pmin(f32x4.pmax(get(x, whole), low), high), whole)
}

export function clampValues(x: usize, length: i32, low: f32, high: f32): void {
  const l = f32s(low)
  const h = f32s(high)
  const whole = (<usize>length & ~3) << 2
  const bytes = <usize>length << 2
  let i: usize = 0
  for (; i < whole; i += 16) clampAt(x + i, l, h, true)
  for (; i < bytes; i += 4) clampAt(x + i, l, h, false)
}

// a comparison with NaN is false, and what is not below the limit stays
// @ts-ignore: decorator
@inline
function dropTinyAt(x: usize, limit: v128, whole: bool): void {
  const value = get(x, whole)
  put(x, v128.andnot(value, f32x4.lt(f32x4.abs(value), limit)), whole)
}

export function dropTiny(x: usize, length: i32, limit: f32): void {
  const l = f32s(limit)
  const whole = (<usize>length & ~3) << 2
  const bytes = <usize>length << 2
  let i: usize = 0
  for (; i < whole; i += 16) dropTinyAt(x + i, l, true)
  for (; i < bytes; i += 4) dropTinyAt(x + i, l, false)
}
