/** Parameters as their homes hold them: what lives in another form than the graph computes with is brought into it by nodes. */

import { blocksIn } from '../../graph/blocks.js'
import { homeOf, storageNode, storageOf } from '../../graph/leaf.js'
import { type BlocksHome, dtypeAt, type Home, isStill, Storage } from '../../graph/storage.js'
import { substitute } from '../../graph/walk.js'
import { add } from '../../ops/elementwise/arithmetic.js'
import { cast } from '../../ops/elementwise/cast.js'
import { type BlockTensors, blockProduct, unpackBlocks } from '../../ops/products/blocks.js'
import type { Dtype, TypedArray } from '../../tensor/dtype.js'
import type { Shape } from '../../tensor/shape.js'
import { type Node, Tensor, tensorOf } from '../../tensor/tensor.js'

/** leaves that read a home in the form it has, by the home */
const leaves = new WeakMap<Home, readonly Tensor[]>()

function leavesOf(node: Node, home: Home, parts: () => readonly { array: TypedArray; shape: Shape; dtype: Dtype }[]): readonly Tensor[] {
  let found = leaves.get(home)
  if (!found) {
    const { path } = storageOf(node)!
    found = parts().map(({ array, shape, dtype }) => {
      const storage = new Storage(dtype)
      storage.home = { kind: 'plain', array, dtype }
      if (path !== undefined) storage.path = path
      return new Tensor(storageNode(shape, dtype, storage))
    })
    leaves.set(home, found)
  }
  return found
}

function inBlocks(node: Node, home: BlocksHome): BlockTensors {
  const { bits, size, activations, rows, columns, packed, scales, zeros } = home.blocks
  const blocks = blocksIn(columns, size)
  const [a, b, c] = leavesOf(node, home, () => [
    { array: packed, shape: [rows, blocks, (size * bits) / 8], dtype: 'u8' },
    { array: scales, shape: [rows, blocks], dtype: 'f32' },
    ...(zeros ? [{ array: zeros, shape: [rows, zeros.length / rows], dtype: 'u8' as const }] : []),
  ])
  return { bits, size, activations, rows, columns, packed: a!, scales: b!, zeros: c }
}

/**
 * The graph of `outputs`, among whose leaves are `params`, with what stands for those that live in another form: half floats are cast, blocks are multiplied
 * with as they are where they are the weights of `linear`, and unpacked for everything else.
 */
export function atHome(outputs: readonly Tensor[], params: readonly Node[]): readonly Tensor[] {
  const replaced = new Map<Tensor, Tensor>()
  const blocks = new Map<Tensor, BlockTensors>()
  for (const node of params) {
    const home = homeOf(node)
    const { dtype, shape } = node.outputs[0]!
    if (home.kind === 'blocks') {
      const parts = inBlocks(node, home)
      blocks.set(tensorOf(node), parts)
      replaced.set(tensorOf(node), cast(unpackBlocks(parts), dtype))
      continue
    }
    const held = dtypeAt(home, dtype)
    if (held !== dtype)
      replaced.set(tensorOf(node), cast(leavesOf(node, home, () => [{ array: home.array, shape, dtype: held }])[0]!, dtype))
  }
  if (replaced.size === 0) return outputs
  return substitute(outputs, replaced, blocks.size > 0 ? (node, inputs) => multiplied(node, inputs, blocks) : undefined)
}

/** A product with blocks in the place of one with their numbers; undefined for every other node. */
function multiplied(node: Node, [x, , bias]: readonly Tensor[], blocks: ReadonlyMap<Tensor, BlockTensors>): Tensor | undefined {
  const parts = node.op === 'matmul' && !node.attrs.transA && node.attrs.transB ? blocks.get(node.inputs[1]!) : undefined
  if (!parts || x!.rank !== 2 || x!.dtype !== 'f32') return undefined
  const y = blockProduct(x!, parts)
  return bias ? add(y, bias) : y
}

/** The numbers of a leaf that stay as they are, where it reads them in the form they have; undefined for those that may change. */
export function stillNumbers(node: Node): TypedArray | undefined {
  const storage = storageOf(node)
  return storage?.home && isStill(storage.home) ? storage.array : undefined
}
