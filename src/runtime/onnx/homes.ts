/** Parameters as their homes hold them: what lives in another form than the graph computes with is brought into it by nodes. */
import { homeOf, storageNode, storageOf } from '../../graph/leaf.js'
import { dtypeAt, type Home, isStill, Storage } from '../../graph/storage.js'
import { substitute } from '../../graph/walk.js'
import { cast } from '../../ops/elementwise/cast.js'
import type { TypedArray } from '../../tensor/dtype.js'
import { type Node, Tensor, tensorOf } from '../../tensor/tensor.js'

/** leaves that read a home in the form it has, by the home */
const leaves = new WeakMap<Home, Tensor>()

/** The graph of `outputs`, among whose leaves are `params`, with what stands for those that live in another form. */
export function atHome(outputs: readonly Tensor[], params: readonly Node[]): readonly Tensor[] {
  const replaced = new Map<Tensor, Tensor>()
  for (const node of params) {
    const home = homeOf(node)
    const { dtype, shape } = node.outputs[0]!
    const held = dtypeAt(home, dtype)
    if (held === dtype) continue
    let leaf = leaves.get(home)
    if (!leaf) {
      const storage = new Storage(held)
      storage.home = home
      const { path } = storageOf(node)!
      if (path !== undefined) storage.path = path
      leaf = new Tensor(storageNode(shape, held, storage))
      leaves.set(home, leaf)
    }
    replaced.set(tensorOf(node), cast(leaf, dtype))
  }
  return replaced.size === 0 ? outputs : substitute(outputs, replaced)
}

/** The numbers of a leaf that stay as they are, where it reads them in the form they have; undefined for those that may change. */
export function stillNumbers(node: Node): TypedArray | undefined {
  const storage = storageOf(node)
  return storage?.home && isStill(storage.home) ? storage.array : undefined
}
