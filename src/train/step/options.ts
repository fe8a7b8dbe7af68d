/** What a training step may be told, and what it tells. */
import type { Select } from '../../nn/module/select.js'
import type { NormOrder } from '../../optim/clip.js'
import type { Ema } from '../../optim/ema.js'
import type { AllReduce } from './reduce.js'

/** Settings of a training step. */
export interface StepOptions {
  /** decides first values and all randomness. Default 0 */
  readonly seed?: number | undefined
  /** limits gradients: their common norm, or each number */
  readonly clip?: { readonly norm: number; readonly order?: NormOrder | undefined } | { readonly value: number } | undefined
  /** batches that make one step, whose gradient is that of all their examples: each batch weighs what counts in it. Default 1 */
  readonly accumulate?: number | undefined
  /** keeps an average of the weights beside them; running statistics (BatchNorm) are not averaged */
  readonly ema?: Ema | undefined
  /** which weights move: a path such as `'encoder'`, a RegExp, or `(path, param) => …`. Default: all trainable ones */
  readonly only?: Select | undefined
  /**
   * whether batch norm uses the batch and moves its running statistics, or uses those it has, for all layers or for some by their path.
   * Default: the layers with weights that move do
   */
  readonly statistics?: boolean | Select<object> | undefined
  /** adds gradients up over several ranks, each of which trains a replica on its own part of every batch. Default: there is one */
  readonly reduce?: AllReduce | undefined
}

/** The names of these options. */
export const stepOptions: readonly (keyof StepOptions)[] = ['seed', 'clip', 'accumulate', 'ema', 'only', 'statistics', 'reduce']

/** Settings of one objective of a learner. */
export interface ObjectiveOptions {
  /** which of the learner's weights it moves; nothing flows back to the others. Default: all of them */
  readonly only?: StepOptions['only'] | undefined
  /** limits the gradients of this objective. Default: as the learner is told */
  readonly clip?: StepOptions['clip'] | undefined
  /** which layers normalise with the batch. Default: as the learner is told, else those with weights that some objective of the learner moves */
  readonly statistics?: StepOptions['statistics'] | undefined
}

/** What a step reports. */
export interface StepResult {
  /** loss of the batch, before the update */
  readonly loss: number
  /** further numbers the loss function gave; those that are means over nothing are left out */
  readonly metrics: Readonly<Record<string, number>>
  /** how much counts in the loss of the batch, in examples: 0 where every target is ignored, which makes a step of gradient 0 and the loss 0 */
  readonly counts: number
  /** updates made so far, this one included */
  readonly step: number
  /** learning rate of the update just made, or of the next one while gradients are summed */
  readonly lr: number | undefined
  /** norm of all gradients before clipping; only with `clip: { norm }` */
  readonly gradientNorm?: number
}
