/** Blocks of 256 numbers in which groups of 16 or 32 have scales of their own, themselves in few bits: Q2_K to Q6_K. */
import { blocks, f32, half, type Kind, signed } from './kind.js'

/** 16 groups of 16: w = (d·scale)·q − (dmin·least), scale and least 4 bits, q 2 bits */
const q2: Kind = blocks('Q2_K', 256, 84, (b, at, out, to) => {
  const [d, dmin] = [half(b, at + 80), half(b, at + 82)]
  for (let group = 0; group < 16; group++) {
    const s = b[at + group]!
    const [scale, least] = [f32(d * (s & 15)), f32(dmin * (s >> 4))]
    const quants = at + 16 + (group >> 3) * 32 + (group & 1) * 16
    const shift = ((group >> 1) & 3) * 2
    for (let l = 0; l < 16; l++) out[to + group * 16 + l] = f32(scale * ((b[quants + l]! >> shift) & 3)) - least
  }
})

/** 16 groups of 16: w = d·(scale − 32)·(q − 4), scale 6 bits, q 3 bits of which the third stands apart */
const q3: Kind = blocks('Q3_K', 256, 110, (b, at, out, to) => {
  const d = half(b, at + 108)
  for (let group = 0; group < 16; group++) {
    const low = group < 8 ? b[at + 96 + group]! & 15 : b[at + 88 + group]! >> 4
    const scale = f32(d * ((low | (((b[at + 104 + (group & 3)]! >> ((group >> 2) * 2)) & 3) << 4)) - 32))
    const quants = at + 32 + (group >> 3) * 32 + (group & 1) * 16
    const shift = ((group >> 1) & 3) * 2
    const [highs, bit] = [at + (group & 1) * 16, group >> 1]
    for (let l = 0; l < 16; l++) {
      const third = (b[highs + l]! >> bit) & 1
      out[to + group * 16 + l] = scale * (((b[quants + l]! >> shift) & 3) - (third ? 0 : 4))
    }
  }
})

/** Scale and least number, of 6 bits each, of group `g` of 8. */
function sixBits(b: Uint8Array, at: number, g: number): [scale: number, least: number] {
  if (g < 4) return [b[at + g]! & 63, b[at + g + 4]! & 63]
  const both = b[at + g + 4]!
  return [(both & 15) | ((b[at + g - 4]! >> 6) << 4), (both >> 4) | ((b[at + g]! >> 6) << 4)]
}

/** 8 groups of 32: w = (d·scale)·q − (dmin·least), scale and least 6 bits, q 4 bits or, with `fifth`, 5 */
const q45 = (name: string, bytes: number, fifth: boolean): Kind =>
  blocks(name, 256, bytes, (b, at, out, to) => {
    const [d, dmin] = [half(b, at), half(b, at + 2)]
    const quants = at + (fifth ? 48 : 16)
    for (let g = 0; g < 8; g++) {
      const [s, m] = sixBits(b, at + 4, g)
      const [scale, least] = [f32(d * s), f32(dmin * m)]
      for (let l = 0; l < 32; l++) {
        const q = (b[quants + (g >> 1) * 32 + l]! >> ((g & 1) * 4)) & 15
        const high = fifth ? ((b[at + 16 + l]! >> g) & 1) << 4 : 0
        out[to + g * 32 + l] = f32(scale * (q | high)) - least
      }
    }
  })

/** 16 groups of 16: w = (d·scale)·(q − 32), scale a signed byte, q 6 bits of which the upper two stand apart */
const q6: Kind = blocks('Q6_K', 256, 210, (b, at, out, to) => {
  const d = half(b, at + 208)
  for (let i = 0; i < 256; i++) {
    // halves of 128, each in four parts of 32
    const [side, part, l] = [i >> 7, (i >> 5) & 3, i & 31]
    const low = (b[at + side * 64 + (part & 1) * 32 + l]! >> ((part >> 1) * 4)) & 15
    const high = (b[at + 128 + side * 32 + l]! >> (part * 2)) & 3
    out[to + i] = f32(d * signed(b, at + 192 + (i >> 4))) * ((low | (high << 4)) - 32)
  }
})

export const superKinds: Readonly<Record<number, Kind>> = {
  10: q2,
  11: q3,
  12: q45('Q4_K', 144, false),
  13: q45('Q5_K', 176, true),
  14: q6,
}
