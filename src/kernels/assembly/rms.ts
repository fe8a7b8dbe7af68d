// Updates by the gradient over its running size: RMSprop, Adagrad, Adadelta. Formulas: src/optim.
import { axpy4, f32s, get, lerp, put, square } from './lanes'

// @ts-ignore: decorator
@inline
function rmspropAt(
  w: usize, g: usize, v: usize, mean: usize, b: usize, l2: v128, keep: v128, rate: v128, momentum: v128, lr: v128, eps: v128,
  centered: bool, buffered: bool, whole: bool,
): void {
  const weight = get(w, whole)
  const d = axpy4(l2, weight, get(g, whole))
  let power = square(get(v, whole), d, keep, rate)
  put(v, power, whole)
  if (centered) {
    const a = lerp(get(mean, whole), d, rate)
    put(mean, a, whole)
    // a variance: rounding may take it below 0
    power = f32x4.max(f32x4.sub(power, f32x4.mul(a, a)), f32s(0))
  }
  let move = f32x4.div(d, f32x4.add(f32x4.sqrt(power), eps))
  if (buffered) {
    move = f32x4.add(f32x4.mul(momentum, get(b, whole)), move)
    put(b, move, whole)
  }
  put(w, f32x4.sub(weight, f32x4.mul(lr, move)), whole)
}

// @ts-ignore: decorator
@inline
function rmspropAll(
  w: usize, g: usize, v: usize, mean: usize, buffer: usize, length: i32, l2: f32, keep: f32, rate: f32, momentum: f32, lr: f32, eps: f32,
  centered: bool, buffered: bool,
): void {
  const a = f32s(l2), b = f32s(keep), c = f32s(rate), d = f32s(momentum), e = f32s(lr), f = f32s(eps)
  const whole = (<usize>length & ~3) << 2
  const bytes = <usize>length << 2
  let i: usize = 0
  for (; i < whole; i += 16) rmspropAt(w + i, g + i, v + i, mean + i, buffer + i, a, b, c, d, e, f, centered, buffered, true)
  for (; i < bytes; i += 4) rmspropAt(w + i, g + i, v + i, mean + i, buffer + i, a, b, c, d, e, f, centered, buffered, false)
}

export function rmsprop(
  w: usize, g: usize, v: usize, mean: usize, buffer: usize, length: i32, l2: f32, keep: f32, rate: f32, momentum: f32, lr: f32, eps: f32,
  centered: bool, buffered: bool,
): void {
  if (centered) {
    if (buffered) rmspropAll(w, g, v, mean, buffer, length, l2, keep, rate, momentum, lr, eps, true, true)
    else rmspropAll(w, g, v, mean, 0, length, l2, keep, rate, momentum, lr, eps, true, false)
  } else if (buffered) rmspropAll(w, g, v, 0, buffer, length, l2, keep, rate, momentum, lr, eps, false, true)
  else rmspropAll(w, g, v, 0, 0, length, l2, keep, rate, momentum, lr, eps, false, false)
}

// @ts-ignore: decorator
@inline
function adagradAt(w: usize, g: usize, s: usize, l2: v128, step: v128, eps: v128, whole: bool): void {
  const weight = get(w, whole)
  const d = axpy4(l2, weight, get(g, whole))
  const sum = f32x4.add(get(s, whole), f32x4.mul(d, d))
  put(s, sum, whole)
  put(w, f32x4.sub(weight, f32x4.div(f32x4.mul(step, d), f32x4.add(f32x4.sqrt(sum), eps))), whole)
}

export function adagrad(w: usize, g: usize, s: usize, length: i32, l2: f32, step: f32, eps: f32): void {
  const a = f32s(l2), b = f32s(step), c = f32s(eps)
  const whole = (<usize>length & ~3) << 2
  const bytes = <usize>length << 2
  let i: usize = 0
  for (; i < whole; i += 16) adagradAt(w + i, g + i, s + i, a, b, c, true)
  for (; i < bytes; i += 4) adagradAt(w + i, g + i, s + i, a, b, c, false)
}

// @ts-ignore: decorator
@inline
function adadeltaAt(w: usize, g: usize, s: usize, u: usize, l2: v128, keep: v128, rate: v128, eps: v128, lr: v128, whole: bool): void {
  const weight = get(w, whole)
  const d = axpy4(l2, weight, get(g, whole))
  const power = square(get(s, whole), d, keep, rate)
  const moves = get(u, whole)
  const move = f32x4.mul(f32x4.div(f32x4.sqrt(f32x4.add(moves, eps)), f32x4.sqrt(f32x4.add(power, eps))), d)
  put(s, power, whole)
  put(u, square(moves, move, keep, rate), whole)
  put(w, f32x4.sub(weight, f32x4.mul(lr, move)), whole)
}

export function adadelta(w: usize, g: usize, s: usize, u: usize, length: i32, l2: f32, keep: f32, rate: f32, eps: f32, lr: f32): void {
  const a = f32s(l2), b = f32s(keep), c = f32s(rate), d = f32s(eps), e = f32s(lr)
  const whole = (<usize>length & ~3) << 2
  const bytes = <usize>length << 2
  let i: usize = 0
  for (; i < whole; i += 16) adadeltaAt(w + i, g + i, s + i, u + i, a, b, c, d, e, true)
  for (; i < bytes; i += 4) adadeltaAt(w + i, g + i, s + i, u + i, a, b, c, d, e, false)
}
