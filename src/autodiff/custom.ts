/** Gradients by hand, and gradients that recompute instead of remember. */
import { type Body, defineOp } from '../graph/op.js'
import { closeOver, substitute } from '../graph/walk.js'
import { isFloat } from '../tensor/dtype.js'
import { sizeOf } from '../tensor/shape.js'
import type { Tensor } from '../tensor/tensor.js'
import { alias } from './grad.js'

/** A gradient rule: the cotangent of the result becomes one for each input (undefined: none). */
export type GradientRule = (g: Tensor, context: { inputs: readonly Tensor[]; out: Tensor }) => readonly (Tensor | undefined)[]

const rules: GradientRule[] = []

const withRule: (y: Tensor, xs: readonly Tensor[], rule: number) => Tensor = defineOp({
  name: 'customGrad',
  args: (y: Tensor, xs: readonly Tensor[], rule: number) => [[y, ...xs], { rule }],
  spec: ([y]) => y!,
  vjp: (g, { inputs: [, ...xs], out, attrs: { rule } }) => [undefined, ...rules[rule]!(g, { inputs: xs, out })],
  onnx: (_, [y]) => y!,
})

/**
 * `f` with a gradient of your own: for stabler formulas, straight-through estimators, or anything the chain rule does badly.
 * The rule uses ordinary ops, so it differentiates again.
 *
 * @example const roundThrough = customGrad((x) => x.round(), (g) => [g])
 */
export function customGrad<P extends readonly Tensor[]>(f: (...xs: P) => Tensor, rule: GradientRule): (...xs: P) => Tensor {
  const id = rules.push(rule) - 1
  return (...xs) => withRule(f(...xs), xs, id)
}

// recomputation must wait for the gradient, and nothing may merge it with the first computation: an axis that seems to depend on g does both
const after: (x: Tensor, g: Tensor) => Tensor = defineOp({
  name: 'after',
  args: (x: Tensor, g: Tensor) => [[x, g], {}],
  spec: ([x]) => x!,
  vjp: (g) => [g, undefined],
  onnx: (e, [x, g], _, node) => {
    const [like, cotangent] = [node.inputs[0]!, node.inputs[1]!]
    if (sizeOf(cotangent.shape) === 0 || sizeOf(like.shape) === 0) return x!
    const first = e('Slice', [e('Reshape', [g, e.ints([-1])]), e.ints([0]), e.ints([1])])
    const never = e('And', [e('IsNaN', [first]), e.constant(new Uint8Array(1), [1], 'bool')])
    return e('Squeeze', [e('Unsqueeze', [x, e.cast(never, 'i64')]), e.ints([0])])
  },
})

const recompute: (y: Tensor, xs: readonly Tensor[], body: Body) => Tensor = defineOp({
  name: 'checkpoint',
  args: (y: Tensor, xs: readonly Tensor[], body: Body) => [[y, ...xs], { body }],
  spec: ([y]) => y!,
  vjp: (g, { inputs: [, ...xs], attrs: { body }, needs, pullback }) => {
    const again = xs.map((x) => (x.rank > 0 && isFloat(x.dtype) ? after(x, g) : alias(x)))
    const [y] = substitute(body.outputs, new Map(body.params.map((p, i) => [p, again[i]!])))
    const found = pullback([y!], [g], again)
    return [undefined, ...found.map((d, i) => (needs[i + 1] ? d : undefined))]
  },
  onnx: (_, [y]) => y!,
})

/**
 * `f`, whose inner values are computed a second time in the backward pass instead of being kept: memory for time [Chen 2016].
 * The result and the gradients are bit-equal to those without it.
 *
 * @example const block = checkpoint((x) => layer2.forward(layer1.forward(x).relu()))
 */
export function checkpoint<P extends readonly Tensor[]>(f: (...xs: P) => Tensor): (...xs: P) => Tensor {
  return (...xs) => {
    const inputs: readonly Tensor[] = xs.map(alias)
    const y = f(...(inputs as P))
    const { body, captured } = closeOver(inputs, [y])
    return recompute(y, [...inputs, ...captured], body)
  }
}
