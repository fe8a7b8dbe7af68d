// Four f32 at a time, or the first of them alone: tails run the same instructions as whole vectors, so an element's result
// does not depend on where it lies.

// @ts-ignore: decorator
@inline
export function f32s(value: f32): v128 {
  return f32x4.splat(value)
}

// @ts-ignore: decorator
@inline
export function get(at: usize, whole: bool): v128 {
  return whole ? v128.load(at) : v128.load32_zero(at)
}

// @ts-ignore: decorator
@inline
export function put(at: usize, value: v128, whole: bool): void {
  if (whole) v128.store(at, value)
  else f32.store(at, f32x4.extract_lane(value, 0))
}

/** a + (b − a)·t */
// @ts-ignore: decorator
@inline
export function lerp(a: v128, b: v128, t: v128): v128 {
  return f32x4.add(a, f32x4.mul(f32x4.sub(b, a), t))
}

/** a·x + y */
// @ts-ignore: decorator
@inline
export function axpy4(a: v128, x: v128, y: v128): v128 {
  return f32x4.add(y, f32x4.mul(a, x))
}

/** keep·v + rate·d² */
// @ts-ignore: decorator
@inline
export function square(v: v128, d: v128, keep: v128, rate: v128): v128 {
  return f32x4.add(f32x4.mul(keep, v), f32x4.mul(f32x4.mul(rate, d), d))
}
