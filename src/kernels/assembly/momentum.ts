// Updates by a gradient or its running mean: SGD and Lion. Formulas: src/optim.
import { axpy4, f32s, get, lerp, put } from './lanes'

// @ts-ignore: decorator
@inline
function sgdAt(w: usize, g: usize, l2: v128, rate: v128, whole: bool): void {
  const weight = get(w, whole)
  const d = axpy4(l2, weight, get(g, whole))
  put(w, f32x4.sub(weight, f32x4.mul(rate, d)), whole)
}

export function sgd(w: usize, g: usize, length: i32, l2: f32, rate: f32): void {
  const decay = f32s(l2)
  const r = f32s(rate)
  const whole = (<usize>length & ~3) << 2
  const bytes = <usize>length << 2
  let i: usize = 0
  for (; i < whole; i += 16) sgdAt(w + i, g + i, decay, r, true)
  for (; i < bytes; i += 4) sgdAt(w + i, g + i, decay, r, false)
}

// @ts-ignore: decorator
@inline
function momentumAt(w: usize, g: usize, m: usize, l2: v128, keep: v128, gain: v128, fromGrad: v128, fromMean: v128, whole: bool): void {
  const weight = get(w, whole)
  const d = axpy4(l2, weight, get(g, whole))
  const mean = f32x4.add(f32x4.mul(keep, get(m, whole)), f32x4.mul(gain, d))
  put(m, mean, whole)
  put(w, f32x4.sub(weight, f32x4.add(f32x4.mul(fromGrad, d), f32x4.mul(fromMean, mean))), whole)
}

export function sgdMomentum(w: usize, g: usize, m: usize, length: i32, l2: f32, keep: f32, gain: f32, fromGrad: f32, fromMean: f32): void {
  const decay = f32s(l2)
  const k = f32s(keep)
  const n = f32s(gain)
  const a = f32s(fromGrad)
  const b = f32s(fromMean)
  const whole = (<usize>length & ~3) << 2
  const bytes = <usize>length << 2
  let i: usize = 0
  for (; i < whole; i += 16) momentumAt(w + i, g + i, m + i, decay, k, n, a, b, true)
  for (; i < bytes; i += 4) momentumAt(w + i, g + i, m + i, decay, k, n, a, b, false)
}

/** ±1, and the number itself where it is 0 or NaN */
// @ts-ignore: decorator
@inline
function sign(x: v128): v128 {
  const unit = v128.or(v128.and(x, i32x4.splat(0x80000000)), f32x4.splat(1))
  return v128.bitselect(unit, x, f32x4.gt(f32x4.abs(x), f32x4.splat(0)))
}

// @ts-ignore: decorator
@inline
function lionAt(w: usize, g: usize, m: usize, shrink: v128, mix: v128, rate: v128, step: v128, whole: bool): void {
  const d = get(g, whole)
  const mean = get(m, whole)
  put(w, f32x4.sub(f32x4.mul(get(w, whole), shrink), f32x4.mul(step, sign(lerp(mean, d, mix)))), whole)
  put(m, lerp(mean, d, rate), whole)
}

export function lion(w: usize, g: usize, m: usize, length: i32, shrink: f32, mix: f32, rate: f32, step: f32): void {
  const s = f32s(shrink)
  const x = f32s(mix)
  const r = f32s(rate)
  const t = f32s(step)
  const whole = (<usize>length & ~3) << 2
  const bytes = <usize>length << 2
  let i: usize = 0
  for (; i < whole; i += 16) lionAt(w + i, g + i, m + i, s, x, r, t, true)
  for (; i < bytes; i += 4) lionAt(w + i, g + i, m + i, s, x, r, t, false)
}
