/**
 * Half floats as raw 16-bit words, to f32 and back: f16 (IEEE binary16: 1 sign, 5 exponent, 10 mantissa bits) and bf16
 * (the upper half of an f32: 1, 8, 7). Widening is exact; narrowing rounds to nearest, ties to even. Signed zeros,
 * subnormals and infinities keep their meaning, and every word, NaN payloads included, survives the trip through f32.
 */
import { ShapeError } from './errors.js'

/** The two 16-bit float formats. */
export type HalfDtype = 'f16' | 'bf16'

/**
 * 16-bit words as f32 numbers, exactly. `out` (same length) receives them when given; its memory must not overlap `words`.
 *
 * @example decodeHalf(new Uint16Array([0x3c00]), 'f16')   // Float32Array [1]
 */
export function decodeHalf(words: Uint16Array, dtype: HalfDtype, out: Float32Array = new Float32Array(words.length)): Float32Array {
  checkLength('decodeHalf', words.length, out.length)
  const bits = new Uint32Array(out.buffer, out.byteOffset, out.length)
  if (dtype === 'bf16') for (let i = 0; i < words.length; i++) bits[i] = words[i]! << 16
  else {
    const table = f16Table()
    for (let i = 0; i < words.length; i++) bits[i] = table[words[i]!]!
  }
  return out
}

/**
 * f32 numbers as 16-bit words, each the nearest one, ties to even; past the largest finite number (65,504 in f16) infinity.
 * `out` (same length) receives them when given; its memory must not overlap `values`.
 *
 * @example encodeHalf(new Float32Array([1]), 'bf16')   // Uint16Array [0x3f80]
 */
export function encodeHalf(values: Float32Array, dtype: HalfDtype, out: Uint16Array = new Uint16Array(values.length)): Uint16Array {
  checkLength('encodeHalf', values.length, out.length)
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  if (dtype === 'bf16') for (let i = 0; i < bits.length; i++) out[i] = toBf16(bits[i]!)
  else for (let i = 0; i < bits.length; i++) out[i] = toF16(bits[i]!)
  return out
}

function checkLength(name: string, from: number, to: number): void {
  if (from !== to) throw new ShapeError(`${name}: out holds ${to} elements but ${from} are to be written: give it the same length`)
}

function toBf16(x: number): number {
  if ((x & 0x7fffffff) > 0x7f800000) return keepNaN(x >>> 16, 0x7f)
  return (x + 0x7fff + ((x >>> 16) & 1)) >>> 16
}

function toF16(x: number): number {
  const sign = (x >>> 16) & 0x8000
  const magnitude = x & 0x7fffffff
  if (magnitude > 0x7f800000) return keepNaN(sign | 0x7c00 | ((magnitude >>> 13) & 0x3ff), 0x3ff)
  if (magnitude >= 0x47800000) return sign | 0x7c00 // 65,536 and more
  // normal: drop 13 mantissa bits and move the exponent's bias from 127 to 15; a carry climbs into the exponent as it should
  if (magnitude >= 0x38800000) return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13)
  const exponent = magnitude >>> 23
  if (exponent < 102) return sign // below half the smallest subnormal, 2^-25
  // subnormal: in units of 2^-24 the mantissa with its leading one moves right by 14 to 24 places
  const shift = 126 - exponent
  const mantissa = (magnitude & 0x7fffff) | 0x800000
  return sign | ((mantissa + (2 ** (shift - 1) - 1) + ((mantissa >>> shift) & 1)) >>> shift)
}

/** A NaN whose payload lay only in the dropped bits would read as infinity: it becomes the quiet NaN instead. */
const keepNaN = (word: number, mantissa: number): number => (word & mantissa ? word : word | ((mantissa + 1) >> 1))

let table: Uint32Array | undefined

/** The f32 bits of every f16 word, 256 kB, made at the first use. */
function f16Table(): Uint32Array {
  if (table) return table
  table = new Uint32Array(65536)
  const float = new Float32Array(table.buffer)
  for (let word = 0; word < 65536; word++) {
    const sign = (word & 0x8000) << 16
    const magnitude = word & 0x7fff
    if (magnitude >= 0x7c00) table[word] = sign | 0x7f800000 | ((magnitude & 0x3ff) << 13)
    else {
      float[word] = magnitude >= 0x400 ? (1024 + (magnitude & 0x3ff)) * 2 ** ((magnitude >> 10) - 25) : magnitude * 2 ** -24
      table[word]! |= sign
    }
  }
  return table
}
