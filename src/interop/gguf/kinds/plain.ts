/** Blocks of 32 numbers with one scale, and in some kinds one least number: Q4, Q5, Q8. In 4 bits the low halves of the bytes come first. */
import { blocks, f32, half, type Kind, signed } from './kind.js'

/** w = d·(q − 8) */
const q4_0: Kind = blocks('Q4_0', 32, 18, (b, at, out, to) => {
  const d = half(b, at)
  for (let j = 0; j < 16; j++) {
    const q = b[at + 2 + j]!
    out[to + j] = d * ((q & 15) - 8)
    out[to + j + 16] = d * ((q >> 4) - 8)
  }
})

/** w = d·q + m */
const q4_1: Kind = blocks('Q4_1', 32, 20, (b, at, out, to) => {
  const [d, m] = [half(b, at), half(b, at + 2)]
  for (let j = 0; j < 16; j++) {
    const q = b[at + 4 + j]!
    out[to + j] = f32(d * (q & 15)) + m
    out[to + j + 16] = f32(d * (q >> 4)) + m
  }
})

/** The fifth bits of 32 numbers. */
const high = (b: Uint8Array, at: number): number => b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16) | (b[at + 3]! << 24)

/** w = d·(q − 16), the fifth bits apart from the four others */
const q5_0: Kind = blocks('Q5_0', 32, 22, (b, at, out, to) => {
  const [d, h] = [half(b, at), high(b, at + 2)]
  for (let j = 0; j < 16; j++) {
    const q = b[at + 6 + j]!
    out[to + j] = d * (((q & 15) | (((h >>> j) & 1) << 4)) - 16)
    out[to + j + 16] = d * (((q >> 4) | (((h >>> (j + 16)) & 1) << 4)) - 16)
  }
})

/** w = d·q + m, with five bits */
const q5_1: Kind = blocks('Q5_1', 32, 24, (b, at, out, to) => {
  const [d, m, h] = [half(b, at), half(b, at + 2), high(b, at + 4)]
  for (let j = 0; j < 16; j++) {
    const q = b[at + 8 + j]!
    out[to + j] = f32(d * ((q & 15) | (((h >>> j) & 1) << 4))) + m
    out[to + j + 16] = f32(d * ((q >> 4) | (((h >>> (j + 16)) & 1) << 4))) + m
  }
})

/** w = d·q with a signed byte q, which begins `from` bytes into the block */
const bytesFrom = (name: string, bytes: number, from: number): Kind =>
  blocks(name, 32, bytes, (b, at, out, to) => {
    const d = half(b, at)
    for (let j = 0; j < 32; j++) out[to + j] = d * signed(b, at + from + j)
  })

/** w = d·q in 256 numbers with a scale in f32; the sums behind them are for products */
const q8_k: Kind = blocks('Q8_K', 256, 292, (b, at, out, to) => {
  const d = new DataView(b.buffer, b.byteOffset).getFloat32(at, true)
  for (let j = 0; j < 256; j++) out[to + j] = d * signed(b, at + 4 + j)
})

export const plainKinds: Readonly<Record<number, Kind>> = {
  2: q4_0,
  3: q4_1,
  6: q5_0,
  7: q5_1,
  8: bytesFrom('Q8_0', 34, 2),
  9: bytesFrom('Q8_1', 36, 4),
  15: q8_k,
}
