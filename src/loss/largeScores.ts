/** Scores too many to be held at once: how surprised a product is by ids, in pieces of rows, of which one has its scores in memory. */
import { emitAfter } from '../autodiff/custom.js'
import { capOf, capped } from '../functional/attention.js'
import { logSoftmax } from '../functional/normal/softmax.js'
import { defineMultiOp, type Pullback } from '../graph/op.js'
import { add, mul, sub } from '../ops/elementwise/arithmetic.js'
import { exp, square } from '../ops/elementwise/unary.js'
import { scatterAdd } from '../ops/gather/along.js'
import { ones } from '../ops/move/create.js'
import { transpose } from '../ops/move/reshape.js'
import { linear, matmul } from '../ops/products/matmul.js'
import { allocate, bytesOf, isFloat } from '../tensor/dtype.js'
import type { Tensor } from '../tensor/tensor.js'
import { surprise } from './classes.js'

/** Scores that are products of states (M, D) with a row for each class (C, D), capped or not. */
export interface Product {
  readonly states: Tensor
  readonly weight: Tensor
  readonly cap: number | undefined
}

/** Bytes that the scores of a piece have at most. */
const pieceBytes = 2 ** 25

/** The product behind scores (M, C) too large for one piece; undefined where they are small, or something else. */
export function largeProduct(scores: Tensor): Product | undefined {
  if (scores.size * bytesOf(scores.dtype) < 2 * pieceBytes || !isFloat(scores.dtype)) return undefined
  const outer = withoutReshapes(scores)
  const found = capOf(outer)
  const { node } = found ? withoutReshapes(found.x) : outer
  const [states, weight] = node.inputs
  const isProduct = node.op === 'matmul' && !node.values && node.inputs.length === 2 && !node.attrs.transA && node.attrs.transB === true
  return isProduct && states!.rank === 2 && weight!.rank === 2 ? { states: states!, weight: weight!, cap: found?.cap } : undefined
}

/** What was reshaped, as long as each row of classes stayed one. */
function withoutReshapes(scores: Tensor): Tensor {
  let t = scores
  while (t.node.op === 'reshape' && !t.node.values && t.node.inputs[0]!.shape.at(-1) === scores.shape.at(-1)) t = t.node.inputs[0]!
  return t
}

/** −log softmax(scores)[id] per row, ids (M, 1) → (M, 1). */
export const surpriseOfProduct = ({ states, weight, cap }: Product, ids: Tensor): Tensor =>
  inPieces(states, weight, ids, ones([ids.size, 1], states), cap)[1]!

/**
 * Σ factor · surprise over all rows, ids and factors (M, 1) → (1, 1): what {@link surpriseOfProduct} gives, where the gradient of `weight` needs no scores twice. The
 * factors have no gradient.
 */
export const summedSurpriseOfProduct = ({ states, weight, cap }: Product, ids: Tensor, factors: Tensor): Tensor =>
  inPieces(states, weight, ids, factors, cap)[0]!

/** Gradients of gradients: what the states and the weight get of cotangents of the third and the fourth output. By all scores at once. */
function ofSlopes(
  pullback: Pullback,
  { states, weight, cap }: Product,
  ids: Tensor,
  factors: Tensor,
  cotangents: readonly (Tensor | undefined)[],
): (Tensor | undefined)[] {
  const scores = capped(linear(states, weight), cap)
  const plain = scatterAdd(exp(logSoftmax(scores, 1)), ids, -1, 1)
  const slope = cap === undefined ? plain : mul(plain, sub(1, square(mul(scores, 1 / cap))))
  return pullback([matmul(slope, weight), matmul(transpose(slope), mul(states, factors))], cotangents, [states, weight])
}

const total = (...parts: readonly (Tensor | undefined)[]): Tensor | undefined =>
  parts.reduce((sum, part) => (sum && part ? add(sum, part) : (sum ?? part)), undefined)

// outputs: the sum; the surprise of each row; of a row's surprise the gradient of its states; of the sum the gradient of the weight
const inPieces: (states: Tensor, weight: Tensor, ids: Tensor, factors: Tensor, cap: number | undefined) => Tensor[] = defineMultiOp({
  name: 'surpriseOfProduct',
  args: (states: Tensor, weight: Tensor, ids: Tensor, factors: Tensor, cap: number | undefined) => [
    [states, weight, ids, factors],
    { cap },
  ],
  spec: ([states, weight, ids]) => {
    const { dtype } = states!
    return [{ shape: [1, 1], dtype }, { shape: ids!.shape, dtype }, states!, weight!]
  },
  vjp: ([ofSum, ofEach, ...further], { inputs, outs, attrs: { cap }, needs, pullback }) => {
    const [states, weight, ids, factors] = inputs as [Tensor, Tensor, Tensor, Tensor]
    const product = { states, weight, cap }
    const ofRows = total(ofSum && mul(factors, ofSum), ofEach)
    const bySlopes: (Tensor | undefined)[] = further.some((g) => g !== undefined) ? ofSlopes(pullback, product, ids, factors, further) : []
    // rows whose factors the sum does not know: by all scores at once
    const byRows = ofEach && needs[1] ? pullback([surprise(capped(linear(states, weight), cap), ids)], [ofEach], [weight])[0] : undefined
    return [
      needs[0] ? total(ofRows && mul(outs[2]!, ofRows), bySlopes[0]) : undefined,
      needs[1] ? total(ofSum && mul(outs[3]!, ofSum), byRows, bySlopes[1]) : undefined,
    ]
  },
  onnx: (e, [states, weight, ids, factors], { cap }, node) => {
    const [rows, width] = node.inputs[0]!.shape as readonly [number, number]
    const classes = node.inputs[1]!.shape[0]!
    const { dtype } = node.inputs[0]!
    const [sum, each, ofStates, ofWeight] = e.used(node)
    const zero = e.scalar(0, dtype)
    const pieces = Math.ceil((rows * classes * bytesOf(dtype)) / pieceBytes)
    const size = Math.ceil(rows / pieces)
    const found: { sum: string[]; each: string[]; ofStates: string[] } = { sum: [], each: [], ofStates: [] }
    let gathered: string | undefined
    let before: string[] = []
    for (let start = 0; start < rows; start += size) {
      const cut = (x: string): string =>
        rows <= size ? x : e('Slice', [x, e.ints([start]), e.ints([Math.min(start + size, rows)]), e.ints([0])])
      // a piece waits for the one before it, whose scores are let go by then
      const x = before.length > 0 ? emitAfter(e, cut(states!), before) : cut(states!)
      const [id, factor] = [cut(ids!), cut(factors!)]
      const product = e('Gemm', [x, weight], { transB: 1 })
      const bent = cap === undefined ? undefined : e('Tanh', [e('Mul', [product, e.scalar(1 / cap, dtype)])])
      const logs = e('LogSoftmax', [bent ? e('Mul', [bent, e.scalar(cap!, dtype)]) : product], { axis: 1 })
      const surprised = e('Neg', [e('GatherElements', [logs, id], { axis: 1 })])
      before = [surprised]
      if (each) found.each.push(surprised)
      // what does not count is 0 even where it is not finite
      if (sum) found.sum.push(e('Where', [e('Equal', [factor, zero]), zero, e('Mul', [surprised, factor])]))
      if (ofStates || ofWeight) {
        const less = allocate(dtype === 'f64' ? 'f64' : 'f32', Math.min(size, rows - start)).fill(-1)
        const probabilities = e('ScatterElements', [e('Exp', [logs]), id, e.constant(less, [less.length, 1], dtype)], {
          axis: 1,
          reduction: 'add',
        })
        const slope = bent ? e('Mul', [probabilities, e('Sub', [e.scalar(1, dtype), e('Mul', [bent, bent])])]) : probabilities
        if (ofStates) found.ofStates.push(e('Gemm', [slope, weight]))
        if (ofWeight) gathered = e('Gemm', [slope, e('Mul', [x, factor]), gathered], { transA: 1 })
        before.push(...(ofStates ? [found.ofStates.at(-1)!] : []), ...(ofWeight ? [gathered!] : []))
      }
    }
    const joined = (parts: readonly string[]): string => (parts.length === 1 ? parts[0]! : e('Concat', parts, { axis: 0 }))
    return [
      sum ? e('ReduceSum', [joined(found.sum), e.ints([0])], { keepdims: 1 }) : '',
      each ? joined(found.each) : '',
      ofStates ? joined(found.ofStates) : '',
      gathered ?? '',
    ]
  },
  flops: (node) => 2 * node.inputs[0]!.size * node.inputs[1]!.shape[0]!,
})
