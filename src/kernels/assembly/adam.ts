// Updates by a running mean over a running size: Adam (AdamW and RAdam are the same with other scalars), AMSGrad, NAdam, Adamax.
// Formulas: src/optim.
import { axpy4, f32s, get, lerp, put, square } from './lanes'

/** √v·root + eps */
// @ts-ignore: decorator
@inline
function size(v: v128, root: v128, eps: v128): v128 {
  return f32x4.add(f32x4.mul(f32x4.sqrt(v), root), eps)
}

/** w·shrink − above/below */
// @ts-ignore: decorator
@inline
function moved(w: v128, shrink: v128, above: v128, below: v128): v128 {
  return f32x4.sub(f32x4.mul(w, shrink), f32x4.div(above, below))
}

// @ts-ignore: decorator
@inline
function adamAt(
  w: usize, g: usize, m: usize, v: usize, top: usize, l2: v128, shrink: v128, rate1: v128, keep2: v128, rate2: v128,
  step: v128, root: v128, eps: v128, amsgrad: bool, whole: bool,
): void {
  const weight = get(w, whole)
  const d = axpy4(l2, weight, get(g, whole))
  const mean = lerp(get(m, whole), d, rate1)
  let power = square(get(v, whole), d, keep2, rate2)
  put(m, mean, whole)
  put(v, power, whole)
  if (amsgrad) {
    power = f32x4.max(get(top, whole), power)
    put(top, power, whole)
  }
  put(w, moved(weight, shrink, f32x4.mul(step, mean), size(power, root, eps)), whole)
}

export function adam(
  w: usize, g: usize, m: usize, v: usize, length: i32, l2: f32, shrink: f32, rate1: f32, keep2: f32, rate2: f32,
  step: f32, root: f32, eps: f32,
): void {
  const a = f32s(l2), b = f32s(shrink), c = f32s(rate1), d = f32s(keep2), e = f32s(rate2), f = f32s(step), h = f32s(root), j = f32s(eps)
  const whole = (<usize>length & ~3) << 2
  const bytes = <usize>length << 2
  let i: usize = 0
  // four vectors a turn take a tenth less than one
  for (const fours = whole & ~63; i < fours; i += 64) {
    adamAt(w + i, g + i, m + i, v + i, 0, a, b, c, d, e, f, h, j, false, true)
    adamAt(w + i + 16, g + i + 16, m + i + 16, v + i + 16, 0, a, b, c, d, e, f, h, j, false, true)
    adamAt(w + i + 32, g + i + 32, m + i + 32, v + i + 32, 0, a, b, c, d, e, f, h, j, false, true)
    adamAt(w + i + 48, g + i + 48, m + i + 48, v + i + 48, 0, a, b, c, d, e, f, h, j, false, true)
  }
  for (; i < whole; i += 16) adamAt(w + i, g + i, m + i, v + i, 0, a, b, c, d, e, f, h, j, false, true)
  for (; i < bytes; i += 4) adamAt(w + i, g + i, m + i, v + i, 0, a, b, c, d, e, f, h, j, false, false)
}

export function amsgrad(
  w: usize, g: usize, m: usize, v: usize, top: usize, length: i32, l2: f32, shrink: f32, rate1: f32, keep2: f32, rate2: f32,
  step: f32, root: f32, eps: f32,
): void {
  const a = f32s(l2), b = f32s(shrink), c = f32s(rate1), d = f32s(keep2), e = f32s(rate2), f = f32s(step), h = f32s(root), j = f32s(eps)
  const whole = (<usize>length & ~3) << 2
  const bytes = <usize>length << 2
  let i: usize = 0
  for (; i < whole; i += 16) adamAt(w + i, g + i, m + i, v + i, top + i, a, b, c, d, e, f, h, j, true, true)
  for (; i < bytes; i += 4) adamAt(w + i, g + i, m + i, v + i, top + i, a, b, c, d, e, f, h, j, true, false)
}

// @ts-ignore: decorator
@inline
function nadamAt(
  w: usize, g: usize, m: usize, v: usize, l2: v128, shrink: v128, rate1: v128, keep2: v128, rate2: v128,
  fromGrad: v128, fromMean: v128, root: v128, eps: v128, whole: bool,
): void {
  const weight = get(w, whole)
  const d = axpy4(l2, weight, get(g, whole))
  const mean = lerp(get(m, whole), d, rate1)
  const power = square(get(v, whole), d, keep2, rate2)
  put(m, mean, whole)
  put(v, power, whole)
  put(w, moved(weight, shrink, axpy4(fromMean, mean, f32x4.mul(fromGrad, d)), size(power, root, eps)), whole)
}

export function nadam(
  w: usize, g: usize, m: usize, v: usize, length: i32, l2: f32, shrink: f32, rate1: f32, keep2: f32, rate2: f32,
  fromGrad: f32, fromMean: f32, root: f32, eps: f32,
): void {
  const a = f32s(l2), b = f32s(shrink), c = f32s(rate1), d = f32s(keep2), e = f32s(rate2)
  const f = f32s(fromGrad), h = f32s(fromMean), j = f32s(root), k = f32s(eps)
  const whole = (<usize>length & ~3) << 2
  const bytes = <usize>length << 2
  let i: usize = 0
  for (; i < whole; i += 16) nadamAt(w + i, g + i, m + i, v + i, a, b, c, d, e, f, h, j, k, true)
  for (; i < bytes; i += 4) nadamAt(w + i, g + i, m + i, v + i, a, b, c, d, e, f, h, j, k, false)
}

// @ts-ignore: decorator
@inline
function adamaxAt(w: usize, g: usize, m: usize, u: usize, l2: v128, rate1: v128, keep2: v128, step: v128, eps: v128, whole: bool): void {
  const weight = get(w, whole)
  const d = axpy4(l2, weight, get(g, whole))
  const mean = lerp(get(m, whole), d, rate1)
  const top = f32x4.max(f32x4.mul(keep2, get(u, whole)), f32x4.add(f32x4.abs(d), eps))
  put(m, mean, whole)
  put(u, top, whole)
  put(w, f32x4.sub(weight, f32x4.div(f32x4.mul(step, mean), top)), whole)
}

export function adamax(w: usize, g: usize, m: usize, u: usize, length: i32, l2: f32, rate1: f32, keep2: f32, step: f32, eps: f32): void {
  const a = f32s(l2), b = f32s(rate1), c = f32s(keep2), d = f32s(step), e = f32s(eps)
  const whole = (<usize>length & ~3) << 2
  const bytes = <usize>length << 2
  let i: usize = 0
  for (; i < whole; i += 16) adamaxAt(w + i, g + i, m + i, u + i, a, b, c, d, e, true)
  for (; i < bytes; i += 4) adamaxAt(w + i, g + i, m + i, u + i, a, b, c, d, e, false)
}
