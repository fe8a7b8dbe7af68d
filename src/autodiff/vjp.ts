/** Reverse mode: cotangents flow from outputs to inputs, each primitive's rule written with public ops, so it differentiates again. */
import { opOf, type Pullback } from '../graph/op.js'
import { dependents, isComputed, topological } from '../graph/walk.js'
import { add } from '../ops/elementwise/arithmetic.js'
import { cast } from '../ops/elementwise/cast.js'
import { isFloat } from '../tensor/dtype.js'
import { HebbError } from '../tensor/errors.js'
import { outputsOf, type Tensor } from '../tensor/tensor.js'

/** Cotangents of `outputs` carried back to `wrt`; undefined where nothing depends on one. Throws HebbError at an op without a gradient. */
export const pullback: Pullback = (outputs, cotangents, wrt) => {
  const targets = new Set(wrt.map((t) => t.node))
  const order = topological(outputs, (node) => isComputed(node) && !targets.has(node))
  const active = dependents(order, wrt)
  const sums = new Map<Tensor, Tensor>()
  const give = (t: Tensor, g: Tensor | undefined): void => {
    if (!g || !active.has(t.node)) return
    const sum = sums.get(t)
    sums.set(t, sum ? add(sum, g) : g)
  }
  for (const [i, t] of outputs.entries()) give(t, cotangents[i])
  for (const node of order.reverse()) {
    if (!active.has(node) || node.inputs.length === 0 || (targets.has(node) && node.outputs.length === 1)) continue
    const outs = outputsOf(node)
    if (!outs.some((t) => sums.has(t))) continue
    const needs = node.inputs.map((t) => active.has(t.node) && isFloat(t.dtype))
    if (!needs.some(Boolean)) continue
    const op = opOf(node.op)
    if (!op.vjp) {
      if (stepFunctions.has(node.op)) continue
      throw new HebbError(`${node.op} has no gradient: wrap its input in stopGradient if none should pass`)
    }
    const results = op.vjp(
      outs.map((t) => inDtypeOf(t, sums.get(t))),
      { inputs: node.inputs, outs, out: outs[0]!, attrs: node.attrs, needs, pullback },
    )
    for (const [i, t] of node.inputs.entries()) if (needs[i]) give(t, results[i])
  }
  return wrt.map((t) => inDtypeOf(t, sums.get(t)))
}

/** A cotangent has the dtype of its tensor: half floats are summed in f32, and kept as what they are. */
const inDtypeOf = (t: Tensor, g: Tensor | undefined): Tensor | undefined => g && cast(g, t.dtype)

/** Ops that are constant almost everywhere: their gradient is 0, as PyTorch has it. */
const stepFunctions = new Set(['sign', 'floor', 'ceil', 'round', 'stopGradient'])
