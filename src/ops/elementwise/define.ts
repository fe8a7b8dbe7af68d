/** How functions of one number and of two that broadcast are defined in this folder. */

import { defineOp, type Emit } from '../../graph/op.js'
import type { Dtype } from '../../tensor/dtype.js'
import type { Fractional } from '../../tensor/dtypes.js'
import { DtypeError } from '../../tensor/errors.js'
import { broadcast, sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { type Operand, operands, unbroadcast } from './broadcasting.js'
import { computed, real } from './real.js'

/** A function of one number, element by element. */
export type Unary = <D extends Dtype>(x: Tensor<D>) => Tensor<Fractional[D]>
/** A function of two numbers, element by element. */
export type Binary = (x: Operand, other: Operand) => Tensor

/** A function of one number in f32 or f64, and its derivative times g. */
export const realUnary = (
  name: string,
  onnx: (e: Emit, x: string, dtype: Dtype) => string,
  vjp: (g: Tensor, x: Tensor, y: Tensor) => Tensor,
): Unary =>
  defineOp({
    name,
    args: (x: Tensor) => [[real(x)], {}],
    spec: ([x]) => x!,
    vjp: (g, { inputs: [x], out }) => [vjp(g, x!, out)],
    onnx: (e, [x], _, node) => onnx(e, x!, node.outputs[0]!.dtype),
    flops: (node) => sizeOf(node.outputs[0]!.shape),
  })

interface BinaryRule {
  readonly name: string
  readonly onnx: (e: Emit, a: string, b: string, dtype: Dtype) => string
  /** cotangents of both sides, before they shrink to the operands; none where both are 0 */
  readonly vjp?: ((g: Tensor, a: Tensor, b: Tensor, out: Tensor) => readonly [() => Tensor, () => Tensor]) | undefined
  /** what both become before; default what arithmetic gives them */
  readonly from?: ((x: Tensor) => Tensor) | undefined
  readonly kernels?: readonly Dtype[] | undefined
}

/** A function of two numbers that broadcast. */
export const binary = ({ name, onnx, vjp, from = computed, kernels }: BinaryRule): Binary =>
  defineOp({
    name,
    args: (a: Operand, b: Operand) => [operands(a, b).map(from), {}],
    spec: (inputs) => ({
      shape: broadcast(
        inputs.map((t) => t.shape),
        name,
      ),
      dtype: inputs[0]!.dtype,
    }),
    broadcasts: true,
    kernels,
    vjp: (g, { inputs: [a, b], out, needs }) => {
      const rules = vjp?.(g, a!, b!, out)
      return [rules && needs[0] ? unbroadcast(rules[0](), a!) : undefined, rules && needs[1] ? unbroadcast(rules[1](), b!) : undefined]
    },
    onnx: (e, [a, b], _, node) => onnx(e, a!, b!, node.outputs[0]!.dtype),
    flops: (node) => sizeOf(node.outputs[0]!.shape),
  })

/** Refuses floats where only whole numbers have a meaning. */
export function needWhole(op: string, x: Tensor): Tensor {
  if (['bool', 'u8', 'i32', 'i64'].includes(x.dtype)) return x
  throw new DtypeError(`${op}: ${x.dtype} has fractions: cast it to i32 or i64`)
}
