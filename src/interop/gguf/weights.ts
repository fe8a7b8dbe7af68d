/** Tensors of a GGUF file as weights to be loaded: under other names, and laid out as the model has them. */

import { storedTensor } from '../../files/safetensors/bytes.js'
import type { Reception } from '../../files/safetensors/pour.js'
import { type StoredArray, type StoredTensor, storedArray, storedBytes } from '../../files/safetensors/stored.js'
import { lacks, type TensorForm, type WeightFile } from '../../files/weightFile.js'
import { type Blocks, emptyBlocks, type MatrixForm } from '../../graph/blocks.js'
import { arrayOf } from '../../tensor/dtype.js'
import { type GgufFile, type GgufTensor, numbersOf } from './file.js'
import { half } from './kinds/kind.js'

/** What converting did to a tensor, and reading undoes. */
export type Change =
  /** rows of each of so many heads: the two halves of a head's rows stand in turn, (d/2, 2) for (2, d/2) */
  | { readonly kind: 'heads'; readonly heads: number }
  /** 1 was added */
  | { readonly kind: 'plusOne' }
  /** a matrix was transposed */
  | { readonly kind: 'transposed' }

/** A tensor of the file under a name of the model. */
export interface Placed {
  readonly name: string
  readonly change?: Change | undefined
}

/** A file's tensors as weights: `to` gives the name of each in the model, and what was done to it; undefined leaves it out. */
export function weightsOf(file: GgufFile, to: (name: string, tensor: GgufTensor) => Placed | undefined): WeightFile {
  const placed = new Map<string, { readonly tensor: GgufTensor; readonly change: Change | undefined }>()
  const tensors = new Map<string, TensorForm>()
  for (const [own, tensor] of file.tensors) {
    const place = to(own, tensor)
    if (!place) continue
    placed.set(place.name, { tensor, change: place.change })
    const { shape, kind } = tensor
    tensors.set(place.name, { dtype: kind.dtype, shape: place.change?.kind === 'transposed' ? [...shape].reverse() : shape })
  }
  const of = (name: string): { readonly tensor: GgufTensor; readonly change: Change | undefined } =>
    placed.get(name) ?? lacks(file.name, name, tensors)
  return {
    name: file.name,
    tensors,
    metadata: {},
    sealed: false,
    close: () => file.close(),
    async read(name): Promise<StoredTensor> {
      const { tensor, change } = of(name)
      const { dtype, shape } = tensors.get(name)!
      const bytes = new Uint8Array(shape.reduce((a, b) => a * b, storedBytes(dtype)))
      await deliver(tensor, change, bytes)
      return storedTensor({ dtype, shape }, bytes)
    },
    async pour(wanted) {
      for (const [name, { tensor, change }] of placed) {
        const reception = wanted(name, tensors.get(name)!)
        if (reception) await deliver(tensor, change, reception)
      }
    },
    map(name): StoredArray | undefined {
      const { tensor, change } = of(name)
      const { kind, begin, size, source } = tensor
      if (change || kind.decode || begin % storedBytes(kind.dtype) !== 0) return undefined
      const bytes = source.map(begin, size)
      return bytes && storedArray(kind.dtype, bytes)
    },
    async blocks(name, form) {
      const { tensor, change } = of(name)
      return change && change.kind !== 'heads' ? undefined : blocksOf(tensor, form, change?.heads)
    },
  }
}

/** Reads a tensor to where it is wanted, with what was done to it undone. */
async function deliver(tensor: GgufTensor, change: Change | undefined, wanted: Exclude<Reception, undefined>): Promise<void> {
  const width = storedBytes(tensor.kind.dtype)
  const [columns] = [...tensor.shape].reverse()
  const write = (piece: Uint8Array, at: number): void => (wanted instanceof Uint8Array ? wanted.set(piece, at) : wanted(piece, at))
  let at = 0
  if (change?.kind === 'transposed') {
    const whole = new Uint8Array(tensor.shape.reduce((a, b) => a * b, width))
    await deliver(tensor, undefined, whole)
    write(turned(whole, tensor.shape[0]!, columns!, width), 0)
    return
  }
  const { heads = 0 } = change?.kind === 'heads' ? change : {}
  const rows = heads && tensor.shape[0]! / heads
  const row = tensor.shape.length === 1 ? 1 : (columns ?? 1)
  for await (const piece of numbersOf(tensor, heads ? rows * row : 1)) {
    if (heads) unpermute(piece, rows, row * width)
    if (change?.kind === 'plusOne') {
      const numbers = arrayOf(storedArray('f32', piece), 'f32')
      for (let i = 0; i < numbers.length; i++) numbers[i]! -= 1
    }
    write(piece, at)
    at += piece.length
  }
}

/** Puts rows (d/2, 2) of each head back to (2, d/2), in place: row 2i + s goes to row s·d/2 + i. */
export function unpermute(bytes: Uint8Array, rows: number, rowBytes: number): void {
  const head = new Uint8Array(rows * rowBytes)
  for (let from = 0; from < bytes.length; from += head.length) {
    head.set(bytes.subarray(from, from + head.length))
    for (let r = 0; r < rows; r++) {
      const to = (r % 2) * (rows / 2) + (r >> 1)
      bytes.set(head.subarray(r * rowBytes, (r + 1) * rowBytes), from + to * rowBytes)
    }
  }
}

/** A matrix (rows, columns) of numbers of so many bytes, transposed. */
function turned(bytes: Uint8Array, rows: number, columns: number, width: number): Uint8Array {
  const out = new Uint8Array(bytes.length)
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++)
      for (let k = 0; k < width; k++) out[(c * rows + r) * width + k] = bytes[(r * columns + c) * width + k]!
  return out
}

/** A matrix of Q4_0 or Q8_0 as blocks of 4 or 8 bits of 32 numbers each: the same numbers, packed in another order. */
async function blocksOf(tensor: GgufTensor, form: MatrixForm, heads: number | undefined): Promise<Blocks | undefined> {
  const { kind, begin, shape, source } = tensor
  const bits = { Q4_0: 4, Q8_0: 8 }[kind.name]
  if (bits !== form.bits || form.size !== 32 || !form.symmetric || shape.length !== 2) return undefined
  const blocks = emptyBlocks(form)
  const perRow = form.columns / 32
  const rows = heads ? form.rows / heads : 1
  const bytes = new Uint8Array(Math.max(1, Math.floor((1 << 20) / (rows * perRow * kind.bytes))) * rows * perRow * kind.bytes)
  let block = 0
  for (let at = 0; at < tensor.size; at += bytes.length) {
    const read = bytes.subarray(0, Math.min(bytes.length, tensor.size - at))
    await source.readInto(begin + at, read)
    if (heads) unpermute(read, rows, perRow * kind.bytes)
    for (let from = 0; from < read.length; from += kind.bytes, block++) repack(read, from, blocks, block)
  }
  return blocks
}

/** One block: its scale, and its numbers as far above the least as ONNX Runtime counts them. */
function repack(b: Uint8Array, at: number, { bits, packed, scales }: Blocks, block: number): void {
  scales[block] = half(b, at)
  if (bits === 8) {
    for (let j = 0; j < 32; j++) packed[block * 32 + j] = b[at + 2 + j]! ^ 128
    return
  }
  // low halves are the numbers 0 to 15, high ones 16 to 31; packed two neighbours share a byte
  for (let j = 0; j < 16; j += 2) {
    const [even, odd] = [b[at + 2 + j]!, b[at + 3 + j]!]
    packed[block * 16 + (j >> 1)] = (even & 15) | ((odd & 15) << 4)
    packed[block * 16 + 8 + (j >> 1)] = (even >> 4) | (odd & 240)
  }
}
