/** What a kind of tensor in a GGUF file is: how many numbers stand in how many bytes, and how they are read. */
import type { StoredDtype } from '../../../files/safetensors/stored.js'
import { decodeHalf } from '../../../tensor/half.js'

/** A kind of tensor. */
export interface Kind {
  readonly name: string
  /** numbers of a block, neighbours in a row */
  readonly numbers: number
  /** bytes of a block */
  readonly bytes: number
  /** what the numbers are once they are read */
  readonly dtype: StoredDtype
  /** the numbers of whole blocks; undefined where the bytes are the numbers already */
  readonly decode?: (blocks: Uint8Array, out: Float32Array) => void
}

/** Reads one block at `at` into `out` from `to` on. Products and sums are rounded to f32 where ggml rounds them. */
export type DecodeBlock = (b: Uint8Array, at: number, out: Float32Array, to: number) => void

/** A kind made of blocks. */
export const blocks = (name: string, numbers: number, bytes: number, decode: DecodeBlock): Kind => ({
  name,
  numbers,
  bytes,
  dtype: 'f32',
  decode(all, out) {
    for (let i = 0, n = all.length / bytes; i < n; i++) decode(all, i * bytes, out, i * numbers)
  },
})

let table: Float32Array | undefined
/** The half float at `at`. */
export function half(b: Uint8Array, at: number): number {
  table ??= decodeHalf(
    Uint16Array.from({ length: 1 << 16 }, (_, i) => i),
    'f16',
  )
  return table[b[at]! | (b[at + 1]! << 8)]!
}

/** The byte at `at` with its sign. */
export const signed = (b: Uint8Array, at: number): number => (b[at]! << 24) >> 24

export const f32 = Math.fround
