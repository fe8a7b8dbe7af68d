/** What the gradient of a loop reads again of a step: kept from the loop forward instead of computed a second time. */
import { Body, opOf } from '../../graph/op.js'
import { dependents, topological } from '../../graph/walk.js'
import { sizeOf } from '../../tensor/shape.js'
import { type Node, type Tensor, totalBytes } from '../../tensor/tensor.js'

/**
 * The nodes of a step worth keeping: they depend on `sources`, something had to be computed for them, and no more than elementwise work that spreads
 * few numbers over many would make them anew.
 */
function worthKeeping(step: readonly Tensor[], sources: readonly Tensor[]): Set<Node> {
  const order = topological(step)
  const fed = dependents(order, sources)
  const worth = new Set<Node>()
  for (const node of order) {
    if (!fed.has(node) || node.inputs.length === 0) continue
    const flops = opOf(node.op).flops?.(node) ?? 0
    const size = node.outputs.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
    const nested = Object.values(node.attrs).some((a) => a instanceof Body)
    const made = flops > 0 || nested || node.inputs.some((t) => worth.has(t.node))
    const spread = totalBytes(node.outputs) > totalBytes(node.inputs)
    if (made && (nested || flops > size || !spread)) worth.add(node)
  }
  return worth
}

/**
 * The values of a step, as its results `step` are computed from `sources`, that `gradients` reach first and that are worth keeping for them.
 */
export function valuesToKeep(step: readonly Tensor[], sources: readonly Tensor[], gradients: readonly Tensor[]): Tensor[] {
  const worth = worthKeeping(step, sources)
  const kept = new Set<Tensor>()
  const keep = (t: Tensor): void => {
    if (worth.has(t.node)) kept.add(t)
  }
  gradients.forEach(keep)
  for (const node of topological(gradients, (n) => n.values !== undefined || worth.has(n))) if (!worth.has(node)) node.inputs.forEach(keep)
  return [...kept]
}
