/**
 * Numbers in blocks of few bits: q of 4 or 8 bits a number, one scale (and one zero) for a block of neighbours in a row, w ≈ (q − zero)·scale. The layout is that
 * of ONNX Runtime's MatMulNBits: rows padded to whole blocks, two numbers of 4 bits a byte, the first in its lower half.
 */

/** How numbers are put into blocks. */
export interface BlockForm {
  /** bits of one number */
  readonly bits: 4 | 8
  /** numbers in a block, a power of 2 from 16 on */
  readonly size: number
  /** whether 0 lies in the middle of what a block can hold: then it has no zero of its own */
  readonly symmetric: boolean
  /** what products round the other operand to: nothing, or 8 bits in blocks as long as these */
  readonly activations: 'f32' | 'i8'
}

/** A matrix in blocks. */
export interface Blocks extends BlockForm {
  readonly rows: number
  readonly columns: number
  /** (rows, blocks, size · bits / 8) */
  readonly packed: Uint8Array
  /** (rows, blocks) */
  readonly scales: Float32Array
  /** (rows, ⌈blocks · bits / 8⌉), packed as the numbers are; undefined where all are 2^(bits − 1) */
  readonly zeros: Uint8Array | undefined
}

/** Blocks in a row. */
export const blocksIn = (columns: number, size: number): number => Math.ceil(columns / size)

/** The form of a matrix in blocks. */
export interface MatrixForm extends BlockForm {
  readonly rows: number
  readonly columns: number
}

/** Room for a matrix in blocks of a form. */
export function emptyBlocks({ rows, columns, bits, size, symmetric, activations }: MatrixForm): Blocks {
  const blocks = blocksIn(columns, size)
  const packed = new Uint8Array((rows * blocks * size * bits) / 8)
  const zeros = symmetric ? undefined : new Uint8Array(rows * Math.ceil((blocks * bits) / 8))
  return { bits, size, symmetric, activations, rows, columns, packed, scales: new Float32Array(rows * blocks), zeros }
}

/**
 * Rounds a matrix (rows, columns) into blocks: each number to the nearest multiple of its block's scale, at most scale/2 away. With n = 2^bits levels a symmetric
 * block has scale max|w| / (n/2 − 1), another (max(w, 0) − min(w, 0)) / (n − 1).
 */
export function toBlocks(w: Float32Array, form: MatrixForm): Blocks {
  const blocks = emptyBlocks(form)
  putRows(blocks, w, 0)
  return blocks
}

/** Rounds the rows of `w` into the rows from `first` on of blocks that have room for them. */
export function putRows({ bits, size, symmetric, columns, packed, scales, zeros }: Blocks, w: Float32Array, first: number): void {
  const blocks = blocksIn(columns, size)
  const levels = 2 ** bits
  const zeroBytes = Math.ceil((blocks * bits) / 8)
  const rows = w.length / columns
  for (let k = 0; k < rows; k++)
    for (let b = 0; b < blocks; b++) {
      const r = first + k
      const from = k * columns + b * size
      const end = Math.min(from + size, (k + 1) * columns)
      let [low, high] = [0, 0]
      for (let i = from; i < end; i++) {
        if (w[i]! < low) low = w[i]!
        if (w[i]! > high) high = w[i]!
      }
      const scale = Math.fround(symmetric ? Math.max(-low, high) / (levels / 2 - 1) : (high - low) / (levels - 1))
      const zero = symmetric || scale === 0 ? levels / 2 : Math.min(levels - 1, Math.round(-low / scale))
      scales[r * blocks + b] = scale
      if (zeros) put(zeros, r * zeroBytes, b, zero, bits)
      const at = ((r * blocks + b) * size * bits) / 8
      for (let i = from; i < from + size; i++) {
        // what fills up the last block stands for 0
        const q = i < end && scale > 0 ? Math.round(w[i]! / scale) + zero : zero
        put(packed, at, i - from, Math.max(0, Math.min(levels - 1, q)), bits)
      }
    }
}

/** The numbers that blocks stand for, row by row. */
export function fromBlocks({ bits, size, rows, columns, packed, scales, zeros }: Blocks): Float32Array {
  const blocks = blocksIn(columns, size)
  const zeroBytes = Math.ceil((blocks * bits) / 8)
  const w = new Float32Array(rows * columns)
  for (let r = 0; r < rows; r++)
    for (let i = 0; i < columns; i++) {
      const b = Math.floor(i / size)
      const zero = zeros ? get(zeros, r * zeroBytes, b, bits) : 2 ** (bits - 1)
      const q = get(packed, ((r * blocks + b) * size * bits) / 8, i % size, bits)
      w[r * columns + i] = (q - zero) * scales[r * blocks + b]!
    }
  return w
}

function put(bytes: Uint8Array, at: number, index: number, value: number, bits: 4 | 8): void {
  if (bits === 8) bytes[at + index] = value
  else bytes[at + (index >> 1)]! |= value << (4 * (index & 1))
}
function get(bytes: Uint8Array, at: number, index: number, bits: 4 | 8): number {
  return bits === 8 ? bytes[at + index]! : (bytes[at + (index >> 1)]! >> (4 * (index & 1))) & 15
}
