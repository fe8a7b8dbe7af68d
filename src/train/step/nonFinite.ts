/** When a loss or a gradient is NaN or infinite: which value broke first. */
import { describe, pathOf } from '../../graph/leaf.js'
import { afterPath, substitute, topological } from '../../graph/walk.js'
import { isFinite as finite, not } from '../../ops/elementwise/compare.js'
import { sum } from '../../ops/reduce/sum.js'
import { compute } from '../../runtime/compute.js'
import { isFloat, type TypedArray } from '../../tensor/dtype.js'
import { HebbError } from '../../tensor/errors.js'
import { showShape } from '../../tensor/shape.js'
import { fromData, type Node, type Tensor, tensorOf } from '../../tensor/tensor.js'
import type { Region } from './memory/region.js'
import { gradients, type Trainable } from './memory/trainable.js'

/** Training stopped because its numbers left all bounds. The weights are those from before the step. */
export abstract class NonFiniteError extends HebbError {
  abstract readonly step: number
  abstract readonly loss: number
}

/** Training stopped because the loss is not a number. The weights are those from before the step. */
export class NonFiniteLossError extends NonFiniteError {
  override name = 'NonFiniteLossError'
  constructor(
    readonly step: number,
    readonly loss: number,
    readonly culprit: string,
  ) {
    super(
      `the loss is ${loss} at step ${step}: ${culprit}. The weights are those from before this step. Cures: a smaller lr, clip: { norm: 1 }, or clean inputs (no NaN, no log or division by 0)`,
    )
  }
}

/** Training stopped because a gradient is not a number though the loss is. The weights are those from before the step. */
export class NonFiniteGradientError extends NonFiniteError {
  override name = 'NonFiniteGradientError'
  constructor(
    readonly step: number,
    readonly loss: number,
    /** the first parameter with such a gradient */
    readonly path: string,
    readonly culprit: string,
  ) {
    super(
      `the loss is ${loss} at step ${step}, but ${culprit}. The weights are those from before this step. Cures: a smaller lr, clip: { value: 1 } against infinities, or no √, division or power at 0 on the way to the loss`,
    )
  }
}

/** Throws NonFiniteGradientError when a gradient of these weights is NaN or infinite: one pass over memory. */
export function requireFiniteGradients(trained: Trainable, region: Region, step: number, loss: number): void {
  if (region.slices(gradients).every(({ k, at, length }) => k.firstNonFinite(at, length) < 0)) return
  const bad = region.members.flatMap((weight) => {
    const at = trained.gradients[weight]!.findIndex((g) => !Number.isFinite(g))
    return at < 0 ? [] : [{ weight, value: trained.gradients[weight]![at] }]
  })
  const { weight, value } = bad[0]!
  const path = trained.paths[weight]!
  throw new NonFiniteGradientError(
    step,
    loss,
    path,
    `the gradient of ${path} ${showShape(trained.params[weight]!.shape)} holds ${value}${bad.length > 1 ? ` (${bad.length} of ${region.members.length} gradients do)` : ''}`,
  )
}

/** Names the first value, in the order of computation, that is NaN or infinite; `inputs` are the leaves' numbers of the failing run. */
export async function firstNonFinite(outputs: readonly Tensor[], inputs: ReadonlyMap<Node, readonly TypedArray[]>): Promise<string> {
  const bad = (a: TypedArray): boolean => (a instanceof Float32Array || a instanceof Float64Array) && a.some((v) => !Number.isFinite(v))
  for (const [node, arrays] of inputs)
    if (arrays.some(bad)) {
      const path = pathOf(node)
      return path ? `parameter ${path} holds NaN or ∞ already` : `an input ${describe(tensorOf(node))} holds NaN or ∞`
    }
  const replaced = new Map<Tensor, Tensor>()
  for (const [node, arrays] of inputs)
    for (const [i, a] of arrays.entries()) replaced.set(tensorOf(node, i), fromData(a, node.outputs[i]!.shape, node.outputs[i]!.dtype))
  // the graph as it was traced knows the names of parameters; its copy with the numbers put in can be computed
  const order = topological(outputs.slice(0, 1)).filter((n) => n.inputs.length > 0 && isFloat(n.outputs[0]!.dtype))
  const copies = substitute(
    order.map((n) => tensorOf(n)),
    replaced,
  )
  const flags = await compute(copies.map((t) => sum(not(finite(t)))))
  const at = flags.findIndex((f) => Number(f[0]) !== 0)
  if (at < 0) return 'every value of the forward pass is finite when computed again'
  return `first in ${order[at]!.op}${afterPath(order[at]!)}, output ${describe(tensorOf(order[at]!))}`
}
