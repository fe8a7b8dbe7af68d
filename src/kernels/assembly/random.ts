// Philox 4x32-10 [Salmon 2011], four blocks side by side: lane j of every vector belongs to block j.
// Element 4·b + w of an array comes from word w of block b, so any part of a stream can be made on its own.

// multipliers and key steps of the paper
const M0: i32 = 0xd2511f53
const M1: i32 = 0xcd9e8d57
const W0: i32 = 0x9e3779b9
const W1: i32 = 0xbb67ae85

const BITS = 0
const UNIFORM = 1
const NORMAL = 2

/** 64-bit products of lanes 0 and 1. */
// @ts-ignore: decorator
@inline
function mul01(x: v128, m: i32): v128 {
  return i64x2.extmul_low_i32x4_u(x, i32x4.splat(m))
}

/** 64-bit products of lanes 2 and 3. */
// @ts-ignore: decorator
@inline
function mul23(x: v128, m: i32): v128 {
  return i64x2.extmul_high_i32x4_u(x, i32x4.splat(m))
}

/** Low halves of four products. */
// @ts-ignore: decorator
@inline
function low(p: v128, q: v128): v128 {
  return v128.shuffle<i32>(p, q, 0, 2, 4, 6)
}

/** High halves of four products. */
// @ts-ignore: decorator
@inline
function high(p: v128, q: v128): v128 {
  return v128.shuffle<i32>(p, q, 1, 3, 5, 7)
}

// @ts-ignore: decorator
@inline
function xor3(a: v128, b: v128, c: v128): v128 {
  return v128.xor(v128.xor(a, b), c)
}

/** (x >>> 8) · 2⁻²⁴: every value is exact in f32, and 1 is never reached. */
// @ts-ignore: decorator
@inline
function unit(x: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(x, 8)), f32x4.splat(5.9604644775390625e-8))
}

/** c0 + c1·z + … + c5·z⁵ in three short chains: (c0 + c1·z) + (c2 + c3·z)·z² + (c4 + c5·z)·z⁴. */
// @ts-ignore: decorator
@inline
function series(z: v128, c0: f64, c1: f64, c2: f64, c3: f64, c4: f64, c5: f64): v128 {
  const z2 = f64x2.mul(z, z)
  const a = f64x2.add(f64x2.splat(c0), f64x2.mul(f64x2.splat(c1), z))
  const b = f64x2.add(f64x2.splat(c2), f64x2.mul(f64x2.splat(c3), z))
  const c = f64x2.add(f64x2.splat(c4), f64x2.mul(f64x2.splat(c5), z))
  return f64x2.add(f64x2.add(a, f64x2.mul(b, z2)), f64x2.mul(c, f64x2.mul(z2, z2)))
}

/** √(−2 ln u) for u = (x + ½)·2⁻³², of lanes 0 and 1. u = m·2ᵉ with m in [√½, √2), ln m = 2 artanh s, s = (m − 1)/(m + 1). */
// @ts-ignore: decorator
@inline
function radius(x: v128): v128 {
  const u = f64x2.mul(f64x2.add(f64x2.convert_low_i32x4_u(x), f64x2.splat(0.5)), f64x2.splat(2.3283064365386963e-10))
  const shifted = i64x2.add(u, i64x2.splat(0x00095f619980c433))
  // exponents below 2⁵² become doubles by writing them into the mantissa of 2⁵²
  const exponent = v128.or(i64x2.shr_u(shifted, 52), i64x2.splat(0x4330000000000000))
  const e = f64x2.sub(exponent, f64x2.splat(4503599627371519))
  const m = i64x2.add(v128.and(shifted, i64x2.splat(0x000fffffffffffff)), i64x2.splat(0x3fe6a09e667f3bcd))
  const one = f64x2.splat(1)
  const s = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one))
  const z = f64x2.mul(s, s)
  const p = series(z, 1, 1.0 / 3.0, 1.0 / 5.0, 1.0 / 7.0, 1.0 / 9.0, 1.0 / 11.0)
  const ln = f64x2.add(f64x2.mul(e, f64x2.splat(0.6931471805599453)), f64x2.mul(f64x2.add(s, s), p))
  return f64x2.sqrt(f64x2.mul(f64x2.splat(-2), ln))
}

/** The angle within its quarter turn, π/2·(f − ½) with f the low 30 bits of x as a fraction, of lanes 0 and 1. */
// @ts-ignore: decorator
@inline
function angle(x: v128): v128 {
  const f = i32x4.sub(v128.and(x, i32x4.splat(0x3fffffff)), i32x4.splat(0x20000000))
  return f64x2.mul(f64x2.convert_low_i32x4_s(f), f64x2.splat(1.4629180792671596e-9))
}

/** sin z by its series, |z| ≤ π/4, zz = z². */
// @ts-ignore: decorator
@inline
function sine(z: v128, zz: v128): v128 {
  return f64x2.mul(z, series(zz, 1, -1.0 / 6.0, 1.0 / 120.0, -1.0 / 5040.0, 1.0 / 362880.0, -1.0 / 39916800.0))
}

/** cos z by its series. */
// @ts-ignore: decorator
@inline
function cosine(zz: v128): v128 {
  return series(zz, 1, -0.5, 1.0 / 24.0, -1.0 / 720.0, 1.0 / 40320.0, -1.0 / 3628800.0)
}

/**
 * One of the two normals of Box and Muller [1958] from words x and y, of lanes 0 and 1 (as doubles, then narrowed).
 * The top two bits of y pick the quarter turn q: (cos, sin), (−sin, cos), (−cos, −sin), (sin, −cos).
 */
// @ts-ignore: decorator
@inline
function turned(r: v128, y: v128, s: v128, c: v128, second: bool): v128 {
  const wide = i64x2.extend_low_i32x4_u(y)
  const even = i64x2.eq(v128.and(wide, i64x2.splat(0x40000000)), i64x2.splat(0))
  const value = second ? v128.bitselect(s, c, even) : v128.bitselect(c, s, even)
  const flip = second ? wide : v128.xor(wide, i64x2.shl(wide, 1))
  const sign = v128.and(i64x2.shl(flip, 32), i64x2.splat(0x8000000000000000))
  return f32x4.demote_f64x2_zero(f64x2.mul(r, v128.xor(value, sign)))
}

/** Lanes 2 and 3 moved down. */
// @ts-ignore: decorator
@inline
function upper(x: v128): v128 {
  return v128.shuffle<i32>(x, x, 2, 3, 2, 3)
}

// @ts-ignore: decorator
@inline
function join(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 0, 1, 4, 5)
}

/** Stores the first `left` lanes. */
// @ts-ignore: decorator
@inline
function store(at: usize, value: v128, left: i32): void {
  if (left >= 4) v128.store(at, value)
  else {
    if (left > 0) f32.store(at, f32x4.extract_lane(value, 0))
    if (left > 1) f32.store(at, f32x4.extract_lane(value, 1), 4)
    if (left > 2) f32.store(at, f32x4.extract_lane(value, 2), 8)
  }
}

// @ts-ignore: decorator
@inline
function fill(at: usize, length: i32, key0: i32, key1: i32, step0: i32, step1: i32, block: i32, kind: i32): void {
  const first0 = i32x4.splat(key0)
  const first1 = i32x4.splat(key1)
  const w0 = i32x4.splat(W0)
  const w1 = i32x4.splat(W1)
  const zero = i32x4.splat(0)
  const stepLow = i32x4.splat(step0)
  const stepHigh = i32x4.splat(step1)
  let counter = i32x4.add(i32x4.splat(block), i32x4(0, 1, 2, 3))
  for (let left = length; left > 0; left -= 16) {
    let a = counter, b = zero, c = stepLow, d = stepHigh, k0 = first0, k1 = first1
    // ten rounds, written out: a loop is a fifth slower
    let p = mul01(a, M0), q = mul23(a, M0), r = mul01(c, M1), s = mul23(c, M1)
    a = xor3(high(r, s), b, k0), b = low(r, s), c = xor3(high(p, q), d, k1), d = low(p, q)
    k0 = i32x4.add(k0, w0), k1 = i32x4.add(k1, w1), p = mul01(a, M0), q = mul23(a, M0), r = mul01(c, M1), s = mul23(c, M1)
    a = xor3(high(r, s), b, k0), b = low(r, s), c = xor3(high(p, q), d, k1), d = low(p, q)
    k0 = i32x4.add(k0, w0), k1 = i32x4.add(k1, w1), p = mul01(a, M0), q = mul23(a, M0), r = mul01(c, M1), s = mul23(c, M1)
    a = xor3(high(r, s), b, k0), b = low(r, s), c = xor3(high(p, q), d, k1), d = low(p, q)
    k0 = i32x4.add(k0, w0), k1 = i32x4.add(k1, w1), p = mul01(a, M0), q = mul23(a, M0), r = mul01(c, M1), s = mul23(c, M1)
    a = xor3(high(r, s), b, k0), b = low(r, s), c = xor3(high(p, q), d, k1), d = low(p, q)
    k0 = i32x4.add(k0, w0), k1 = i32x4.add(k1, w1), p = mul01(a, M0), q = mul23(a, M0), r = mul01(c, M1), s = mul23(c, M1)
    a = xor3(high(r, s), b, k0), b = low(r, s), c = xor3(high(p, q), d, k1), d = low(p, q)
    k0 = i32x4.add(k0, w0), k1 = i32x4.add(k1, w1), p = mul01(a, M0), q = mul23(a, M0), r = mul01(c, M1), s = mul23(c, M1)
    a = xor3(high(r, s), b, k0), b = low(r, s), c = xor3(high(p, q), d, k1), d = low(p, q)
    k0 = i32x4.add(k0, w0), k1 = i32x4.add(k1, w1), p = mul01(a, M0), q = mul23(a, M0), r = mul01(c, M1), s = mul23(c, M1)
    a = xor3(high(r, s), b, k0), b = low(r, s), c = xor3(high(p, q), d, k1), d = low(p, q)
    k0 = i32x4.add(k0, w0), k1 = i32x4.add(k1, w1), p = mul01(a, M0), q = mul23(a, M0), r = mul01(c, M1), s = mul23(c, M1)
    a = xor3(high(r, s), b, k0), b = low(r, s), c = xor3(high(p, q), d, k1), d = low(p, q)
    k0 = i32x4.add(k0, w0), k1 = i32x4.add(k1, w1), p = mul01(a, M0), q = mul23(a, M0), r = mul01(c, M1), s = mul23(c, M1)
    a = xor3(high(r, s), b, k0), b = low(r, s), c = xor3(high(p, q), d, k1), d = low(p, q)
    k0 = i32x4.add(k0, w0), k1 = i32x4.add(k1, w1), p = mul01(a, M0), q = mul23(a, M0), r = mul01(c, M1), s = mul23(c, M1)
    a = xor3(high(r, s), b, k0), b = low(r, s), c = xor3(high(p, q), d, k1), d = low(p, q)
    if (kind == NORMAL) {
      // words a, b give one pair of normals, words c, d the other; each in two halves of two lanes
      let y = b, z = angle(y), zz = f64x2.mul(z, z), sin = sine(z, zz), cos = cosine(zz), far = radius(a)
      let first = turned(far, y, sin, cos, false), second = turned(far, y, sin, cos, true)
      y = upper(b), z = angle(y), zz = f64x2.mul(z, z), sin = sine(z, zz), cos = cosine(zz), far = radius(upper(a))
      a = join(first, turned(far, y, sin, cos, false)), b = join(second, turned(far, y, sin, cos, true))
      y = d, z = angle(y), zz = f64x2.mul(z, z), sin = sine(z, zz), cos = cosine(zz), far = radius(c)
      first = turned(far, y, sin, cos, false), second = turned(far, y, sin, cos, true)
      y = upper(d), z = angle(y), zz = f64x2.mul(z, z), sin = sine(z, zz), cos = cosine(zz), far = radius(upper(c))
      c = join(first, turned(far, y, sin, cos, false)), d = join(second, turned(far, y, sin, cos, true))
    } else if (kind == UNIFORM) {
      a = unit(a)
      b = unit(b)
      c = unit(c)
      d = unit(d)
    }
    // from one vector per word to one vector per block
    const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5)
    const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5)
    const ab2 = v128.shuffle<i32>(a, b, 2, 6, 3, 7)
    const cd2 = v128.shuffle<i32>(c, d, 2, 6, 3, 7)
    store(at, v128.shuffle<i64>(ab, cd, 0, 2), left)
    store(at + 16, v128.shuffle<i64>(ab, cd, 1, 3), left - 4)
    store(at + 32, v128.shuffle<i64>(ab2, cd2, 0, 2), left - 8)
    store(at + 48, v128.shuffle<i64>(ab2, cd2, 1, 3), left - 12)
    at += 64
    counter = i32x4.add(counter, i32x4.splat(4))
  }
}

export function fillBits(at: usize, length: i32, key0: i32, key1: i32, step0: i32, step1: i32, block: i32): void {
  fill(at, length, key0, key1, step0, step1, block, BITS)
}

export function fillUniform(at: usize, length: i32, key0: i32, key1: i32, step0: i32, step1: i32, block: i32): void {
  fill(at, length, key0, key1, step0, step1, block, UNIFORM)
}

export function fillNormal(at: usize, length: i32, key0: i32, key1: i32, step0: i32, step1: i32, block: i32): void {
  fill(at, length, key0, key1, step0, step1, block, NORMAL)
}
