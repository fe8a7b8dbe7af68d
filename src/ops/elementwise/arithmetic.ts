/** Arithmetic of two tensors that broadcast: sums, products, powers, extremes. */
import { defineOp, type Emit } from '../../graph/op.js'
import { type Dtype, isFloat, numberDtypes, wideDtypes } from '../../tensor/dtype.js'
import { broadcast, sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { type Operand, operands, unbroadcast } from './broadcasting.js'
import { equal, greater, greaterEqual } from './compare.js'
import { safeDivisor } from './precise.js'
import { computed } from './real.js'
import { where } from './select.js'
import { log } from './unary.js'

const spec = (name: string) => (inputs: readonly Tensor[]) => ({
  shape: broadcast(
    inputs.map((t) => t.shape),
    name,
  ),
  dtype: inputs[0]!.dtype,
})

type BinaryVjp = (g: Tensor, a: Tensor, b: Tensor, out: Tensor) => readonly [() => Tensor, () => Tensor]

const binary = (
  name: string,
  onnx: string | ((e: Emit, a: string, b: string, dtype: Dtype) => string),
  vjp: BinaryVjp,
  kernels = numberDtypes,
): ((a: Operand, b: Operand) => Tensor) =>
  defineOp({
    name,
    kernels,
    broadcasts: true,
    args: (a: Operand, b: Operand) => [operands(a, b), {}],
    spec: spec(name),
    vjp: (g, { inputs: [a, b], out, needs }) => {
      const rules = vjp(g, a!, b!, out)
      return [needs[0] ? unbroadcast(rules[0](), a!) : undefined, needs[1] ? unbroadcast(rules[1](), b!) : undefined]
    },
    onnx: (e, [a, b], _, node) => (typeof onnx === 'string' ? e(onnx, [a, b]) : onnx(e, a!, b!, node.outputs[0]!.dtype)),
    flops: (node) => sizeOf(node.outputs[0]!.shape),
  })

/** a + b, broadcasting. */
export const add: (x: Tensor, other: Operand) => Tensor = binary('add', 'Add', (g) => [() => g, () => g])

/** a − b, broadcasting. */
export const sub: (x: Operand, other: Operand) => Tensor = binary('sub', 'Sub', (g) => [() => g, () => neg(g)])

/** a · b element by element, broadcasting. */
export const mul: (x: Tensor, other: Operand) => Tensor = binary('mul', 'Mul', (g, a, b) => [() => mul(g, b), () => mul(g, a)])

function quotient(e: Emit, a: string, b: string, dtype: Dtype): string {
  if (isFloat(dtype)) return e('Div', [a, b])
  const { zero, minus, safe } = safeDivisor(e, b, dtype)
  const q = e('Div', [a, safe])
  return e('Where', [zero, e.scalar(0, dtype), minus ? e('Where', [minus, e('Neg', [a]), q]) : q])
}

function remainder(e: Emit, a: string, b: string, dtype: Dtype): string {
  // what is left after division by 1 is what is left after division by −1, and what NumPy gives for 0
  if (!isFloat(dtype)) return e('Mod', [a, safeDivisor(e, b, dtype).safe])
  return e('Sub', [a, e('Mul', [b, e('Floor', [e('Div', [a, b])])])])
}

/** a ÷ b, broadcasting; integers divide toward zero, and by 0 give 0; division of floats by zero gives ±∞ or NaN. */
export const div: (x: Operand, other: Operand) => Tensor = binary('div', quotient, (g, _, b, out) => [
  () => div(g, b),
  () => neg(div(mul(g, out), b)),
])

/** −x */
export const neg: (x: Tensor) => Tensor = defineOp({
  name: 'neg',
  kernels: wideDtypes,
  args: (x: Tensor) => [[computed(x)], {}],
  spec: ([x]) => x!,
  vjp: (g) => [neg(g)],
  onnx: (e, [x]) => e('Neg', [x]),
})

/** Remainder with the sign of the divisor, as Python's `%`: a − b·⌊a/b⌋. Integers by 0 give 0. The gradient to b is −⌊a/b⌋. */
export const mod: (x: Tensor, other: Operand) => Tensor = binary('mod', remainder, (g, a, b, out) => [
  () => g,
  () => div(mul(g, sub(out, a)), b),
])

/** Ties share the gradient equally, as both sides are as near to being the extreme. */
const share = (g: Tensor, chosen: Tensor, tie: Tensor): Tensor => where(tie, mul(g, 0.5), where(chosen, g, 0))

/** The larger of two, element by element; NaN wins; ties share the gradient. */
export const maximum: (x: Tensor, other: Operand) => Tensor = binary('maximum', 'Max', (g, a, b) => [
  () => share(g, greater(a, b), equal(a, b)),
  () => share(g, greater(b, a), equal(a, b)),
])

/** The smaller of two, element by element; NaN wins; ties share the gradient. */
export const minimum: (x: Tensor, other: Operand) => Tensor = binary('minimum', 'Min', (g, a, b) => [
  () => share(g, greater(b, a), equal(a, b)),
  () => share(g, greater(a, b), equal(a, b)),
])

const power: (x: Operand, exponent: Operand) => Tensor = binary(
  'pow',
  'Pow',
  (g, a, b, out) => [
    () => mul(g, where(equal(b, 0), 0, mul(b, power(a, sub(b, 1))))),
    // 0 raised to anything that is not negative stays 0 or 1 however the exponent moves
    () => mul(g, where(equal(a, 0), where(greaterEqual(b, 0), 0, mul(out, log(a))), mul(out, log(a)))),
  ],
  wideDtypes,
)

/** x raised to a power, broadcasting; whole and half powers written as numbers take short ways. */
export function pow(x: Operand, exponent: Operand): Tensor {
  if (typeof x !== 'number' && isFloat(x.dtype)) {
    if (exponent === 1) return mul(x, 1)
    if (exponent === 2) return mul(x, x)
    if (exponent === 3) return mul(mul(x, x), x)
    if (exponent === -1) return div(1, x)
  }
  return power(x, exponent)
}
