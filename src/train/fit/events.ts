/** What a training run tells while it goes on. */

import type { Evaluation } from '../evaluate/evaluate.js'
import type { StepResult } from '../step/options.js'

/** After some batches. */
export interface StepEvent extends StepResult {
  readonly kind: 'step'
  /** counted from 1 */
  readonly epoch: number
  /** batches done in this epoch */
  readonly batch: number
  /** how many it has, where that is known before */
  readonly batches?: number
  /** examples done in this epoch */
  readonly examples: number
  /** seconds of training so far, resumed runs included */
  readonly seconds: number
}

/** After each epoch. */
export interface EpochEvent {
  readonly kind: 'epoch'
  /** counted from 1 */
  readonly epoch: number
  readonly step: number
  /** mean over the epoch, measured while the weights moved */
  readonly loss: number
  /** share of right classes over the epoch; only where targets are class ids */
  readonly accuracy?: number
  readonly metrics: Readonly<Record<string, number>>
  readonly validation?: Evaluation
  readonly examples: number
  readonly seconds: number
  /** true for the epoch whose weights an early stop keeps */
  readonly best?: boolean
}

/** What a run yields. */
export type FitEvent = StepEvent | EpochEvent
