/** When a run fails because an index lies outside its axis: which index, of what, and where it came from. */
import { describe } from '../graph/leaf.js'
import { opOf, type Places } from '../graph/op.js'
import { afterPath, substitute, topological } from '../graph/walk.js'
import type { TypedArray } from '../tensor/dtype.js'
import { ShapeError } from '../tensor/errors.js'
import { fromData, type Node, type Tensor, tensorOf } from '../tensor/tensor.js'

/**
 * The error of a failed run in the words of its graph where an index lies outside its axis, else the error itself. `leaves` are the numbers the run
 * had; only the indices are computed again.
 */
export async function explained(
  error: unknown,
  outputs: readonly Tensor[],
  leaves: ReadonlyMap<Node, readonly TypedArray[]>,
): Promise<unknown> {
  if (!(error instanceof Error) || error.name !== 'OrtError') return error
  const order = topological(outputs)
  const numbers = new Map<Tensor, Tensor>()
  for (const [node, arrays] of leaves)
    for (const [i, array] of arrays.entries())
      numbers.set(tensorOf(node, i), fromData(array, node.outputs[i]!.shape, node.outputs[i]!.dtype))
  for (const node of order) {
    const places = node.values || node.inputs.length === 0 ? undefined : opOf(node.op).facts.places?.(node.inputs, node.attrs)
    if (!places) continue
    try {
      const ids = await substitute([places.ids], numbers)[0]!.data()
      const least = places.loss === undefined ? -places.size : 0
      const at = ids.findIndex((id) => Number(id) < least || Number(id) >= places.size)
      if (at >= 0) return new ShapeError(said(node, order, places, Number(ids[at]), at), { cause: error })
    } catch (inner) {
      // what the indices are made of may be what failed
      if (inner instanceof ShapeError) return inner
    }
  }
  return error
}

function said(node: Node, order: readonly Node[], { size, of, loss, ids }: Places, id: number, at: number): string {
  if (loss !== undefined) {
    const reader = order.find((n) => n.inputs.length > 1 && n.inputs.slice(1).some((t) => t.node === node))
    const scores = reader ? `\n  scores ${describe(reader.inputs[0]!)}${afterPath(reader)}` : ''
    return `${loss}: a target is class ${id}, but there are classes 0 to ${size - 1} only: target ${at} of ${ids.size}, counted from 0${scores}`
  }
  const axis = of ? `the axis of ${size} of ${describe(of)}${afterPath(node).replace(/^ with .*/, '')}` : `an axis of ${size}`
  return `${node.op}: index ${id} is outside ${axis}: places are 0 to ${size - 1}, or -${size} to -1 from the end; it is number ${at} of the indices ${describe(ids)}`
}
