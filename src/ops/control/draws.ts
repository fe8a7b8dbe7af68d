/** Random numbers inside a loop: what a step draws is drawn for all steps beforehand, and each step gets its slice. */
import { type Distribution, placeholder, randomLeaf } from '../../graph/leaf.js'
import { substitute, topological } from '../../graph/walk.js'
import { type Tensor, tensorOf } from '../../tensor/tensor.js'

/** The results of a step with slices where they drew, and the draws of all steps, (T, …) each. */
export interface Drawn {
  readonly results: readonly Tensor[]
  readonly slices: readonly Tensor[]
  readonly draws: readonly Tensor[]
}

/** Takes the random leaves that were made since `mark` out of the results of a step of a loop of `length` steps. Draws of one key stay equal. */
export function takeDraws(results: readonly Tensor[], mark: number, length: number): Drawn {
  const found = new Map<string, { slice: Tensor; draws: Tensor }>()
  const replaced = new Map<Tensor, Tensor>()
  for (const node of topological(results)) {
    if (node.op !== 'random' || node.id < mark) continue
    const t = tensorOf(node)
    const { distribution, key } = node.attrs as { distribution: Distribution; key: string }
    const name = `${distribution} ${t.shape.join()} ${key}`
    const one = found.get(name) ?? {
      slice: placeholder(t.shape, t.dtype),
      draws: randomLeaf([length, ...t.shape], distribution, key),
    }
    found.set(name, one)
    replaced.set(t, one.slice)
  }
  const all = [...found.values()]
  return {
    results: substitute(results, replaced),
    slices: all.map(({ slice }) => slice),
    draws: all.map(({ draws }) => draws),
  }
}
