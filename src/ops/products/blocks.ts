/** Products with a matrix in blocks of few bits, and its numbers. Made where a program is lowered, for parameters that live so: no one differentiates them. */

import { type BlockForm, blocksIn } from '../../graph/blocks.js'
import { defineOp } from '../../graph/op.js'
import type { Tensor } from '../../tensor/tensor.js'
import { mul, sub } from '../elementwise/arithmetic.js'
import { cast } from '../elementwise/cast.js'
import { floor } from '../elementwise/unary.js'
import { stack } from '../move/concat.js'
import { reshape } from '../move/reshape.js'
import { slice } from '../move/slice.js'

/** A matrix in blocks as tensors: see {@link Blocks}. */
export interface BlockTensors extends Pick<BlockForm, 'bits' | 'size' | 'activations'> {
  readonly rows: number
  readonly columns: number
  readonly packed: Tensor
  readonly scales: Tensor
  readonly zeros: Tensor | undefined
}

/** x (N, columns) · wᵀ → (N, rows), with w in blocks; all in f32. */
export const blockProduct: (x: Tensor, w: BlockTensors) => Tensor = defineOp({
  name: 'blockProduct',
  kernels: ['f32'],
  empty: 0,
  args: (x: Tensor, { bits, size, activations, rows, columns, packed, scales, zeros }: BlockTensors) => [
    [x, packed, scales, ...(zeros ? [zeros] : [])],
    { bits, size, activations, rows, columns },
  ],
  spec: ([x], { rows }) => ({ shape: [x!.shape[0]!, rows], dtype: 'f32' }),
  onnx: (e, [x, packed, scales, zeros], { bits, size, activations, rows, columns }) => {
    // the runtime's names: 0 computes with x as it is, 4 with x in 8 bits
    const form = { K: columns, N: rows, bits, block_size: size, accuracy_level: activations === 'i8' ? 4 : 0 }
    return e('MatMulNBits', [x, packed, scales, ...(zeros === undefined ? [] : [zeros])], form, 'com.microsoft')
  },
  flops: ({ inputs, attrs }) => 2 * inputs[0]!.shape[0]! * Number(attrs.rows) * Number(attrs.columns),
})

/** The numbers that blocks stand for, (rows, columns) f32. */
export function unpackBlocks({ bits, size, rows, columns, packed, scales, zeros }: BlockTensors): Tensor {
  const blocks = blocksIn(columns, size)
  const q = reshape(whole(packed, bits), [rows, blocks, size])
  const zero = zeros ? reshape(slice(whole(zeros, bits), [null, [0, blocks]]), [rows, blocks, 1]) : 2 ** (bits - 1)
  const w = mul(sub(q, zero), reshape(scales, [rows, blocks, 1]))
  return slice(reshape(w, [rows, blocks * size]), [null, [0, columns]])
}

/** Bytes (rows, …) as the numbers in them, (rows, …, 8 / bits) in one axis, f32. */
function whole(bytes: Tensor, bits: 4 | 8): Tensor {
  const rows = bytes.shape[0]!
  const all = reshape(cast(bytes, 'f32'), [rows, bytes.size / Math.max(rows, 1)])
  if (bits === 8) return all
  const high = floor(mul(all, 1 / 16))
  return reshape(stack([sub(all, mul(high, 16)), high], -1), [rows, 2 * all.shape[1]!])
}
