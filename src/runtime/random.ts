/** Filling random leaves before a run. */

import type { Distribution } from '../graph/leaf.js'
import { keyOf, normal, uniform } from '../kernels/random.js'
import type { Node } from '../tensor/tensor.js'

/** Draws the numbers of a random leaf into `out`: the same for the same seed, key of the leaf and step. */
export function fillRandom(node: Node, out: Float32Array, seed: number, step: number): Float32Array {
  const { distribution, key } = node.attrs as { distribution: Distribution; key: string }
  const draw = distribution === 'uniform' ? uniform : normal
  draw(keyOf(seed, key), step, out)
  return out
}
