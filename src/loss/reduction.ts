/** From one number per element to the number a training step goes down on. */
import { describe } from '../graph/leaf.js'
import { mul } from '../ops/elementwise/arithmetic.js'
import { mean, sum } from '../ops/reduce/sum.js'
import { HebbError, ShapeError } from '../tensor/errors.js'
import { kindOf } from '../tensor/options.js'
import { sameShape } from '../tensor/shape.js'
import { Tensor } from '../tensor/tensor.js'
import { note } from './facts.js'
import { weighedMean, weighedSum } from './weights.js'

/** How losses become one number: their mean (default), their sum, or not at all. */
export type Reduction = 'mean' | 'sum' | 'none'

/** The option every loss has. */
export interface LossOptions {
  /** default 'mean' */
  readonly reduction?: Reduction | undefined
}

/** Losses reduced, and noted as losses of numbers: one that knows right answers notes those after. Throws HebbError for an unknown reduction. */
export function reduced(each: Tensor, reduction: Reduction = 'mean'): Tensor {
  if (reduction === 'none') return each
  if (reduction === 'sum') return note(sum(each), { counts: 'sum', answers: { kind: 'values' }, weigh: (w) => weighedSum(each, w) })
  if (reduction === 'mean')
    return note(mean(each), { counts: each.size, rows: each.size, answers: { kind: 'values' }, weigh: (w) => weighedMean(each, w) })
  throw new HebbError(`a loss has no reduction '${String(reduction)}': give 'mean', 'sum' or 'none'`)
}

/** Losses times a factor each, if there are any, reduced; the mean is over elements, whatever the factors. */
export const weighted = (each: Tensor, weight: Tensor | undefined, reduction?: Reduction): Tensor =>
  reduced(weight ? mul(each, weight) : each, reduction)

/** Throws HebbError unless output and target are tensors: a layer may give an object of several, and a field may be missing. */
export function checkTensors(loss: string, output: unknown, target: unknown): void {
  for (const [name, value] of [
    ['output', output],
    ['target', target],
  ])
    if (!(value instanceof Tensor)) {
      const parts = typeof value === 'object' && value !== null && !(value instanceof Promise) ? Object.keys(value) : []
      throw new HebbError(
        `${loss}: the ${name} is ${kindOf(value)}, not a tensor${parts.length > 0 ? `: give one of its fields, ${parts.slice(0, 5).join(', ')}` : ''}`,
      )
    }
}

/** Throws ShapeError unless both have one shape: broadcasting here is nearly always a mistake. */
export function checkSame(loss: string, x: Tensor, target: Tensor): void {
  checkTensors(loss, x, target)
  if (sameShape(x.shape, target.shape)) return
  const cure = x.size === target.size ? 'reshape one of them' : 'expand one of them where that is meant'
  throw new ShapeError(
    `${loss}: predictions and targets have different shapes: ${cure}\n  inputs: predictions ${describe(x)}, targets ${describe(target)}`,
  )
}
