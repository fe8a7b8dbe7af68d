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

// The eight lanes of a sum, so that it may go on in another memory, whose module has lanes of its own.
let lane0: f64 = 0
let lane1: f64 = 0
let lane2: f64 = 0
let lane3: f64 = 0
let lane4: f64 = 0
let lane5: f64 = 0
let lane6: f64 = 0
let lane7: f64 = 0

export function setLanes(l0: f64, l1: f64, l2: f64, l3: f64, l4: f64, l5: f64, l6: f64, l7: f64): void {
  lane0 = l0, lane1 = l1, lane2 = l2, lane3 = l3, lane4 = l4, lane5 = l5, lane6 = l6, lane7 = l7
}

export function lane(i: i32): f64 {
  if (i < 4) return i < 2 ? (i == 0 ? lane0 : lane1) : i == 2 ? lane2 : lane3
  return i < 6 ? (i == 4 ? lane4 : lane5) : i == 6 ? lane6 : lane7
}

// @ts-ignore: decorator
@inline
function two(low: f64, high: f64): v128 {
  return f64x2.replace_lane(f64x2.splat(low), 1, high)
}

// @ts-ignore: decorator
@inline
function term(sum: v128, x: v128, squares: bool): v128 {
  return squares ? plusSquare(sum, x) : f64x2.add(sum, f64x2.abs(x))
}

// @ts-ignore: decorator
@inline
function addLanes(x: usize, length: i32, squares: bool): void {
  let a = two(lane0, lane1)
  let b = two(lane2, lane3)
  let c = two(lane4, lane5)
  let d = two(lane6, lane7)
  const whole = (<usize>length & ~7) << 2
  for (let i: usize = 0; i < whole; i += 32) {
    a = term(a, pair(x + i), squares)
    b = term(b, pair(x + i + 8), squares)
    c = term(c, pair(x + i + 16), squares)
    d = term(d, pair(x + i + 24), squares)
  }
  lane0 = f64x2.extract_lane(a, 0), lane1 = f64x2.extract_lane(a, 1)
  lane2 = f64x2.extract_lane(b, 0), lane3 = f64x2.extract_lane(b, 1)
  lane4 = f64x2.extract_lane(c, 0), lane5 = f64x2.extract_lane(c, 1)
  lane6 = f64x2.extract_lane(d, 0), lane7 = f64x2.extract_lane(d, 1)
}

export function addSquares(x: usize, length: i32): void {
  addLanes(x, length, true)
}

export function addAbs(x: usize, length: i32): void {
  addLanes(x, length, false)
}

// @ts-ignore: decorator
@inline
function whole(x: usize, length: i32, squares: bool): f64 {
  setLanes(0, 0, 0, 0, 0, 0, 0, 0)
  addLanes(x, length, squares)
  let sum = total(two(lane0, lane1), two(lane2, lane3), two(lane4, lane5), two(lane6, lane7))
  const bytes = <usize>length << 2
  for (let i: usize = (<usize>length & ~7) << 2; i < bytes; i += 4) {
    const v = <f64>f32.load(x + i)
    sum += squares ? v * v : Math.abs(v)
  }
  return sum
}

export function squaredNorm(x: usize, length: i32): f64 {
  return whole(x, length, true)
}

export function absSum(x: usize, length: i32): f64 {
  return whole(x, length, false)
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
