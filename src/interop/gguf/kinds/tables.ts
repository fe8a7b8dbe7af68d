/** Blocks whose few bits are places in a small table or digits of base three: IQ4, MXFP4, NVFP4, TQ. */
import { blocks, f32, half, type Kind } from './kind.js'

/** The sixteen values of IQ4, denser around zero. */
const nonlinear = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113]

/** w = d·table[q] */
const iq4nl: Kind = blocks('IQ4_NL', 32, 18, (b, at, out, to) => {
  const d = half(b, at)
  for (let j = 0; j < 16; j++) {
    const q = b[at + 2 + j]!
    out[to + j] = d * nonlinear[q & 15]!
    out[to + j + 16] = d * nonlinear[q >> 4]!
  }
})

/** 8 groups of 32: w = d·(scale − 32)·table[q], scale 6 bits */
const iq4xs: Kind = blocks('IQ4_XS', 256, 136, (b, at, out, to) => {
  const d = half(b, at)
  const high = b[at + 2]! | (b[at + 3]! << 8)
  for (let g = 0; g < 8; g++) {
    const low = (b[at + 4 + (g >> 1)]! >> ((g & 1) * 4)) & 15
    const scale = f32(d * ((low | (((high >> (2 * g)) & 3) << 4)) - 32))
    for (let j = 0; j < 16; j++) {
      const q = b[at + 8 + g * 16 + j]!
      out[to + g * 32 + j] = scale * nonlinear[q & 15]!
      out[to + g * 32 + j + 16] = scale * nonlinear[q >> 4]!
    }
  }
})

/** Twice the sixteen values of a float of 4 bits (1 sign, 2 exponent, 1 mantissa). */
const e2m1 = [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12]

/** w = 2^(e − 127)·value[q] with one exponent e for 32 numbers */
const mxfp4: Kind = blocks('MXFP4', 32, 17, (b, at, out, to) => {
  const d = 2 ** (b[at]! - 128)
  for (let j = 0; j < 16; j++) {
    const q = b[at + 1 + j]!
    out[to + j] = d * e2m1[q & 15]!
    out[to + j + 16] = d * e2m1[q >> 4]!
  }
})

/** Half a float of 8 bits without a sign: 4 exponent, 3 mantissa. The largest pattern is no number and stands for 0. */
const halfE4m3 = Array.from({ length: 128 }, (_, x) => {
  const [e, m] = [x >> 3, x & 7]
  return x === 127 ? 0 : e === 0 ? m * 2 ** -10 : (1 + m / 8) * 2 ** (e - 8)
})

/** 4 groups of 16: w = scale·value[q], the scale a float of 8 bits */
const nvfp4: Kind = blocks('NVFP4', 64, 36, (b, at, out, to) => {
  for (let g = 0; g < 4; g++) {
    const d = halfE4m3[b[at + g]! & 127]!
    for (let j = 0; j < 8; j++) {
      const q = b[at + 4 + g * 8 + j]!
      out[to + g * 16 + j] = d * e2m1[q & 15]!
      out[to + g * 16 + j + 8] = d * e2m1[q >> 4]!
    }
  }
})

/** Digits of base three in a byte, the uppermost first, as 0, 1, 2. */
const powers = [1, 3, 9, 27, 81]
const digit = (byte: number, n: number): number => (((byte * powers[n]!) & 255) * 3) >> 8

/** w = d·(q − 1), five digits of base three a byte: 32 bytes, 16 bytes, and four of four digits */
const tq1: Kind = blocks('TQ1_0', 256, 54, (b, at, out, to) => {
  const d = half(b, at + 52)
  let i = to
  for (const [from, bytes, digits] of [
    [0, 32, 5],
    [32, 16, 5],
    [48, 4, 4],
  ] as const)
    for (let n = 0; n < digits; n++) for (let m = 0; m < bytes; m++) out[i++] = (digit(b[at + from + m]!, n) - 1) * d
})

/** w = d·(q − 1) with 2 bits */
const tq2: Kind = blocks('TQ2_0', 256, 66, (b, at, out, to) => {
  const d = half(b, at + 64)
  let i = to
  for (let side = 0; side < 64; side += 32)
    for (let l = 0; l < 4; l++) for (let m = 0; m < 32; m++) out[i++] = (((b[at + side + m]! >> (l * 2)) & 3) - 1) * d
})

export const tableKinds: Readonly<Record<number, Kind>> = { 20: iq4nl, 23: iq4xs, 34: tq1, 35: tq2, 39: mxfp4, 40: nvfp4 }
