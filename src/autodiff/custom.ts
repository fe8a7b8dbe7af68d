/** Gradients by hand, and gradients that recompute instead of remember. */

import { isLeaf } from '../graph/leaf.js'
import { type Body, defineOp, type Emit } from '../graph/op.js'
import { closeOver, substitute } from '../graph/walk.js'
import { dtypes, isFloat } from '../tensor/dtype.js'
import type { Tensor } from '../tensor/tensor.js'
import { alias } from './grad.js'

/** A gradient rule: the cotangent of the result becomes one for each input (undefined: none). */
export type GradientRule = (g: Tensor, context: { inputs: readonly Tensor[]; out: Tensor }) => readonly (Tensor | undefined)[]

const withRule: (y: Tensor, xs: readonly Tensor[], rule: GradientRule) => Tensor = defineOp({
  name: 'customGrad',
  kernels: dtypes,
  passes: true,
  args: (y: Tensor, xs: readonly Tensor[], rule: GradientRule) => [[y, ...xs], { rule }],
  spec: ([y]) => y!,
  vjp: (g, { inputs: [, ...xs], out, attrs: { rule } }) => [undefined, ...rule(g, { inputs: xs, out })],
  onnx: (_, [y]) => y!,
})

/**
 * `f` with a gradient of your own: for stabler formulas, straight-through estimators, or anything the chain rule does badly.
 * The rule uses ordinary ops, so it differentiates again.
 *
 * @example const roundThrough = customGrad((x) => x.round(), (g) => [g])
 */
export function customGrad<P extends readonly Tensor[]>(f: (...xs: P) => Tensor, rule: GradientRule): (...xs: P) => Tensor {
  return (...xs) => withRule(f(...xs), xs, rule)
}

// an axis that seems to depend on the gs lets x wait for them, and lets nothing merge what follows with what was computed from x before
const after: (x: Tensor, ...gs: readonly Tensor[]) => Tensor = defineOp({
  name: 'after',
  kernels: dtypes,
  empty: ([x, ...gs]) => [after(x!, ...gs.filter((g) => g.size > 0))],
  args: (x: Tensor, ...gs: readonly Tensor[]) => [[x, ...gs], {}],
  spec: ([x]) => x!,
  vjp: (g) => [g],
  onnx: (e, [x, ...gs]) => (gs.length === 0 ? x! : emitAfter(e, x!, gs)),
})

/** x under another name, which there is only when some others have been computed. */
export function emitAfter(e: Emit, x: string, gs: readonly string[]): string {
  const firsts = gs.map((g) => e.cast(e('Slice', [e('Reshape', [g, e.ints([-1])]), e.ints([0]), e.ints([1])]), 'f32'))
  const sum = firsts.length === 1 ? firsts[0]! : e('Sum', firsts)
  const never = e('And', [e('IsNaN', [sum]), e.constant(new Uint8Array(1), [1], 'bool')])
  return e('Squeeze', [e('Unsqueeze', [x, e.cast(never, 'i64')]), e.ints([0])])
}

// `given`: how many of xs, the first, are the arguments of the function; the others are what it found around it, weights above all
const recomputed: (y: Tensor, xs: readonly Tensor[], body: Body, given: number) => Tensor = defineOp({
  name: 'recompute',
  kernels: dtypes,
  passes: true,
  args: (y: Tensor, xs: readonly Tensor[], body: Body, given: number) => [[y, ...xs], { body, given }],
  spec: ([y]) => y!,
  vjp: (g, { inputs: [, ...xs], attrs: { body, given }, needs, pullback }) => {
    const waits = (x: Tensor): boolean => x.rank > 0 && isFloat(x.dtype)
    // a leaf needs no computing, and under its own name its numbers stay where and as they are
    const again = xs.map((x) => (isLeaf(x.node) ? x : waits(x) ? after(x, g) : alias(x)))
    const [y] = substitute(body.outputs, new Map(body.params.map((p, i) => [p, again[i]!])))
    const found = pullback([y!], [g], again).map((d, i) => (needs[i + 1] ? d : undefined))
    // what was computed again is let go before anything earlier is: the gradients of weights read it, and nothing else asks for them soon
    const weights = found.filter((d, i): d is Tensor => d !== undefined && i >= given)
    return [undefined, ...found.map((d, i) => (d && i < given && weights.length > 0 && waits(d) ? after(d, ...weights) : d))]
  },
  onnx: (_, [y]) => y!,
})

/**
 * `f`, whose inner values are computed a second time in the backward pass instead of being kept: memory for time [Chen 2016].
 * The result and the gradients are bit-equal to those without it.
 *
 * @example const block = recompute((x) => layer2.forward(layer1.forward(x).relu()))
 */
export function recompute<P extends readonly Tensor[]>(f: (...xs: P) => Tensor): (...xs: P) => Tensor {
  return (...xs) => {
    const inputs: readonly Tensor[] = xs.map(alias)
    const y = f(...(inputs as P))
    const { body, captured } = closeOver(inputs, [y])
    return recomputed(y, [...inputs, ...captured], body, inputs.length)
  }
}
