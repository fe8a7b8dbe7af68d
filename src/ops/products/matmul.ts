/** Matrix products. Transposes are flags of the product, never copies; a 2-D right side makes one flat product. */

import { describe } from '../../graph/leaf.js'
import { applyOp, defineOp } from '../../graph/op.js'
import type { Dtype } from '../../tensor/dtype.js'
import { promote, wideDtypes } from '../../tensor/dtype.js'
import type { Promoted } from '../../tensor/dtypes.js'
import { DtypeError, ShapeError } from '../../tensor/errors.js'
import { broadcast, type Shape, sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { unbroadcast } from '../elementwise/broadcasting.js'
import { cast } from '../elementwise/cast.js'
import { full } from '../move/create.js'
import { expand, reshape } from '../move/reshape.js'
import { sum } from '../reduce/sum.js'
import { emitLongProduct, longSum } from './longProducts.js'

interface Flags {
  readonly transA: boolean
  readonly transB: boolean
  readonly [key: string]: boolean
}

const rowsOf = (s: Shape, t: boolean): number => s.at(t ? -1 : -2)!
const columnsOf = (s: Shape, t: boolean): number => s.at(t ? -2 : -1)!

/** The product of matrices, each optionally transposed, in the last two axes; earlier axes broadcast. A third input is a bias per column. */
const product: (a: Tensor, b: Tensor, flags: Flags, bias?: Tensor) => Tensor = defineOp({
  name: 'matmul',
  kernels: wideDtypes,
  empty: ([, , bias], _, [y]) => [bias ? expand(bias, y!.shape) : full(y!.shape, 0, y)],
  args: (a: Tensor, b: Tensor, flags: Flags, bias?: Tensor) => [bias ? [a, b, bias] : [a, b], flags],
  spec: ([a, b, bias], { transA, transB }) => {
    const [inner, other] = [columnsOf(a!.shape, transA), rowsOf(b!.shape, transB)]
    if (inner !== other)
      throw new ShapeError(
        `matmul: inner axes differ: ${inner} and ${other}\n  inputs: ${describe(a!)}${transA ? ' transposed' : ''}, ${describe(b!)}${transB ? ' transposed' : ''}${hint(a!, b!, transA, transB)}`,
      )
    if (a!.dtype !== b!.dtype || (bias && bias.dtype !== a!.dtype))
      throw new DtypeError(
        `matmul: dtypes differ: ${[a!, b!, ...(bias ? [bias] : [])].map(describe).join(', ')}; cast one of them: x.cast('f32')`,
      )
    const columns = columnsOf(b!.shape, transB)
    if (bias && bias.size !== columns)
      throw new ShapeError(`matmul: the bias ${describe(bias)} does not have one number for each of ${columns} columns`)
    const batch = broadcast([a!.shape.slice(0, -2), b!.shape.slice(0, -2)], 'matmul')
    return { shape: [...batch, rowsOf(a!.shape, transA), columns], dtype: a!.dtype }
  },
  vjp: (g, { inputs: [a, b, bias], attrs: { transA, transB }, needs }) => [
    needs[0]
      ? unbroadcast(transA ? product(b!, g, { transA: transB, transB: true }) : product(g, b!, { transA: false, transB: !transB }), a!)
      : undefined,
    needs[1]
      ? unbroadcast(transB ? product(g, a!, { transA: true, transB: transA }) : product(a!, g, { transA: !transA, transB: false }), b!)
      : undefined,
    bias && needs[2] ? sum(g, 0) : undefined,
  ],
  onnx: (e, [a, b, bias], { transA, transB }, node) => {
    const [x, y] = node.inputs
    const { dtype } = x!
    const flags = { transA: transA ? 1 : 0, transB: transB ? 1 : 0 }
    const floats = dtype === 'f32' || dtype === 'f64'
    const plus = (v: string): string => (bias ? e('Add', [v, bias]) : v)
    if (x!.rank === 2 && y!.rank === 2 && e.native && floats) {
      const [rows, inner, columns] = [rowsOf(x!.shape, transA), columnsOf(x!.shape, transA), columnsOf(y!.shape, transB)]
      if (inner > longSum && (rows === 1 || columns === 1)) {
        const lines = rows === 1 ? { count: columns, inner, innerFirst: !transB } : { count: rows, inner, innerFirst: transA }
        const sums = rows === 1 ? emitLongProduct(e, a!, b!, lines, dtype) : emitLongProduct(e, b!, a!, lines, dtype)
        return plus(e('Reshape', [sums, e.ints([rows, columns])]))
      }
    }
    if (x!.rank === 2 && y!.rank === 2 && floats) return e('Gemm', bias ? [a, b, bias] : [a, b], flags)
    if (e.native && dtype === 'f32' && (transA || transB)) return e('FusedMatMul', [a, b], flags, 'com.microsoft')
    const plain = (v: string, t: Tensor, flip: boolean): string =>
      flip ? e('Transpose', [v], { perm: [...t.shape.keys()].map((i) => (i < t.rank - 2 ? i : 2 * t.rank - 3 - i)) }) : v
    return plus(e('MatMul', [plain(a!, x!, transA), plain(b!, y!, transB)]))
  },
  flops: (node) => 2 * sizeOf(node.outputs[0]!.shape) * columnsOf(node.inputs[0]!.shape, node.attrs.transA === true),
})

const hint = (a: Tensor, b: Tensor, transA: boolean, transB: boolean): string =>
  columnsOf(a.shape, transA) === rowsOf(b.shape, !transB) ? '; did you mean the second one transposed?' : ''

/**
 * Matrix product of the last two axes, `(…, n, k) · (…, k, m) → (…, n, m)`; earlier axes broadcast, and a 1-D operand counts as a row (left) or column (right)
 * whose axis disappears again. Throws ShapeError when inner sizes differ.
 *
 * @example tensor([[1, 2]]).matmul(tensor([[3], [4]])) // [[11]]
 */
export function matmul<A extends Dtype, B extends Dtype>(x: Tensor<A>, other: Tensor<B>): Tensor<Promoted[A][B]>
export function matmul(x: Tensor, other: Tensor): Tensor {
  if (x.rank === 0 || other.rank === 0)
    throw new ShapeError(`matmul: a scalar has no matrix product: use mul\n  inputs: ${describe(x)}, ${describe(other)}`)
  const dtype = promote(x.dtype, other.dtype)
  const [a, b] = [cast(x, dtype), cast(other, dtype)]
  if (a.rank === 1) return dropAxis(matmul(reshape(a, [1, a.size]), b), b.rank === 1 ? -1 : -2)
  if (b.rank === 1) return dropAxis(matmul(a, reshape(b, [b.size, 1])), -1)
  return multiply(a, b, false)
}

/**
 * xWᵀ + b with W `(out, in)` and b `(out)`, as one fused product; a transposed W `(in, out)` is not copied. What differs in dtype meets at the
 * larger, as in `matmul`; a gradient has its weight's dtype.
 *
 * x (…, in) → (…, out). Throws ShapeError when sizes do not fit.
 *
 * @example linear(tensor([[1, 2]]), tensor([[3, 4], [5, 6]]), tensor([100, 1000])) // [[111, 1017]]
 */
export function linear<A extends Dtype, B extends Dtype>(x: Tensor<A>, weight: Tensor<B>, bias?: Tensor): Tensor<Promoted[A][B]>
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  if (weight.rank !== 2 || x.rank === 0)
    throw new ShapeError(`linear: needs x (…, in) and weight (out, in)\n  inputs: ${describe(x)}, ${describe(weight)}`)
  if (x.rank === 1) return reshape(linear(reshape(x, [1, x.size]), weight, bias), [weight.shape[0]!])
  const dtype = promote(promote(x.dtype, weight.dtype), bias?.dtype ?? weight.dtype)
  return multiply(cast(x, dtype), cast(weight, dtype), true, bias && cast(bias, dtype))
}

function multiply(a: Tensor, b: Tensor, transB: boolean, bias?: Tensor): Tensor {
  const flags = { transA: false, transB }
  if (b.rank !== 2 || a.rank <= 2) return product(a, b, flags, bias)
  const inner = a.shape.at(-1)!
  // the unflattened operands make the better message
  if (inner !== rowsOf(b.shape, transB)) applyOp('matmul', [a, b], flags)
  const flat = product(reshape(a, [sizeOf(a.shape.slice(0, -1)), inner]), b, flags, bias)
  return reshape(flat, [...a.shape.slice(0, -1), flat.shape[1]!])
}

const dropAxis = (x: Tensor, axis: number): Tensor =>
  reshape(
    x,
    x.shape.filter((_, i) => i !== x.rank + axis),
  )
