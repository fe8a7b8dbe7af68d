/** What attributions explain: one score of each example. */
import { initialize, type Layer } from '../../nn/index.js'
import { sum, takeAlong } from '../../ops/index.js'
import { HebbError, ShapeError, Tensor, tensor } from '../../tensor/index.js'
import { showShape } from '../../tensor/shape.js'

/** Class ids: one for all examples, or one for each. */
export type Target = number | readonly number[] | Tensor

/** The scores (logits) of one class of each example, summed: its gradient holds each example's own, as examples do not meet in evaluation. */
export function scoreOf(logits: Tensor, target: Target): Tensor {
  if (logits.rank !== 2) throw new ShapeError(`attribution: the model gives ${showShape(logits.shape)}, not scores of classes (N, C)`)
  const [N, C] = [logits.shape[0]!, logits.shape[1]!]
  const ids =
    target instanceof Tensor ? target : tensor(Int32Array.from(typeof target === 'number' ? new Array<number>(N).fill(target) : target))
  if (ids.size !== N) throw new ShapeError(`attribution: ${ids.size} targets for ${N} examples: give one for all, or one for each`)
  if (!(target instanceof Tensor))
    for (const id of [target].flat() as readonly number[])
      if (!Number.isInteger(id) || id < 0 || id >= C) throw new HebbError(`attribution: there is no class ${id}: the model has ${C}`)
  return sum(takeAlong(logits, ids.reshape([N, 1]), 1))
}

/** A model whose parameters have values. */
export function ready<M extends Layer>(model: M): M {
  initialize(model)
  return model
}
