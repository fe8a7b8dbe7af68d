/** Means that are written as one node: a sum times one over the number of its terms is another constant at every size. */
import type { Emit } from '../../graph/op.js'
import { isFloat } from '../../tensor/dtype.js'
import { sizeOf } from '../../tensor/shape.js'
import type { Node, Tensor } from '../../tensor/tensor.js'

/** The sum that a product makes a mean of: undefined for other nodes. */
function sumOf(node: Node): Node | undefined {
  const [total, share] = node.op === 'mul' ? node.inputs : []
  if (total?.node.op !== 'sum' || share?.node.op !== 'literal' || !isFloat(total.dtype)) return undefined
  const each = total.size / sizeOf(total.node.inputs[0]!.shape)
  return share.node.attrs.value === each ? total.node : undefined
}

/** The means of a graph, each with its sum, and what nothing else reads of their sums and shares. */
export function meansIn(order: readonly Node[], outputs: readonly Tensor[]): { sums: ReadonlyMap<Node, Node>; unread: ReadonlySet<Node> } {
  const sums = new Map<Node, Node>()
  for (const node of order) {
    const sum = sumOf(node)
    if (sum) sums.set(node, sum)
  }
  const read = new Set(outputs.map((t) => t.node))
  for (const node of order) if (!sums.has(node)) for (const t of node.inputs) read.add(t.node)
  return { sums, unread: new Set([...sums.keys()].flatMap((mean) => mean.inputs.map((t) => t.node)).filter((node) => !read.has(node))) }
}

/** Writes the mean of what a sum adds up. */
export const writeMean = (e: Emit, x: string, sum: Node): string[] => [
  e('ReduceMean', [x, e.ints(sum.attrs.axes as readonly number[])], { keepdims: sum.attrs.keep ? 1 : 0 }),
]
