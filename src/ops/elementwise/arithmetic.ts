/** Arithmetic of two tensors that broadcast: sums, products, powers, extremes. */
import { describe } from '../../graph/leaf.js'
import { defineOp, type Emit } from '../../graph/op.js'
import { type Dtype, isFloat, numberDtypes, wideDtypes } from '../../tensor/dtype.js'
import type { Computed, Fractional, Meet, Rounded } from '../../tensor/dtypes.js'
import { DtypeError } from '../../tensor/errors.js'
import { broadcast, sizeOf } from '../../tensor/shape.js'
import type { Spec, Tensor } from '../../tensor/tensor.js'
import { type Operand, operands, unbroadcast } from './broadcasting.js'
import { cast } from './cast.js'
import { and, equal, greater, greaterEqual, notEqual } from './compare.js'
import { safeDivisor } from './precise.js'
import { computed, real } from './real.js'
import { where } from './select.js'
import { abs, log, round } from './unary.js'

/** Booleans are added by or, multiplied by and, as in NumPy, which refuses the others for them or counts in bytes. */
function refuseBooleans(name: string, x: Tensor): void {
  if (x.dtype === 'bool') throw new DtypeError(`${name}: not defined for bool: cast x first, as in x.cast('i32')\n  input: ${describe(x)}`)
}

const spec =
  (name: string, booleans: boolean) =>
  (inputs: readonly Tensor[]): Spec => {
    if (!booleans) refuseBooleans(name, inputs[0]!)
    const shape = broadcast(
      inputs.map((t) => t.shape),
      name,
    )
    return { shape, dtype: inputs[0]!.dtype }
  }

/** Two operands, and what dtype comes out by the dtype in which they meet. */
type Arithmetic<T extends Record<Dtype, Dtype>> = <const A extends Operand, const B extends Operand>(
  x: A,
  other: B,
) => Tensor<T[Meet<A, B>]>

type BinaryVjp = (g: Tensor, a: Tensor, b: Tensor, out: Tensor) => readonly [() => Tensor, () => Tensor]

const binary = <T extends Record<Dtype, Dtype>>(
  name: string,
  onnx: string | ((e: Emit, a: string, b: string, dtype: Dtype) => string),
  vjp: BinaryVjp,
  {
    kernels = numberDtypes,
    booleans = false,
    from,
  }: {
    readonly kernels?: readonly Dtype[] | undefined
    readonly booleans?: boolean | undefined
    readonly from?: ((x: Tensor) => Tensor) | undefined
  } = {},
): Arithmetic<T> =>
  defineOp({
    name,
    kernels,
    broadcasts: true,
    args: (a: Operand, b: Operand) => [from ? operands(a, b).map(from) : operands(a, b), {}],
    spec: spec(name, booleans),
    vjp: (g, { inputs: [a, b], out, needs }) => {
      const rules = vjp(g, a!, b!, out)
      return [needs[0] ? unbroadcast(rules[0](), a!) : undefined, needs[1] ? unbroadcast(rules[1](), b!) : undefined]
    },
    onnx: (e, [a, b], _, node) => (typeof onnx === 'string' ? e(onnx, [a, b]) : onnx(e, a!, b!, node.outputs[0]!.dtype)),
    flops: (node) => sizeOf(node.outputs[0]!.shape),
  })

/** a + b, broadcasting; of booleans a or b. */
export const add: Arithmetic<Computed> = binary('add', 'Add', (g) => [() => g, () => g], { booleans: true })

/** a − b, broadcasting. Throws DtypeError for booleans: `xor` says where they differ. */
export const sub: Arithmetic<Rounded> = binary('sub', 'Sub', (g) => [() => g, () => neg(g)])

/** a · b element by element, broadcasting; of booleans a and b. */
export const mul: Arithmetic<Computed> = binary('mul', 'Mul', (g, a, b) => [() => mul(g, b), () => mul(g, a)], {
  booleans: true,
})

function remainder(e: Emit, a: string, b: string, dtype: Dtype): string {
  // what is left after division by 1 is what is left after division by −1, and what NumPy gives for 0
  if (!isFloat(dtype)) return e('Mod', [a, safeDivisor(e, b, dtype).safe])
  // fmod is exact, with the sign of a
  const rest = e('Mod', [a, b], { fmod: 1 })
  const zero = e.scalar(0, dtype)
  const turned = e('Xor', [e('Less', [rest, zero]), e('Less', [b, zero])])
  return e('Where', [e('And', [turned, e('Not', [e('Equal', [rest, zero])])]), e('Add', [rest, b]), rest])
}

/**
 * a ÷ b, broadcasting; by zero ±∞ or NaN. Integers and booleans are divided in f32, as PyTorch does it (NumPy in f64): exact below 2²⁴. With whole
 * results: `floorDiv`.
 *
 * @example tensor([7, -7], { dtype: 'i32' }).div(2) // [3.5, -3.5]
 */
export const div: Arithmetic<Fractional> = binary('div', 'Div', (g, _, b, out) => [() => div(g, b), () => neg(div(mul(g, out), b))], {
  booleans: true,
  from: real,
})

/** −x; bytes wrap. Throws DtypeError for booleans. */
export const neg: <D extends Dtype>(x: Tensor<D>) => Tensor<Computed[D]> = defineOp({
  name: 'neg',
  kernels: wideDtypes,
  args: (x: Tensor) => [[computed(x)], {}],
  spec: ([x]) => {
    refuseBooleans('neg', x!)
    return x!
  },
  vjp: (g) => [neg(g)],
  onnx: (e, [x]) => e('Neg', [x]),
})

/**
 * Remainder with the sign of the divisor, as Python's `%`: a − b·⌊a/b⌋ with ⌊a/b⌋ as `floorDiv` gives it, exact however large a/b is. Integers by 0 give 0, floats NaN; what has the
 * other sign than an infinite b leaves b. The gradient to b is −⌊a/b⌋. Throws DtypeError for booleans.
 *
 * @example tensor([-5, 1e8]).mod(3) // [1, 1]
 */
export const mod: Arithmetic<Rounded> = binary('mod', remainder, (g, a, b, out) => [
  () => g,
  () => {
    // of an infinite b either nothing or all is left
    const endless = equal(abs(b), Number.POSITIVE_INFINITY)
    return mul(g, where(endless, cast(notEqual(out, a), g.dtype), round(div(sub(out, a), b))))
  },
])

/** Ties share the gradient equally, as both sides are as near to being the extreme. */
const share = (g: Tensor, chosen: Tensor, tie: Tensor): Tensor => where(tie, mul(g, 0.5), where(chosen, g, 0))

/** The larger of two, element by element; NaN wins; ties share the gradient. */
export const maximum: Arithmetic<Computed> = binary(
  'maximum',
  'Max',
  (g, a, b) => [() => share(g, greater(a, b), equal(a, b)), () => share(g, greater(b, a), equal(a, b))],
  { booleans: true },
)

/** The smaller of two, element by element; NaN wins; ties share the gradient. */
export const minimum: Arithmetic<Computed> = binary(
  'minimum',
  'Min',
  (g, a, b) => [() => share(g, greater(b, a), equal(a, b)), () => share(g, greater(a, b), equal(a, b))],
  { booleans: true },
)

const power: Arithmetic<Rounded> = binary(
  'pow',
  (e, a, b, dtype) => (isFloat(dtype) ? e('Pow', [a, b]) : integerPower(e, a, b, dtype)),
  (g, a, b, out) => [
    () => mul(g, where(equal(b, 0), 0, mul(b, power(a, sub(b, 1))))),
    () => {
      // 0 raised to anything that is not negative stays 0 or 1 however the exponent moves
      const still = and(equal(a, 0), greaterEqual(b, 0))
      return mul(g, where(still, 0, mul(out, log(where(still, 1, a)))))
    },
  ],
  { kernels: wideDtypes },
)

/** aᵇ of integers, exact and wrapping: the kernel goes through floats. Every bit of b that is set multiplies by a, a², a⁴, … */
function integerPower(e: Emit, a: string, b: string, dtype: Dtype): string {
  const bits = dtype === 'i64' ? 63 : 31
  const [zero, one] = [e.scalar(0, dtype), e.scalar(1, dtype)]
  const bit = (k: number): string => e.constant(dtype === 'i64' ? BigInt64Array.of(1n << BigInt(k)) : Int32Array.of(2 ** k), [], dtype)
  const isSet = (k: number): string => e('Not', [e('Equal', [e('BitwiseAnd', [b, bit(k)]), zero])])
  let [square, result] = [a, e('Where', [isSet(0), a, one])]
  for (let k = 1; k < bits; k++) {
    square = e('Mul', [square, square])
    result = e('Where', [isSet(k), e('Mul', [result, square]), result])
  }
  // 1/a of integers is 0 but for 1 and −1, which come back every other time
  const odd = e('Where', [isSet(0), a, one])
  const inverse = e('Where', [e('Equal', [e('Abs', [a]), one]), odd, zero])
  return e('Where', [e('Less', [b, zero]), inverse, result])
}

/** a raised to a whole number from 0 on, by squares. */
function wholePower(a: Tensor, exponent: number): Tensor {
  const half = exponent < 2 ? undefined : wholePower(a, Math.floor(exponent / 2))
  const even = half && mul(half, half)
  return exponent % 2 === 0 ? (even ?? add(mul(a, 0), 1)) : even ? mul(even, a) : mul(a, 1)
}

/**
 * x raised to a power, broadcasting; whole and half powers written as numbers take short ways. Integers to integers are exact, and wrap.
 * Throws DtypeError for booleans, and for integers raised to a negative number that is known: the result is a fraction. One that is known only
 * when it runs leaves 0, or ±1 of ±1.
 */
export function pow<const A extends Operand, const B extends Operand>(x: A, exponent: B): Tensor<Rounded[Meet<A, B>]>
export function pow(x: Operand, exponent: Operand): Tensor {
  if (typeof x !== 'number' && isFloat(x.dtype)) {
    if (exponent === 1) return mul(x, 1)
    if (exponent === 2) return mul(x, x)
    if (exponent === 3) return mul(mul(x, x), x)
    if (exponent === -1) return div(1, x)
  }
  const [a, b] = operands(x, exponent)
  if (isFloat(a.dtype)) return power(a, b)
  refuseBooleans('pow', a)
  const known = typeof exponent === 'number' ? [exponent] : exponent.value
  if (known?.some((n: number | bigint) => n < 0))
    throw new DtypeError(
      `pow: an integer raised to a negative integer is a fraction: cast x first, as in x.cast('f32')\n  input: ${describe(a)}`,
    )
  return typeof exponent === 'number' ? wholePower(a, exponent) : power(a, b)
}
