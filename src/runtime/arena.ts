/** Flat memory for parameters, gradients and optimizer state, shared by ONNX Runtime and the kernels. It never grows. */
import type { Memory } from '../kernels/webassembly.js'
import { type Arrays, bytesOf, type Dtype, viewOf } from '../tensor/dtype.js'
import { HebbError } from '../tensor/errors.js'
import { showShape, sizeOf } from '../tensor/shape.js'
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

/** most bytes of one memory: WebAssembly reaches no further */
let most = 2 ** 32

/** Sets how many bytes one memory of arenas made from now on may have, 4 GB at first; gives what it was. */
export function limitMemory(bytes: number): number {
  const before = most
  most = bytes
  return before
}

/** Values that lie in one memory, in every block of it. */
interface Room {
  readonly memory: Memory
  /** where the first block begins */
  readonly at: number
  /** bytes of one block */
  readonly bytes: number
}

/**
 * `copies` equal blocks, each holding the given values one after another, in as few WebAssembly memories as hold them: a value lies in the same memory in
 * every block. Gaps between values are zero and stay so: kernels may run over all values of a memory as a whole. Throws HebbError for a value whose copies
 * do not fit one memory.
 */
export class Arena<D extends Dtype = Dtype> {
  readonly #specs: readonly Spec<D>[]
  readonly #places: readonly { readonly room: Room; readonly offset: number }[]

  constructor(specs: readonly Spec<D>[], copies = 1) {
    this.#specs = specs
    this.#places = parted(specs, copies).flatMap((part) => {
      const { offsets, bytes } = layout(part)
      const room: Room = { ...memoryFor(Math.max(bytes * copies, 1)), bytes }
      return offsets.map((offset) => ({ room, offset }))
    })
  }

  /** the values of the first block */
  get views(): Arrays[D][] {
    return this.block(0)
  }
  /** the values of one block */
  block(index: number): Arrays[D][] {
    return this.#specs.map(({ shape, dtype }, i) => viewOf(dtype, this.memoryOf(i).buffer, this.offset(index, i), sizeOf(shape)))
  }
  /** the memory a value lies in */
  memoryOf(value: number): Memory {
    return this.#places[value]!.room.memory
  }
  /** whether one pass over memory may go on from the value before to this one */
  follows(value: number): boolean {
    return value > 0 && value < this.#places.length && this.#places[value]!.room === this.#places[value - 1]!.room
  }
  /** byte offset of a value in a block, in its memory */
  offset(block: number, value: number): number {
    const { room, offset } = this.#places[value]!
    return room.at + block * room.bytes + offset
  }
  /** bytes from a value up to the one behind `last`, which lies in the same memory, gaps included */
  span(first: number, last: number): number {
    const { room, offset } = this.#places[first]!
    return (this.follows(last + 1) ? this.#places[last + 1]!.offset : room.bytes) - offset
  }
}

/** Values by memory, in order. */
function parted(specs: readonly Spec[], copies: number): Spec[][] {
  const parts: Spec[][] = []
  let bytes = 0
  for (const spec of specs) {
    const own = copies * layout([spec]).bytes
    if (own > most)
      throw new HebbError(
        `${copies} × ${showShape(spec.shape)} ${spec.dtype}, with what trains it, take ${(own / 2 ** 30).toPrecision(3)} GB, and one memory holds ${(most / 2 ** 30).toPrecision(3)}: divide it in several parameters, or freeze it`,
      )
    if (parts.length === 0 || bytes + own > most) {
      parts.push([])
      bytes = 0
    }
    parts.at(-1)!.push(spec)
    bytes += own
  }
  return parts
}
