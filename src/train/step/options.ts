/** What a training step may be told, and what it tells. */
import type { NormOrder } from '../../optim/clip.js'
import type { Ema } from '../../optim/ema.js'

/** Settings of a training step. */
export interface StepOptions {
  /** decides first values and all randomness. Default 0 */
  readonly seed?: number
  /** limits gradients: their common norm, or each number */
  readonly clip?: { readonly norm: number; readonly order?: NormOrder } | { readonly value: number }
  /** batches that make one step, whose gradient is that of all their examples: each batch weighs what counts in it. Default 1 */
  readonly accumulate?: number
  /** keeps an average of the weights beside them; running statistics (BatchNorm) are not averaged */
  readonly ema?: Ema
  /** which weights move, by path. Default: all trainable ones */
  readonly only?: (path: string) => boolean
  /**
   * whether batch norm uses the batch and moves its running statistics, or uses those it has, for all layers or by a layer's path.
   * Default: the layers with weights that move do
   */
  readonly statistics?: boolean | ((path: string) => boolean)
}

/** The names of these options. */
export const stepOptions: readonly (keyof StepOptions)[] = ['seed', 'clip', 'accumulate', 'ema', 'only', 'statistics']

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
