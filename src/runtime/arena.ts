/** Flat memory for parameters, gradients and optimizer state, shared by ONNX Runtime and the kernels. It never grows. */
import type { Memory } from '../kernels/webassembly.js'
import { bytesOf, type TypedArray, viewOf } from '../tensor/dtype.js'
import { HebbError } from '../tensor/errors.js'
import { sizeOf } from '../tensor/shape.js'
import type { Spec } from '../tensor/tensor.js'
import { memoryFor } from './machine.js'

const alignment = 64
const padded = (bytes: number): number => Math.ceil(bytes / alignment) * alignment

/** The byte offset of each value when they lie one after another, each on a 64-byte boundary, and the bytes of all. */
export function layout(specs: readonly Spec[]): { offsets: number[]; bytes: number } {
  let bytes = 0
  const offsets = specs.map(({ shape, dtype }) => {
    const at = bytes
    bytes += padded(sizeOf(shape) * bytesOf(dtype))
    return at
  })
  return { offsets, bytes }
}

/**
 * A range of one WebAssembly memory of `copies` equal blocks, each holding the given values one after another.
 * Gaps between values are zero and stay so: kernels may run over a block as a whole.
 */
export class Arena {
  readonly memory: Memory
  private readonly at: number
  /** bytes of one block */
  readonly blockBytes: number
  private readonly offsets: readonly number[]

  constructor(
    private readonly specs: readonly Spec[],
    readonly copies = 1,
  ) {
    const { offsets, bytes } = layout(specs)
    if (bytes * copies > 2 ** 32)
      throw new HebbError(`${copies} × ${(bytes / 2 ** 30).toFixed(2)} GB of parameters and state do not fit one 4 GB memory`)
    this.offsets = offsets
    this.blockBytes = bytes
    const { memory, at } = memoryFor(Math.max(bytes * copies, 1))
    this.memory = memory
    this.at = at
  }

  /** the values of the first block */
  get views(): TypedArray[] {
    return this.block(0)
  }
  /** the values of one block */
  block(index: number): TypedArray[] {
    return this.specs.map(({ shape, dtype }, i) => viewOf(dtype, this.memory.buffer, this.offset(index, i), sizeOf(shape)))
  }
  /** byte offset of a value in a block */
  offset(block: number, value = 0): number {
    return this.at + block * this.blockBytes + (this.offsets[value] ?? 0)
  }
}
