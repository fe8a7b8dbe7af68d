// One number from an array. Sums run in eight f64 lanes in a fixed order: the same bytes every time, and no loss on large arrays.

// @ts-ignore: decorator
@inline
function pair(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at))
}

// @ts-ignore: decorator
@inline
function total(a: v128, b: v128, c: v128, d: v128): f64 {
  const s = f64x2.add(f64x2.add(a, b), f64x2.add(c, d))
  return f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1)
}

// @ts-ignore: decorator
@inline
function plusSquare(sum: v128, x: v128): v128 {
  return f64x2.add(sum, f64x2.mul(x, x))
}

export function squaredNorm(x: usize, length: i32): f64 {
  let a = f64x2.splat(0)
  let b = a
  let c = a
  let d = a
  const whole = (<usize>length & ~7) << 2
  const bytes = <usize>length << 2
  let i: usize = 0
  for (; i < whole; i += 32) {
    a = plusSquare(a, pair(x + i))
    b = plusSquare(b, pair(x + i + 8))
    c = plusSquare(c, pair(x + i + 16))
    d = plusSquare(d, pair(x + i + 24))
  }
  let sum = total(a, b, c, d)
  for (; i < bytes; i += 4) {
    const v = <f64>f32.load(x + i)
    sum += v * v
  }
  return sum
}

export function absSum(x: usize, length: i32): f64 {
  let a = f64x2.splat(0)
  let b = a
  let c = a
  let d = a
  const whole = (<usize>length & ~7) << 2
  const bytes = <usize>length << 2
  let i: usize = 0
  for (; i < whole; i += 32) {
    a = f64x2.add(a, f64x2.abs(pair(x + i)))
    b = f64x2.add(b, f64x2.abs(pair(x + i + 8)))
    c = f64x2.add(c, f64x2.abs(pair(x + i + 16)))
    d = f64x2.add(d, f64x2.abs(pair(x + i + 24)))
  }
  let sum = total(a, b, c, d)
  for (; i < bytes; i += 4) sum += Math.abs(<f64>f32.load(x + i))
  return sum
}

// Without its sign bit an f32 orders like its bits read as an integer, and every NaN lies above infinity.
// @ts-ignore: decorator
@inline
function larger(max: v128, at: usize): v128 {
  return i32x4.max_s(max, v128.and(v128.load(at), i32x4.splat(0x7fffffff)))
}

export function absMax(x: usize, length: i32): f32 {
  let a = i32x4.splat(0)
  let b = a
  let c = a
  let d = a
  const whole = (<usize>length & ~15) << 2
  const bytes = <usize>length << 2
  let i: usize = 0
  for (; i < whole; i += 64) {
    a = larger(a, x + i)
    b = larger(b, x + i + 16)
    c = larger(c, x + i + 32)
    d = larger(d, x + i + 48)
  }
  a = i32x4.max_s(i32x4.max_s(a, b), i32x4.max_s(c, d))
  let max = i32x4.extract_lane(a, 0)
  max = maxOf(max, i32x4.extract_lane(a, 1))
  max = maxOf(max, i32x4.extract_lane(a, 2))
  max = maxOf(max, i32x4.extract_lane(a, 3))
  for (; i < bytes; i += 4) max = maxOf(max, i32.load(x + i) & 0x7fffffff)
  return reinterpret<f32>(max)
}

// @ts-ignore: decorator
@inline
function maxOf(a: i32, b: i32): i32 {
  return select(a, b, a > b)
}

// The exponent is all ones exactly in infinities and NaNs.
// @ts-ignore: decorator
@inline
function broken(at: usize): v128 {
  const exponent = i32x4.splat(0x7f800000)
  return i32x4.eq(v128.and(v128.load(at), exponent), exponent)
}

export function firstNonFinite(x: usize, length: i32): i32 {
  const whole = (<usize>length & ~15) << 2
  const bytes = <usize>length << 2
  let i: usize = 0
  for (; i < whole; i += 64) {
    const any = v128.or(v128.or(broken(x + i), broken(x + i + 16)), v128.or(broken(x + i + 32), broken(x + i + 48)))
    if (v128.any_true(any)) break
  }
  for (; i < bytes; i += 4) if ((i32.load(x + i) & 0x7f800000) == 0x7f800000) return <i32>(i >> 2)
  return -1
}

/** The place of the first lane above `limit` among those from `from` on; `length` without one. NaN is above nothing. */
export function firstAbove(x: usize, length: i32, from: i32, limit: f32): i32 {
  const most = f32x4.splat(limit)
  const whole = (<usize>(length - from) & ~15) << 2
  const start = x + (<usize>from << 2)
  const bytes = <usize>(length - from) << 2
  let i: usize = 0
  for (; i < whole; i += 64) {
    const at = start + i
    const low = v128.or(f32x4.gt(v128.load(at), most), f32x4.gt(v128.load(at + 16), most))
    const high = v128.or(f32x4.gt(v128.load(at + 32), most), f32x4.gt(v128.load(at + 48), most))
    if (v128.any_true(v128.or(low, high))) break
  }
  for (; i < bytes; i += 4) if (f32.load(start + i) > limit) return from + <i32>(i >> 2)
  return length
}
