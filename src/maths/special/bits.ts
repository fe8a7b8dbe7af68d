/** Whole numbers bit by bit. Booleans have one bit. */

import type { Emit } from '../../graph/op.js'
import { defineOp } from '../../graph/op.js'
import { type Operand, operands } from '../../ops/elementwise/broadcasting.js'
import { cast } from '../../ops/elementwise/cast.js'
import { type Binary, binary, needWhole } from '../../ops/elementwise/define.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Tensor } from '../../tensor/tensor.js'

const kernels: readonly Dtype[] = ['u8', 'i32', 'i64']

const bitwise = (name: string, onnx: string): Binary => {
  const f = binary({ name, from: (x) => needWhole(name, x), kernels, onnx: (e, a, b) => e(onnx, [a, b]) })
  const either = (x: Operand, other: Operand): Tensor => {
    const [a, b] = operands(x, other)
    return a.dtype === 'bool' ? cast(f(cast(a, 'u8'), cast(b, 'u8')), 'bool') : f(a, b)
  }
  return either
}

/** Bits that are set in both whole numbers, broadcasting. Throws DtypeError for floats. */
export const bitwiseAnd: Binary = bitwise('bitwiseAnd', 'BitwiseAnd')

/** Bits that are set in either whole number, broadcasting. Throws DtypeError for floats. */
export const bitwiseOr: Binary = bitwise('bitwiseOr', 'BitwiseOr')

/** Bits that are set in exactly one of two whole numbers, broadcasting. Throws DtypeError for floats. */
export const bitwiseXor: Binary = bitwise('bitwiseXor', 'BitwiseXor')

const flipped = defineOp({
  name: 'bitwiseNot',
  args: (x: Tensor) => [[x], {}],
  spec: ([x]) => x!,
  kernels,
  onnx: (e, [x]) => e('BitwiseNot', [x]),
})

/** Every bit the other way: −x − 1 of signed whole numbers, `not` of booleans. Throws DtypeError for floats. */
export function bitwiseNot<D extends Dtype>(x: Tensor<D>): Tensor<D>
export function bitwiseNot(x: Tensor): Tensor {
  const y = needWhole('bitwiseNot', x)
  return y.dtype === 'bool' ? cast(bitwiseXor(cast(y, 'u8'), 1), 'bool') : flipped(y)
}

/** ONNX's numbers for the unsigned dtypes of as many bits: its shifts know no others. */
const unsigned: Partial<Record<Dtype, number>> = { u8: 2, i32: 12, i64: 13 }
const bitsOf: Partial<Record<Dtype, number>> = { u8: 8, i32: 32, i64: 64 }

const shift = (e: Emit, x: string, by: string, d: Dtype, direction: 'LEFT' | 'RIGHT'): string =>
  e.cast(e('BitShift', [e('Cast', [x], { to: unsigned[d]! }), e('Cast', [by], { to: unsigned[d]! })], { direction }), d)

/** Counts of bits the processor can shift by; which were outside. */
function within(e: Emit, by: string, d: Dtype): { by: string; outside: string } {
  const last = e.scalar(bitsOf[d]! - 1, d)
  const zero = e.scalar(0, d)
  const outside = e('Or', [e('Less', [by, zero]), e('Greater', [by, last])])
  return { by: e('Where', [outside, zero, by]), outside }
}

const shifting = (name: string, onnx: (e: Emit, a: string, b: string, dtype: Dtype) => string): Binary =>
  binary({ name, from: (x) => cast(needWhole(name, x), x.dtype === 'bool' ? 'i32' : x.dtype), kernels, onnx })

/** x · 2ⁿ of whole numbers, without the bits that leave; 0 where n is negative or as many as there are bits. Broadcasting; throws DtypeError for floats. */
export const shiftLeft: Binary = shifting('shiftLeft', (e, a, b, d) => {
  const { by, outside } = within(e, b, d)
  return e('Where', [outside, e.scalar(0, d), shift(e, a, by, d, 'LEFT')])
})

/** ⌊x / 2ⁿ⌋ of whole numbers; 0 or −1, as the sign is, where n is negative or as many as there are bits. Broadcasting; throws DtypeError for floats. */
export const shiftRight: Binary = shifting('shiftRight', (e, a, b, d) => {
  const { by, outside } = within(e, b, d)
  const minus = e('Less', [a, e.scalar(0, d)])
  // of a negative number the turned bits are shifted: zeros come in, and are ones when turned back
  const turn = (v: string): string => (d === 'u8' ? v : e('Where', [minus, e('BitwiseNot', [v]), v]))
  const all = d === 'u8' ? e.scalar(0, d) : e('Where', [minus, e.scalar(-1, d), e.scalar(0, d)])
  return e('Where', [outside, all, turn(shift(e, turn(a), by, d, 'RIGHT'))])
})
