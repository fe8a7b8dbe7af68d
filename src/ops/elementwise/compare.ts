/** Comparisons and logic: boolean results, no gradients. */
import { defineOp } from '../../graph/op.js'
import { isFloat, numberDtypes } from '../../tensor/dtype.js'
import { broadcast } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { type Operand, operands } from './broadcasting.js'
import { cast } from './cast.js'

type Comparison = (x: Tensor, other: Operand) => Tensor<'bool'>

const compare = (name: string, onnx: string): Comparison =>
  defineOp({
    name,
    kernels: onnx === 'Equal' ? ['bool', ...numberDtypes] : numberDtypes,
    broadcasts: true,
    args: (a: Tensor, b: Operand) => [operands(a, b), {}],
    spec: (inputs) => ({
      shape: broadcast(
        inputs.map((t) => t.shape),
        name,
      ),
      dtype: 'bool',
    }),
    onnx: (e, [a, b]) => e(onnx, [a, b]),
  })

/** a = b */
export const equal: Comparison = compare('equal', 'Equal')
/** a > b */
export const greater: Comparison = compare('greater', 'Greater')
/** a ≥ b */
export const greaterEqual: Comparison = compare('greaterEqual', 'GreaterOrEqual')
/** a < b */
export const less: Comparison = compare('less', 'Less')
/** a ≤ b */
export const lessEqual: Comparison = compare('lessEqual', 'LessOrEqual')

const logic = (name: string, onnx: string): ((x: Tensor, other: Tensor) => Tensor<'bool'>) =>
  defineOp({
    name,
    kernels: ['bool'],
    broadcasts: true,
    args: (a: Tensor, b: Tensor) => [[cast(a, 'bool'), cast(b, 'bool')], {}],
    spec: (inputs) => ({
      shape: broadcast(
        inputs.map((t) => t.shape),
        name,
      ),
      dtype: 'bool',
    }),
    onnx: (e, [a, b]) => e(onnx, [a, b]),
  })

/** Both true; numbers count as true when not 0. */
export const and: (x: Tensor, other: Tensor) => Tensor<'bool'> = logic('and', 'And')
/** Either true. */
export const or: (x: Tensor, other: Tensor) => Tensor<'bool'> = logic('or', 'Or')
/** Exactly one true. */
export const xor: (x: Tensor, other: Tensor) => Tensor<'bool'> = logic('xor', 'Xor')

/** True where x is false. */
export const not: (x: Tensor) => Tensor<'bool'> = defineOp({
  name: 'not',
  kernels: ['bool'],
  args: (x: Tensor) => [[cast(x, 'bool')], {}],
  spec: ([x]) => x!,
  onnx: (e, [x]) => e('Not', [x]),
})

/** a ≠ b; NaN differs from everything. */
export const notEqual: Comparison = (x, other) => not(equal(x, other))

const notANumber: (x: Tensor) => Tensor<'bool'> = defineOp({
  name: 'isNaN',
  args: (x: Tensor) => [[x], {}],
  spec: ([x]) => ({ shape: x!.shape, dtype: 'bool' }),
  onnx: (e, [x]) => e('IsNaN', [x]),
})

/** True where x is NaN; nowhere for integers. */
const areNaN = (x: Tensor): Tensor<'bool'> => (isFloat(x.dtype) ? notANumber(x) : notEqual(x, x))

const finite: (x: Tensor) => Tensor<'bool'> = defineOp({
  name: 'isFinite',
  args: (x: Tensor) => [[x], {}],
  spec: ([x]) => ({ shape: x!.shape, dtype: 'bool' }),
  onnx: (e, [x], _, node) => e('Less', [e('Abs', [x]), e.scalar(Number.POSITIVE_INFINITY, node.inputs[0]!.dtype)]),
})

/** True where x is neither NaN nor ±∞; everywhere for integers. */
const areFinite = (x: Tensor): Tensor<'bool'> => (isFloat(x.dtype) ? finite(x) : equal(x, x))

// names of globals, which no module here says unqualified: use the methods
export { areFinite as isFinite, areNaN as isNaN }
